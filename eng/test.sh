#!/usr/bin/env bash
# Sets up, builds once, runs the test projects one after another. The last line is "N passed, N failed, N skipped".
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: eng/test.sh [--slow] [PROJECT...]

  --slow     also run the tests of category Slow
  PROJECT    only these test projects, e.g. FlipReg.Tests (default: all of tests/*.Tests)
TEXT
}

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd -- "$root"

filter=(--filter 'TestCategory!=Slow')
names=()
for argument in "$@"; do
    case $argument in
        --slow) filter=() ;;
        -h | --help)
            usage
            exit 0
            ;;
        -*)
            printf "test: '%s' is not an option. See eng/test.sh --help.\n" "$argument" >&2
            exit 2
            ;;
        *) names+=("$argument") ;;
    esac
done

passed=0
failed=0
skipped=0

# Whatever happens, the last line is the count, and a run that broke off counts as a failure.
finish() {
    local code=$?
    if ((code == 0 && passed + failed == 0)); then
        printf 'test: no test ran.\n' >&2
        code=1
    fi
    if ((code != 0 && failed == 0)); then
        failed=1
    fi
    ((failed == 0)) || code=1
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    exit "$code"
}
trap finish EXIT

projects=()
if ((${#names[@]} > 0)); then
    for name in "${names[@]}"; do
        project=tests/$name/$name.csproj
        if [[ ! -e $project ]]; then
            printf "test: there is no test project '%s': %s does not exist.\n" "$name" "$project" >&2
            exit 2
        fi
        projects+=("$project")
    done
else
    projects=(tests/*.Tests/*.Tests.csproj)
fi

eng/setup.sh

if ((${#names[@]} > 0)); then
    for project in "${projects[@]}"; do
        dotnet build "$project" -c Release --nologo -v quiet
    done
else
    dotnet build MLNet.FlipReg.sln -c Release --nologo -v quiet
fi

# The number in attribute $2 of a results file's <Counters> element.
counter() {
    local value
    value=$(sed -n "s/.*<Counters.*[[:space:]]$2=\"\([0-9]*\)\".*/\1/p" "$1")
    printf '%d' "${value:-0}"
}

results=$root/artifacts/test-results
rm -rf -- "$results"
mkdir -p -- "$results"

summary=()
for project in "${projects[@]}"; do
    name=$(basename -- "$project" .csproj)
    printf '\n== %s\n' "$name"
    code=0
    dotnet test "$project" --no-build -c Release --nologo "${filter[@]}" \
        --logger "trx;LogFileName=$name.trx" --results-directory "$results" || code=$?

    run_passed=0 run_failed=0 run_skipped=0 note=
    report=$results/$name.trx
    if [[ -e $report ]]; then
        total=$(counter "$report" total)
        run_passed=$(counter "$report" passed)
        run_failed=$(counter "$report" failed)
        # The file's own count of skipped tests stays 0; what neither passed nor failed was skipped.
        run_skipped=$((total - run_passed - run_failed))
    fi
    # A test host that dies fails no test by name.
    if ((code != 0 && run_failed == 0)); then
        run_failed=1
        note='  (the run itself failed: see above)'
    fi
    passed=$((passed + run_passed))
    failed=$((failed + run_failed))
    skipped=$((skipped + run_skipped))
    summary+=("$(printf '%-24s %5d passed %5d failed %5d skipped%s' "$name" "$run_passed" "$run_failed" "$run_skipped" "$note")")
done

printf '\n'
printf '%s\n' "${summary[@]}"
printf '\n'

#!/usr/bin/env bash
# Sets up what is missing, builds, and runs the examples one after another.
set -euo pipefail

case ${1:-} in
    '') ;;
    -h | --help)
        printf 'Usage: eng/demo.sh\n\nSets up (eng/setup.sh), builds Release, and runs the examples.\n'
        exit 0
        ;;
    *)
        printf "demo: '%s' is not an option. See eng/demo.sh --help.\n" "$1" >&2
        exit 2
        ;;
esac

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd -- "$root"

examples=(Iris NoisyDigits LabelIssues OnnxScoring/Train)

eng/setup.sh
for example in "${examples[@]}"; do
    dotnet build "examples/$example" -c Release --nologo -v quiet -clp:NoSummary
done
for example in "${examples[@]}"; do
    printf '\n== %s\n' "$example"
    dotnet run --project "examples/$example" -c Release --no-build
done

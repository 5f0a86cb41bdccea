#!/usr/bin/env bash
# Sets up, builds, and runs what looks for faults for long: damaged files, kills, fits in a row, threads. Prints the figures and writes docs/reliability.md.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: eng/soak.sh [--mutations N] [--kills N] [--fits N] [--threads N] [--seconds N] [--seed N] [--report FILE] [--folder FOLDER]

Defaults: 10000 damaged files, 200 kills, 200 fits, 8 threads for 60 seconds, seed 1, docs/reliability.md, artifacts/soak. The exit code is 1 if anything failed;
the files that did are kept in FOLDER/kept. One of them again:

  dotnet run --project tests/Soak -c Release -- case FOLDER "NAME OF THE KIND" SEED NUMBER
TEXT
}

for argument in "$@"; do
    case $argument in
        -h | --help)
            usage
            exit 0
            ;;
    esac
done

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
eng/setup.sh
dotnet build tests/Soak/Soak.csproj -c Release --nologo -v quiet
exec dotnet run --project tests/Soak -c Release --no-build -- --report docs/reliability.md "$@"

#!/usr/bin/env bash
# Installs Fashion-MNIST, builds, trains every method with right and wrong labels and FER's, OLS's and P-DIFF's variants, and writes bench/EVIDENCE.md. Goes on where it was stopped.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
for argument in "$@"; do
    case $argument in
        -h | --help)
            sed -n '/Usage = """/,/""";/p' bench/FlipReg.Evidence/RunOptions.cs | sed '1d;$d;s/^        //'
            exit 0
            ;;
    esac
done

examples/FashionMnist/setup.sh
eng/setup.sh
dotnet build bench/FlipReg.Evidence/FlipReg.Evidence.csproj -c Release --nologo -v quiet
exec dotnet run --project bench/FlipReg.Evidence -c Release --no-build -- "$@"

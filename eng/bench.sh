#!/usr/bin/env bash
# Sets up, builds, and prints the figures of bench/README.md. Arguments: "training", "scoring", "threads", "methods [name]", "bank [rows]" or "rows [number]" for one part, "--quick" for fewer runs.
# The comparison with PyTorch needs the system's python3 with torch (Debian: python3-torch, libopenblas0-pthread); without it that line is left out.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
eng/setup.sh
dotnet build bench/FlipReg.Bench/FlipReg.Bench.csproj -c Release --nologo -v quiet
exec dotnet run --project bench/FlipReg.Bench -c Release --no-build -- "$@"

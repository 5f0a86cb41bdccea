#!/usr/bin/env bash
# Installs the Debian package dataset-fashion-mnist (30 MB) where it is missing. Safe to run again.
set -euo pipefail

folder=${FASHION_MNIST:-/usr/share/datasets/fashion-mnist}
if [[ -e $folder/train-images-idx3-ubyte.gz ]]; then
    printf 'setup: Fashion-MNIST is in %s.\n' "$folder"
    exit 0
fi

as_root=()
if ((EUID != 0)); then
    as_root=(sudo -n)
fi
if ! { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends dataset-fashion-mnist; } >/dev/null 2>&1; then
    printf 'setup: dataset-fashion-mnist cannot be installed here. Put its four files (*.gz) into a folder and name it in FASHION_MNIST.\n' >&2
    exit 1
fi
printf 'setup: installed dataset-fashion-mnist.\n'

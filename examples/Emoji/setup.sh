#!/usr/bin/env bash
# Fetches the npm package emoji-datasource-google 16.0.0 (74 MB; images Apache-2.0) and unpacks its pictures of 64 pixels into examples/Emoji/data, which git
# ignores. Safe to run again.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
data=$root/data
if [[ -e $data/emoji.json && -d $data/img/google/64 ]]; then
    printf 'setup: the emoji are in %s.\n' "$data"
    exit 0
fi
command -v npm >/dev/null || {
    printf 'setup: npm is missing. On Debian: apt-get install npm.\n' >&2
    exit 1
}

aside=$(mktemp -d)
trap 'rm -rf -- "$aside"' EXIT
(cd -- "$aside" && npm pack --silent emoji-datasource-google@16.0.0 >/dev/null)
tar -xzf "$aside"/emoji-datasource-google-16.0.0.tgz -C "$aside" package/emoji.json package/img/google/64
rm -rf -- "$data"
mv -- "$aside/package" "$data"
printf 'setup: unpacked the emoji into %s.\n' "$data"

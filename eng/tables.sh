#!/usr/bin/env bash
# Fetches twenty public tables, builds, trains ML.NET's and our methods on them with right and wrong labels, and writes bench/TABLES.md. Goes on where it was stopped.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
for argument in "$@"; do
    case $argument in
        -h | --help)
            sed -n '/Usage = """/,/""";/p' bench/FlipReg.Tables/RunOptions.cs | sed '1d;$d;s/^        //'
            exit 0
            ;;
    esac
done

fail() {
    printf 'tables: %s\n' "$1" >&2
    exit 1
}

# What the tables come from. Nothing of it is committed: some is under the GPL.
fetch_packages() {
    local as_root=() packages=(r-base-core r-cran-mlbench r-cran-kernlab r-cran-modeldata r-cran-ggplot2 python3-sklearn)
    dpkg-query -W "${packages[@]}" >/dev/null 2>&1 && return
    command -v apt-get >/dev/null || fail "the Debian packages ${packages[*]} are missing, and there is no apt-get to install them."
    if ((EUID != 0)); then
        sudo -n true >/dev/null 2>&1 || fail "the Debian packages ${packages[*]} are missing. Install them as root: apt-get install --no-install-recommends ${packages[*]}"
        as_root=(sudo -n)
    fi
    printf 'tables: installing %s.\n' "${packages[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

data=artifacts/tables/data
setup=bench/FlipReg.Tables/setup
if [[ ! -e $data/complete || $setup/tables.R -nt $data/complete || $setup/tables.py -nt $data/complete ]]; then
    fetch_packages
    mkdir -p "$data"
    Rscript $setup/tables.R "$data"
    /usr/bin/python3 $setup/tables.py "$data"
    touch "$data/complete"
fi

eng/setup.sh
dotnet build bench/FlipReg.Tables/FlipReg.Tables.csproj -c Release --nologo -v quiet
exec dotnet run --project bench/FlipReg.Tables -c Release --no-build -- "$@"

#!/usr/bin/env bash
# Checks the SDK, chooses the libtorch that tests, examples and bench run on, and installs what tests need beside .NET. Safe to run again at any time.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: eng/setup.sh

Chooses the libtorch for this machine and writes the choice to eng/torch.props: CUDA where an NVIDIA driver is present and the package feed has
TorchSharp-cuda-linux, else the CPU. "dotnet build" and "dotnet test" follow it.

Installs Debian packages that tests use where they are missing and apt-get may (as root, or with sudo that asks for no password): python3-onnx, whose
checker looks at exported models; chromium, which opens the pages of reports; postgresql, whose server the tests of sweeps start for themselves. Without one
its tests are skipped.

Environment:
  FLIPREG_TORCH=cpu|cuda   use this one, do not look
TEXT
}

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cd -- "$root"

case ${1:-} in
    '') ;;
    -h | --help)
        usage
        exit 0
        ;;
    *) fail "'$1' is not an option. See eng/setup.sh --help." ;;
esac

command -v dotnet >/dev/null ||
    fail "the .NET 10 SDK is missing: 'dotnet' is not on the PATH. See https://dotnet.microsoft.com/download."

has_nvidia_driver() {
    [[ -e /proc/driver/nvidia/version ]] || nvidia-smi -L >/dev/null 2>&1
}

# Whether the feed has the CUDA package in our version. The package alone is small; what it depends on is not fetched here.
feed_has_cuda() {
    local version folder code=0
    version=$(sed -n 's/.*Include="TorchSharp-cuda-linux" Version="\([^"]*\)".*/\1/p' Directory.Packages.props)
    folder=$(mktemp -d)
    cp nuget.config "$folder/"
    cat >"$folder/probe.csproj" <<TEXT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
  <ItemGroup><PackageDownload Include="TorchSharp-cuda-linux" Version="[$version]" /></ItemGroup>
</Project>
TEXT
    timeout 120 dotnet restore "$folder/probe.csproj" --nologo -v quiet >/dev/null 2>&1 || code=$?
    rm -rf -- "$folder"
    return "$code"
}

case ${FLIPREG_TORCH:-} in
    cpu | cuda)
        torch=$FLIPREG_TORCH
        why='FLIPREG_TORCH asks for it'
        ;;
    '')
        torch=cpu
        why='there is no NVIDIA driver'
        if has_nvidia_driver; then
            why='there is an NVIDIA driver, but the package feed lacks TorchSharp-cuda-linux'
            if feed_has_cuda; then
                torch=cuda
                why='there is an NVIDIA driver'
            fi
        fi
        ;;
    *) fail "FLIPREG_TORCH must be 'cpu' or 'cuda'. Got '$FLIPREG_TORCH'." ;;
esac
printf 'setup: libtorch for %s, because %s.\n' "$torch" "$why"

props="<Project>
  <!-- Written by eng/setup.sh. -->
  <PropertyGroup>
    <FlipRegTorch>$torch</FlipRegTorch>
  </PropertyGroup>
</Project>"
if [[ ! -e eng/torch.props || $(<eng/torch.props) != "$props" ]]; then
    # Written aside and moved, so that a build running beside it never reads half a file.
    printf '%s\n' "$props" >"eng/torch.props.$$"
    mv -f -- "eng/torch.props.$$" eng/torch.props
fi

# What tests use beside .NET: a program that tells whether it is there, the Debian package, and what is skipped without it.
has() {
    local program
    case $1 in
        python3-onnx)
            for program in /usr/bin/python3 python3; do
                "$program" -c 'import onnx' >/dev/null 2>&1 && return
            done
            return 1
            ;;
        postgresql)
            # Debian keeps the server's programs out of the PATH.
            for program in /usr/lib/postgresql/*/bin/initdb; do
                [[ -x $program ]] && return
            done
            command -v initdb >/dev/null
            ;;
        chromium) [[ -x /usr/bin/chromium || -x /usr/bin/chromium-browser || -x /usr/bin/google-chrome ]] ;;
    esac
}

install() {
    local as_root=()
    if ((EUID != 0)); then
        sudo -n true >/dev/null 2>&1 || return 1
        as_root=(sudo -n)
    fi
    command -v apt-get >/dev/null || return 1
    # The lists may be there already; where they are old or missing, they are fetched.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1 && return
    "${as_root[@]}" apt-get update -qq >/dev/null 2>&1 &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1
}

for package in python3-onnx chromium postgresql; do
    if has "$package"; then
        :
    elif install "$package" && has "$package"; then
        printf 'setup: installed %s.\n' "$package"
    else
        printf 'setup: %s is missing and cannot be installed: its tests are skipped. On Debian: apt-get install %s.\n' "$package" "$package"
    fi
done

#!/usr/bin/env bash
# Chooses the package stack for this machine and installs what that stack needs.
# Safe to run again at any time: it installs only what is missing.
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: eng/setup.sh

Tries to restore the real packages (Microsoft.ML, TorchSharp). Selects stack "nuget" when they can be had, else stack
"offline" (stand-ins over the system's libtorch), installs what that stack needs, and writes eng/stack.props.

Environment:
  FLIPREG_STACK=nuget|offline   use this stack, do not try
  FLIPREG_TORCH=cpu|cuda        stack nuget: this TorchSharp package (default: cuda where an NVIDIA driver is present)
  LIBTORCH=/path                stack offline: this libtorch instead of the system's
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

# ---- what was asked for

asked=${FLIPREG_STACK:-}
case $asked in
    '' | nuget | offline) ;;
    *) fail "FLIPREG_STACK must be 'nuget' or 'offline'. Got '$asked'." ;;
esac

case ${FLIPREG_TORCH:-} in
    cpu) torch_package=TorchSharp-cpu ;;
    cuda) torch_package=TorchSharp-cuda-linux ;;
    '')
        torch_package=TorchSharp-cpu
        if [[ -e /proc/driver/nvidia/version ]] || nvidia-smi -L >/dev/null 2>&1; then
            torch_package=TorchSharp-cuda-linux
        fi
        ;;
    *) fail "FLIPREG_TORCH must be 'cpu' or 'cuda'. Got '$FLIPREG_TORCH'." ;;
esac

command -v dotnet >/dev/null ||
    fail "the .NET 10 SDK is missing: 'dotnet' is not on the PATH. See https://dotnet.microsoft.com/download."

# ---- which stack, and why

# Restores eng/Probe with the real packages. Sets `why`; returns 0 when they can be had.
try_real_packages() {
    local log code=0
    log=$(DOTNET_CLI_UI_LANGUAGE=en NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT=2 timeout 300 \
        dotnet restore eng/Probe/Probe.csproj --nologo -v quiet -p:FlipRegStack=nuget -p:TorchSharpPackage=TorchSharp 2>&1) || code=$?
    if ((code == 0)); then
        why='the real packages can be restored'
        return 0
    fi

    # The feed answered and has no such package: NU1101 to NU1103, or (a warning made an error) NU1603 and NU1608.
    # The feed did not answer: NU1301.
    local absent unreachable
    absent=$(grep -oE 'NU(1101|1102|1103|1603|1608): .*' <<<"$log" | head -n 1) || true
    unreachable=$(grep -oE 'NU1301: .*' <<<"$log" | head -n 1) || true
    if ((code == 124)); then
        why='the package feed did not answer within 300 s'
    elif [[ -n $unreachable ]]; then
        why="the package feed cannot be reached (${unreachable%% \[*})"
    elif [[ -n $absent ]]; then
        why="the package feed lacks them (${absent%% \[*})"
    else
        why="the trial restore failed ($(grep -m 1 -E 'error' <<<"$log" || head -n 1 <<<"$log"))"
    fi
    return 1
}

if [[ -n $asked ]]; then
    stack=$asked
    why='FLIPREG_STACK asks for it'
elif try_real_packages; then
    stack=nuget
else
    stack=offline
fi

detail=
[[ $stack == nuget ]] && detail=" ($torch_package)"
printf 'setup: stack %s%s, because %s.\n' "$stack" "$detail" "${why%.}"

# ---- what the stack needs from the system

# Installs Debian packages, or says how to.
install_packages() {
    local command="apt-get install -y --no-install-recommends $*"
    if [[ $(id -u) != 0 ]]; then
        printf 'setup: stack %s needs packages that are not installed. Run this, then eng/setup.sh again:\n' "$stack" >&2
        printf '  sudo %s\n' "$command" >&2
        exit 1
    fi
    command -v apt-get >/dev/null ||
        fail "apt-get is not here. Install these by this system's own means: $*."

    export DEBIAN_FRONTEND=noninteractive
    # Stale or empty lists make the first try fail; only then is the (slow) update worth it.
    apt-get install -y -q --no-install-recommends "$@" ||
        { apt-get update -q && apt-get install -y -q --no-install-recommends "$@"; } ||
        fail "could not install: $*. The message is above; the command was: $command"
}

has_library() {
    # No pipe into grep -q: it would end ldconfig early, which pipefail reports as a failure.
    local cache
    cache=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null) || return 1
    [[ $cache == *"$1"* ]]
}

has_header() {
    local directory
    for directory in /usr/include /usr/local/include; do
        [[ -e $directory/$1 ]] && return 0
    done
    return 1
}

missing=()
if [[ $stack == offline ]]; then
    command -v g++ >/dev/null || missing+=(g++)
    if [[ -n ${LIBTORCH:-} ]]; then
        [[ -e $LIBTORCH/include/ATen/ATen.h ]] ||
            fail "LIBTORCH must be a folder with include/ATen/ATen.h and lib/. Got '$LIBTORCH'."
    else
        has_header ATen/ATen.h && has_library libtorch_cpu.so || missing+=(libtorch-dev)
        has_library libopenblas.so || missing+=(libopenblas0-openmp)
    fi
fi
if ((${#missing[@]} > 0)); then
    install_packages "${missing[@]}"
fi

# ---- remember the choice

props="<Project>
  <!-- Written by eng/setup.sh. -->
  <PropertyGroup>
    <FlipRegStack>$stack</FlipRegStack>
    <TorchSharpPackage>$torch_package</TorchSharpPackage>
  </PropertyGroup>
</Project>"
if [[ ! -e eng/stack.props || $(<eng/stack.props) != "$props" ]]; then
    # Written aside and moved, so that a build running beside it never reads half a file.
    printf '%s\n' "$props" >"eng/stack.props.$$"
    mv -f -- "eng/stack.props.$$" eng/stack.props
fi

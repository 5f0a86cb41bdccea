#!/bin/sh
# Compiles dispatch.cpp against libtorch: build.sh <output.so>
# LIBTORCH names an unpacked libtorch or the torch folder of a PyTorch install; without it, the system's.
set -eu

source=$(dirname "$0")/dispatch.cpp
output=$1
compiler=${CXX:-g++}

fail() { echo "error : $1 Run eng/setup.sh."; exit 1; }

command -v "$compiler" >/dev/null 2>&1 || fail "The TorchSharp stand-in needs the C++ compiler '$compiler'."

includes=
if [ -n "${LIBTORCH:-}" ]; then
    root=$LIBTORCH
    [ -d "$root/include/ATen" ] || fail "LIBTORCH must name a folder with include/ATen. Got '$root'."
    libs=$root/lib
    includes="-isystem $root/include -isystem $root/include/torch/csrc/api/include"
else
    root=/usr
    [ -d "$root/include/ATen" ] || fail "libtorch is missing: no /usr/include/ATen (package libtorch-dev)."
    libs=/usr/lib/$("$compiler" -print-multiarch)
    includes="-isystem /usr/include/torch/csrc/api/include"
fi
[ -e "$libs/libtorch_cpu.so" ] || fail "libtorch is missing: no $libs/libtorch_cpu.so."

number() { grep -hs "define TORCH_VERSION_$1 " "$root/include/torch/csrc/api/include/torch/version.h" \
    "$root/include/torch/headeronly/version.h" | awk '{ print $3; exit }'; }
version=$(( $(number MAJOR) * 1000 + $(number MINOR) ))
if [ "$version" -ge 2009 ]; then standard=c++20; else standard=c++17; fi

# Wheels of PyTorch before 2.7 were built with the old std::string.
if grep -aq '_ZN3c106detail14torchCheckFailEPKcS2_jRKNSt7__cxx11' "$libs/libc10.so"; then abi=1; else abi=0; fi

mkdir -p "$(dirname "$output")"
"$compiler" -std=$standard -O2 -fPIC -shared -fvisibility=hidden -w -D_GLIBCXX_USE_CXX11_ABI=$abi $includes \
    "$source" -o "$output.$$" -L"$libs" -Wl,-rpath,"$libs" -Wl,--no-as-needed -ltorch -ltorch_cpu -lc10
# Replaced in one step: another build, or a running program, may hold the old one.
mv -f "$output.$$" "$output"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Everything, tests included, compiles with clang and no warning.
set -eu
source=$1
command -v clang >/dev/null && command -v clang++ >/dev/null || exit 77
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
CC=clang CXX=clang++ meson setup "$build" "$source" -Dwerror=true -Dbuildtype=debug \
    -Ddefault_library=both -Dsanitized=false
ninja -C "$build"

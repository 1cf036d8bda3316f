#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs into an empty folder and compiles README's C example against that, shared and static, and as
# C++.
set -eu
source=$1 build=$2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

meson install -C "$build" --no-rebuild --quiet --destdir "$root"
pc=$(find "$root" -name ridge.pc)
[ -n "$pc" ] || { echo "ridge.pc is not installed"; exit 1; }
export PKG_CONFIG_PATH="$(dirname "$pc")" PKG_CONFIG_SYSROOT_DIR="$root"
libraries=$(dirname "$PKG_CONFIG_PATH")

# the first C block of the README
awk '/^```c$/ { inside = 1; next } /^```/ { if (inside) exit } inside' "$source/README.md" \
    >"$root/example.c"
[ -s "$root/example.c" ] || { echo "README.md has no C example"; exit 1; }

cc -std=c17 -Wall -Wextra -Werror "$root/example.c" -o "$root/shared" \
    $(pkg-config --cflags --libs ridge)
LD_LIBRARY_PATH=$libraries ldd "$root/shared" | grep -q "$root.*libridge"

if command -v c++ >/dev/null; then
    c++ -x c++ -std=c++20 -Wall -Wextra -Wno-missing-field-initializers -Werror "$root/example.c" \
        -o "$root/cplusplus" $(pkg-config --cflags --libs ridge)
fi

cc -std=c17 "$root/example.c" -o "$root/static" $(pkg-config --cflags ridge) \
    "$libraries/libridge.a" $(pkg-config --static --libs ridge | sed 's/-lridge//')
! ldd "$root/static" | grep libridge

# each header is there, and so is the command where it was built
for header in "$source"/include/ridge/*.h; do
    [ -f "$(find "$root" -path "*/include/ridge/$(basename "$header")")" ]
done
if [ -x "$build/tools/ridge" ]; then
    LD_LIBRARY_PATH=$libraries "$(find "$root" -path '*/bin/ridge')" --version
fi

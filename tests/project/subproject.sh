#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A Meson project with ridge in its subprojects folder configures, builds and runs; with clang, if it is there.
set -eu
source=$1
if command -v clang >/dev/null; then
    export CC=clang
fi
project=$(mktemp -d)
trap 'rm -rf "$project"' EXIT

mkdir "$project/subprojects"
ln -s "$source" "$project/subprojects/ridge"
cat >"$project/meson.build" <<'END'
project('consumer', 'c', default_options: ['c_std=c17', 'default_library=static', 'buildtype=debug'])
ridge = dependency('ridge', fallback: 'ridge', default_options: ['tests=false', 'examples=false',
                   'command=disabled'])
executable('consumer', 'main.c', dependencies: ridge)
END
cat >"$project/main.c" <<'END'
#include <ridge/ridge.h>
#include <stdio.h>

int main(void)
{
    puts(ridge_version());
    return 0;
}
END
meson setup "$project/build" "$project" --wrap-mode=nodownload --force-fallback-for=ridge
ninja -C "$project/build" consumer
"$project/build/consumer"

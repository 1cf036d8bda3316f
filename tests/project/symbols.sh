#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The libraries define nothing but ridge_ names, and the library calls nothing that prints, ends
# the program or reads the clock for a seed.
set -eu
build=$2
command -v nm >/dev/null || exit 77
status=0

others() {
    nm "$@" --defined-only --format=posix | awk 'NF >= 2 && $2 ~ /^[A-Z]$/ && $1 !~ /^_?ridge_/ {
        print $1 }'
}
for library in -D:lib/libridge.so -g:lib/libridge.a; do
    file=$build/${library#*:}
    [ -e "$file" ] || continue
    found=$(others "${library%%:*}" "$file")
    [ -z "$found" ] || { echo "$file defines" $found; status=1; }
done

forbidden='^(printf|__printf_chk|puts|putchar|perror|stdout|stderr|exit|_exit|abort|quick_exit|rand|srand|time)$'
if [ -e "$build/lib/libridge.a" ]; then
    found=$(nm --undefined-only --format=posix "$build/lib/libridge.a" | awk '{ print $1 }' |
        grep -E "$forbidden" | sort -u) || true
    [ -z "$found" ] || { echo "the library uses" $found; status=1; }
fi
exit $status

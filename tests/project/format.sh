#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# C, headers and kernels are as clang-format 14 leaves them (other versions differ in details);
# no text file has tabs, blanks at the end of a line, or a last line without an end.
set -eu
cd "$1"
git rev-parse --git-dir >/dev/null 2>&1 || exit 77
status=0
texts=$(git grep -Il '' -- ':!LICENSE')
if git grep -nIP '\t| +$' -- $texts; then
    echo "tabs or trailing blanks in the lines above"
    status=1
fi
for file in $texts; do
    [ -z "$(tail -c 1 "$file")" ] || { echo "$file: no newline at the end"; status=1; }
done
case $(clang-format --version 2>/dev/null) in
*' 14.'*) git ls-files '*.c' '*.h' '*.cl' | xargs clang-format --dry-run -Werror || status=1 ;;
*) [ $status -ne 0 ] || status=77 ;;
esac
exit $status

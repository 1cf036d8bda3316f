#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every kernel file is OpenCL C 1.2 for clang, without a device: in either walk, and as it stands in a
# fused kernel, where only the kernels' functions are left (cl/common.h). It also needs no function
# that cl/builtins.cl does not declare, which PoCL would build a second time for.
set -eu
command -v clang >/dev/null || exit 77
kernels=$(mktemp -d)
trap 'rm -rf "$kernels"' EXIT
python3 - "$1" "$kernels" <<'TEXTS'
import glob
import os
import sys

root, folder = sys.argv[1:]
sys.dont_write_bytecode = True
sys.path.insert(0, root + "/tools")
import embed

texts = {}
for path in glob.glob(root + "/cl/*.cl") + glob.glob(root + "/cl/*.h"):
    with open(path, encoding="ascii") as source:
        texts[os.path.basename(path)] = source.read()
for name, text in texts.items():
    with open(f"{folder}/{name}", "w", encoding="ascii") as result:
        result.write(embed.with_functions(text, "".join(texts.values())))
TEXTS
cd "$kernels"
status=0
check() # file, options
{
    file=$1
    shift
    clang -x cl -cl-std=CL1.2 -fsyntax-only -I. -Wall -Wextra -Wdouble-promotion \
        -Wno-unused-parameter -Wno-unused-but-set-parameter -Werror "$@" "$file" || status=1
}
for file in *.cl; do
    for walk in 0 1; do
        check "$file" -DRIDGE_WALK_CPU=$walk -Xclang -finclude-default-header
        # with what cl/builtins.cl declares, and nothing else
        check "$file" -DRIDGE_WALK_CPU=$walk -cl-no-stdinc -include opencl-c-base.h \
            -include builtins.cl
    done
    check "$file" -DRIDGE_WALK_CPU=1 -DRIDGE_FUSED=1 -Xclang -finclude-default-header
done
exit $status

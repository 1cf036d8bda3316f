#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every kernel file is OpenCL C 1.2 for clang, without a device: in either walk, and as it stands in a
# fused kernel, where kernels are functions that are told their group (cl/common.h) and some of them
# are not called.
set -eu
command -v clang >/dev/null || exit 77
kernels=$(mktemp -d)
trap 'rm -rf "$kernels"' EXIT
cp "$1"/cl/*.cl "$1"/cl/*.h "$kernels"
cd "$kernels"
# as tools/embed.py
sed -i 's/^__kernel void \([a-z0-9_]*\)(/&GROUP_PARAMETERS /' -- *.cl *.h
status=0
for kind in -DRIDGE_WALK_CPU=0 -DRIDGE_WALK_CPU=1 \
    '-DRIDGE_WALK_CPU=1 -DRIDGE_FUSED=1 -Wno-unused-function'; do
    for file in *.cl; do
        clang -x cl -cl-std=CL1.2 -Xclang -finclude-default-header -fsyntax-only -I. \
            -Wall -Wextra -Wdouble-promotion -Wno-unused-parameter \
            -Wno-unused-but-set-parameter -Werror $kind "$file" || status=1
    done
done
exit $status

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every kernel file is OpenCL C 1.2 for clang, without a device and in either walk.
set -eu
cd "$1/cl"
command -v clang >/dev/null || exit 77
status=0
for walk in 0 1; do
    for file in *.cl; do
        clang -x cl -cl-std=CL1.2 -Xclang -finclude-default-header -fsyntax-only -I. \
            -Wall -Wextra -Wno-unused-parameter \
            -Wno-unused-but-set-parameter -Werror -DRIDGE_WALK_CPU=$walk "$file" || status=1
    done
done
exit $status

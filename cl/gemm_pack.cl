// SPDX-License-Identifier: Apache-2.0
// Panels for the product kernel of gemm_panel.cl: the rows of op(A), or the columns of op(B), in
// strips of a fixed width that lie together for each step of the sum.
#include "common.h"

// Strip s of `width` lines: panels[(s k + l) width + w] = x[(s width + w) line + l step], zero for
// lines at `lines` and behind.
static inline void pack(__global const float *restrict x, ulong line, ulong step, ulong lines,
                        ulong k, __global float *restrict panels, const uint width)
{
    for (ulong s = get_group_id(0); s * width < lines; s += get_num_groups(0)) {
        __global const float *from = x + s * width * line;
        __global float *to = panels + s * width * k;
        uint valid = min((ulong)width, lines - s * width);
        for (ulong l = 0; l < k; l++)
            for (uint w = 0; w < width; w++)
                to[l * width + w] = w < valid ? from[w * line + l * step] : 0.0f;
    }
}

__kernel void pack_rows(IN(float, a), ulong line, ulong step, ulong lines, ulong k,
                        OUT(float, panels))
{
    AT(a);
    AT(panels);
    pack(a, line, step, lines, k, panels, 12);
}

__kernel void pack_columns(IN(float, b), ulong line, ulong step, ulong lines, ulong k,
                           OUT(float, panels))
{
    AT(b);
    AT(panels);
    pack(b, line, step, lines, k, panels, 32);
}

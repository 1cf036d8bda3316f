// SPDX-License-Identifier: Apache-2.0
// Matrices the other way round.
#include "transpose.h"

#if RIDGE_WALK_CPU

// Rows and columns of a block that is not whole: y[c, r] = x[r, c].
static inline void transpose_rest(__global const float *x, ulong columns, uint down, uint right,
                                  __global float *y, ulong rows, uint accumulate)
{
    for (uint c = 0; c < right; c++)
        for (uint r = 0; r < down; r++)
            y[c * rows + r] = x[r * columns + c] + (accumulate ? y[c * rows + r] : 0.0f);
}

static inline void transpose_block(__global const float *x, ulong columns, __global float *y,
                                   ulong rows, uint accumulate)
{
    float16 block[16], done[16];
#pragma unroll
    for (uint r = 0; r < 16; r++)
        block[r] = vload16(0, x + r * columns);
    transpose(block);
#pragma unroll
    for (uint c = 0; c < 16; c++)
        done[c] = block[c];
    for (uint c = 0; c < 16; c++)
        put(accumulate ? done[c] + vload16(0, y + c * rows) : done[c], y + c * rows);
}

// y[b, c, r] = x[b, r, c], added to y when `accumulate`. Bands of 16 columns are shared out.
__kernel void transpose_matrices(IN(float, x), OUT(float, y), ulong batch, ulong rows,
                                 ulong columns, uint accumulate)
{
    AT(x);
    AT(y);
    ulong bands = (columns + 15) / 16;
    ulong stop = (get_group_id(0) + 1) * batch * bands / get_num_groups(0);
    for (ulong band = get_group_id(0) * batch * bands / get_num_groups(0); band < stop; band++) {
        ulong b = band / bands, c = (band - b * bands) * 16;
        uint right = min(columns - c, (ulong)16);
        for (ulong r = 0; r < rows; r += 16) {
            __global const float *from = x + (b * rows + r) * columns + c;
            __global float *to = y + (b * columns + c) * rows + r;
            uint down = min(rows - r, (ulong)16);
            if (right == 16 && down == 16)
                transpose_block(from, columns, to, rows, accumulate);
            else
                transpose_rest(from, columns, down, right, to, rows, accumulate);
        }
    }
}

#else

// The same; neighbouring work-items write neighbours. Launched by ridge_launch_elements.
__kernel void transpose_matrices(IN(float, x), OUT(float, y), ulong batch, ulong rows,
                                 ulong columns, uint accumulate)
{
    AT(x);
    AT(y);
    ulong size = rows * columns;
    for (ulong e = get_global_id(0); e < batch * size; e += get_global_size(0)) {
        ulong b = e / size, c = (e - b * size) / rows, r = e - b * size - c * rows;
        y[e] = x[b * size + r * columns + c] + (accumulate ? y[e] : 0.0f);
    }
}

#endif

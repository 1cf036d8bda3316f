// SPDX-License-Identifier: Apache-2.0
// Tiles of convolutions whose sums stay in vector registers (CPU walk).
#ifndef RIDGE_CL_CONV_PANEL_H
#define RIDGE_CL_CONV_PANEL_H

#include "gemm.h"
#include "conv_panel_constants.h"

#if RIDGE_WALK_CPU

#define ROWS TILE_ROWS
#define COLUMNS TILE_COLUMNS // two vectors

// done[r] = row r of a times a packed strip of columns. The sums fill 24 of the 32 vector registers
// of the widest CPUs, as long as every loop over them is unrolled.
APART void multiply(__global const float *a, ulong a_row, __global const float *b, ulong k,
                    float16 done[ROWS][2])
{
    float16 sum[ROWS][2];
    ulong row[ROWS]; // offsets from one pointer: twelve pointers cost registers, and loads move up
#pragma unroll
    for (uint r = 0; r < ROWS; r++) {
        row[r] = r * a_row;
        sum[r][0] = sum[r][1] = 0.0f;
    }
    for (ulong l = 0; l < k; l++) {
        float16 b0 = vload16(0, b), b1 = vload16(1, b);
#pragma unroll
        for (uint r = 0; r < ROWS; r++) {
            float16 x = a[row[r]];
            sum[r][0] = fma(x, b0, sum[r][0]);
            sum[r][1] = fma(x, b1, sum[r][1]);
        }
        a++;
        b += COLUMNS;
    }
#pragma unroll
    for (uint r = 0; r < ROWS; r++) { // registers have no index at run time, memory has
        done[r][0] = sum[r][0];
        done[r][1] = sum[r][1];
    }
}

#endif

#endif

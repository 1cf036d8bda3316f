// SPDX-License-Identifier: Apache-2.0
// Blocks of 16 x 16 elements in registers, rows to columns (CPU walk).
#ifndef RIDGE_CL_TRANSPOSE_H
#define RIDGE_CL_TRANSPOSE_H

#include "common.h"

#if RIDGE_WALK_CPU

// a0 b0 a1 b1 ... of the lower and of the upper half.
static inline float16 interleave_low(float16 a, float16 b)
{
    return (float16)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6,
                     b.s6, a.s7, b.s7);
}

static inline float16 interleave_high(float16 a, float16 b)
{
    return (float16)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb, a.sc, b.sc, a.sd, b.sd, a.se,
                     b.se, a.sf, b.sf);
}

// Rows become columns: each round moves the top bit of the row's number to the column's bottom.
static inline void transpose(float16 x[16])
{
#pragma unroll
    for (uint round = 0; round < 4; round++) {
        float16 y[16];
#pragma unroll
        for (uint i = 0; i < 8; i++) {
            y[2 * i] = interleave_low(x[i], x[i + 8]);
            y[2 * i + 1] = interleave_high(x[i], x[i + 8]);
        }
#pragma unroll
        for (uint i = 0; i < 16; i++)
            x[i] = y[i];
    }
}

#endif

#endif

// SPDX-License-Identifier: Apache-2.0
// Matrix products without a library: from packed panels (CPU walk), or with tiles in local memory
// (GPU walk).
#include "gemm.h"

#if RIDGE_WALK_CPU

#define ROWS 12
#define COLUMNS 2 // vectors

// One tile of C from one strip of rows and one strip of columns, see gemm_pack.cl. The sums fill 24
// of the 32 vector registers of the widest CPUs, as long as every loop over them is unrolled.
static inline void tile(__global const float *restrict a, __global const float *restrict b, ulong k,
                        const struct write_out *out, ulong i, ulong rows, ulong j)
{
    float16 sum[ROWS][COLUMNS];
#pragma unroll
    for (uint r = 0; r < ROWS; r++)
        sum[r][0] = sum[r][1] = 0.0f;
    for (ulong l = 0; l < k; l++) {
        float16 b0 = vload16(0, b), b1 = vload16(1, b);
#pragma unroll
        for (uint r = 0; r < ROWS; r++) {
            sum[r][0] = fma((float16)(a[r]), b0, sum[r][0]);
            sum[r][1] = fma((float16)(a[r]), b1, sum[r][1]);
        }
        a += ROWS;
        b += COLUMNS * 16;
    }
    float16 done[ROWS][COLUMNS];
#pragma unroll
    for (uint r = 0; r < ROWS; r++) {
        done[r][0] = sum[r][0];
        done[r][1] = sum[r][1];
    }
    for (uint r = 0; r < rows; r++)
        for (uint v = 0; v < COLUMNS && j + v * 16 < out->n; v++)
            write_vector(out, done[r][v], i + r, j + v * 16);
}

// One strip of columns and all strips of rows for each work-group.
__kernel void gemm_panel(IN(float, panels), ulong b_panels, ulong m, ulong k, WRITE_OUT)
{
    AT(panels);
    const struct write_out out = MAKE_WRITE_OUT;
    __global const float *b = panels + b_panels + get_group_id(0) * 32 * k;
    for (ulong i = 0; i < m; i += ROWS)
        tile(panels + i * k, b, k, &out, i, min(m - i, (ulong)ROWS), get_group_id(0) * 32);
}

#else

#define TILE 64 // rows and columns of C for each work-group of 16 x 16
#define STEP 16 // of the sum in local memory at a time

// Brings x[line .. line + TILE, l .. l + STEP) to local memory, zero outside of lines and k.
// op: element (line, l) is x[line stride + l step].
static inline void bring(__global const float *restrict x, ulong stride, ulong step, ulong line,
                         ulong lines, ulong l, ulong k, __local float (*to)[TILE + 1])
{
    uint item = get_local_id(1) * 16 + get_local_id(0);
    for (uint e = item; e < TILE * STEP; e += 256) {
        // neighbouring work-items read neighbouring elements
        uint i = step == 1 ? e / STEP : e % TILE;
        uint j = step == 1 ? e % STEP : e / TILE;
        bool inside = line + i < lines && l + j < k;
        to[j][i] = inside ? x[(line + i) * stride + (l + j) * step] : 0.0f;
    }
}

// Each work-item owns 4 x 4 elements of C, 16 apart in rows and 4 together in columns.
__kernel void gemm_tiled(IN(float, a), ulong a_row, ulong a_column, IN(float, b), ulong b_row,
                         ulong b_column, ulong m, ulong k, WRITE_OUT)
{
    AT(a);
    AT(b);
    const struct write_out out = MAKE_WRITE_OUT;
    __local float a_tile[STEP][TILE + 1], b_tile[STEP][TILE + 1];
    ulong i = get_group_id(1) * TILE, j = get_group_id(0) * TILE;
    float4 sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (ulong l = 0; l < k; l += STEP) {
        bring(a, a_row, a_column, i, m, l, k, a_tile);
        bring(b, b_column, b_row, j, n, l, k, b_tile);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint s = 0; s < STEP; s++) {
            float4 columns = vload4(0, &b_tile[s][get_local_id(0) * 4]);
            for (uint r = 0; r < 4; r++)
                sum[r] += a_tile[s][r * 16 + get_local_id(1)] * columns;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (uint r = 0; r < 4; r++) {
        ulong row = i + r * 16 + get_local_id(1), column = j + get_local_id(0) * 4;
        if (row < m && column < n)
            write_vector(&out, sum[r], row, column);
    }
}

#endif

// SPDX-License-Identifier: Apache-2.0
// Matrix products without a library: from packed panels (CPU walk), or with tiles in local memory
// (GPU walk).
#include "gemm.h"

#if RIDGE_WALK_CPU

#define ROWS 12    // of a tile of C
#define COLUMNS 32 // of a tile: two vectors

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

// `lines` lines of x side by side: to[l * width + w] = x[w * line + l] for `steps` of l, which is a
// multiple of 16. Lines of `lines` and behind repeat the last one. lines: up to 16.
static inline void transpose_lines(__global const float *x, ulong line, uint lines, ulong steps,
                                   __global float *to, ulong width)
{
    for (ulong l = 0; l < steps; l += 16) {
        float16 block[16];
#pragma unroll
        for (uint w = 0; w < 16; w++)
            block[w] = vload16(0, x + min(w, lines - 1) * line + l);
        transpose(block);
#pragma unroll
        for (uint w = 0; w < 16; w++)
            vstore16(block[w], 0, to + (l + w) * width);
    }
}

// The strip of columns that a tile works on: to[l COLUMNS + w] = b[l row + w column]. What stands
// for columns of `valid` and behind does not matter, as long as it is a number.
static inline void pack(__global const float *b, ulong row, ulong column, uint valid, ulong k,
                        __global float *to)
{
    ulong l = 0;
    if (row == 1 && column != 1) {
        l = k / 16 * 16;
        transpose_lines(b, column, min(valid, 16u), l, to, COLUMNS);
        uint first = valid > 16 ? 16 : 0;
        transpose_lines(b + first * column, column, valid - first, l, to + 16, COLUMNS);
    } else if (column == 1 && valid == COLUMNS) {
        for (; l < k; l++) {
            vstore16(vload16(0, b + l * row), 0, to + l * COLUMNS);
            vstore16(vload16(1, b + l * row), 1, to + l * COLUMNS);
        }
    }
    for (; l < k; l++)
        for (uint w = 0; w < COLUMNS; w++)
            to[l * COLUMNS + w] = w < valid ? b[l * row + w * column] : 0.0f;
}

// One tile of C from `rows` rows of op(A) and a packed strip of columns. The sums fill 24 of the
// 32 vector registers of the widest CPUs, as long as every loop over them is unrolled.
static inline void tile(__global const float *a, ulong a_row, ulong a_column, uint rows,
                        __global const float *b, ulong k, const struct write_out *out, ulong i,
                        ulong j)
{
    __global const float *row[ROWS];
    float16 sum[ROWS][2];
#pragma unroll
    for (uint r = 0; r < ROWS; r++) {
        row[r] = a + min(r, rows - 1) * a_row; // a row that is not there is computed, not written
        sum[r][0] = sum[r][1] = 0.0f;
    }
    for (ulong l = 0; l < k; l++) {
        float16 b0 = vload16(0, b + l * COLUMNS), b1 = vload16(1, b + l * COLUMNS);
#pragma unroll
        for (uint r = 0; r < ROWS; r++) {
            float16 x = row[r][l * a_column];
            sum[r][0] = fma(x, b0, sum[r][0]);
            sum[r][1] = fma(x, b1, sum[r][1]);
        }
    }
    float16 done[ROWS][2]; // a copy in memory: registers have no index at run time
#pragma unroll
    for (uint r = 0; r < ROWS; r++) {
        done[r][0] = sum[r][0];
        done[r][1] = sum[r][1];
    }
    for (uint r = 0; r < rows; r++)
        for (uint v = 0; v < 2 && j + v * 16 < out->n; v++)
            write_vector(out, done[r][v], i + r, j + v * 16);
}

// One strip of columns and `height` rows for each work-group, a multiple of ROWS. The group packs
// the strip, COLUMNS x k in scratch of its own, and reads op(A) where it is.
__kernel void gemm_panel(IN(float, a), ulong a_row, ulong a_column, IN(float, b), ulong b_row,
                         ulong b_column, __global float *strips, ulong m, ulong k, ulong height,
                         WRITE_OUT)
{
    AT(a);
    AT(b);
    const struct write_out out = MAKE_WRITE_OUT;
    ulong j = get_group_id(0) * COLUMNS, first = get_group_id(1) * height;
    ulong group = get_group_id(1) * get_num_groups(0) + get_group_id(0);
    __global float *strip = strips + group * COLUMNS * k;
    pack(b + j * b_column, b_row, b_column, min(n - j, (ulong)COLUMNS), k, strip);
    for (ulong i = first; i < min(m, first + height); i += ROWS)
        tile(a + i * a_row, a_row, a_column, min(m - i, (ulong)ROWS), strip, k, &out, i, j);
}

// y[j, i] = x[i, j], x [rows, columns], 64 columns for each work-group. ld_x, ld_y: from row to
// row; ld_y is a multiple of 16, and what lies behind the columns of y is overwritten.
__kernel void transpose_matrix(IN(float, x), ulong ld_x, ulong rows, ulong columns, OUT(float, y),
                               ulong ld_y)
{
    AT(x);
    AT(y);
    ulong first = get_group_id(0) * 64, count = min(columns - first, (ulong)64);
    ulong whole = count / 16 * 16;
    x += first;
    y += first * ld_y;
    for (ulong i = 0; i < rows; i += 16) {
        uint lines = min(rows - i, (ulong)16);
        transpose_lines(x + i * ld_x, ld_x, lines, whole, y + i, ld_y);
        for (ulong j = whole; j < count; j++)
            for (uint w = 0; w < lines; w++)
                y[j * ld_y + i + w] = x[(i + w) * ld_x + j];
    }
}

#else

#define TILE 64 // rows and columns of C for each work-group of 16 x 16
#define STEP 16 // of the sum in local memory at a time

// Brings x[line .. line + TILE, l .. l + STEP) to local memory, zero outside of lines and k.
// op: element (line, l) is x[line stride + l step].
GROUP_FUNCTION void bring(__global const float *x, ulong stride, ulong step, ulong line,
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

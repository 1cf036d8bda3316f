// SPDX-License-Identifier: Apache-2.0
// Tiles of products whose sums stay in vector registers (CPU walk).
#ifndef RIDGE_CL_PANEL_H
#define RIDGE_CL_PANEL_H

#include "gemm.h"
#include "panel_constants.h"

#if RIDGE_WALK_CPU

#define ROWS TILE_ROWS
#define COLUMNS TILE_COLUMNS // two vectors

// Elements of op(A) to ask for ahead, 128 steps of packed rows: a core alone does not look far
// enough into that one stream when it comes from the third cache. Rows that lie elsewhere gain
// nothing by it and lose nothing.
#define AHEAD (128 * ROWS)

// Tiles of up to three matrices that are read when the sums are done.
struct coming {
    __global const float *tile[3];
    uint matrices;
    ulong ld; // elements from row to row
};

// Rows r and r + 1 of them.
static inline void fetch_rows(const struct coming *coming, uint r)
{
    for (uint m = 0; m < coming->matrices; m++) {
        __global const float *row = coming->tile[m] + r * coming->ld;
        FETCH(row);
        FETCH(row + 16);
        FETCH(row + coming->ld);
        FETCH(row + coming->ld + 16);
    }
}

// done[r] = row r of op(A) times a strip of columns, whose rows are b_row elements apart (COLUMNS
// where it is packed), added to what is there when `more`. The sums fill 24 of the 32 vector
// registers of the widest CPUs, as long as every loop over them is unrolled. coming: what is
// fetched meanwhile, or 0; all at once the reads of op(A) would wait.
APART void multiply_fetching(__global const float *a, ulong a_row, ulong a_column, uint rows,
                             __global const float *b, ulong b_row, ulong k, bool more,
                             float16 done[ROWS][2], const struct coming *coming)
{
    float16 sum[ROWS][2];
    ulong row[ROWS]; // offsets from one pointer: twelve pointers cost registers, and loads move up
#pragma unroll
    for (uint r = 0; r < ROWS; r++) {
        row[r] = min(r, rows - 1) * a_row; // a row that is not there is computed, not written
        sum[r][0] = more ? done[r][0] : 0.0f;
        sum[r][1] = more ? done[r][1] : 0.0f;
    }
    uint fetched = coming ? 0 : ROWS;
    for (ulong l = 0; l < k;) {
        ulong stop = k;
        if (fetched < ROWS) { // so that the last rows have the last quarter to come in
            fetch_rows(coming, fetched);
            fetched += 2;
            stop = l + k / 8;
        }
        for (; l < stop; l++) {
            FETCH(a + AHEAD);
            float16 b0 = vload16(0, b), b1 = vload16(1, b);
#pragma unroll
            for (uint r = 0; r < ROWS; r++) {
                float16 x = a[row[r]];
                sum[r][0] = fma(x, b0, sum[r][0]);
                sum[r][1] = fma(x, b1, sum[r][1]);
            }
            a += a_column;
            b += b_row;
        }
    }
#pragma unroll
    for (uint r = 0; r < ROWS; r++) { // registers have no index at run time, memory has
        done[r][0] = sum[r][0];
        done[r][1] = sum[r][1];
    }
}

static inline void multiply(__global const float *a, ulong a_row, ulong a_column, uint rows,
                            __global const float *b, ulong k, bool more, float16 done[ROWS][2])
{
    multiply_fetching(a, a_row, a_column, rows, b, COLUMNS, k, more, done, 0);
}

// Sums of a tile that wait for the next steps of k.
static inline void keep(const float16 done[ROWS][2], __global float *kept)
{
    for (uint r = 0; r < ROWS; r++) {
        put(done[r][0], kept + r * COLUMNS);
        put(done[r][1], kept + r * COLUMNS + 16);
    }
}

static inline void take_up(__global const float *kept, float16 done[ROWS][2])
{
    for (uint r = 0; r < ROWS; r++) {
        done[r][0] = get(kept + r * COLUMNS);
        done[r][1] = get(kept + r * COLUMNS + 16);
    }
}

// Writes a tile whose rows are rows of C.
APART void write_rows(const float16 done[ROWS][2], const struct write_out *out, ulong i, ulong j,
                      uint rows)
{
    bool whole = j + COLUMNS <= out->n;
    for (uint r = 0; r < rows; r++) {
        if (whole) {
            write_whole(out, done[r][0], i + r, j);
            write_whole(out, done[r][1], i + r, j + 16);
        } else {
            for (uint v = 0; v < 2 && j + v * 16 < out->n; v++)
                write_vector(out, done[r][v], i + r, j + v * 16);
        }
    }
}

#endif

#endif

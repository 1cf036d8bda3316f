// SPDX-License-Identifier: Apache-2.0
// Tiles of C whose sums stay in vector registers (CPU walk).
#ifndef RIDGE_CL_GEMM_TILE_H
#define RIDGE_CL_GEMM_TILE_H

#include "gemm.h"

#if RIDGE_WALK_CPU

#define ROWS GEMM_ROWS
#define COLUMNS GEMM_COLUMNS
#define VECTORS (COLUMNS / 16)

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

// Row r of them.
static inline void fetch_row(const struct coming *coming, uint r)
{
    for (uint m = 0; m < coming->matrices; m++)
        for (uint v = 0; v < VECTORS; v++)
            FETCH(coming->tile[m] + r * coming->ld + v * 16);
}

// What makes a tile: ROWS rows of op(A) times a strip of `vectors` times 16 columns, over k steps.
struct tile {
    __global const float *a;
    ulong a_row, a_step; // elements from row to row, and from step to step, or from pair to pair
    uint rows;           // a row that is not there is computed, not written
    __global const float *b;
    ulong b_row;
    ulong k;
    uint vectors;
    bool pairs;                  // each row has the elements of steps 2 l and 2 l + 1 side by side
    const struct coming *coming; // what is fetched meanwhile, or 0
    // Rows of COLUMNS: the products are added to what is in `before`, and become `sums`.
    __global const float *before;
    __global float *sums;
};

#define INLINED inline __attribute__((always_inline))

// The three below stand for loops over vectors: PoCL's compiler unrolls nested loops too late for
// what they work on to stay in registers.
static INLINED void load_columns(__global const float *b, const uint vectors,
                                 float16 columns[VECTORS])
{
    columns[0] = vload16(0, b);
    if (vectors > 1)
        columns[1] = vload16(1, b);
    if (vectors > 2)
        columns[2] = vload16(2, b);
}

static INLINED void store_columns(const float16 columns[VECTORS], const uint vectors,
                                  __global float *to)
{
    put(columns[0], to);
    if (vectors > 1)
        put(columns[1], to + 16);
    if (vectors > 2)
        put(columns[2], to + 32);
}

static INLINED void add_products(float16 x, const float16 columns[VECTORS], const uint vectors,
                                 float16 sum[VECTORS])
{
    sum[0] = fma(x, columns[0], sum[0]);
    if (vectors > 1)
        sum[1] = fma(x, columns[1], sum[1]);
    if (vectors > 2)
        sum[2] = fma(x, columns[2], sum[2]);
}

// Adds the products of `k` steps, two at a time with `pairs`. The sums fill 24 of the 32
// vector registers of the widest CPUs, as long as every loop over them is unrolled and `pairs` and
// `vectors` are known.
static INLINED void multiply_vectors(const struct tile *tile, ulong k, const bool pairs,
                                     const uint vectors)
{
    __global const float *a = tile->a, *b = tile->b;
    const ulong a_step = tile->a_step, b_row = tile->b_row;
    float16 sum[ROWS][VECTORS];
    ulong row[ROWS]; // offsets from one pointer: eight pointers cost registers, and loads move up
#pragma unroll
    for (uint r = 0; r < ROWS; r++) {
        row[r] = min(r, tile->rows - 1) * tile->a_row;
        load_columns(tile->before + r * COLUMNS, vectors, sum[r]);
    }
    uint fetched = tile->coming ? 0 : ROWS;
    for (ulong l = 0; l < k;) {
        ulong stop = k;
        if (fetched < ROWS) { // all at once the reads of op(A) would wait; the last need time, too
            fetch_row(tile->coming, fetched++);
            stop = l + k / 20 * 2;
        }
        for (; l < stop; l += pairs ? 2 : 1) {
            FETCH(a + AHEAD);
            float16 first[VECTORS], second[VECTORS];
            load_columns(b, vectors, first);
            if (pairs)
                load_columns(b + b_row, vectors, second);
#pragma unroll
            for (uint r = 0; r < ROWS; r++) {
                add_products(a[row[r]], first, vectors, sum[r]);
                if (pairs)
                    add_products(a[row[r] + 1], second, vectors, sum[r]);
            }
            a += a_step;
            b += pairs ? 2 * b_row : b_row;
        }
    }
#pragma unroll
    for (uint r = 0; r < ROWS; r++)
        store_columns(sum[r], vectors, tile->sums + r * COLUMNS);
}

APART void multiply_steps(const struct tile *tile)
{
    if (tile->vectors == 3)
        multiply_vectors(tile, tile->k, false, 3);
    else if (tile->vectors == 2)
        multiply_vectors(tile, tile->k, false, 2);
    else
        multiply_vectors(tile, tile->k, false, 1);
}

APART void multiply_pairs(const struct tile *tile)
{
    ulong k = tile->k / 2 * 2;
    if (tile->vectors == 3)
        multiply_vectors(tile, k, true, 3);
    else if (tile->vectors == 2)
        multiply_vectors(tile, k, true, 2);
    else
        multiply_vectors(tile, k, true, 1);
}

static inline void multiply(const struct tile *tile)
{
    if (!tile->pairs) {
        multiply_steps(tile);
        return;
    }
    multiply_pairs(tile);
    ulong even = tile->k / 2 * 2;
    if (even == tile->k)
        return;
    struct tile last = *tile;
    last.a += even / 2 * tile->a_step;
    last.b += even * tile->b_row;
    last.k = 1;
    last.coming = 0;
    last.before = tile->sums;
    multiply_steps(&last);
}

// Writes a tile whose rows are rows of C.
APART void write_rows(__global const float *sums, const struct write_out *out, ulong i, ulong j,
                      uint rows)
{
    uint columns = min(out->n - j, (ulong)COLUMNS);
    for (uint r = 0; r < rows; r++, sums += COLUMNS) {
        uint v = 0;
        for (; v + 16 <= columns; v += 16)
            write_whole(out, get(sums + v), i + r, j + v);
        if (v < columns)
            write_first(out, get(sums + v), i + r, j + v, columns - v);
    }
}

#endif

#endif

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

static INLINED void begin(const struct tile *tile, const uint vectors, ulong row[ROWS],
                          float16 sum[ROWS][VECTORS])
{
#pragma unroll
    for (uint r = 0; r < ROWS; r++) {
        row[r] = min(r, tile->rows - 1) * tile->a_row;
        load_columns(tile->before + r * COLUMNS, vectors, sum[r]);
    }
}

static INLINED void finish(const struct tile *tile, const uint vectors,
                           const float16 sum[ROWS][VECTORS])
{
#pragma unroll
    for (uint r = 0; r < ROWS; r++)
        store_columns(sum[r], vectors, tile->sums + r * COLUMNS);
}

// Adds the products of k steps, which is even, two at a time: with one at a time the clock of a
// core is 7 % lower. The sums fill 24 of the 32 vector registers of the widest CPUs, as long as
// every loop over them is unrolled.
APART void multiply_pairs(const struct tile *tile, ulong k)
{
    __global const float *a = tile->a, *b = tile->b;
    const ulong a_step = tile->a_step, b_row = tile->b_row;
    float16 sum[ROWS][VECTORS];
    ulong row[ROWS]; // offsets from one pointer: eight pointers cost registers, and loads move up
    begin(tile, VECTORS, row, sum);
    uint fetched = tile->coming ? 0 : ROWS;
    for (ulong l = 0; l < k;) {
        ulong stop = k;
        if (fetched < ROWS) { // all at once the reads of op(A) would wait; the last need time, too
            fetch_row(tile->coming, fetched++);
            stop = l + k / 20 * 2;
        }
        for (; l < stop; l += 2) {
            FETCH(a + AHEAD);
            float16 first[VECTORS], second[VECTORS];
            load_columns(b, VECTORS, first);
            load_columns(b + b_row, VECTORS, second);
#pragma unroll
            for (uint r = 0; r < ROWS; r++) {
                add_products(a[row[r]], first, VECTORS, sum[r]);
                add_products(a[row[r] + 1], second, VECTORS, sum[r]);
            }
            a += a_step;
            b += 2 * b_row;
        }
    }
    finish(tile, VECTORS, sum);
}

// The same for any k, one step at a time, for the first `vectors` of the columns.
static INLINED void multiply_vectors(const struct tile *tile, const uint vectors)
{
    __global const float *a = tile->a, *b = tile->b;
    const ulong k = tile->k, b_row = tile->b_row;
    ulong step = tile->pairs ? 1 : tile->a_step, next = tile->a_step - (tile->pairs ? 1 : 0);
    float16 sum[ROWS][VECTORS];
    ulong row[ROWS];
    begin(tile, vectors, row, sum);
    for (ulong l = 0; l < k; l++) {
        float16 columns[VECTORS];
        load_columns(b, vectors, columns);
#pragma unroll
        for (uint r = 0; r < ROWS; r++)
            add_products(a[row[r]], columns, vectors, sum[r]);
        a += step;
        b += b_row;
        ulong last = step;
        step = next;
        next = last;
    }
    finish(tile, vectors, sum);
}

APART void multiply_steps(const struct tile *tile)
{
    if (tile->vectors == 3)
        multiply_vectors(tile, 3);
    else if (tile->vectors == 2)
        multiply_vectors(tile, 2);
    else
        multiply_vectors(tile, 1);
}

static inline void multiply(const struct tile *tile)
{
    ulong even = tile->pairs && tile->vectors == VECTORS ? tile->k / 2 * 2 : 0;
    struct tile rest = *tile;
    if (even > 0) {
        multiply_pairs(tile, even);
        rest.a += even / 2 * tile->a_step;
        rest.b += even * tile->b_row;
        rest.k -= even;
        rest.before = tile->sums;
    }
    if (rest.k > 0)
        multiply_steps(&rest);
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

// SPDX-License-Identifier: Apache-2.0
// Matrix products without a library: from packed panels (CPU walk), or with tiles in local memory
// (GPU walk).
#include "panel.h"
#include "panel_update.h"
#include "transpose.h"

#if RIDGE_WALK_CPU

// `lines` lines of x side by side: to[l * width + w] = x[w * line + l] for `steps` of l, which is a
// multiple of 16. Lines of `lines` and behind repeat the last one. lines: up to 16.
APART void transpose_lines(__global const float *x, ulong line, uint lines, ulong steps,
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
            put(block[w], to + (l + w) * width);
    }
}

// The strip of columns that a tile works on: to[l COLUMNS + w] = b[l row + w column]. What stands
// for columns of `valid` and behind does not matter, as long as it is a number.
APART void pack(__global const float *b, ulong row, ulong column, uint valid, ulong k,
                __global float *to)
{
    ulong l = 0;
    if (row == 1 && column != 1) {
        l = k / 16 * 16;
        transpose_lines(b, column, min(valid, 16u), l, to, COLUMNS);
        uint first = valid > 16 ? 16 : 0;
        transpose_lines(b + first * column, column, valid - first, l, to + 16, COLUMNS);
    } else if (column == 1 && valid >= 16) {
        bool narrow = valid == 16;
        for (; l < k; l++) {
            put(vload16(0, b + l * row), to + l * COLUMNS);
            put(narrow ? (float16)(0.0f) : load(b + l * row, 16, valid), to + l * COLUMNS + 16);
        }
    }
    for (; l < k; l++)
        for (uint w = 0; w < COLUMNS; w++)
            to[l * COLUMNS + w] = w < valid ? b[l * row + w * column] : 0.0f;
}

// Writes ROWS elements of C from (i, j) on. A vector is computed where there is one, unless it
// would read what another group may be writing.
static inline void write_twelve(const struct write_out *out, float16 product, ulong i, ulong j)
{
    if (out->beta != 0.0f || j + 16 > out->n) {
        write_first(out, product, i, j, ROWS);
        return;
    }
    typedef float8 __attribute__((aligned(4))) loose8;
    typedef float4 __attribute__((aligned(4))) loose4;
    __global float *at = out->c + i * out->ldc + j;
    float16 value = finished(out, product, i, j);
    *(__global loose8 *)at = value.lo;
    *(__global loose4 *)(at + 8) = value.hi.lo;
}

// Writes a tile whose rows are columns of C, from column j on: `columns` of them, and `rows` rows
// of C from row i on.
APART void write_columns(const float16 sum[ROWS][2], const struct write_out *out, ulong i, ulong j,
                         uint rows, uint columns)
{
#pragma unroll 1 // as fast, and half the code
    for (uint v = 0; v < 2; v++) {
        float16 block[16];
#pragma unroll
        for (uint r = 0; r < 16; r++)
            block[r] = r < ROWS ? sum[r][v] : (float16)(0.0f);
        transpose(block);
        float16 done[16];
#pragma unroll
        for (uint w = 0; w < 16; w++)
            done[w] = block[w];
        for (uint w = 0; w < min(rows - min(rows, v * 16), 16u); w++)
            if (columns == ROWS)
                write_twelve(out, done[w], i + v * 16 + w, j);
            else
                write_first(out, done[w], i + v * 16 + w, j, columns);
    }
}

// What is multiplied: C, or C transposed, is `rows` rows of op(A) times `columns` columns of op(B).
struct product {
    __global const float *a;
    ulong a_tile, a_row, a_column; // elements from tile to tile, row to row, step to step
    __global const float *b;
    ulong b_row, b_column;
    ulong rows, columns, k;
    ulong high;    // row tiles that are worked on together; each such part of C packs anew
    ulong steps;   // of k that are packed at a time
    bool in_place; // strips of all columns are read where they lie
};

// The tiles of one strip from row tile `from` to `to`, from column j on. scratch: a packed part of
// the strip, steps x COLUMNS, and behind it, where there is another part, the sums of each tile,
// ROWS x COLUMNS.
static inline void multiply_strip(const struct product *p, ulong j, ulong from, ulong to,
                                  __global float *scratch, const struct write_out *out,
                                  const struct weight_update *update, bool transposed)
{
    uint width = min(p->columns - j, (ulong)COLUMNS);
    for (ulong l = 0; l < p->k; l += p->steps) {
        ulong count = min(p->k - l, p->steps);
        __global const float *strip = p->b + j * p->b_column + l * p->b_row;
        ulong strip_row = p->b_row;
        if (width < COLUMNS || !p->in_place) {
            pack(strip, p->b_row, p->b_column, width, count, scratch);
            strip = scratch;
            strip_row = COLUMNS;
        }
        for (ulong t = from; t < to; t++) {
            __global float *kept = scratch + (p->steps + (t - from) * ROWS) * COLUMNS;
            uint height = min(p->rows - t * ROWS, (ulong)ROWS);
            float16 done[ROWS][2];
            if (l > 0)
                take_up(kept, done);
            bool updates = update && l + count == p->k;
            struct coming coming = {.matrices = 0};
            if (updates)
                coming = update_comes(out, update, t * ROWS, j);
            multiply_fetching(p->a + t * p->a_tile + l * p->a_column, p->a_row, p->a_column, height,
                              strip, strip_row, count, l > 0, done, updates ? &coming : 0);
            if (l + count < p->k)
                keep(done, kept);
            else if (updates)
                update_rows(done, out, update, t * ROWS, j, height);
            else if (transposed)
                write_columns(done, out, j, t * ROWS, width, height);
            else
                write_rows(done, out, t * ROWS, j, height);
        }
    }
}

// Tiles are counted down the rows of a strip, then strip by strip, then part by part; each group
// has an equal share of them, one after the other, and scratch of its own.
static inline void multiply_share(const struct product *p, __global float *scratch,
                                  const struct write_out *out, const struct weight_update *update,
                                  ulong group, ulong groups, bool transposed)
{
    ulong down = (p->rows + ROWS - 1) / ROWS, strips = (p->columns + COLUMNS - 1) / COLUMNS;
    ulong high = p->high;
    ulong tile = group * down * strips / groups, stop = (group + 1) * down * strips / groups;
    scratch += group * (p->steps + (p->steps < p->k ? high * ROWS : 0)) * COLUMNS;
    while (tile < stop) {
        ulong top = tile / (high * strips) * high, within = tile - top * strips;
        ulong height = min(high, down - top), from = within % height;
        ulong to = min(height, from + stop - tile);
        multiply_strip(p, within / height * COLUMNS, top + from, top + to, scratch, out, update,
                       transposed);
        tile += to - from;
    }
}

// The kernel arguments that make a product.
#define PRODUCT                                                                                    \
    IN(float, a), ulong a_tile, ulong a_row, ulong a_column, IN(float, b), ulong b_row,            \
        ulong b_column, __global float *scratch, ulong rows, ulong columns, ulong k, ulong high,   \
        ulong steps, uint in_place
#define MAKE_PRODUCT                                                                               \
    {                                                                                              \
        a + a_offset, a_tile, a_row, a_column, b + b_offset, b_row, b_column, rows, columns, k,    \
            high, steps, in_place                                                                  \
    }

// transposed: the operands are exchanged, op(B)^T stands for op(A) and op(A)^T for op(B).
__kernel void gemm_panel(PRODUCT, uint transposed, WRITE_OUT)
{
    const struct product product = MAKE_PRODUCT;
    const struct write_out out = MAKE_WRITE_OUT;
    multiply_share(&product, scratch, &out, 0, get_group_id(0), get_num_groups(0), transposed != 0);
}

// The same where C is weights and the product their gradient. A kernel of its own, as each argument
// takes the driver some 60 ns of every launch.
__kernel void gemm_panel_update(PRODUCT, INOUT(float, c), ulong ldc, ulong n, UPDATE)
{
    const struct product product = MAKE_PRODUCT;
    const struct write_out out = {.c = c + c_offset, .ldc = ldc, .n = n};
    MAKE_UPDATE(update)
    multiply_share(&product, scratch, &out, &update, get_group_id(0), get_num_groups(0), false);
}

// y[l ROWS + r] = x[l ld + r] for `steps` of l, r below `height`. What stands for the other rows of
// the tile does not matter. `room`: x has 16 elements in each of its rows. Returns the sums over l,
// with anything behind the height.
static inline float16 pack_tile(__global const float *x, ulong ld, uint height, bool room,
                                ulong steps, __global float *y)
{
    float16 sum = 0.0f;
    // A vector at a time: the next step overwrites what is too much, and the last one has to fit.
    ulong whole = room ? steps - 1 : 0;
    for (ulong l = 0; l < whole; l++) {
        float16 row = vload16(0, x + l * ld);
        put(row, y + l * ROWS);
        sum += row;
    }
    for (ulong l = whole; l < steps; l++) {
        float16 row = load(x + l * ld, 0, height);
        store(row, y + l * ROWS, 0, height);
        sum += row;
    }
    return sum;
}

// Row tiles of a transposed A, which is stored as [k, rows], one after the other, k steps each.
// ld: elements from row to row of x. Each group has an equal share of the tiles. With has_sums
// sums[i] is the sum of row i of the tiles, in blocks of 64 steps as in bias.cl.
__kernel void pack_tiles(IN(float, x), ulong ld, ulong rows, ulong k, OUT(float, y), uint has_sums,
                         OUT(float, sums))
{
    AT(x);
    AT(y);
    AT(sums);
    ulong tiles = (rows + ROWS - 1) / ROWS;
    ulong first = get_group_id(0) * tiles / get_num_groups(0);
    ulong stop = (get_group_id(0) + 1) * tiles / get_num_groups(0);
    // Few enough steps for neighbours to find shared lines in the cache.
    for (ulong l = 0; l < k; l += 64) {
        for (ulong t = first; t < stop; t++) {
            uint height = min(rows - t * ROWS, (ulong)ROWS);
            float16 sum = pack_tile(x + l * ld + t * ROWS, ld, height, t * ROWS + 16 <= rows,
                                    min(k - l, (ulong)64), y + (t * k + l) * ROWS);
            if (has_sums && l > 0)
                sum += load(sums + t * ROWS, 0, height);
            if (has_sums)
                store(sum, sums + t * ROWS, 0, height);
        }
    }
}

#else

#define STEP 16 // of the sum in local memory at a time
#define PAD 4   // keeps rows of a tile at multiples of 16 bytes, and off each other's banks

// Brings x[line .. line + TILE, l .. l + STEP) to local memory, zero outside of lines and k.
// op: element (line, l) is x[line stride + l step].
GROUP_FUNCTION void bring(__global const float *x, ulong stride, ulong step, ulong line,
                          ulong lines, ulong l, ulong k, __local float (*to)[TILE + PAD])
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
    __local float a_tile[STEP][TILE + PAD];
    __local float b_tile[STEP][TILE + PAD] __attribute__((aligned(16)));
    ulong i = get_group_id(1) * TILE, j = get_group_id(0) * TILE;
    float4 sum[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (ulong l = 0; l < k; l += STEP) {
        bring(a, a_row, a_column, i, m, l, k, a_tile);
        bring(b, b_column, b_row, j, n, l, k, b_tile);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint s = 0; s < STEP; s++) {
            float4 columns = *(__local const float4 *)&b_tile[s][get_local_id(0) * 4];
#pragma unroll
            for (uint r = 0; r < 4; r++)
                sum[r] += a_tile[s][r * 16 + get_local_id(1)] * columns;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    // With an index that is known at run time only, all sums would lie in memory.
    for (uint r = 0; r < 4; r++) {
        ulong row = i + r * 16 + get_local_id(1), column = j + get_local_id(0) * 4;
        if (row < m && column < n)
            write_vector(&out, sum[0], row, column);
        sum[0] = sum[1];
        sum[1] = sum[2];
        sum[2] = sum[3];
    }
}

#endif

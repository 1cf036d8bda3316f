// SPDX-License-Identifier: Apache-2.0
// Matrix products without a library: from packed panels (CPU walk), or with tiles in local memory
// (GPU walk).
#include "gemm_tile.h"
#include "gemm_update.h"
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
        for (uint w = 0; w < valid; w += 16)
            transpose_lines(b + w * column, column, min(valid - w, 16u), l, to + w, COLUMNS);
    } else if (column == 1 && valid >= 16) {
        for (; l < k; l++)
            for (uint w = 0; w < valid; w += 16)
                put(load(b + l * row, w, valid), to + l * COLUMNS + w);
    }
    for (; l < k; l++)
        for (uint w = 0; w < (valid + 15) / 16 * 16; w++)
            to[l * COLUMNS + w] = w < valid ? b[l * row + w * column] : 0.0f;
}

// Writes ROWS elements of C from (i, j) on. A vector is computed where there is one, unless it
// would read what another group may be writing.
static inline void write_eight(const struct write_out *out, float16 product, ulong i, ulong j)
{
    if (out->beta != 0.0f || j + 16 > out->n) {
        write_first(out, product, i, j, ROWS);
        return;
    }
    typedef float8 __attribute__((aligned(4))) loose;
    *(__global loose *)(out->c + i * out->ldc + j) = finished(out, product, i, j).lo;
}

// Writes a tile whose rows are columns of C, from column j on: `columns` of them, and `rows` rows
// of C from row i on.
APART void write_columns(__global const float *sums, const struct write_out *out, ulong i, ulong j,
                         uint rows, uint columns)
{
#pragma unroll 1 // as fast, and half the code
    for (uint v = 0; v * 16 < rows; v++) {
        float16 block[16];
#pragma unroll
        for (uint r = 0; r < 16; r++)
            block[r] = r < ROWS ? get(sums + r * COLUMNS + v * 16) : (float16)(0.0f);
        transpose(block);
        float16 done[16];
#pragma unroll
        for (uint w = 0; w < 16; w++)
            done[w] = block[w];
        for (uint w = 0; w < min(rows - v * 16, 16u); w++)
            if (columns == ROWS)
                write_eight(out, done[w], i + v * 16 + w, j);
            else
                write_first(out, done[w], i + v * 16 + w, j, columns);
    }
}

// What is multiplied: C, or C transposed, is `rows` rows of op(A) times `columns` columns of op(B).
struct product {
    __global const float *a;
    ulong a_tile, a_row, a_step; // elements from tile to tile, row to row, step to step; IN_PAIRS:
                                 // from one pair of steps to the next
    __global const float *b;
    ulong b_row, b_column;
    ulong rows, columns, k;
    ulong high;  // row tiles that are worked on together; each such part of C packs anew
    ulong steps; // of k that are packed at a time, a multiple of 16 where there are more
    uint lies;   // IN_...
};

// The tiles of one strip from row tile `from` to `to`, from column j on. scratch: a packed part of
// the strip, steps x COLUMNS, zeros, ROWS x COLUMNS, and the sums of a tile, or of each where there
// is another part.
static inline void multiply_strip(const struct product *p, ulong j, ulong from, ulong to,
                                  __global float *scratch, const struct write_out *out,
                                  const struct weight_update *update, bool transposed)
{
    uint width = min(p->columns - j, (ulong)COLUMNS);
    struct tile tile = {.a_row = p->a_row,
                        .a_step = p->a_step,
                        .vectors = (width + 15) / 16,
                        .pairs = (p->lies & IN_PAIRS) != 0};
    __global float *zeros = scratch + p->steps * COLUMNS;
    for (ulong l = 0; l < p->k; l += p->steps) {
        tile.k = min(p->k - l, p->steps);
        tile.b = p->b + j * p->b_column + l * p->b_row;
        tile.b_row = p->b_row;
        if (width % 16 != 0 || !(p->lies & IN_PLACE)) {
            pack(tile.b, p->b_row, p->b_column, width, tile.k, scratch);
            tile.b = scratch;
            tile.b_row = COLUMNS;
        }
        bool last = l + tile.k == p->k;
        for (ulong t = from; t < to; t++) {
            struct coming coming = {.matrices = 0};
            if (update && last)
                coming = update_comes(out, update, t * ROWS, j);
            tile.a = p->a + t * p->a_tile + (tile.pairs ? l / 2 : l) * p->a_step;
            tile.rows = min(p->rows - t * ROWS, (ulong)ROWS);
            tile.coming = update && last ? &coming : 0;
            tile.sums = zeros + (p->steps < p->k ? t - from + 1 : 1) * ROWS * COLUMNS;
            tile.before = l > 0 ? tile.sums : zeros;
            multiply(&tile);
            if (last && update)
                update_rows(tile.sums, out, update, t * ROWS, j, tile.rows);
            else if (last && transposed)
                write_columns(tile.sums, out, j, t * ROWS, width, tile.rows);
            else if (last)
                write_rows(tile.sums, out, t * ROWS, j, tile.rows);
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
    scratch += group * (p->steps + ((p->steps < p->k ? high : 1) + 1) * ROWS) * COLUMNS;
    for (uint i = 0; i < ROWS * COLUMNS; i += 16)
        put(0.0f, scratch + p->steps * COLUMNS + i);
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
    IN(float, a), ulong a_tile, ulong a_row, ulong a_step, IN(float, b), ulong b_row,              \
        ulong b_column, __global float *scratch, ulong rows, ulong columns, ulong k, ulong high,   \
        ulong steps, uint lies
#define MAKE_PRODUCT                                                                               \
    {                                                                                              \
        a + a_offset, a_tile, a_row, a_step, b + b_offset, b_row, b_column, rows, columns, k,      \
            high, steps, lies                                                                      \
    }

// transposed: the operands are exchanged, op(B)^T stands for op(A) and op(A)^T for op(B).
__kernel void gemm_panel(PRODUCT, uint transposed, WRITE_OUT)
{
    const struct product product = MAKE_PRODUCT;
    const struct write_out out = MAKE_WRITE_OUT;
    multiply_share(&product, scratch, &out, 0, get_group_id(0), get_num_groups(0), transposed != 0);
}

// The same where C is weights and the product their gradient. A kernel of its own, since drivers
// take time for each argument of every launch.
__kernel void gemm_panel_update(PRODUCT, INOUT(float, c), ulong ldc, ulong n, UPDATE)
{
    const struct product product = MAKE_PRODUCT;
    const struct write_out out = {.c = c + c_offset, .ldc = ldc, .n = n};
    MAKE_UPDATE(update)
    multiply_share(&product, scratch, &out, &update, get_group_id(0), get_num_groups(0), false);
}

// Two tiles, a vector of `width` columns of x, the second one `tile` elements behind the first:
// y[l ROWS + 2 r] and y[l ROWS + 2 r + 1] = x[l ld + r] and x[(l + 1) ld + r] for even l below
// `steps`. Returns the sums over l.
static inline float16 pack_two_tiles(__global const float *x, ulong ld, uint width, ulong steps,
                                     __global float *y, ulong tile)
{
    float16 sum = 0.0f;
    for (ulong l = 0; l < steps; l += 2) {
        float16 even = load(x + l * ld, 0, width), odd = 0.0f;
        if (l + 1 < steps)
            odd = load(x + (l + 1) * ld, 0, width);
        sum += even;
        sum += odd;
        put(interleave_low(even, odd), y + l * ROWS);
        if (width > ROWS)
            put(interleave_high(even, odd), y + tile + l * ROWS);
    }
    return sum;
}

// Row tiles of a transposed A, which is stored as [k, rows], one after the other, k steps each, or
// one more if k is odd: pairs of steps, in each of which the two elements of a row lie side by
// side. ld: elements from row to row of x. Each group has an equal share of the tiles. With
// has_sums sums[i] is the sum of row i of the tiles, in blocks of 64 steps as in bias.cl.
__kernel void pack_tiles(IN(float, x), ulong ld, ulong rows, ulong k, OUT(float, y), uint has_sums,
                         OUT(float, sums))
{
    AT(x);
    AT(y);
    AT(sums);
    ulong vectors = (rows + 15) / 16, tile = (k + 1) / 2 * 2 * ROWS;
    ulong first = get_group_id(0) * vectors / get_num_groups(0);
    ulong stop = (get_group_id(0) + 1) * vectors / get_num_groups(0);
    // Few enough steps for neighbours to find shared lines in the cache.
    for (ulong l = 0; l < k; l += 64) {
        for (ulong v = first; v < stop; v++) {
            uint width = min(rows - v * 16, (ulong)16);
            float16 sum = pack_two_tiles(x + l * ld + v * 16, ld, width, min(k - l, (ulong)64),
                                         y + 2 * v * tile + l * ROWS, tile);
            if (has_sums && l > 0)
                sum += load(sums + v * 16, 0, width);
            if (has_sums)
                store(sum, sums + v * 16, 0, width);
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

// SPDX-License-Identifier: Apache-2.0
// Tiles of a convolution's columns, read through their index out of the images into local memory,
// and what is multiplied by them (GPU walk).
//
// A work-group has 256 work-items and a tile of ROWS * DOWN rows and TILE_COLUMNS (32 or 64)
// columns of the result; a work-item has ROWS (2 or 8) x 4 of that. One kernel a program:
// some implementations add up the local memory of all of a program's kernels.
#ifndef RIDGE_CL_CONV_TILE_H
#define RIDGE_CL_CONV_TILE_H

#include "conv_gather.h"

#ifndef ROWS
#define ROWS 8
#define TILE_COLUMNS 64
#endif

#define ITEMS 256
#define ACROSS (TILE_COLUMNS / 4) // work-items side by side
#define DOWN (ITEMS / ACROSS)     // and one below the other: their rows lie DOWN apart
#define TILE_ROWS (ROWS * DOWN)
#define STEP 16 // of the sum in local memory at a time

// Where a place's tap (0, 0) lies, as origin_of, and its first element in the source. OUTSIDE: no
// tap of it lies in the image.
#define OUTSIDE (-0x40000000)
static inline int4 start_of(const struct gather *g, uint row, uint rows)
{
    if (row >= rows)
        return (int4)(OUTSIDE, OUTSIDE, 0, 0);
    int3 origin = origin_of(g, row);
    int line = origin.x * (int)g->height + origin.y;
    return (int4)(origin.y, origin.z, (line * (int)g->width + origin.z) * (int)g->channels, 0);
}

// The same of column `l` relative to that: down, right, elements.
static inline int4 way_to(const struct gather *g, uint l, uint k)
{
    if (l >= k)
        return (int4)(OUTSIDE, OUTSIDE, 0, 0);
    uint3 tap = tap_of(g, l);
    int y = (int)tap.x * g->tap_y, x = (int)tap.y * g->tap_x;
    return (int4)(y, x, (y * (int)g->width + x) * (int)g->channels + (int)tap.z, 0);
}

static inline float element(const struct gather *g, __global const float *x, int4 start, int4 way)
{
    bool inside = (uint)(start.x + way.x) < g->height && (uint)(start.y + way.y) < g->width;
    return inside ? x[start.z + way.z] : 0.0f;
}

// Lines of `width` elements from y on, `below` of them and `right` elements of each there; the rest
// of the tile is 0.
GROUP_FUNCTION void bring_lines(__global const float *y, uint width, uint below, uint right,
                                __local float (*to)[TILE_COLUMNS])
{
    for (uint e = get_local_id(0); e < STEP * TILE_COLUMNS; e += ITEMS) {
        uint j = e / TILE_COLUMNS, i = e - j * TILE_COLUMNS;
        to[j][i] = j < below && i < right ? y[(ulong)j * width + i] : 0.0f;
    }
}

// The tile of TILE_COLUMNS: a work-item reads four neighbours at once.
#define COLUMN_TILE(b) __local float b[STEP][TILE_COLUMNS] __attribute__((aligned(16)))

GROUP_FUNCTION void multiply(__local float (*a)[TILE_ROWS + 1], __local float (*b)[TILE_COLUMNS],
                             float4 sum[ROWS])
{
    uint row = get_local_id(0) / ACROSS, column = (get_local_id(0) - row * ACROSS) * 4;
    for (uint s = 0; s < STEP; s++) {
        float4 columns = *(__local const float4 *)&b[s][column];
#pragma unroll
        for (uint r = 0; r < ROWS; r++)
            sum[r] += a[s][r * DOWN + row] * columns;
    }
}

// What remains after the first row. Sums with an index that is known at run time only would all
// lie in memory, throughout the kernel.
static inline void next_row(float4 sum[ROWS])
{
#pragma unroll
    for (uint r = 0; r + 1 < ROWS; r++)
        sum[r] = sum[r + 1];
}

#endif

// SPDX-License-Identifier: Apache-2.0
// Convolution on GPUs as a product whose columns are never written, see conv_tile.h.
#include "conv_tile.h"

#if !RIDGE_WALK_CPU

// result[place, group share + j] = sum over l of column l of the place times packed[group, l, j],
// for all places of a phase: rows of them, k columns. Tiles are counted across the columns of the
// groups first.
__kernel void conv_tiled(IN(float, x), IN(float, packed), GATHER, uint rows, uint k, uint share,
                         uint target_y, uint target_x, uint first_y, uint first_x, uint every_y,
                         uint every_x, WRITE_OUT)
{
    AT(x);
    AT(packed);
    const struct gather g = MAKE_GATHER;
    const struct write_out out = MAKE_WRITE_OUT;
    __local float a[STEP][TILE_ROWS + 1];
    COLUMN_TILE(b);
    __local int4 start[TILE_ROWS];
    uint across = (share + TILE_COLUMNS - 1) / TILE_COLUMNS, tiles = across * ((uint)n / share);
    uint strip = get_group_id(0) / tiles, tile = get_group_id(0) - strip * tiles;
    uint group = tile / across, column = (tile - group * across) * TILE_COLUMNS;
    uint item = get_local_id(0), row = strip * TILE_ROWS;
    x += group * depth;
    packed += (ulong)group * k * share + column;
    for (uint i = item; i < TILE_ROWS; i += ITEMS)
        start[i] = start_of(&g, row + i, rows);
    barrier(CLK_LOCAL_MEM_FENCE);
    float4 sum[ROWS];
#pragma unroll
    for (uint r = 0; r < ROWS; r++)
        sum[r] = 0.0f;
    for (uint l = 0; l < k; l += STEP) {
        uint line = item / STEP, j = item - line * STEP; // neighbours read along the channels
        int4 way = way_to(&g, l + j, k);
        for (uint i = line; i < TILE_ROWS; i += ITEMS / STEP)
            a[j][i] = element(&g, x, start[i], way);
        bring_lines(packed + (ulong)l * share, share, k - l, share - column, b);
        barrier(CLK_LOCAL_MEM_FENCE);
        multiply(a, b, sum);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    row += item / ACROSS;
    column += (item - item / ACROSS * ACROSS) * 4;
    if (column >= share)
        return;
    for (uint r = row; r < rows && r < row + TILE_ROWS; r += DOWN, next_row(sum)) {
        uint3 place = place_of(places_y, places_x, r);
        ulong line = (ulong)place.x * target_y + first_y + every_y * place.y;
        write_first(&out, sum[0], line * target_x + first_x + every_x * place.z,
                    group * share + column, min(share - column, 4u));
    }
}

#endif

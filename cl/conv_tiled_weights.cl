// SPDX-License-Identifier: Apache-2.0
// The weights' gradient of a convolution on GPUs as a product whose columns are never written, see
// conv_tile.h.
#include "conv_tile.h"

#if !RIDGE_WALK_CPU

// parts[part, group, l, j] = sum over the places of a part, `height` of them, of column l of the
// place times dy[place, group share + j]. Tiles are counted across, down, group by group, part by
// part.
__kernel void conv_tiled_weights(IN(float, x), IN(float, dy), GATHER, uint rows, uint k, uint share,
                                 uint groups, uint parts_height, OUT(float, parts))
{
    AT(x);
    AT(dy);
    AT(parts);
    const struct gather g = MAKE_GATHER;
    __local float a[STEP][TILE_ROWS + 1];
    COLUMN_TILE(b);
    __local int4 start[STEP];
    uint across = (share + TILE_COLUMNS - 1) / TILE_COLUMNS;
    uint down = (k + TILE_ROWS - 1) / TILE_ROWS;
    uint strip = get_group_id(0) / across, column = (get_group_id(0) - strip * across);
    uint within = strip / down, part = within / groups, group = within - part * groups;
    uint item = get_local_id(0), line = (strip - within * down) * TILE_ROWS;
    uint row = part * parts_height, stop = min(rows, row + parts_height);
    column *= TILE_COLUMNS;
    x += group * depth;
    dy += group * share + column;
    uint j = item / TILE_ROWS, i = item - j * TILE_ROWS;
    int4 way = way_to(&g, line + i, k);
    float4 sum[ROWS];
#pragma unroll
    for (uint r = 0; r < ROWS; r++)
        sum[r] = 0.0f;
    for (; row < stop; row += STEP) {
        if (item < STEP)
            start[item] = start_of(&g, row + item, stop);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint s = j; s < STEP; s += ITEMS / TILE_ROWS)
            a[s][i] = element(&g, x, start[s], way);
        bring_lines(dy + (ulong)row * (share * groups), share * groups, stop - row, share - column,
                    b);
        barrier(CLK_LOCAL_MEM_FENCE);
        multiply(a, b, sum);
    }
    line += item / ACROSS;
    column += (item - item / ACROSS * ACROSS) * 4;
    parts += (ulong)within * k * share;
    for (uint r = line; r < k && r < line + TILE_ROWS; r += DOWN, next_row(sum))
        store(sum[0], parts + (ulong)r * share, column, share);
}

#endif

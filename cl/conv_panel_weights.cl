// SPDX-License-Identifier: Apache-2.0
// The gradient of a convolution's weights as a sum over places (CPU walk): tiles of 12 of what the
// taps of a line see and 32 filters. Both operands are read where they are.
#include "conv_band.h"

#if RIDGE_WALK_CPU

// done = sum over the places of a band of x[from[r]] dy[j + v], r below ROWS, v below COLUMNS. dy:
// [places, line], from column j on. neighbours: from[r] is from[0] + r, a constant, which leaves
// the addresses of rows to the instructions.
static inline void multiply_places(const struct walk *w, const struct band *band,
                                   const ulong from[ROWS], const bool neighbours,
                                   __global const float *dy, ulong line, float16 done[ROWS][2])
{
    float16 sum[ROWS][2];
    ulong row[ROWS];
#pragma unroll
    for (uint r = 0; r < ROWS; r++) {
        row[r] = neighbours ? r : from[r] - from[0];
        sum[r][0] = 0.0f;
        sum[r][1] = 0.0f;
    }
    ulong apart = w->step_x * band->place, down = w->step_y * band->line;
    for (uint n = 0; n < band->images; n++) {
        __global const float *start = band->x + n * band->image + from[0];
        for (uint i = 0; i < band->rows; i++, start += down) {
            __global const float *x = start;
            for (uint j = 0; j < w->grid_width; j++) {
                float16 b0 = vload16(0, dy), b1 = vload16(1, dy);
#pragma unroll
                for (uint r = 0; r < ROWS; r++) {
                    float16 value = x[row[r]];
                    sum[r][0] = fma(value, b0, sum[r][0]);
                    sum[r][1] = fma(value, b1, sum[r][1]);
                }
                x += apart;
                dy += line;
            }
        }
    }
#pragma unroll
    for (uint r = 0; r < ROWS; r++) {
        done[r][0] = sum[r][0];
        done[r][1] = sum[r][1];
    }
}

// Fewer than 32 columns of dy as 32, so that vectors stay inside. places: of the band.
static inline void pack_columns(__global const float *dy, ulong line, uint valid, ulong places,
                                __global float *to)
{
    for (ulong p = 0; p < places; p++)
        for (uint v = 0; v < COLUMNS; v++)
            to[p * COLUMNS + v] = v < valid ? dy[p * line + v] : 0.0f;
}

// Where the first place of a band finds rows k .. k + ROWS of what the taps see; those at `count`
// and behind repeat the one before. Returns whether they follow each other.
static inline bool find_rows(const struct walk *w, const struct band *band, uint k, uint count,
                             ulong from[ROWS])
{
    bool follow = k + ROWS <= count;
    for (uint r = 0; r < ROWS; r++) {
        uint row = min(k + r, count - 1), tap = row / band->place;
        uint a = tap / w->taps_x, b = tap - a * w->taps_x;
        from[r] = a * w->dilation_y * band->line + b * w->dilation_x * band->place + row -
                  tap * band->place;
        follow = follow && from[r] == from[0] + r;
    }
    return follow;
}

// Adds to part[k][32], k counting what the taps see, or replaces it unless `more`.
static inline void multiply_strip(const struct walk *w, const struct band *band,
                                  __global const float *dy, ulong line, bool more,
                                  __global float *part)
{
    uint count = w->taps_y * w->taps_x * band->place;
    for (uint k = 0; k < count; k += ROWS) {
        ulong from[ROWS];
        float16 done[ROWS][2];
        if (find_rows(w, band, k, count, from))
            multiply_places(w, band, from, true, dy, line, done);
        else
            multiply_places(w, band, from, false, dy, line, done);
        for (uint r = 0; r < min(count - k, (uint)ROWS); r++)
            for (uint v = 0; v < 2; v++) {
                __global float *at = part + (k + r) * COLUMNS + v * 16;
                put(more ? done[r][v] + vload16(0, at) : done[r][v], at);
            }
    }
}

// The same for sums of dy alone, in one row. places: of the band.
static inline void sum_places(__global const float *dy, ulong line, ulong places, bool more,
                              __global float *row)
{
    float16 sum[2] = {0.0f, 0.0f};
    for (ulong p = 0; p < places; p++) {
        sum[0] += vload16(0, dy + p * line);
        sum[1] += vload16(1, dy + p * line);
    }
    for (uint v = 0; v < 2; v++)
        put(more ? sum[v] + vload16(v, row) : sum[v], row + v * 16);
}

// Each work-group sums up its share of the bands: parts[work-group][group][strip][k][32], the last
// k being sums of dy alone. Behind them each has room for a band and its packed columns. filters:
// of all groups together.
__kernel void conv_panel_weights(IN(float, x), IN(float, dy), __global float *scratch, WALK,
                                 uint grid_height, uint grid_width, uint filters)
{
    AT(x);
    AT(dy);
    const struct walk w = MAKE_WALK(grid_height, grid_width);
    uint share = filters / groups, depth = channels / groups;
    ulong strips = (share + COLUMNS - 1) / COLUMNS;
    ulong strip_size = ((ulong)taps_y * taps_x * depth + 1) * COLUMNS;
    ulong part_size = groups * strips * strip_size;
    __global float *part = scratch + get_group_id(0) * part_size;
    ulong room = band_room(&w) + (ulong)rows * images * grid_width * COLUMNS;
    __global float *copy = scratch + get_num_groups(0) * part_size + get_group_id(0) * room;
    __global float *columns = copy + band_room(&w);
    // Always all groups of the channels together, so that each part is written as a whole.
    ulong blocks = band_count(&w) / groups;
    ulong stop = (get_group_id(0) + 1) * blocks / get_num_groups(0) * groups;
    ulong first = get_group_id(0) * blocks / get_num_groups(0) * groups;
    for (ulong e = first; e < stop; e++) {
        struct band band;
        take_band(&w, x, e, copy, &band);
        ulong place = (band.first_image * grid_height + band.first_row) * grid_width;
        bool more = e >= first + groups;
        for (ulong s = 0; s < strips; s++) {
            __global const float *at = dy + place * filters + band.group * share + s * COLUMNS;
            __global float *to = part + (band.group * strips + s) * strip_size;
            ulong places = band.images * band.rows * grid_width, line = filters;
            uint valid = min(share - s * COLUMNS, (ulong)COLUMNS);
            if (valid < COLUMNS) {
                pack_columns(at, filters, valid, places, columns);
                at = columns;
                line = COLUMNS;
            }
            multiply_strip(&w, &band, at, line, more, to);
            sum_places(at, line, places, more, to + strip_size - COLUMNS);
        }
    }
}

// dw [filters, depth, taps] and, where wanted, db [filters] from the sum of `count` parts. Rows of
// 32 are shared out.
__kernel void conv_sum_weights(__global const float *parts, ulong count, uint filters, uint depth,
                               uint taps, uint groups, OUT(float, dw), INOUT(float, db),
                               uint wants_db)
{
    AT(dw);
    AT(db);
    uint share = filters / groups;
    ulong strips = (share + COLUMNS - 1) / COLUMNS, height = (ulong)taps * depth + 1;
    ulong rows = groups * strips * height;
    ulong stop = (get_group_id(0) + 1) * rows / get_num_groups(0);
    for (ulong e = get_group_id(0) * rows / get_num_groups(0); e < stop; e++) {
        ulong strip = e / height, k = e - strip * height, tap = k / depth, c = k - tap * depth;
        ulong group = strip / strips, j = (strip - group * strips) * COLUMNS;
        float16 sum[2] = {0.0f, 0.0f};
        for (ulong p = 0; p < count; p++)
            for (uint v = 0; v < 2; v++)
                sum[v] += vload16(2 * (p * rows + e) + v, parts);
        float part[COLUMNS];
        vstore16(sum[0], 0, part);
        vstore16(sum[1], 1, part);
        for (ulong i = j; i < min(j + COLUMNS, (ulong)share); i++) {
            ulong f = group * share + i;
            if (tap < taps)
                dw[(f * depth + c) * taps + tap] = part[i - j];
            else if (wants_db)
                db[f] = part[i - j];
        }
    }
}

#endif

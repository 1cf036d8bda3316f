// SPDX-License-Identifier: Apache-2.0
// Convolution as a product whose left operand is read out of the image, tap by tap (CPU walk):
// tiles of 12 places and 32 columns, as in gemm_panel.cl. Images are interleaved, so the channels
// of a tap, and with dilation 1 those of all taps of a line, follow each other.
#include "conv_band.h"

#if RIDGE_WALK_CPU

// Where the weights of a walk are: tap (a, b) of it is tap (first_y + a apart_y, ...) of the
// kernel, or with `back` counted from the last one, for the gradient of the input, where filters
// and channels change places, too.
struct weights {
    uint filters, depth, kernel_y, kernel_x; // w [filters, depth, kernel_y, kernel_x]
    uint groups, taps_y, taps_x, first_y, first_x, apart_y, apart_x, back;
};

// Weights [columns] of channel c at tap (a, b), from column j on.
static inline void pack_row(const struct weights *s, __global const float *w, uint group, ulong j,
                            uint a, uint b, uint c, __global float *to)
{
    uint share = s->filters / s->groups, columns = s->back ? s->depth : share;
    uint y = s->first_y + (s->back ? s->taps_y - 1 - a : a) * s->apart_y;
    uint x = s->first_x + (s->back ? s->taps_x - 1 - b : b) * s->apart_x;
    ulong size = (ulong)s->kernel_y * s->kernel_x;
    ulong column = s->back ? size : s->depth * size;
    ulong row = s->back ? s->depth * size : size;
    w += (ulong)group * share * s->depth * size + y * s->kernel_x + x + c * row;
    for (uint v = 0; v < COLUMNS; v++)
        to[v] = j + v < columns ? w[(j + v) * column] : 0.0f;
}

// packed[group][strip of columns][tap][channel][32]: what tiles are multiplied by. Strips are
// shared out.
__kernel void conv_pack_weights(IN(float, w), __global float *packed, uint filters, uint depth,
                                uint kernel_y, uint kernel_x, uint groups, uint taps_y, uint taps_x,
                                uint first_y, uint first_x, uint apart_y, uint apart_x, uint back)
{
    AT(w);
    const struct weights s = {filters, depth,   kernel_y, kernel_x, groups,  taps_y,
                              taps_x,  first_y, first_x,  apart_y,  apart_x, back};
    uint inner = back ? filters / groups : depth, columns = back ? depth : filters / groups;
    ulong strips = (columns + COLUMNS - 1) / COLUMNS, taps = (ulong)taps_y * taps_x;
    ulong count = groups * strips * taps;
    ulong stop = (get_group_id(0) + 1) * count / get_num_groups(0);
    for (ulong e = get_group_id(0) * count / get_num_groups(0); e < stop; e++) {
        ulong strip = e / taps, group = strip / strips;
        uint tap = e - strip * taps, a = tap / taps_x, b = tap - a * taps_x;
        for (uint c = 0; c < inner; c++)
            pack_row(&s, w, group, (strip - group * strips) * COLUMNS, a, b, c,
                     packed + (e * inner + c) * COLUMNS);
    }
}

// Where the places of a band are taken from and written to, one after the other.
struct cursor {
    uint image, i, j;
};

// Which rows of the result the places of the grid are: (i, j) is row
// (n height + i apart_y + first_y) width + j apart_x + first_x.
struct target {
    uint height, width, apart_y, apart_x, first_y, first_x;
};

// The places of the next tile: where each reads and which row of the result it is. Places behind
// the last one repeat it.
static inline uint next_places(const struct walk *w, const struct band *band,
                               const struct target *to, struct cursor *at, ulong from[ROWS],
                               ulong row[ROWS])
{
    uint count = 0;
    for (uint r = 0; r < ROWS; r++) {
        if (at->image == band->images) {
            from[r] = from[r - 1]; // never the first: there is a place in each tile
            continue;
        }
        from[r] = at->image * band->image + at->i * w->step_y * band->line +
                  at->j * w->step_x * band->place;
        ulong y = (band->first_row + at->i) * (ulong)to->apart_y + to->first_y;
        row[r] = ((band->first_image + at->image) * to->height + y) * to->width +
                 at->j * to->apart_x + to->first_x;
        count++;
        if (++at->j == w->grid_width) {
            at->j = 0;
            if (++at->i == band->rows) {
                at->i = 0;
                at->image++;
            }
        }
    }
    return count;
}

// done = the sums of a tile over all taps. b: a packed strip. See multiply() for what the loops
// over ROWS are unrolled for.
static inline void multiply_taps(const struct walk *w, const struct band *band,
                                 const ulong from[ROWS], __global const float *b,
                                 float16 done[ROWS][2])
{
    float16 sum[ROWS][2];
    ulong row[ROWS];
#pragma unroll
    for (uint r = 0; r < ROWS; r++) {
        row[r] = from[r];
        sum[r][0] = 0.0f;
        sum[r][1] = 0.0f;
    }
    uint runs = w->dilation_x == 1 ? 1 : w->taps_x;
    uint length = (w->dilation_x == 1 ? w->taps_x : 1) * band->place;
    for (uint tap = 0; tap < w->taps_y * runs; tap++) {
        uint a = tap / runs;
        __global const float *x = band->x + a * w->dilation_y * band->line +
                                  (tap - a * runs) * w->dilation_x * band->place;
        for (uint l = 0; l < length; l++) {
            float16 b0 = vload16(0, b), b1 = vload16(1, b);
#pragma unroll
            for (uint r = 0; r < ROWS; r++) {
                float16 value = x[row[r]];
                sum[r][0] = fma(value, b0, sum[r][0]);
                sum[r][1] = fma(value, b1, sum[r][1]);
            }
            x++;
            b += COLUMNS;
        }
    }
#pragma unroll
    for (uint r = 0; r < ROWS; r++) {
        done[r][0] = sum[r][0];
        done[r][1] = sum[r][1];
    }
}

// All tiles of a band for the strip of columns from j on.
static inline void multiply_band(const struct walk *w, const struct band *band,
                                 const struct target *to, __global const float *strip,
                                 const struct write_out *out, ulong j)
{
    struct cursor at = {0, 0, 0};
    while (at.image < band->images) {
        ulong from[ROWS], row[ROWS];
        float16 done[ROWS][2];
        uint count = next_places(w, band, to, &at, from, row);
        multiply_taps(w, band, from, strip, done);
        for (uint r = 0; r < count; r++)
            for (uint v = 0; v < 2 && j + v * 16 < out->n; v++)
                write_vector(out, done[r][v], row[r], j + v * 16);
    }
}

// y = f(walk over x times packed weights + beta y + bias). scratch: the packed weights, and behind
// them room for a band of each work-group; bands are shared out. columns: of all
// groups together.
__kernel void conv_panel(IN(float, x), __global float *scratch, WALK, uint to_height, uint to_width,
                         uint apart_y, uint apart_x, uint first_y, uint first_x, uint columns,
                         INOUT(float, c), IN(float, bias), uint flags, float beta, float parameter)
{
    AT(x);
    const struct walk w = MAKE_WALK((to_height - first_y + apart_y - 1) / apart_y,
                                    (to_width - first_x + apart_x - 1) / apart_x);
    const struct target to = {to_height, to_width, apart_y, apart_x, first_y, first_x};
    uint share = columns / groups, depth = channels / groups;
    ulong strips = (share + COLUMNS - 1) / COLUMNS;
    ulong strip_size = (ulong)taps_y * taps_x * depth * COLUMNS;
    __global float *copy = scratch + groups * strips * strip_size + get_group_id(0) * band_room(&w);
    ulong count = band_count(&w), stop = (get_group_id(0) + 1) * count / get_num_groups(0);
    for (ulong e = get_group_id(0) * count / get_num_groups(0); e < stop; e++) {
        struct band band;
        take_band(&w, x, e, copy, &band);
        const struct write_out out = {
            .c = c + c_offset + band.group * share,
            .ldc = columns,
            .n = share,
            .bias = bias + bias_offset + band.group * share,
            .flags = flags,
            .alpha = 1.0f,
            .beta = beta,
            .parameter = parameter,
        };
        for (ulong s = 0; s < strips; s++)
            multiply_band(&w, &band, &to, scratch + (band.group * strips + s) * strip_size, &out,
                          s * COLUMNS);
    }
}

#endif

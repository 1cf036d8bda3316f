// SPDX-License-Identifier: Apache-2.0
// What a work-group of a convolution has before it at a time (CPU walk): some rows of an image with
// their padding, or a few whole images, copied to where every tap finds its place, so that nothing
// needs to ask for borders.
#ifndef RIDGE_CL_CONV_BAND_H
#define RIDGE_CL_CONV_BAND_H

#include "conv_panel.h"

#if RIDGE_WALK_CPU

// A walk of taps over the places of a grid: tap (a, b) of place (i, j) reads
//   x[n, i step_y + a dilation_y - pad_y, j step_x + b dilation_x - pad_x], 0 outside.
struct walk {
    ulong batch;
    uint height, width, channels, groups; // of x [batch, height, width, channels]
    uint grid_height, grid_width;
    uint taps_y, taps_x, step_y, step_x, dilation_y, dilation_x;
    int pad_y, pad_x;
    uint rows, images; // of the grid in a band; several images only where a band has all rows
};

// The kernel arguments that make a walk, but the grid; the host's side is WALK of conv_panel.c.
#define WALK                                                                                       \
    ulong batch, uint height, uint width, uint channels, uint groups, uint taps_y, uint taps_x,    \
        uint step_y, uint step_x, uint dilation_y, uint dilation_x, int pad_y, int pad_x,          \
        uint rows, uint images
#define MAKE_WALK(grid_height, grid_width)                                                         \
    {                                                                                              \
        batch, height, width, channels, groups, grid_height, grid_width, taps_y, taps_x, step_y,   \
            step_x, dilation_y, dilation_x, pad_y, pad_x, rows, images                             \
    }

struct band {
    ulong first_image, images;
    uint group, first_row, rows; // of the grid
    __global const float *x;     // what tap (0, 0) of the first place reads
    ulong image, line, place;    // elements from image to image, line to line, place to place
};

// Bands are counted by group of channels, then rows, then images.
static inline ulong band_count(const struct walk *w)
{
    return (w->batch + w->images - 1) / w->images * w->groups *
           ((w->grid_height + w->rows - 1) / w->rows);
}

// Lines and places of x that so many rows of the grid, or all of a row, reach.
static inline uint lines_of(const struct walk *w, uint rows)
{
    return (rows - 1) * w->step_y + w->taps_y * w->dilation_y + 1 - w->dilation_y;
}

static inline uint places_of(const struct walk *w)
{
    return (w->grid_width - 1) * w->step_x + w->taps_x * w->dilation_x + 1 - w->dilation_x;
}

// Elements of the largest copied band.
static inline ulong band_room(const struct walk *w)
{
    return (ulong)w->images * lines_of(w, w->rows) * places_of(w) * (w->channels / w->groups);
}

// One line of x from column `from` on, `size` places of `depth` of the channels, 0 outside.
static inline void copy_line(const struct walk *w, __global const float *x, int from, uint size,
                             uint depth, __global float *to)
{
    uint before = min((uint)max(-from, 0), size);
    uint stop = min((uint)max((int)w->width - from, 0), size);
    for (uint e = 0; e < before * depth; e++)
        to[e] = 0.0f;
    if (depth == w->channels) {
        uint e = before * depth;
        __global const float *at = x + (long)from * depth;
        for (; e + 16 <= stop * depth; e += 16)
            put(vload16(0, at + e), to + e);
        for (; e < stop * depth; e++)
            to[e] = at[e];
    } else {
        for (uint p = before; p < stop; p++)
            for (uint c = 0; c < depth; c++)
                to[p * depth + c] = x[((long)from + p) * w->channels + c];
    }
    for (uint e = max(stop, before) * depth; e < size * depth; e++)
        to[e] = 0.0f;
}

// Whether every tap of every place lies inside, and all channels belong to one group.
static inline bool needs_no_copy(const struct walk *w)
{
    return w->groups == 1 && w->pad_y == 0 && w->pad_x == 0 &&
           lines_of(w, w->grid_height) <= w->height && places_of(w) <= w->width;
}

// Brings band `number` to `scratch`, unless it can be read where it is.
static inline void take_band(const struct walk *w, __global const float *x, ulong number,
                             __global float *scratch, struct band *band)
{
    uint depth = w->channels / w->groups, bands = (w->grid_height + w->rows - 1) / w->rows;
    ulong block = number / w->groups, part = block / bands;
    band->group = number - block * w->groups;
    band->first_row = (block - part * bands) * w->rows;
    band->rows = min(w->rows, w->grid_height - band->first_row);
    band->first_image = part * w->images;
    band->images = min((ulong)w->images, w->batch - band->first_image);
    uint lines = lines_of(w, band->rows), size = places_of(w);
    int top = (int)(band->first_row * w->step_y) - w->pad_y;
    band->place = depth;
    if (needs_no_copy(w)) {
        band->line = (ulong)w->width * depth;
        band->image = w->height * band->line;
        band->x = x + band->first_image * band->image + top * band->line;
        return;
    }
    band->line = (ulong)size * depth;
    band->image = lines * band->line;
    band->x = scratch;
    x += band->group * depth;
    for (ulong n = 0; n < band->images; n++)
        for (uint i = 0; i < lines; i++) {
            int y = top + (int)i;
            __global float *to = scratch + n * band->image + i * band->line;
            __global const float *from =
                x +
                ((band->first_image + n) * w->height + (ulong)max(y, 0)) * w->width * w->channels;
            bool inside = y >= 0 && y < (int)w->height;
            copy_line(w, from, inside ? -w->pad_x : (int)w->width, size, depth, to);
        }
}

#endif

#endif

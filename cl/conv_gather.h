// SPDX-License-Identifier: Apache-2.0
// Convolution as a product: row p of the columns holds, for each tap of the kernel and each channel
// of a group, what place p of the result takes from the source, see lib/ops/conv_gather.h.
#ifndef RIDGE_CL_CONV_GATHER_H
#define RIDGE_CL_CONV_GATHER_H

#include "gemm.h"

struct gather {
    uint places_y, places_x, taps_x, depth; // rows are places, columns taps with `depth` channels
    uint height, width, channels;           // of the source
    int step_y, step_x, tap_y, tap_x, base_y, base_x;
};

// The kernel arguments that make a gather; the host's side is RIDGE_CONV_GATHER of conv_gather.h.
#define GATHER                                                                                     \
    uint places_y, uint places_x, uint taps_x, uint depth, uint height, uint width, uint channels, \
        int step_y, int step_x, int tap_y, int tap_x, int base_y, int base_x
#define MAKE_GATHER                                                                                \
    {                                                                                              \
        places_y, places_x, taps_x, depth, height, width, channels, step_y, step_x, tap_y, tap_x,  \
            base_y, base_x                                                                         \
    }

// Place `row` of all images of the result: image, and row and column there.
static inline uint3 place_of(uint places_y, uint places_x, uint row)
{
    uint line = row / places_x, image = line / places_y;
    return (uint3)(image, line - image * places_y, row - line * places_x);
}

// Where in the source the place's tap (0, 0) lies; outside of the image where that is negative.
static inline int3 origin_of(const struct gather *g, uint row)
{
    uint3 place = place_of(g->places_y, g->places_x, row);
    return (int3)((int)place.x, (int)place.y * g->step_y + g->base_y,
                  (int)place.z * g->step_x + g->base_x);
}

// Column `l`: tap (x, y) and channel z.
static inline uint3 tap_of(const struct gather *g, uint l)
{
    uint tap = l / g->depth, a = tap / g->taps_x;
    return (uint3)(a, tap - a * g->taps_x, l - tap * g->depth);
}

// The element of the source at this tap, in *at; whether it lies inside the image.
static inline bool find(const struct gather *g, int3 origin, uint3 tap, ulong *at)
{
    int y = origin.y + (int)tap.x * g->tap_y, x = origin.z + (int)tap.y * g->tap_x;
    *at = ((ulong)origin.x * g->height + y) * g->width + x;
    *at = *at * g->channels + tap.z;
    return (uint)y < g->height && (uint)x < g->width;
}

#endif

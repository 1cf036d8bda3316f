// SPDX-License-Identifier: Apache-2.0
// Convolution with 3 x 3 kernels by Winograd's minimal filtering F(4 x 4, 3 x 3), CPU walk: 36
// products for 16 outputs instead of 144 (Winograd 1980; Lavin, Gray 2016).
//
//   y  = A' [(G w G') . (B' x B)] A                      for each tile of 4 x 4 outputs
//   dw = G' [sum over tiles of (A dy A') . (B' x B)] G
//
// x is a tile of 6 x 6 inputs, which overlaps its neighbours by 2. For each of the 36 points the
// sums over channels, or over tiles, are a matrix product. A, B and G come from the points 0,
// +-5/8, +-3/2 and infinity, which round to half of what the usual 0, +-1, +-2 do; all of A and B
// is exact in float32:
//
//   B' = p^2 q^2    0        -p^2-q^2    0        1   0     G = 1 / (p^2 q^2)   0    0
//        0          -p q^2   -q^2        p        1   0         P               P p  P p^2
//        0          p q^2    -q^2        -p       1   0         P              -P p  P p^2
//        0          -q p^2   -p^2        q        1   0         Q               Q q  Q q^2
//        0          q p^2    -p^2        -q       1   0         Q              -Q q  Q q^2
//        0          p^2 q^2  0           -p^2-q^2 0   1         0               0    1
//
//   A' = 1  1    1    1    1    0
//        0  p    -p   q    -q   0        p = 5/8  P = -1 / (2 p^2 (q^2 - p^2))
//        0  p^2  p^2  q^2  q^2  0        q = 3/2  Q =  1 / (2 q^2 (q^2 - p^2))
//        0  p^3  -p^3 q^3  -q^3 1
#ifndef RIDGE_CL_WINOGRAD_H
#define RIDGE_CL_WINOGRAD_H

#include "conv_panel.h"
#include "winograd_constants.h"

#if RIDGE_WALK_CPU

#define P 0.625f
#define P2 0.390625f
#define P3 0.244140625f
#define Q 1.5f
#define Q2 2.25f
#define Q3 3.375f
#define P2Q2 0.87890625f
#define P2_AND_Q2 2.640625f
#define P_SCALE (-1.0f / (2 * P2 * (Q2 - P2)))
#define Q_SCALE (1.0f / (2 * Q2 * (Q2 - P2)))

static inline void clear(__global float *x, ulong count)
{
    for (ulong i = 0; i < count; i++)
        x[i] = 0.0f;
}

// v = B' x, one line of a tile.
static inline void to_points(const float16 x[EDGE], float16 v[EDGE])
{
    float16 even = fma(-Q2, x[2], x[4]), odd = fma(-Q2, x[1], x[3]);
    v[0] = fma(P2Q2, x[0], fma(-P2_AND_Q2, x[2], x[4]));
    v[1] = fma(P, odd, even);
    v[2] = fma(-P, odd, even);
    even = fma(-P2, x[2], x[4]);
    odd = fma(-P2, x[1], x[3]);
    v[3] = fma(Q, odd, even);
    v[4] = fma(-Q, odd, even);
    v[5] = fma(P2Q2, x[1], fma(-P2_AND_Q2, x[3], x[5]));
}

// Images [batch, height, width, channels] that are cut into tiles, down x across each.
struct image {
    __global const float *x;
    ulong height, width, channels;
    ulong down, across;
    ulong top, left; // zeros above and left
};

// Where a tile begins, in the middle of its padding: what wraps around below 0 is outside, too.
struct corner {
    ulong number, y, x; // of the image; row and column of the tile's first place
};

static inline struct corner corner_of(const struct image *image, ulong tile)
{
    ulong line = tile / image->across, number = line / image->down;
    struct corner corner = {number, (line - number * image->down) * STEP - image->top,
                            (tile - line * image->across) * STEP - image->left};
    return corner;
}

// Where the places of a tile lie, edge x edge; those outside of the image are zeros. Inlined
// without fail: by itself, where edge is not known, its loops stay loops, and PoCL prints a
// warning.
__attribute__((always_inline)) static inline void find_places(const struct image *image, ulong tile,
                                                              const uint edge,
                                                              __global const float *zeros,
                                                              __global const float **place)
{
    const struct corner at = corner_of(image, tile);
    __global const float *first =
        image->x + ((at.number * image->height + at.y) * image->width + at.x) * image->channels;
#pragma unroll
    for (uint i = 0; i < edge; i++) {
#pragma unroll
        for (uint j = 0; j < edge; j++) {
            bool inside = at.y + i < image->height && at.x + j < image->width;
            place[i * edge + j] = inside ? first + (i * image->width + j) * image->channels : zeros;
        }
    }
}

// B' x B of one tile for 16 channels. place: where its 6 x 6 inputs lie, channel 0.
static inline void transform_places(__global const float *const place[POINTS], ulong c,
                                    __global float *v, ulong stride)
{
    float16 part[EDGE][EDGE];
#pragma unroll
    for (uint j = 0; j < EDGE; j++) {
        float16 line[EDGE], points[EDGE];
#pragma unroll
        for (uint i = 0; i < EDGE; i++)
            line[i] = vload16(0, place[i * EDGE + j] + c);
        to_points(line, points);
#pragma unroll
        for (uint i = 0; i < EDGE; i++)
            part[i][j] = points[i];
    }
#pragma unroll
    for (uint i = 0; i < EDGE; i++) {
        float16 points[EDGE];
        to_points(part[i], points);
#pragma unroll
        for (uint j = 0; j < EDGE; j++)
            put(points[j], v + (i * EDGE + j) * stride);
    }
}

// v[point, tile, c] for `count` tiles from `first` on.
static inline void transform_tiles(const struct image *image, ulong first, ulong count,
                                   __global const float *zeros, __global float *v, ulong stride)
{
    ulong channels = image->channels;
    for (ulong t = 0; t < count; t++) {
        __global const float *place[POINTS];
        find_places(image, first + t, EDGE, zeros, place);
        // the last vector overlaps the one before where 16 does not divide
        for (ulong c = 0; c < channels; c += 16) {
            ulong at = min(c, channels - 16);
            transform_places(place, at, v + t * channels + at, stride);
        }
    }
}

#endif

#endif

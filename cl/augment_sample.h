// SPDX-License-Identifier: Apache-2.0
// Reading a stored image at places between its pixels: VECTOR places of the result at a time.
//
// SOURCE        0 float, 1 uchar
// CHANNELS      of the images
// CHANNELS_LAST 1: they lie as [height, width, channels], else as [channels, height, width]
#ifndef RIDGE_CL_AUGMENT_SAMPLE_H
#define RIDGE_CL_AUGMENT_SAMPLE_H

#include "augment_words.h"
#include "common.h"

#pragma OPENCL FP_CONTRACT OFF

#ifndef SOURCE
#define SOURCE 1
#endif
#ifndef CHANNELS
#define CHANNELS 1
#endif
#ifndef CHANNELS_LAST
#define CHANNELS_LAST 0
#endif

#if SOURCE == 0
#define SOURCE_TYPE float
#else
#define SOURCE_TYPE uchar
#endif

// In the order of the public enums.
#define INTERPOLATION_BILINEAR 0
#define INTERPOLATION_NEAREST 1
#define FILL_CONSTANT 0
#define FILL_EDGE 1

// How stored images are to be read.
struct reading {
    uint height, width;       // stored
    uint to_height, to_width; // of the result
    uint interpolation, fill;
    float fill_value, unit, low; // a stored value v is u = (v - low) unit
};

// A pixel of each lane: element 0 of a channel for CHANNELS_LAST.
static inline ulong channel_at(uint channel, ulong places)
{
    return CHANNELS_LAST ? channel : channel * places;
}

static inline ulong place_at(ulong place)
{
    return CHANNELS_LAST ? place * CHANNELS : place;
}

// The places `at` on of the result as coordinates of the stored image, pixel numbers.
static inline void places_of(const struct reading *of, __global const uint *program, ulong at,
                             floatv *x, floatv *y)
{
    __global const float *m = (__global const float *)(program + PROGRAM_MATRIX);
    // The row is exact: half a pixel is more than what rounding can do, images being small enough.
    floatv place = convert_floatv((uint)at + LANES);
    floatv row = floor((place + 0.5f) * (1.0f / (float)of->to_width));
    floatv to_x = place - row * (float)of->to_width - 0.5f * (float)(of->to_width - 1);
    floatv to_y = row - 0.5f * (float)(of->to_height - 1);
    *x = m[0] * to_x + m[1] * to_y + m[2];
    *y = m[3] * to_x + m[4] * to_y + m[5];
    // Far outside is as good as anywhere outside, and fits an int.
    *x = clamp(*x + 0.5f * (float)(of->width - 1), -3e6f, 3e6f);
    *y = clamp(*y + 0.5f * (float)(of->height - 1), -3e6f, 3e6f);
}

// One coordinate of a tap, -3 10^6 to 3 10^6, inside the image; *inside: whether it was there
// already.
static inline intv fold(intv at, int size, uint fill, intv *inside)
{
    *inside = (at >= 0) & (at < size);
    return clamp(at, (intv)(0), (intv)(size - 1));
}

// Pixels at whole coordinates, in units.
static inline void take_pixels(const struct reading *of, __global const SOURCE_TYPE *image, intv x,
                               intv y, floatv *pixel)
{
    intv inside_x, inside_y;
    ulong places = (ulong)of->height * of->width;
    x = fold(x, (int)of->width, of->fill, &inside_x);
    y = fold(y, (int)of->height, of->fill, &inside_y);
    uint place[VECTOR];
    VSTORE(as_uintv(y * (int)of->width + x), 0, place);
    for (uint c = 0; c < CHANNELS; c++) {
        __global const SOURCE_TYPE *from = image + channel_at(c, places);
        float part[VECTOR];
        for (uint j = 0; j < VECTOR; j++)
            part[j] = from[place_at(place[j])];
        floatv value = (VLOAD(0, part) - of->low) * of->unit;
        if (of->fill == FILL_CONSTANT)
            value = select((floatv)(of->fill_value), value, inside_x & inside_y);
        pixel[c] = value;
    }
}

static inline void sample_nearest(const struct reading *of, __global const SOURCE_TYPE *image,
                                  floatv x, floatv y, floatv *pixel)
{
    take_pixels(of, image, convert_intv(floor(x + 0.5f)), convert_intv(floor(y + 0.5f)), pixel);
}

static inline void sample_bilinear(const struct reading *of, __global const SOURCE_TYPE *image,
                                   floatv x, floatv y, floatv *pixel)
{
    floatv left = floor(x), top = floor(y), right_share = x - left, low_share = y - top;
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] = (floatv)(0.0f);
    for (int dy = 0; dy < 2; dy++) {
        for (int dx = 0; dx < 2; dx++) {
            floatv tap[CHANNELS];
            floatv share =
                (dx ? right_share : 1.0f - right_share) * (dy ? low_share : 1.0f - low_share);
            take_pixels(of, image, convert_intv(left) + dx, convert_intv(top) + dy, tap);
            for (uint c = 0; c < CHANNELS; c++)
                pixel[c] += share * tap[c];
        }
    }
}

// The pixels at the places `at` on of the result, in units.
static inline void sample_image(const struct reading *of, __global const SOURCE_TYPE *image,
                                __global const uint *program, ulong at, floatv *pixel)
{
    floatv x, y;
    places_of(of, program, at, &x, &y);
    if (of->interpolation == INTERPOLATION_NEAREST)
        sample_nearest(of, image, x, y, pixel);
    else
        sample_bilinear(of, image, x, y, pixel);
}

#endif

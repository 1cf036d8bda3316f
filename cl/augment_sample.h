// SPDX-License-Identifier: Apache-2.0
// Reading a stored image at places between its pixels: VECTOR places of the result at a time.
//
// SOURCE        0 float, 1 uchar
// CHANNELS      of the images
// CHANNELS_LAST 1: they lie as [height, width, channels], else as [channels, height, width]
// TAPS          of the interpolation, along each axis: 1 nearest, 2 bilinear, 4 bicubic
#ifndef RIDGE_CL_AUGMENT_SAMPLE_H
#define RIDGE_CL_AUGMENT_SAMPLE_H

#include "augment_places.h"

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
#ifndef TAPS
#define TAPS 2
#endif

#if SOURCE == 0
#define SOURCE_TYPE float
#else
#define SOURCE_TYPE uchar
#endif

// One channel is a plane in either order.
#define PLANES ((CHANNELS_LAST == 0) | (CHANNELS == 1))

// In the order of the public enum.
#define FILL_CONSTANT 0
#define FILL_EDGE 1
#define FILL_REFLECT 2
#define FILL_MIRROR 3
#define FILL_WRAP 4

// A pixel of each lane: element 0 of a channel for CHANNELS_LAST.
static inline ulong channel_at(uint channel, ulong places)
{
    return CHANNELS_LAST ? channel : channel * places;
}

static inline ulong place_at(ulong place)
{
    return CHANNELS_LAST ? place * CHANNELS : place;
}

// `at`, a whole number, less as many periods as lie below it. What is divided is off by less than
// the half that stands between it and the next period.
static inline floatv within(floatv at, float period)
{
    return at - floor((at + 0.5f) * (1.0f / period)) * period;
}

// One coordinate of a tap, a whole number, as one inside the image.
static inline floatv fold(floatv at, float size, uint fill)
{
    if (fill == FILL_WRAP)
        return within(at, size);
    if (fill == FILL_REFLECT) {
        at = within(at, 2.0f * size);
        return min(at, 2.0f * size - 1.0f - at);
    }
    if (fill == FILL_MIRROR) {
        float period = max(2.0f * size - 2.0f, 1.0f);
        at = within(at, period);
        return min(at, period - at);
    }
    return clamp(at, 0.0f, size - 1.0f);
}

// Keys' cubic kernel with a = -1/2 for the four taps about a place, t behind the second.
static inline void cubic_weights(floatv t, floatv *weight)
{
    floatv s = 1.0f - t;
    weight[0] = -0.5f * t * s * s;
    weight[1] = (1.5f * t - 2.5f) * t * t + 1.0f;
    weight[2] = (1.5f * s - 2.5f) * s * s + 1.0f;
    weight[3] = -0.5f * s * t * t;
}

// The taps about `at` along one axis: their coordinates and weights, which are 0 beside the image
// where that is constant. Returns the sum of the weights.
static inline floatv taps_of(floatv at, float size, uint fill, uint taps, floatv *tap,
                             floatv *weight)
{
    floatv first = floor(taps == 1 ? at + 0.5f : at), sum = (floatv)(0.0f);
    floatv t = at - first;
    weight[0] = (floatv)(1.0f);
    if (taps == 2) {
        weight[0] = 1.0f - t;
        weight[1] = t;
    }
    if (taps == 4) {
        cubic_weights(t, weight);
        first -= 1.0f;
    }
    for (uint k = 0; k < taps; k++) {
        floatv place = first + (float)k;
        tap[k] = fold(place, size, fill);
        if (fill == FILL_CONSTANT)
            weight[k] = select((floatv)(0.0f), weight[k], place == tap[k]);
        sum += weight[k];
    }
    return fill == FILL_CONSTANT ? sum : (floatv)(1.0f);
}

static inline floatv gather(__global const SOURCE_TYPE *from, const uint *place)
{
    float part[VECTOR];
    for (uint j = 0; j < VECTOR; j++)
        part[j] = from[place_at(place[j])];
    return VLOAD(0, part);
}

// Neighbouring bytes on a CPU: the taps of a row come out of one word.
#define WORDS (RIDGE_WALK_CPU & (SOURCE == 1) & PLANES & (TAPS > 1))

// The same sums as those of take_pixels. Of no fill but FILL_WRAP do folded neighbours lie further
// apart than neighbours. The last words of an image begin further left than their taps.
static inline void take_words(const struct reading *of, __global const SOURCE_TYPE *image,
                              const floatv *tap_x, const floatv *tap_y, const floatv *weight_x,
                              const floatv *weight_y, floatv *pixel)
{
#if WORDS
    uint places = of->height * of->width, last = CHANNELS * places - 4;
    floatv left = tap_x[0];
    for (uint l = 1; l < TAPS; l++)
        left = min(left, tap_x[l]);
    for (uint k = 0; k < TAPS; k++) {
        uintv first = convert_uintv(tap_y[k] * (float)of->width + left);
        for (uint c = 0; c < CHANNELS; c++) {
            uintv wanted = first + c * places, begin = min(wanted, (uintv)(last));
            uint at[VECTOR], part[VECTOR];
            VSTORE(begin, 0, at);
            for (uint j = 0; j < VECTOR; j++)
                part[j] = as_uint(vload4(0, image + at[j]));
            uintv word = VLOAD(0, part) >> 8u * (wanted - begin);
            floatv sum = (floatv)(0.0f);
            for (uint l = 0; l < TAPS; l++) {
                uintv byte = word >> 8u * convert_uintv(tap_x[l] - left) & 255u;
                sum += weight_x[l] * convert_floatv(as_intv(byte));
            }
            pixel[c] += weight_y[k] * sum;
        }
    }
#endif
}

// Pixels at x, y, as stored. All channels share what is known of the taps.
static inline void take_pixels(const struct reading *of, __global const SOURCE_TYPE *image,
                               floatv x, floatv y, uint taps, floatv *pixel)
{
    floatv tap_x[4], tap_y[4], weight_x[4], weight_y[4];
    floatv sum = taps_of(x, (float)of->width, of->fill, taps, tap_x, weight_x);
    sum *= taps_of(y, (float)of->height, of->fill, taps, tap_y, weight_y);
    ulong places = (ulong)of->height * of->width;
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] = (1.0f - sum) * of->fill_value;
    if (WORDS & (taps > 1) && of->fill != FILL_WRAP && CHANNELS * places >= 4) {
        take_words(of, image, tap_x, tap_y, weight_x, weight_y, pixel);
        return;
    }
    for (uint k = 0; k < taps; k++) {
        for (uint l = 0; l < taps; l++) {
            uint place[VECTOR];
            floatv weight = weight_y[k] * weight_x[l];
            VSTORE(convert_uintv(tap_y[k] * (float)of->width + tap_x[l]), 0, place);
            for (uint c = 0; c < CHANNELS; c++)
                pixel[c] += weight * gather(image + channel_at(c, places), place);
        }
    }
}

#if RIDGE_WALK_CPU
// Pixels that lie side by side in one row of planes, in either direction. False where they do not.
static inline bool take_run(const struct reading *of, __global const SOURCE_TYPE *image, floatv x,
                            floatv y, floatv *pixel)
{
    float first = min(x.s0, x.sf), last = max(x.s0, x.sf);
    if (!PLANES || y.s0 != y.sf || last - first != VECTOR - 1 || first < 0.0f ||
        last >= (float)of->width || y.s0 < 0.0f || y.s0 >= (float)of->height)
        return false;
    ulong places = (ulong)of->height * of->width;
    __global const SOURCE_TYPE *from = image + (ulong)y.s0 * of->width + (ulong)first;
    for (uint c = 0; c < CHANNELS; c++) {
        floatv run = convert_floatv(VLOAD(0, from + channel_at(c, places)));
        pixel[c] = x.s0 < x.sf ? run : run.sfedcba9876543210;
    }
    return true;
}
#else
static inline bool take_run(const struct reading *of, __global const SOURCE_TYPE *image, floatv x,
                            floatv y, floatv *pixel)
{
    return false;
}
#endif

// The pixels at the places `at` on of the result, in units. whole: of is_whole.
static inline void sample_image(const struct reading *of, __global const SOURCE_TYPE *image,
                                __global const uint *program, bool whole, ulong at, floatv *pixel)
{
    floatv x, y;
    places_of(of, program, at, &x, &y);
    if (program[PROGRAM_EDGE]) {
        floatv on_x = clamp(x, 0.0f, (float)(of->width - 1));
        floatv on_y = clamp(y, 0.0f, (float)(of->height - 1));
        x = select(x, on_x, fabs(x - on_x) <= 0.5f);
        y = select(y, on_y, fabs(y - on_y) <= 0.5f);
    }
    if (!whole)
        take_pixels(of, image, x, y, TAPS, pixel);
    else if (!take_run(of, image, x, y, pixel))
        take_pixels(of, image, x, y, 1, pixel);
    for (uint c = 0; c < CHANNELS; c++) {
        if ((TAPS == 4) & (SOURCE == 1)) // no further than bytes go
            pixel[c] = clamp(pixel[c], 0.0f, 255.0f);
        pixel[c] = (pixel[c] - of->low) * of->unit;
    }
}

#endif

// SPDX-License-Identifier: Apache-2.0
// Pixels out of their neighbours: blurring by a Gaussian along one axis, and smoothing by 3 x 3.
#ifndef RIDGE_CL_AUGMENT_FILTER_H
#define RIDGE_CL_AUGMENT_FILTER_H

#include "augment_image.h"
#include "exact.h"

#pragma OPENCL FP_CONTRACT OFF

// A channel at some places, all of which exist.
static inline floatv pixels_of(__global const float *y, uint channel, ulong places, intv place)
{
    int part[VECTOR];
    float value[VECTOR];
    VSTORE(place, 0, part);
    for (uint j = 0; j < VECTOR; j++)
        value[j] = y[channel_at(channel, places) + place_at((ulong)part[j])];
    return VLOAD(0, value);
}

// At the places `at` on; what lies beside the image reads as anything.
static inline floatv pixels_near(__global const float *y, uint channel, ulong places, long at)
{
    if (PLANES && at >= 0 && at + VECTOR <= (long)places)
        return VLOAD(0, y + channel_at(channel, places) + at);
    intv place = (int)at + as_intv(LANES);
    return pixels_of(y, channel, places, clamp(place, (intv)(0), (intv)((int)places - 1)));
}

// Rows and columns of the places `at` on; behind the last place of all, those of the last.
static inline intv places_from(ulong at, const struct context *context, intv *row, intv *column)
{
    intv place = min((int)at + as_intv(LANES), (intv)((int)context->places - 1));
    // Exact, as in pixels_at.
    *row = convert_intv((convert_floatv(place) + 0.5f) * (1.0f / (float)context->width));
    *column = place - *row * (int)context->width;
    return place;
}

// The number of a pixel beside a row of `size`, which has mirrors in its first and last pixels.
static inline intv mirrored(intv at, int size)
{
    int period = max(2 * (size - 1), 1);
    at = as_intv(abs(at)) % period;
    return min(at, period - at);
}

// ---- Blurring: weights exp(-k^2 / (2 sigma^2)) for |k| <= ceil(3 sigma), in sum 1.

static inline int blur_radius(float sigma)
{
    return (int)ceil(3.0f * sigma);
}

static inline float blur_weight(int k, float unit)
{
    return exact_exp2(max((float)(k * k) * unit, -126.0f));
}

// seen: sigma, and 1 / the sum of the weights.
static inline void see_blur(float sigma, struct context *context)
{
    sigma = max(sigma, 0.01f); // from there on only the pixel itself counts
    context->seen[0] = sigma;
    float unit = -0.72134752f / (sigma * sigma), sum = 1.0f;
    for (int k = 1; k <= blur_radius(sigma); k++)
        sum += 2.0f * blur_weight(k, unit);
    context->seen[1] = 1.0f / sum;
}

static inline void blur_along(__global const float *y, ulong at, const struct context *context,
                              bool down, floatv *pixel)
{
    float sigma = context->seen[0], unit = -0.72134752f / (sigma * sigma);
    intv row, column, place = places_from(at, context, &row, &column);
    intv own = down ? row : column;
    int size = (int)(down ? context->height : context->width);
    int step = down ? (int)context->width : 1, radius = blur_radius(sigma);
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] = (floatv)(0.0f);
    for (int k = -radius; k <= radius; k++) {
        float weight = blur_weight(k, unit) * context->seen[1];
        intv other = own + k;
        bool beside = any((other < 0) | (other >= size));
        intv from = place + (mirrored(other, size) - own) * step;
        for (uint c = 0; c < CHANNELS; c++)
            pixel[c] += weight * (beside ? pixels_of(y, c, context->places, from)
                                         : pixels_near(y, c, context->places, (long)at + k * step));
    }
}

// ---- Sharpening: what lies between a pixel and its smoothed self.

// Five parts of the pixel and one of each neighbour; pixels at the border stay.
static inline void smooth(__global const float *y, ulong at, const struct context *context,
                          floatv *pixel)
{
    intv row, column;
    places_from(at, context, &row, &column);
    intv within = (row > 0) & (row < (int)context->height - 1) & (column > 0) &
                  (column < (int)context->width - 1);
    for (uint c = 0; c < CHANNELS; c++) {
        floatv own = pixels_near(y, c, context->places, (long)at), sum = 4.0f * own;
        for (int down = -1; down <= 1; down++)
            for (int right = -1; right <= 1; right++)
                sum += pixels_near(y, c, context->places,
                                   (long)at + down * (int)context->width + right);
        pixel[c] = select(own, sum * (1.0f / 13.0f), within);
    }
}

static inline void pixel_sharpen(floatv *pixel, float factor, ulong at,
                                 const struct context *context)
{
    floatv smooth[CHANNELS];
    load_pixels(smooth, context->work, at, context->places);
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] = clamp(pixel[c] * factor + smooth[c] * (1.0f - factor), 0.0f, 1.0f);
}

static inline bool filters(uint code)
{
    return code == AUGMENT_BLUR || code == AUGMENT_SHARPEN;
}

// The image into the work memory, blurred along its rows, or smoothed.
static inline void filter_to_work(uint code, __global const float *v, __global const float *y,
                                  struct context *context)
{
    if (code == AUGMENT_BLUR)
        see_blur(v[0], context);
    FOR_EACH_IN_ROW(at, context->places)
    {
        floatv pixel[CHANNELS];
        if (code == AUGMENT_BLUR)
            blur_along(y, at, context, false, pixel);
        else
            smooth(y, at, context, pixel);
        store_pixels(pixel, context->work, at, context->places, 1.0f, 0.0f);
    }
}

#endif

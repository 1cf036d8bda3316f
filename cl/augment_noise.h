// SPDX-License-Identifier: Apache-2.0
// Noise: a random word for each element, numbered by sample, channel and place, whatever the batch
// and the order in memory.
#ifndef RIDGE_CL_AUGMENT_NOISE_H
#define RIDGE_CL_AUGMENT_NOISE_H

#include "augment_image.h"
#include "normal.h"

#pragma OPENCL FP_CONTRACT OFF

static inline uintv noise_words(const struct context *context, float stream, uint channel, ulong at)
{
    struct philox_stream random = context->draws;
    random.fixed.y += (uint)stream;
    ulong row = (ulong)context->sample * CHANNELS + channel;
    return philox_words(random, row * context->places + at, LANES);
}

// v: decibels; ..., stream. seen: the mean square, all channels together. Nothing is clipped.
static inline void pixel_noise_ratio(floatv *pixel, __global const float *v, ulong at,
                                     const struct context *context)
{
    float deviation = sqrt(context->seen[0] * (1.0f / CHANNELS)) * exp10(v[0] * -0.05f);
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] += deviation * normal_of(noise_words(context, v[NOISE_STREAM], c, at));
}

// v: deviation, or amount; ..., stream.
static inline void pixel_noise(floatv *pixel, uint code, __global const float *v, ulong at,
                               const struct context *context)
{
    uintv words;
    for (uint c = 0; c < CHANNELS; c++) {
        bool whole = code == AUGMENT_SALT_PEPPER; // pixels, all channels of them
        if (c == 0 || !whole)
            words = noise_words(context, v[NOISE_STREAM], c, at);
        if (code == AUGMENT_GAUSSIAN_NOISE)
            pixel[c] += v[0] * normal_of(words);
        else if (code == AUGMENT_UNIFORM_NOISE)
            pixel[c] += v[0] * (convert_floatv(words >> 9) * 0x1p-22f - (1.0f - 0x1p-23f));
        if (whole) {
            floatv share = convert_floatv(words >> 8) * 0x1p-24f;
            pixel[c] = select(pixel[c], (floatv)(0.0f), share < 0.5f * v[0]);
            pixel[c] = select(pixel[c], (floatv)(1.0f), share >= 1.0f - 0.5f * v[0]);
        }
        pixel[c] = clamp(pixel[c], 0.0f, 1.0f);
    }
}

#endif

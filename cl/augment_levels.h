// SPDX-License-Identifier: Apache-2.0
// What maps values: greyscale, gamma, levels, histograms.
#ifndef RIDGE_CL_AUGMENT_LEVELS_H
#define RIDGE_CL_AUGMENT_LEVELS_H

#include "augment_image.h"
#include "exact.h"
#include "normal.h"

#pragma OPENCL FP_CONTRACT OFF

static inline void pixel_greyscale(floatv *pixel)
{
    floatv grey = grey_of(pixel);
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] = grey;
}

// u^gamma, the same bits on every device.
static inline void pixel_gamma(floatv *pixel, float gamma)
{
    for (uint c = 0; c < CHANNELS; c++) {
        floatv u = clamp(pixel[c], 0.0f, 1.0f);
        floatv power = exp2_of(max(gamma * log2_of(u), -126.0f));
        pixel[c] = select(power, (floatv)(0.0f), u <= 0.0f);
    }
}

// Those from a threshold on.
static inline void pixel_invert(floatv *pixel, float threshold)
{
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] = select(pixel[c], 1.0f - pixel[c], pixel[c] >= threshold);
}

// Keeps the upper bits of the level.
static inline void pixel_posterize(floatv *pixel, float bits)
{
    int lost = 8 - (int)bits;
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] = convert_floatv((level_of(pixel[c]) >> lost) << lost) * (1.0f / 255.0f);
}

static inline void pixel_auto_contrast(floatv *pixel, const struct context *context)
{
    for (uint c = 0; c < CHANNELS; c++) {
        float low = context->seen[2 * c], factor = context->seen[2 * c + 1];
        pixel[c] = clamp((pixel[c] - low) * factor, 0.0f, 1.0f);
    }
}

static inline void pixel_equalise(floatv *pixel, const struct context *context)
{
    for (uint c = 0; c < CHANNELS; c++) {
        if (context->seen[c] == 0.0f)
            continue;
        __global const float *table = context->work + c * LEVELS;
        int level[VECTOR];
        float part[VECTOR];
        VSTORE(level_of(pixel[c]), 0, level);
        for (uint j = 0; j < VECTOR; j++)
            part[j] = table[level[j]];
        pixel[c] = VLOAD(0, part);
    }
}

static inline void change_levels(floatv *pixel, uint code, float v, const struct context *context)
{
    switch (code) {
    case AUGMENT_GREYSCALE:
        pixel_greyscale(pixel);
        break;
    case AUGMENT_GAMMA:
        pixel_gamma(pixel, v);
        break;
    case AUGMENT_INVERT:
        pixel_invert(pixel, -INFINITY);
        break;
    case AUGMENT_POSTERIZE:
        pixel_posterize(pixel, v);
        break;
    case AUGMENT_SOLARIZE:
        pixel_invert(pixel, v);
        break;
    case AUGMENT_AUTO_CONTRAST:
        pixel_auto_contrast(pixel, context);
        break;
    case AUGMENT_EQUALISE:
        pixel_equalise(pixel, context);
        break;
    }
}

#endif

// SPDX-License-Identifier: Apache-2.0
// What operations do to pixels, VECTOR of them at a time, in units where the range of values is
// [0, 1].
#ifndef RIDGE_CL_AUGMENT_PIXEL_H
#define RIDGE_CL_AUGMENT_PIXEL_H

#include "augment_colour.h"
#include "augment_erase.h"
#include "augment_filter.h"
#include "augment_levels.h"
#include "augment_noise.h"

#pragma OPENCL FP_CONTRACT OFF

static inline void change_filtered(floatv *pixel, uint code, float v, ulong at,
                                   const struct context *context)
{
    if (code == AUGMENT_BLUR)
        blur_along(context->work, at, context, true, pixel);
    else if (code == AUGMENT_SHARPEN)
        pixel_sharpen(pixel, v, at, context);
}

// `at`: the first of the places.
static inline void change_pixels(floatv *pixel, __global const uint *instruction, ulong at,
                                 const struct context *context)
{
    __global const float *v = (__global const float *)(instruction + INSTRUCTION_VALUES);
    uint code = instruction[INSTRUCTION_CODE];
    switch (code) {
    case AUGMENT_BRIGHTNESS:
        pixel_brightness(pixel, v);
        break;
    case AUGMENT_CONTRAST:
        pixel_blend(pixel, (floatv)(context->seen[0]), v[0]);
        break;
    case AUGMENT_SATURATION:
        pixel_blend(pixel, grey_of(pixel), v[0]);
        break;
    case AUGMENT_HUE:
        pixel_hue(pixel, v[0]);
        break;
    case AUGMENT_GAIN: // not clipped
        for (uint c = 0; c < CHANNELS; c++)
            pixel[c] = (pixel[c] - context->zero) * exp10(v[0] * 0.05f) + context->zero;
        break;
    default:
        if (USES(AUGMENT_USES_LEVELS))
            change_levels(pixel, code, v[0], context);
        if (USES(AUGMENT_USES_FILTERS))
            change_filtered(pixel, code, v[0], at, context);
        if (USES(AUGMENT_USES_NOISE) && code == AUGMENT_NOISE_RATIO)
            pixel_noise_ratio(pixel, v, at, context);
        else if (USES(AUGMENT_USES_NOISE) && code >= AUGMENT_NOISE && code < AUGMENT_NOISE_END)
            pixel_noise(pixel, code, v, at, context);
        if (USES(AUGMENT_USES_ERASING) && (code == AUGMENT_ERASE || code == AUGMENT_ERASE_MEAN))
            pixel_erase(pixel, code, v, at, context);
    }
}

#endif

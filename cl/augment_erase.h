// SPDX-License-Identifier: Apache-2.0
// Boxes that lose what was in them.
#ifndef RIDGE_CL_AUGMENT_ERASE_H
#define RIDGE_CL_AUGMENT_ERASE_H

#include "augment_noise.h"

#pragma OPENCL FP_CONTRACT OFF

// v: left, top, right and bottom of the box; whether noise comes in, or v[5]; ..., stream.
static inline void pixel_erase(floatv *pixel, uint code, __global const float *v, ulong at,
                               const struct context *context)
{
    floatv x, y;
    pixels_at(at, context->width, &x, &y);
    intv inside = (x >= v[0]) & (x < v[2]) & (y >= v[1]) & (y < v[3]);
    for (uint c = 0; c < CHANNELS; c++) {
        floatv value = (floatv)(v[5]);
        if (code == AUGMENT_ERASE_MEAN)
            value = (floatv)(context->seen[c]);
        else if (v[4] != 0.0f)
            value = convert_floatv(noise_words(context, v[NOISE_STREAM], c, at) >> 8) * 0x1p-24f;
        pixel[c] = select(pixel[c], value, inside);
    }
}

#endif

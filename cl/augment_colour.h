// SPDX-License-Identifier: Apache-2.0
// Colours of pixels, VECTOR of them at a time, in units where the range of values is [0, 1].
#ifndef RIDGE_CL_AUGMENT_COLOUR_H
#define RIDGE_CL_AUGMENT_COLOUR_H

#include "augment_image.h"

#pragma OPENCL FP_CONTRACT OFF

// v: factor, sum.
static inline void pixel_brightness(floatv *pixel, __global const float *v)
{
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] = clamp(pixel[c] * v[0] + v[1], 0.0f, 1.0f);
}

// Away from `other` where factor > 1, towards it below.
static inline void pixel_blend(floatv *pixel, floatv other, float factor)
{
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] = clamp(pixel[c] * factor + other * (1.0f - factor), 0.0f, 1.0f);
}

// Turns the hue, which is where a colour lies on the circle of pure ones, in sixths: red at 0,
// green at 2, blue at 4. The largest and the smallest channel keep their values.
static inline void pixel_hue(floatv *pixel, float turns)
{
#if CHANNELS == 3
    floatv red = pixel[0], green = pixel[1], blue = pixel[2];
    floatv high = fmax(fmax(red, green), blue), low = fmin(fmin(red, green), blue);
    floatv chroma = high - low;
    floatv unit = 1.0f / fmax(chroma, 1e-30f);
    floatv hue =
        select(select((red - green) * unit + 4.0f, (blue - red) * unit + 2.0f, green == high),
               (green - blue) * unit, red == high);
    hue += 6.0f * turns;
    for (uint c = 0; c < 3; c++) {
        floatv away = hue - 2.0f * (float)c;
        away = fabs(away - 6.0f * rint(away * (1.0f / 6.0f)));
        pixel[c] = low + chroma * clamp(2.0f - away, 0.0f, 1.0f);
    }
#endif
}

#endif

// SPDX-License-Identifier: Apache-2.0
// What operations do to pixels, VECTOR of them at a time, in units where the range of values is
// [0, 1].
#ifndef RIDGE_CL_AUGMENT_PIXEL_H
#define RIDGE_CL_AUGMENT_PIXEL_H

#include "augment_colour.h"

#pragma OPENCL FP_CONTRACT OFF

// `at`: the first of the places; `seen`: what the instruction has learnt of the image.
static inline void change_pixels(floatv *pixel, __global const uint *instruction, ulong at,
                                 const float *seen)
{
    __global const float *v = (__global const float *)(instruction + INSTRUCTION_VALUES);
    switch (instruction[INSTRUCTION_CODE]) {
    case AUGMENT_BRIGHTNESS:
        pixel_brightness(pixel, v);
        break;
    case AUGMENT_CONTRAST:
        pixel_blend(pixel, (floatv)(seen[0]), v[0]);
        break;
    case AUGMENT_SATURATION:
        pixel_blend(pixel, grey_of(pixel), v[0]);
        break;
    case AUGMENT_HUE:
        pixel_hue(pixel, v[0]);
        break;
    }
}

#endif

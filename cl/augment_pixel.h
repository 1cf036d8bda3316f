// SPDX-License-Identifier: Apache-2.0
// What operations do to pixels, VECTOR of them at a time, in units where the range of values is
// [0, 1].
#ifndef RIDGE_CL_AUGMENT_PIXEL_H
#define RIDGE_CL_AUGMENT_PIXEL_H

#include "augment_sample.h"

#pragma OPENCL FP_CONTRACT OFF

// v: factor, sum.
static inline void pixel_brightness(floatv *pixel, __global const float *v)
{
    for (uint c = 0; c < CHANNELS; c++)
        pixel[c] = clamp(pixel[c] * v[0] + v[1], 0.0f, 1.0f);
}

// `at`: the first of the places; `seen`: what the instruction has learnt of the image.
static inline void change_pixels(floatv *pixel, __global const uint *instruction, ulong at,
                                 const float *seen)
{
    __global const float *v = (__global const float *)(instruction + INSTRUCTION_VALUES);
    switch (instruction[INSTRUCTION_CODE]) {
    case AUGMENT_BRIGHTNESS:
        pixel_brightness(pixel, v);
        break;
    }
}

#endif

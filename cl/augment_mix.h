// SPDX-License-Identifier: Apache-2.0
// Mixing of two images, as it is drawn.
#ifndef RIDGE_CL_AUGMENT_MIX_H
#define RIDGE_CL_AUGMENT_MIX_H

#include "augment_box.h"

#pragma OPENCL FP_CONTRACT OFF

// Distributed as Beta(alpha, alpha), of which the table has the quantiles of the lower half.
static inline float draw_beta(__global const float *table, uint word)
{
    uint cell = (word & 0x7fffffff) / (0x80000000 / BETA_CELLS);
    float share = (float)(word % (0x80000000 / BETA_CELLS)) * (BETA_CELLS * 0x1p-31f);
    float value = table[cell] + share * (table[cell + 1] - table[cell]);
    return word >> 31 ? 1.0f - value : value;
}

// v: height and width of the images; becomes the image's own weight; left, top, right and bottom of
// the box that is the partner's, the latter two behind it.
static inline void draw_cutmix(__global const float *table, const uint *words, float *v)
{
    int height = (int)v[0], width = (int)v[1];
    float share = 1.0f - draw_beta(table, words[2]);
    float side = share > 0.0f ? exact_sqrt(share) : 0.0f;
    clip_box((int)below_number(words[4], (uint)width), (int)rint(side * (float)width), width, v + 1,
             v + 3);
    clip_box((int)below_number(words[5], (uint)height), (int)rint(side * (float)height), height,
             v + 2, v + 4);
    float area = (v[3] - v[1]) * (v[4] - v[2]), whole = (float)width * (float)height;
    v[0] = exact_divide(whole - area, whole);
}

// The values of the instruction: words 2, 4 and 5 are free. Word 3 chooses the partner.
static inline void draw_mixing(uint code, __global const float *table, const uint *words, float *v)
{
    if (code == AUGMENT_CUTMIX)
        draw_cutmix(table, words, v);
    else
        v[0] = draw_beta(table, words[2]);
}

#endif

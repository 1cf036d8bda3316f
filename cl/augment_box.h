// SPDX-License-Identifier: Apache-2.0
// Boxes of images, as they are drawn: for erasing, cutout and cutmix.
#ifndef RIDGE_CL_AUGMENT_BOX_H
#define RIDGE_CL_AUGMENT_BOX_H

#include "augment_words.h"
#include "exact.h"

#pragma OPENCL FP_CONTRACT OFF

// A number below `count`, each as likely as the others to within count 2^-32.
static inline uint below_number(uint word, uint count)
{
    return mul_hi(word, count);
}

// `size` pixels around pixel `centre` of `whole`, cut at the border.
static inline void clip_box(int centre, int size, int whole, float *from, float *to)
{
    int start = centre - size / 2;
    *from = (float)max(start, 0);
    *to = (float)min(start + size, whole);
}

// `size` pixels of `whole`, which is no less, anywhere.
static inline void place_box(uint word, float size, float whole, float *from, float *to)
{
    *from = (float)below_number(word, (uint)(whole - size) + 1);
    *to = *from + size;
}

// Boxes are left, top, right and bottom, the latter two behind the box. v: what they are drawn
// from; height and width of the image.

// v: area in pixels, half of log2 of width / height; ... Sides are whole, at least 1, and no longer
// than the image's. Words 8 and 9 place it.
static inline void draw_box(const uint *words, const float *v, float *box)
{
    float side = exact_sqrt(v[0]), height = v[2], width = v[3];
    float box_height = clamp(rint(side * exact_exp2(-v[1])), 1.0f, height);
    float box_width = clamp(rint(side * exact_exp2(v[1])), 1.0f, width);
    place_box(words[8], box_width, width, box, box + 2);
    place_box(words[9], box_height, height, box + 1, box + 3);
}

// v: size, number of squares; ... Around any pixel, cut at the border.
static inline void draw_square(uint word_x, uint word_y, const float *v, float *box)
{
    int size = (int)v[0], height = (int)v[2], width = (int)v[3];
    clip_box((int)below_number(word_x, (uint)width), size, width, box, box + 2);
    clip_box((int)below_number(word_y, (uint)height), size, height, box + 1, box + 3);
}

#endif

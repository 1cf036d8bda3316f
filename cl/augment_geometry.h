// SPDX-License-Identifier: Apache-2.0
// Geometry of augmentation, as it is drawn: each operation multiplies the map from places of the
// result to places of the stored image by its own, from places behind it to places before it. x
// grows to the right, y downwards, both from the middle of their image, in pixels.
#ifndef RIDGE_CL_AUGMENT_GEOMETRY_H
#define RIDGE_CL_AUGMENT_GEOMETRY_H

#include "augment_words.h"
#include "exact.h"

#pragma OPENCL FP_CONTRACT OFF

// m = m a, both 3 x 3 by rows.
static inline void map_multiply(float *m, const float *a)
{
    for (uint row = 0; row < 3; row++) {
        float x = m[3 * row], y = m[3 * row + 1], z = m[3 * row + 2];
        for (uint column = 0; column < 3; column++)
            m[3 * row + column] = x * a[column] + y * a[3 + column] + z * a[6 + column];
    }
}

// x = a x' + b y' + c, y = d x' + e y' + f.
static inline void map_affine(float *m, float a, float b, float c, float d, float e, float f)
{
    float affine[9] = {a, b, c, d, e, f, 0.0f, 0.0f, 1.0f};
    map_multiply(m, affine);
}

// v: x, y; width and height of the image, or 1 and 1 for pixels; whether to round.
static inline void map_shift(float *m, const float *v)
{
    float x = v[0] * v[2], y = v[1] * v[3];
    bool whole = v[4] != 0.0f;
    map_affine(m, 1.0f, 0.0f, whole ? -rint(x) : -x, 0.0f, 1.0f, whole ? -rint(y) : -y);
}

// v: turns.
static inline void map_rotation(float *m, const float *v)
{
    float sine, cosine;
    exact_sine_cosine(v[0], &sine, &cosine);
    map_affine(m, cosine, -sine, 0.0f, sine, cosine, 0.0f);
}

static inline void map_zoom(float *m, const float *v)
{
    float inverse = exact_divide(1.0f, v[0]);
    map_affine(m, inverse, 0.0f, 0.0f, 0.0f, inverse, 0.0f);
}

// v: factors x, y.
static inline void map_scale(float *m, const float *v)
{
    map_affine(m, exact_divide(1.0f, v[0]), 0.0f, 0.0f, 0.0f, exact_divide(1.0f, v[1]), 0.0f);
}

// v: turns x, y. The result was sheared along x, then along y; this undoes it.
static inline void map_shear(float *m, const float *v)
{
    float sine, cosine;
    exact_sine_cosine(v[0], &sine, &cosine);
    float x = exact_divide(sine, cosine);
    exact_sine_cosine(v[1], &sine, &cosine);
    float y = exact_divide(sine, cosine);
    map_affine(m, x * y + 1.0f, -x, 0.0f, -y, 1.0f, 0.0f);
}

// v: x, y, from 0 to below the number of places that the crop can have; the first of them.
static inline void map_crop(float *m, const float *v)
{
    map_affine(m, 1.0f, 0.0f, floor(v[0]) + v[2], 0.0f, 1.0f, floor(v[1]) + v[3]);
}

// v: share of the area, log2 of width / height, x, y from 0 to 1; width and height of the image;
// 1 / width and 1 / height of the result.
static inline void map_resized_crop(float *m, const float *v)
{
    float area = v[0] * v[4] * v[5], ratio = exact_exp2(v[1]);
    float width = min(exact_sqrt(area * ratio), v[4]);
    float height = min(exact_sqrt(exact_divide(area, ratio)), v[5]);
    map_affine(m, width * v[6], 0.0f, (v[2] - 0.5f) * (v[4] - width), 0.0f, height * v[7],
               (v[3] - 0.5f) * (v[5] - height));
}

// v: how far the corners go inwards, x and y of the left upper, right upper, right lower, left
// lower one, in halves of the image; width / 2, height / 2, 2 / width, 2 / height.
//
// With the image as [-1, 1] x [-1, 1], (a b c, d e f, g h i) maps the unit square to the four
// corners (Heckbert, "Fundamentals of texture mapping and image warping", 1989), times a factor, so
// that nothing is divided; its adjoint is the way back, times another, which is above 0 as long as
// corners do not pass the lines between their neighbours.
static inline void map_perspective(float *m, const float *v)
{
    float x0 = v[0] - 1.0f, y0 = v[1] - 1.0f, x1 = 1.0f - v[2], y1 = v[3] - 1.0f;
    float x2 = 1.0f - v[4], y2 = 1.0f - v[5], x3 = v[6] - 1.0f, y3 = 1.0f - v[7];
    float dx1 = x1 - x2, dx2 = x3 - x2, dy1 = y1 - y2, dy2 = y3 - y2;
    float sum_x = (x0 - x1) - dx2, sum_y = (y0 - y1) - dy2;
    float i = dx1 * dy2 - dx2 * dy1;
    float g = sum_x * dy2 - dx2 * sum_y, h = dx1 * sum_y - sum_x * dy1;
    float a = (x1 - x0) * i + g * x1, b = (x3 - x0) * i + h * x3, c = x0 * i;
    float d = (y1 - y0) * i + g * y1, e = (y3 - y0) * i + h * y3, f = y0 * i;
    float depth_x = d * h - e * g, depth_y = b * g - a * h, depth = a * e - b * d;
    // From the unit square to [-1, 1], and all of it in pixels.
    float back[9];
    back[0] = 2.0f * (e * i - f * h) - depth_x;
    back[1] = (2.0f * (c * h - b * i) - depth_y) * v[8] * v[11];
    back[2] = (2.0f * (b * f - c * e) - depth) * v[8];
    back[3] = (2.0f * (f * g - d * i) - depth_x) * v[9] * v[10];
    back[4] = 2.0f * (a * i - c * g) - depth_y;
    back[5] = (2.0f * (c * d - a * f) - depth) * v[9];
    back[6] = depth_x * v[10];
    back[7] = depth_y * v[11];
    back[8] = depth;
    map_multiply(m, back);
}

// Whether `code` is an operation of geometry, and if so, its map. v: what was drawn, then what was
// given.
static inline bool map_operation(uint code, float *m, const float *v)
{
    switch (code) {
    case AUGMENT_HORIZONTAL_FLIP:
        map_affine(m, -1.0f, 0.0f, 0.0f, 0.0f, 1.0f, 0.0f);
        return true;
    case AUGMENT_VERTICAL_FLIP:
        map_affine(m, 1.0f, 0.0f, 0.0f, 0.0f, -1.0f, 0.0f);
        return true;
    case AUGMENT_SHIFT:
        map_shift(m, v);
        return true;
    case AUGMENT_ROTATION:
        map_rotation(m, v);
        return true;
    case AUGMENT_ZOOM:
        map_zoom(m, v);
        return true;
    case AUGMENT_SCALE:
        map_scale(m, v);
        return true;
    case AUGMENT_SHEAR:
        map_shear(m, v);
        return true;
    case AUGMENT_RANDOM_CROP:
    case AUGMENT_CENTRE_CROP:
        map_crop(m, v);
        return true;
    case AUGMENT_RANDOM_RESIZED_CROP:
        map_resized_crop(m, v);
        return true;
    case AUGMENT_RESIZE:
        map_affine(m, v[0], 0.0f, 0.0f, 0.0f, v[1], 0.0f);
        return true;
    case AUGMENT_PERSPECTIVE:
        map_perspective(m, v);
        return true;
    }
    return false;
}

#endif

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
    }
    return false;
}

#endif

// SPDX-License-Identifier: Apache-2.0
// Where the places of a result are read from in the stored image: VECTOR places at a time.
#ifndef RIDGE_CL_AUGMENT_PLACES_H
#define RIDGE_CL_AUGMENT_PLACES_H

#include "augment_words.h"
#include "common.h"

#pragma OPENCL FP_CONTRACT OFF

// How stored images are to be read.
struct reading {
    uint height, width;       // stored
    uint to_height, to_width; // of the result
    uint fill;
    float fill_value; // as stored
    float unit, low;  // a stored value v is u = (v - low) unit
};

#define FAR 3e6f // further than images are large, and a float whose next ones are 1/4 away

// Whether a map needs no division.
static inline bool is_affine(__global const float *m)
{
    return m[6] == 0.0f && m[7] == 0.0f && m[8] == 1.0f;
}

// Through the matrix m. What lies behind the horizon goes far outside, as does what is on it.
static inline void map_places(__global const float *m, floatv *x, floatv *y)
{
    floatv from_x = m[0] * *x + m[1] * *y + m[2];
    floatv from_y = m[3] * *x + m[4] * *y + m[5];
    if (!is_affine(m)) {
        floatv depth = m[6] * *x + m[7] * *y + m[8];
        intv before = depth > 1e-6f * fabs(m[8]);
        floatv inverse = 1.0f / select((floatv)(1.0f), depth, before);
        from_x = select((floatv)(-FAR), from_x * inverse, before);
        from_y = select((floatv)(-FAR), from_y * inverse, before);
    }
    *x = from_x;
    *y = from_y;
}

// Weights of the four neighbouring knots of a cubic B-spline, t from 0 to 1 behind the second.
static inline void spline_weights(floatv t, floatv *weight)
{
    floatv s = 1.0f - t;
    weight[0] = s * s * s * (1.0f / 6);
    weight[1] = t * t * (t * 0.5f - 1.0f) + 2.0f / 3;
    weight[2] = s * s * (s * 0.5f - 1.0f) + 2.0f / 3;
    weight[3] = t * t * t * (1.0f / 6);
}

// The first of the four knots on either side of `at`, pixels from the middle of a field with
// `knots` in all, and the weights of the four.
static inline floatv spline_begin(floatv at, float inverse_spacing, float knots, floatv *weight)
{
    at = clamp(at * inverse_spacing + 0.5f * (knots - 3.0f), 0.0f, knots - 3.0f);
    floatv begin = min(floor(at), knots - 4.0f);
    spline_weights(at - begin, weight);
    return begin;
}

// Adds a field of displacements, see FIELD_VALUES.
static inline void displace(__global const uint *field, floatv *x, floatv *y)
{
    __global const float *values = (__global const float *)(field + FIELD_VALUES);
    float inverse_spacing = as_float(field[FIELD_INVERSE_SPACING]);
    uint columns = field[FIELD_COLUMNS];
    floatv across[4], down[4];
    floatv left = spline_begin(*x, inverse_spacing, (float)columns, across);
    floatv top = spline_begin(*y, inverse_spacing, (float)field[FIELD_ROWS], down);
    uint first[VECTOR];
    float add_x[VECTOR], add_y[VECTOR], weight_x[4][VECTOR], weight_y[4][VECTOR];
    VSTORE(convert_uintv(top * (float)columns + left), 0, first);
    for (uint k = 0; k < 4; k++) {
        VSTORE(across[k], 0, weight_x[k]);
        VSTORE(down[k], 0, weight_y[k]);
    }
    for (uint j = 0; j < VECTOR; j++) {
        float8 sum = (float8)(0.0f);
        for (uint k = 0; k < 4; k++)
            sum += weight_y[k][j] * vload8(0, values + 2 * (first[j] + k * columns));
        add_x[j] = weight_x[0][j] * sum.s0 + weight_x[1][j] * sum.s2 + weight_x[2][j] * sum.s4 +
                   weight_x[3][j] * sum.s6;
        add_y[j] = weight_x[0][j] * sum.s1 + weight_x[1][j] * sum.s3 + weight_x[2][j] * sum.s5 +
                   weight_x[3][j] * sum.s7;
    }
    *x += VLOAD(0, add_x);
    *y += VLOAD(0, add_y);
}

// Pixel numbers of the places `at` on of an image that is `width` wide. The row is exact: half a
// pixel is more than what rounding can do, images being small enough.
static inline void pixels_at(ulong at, uint width, floatv *x, floatv *y)
{
    floatv place = convert_floatv((uint)at + LANES);
    *y = floor((place + 0.5f) * (1.0f / (float)width));
    *x = place - *y * (float)width;
}

// The places `at` on of the result as coordinates of the stored image, pixel numbers.
static inline void places_of(const struct reading *of, __global const uint *program, ulong at,
                             floatv *x, floatv *y)
{
    pixels_at(at, of->to_width, x, y);
    *x -= 0.5f * (float)(of->to_width - 1);
    *y -= 0.5f * (float)(of->to_height - 1);
    map_places((__global const float *)(program + PROGRAM_MATRIX), x, y);
    for (uint f = program[PROGRAM_FIELD]; f; f = program[f + FIELD_BEFORE]) {
        displace(program + f, x, y);
        map_places((__global const float *)(program + f + FIELD_MATRIX), x, y);
    }
    // Far outside is as good as anywhere outside, and so is what is no number.
    *x = fmin(fmax(*x + 0.5f * (float)(of->width - 1), -FAR), FAR);
    *y = fmin(fmax(*y + 0.5f * (float)(of->height - 1), -FAR), FAR);
}

// Whether all places are those of pixels: flips, whole shifts, quarter turns, crops.
static inline bool is_whole(const struct reading *of, __global const uint *program)
{
    __global const float *m = (__global const float *)(program + PROGRAM_MATRIX);
    float to_x = 0.5f * (float)(of->to_width - 1), to_y = 0.5f * (float)(of->to_height - 1);
    float x = m[2] - m[0] * to_x - m[1] * to_y + 0.5f * (float)(of->width - 1);
    float y = m[5] - m[3] * to_x - m[4] * to_y + 0.5f * (float)(of->height - 1);
    return !program[PROGRAM_FIELD] && is_affine(m) && m[0] == rint(m[0]) && m[1] == rint(m[1]) &&
           m[3] == rint(m[3]) && m[4] == rint(m[4]) && x == rint(x) && y == rint(y);
}

#endif

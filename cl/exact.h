// SPDX-License-Identifier: Apache-2.0
// Functions of single numbers that give the same bits on every device: single additions and
// multiplications, which IEEE 754 fixes. (OpenCL lets devices differ in division, square roots,
// sines and exponentials, and Mesa's fma is none; where one of them is a first guess below, the
// steps after it lead to the same number.)
#ifndef RIDGE_CL_EXACT_H
#define RIDGE_CL_EXACT_H

#include "common.h"

#pragma OPENCL FP_CONTRACT OFF

// c - a b, where that is small beside c: exact (Dekker 1971). |a|, |b| below 10^18.
static inline float exact_rest(float a, float b, float c)
{
    float product = a * b;
    float a_high = a * 4097.0f, b_high = b * 4097.0f; // 2^12 + 1 cuts 24 digits into halves
    a_high -= a_high - a;
    b_high -= b_high - b;
    float a_low = a - a_high, b_low = b - b_high;
    float lost = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    return (c - product) - lost;
}

// a / b, rounded correctly where nothing overflows or is denormal, but for cases too rare to be
// met.
static inline float exact_divide(float a, float b)
{
    float quotient = a / b;
    quotient += exact_rest(quotient, b, a) / b;
    return quotient + exact_rest(quotient, b, a) / b;
}

// The square root of a > 0, likewise.
static inline float exact_sqrt(float a)
{
    float root = sqrt(a);
    root += exact_rest(root, root, a) / (2.0f * root);
    return root + exact_rest(root, root, a) / (2.0f * root);
}

// Sine and cosine of an angle in turns, |turns| below 2^20; absolute error at most 2e-7.
static inline void exact_sine_cosine(float turns, float *sine, float *cosine)
{
    float quarters = 4.0f * turns, nearest = rint(quarters);
    float f = quarters - nearest, g = f * f; // f in [-1/2, 1/2]
    float s = g * 0.000160441185f - 0.00468175414f;
    s = g * s + 0.0796926262f;
    s = g * s - 0.645964098f;
    s = (g * s + 1.57079633f) * f;
    float c = g * -2.52020424e-05f + 0.000919260275f;
    c = g * c - 0.0208634808f;
    c = g * c + 0.253669508f;
    c = g * c - 1.23370055f;
    c = g * c + 1.0f;
    int quadrant = (int)nearest & 3;
    float odd = quadrant & 1 ? c : s, even = quadrant & 1 ? s : c;
    *sine = quadrant & 2 ? -odd : odd;
    *cosine = quadrant == 1 || quadrant == 2 ? -even : even;
}

// 2^x for x in [-126, 127]; relative error at most 2e-7.
static inline floatv exp2_of(floatv x)
{
    floatv nearest = rint(x), f = x - nearest;
    floatv p = f * 1.52527338e-05f + 0.000154035304f;
    p = f * p + 0.00133335581f;
    p = f * p + 0.00961812911f;
    p = f * p + 0.0555041087f;
    p = f * p + 0.240226507f;
    p = f * p + 0.693147181f;
    p = f * p + 1.0f;
    return p * as_floatv((convert_intv(nearest) + 127) << 23);
}

static inline float exact_exp2(float x)
{
    return exp2_of((floatv)(x)).s0;
}

#endif

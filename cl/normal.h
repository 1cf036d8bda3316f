// SPDX-License-Identifier: Apache-2.0
// Normal numbers from words, the same bits on every device: nothing but integers, conversions that
// are exact or rounded correctly, and single additions and multiplications. (OpenCL 1.2 lets
// devices differ in division, sqrt, log, sin and cos.)
#ifndef RIDGE_CL_NORMAL_H
#define RIDGE_CL_NORMAL_H

#include "common.h"

#pragma OPENCL FP_CONTRACT OFF

// log2 g for g in (0, 1]; absolute error at most 5e-7. The mantissa is taken from sqrt(1/2) to
// sqrt(2), where log2(1 + t) = t q(t).
static inline floatv log2_of(floatv g)
{
    intv above = as_intv(g) - 0x3F3504F3; // sqrt(1/2)
    floatv t = as_floatv((above & 0x7FFFFF) + 0x3F3504F3) - 1.0f;
    floatv q = t * 0.170632824f - 0.272697538f;
    q = q * t + 0.297262907f;
    q = q * t - 0.35896188f;
    q = q * t + 0.480465025f;
    q = q * t - 0.721375883f;
    q = q * t + 1.44269967f;
    return convert_floatv(above >> 23) + t * q;
}

// The number below which a share u = (word + 1/2) / 2^32 of a normal distribution with mean 0 and
// deviation 1 lies; relative error at most 1e-6, largest 6.34.
//
// With x = 2 u - 1 that is x f(L), L = -log2(1 - x^2): f is smooth from L = 0 (the middle) to 31
// (the last word), so one polynomial is enough (after Giles, "Approximating the erfinv function",
// GPU Computing Gems 2, 2012, who takes two and a square root). Both x and 1 - x^2 are made from
// integers, so neither the middle nor the tails lose digits.
static inline floatv normal_of(uintv word)
{
    intv signed_word = as_intv(word ^ 0x80000000u);
    intv middle = signed_word ^ (signed_word >> 31); // steps from the middle, ...
    intv tail = middle ^ 0x7FFFFFFF;                 // and from the end
    floatv x = (convert_floatv(middle) + 0.5f) * 0x1p-31f;
    floatv p = (convert_floatv(tail) + 0.5f) * 0x1p-30f; // four times the share in the tail
    floatv v = -log2_of(p * (1.0f - p * 0.25f)) - 12.0f;
    floatv f = v * -1.03458413e-19f + 6.15307149e-18f;
    f = f * v - 7.24181274e-17f;
    f = f * v - 2.47267616e-15f;
    f = f * v + 7.01324849e-14f;
    f = f * v - 2.5005738e-13f;
    f = f * v - 1.06907764e-11f;
    f = f * v + 1.70686826e-10f;
    f = f * v - 1.58120528e-09f;
    f = f * v + 1.55662683e-08f;
    f = f * v - 5.79079753e-08f;
    f = f * v - 3.0033018e-06f;
    f = f * v + 0.000110263863f;
    f = f * v - 0.00328054349f;
    f = f * v + 0.169797286f;
    f = f * v + 3.84238625f;
    return as_floatv(as_intv(x * f) ^ (signed_word & as_intv((uintv)(0x80000000u))));
}

#endif

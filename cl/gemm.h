// SPDX-License-Identifier: Apache-2.0
// The write-out of matrix products: C = f(x), or C = scale x f'(saved), of
// x = alpha op(A) op(B) + beta C + bias.
#ifndef RIDGE_CL_GEMM_H
#define RIDGE_CL_GEMM_H

#include "activation.h"
#include "gemm_constants.h"

struct write_out {
    __global float *c;
    ulong ldc, n;
    __global const float *bias, *saved; // never read where it is no part; saved lies as C does
    // WRITE_..., known at run time only, so that the products of a network share their kernels. The
    // activation, or its derivative, is that of the define ACTIVATION.
    uint flags;
    float alpha, beta, parameter, scale;
};

// The kernel arguments that make a write_out; the host's side is RIDGE_GEMM_WRITE_OUT of gemm.h.
#define WRITE_OUT                                                                                  \
    INOUT(float, c), ulong ldc, ulong n, IN(float, bias), IN(float, saved), uint flags,            \
        float alpha, float beta, float parameter, float scale
#define MAKE_WRITE_OUT                                                                             \
    {                                                                                              \
        c + c_offset, ldc, n, bias + bias_offset, saved + saved_offset, flags, alpha, beta,        \
            parameter, scale                                                                       \
    }

// C[i, j] from the sum of products. With beta 0 the old value is not read: it may be NaN.
static inline void write_one(const struct write_out *out, float product, ulong i, ulong j)
{
    ulong at = i * out->ldc + j;
    float value = out->alpha * product;
    if (out->beta != 0.0f)
        value += out->beta * out->c[at];
    if (out->flags & WRITE_BIAS)
        value += out->bias[j];
    if (out->flags & WRITE_ACTIVATION)
        value = activate_one(value, out->parameter);
    if (out->flags & WRITE_DERIVATIVE)
        value *= out->scale * derivative_one(out->saved[at], out->parameter);
    out->c[at] = value;
}

// What becomes of C[i, j .. j + VECTOR), all of which lies inside the n columns.
static inline floatv finished(const struct write_out *out, floatv product, ulong i, ulong j)
{
    ulong at = i * out->ldc + j;
    floatv value = out->alpha * product;
    if (out->beta != 0.0f)
        value += out->beta * get(out->c + at);
    if (out->flags & WRITE_BIAS)
        value += get(out->bias + j);
    if (out->flags & WRITE_ACTIVATION)
        value = activate(value, out->parameter);
    if (out->flags & WRITE_DERIVATIVE)
        value *= out->scale * derivative(get(out->saved + at), out->parameter);
    return value;
}

static inline void write_whole(const struct write_out *out, floatv product, ulong i, ulong j)
{
    put(finished(out, product, i, j), out->c + i * out->ldc + j);
}

// The same for the first `count` of the elements.
static inline void write_first(const struct write_out *out, floatv product, ulong i, ulong j,
                               uint count)
{
    if (count == VECTOR) {
        write_whole(out, product, i, j);
        return;
    }
    float part[VECTOR];
    VSTORE(product, 0, part);
    for (uint e = 0; e < count; e++)
        write_one(out, part[e], i, j + e);
}

// The same for as many of them as lie inside the n columns.
static inline void write_vector(const struct write_out *out, floatv product, ulong i, ulong j)
{
    write_first(out, product, i, j, min(out->n - j, (ulong)VECTOR));
}

#endif

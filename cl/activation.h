// SPDX-License-Identifier: Apache-2.0
// Activation functions y = f(x) and their derivatives, for the kernels of activation.cl and for the
// write-out of products. ACTIVATION is the number from enum ridge_activation; the formulas are
// those of ridge/activation.h.
#ifndef RIDGE_CL_ACTIVATION_H
#define RIDGE_CL_ACTIVATION_H

#include "common.h"

#define LINEAR 0
#define RELU 1
#define LEAKY_RELU 2
#define ELU 3
#define SELU 4
#define GELU 5
#define SILU 6
#define SIGMOID 7
#define TANH 8
#define SOFTPLUS 9

#ifndef ACTIVATION
#define ACTIVATION LINEAR
#endif

#define SELU_SCALE 1.0507009873554805f
#define SELU_SCALE_ALPHA 1.7580993408473766f

// exp of a negative number only, so that nothing overflows; both branches keep full precision.
#define SIGMOID_OF(type, x) (((x) >= 0.0f ? (type)(1.0f) : exp(-fabs(x))) / (1.0f + exp(-fabs(x))))

// f(x) as an expression over x and p, for float and vectors of it. NaN stays NaN in all of them.
#if ACTIVATION == LINEAR
#define ACTIVATION_OF(type, x, p) (x)
#elif ACTIVATION == RELU
#define ACTIVATION_OF(type, x, p) (x <= 0.0f ? (type)(0.0f) : x)
#elif ACTIVATION == LEAKY_RELU
#define ACTIVATION_OF(type, x, p) (x > 0.0f ? x : p * x)
#elif ACTIVATION == ELU
#define ACTIVATION_OF(type, x, p) (x > 0.0f ? x : p * expm1(x))
#elif ACTIVATION == SELU
#define ACTIVATION_OF(type, x, p) (x > 0.0f ? SELU_SCALE * x : SELU_SCALE_ALPHA * expm1(x))
#elif ACTIVATION == GELU
// 2 Phi(x) = erfc(-x / sqrt 2), which unlike 1 + erf does not cancel for negative x.
#define ACTIVATION_OF(type, x, p) (0.5f * x * erfc(-x * M_SQRT1_2_F))
#elif ACTIVATION == SILU
#define ACTIVATION_OF(type, x, p) (x * SIGMOID_OF(type, x))
#elif ACTIVATION == SIGMOID
#define ACTIVATION_OF(type, x, p) SIGMOID_OF(type, x)
#elif ACTIVATION == TANH
#define ACTIVATION_OF(type, x, p) tanh(x)
#elif ACTIVATION == SOFTPLUS
#define ACTIVATION_OF(type, x, p) (fmax(x, 0.0f) + log1p(exp(-fabs(x))))
#endif

// f(x) of a vector and of one element. `parameter` is used by leaky_relu and elu.
static inline floatv activate(floatv x, float parameter)
{
    return ACTIVATION_OF(floatv, x, parameter);
}

static inline float activate_one(float x, float parameter)
{
    return ACTIVATION_OF(float, x, parameter);
}

#define ONE_OVER_SQRT_2PI 0.3989422804014327f

// f'(x) as an expression over s and p: s is x for gelu and silu and y = f(x) for the others. At a
// kink it is the left one. DERIVATIVE_TAKES_X: s may be x.
#if ACTIVATION == LINEAR
#define DERIVATIVE_OF(type, s, p) ((type)(1.0f))
#elif ACTIVATION == RELU
#define DERIVATIVE_TAKES_X // asks for the sign only, as leaky_relu
#define DERIVATIVE_OF(type, s, p) (s > 0.0f ? (type)(1.0f) : (type)(0.0f))
#elif ACTIVATION == LEAKY_RELU
#define DERIVATIVE_TAKES_X
#define DERIVATIVE_OF(type, s, p) (s > 0.0f ? (type)(1.0f) : (type)(p))
#elif ACTIVATION == ELU
#define DERIVATIVE_OF(type, s, p) (s > 0.0f ? (type)(1.0f) : s + p) // p exp(x) = p (exp(x) - 1) + p
#elif ACTIVATION == SELU
#define DERIVATIVE_OF(type, s, p) (s > 0.0f ? (type)(SELU_SCALE) : s + SELU_SCALE_ALPHA)
#elif ACTIVATION == GELU
#define DERIVATIVE_TAKES_X
// the distribution and, times x, the density of normal numbers
#define DERIVATIVE_OF(type, s, p)                                                                  \
    (0.5f * erfc(-s * M_SQRT1_2_F) + s * (ONE_OVER_SQRT_2PI * exp(-0.5f * s * s)))
#elif ACTIVATION == SILU
#define DERIVATIVE_TAKES_X
// 1 - sigmoid(x) as sigmoid(-x), which does not cancel
#define DERIVATIVE_OF(type, s, p) (SIGMOID_OF(type, s) * (1.0f + s * SIGMOID_OF(type, -s)))
#elif ACTIVATION == SIGMOID
#define DERIVATIVE_OF(type, s, p) (s * (1.0f - s))
#elif ACTIVATION == TANH
#define DERIVATIVE_OF(type, s, p) ((1.0f - s) * (1.0f + s))
#elif ACTIVATION == SOFTPLUS
#define DERIVATIVE_OF(type, s, p) (-expm1(-s)) // sigmoid(x) = 1 - exp(-y)
#endif

// f'(x) of a vector and of one element, see above.
static inline floatv derivative(floatv saved, float parameter)
{
    return DERIVATIVE_OF(floatv, saved, parameter);
}

static inline float derivative_one(float saved, float parameter)
{
    return DERIVATIVE_OF(float, saved, parameter);
}

// f'(x) from x, whatever the function.
static inline floatv derivative_within(floatv x, float parameter)
{
#ifdef DERIVATIVE_TAKES_X
    return derivative(x, parameter);
#else
    return derivative(activate(x, parameter), parameter);
#endif
}

#endif

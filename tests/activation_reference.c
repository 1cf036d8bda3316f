// SPDX-License-Identifier: Apache-2.0
// The activations in double precision.
#include "activation_reference.h"

#include <math.h>

#define SELU_SCALE 1.0507009873554805
#define SELU_ALPHA 1.6732632423543772

static double leak(double parameter)
{
    return parameter != 0 ? parameter : (double)0.01f;
}

static double elu(double alpha, double x)
{
    return x > 0 ? x : alpha * expm1(x);
}

static double elu_slope(double alpha, double x)
{
    return x > 0 ? 1 : alpha * exp(x);
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

// The share of normal numbers below x, and its derivative.
static double normal_share(double x)
{
    return 0.5 * erfc(-x * M_SQRT1_2);
}

static double normal_density(double x)
{
    return exp(-0.5 * x * x) * M_SQRT1_2 * M_2_SQRTPI / 2;
}

double activation_at(ridge_activation activation, double parameter, double x)
{
    switch (activation) {
    case RIDGE_LINEAR:
        return x;
    case RIDGE_RELU:
        return x > 0 ? x : 0;
    case RIDGE_LEAKY_RELU:
        return x > 0 ? x : leak(parameter) * x;
    case RIDGE_ELU:
        return elu(parameter != 0 ? parameter : 1, x);
    case RIDGE_SELU:
        return SELU_SCALE * elu(SELU_ALPHA, x);
    case RIDGE_GELU:
        return x * normal_share(x);
    case RIDGE_SILU:
        return x * sigmoid(x);
    case RIDGE_SIGMOID:
        return sigmoid(x);
    case RIDGE_TANH:
        return tanh(x);
    case RIDGE_SOFTPLUS:
        return fmax(x, 0) + log1p(exp(-fabs(x)));
    }
    return NAN;
}

double activation_slope(ridge_activation activation, double parameter, double x)
{
    switch (activation) {
    case RIDGE_LINEAR:
        return 1;
    case RIDGE_RELU:
        return x > 0;
    case RIDGE_LEAKY_RELU:
        return x > 0 ? 1 : leak(parameter);
    case RIDGE_ELU:
        return elu_slope(parameter != 0 ? parameter : 1, x);
    case RIDGE_SELU:
        return SELU_SCALE * elu_slope(SELU_ALPHA, x);
    case RIDGE_GELU:
        return normal_share(x) + x * normal_density(x);
    case RIDGE_SILU:
        return sigmoid(x) * (1 + x * sigmoid(-x));
    case RIDGE_SIGMOID:
        return sigmoid(x) * sigmoid(-x);
    case RIDGE_TANH:
        return 1 / (cosh(x) * cosh(x));
    case RIDGE_SOFTPLUS:
        return sigmoid(x);
    }
    return NAN;
}

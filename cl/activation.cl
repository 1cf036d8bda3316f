// SPDX-License-Identifier: Apache-2.0
// Activation forward and backward over `count` elements. ACTIVATION selects the function, see
// activation.h. Launched by ridge_launch_elements.
#include "activation.h"

#define ONE_OVER_SQRT_2PI 0.3989422804014327f

// f'(x), given x for gelu and silu and y = f(x) for the others. At a kink the left one.
static inline floatv derivative(floatv saved, float parameter)
{
    const floatv one = 1.0f;
#if ACTIVATION == LINEAR
    return one;
#elif ACTIVATION == RELU
    return saved > 0.0f ? one : (floatv)(0.0f);
#elif ACTIVATION == LEAKY_RELU
    return saved > 0.0f ? one : (floatv)(parameter);
#elif ACTIVATION == ELU
    return saved > 0.0f ? one : saved + parameter; // p exp(x) = p (exp(x) - 1) + p
#elif ACTIVATION == SELU
    return saved > 0.0f ? (floatv)(SELU_SCALE) : saved + SELU_SCALE_ALPHA;
#elif ACTIVATION == GELU
    floatv distribution = 0.5f * erfc(-saved * M_SQRT1_2_F);
    floatv density = ONE_OVER_SQRT_2PI * exp(-0.5f * saved * saved);
    return distribution + saved * density;
#elif ACTIVATION == SILU
    floatv minus = -saved; // 1 - sigmoid(x) as sigmoid(-x), which does not cancel
    floatv sigmoid = SIGMOID_OF(floatv, saved);
    return sigmoid * (1.0f + saved * SIGMOID_OF(floatv, minus));
#elif ACTIVATION == SIGMOID
    return saved * (1.0f - saved);
#elif ACTIVATION == TANH
    return (1.0f - saved) * (1.0f + saved);
#elif ACTIVATION == SOFTPLUS
    return -expm1(-saved); // sigmoid(x) = 1 - exp(-y)
#endif
}

// y = f(x); x and y may be the same
__kernel void activation_forward(INOUT(const float, x), INOUT(float, y), float parameter,
                                 ulong count)
{
    AT(x);
    AT(y);
    FOR_EACH_VECTOR(i, count)
    {
        store(activate(load(x, i, count), parameter), y, i, count);
    }
}

// dx = dy f'(x), or dx += dy f'(x) when `accumulate`; any of the three may be the same
__kernel void activation_backward(INOUT(const float, saved), INOUT(const float, dy),
                                  INOUT(float, dx), float parameter, uint accumulate, ulong count)
{
    AT(saved);
    AT(dy);
    AT(dx);
    FOR_EACH_VECTOR(i, count)
    {
        floatv result = load(dy, i, count) * derivative(load(saved, i, count), parameter);
        if (accumulate)
            result += load(dx, i, count);
        store(result, dx, i, count);
    }
}

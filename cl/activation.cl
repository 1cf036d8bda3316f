// SPDX-License-Identifier: Apache-2.0
// Activation forward and backward over `count` elements. ACTIVATION selects the function, see
// activation.h. Launched by ridge_launch_elements.
#include "activation.h"

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

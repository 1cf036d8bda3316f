// SPDX-License-Identifier: Apache-2.0
// Beginning a pass, and one step further, see step.h. One work-item.
#include "step.h"

// A new pass: everything but the number of steps begins at zero.
__kernel void step_begin(__global uint *state, ulong state_offset, float rate, ulong count,
                         IN(float, rates), ulong rate_count)
{
    state += state_offset;
    AT(rates);
    for (ulong i = 1; i < count; i++)
        state[i] = 0;
    state[2] = as_uint(rate_count ? rates[0] : rate);
}

__kernel void step_advance(__global uint *state, ulong state_offset, uint rows, IN(float, rates),
                           ulong rate_count)
{
    state += state_offset;
    AT(rates);
    advance(state, rows, rates, rate_count);
}

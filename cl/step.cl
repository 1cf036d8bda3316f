// SPDX-License-Identifier: Apache-2.0
// The state that a replayed step reads: state[0] steps, state[1] the position in the data, state[2]
// the learning rate, state[3] steps of this pass. rates[rate_count]: a learning rate for each step
// of the pass; with a rate_count of 0 it is never read, and state[3] is not there. One work-item.
#include "common.h"

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

// One step further. Behind the last step of the table its rate stays.
__kernel void step_advance(__global uint *state, ulong state_offset, uint rows, IN(float, rates),
                           ulong rate_count)
{
    state += state_offset;
    AT(rates);
    state[0] += 1;
    state[1] += rows;
    if (rate_count) {
        ulong next = min((ulong)state[3] + 1, rate_count - 1);
        state[3] = (uint)next;
        state[2] = as_uint(rates[next]);
    }
}

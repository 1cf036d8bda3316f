// SPDX-License-Identifier: Apache-2.0
// The state that a replayed step reads: state[0] steps, state[1] the position in the data, state[2]
// the learning rate. One work-item.
#include "common.h"

// A new pass: everything but the number of steps begins at zero.
__kernel void step_begin(__global uint *state, ulong state_offset, float rate, ulong count)
{
    state += state_offset;
    for (ulong i = 1; i < count; i++)
        state[i] = 0;
    state[2] = as_uint(rate);
}

// One step further.
__kernel void step_advance(__global uint *state, ulong state_offset, uint rows)
{
    state += state_offset;
    state[0] += 1;
    state[1] += rows;
}

// SPDX-License-Identifier: Apache-2.0
// The state that a replayed step reads: state[0] steps, state[1] the position in the data, state[2]
// the learning rate, state[3] steps of this pass. rates[rate_count]: a learning rate for each step
// of the pass; with a rate_count of 0 it is never read, and state[3] is not there.
#ifndef RIDGE_CL_STEP_H
#define RIDGE_CL_STEP_H

#include "common.h"

// One step of `rows` rows further, by one work-item. Behind the last step of the table its rate
// stays.
static inline void advance(__global uint *state, uint rows, __global const float *rates,
                           ulong rate_count)
{
    state[0] += 1;
    state[1] += rows;
    if (rate_count) {
        ulong next = min((ulong)state[3] + 1, rate_count - 1);
        state[3] = (uint)next;
        state[2] = as_uint(rates[next]);
    }
}

#endif

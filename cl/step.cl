// SPDX-License-Identifier: Apache-2.0
// The counters that a replayed step reads, moved on by one step. One work-item.
#include "common.h"

__kernel void step_advance(__global uint *state, ulong state_offset, uint rows)
{
    state += state_offset;
    state[0] += 1;
    state[1] += rows;
}

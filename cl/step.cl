// SPDX-License-Identifier: Apache-2.0
// Beginning a pass, one step further, see step.h, and the end of an epoch. One work-item.
#include "step.h"
#include "step_constants.h"

// A new pass: everything but the number of steps begins at zero. place: which of several epochs it
// is, `rows` rows and `steps` rates each; both 0 where there is one.
__kernel void step_begin(__global uint *state, ulong state_offset, float rate, ulong count,
                         IN(float, rates), ulong rate_count, IN(uint, place), uint rows, uint steps)
{
    state += state_offset;
    AT(rates);
    AT(place);
    uint at = place[0];
    for (ulong i = 1; i < count; i++)
        state[i] = 0;
    state[1] = at * rows;
    state[2] = as_uint(rate_count ? rates[at * steps] : rate);
    if (rate_count)
        state[3] = at * steps;
}

// results[place] = state [count], whose last words are those of step_constants.h, and kept[place] =
// weights [size]: number and place go one epoch further, halt says whether the state is no longer
// finite.
__kernel void epoch_end(__global uint *state, ulong state_offset, ulong count, OUT(uint, results),
                        IN(float, weights), OUT(float, kept), ulong size)
{
    state += state_offset;
    AT(results);
    AT(weights);
    AT(kept);
    __global uint *epoch = state + count - EPOCH_WORDS;
    bool halts = false;
    results += epoch[EPOCH_PLACE] * count;
    kept += epoch[EPOCH_PLACE] * size;
    for (ulong i = 0; i < size; i += VECTOR)
        store(load(weights, i, size), kept, i, size);
    for (ulong i = 0; i < count; i++) {
        uint word = state[i];
        results[i] = word;
        halts |= (word & 0x7f800000) == 0x7f800000; // NaN or infinity
    }
    epoch[EPOCH_NUMBER] += 1;
    epoch[EPOCH_PLACE] += 1;
    epoch[EPOCH_HALT] = halts;
}

__kernel void step_advance(__global uint *state, ulong state_offset, uint rows, IN(float, rates),
                           ulong rate_count)
{
    state += state_offset;
    AT(rates);
    advance(state, rows, rates, rate_count);
}

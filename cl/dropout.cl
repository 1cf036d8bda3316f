// SPDX-License-Identifier: Apache-2.0
// Inverted dropout over `count` elements: a mask drawn from a counter, so that it is never stored.
// Launched by ridge_launch_elements.
#include "philox.h"

// The same bits on every device, whether it fuses multiply and add or not.
#pragma OPENCL FP_CONTRACT OFF

// y[i ..] = kept ? scale x[i ..] : 0, added to y when `accumulate`.
static inline void apply(uintv words, uint limit, float scale, __global const float *x,
                         __global float *y, uint accumulate, ulong i, ulong count)
{
    if (i >= count)
        return;
    floatv kept = select((floatv)(0.0f), load(x, i, count) * scale, words <= (uintv)(limit));
    if (accumulate)
        kept = load(y, i, count) + kept;
    store(kept, y, i, count);
}

// Keeps the elements whose word is at most `limit`; `scale` is 1 / (1 - rate). `step_at` counts
// only when `has_step_at`. x and y may be the same.
__kernel void dropout(INOUT(const float, x), INOUT(float, y), IN(uint, step_at), uint has_step_at,
                      uint seed_low, uint seed_high, uint step, uint stream, uint limit,
                      float scale, uint accumulate, ulong count)
{
    AT(x);
    AT(y);
    AT(step_at);
    if (has_step_at)
        step += step_at[0];
    struct philox_stream random = {(uint2)(seed_low, seed_high), (uint2)(step, stream)};
    FOR_EACH_VECTOR(block, philox_blocks(count))
    {
        ulong i = philox_element(block);
        struct philox words = philox_at(random, block);
        apply(words.w0, limit, scale, x, y, accumulate, i, count);
        apply(words.w1, limit, scale, x, y, accumulate, i + 16, count);
        apply(words.w2, limit, scale, x, y, accumulate, i + 32, count);
        apply(words.w3, limit, scale, x, y, accumulate, i + 48, count);
    }
}

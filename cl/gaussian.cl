// SPDX-License-Identifier: Apache-2.0
// Gaussian dropout and Gaussian noise over `count` elements, drawn from a counter, so that nothing
// is stored. Launched by ridge_launch_elements.
#include "normal.h"
#include "philox.h"

// The same bits on every device, whether it fuses multiply and add or not.
#pragma OPENCL FP_CONTRACT OFF

// y[i ..] = x (1 + deviation n), or x + deviation n; added to y when `accumulate`.
static inline void disturb(uintv words, float deviation, uint multiply, __global const float *x,
                           __global float *y, uint accumulate, ulong i, ulong count)
{
    if (i >= count)
        return;
    floatv noise = normal_of(words) * deviation, from = load(x, i, count);
    floatv result = multiply ? from * (1.0f + noise) : from + noise;
    if (accumulate)
        result = load(y, i, count) + result;
    store(result, y, i, count);
}

// x and y may be the same.
__kernel void gaussian(INOUT(const float, x), INOUT(float, y), RANDOM, float deviation,
                       uint multiply, uint accumulate, ulong count)
{
    AT(x);
    AT(y);
    AT(step_at);
    struct philox_stream random = RANDOM_STREAM;
    FOR_EACH_VECTOR(block, philox_blocks(count))
    {
        ulong i = philox_element(block);
        struct philox words = philox_at(random, block);
        disturb(words.w0, deviation, multiply, x, y, accumulate, i, count);
        disturb(words.w1, deviation, multiply, x, y, accumulate, i + 16, count);
        disturb(words.w2, deviation, multiply, x, y, accumulate, i + 32, count);
        disturb(words.w3, deviation, multiply, x, y, accumulate, i + 48, count);
    }
}

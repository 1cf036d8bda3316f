// SPDX-License-Identifier: Apache-2.0
// Inverted dropout and alpha dropout: masks drawn from a counter, so that they are never stored.
#include "philox.h"

// The same bits on every device, whether it fuses multiply and add or not.
#pragma OPENCL FP_CONTRACT OFF

// An element is kept where its word is at most `limit`.
struct rule {
    uint limit;
    float scale, shift; // kept: scale x + shift. A shift of -0 leaves every scale x as it is
    float dropped;      // what the others become
};

// y[i ..] = kept ? scale x[i ..] + shift : dropped, added to y when `accumulate`.
static inline void apply(uintv words, struct rule rule, __global const float *x, __global float *y,
                         uint accumulate, ulong i, ulong count)
{
    if (i >= count)
        return;
    floatv kept = load(x, i, count) * rule.scale + rule.shift;
    floatv result = select((floatv)(rule.dropped), kept, words <= (uintv)(rule.limit));
    if (accumulate)
        result = load(y, i, count) + result;
    store(result, y, i, count);
}

// A draw for each of `count` elements. x and y may be the same. Launched by ridge_launch_elements.
__kernel void dropout(INOUT(const float, x), INOUT(float, y), RANDOM, uint limit, float scale,
                      float shift, float dropped, uint accumulate, ulong count)
{
    AT(x);
    AT(y);
    AT(step_at);
    struct philox_stream random = RANDOM_STREAM;
    struct rule rule = {limit, scale, shift, dropped};
    FOR_EACH_VECTOR(block, philox_blocks(count))
    {
        ulong i = philox_element(block);
        struct philox words = philox_at(random, block);
        apply(words.w0, rule, x, y, accumulate, i, count);
        apply(words.w1, rule, x, y, accumulate, i + 16, count);
        apply(words.w2, rule, x, y, accumulate, i + 32, count);
        apply(words.w3, rule, x, y, accumulate, i + 48, count);
    }
}

// Elements that share a draw: x and y are [rows, size]. by_row: a draw for each row, which is one
// channel of a sample; else a draw for each column of `repeats` rows, which are the positions of a
// sample, with the channels in the columns. x and y may be the same. Launched by ridge_launch_rows.
__kernel void dropout_channels(INOUT(const float, x), INOUT(float, y), RANDOM, uint limit,
                               float scale, float shift, float dropped, uint accumulate, ulong rows,
                               ulong size, ulong repeats, uint by_row)
{
    AT(x);
    AT(y);
    AT(step_at);
    struct philox_stream random = RANDOM_STREAM;
    struct rule rule = {limit, scale, shift, dropped};
    FOR_EACH_ROW(row, rows)
    {
        uintv words = by_row ? philox_words(random, row, (uintv)(0u)) : (uintv)(0u);
        FOR_EACH_IN_ROW(i, size)
        {
            if (!by_row)
                words = philox_words(random, row / repeats * size + i, LANES);
            apply(words, rule, x + row * size, y + row * size, accumulate, i, size);
        }
    }
}

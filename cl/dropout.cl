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

static inline floatv ruled(uintv words, struct rule rule, floatv x)
{
    return select((floatv)(rule.dropped), x * rule.scale + rule.shift,
                  words <= (uintv)(rule.limit));
}

// y[i ..] = kept ? scale x[i ..] + shift : dropped, added to y when `accumulate`.
static inline void apply(uintv words, struct rule rule, __global const float *x, __global float *y,
                         uint accumulate, ulong i, ulong count)
{
    if (i >= count)
        return;
    floatv result = ruled(words, rule, load(x, i, count));
    if (accumulate)
        result = load(y, i, count) + result;
    store(result, y, i, count);
}

// The same where no element is behind the last one. Small, so that compilers inline it.
static inline void apply_whole(uintv words, struct rule rule, __global const float *x,
                               __global float *y, uint accumulate)
{
    floatv result = ruled(words, rule, get(x));
    if (accumulate)
        result = get(y) + result;
    put(result, y);
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
        if (i + 48 + VECTOR <= count) {
            apply_whole(words.w0, rule, x + i, y + i, accumulate);
            apply_whole(words.w1, rule, x + i + 16, y + i + 16, accumulate);
            apply_whole(words.w2, rule, x + i + 32, y + i + 32, accumulate);
            apply_whole(words.w3, rule, x + i + 48, y + i + 48, accumulate);
            continue;
        }
        apply(words.w0, rule, x, y, accumulate, i, count);
        apply(words.w1, rule, x, y, accumulate, i + 16, count);
        apply(words.w2, rule, x, y, accumulate, i + 32, count);
        apply(words.w3, rule, x, y, accumulate, i + 48, count);
    }
}

// A draw for each row of x and y [rows, size], which is one channel of a sample. x and y may be the
// same. Launched by ridge_launch_rows.
__kernel void dropout_channels(INOUT(const float, x), INOUT(float, y), RANDOM, uint limit,
                               float scale, float shift, float dropped, uint accumulate, ulong rows,
                               ulong size)
{
    AT(x);
    AT(y);
    AT(step_at);
    struct philox_stream random = RANDOM_STREAM;
    struct rule rule = {limit, scale, shift, dropped};
    FOR_EACH_ROW(row, rows)
    {
        uintv words = philox_words(random, row, (uintv)(0u));
        FOR_EACH_IN_ROW(i, size)
        {
            apply(words, rule, x + row * size, y + row * size, accumulate, i, size);
        }
    }
}

// A draw for each channel of a sample, where channels are neighbours: x and y are [samples, size],
// size = places channels. `lanes` elements, whole vectors and rows of channels, have the same draws
// as those before them, so each is drawn once for a sample. Launched by ridge_launch_rows.
__kernel void dropout_last_channels(INOUT(const float, x), INOUT(float, y), RANDOM, uint limit,
                                    float scale, float shift, float dropped, uint accumulate,
                                    ulong samples, ulong size, ulong channels, ulong lanes)
{
    AT(x);
    AT(y);
    AT(step_at);
    struct philox_stream random = RANDOM_STREAM;
    struct rule rule = {limit, scale, shift, dropped};
    FOR_EACH_ROW(sample, samples)
    {
        FOR_EACH_IN_ROW(lane, min(lanes, size))
        {
            uintv channel = ((uint)lane + LANES) % (uint)channels;
            uintv words = philox_words(random, sample * channels, channel);
            for (ulong i = lane; i < size; i += lanes)
                apply(words, rule, x + sample * size, y + sample * size, accumulate, i, size);
        }
    }
}

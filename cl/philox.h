// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), VECTOR
// counters at a time, and the mapping from elements to counters that lib/ops/random.c shares.
#ifndef RIDGE_CL_PHILOX_H
#define RIDGE_CL_PHILOX_H

#include "common.h"

// Word w of the block in lane l is w[l]: four vectors, one per word.
struct philox {
    uintv w0, w1, w2, w3;
};

// What is the same for all elements of one draw.
struct philox_stream {
    uint2 key;   // seed low, seed high
    uint2 fixed; // step, stream: the upper half of the counter
};

// a b in 64 bits: returns the low halves.
static inline uintv product(uintv a, uint b, uintv *high)
{
#if RIDGE_WALK_CPU
    // CPUs multiply every second lane into 64 bits. Written that way, dropout waits for memory
    // only; with mul_hi it takes twice as long.
    const ulong low_half = 0xFFFFFFFFu;
    ulong8 even = (as_ulong8(a) & low_half) * b, odd = (as_ulong8(a) >> 32) * b;
    *high = as_uintv((even >> 32) | (odd & ~low_half));
    return as_uintv((even & low_half) | (odd << 32));
#else
    *high = mul_hi(a, (uintv)(b));
    return a * b;
#endif
}

static inline struct philox philox(struct philox_stream stream, uintv low, uintv high)
{
    struct philox c = {low, high, (uintv)(stream.fixed.x), (uintv)(stream.fixed.y)};
    uint2 key = stream.key;
    for (uint round = 0; round < 10; round++) {
        uintv high0, high1;
        uintv low0 = product(c.w0, 0xD2511F53u, &high0);
        uintv low1 = product(c.w2, 0xCD9E8D57u, &high1);
        c.w0 = high1 ^ c.w1 ^ key.x;
        c.w1 = low1;
        c.w2 = high0 ^ c.w3 ^ key.y;
        c.w3 = low0;
        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);
    }
    return c;
}

// Elements come in groups of 64, which 16 blocks of four words cover: element e takes word
// (e / 16) % 4 of the block (e / 64) * 16 + e % 16. So the VECTOR blocks from `block` on give four
// runs of VECTOR neighbouring elements, 16 elements apart, on either walk.
static inline ulong philox_blocks(ulong count)
{
    return (count + 63) / 64 * 16;
}

// The first element of word 0 of `block`; word w of it belongs to the element 16 w further on.
static inline ulong philox_element(ulong block)
{
    return block / 16 * 64 + block % 16;
}

// The VECTOR blocks from `block`, a multiple of VECTOR, on.
static inline struct philox philox_at(struct philox_stream stream, ulong block)
{
    // The lanes differ in the low bits only, so adding them never carries.
    return philox(stream, (uint)block + LANES, (uintv)((uint)(block >> 32)));
}

// The words of the elements first + further, whatever they are: one word of each block, so a word
// costs four times what it does above. further: below 2^31.
static inline uintv philox_words(struct philox_stream stream, ulong first, uintv further)
{
    uintv within = (uint)(first % 64) + further;
    uint base = (uint)(first / 64 * 16);
    uintv low = base + within / 64u * 16u + within % 16u;
    uintv carry = select((uintv)(0u), (uintv)(1u), low < (uintv)(base));
    struct philox words = philox(stream, low, (uint)(first / 64 * 16 >> 32) + carry);
    uintv which = within / 16u % 4u;
    uintv lower = select(words.w1, words.w0, which == 0u);
    uintv upper = select(words.w3, words.w2, which == 2u);
    return select(upper, lower, which < 2u);
}

// What a kernel takes to draw, and the stream that follows from it; AT(step_at) comes before.
// step_at counts only when has_step_at.
#define RANDOM                                                                                     \
    IN(uint, step_at), uint has_step_at, uint seed_low, uint seed_high, uint step, uint stream
#define RANDOM_STREAM                                                                              \
    {                                                                                              \
        (uint2)(seed_low, seed_high), (uint2)(has_step_at ? step + step_at[0] : step, stream)      \
    }

#endif

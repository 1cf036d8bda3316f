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

#define PHILOX_ROUNDS 10
#define PHILOX_MULTIPLIERS (uint2)(0xD2511F53u, 0xCD9E8D57u)
#define PHILOX_STEP (uint2)(0x9E3779B9u, 0xBB67AE85u) // of the key from round to round

#if RIDGE_WALK_CPU

// CPUs multiply 32 bits into 64 in the lower halves of 64-bit lanes. So even and odd lanes go
// through all rounds apart: what gathers in the upper halves is never multiplied, and merging takes
// the lower ones only. It takes 0.78 of the time of splitting and merging for every product.
struct philox_half {
    ulong8 w0, w1, w2, w3;
};

static inline struct philox_half philox_round(struct philox_half c, ulong2 key)
{
    const ulong2 multipliers = convert_ulong2(PHILOX_MULTIPLIERS);
    ulong8 product0 = (c.w0 & 0xFFFFFFFFul) * multipliers.x;
    ulong8 product1 = (c.w2 & 0xFFFFFFFFul) * multipliers.y;
    struct philox_half next = {(product1 >> 32) ^ c.w1 ^ key.x, product1,
                               (product0 >> 32) ^ c.w3 ^ key.y, product0};
    return next;
}

static inline uintv philox_merge(ulong8 even, ulong8 odd)
{
    return as_uintv((even & 0xFFFFFFFFul) | (odd << 32));
}

static inline struct philox philox(struct philox_stream stream, uintv low, uintv high)
{
    ulong8 fixed0 = (ulong)stream.fixed.x, fixed1 = (ulong)stream.fixed.y;
    struct philox_half even = {as_ulong8(low), as_ulong8(high), fixed0, fixed1};
    struct philox_half odd = {even.w0 >> 32, even.w1 >> 32, fixed0, fixed1};
    uint2 key = stream.key;
#pragma unroll 1 // as fast as unrolled, and a sixth of the code in every kernel that draws
    for (uint round = 0; round < PHILOX_ROUNDS; round++) {
        even = philox_round(even, convert_ulong2(key));
        odd = philox_round(odd, convert_ulong2(key));
        key += PHILOX_STEP;
    }
    struct philox words = {philox_merge(even.w0, odd.w0), philox_merge(even.w1, odd.w1),
                           philox_merge(even.w2, odd.w2), philox_merge(even.w3, odd.w3)};
    return words;
}

#else

static inline struct philox philox(struct philox_stream stream, uintv low, uintv high)
{
    struct philox c = {low, high, (uintv)(stream.fixed.x), (uintv)(stream.fixed.y)};
    const uint2 multipliers = PHILOX_MULTIPLIERS;
    uint2 key = stream.key;
    for (uint round = 0; round < PHILOX_ROUNDS; round++) {
        uintv low0 = c.w0 * multipliers.x, high0 = mul_hi(c.w0, (uintv)(multipliers.x));
        uintv low1 = c.w2 * multipliers.y, high1 = mul_hi(c.w2, (uintv)(multipliers.y));
        c.w0 = high1 ^ c.w1 ^ key.x;
        c.w1 = low1;
        c.w2 = high0 ^ c.w3 ^ key.y;
        c.w3 = low0;
        key += PHILOX_STEP;
    }
    return c;
}

#endif

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

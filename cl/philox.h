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
#define PHILOX_MULTIPLIER0 0xD2511F53u
#define PHILOX_MULTIPLIER1 0xCD9E8D57u
#define PHILOX_STEP0 0x9E3779B9u // of the key from round to round
#define PHILOX_STEP1 0xBB67AE85u

#if RIDGE_WALK_CPU

// CPUs multiply 32 bits into 64 in the lower halves of 64-bit lanes. So even and odd lanes go
// through all rounds apart: what gathers in the upper halves is never multiplied, and merging takes
// the lower ones only. It takes 0.78 of the time of splitting and merging for every product.
struct philox_half {
    ulong8 w0, w1, w2, w3;
};

static inline struct philox_half philox_round(struct philox_half c, ulong key0, ulong key1)
{
    ulong8 product0 = (c.w0 & 0xFFFFFFFFul) * PHILOX_MULTIPLIER0;
    ulong8 product1 = (c.w2 & 0xFFFFFFFFul) * PHILOX_MULTIPLIER1;
    struct philox_half next = {(product1 >> 32) ^ c.w1 ^ key0, product1,
                               (product0 >> 32) ^ c.w3 ^ key1, product0};
    return next;
}

static inline uintv philox_merge(ulong8 even, ulong8 odd)
{
    const uintv second = (uintv)(0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u, 0, ~0u);
    return select(as_uintv(even), as_uintv(odd).s1032547698badcfe, second);
}

// Even and odd lanes of some blocks.
struct philox_lanes {
    struct philox_half even, odd;
};

static inline struct philox_lanes philox_split(struct philox_stream stream, uintv low, uintv high)
{
    ulong8 fixed0 = (ulong)stream.fixed.x, fixed1 = (ulong)stream.fixed.y;
    struct philox_lanes c = {{as_ulong8(low), as_ulong8(high), fixed0, fixed1},
                             {as_ulong8(low) >> 32, as_ulong8(high) >> 32, fixed0, fixed1}};
    return c;
}

static inline struct philox philox_joined(struct philox_lanes c)
{
    struct philox words = {philox_merge(c.even.w0, c.odd.w0), philox_merge(c.even.w1, c.odd.w1),
                           philox_merge(c.even.w2, c.odd.w2), philox_merge(c.even.w3, c.odd.w3)};
    return words;
}

static inline struct philox philox(struct philox_stream stream, uintv low, uintv high)
{
    struct philox_lanes c = philox_split(stream, low, high);
    uint key0 = stream.key.x, key1 = stream.key.y;
#pragma unroll 1 // as fast as unrolled, and a sixth of the code in every kernel that draws
    for (uint round = 0; round < PHILOX_ROUNDS; round++) {
        c.even = philox_round(c.even, key0, key1);
        c.odd = philox_round(c.odd, key0, key1);
        key0 += PHILOX_STEP0;
        key1 += PHILOX_STEP1;
    }
    return philox_joined(c);
}

#else

static inline struct philox philox(struct philox_stream stream, uintv low, uintv high)
{
    struct philox c = {low, high, (uintv)(stream.fixed.x), (uintv)(stream.fixed.y)};
    uint key0 = stream.key.x, key1 = stream.key.y;
    for (uint round = 0; round < PHILOX_ROUNDS; round++) {
        uintv low0 = c.w0 * PHILOX_MULTIPLIER0, high0 = mul_hi(c.w0, (uintv)(PHILOX_MULTIPLIER0));
        uintv low1 = c.w2 * PHILOX_MULTIPLIER1, high1 = mul_hi(c.w2, (uintv)(PHILOX_MULTIPLIER1));
        c.w0 = high1 ^ c.w1 ^ key0;
        c.w1 = low1;
        c.w2 = high0 ^ c.w3 ^ key1;
        c.w3 = low0;
        key0 += PHILOX_STEP0;
        key1 += PHILOX_STEP1;
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

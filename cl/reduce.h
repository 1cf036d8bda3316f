// SPDX-License-Identifier: Apache-2.0
// Sums and maxima over the work-items of a group, and sums that carry their rounding errors.
//
// The group functions must be reached by every work-item of the group. All of them get the result.
// The local array may be used again at once, also for the next reduction.
#ifndef RIDGE_CL_REDUCE_H
#define RIDGE_CL_REDUCE_H

#include "common.h"

// Declares, at the start of a kernel, the local array of a group function: one element per
// work-item. 256 is the largest group that ridge_launch_elements and ridge_launch_rows make.
#if RIDGE_WALK_CPU
#define GROUP_ARRAY(type, name) __local type name[1]
#else
#define GROUP_ARRAY(type, name) __local type name[256]
#endif

// The larger of two; NaN when one of them is, unlike fmax.
static inline float larger(float a, float b)
{
    return a >= b || isnan(a) ? a : b;
}

static inline floatv larger_of_vectors(floatv a, floatv b)
{
    return select(b, a, (a >= b) | isnan(a));
}

static inline float plus(float a, float b)
{
    return a + b;
}

// A sum as a pair: s0 is the rounded sum, s1 what rounding has taken from it.
static inline float2 add_pairs(float2 a, float2 b)
{
    float sum = a.s0 + b.s0;
    float of_b = sum - a.s0;
    float lost = (a.s0 - (sum - of_b)) + (b.s0 - of_b);
    // After an overflow or with an infinite or NaN term the sum tells all, and `lost` is NaN.
    return (float2)(sum, isfinite(sum) ? a.s1 + b.s1 + lost : 0.0f);
}

static inline float value_of_pair(float2 pair)
{
    return pair.s0 + pair.s1;
}

// Inlined without fail: where clang keeps such a function apart and finds that all callers pass the
// same local array, it puts the array into the function, and there PoCL 3.1 takes it for one array
// that all work-groups share.
#define GROUP_FUNCTION static inline __attribute__((always_inline))

// Halves the number of partial values until one is left. Works for any group size: with an odd
// number the middle one waits for the next round.
#if RIDGE_WALK_CPU
#define DEFINE_GROUP_REDUCTION(type, name, join)                                                   \
    GROUP_FUNCTION type name(type value, __local type *partial)                                    \
    {                                                                                              \
        return value;                                                                              \
    }
#else
#define DEFINE_GROUP_REDUCTION(type, name, join)                                                   \
    GROUP_FUNCTION type name(type value, __local type *partial)                                    \
    {                                                                                              \
        uint item = get_local_id(0);                                                               \
        partial[item] = value;                                                                     \
        barrier(CLK_LOCAL_MEM_FENCE);                                                              \
        for (uint left = get_local_size(0); left > 1;) {                                           \
            uint middle = (left + 1) / 2;                                                          \
            if (item + middle < left)                                                              \
                partial[item] = join(partial[item], partial[item + middle]);                       \
            barrier(CLK_LOCAL_MEM_FENCE);                                                          \
            left = middle;                                                                         \
        }                                                                                          \
        type result = partial[0];                                                                  \
        barrier(CLK_LOCAL_MEM_FENCE);                                                              \
        return result;                                                                             \
    }
#endif

DEFINE_GROUP_REDUCTION(float, group_sum, plus)
DEFINE_GROUP_REDUCTION(float, group_max, larger)
DEFINE_GROUP_REDUCTION(float2, group_sum_pairs, add_pairs)

#endif

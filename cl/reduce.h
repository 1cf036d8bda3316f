// SPDX-License-Identifier: Apache-2.0
// Sums and maxima over the work-items of a group, and sums that carry their rounding errors.
//
// The group functions must be reached by every work-item of the group. All of them get the result.
// The local array may be used again at once.
#ifndef RIDGE_CL_REDUCE_H
#define RIDGE_CL_REDUCE_H

#include "common.h"

// Declares, at the start of a kernel, the local array of a group function: one element per
// work-item, and none where there is but one. 256 is the largest group that ridge_launch_elements
// and ridge_launch_rows make.
#if RIDGE_WALK_CPU
#define GROUP_ARRAY(type, name) __local type *name = 0
#else
#define GROUP_ARRAY(type, name) __local type name[256]
#endif

// Defines a group function: void name(type *value, __local type *shared), which joins the values of
// all work-items into each. join(type *a, const type *b) makes a the two of them; structs go by
// pointer because Oclgrind 21.10 knows no function that returns one.
//
// The number of values is halved until one is left. Any group size will do: with an odd number the
// middle one waits for the next round.
#if RIDGE_WALK_CPU
#define DEFINE_GROUP_REDUCTION(type, name, join)                                                   \
    GROUP_FUNCTION void name(type *value, __local type *shared)                                    \
    {                                                                                              \
    }
#else
#define DEFINE_GROUP_REDUCTION(type, name, join)                                                   \
    GROUP_FUNCTION void name(type *value, __local type *shared)                                    \
    {                                                                                              \
        uint item = get_local_id(0);                                                               \
        shared[item] = *value;                                                                     \
        barrier(CLK_LOCAL_MEM_FENCE);                                                              \
        for (uint left = get_local_size(0); left > 1;) {                                           \
            uint middle = (left + 1) / 2;                                                          \
            if (item + middle < left) {                                                            \
                type other = shared[item + middle];                                                \
                join(value, &other);                                                               \
                shared[item] = *value;                                                             \
            }                                                                                      \
            barrier(CLK_LOCAL_MEM_FENCE);                                                          \
            left = middle;                                                                         \
        }                                                                                          \
        *value = shared[0];                                                                        \
        barrier(CLK_LOCAL_MEM_FENCE);                                                              \
    }
#endif

static inline void join_sum(float *a, const float *b)
{
    *a += *b;
}

// The larger of two; NaN when one of them is, unlike fmax.
static inline float larger(float a, float b)
{
    return a >= b || isnan(a) ? a : b;
}

static inline float largest_of(floatv v)
{
    float part[VECTOR];
    VSTORE(v, 0, part);
    for (uint j = 1; j < VECTOR; j++)
        part[0] = larger(part[0], part[j]);
    return part[0];
}

static inline void join_max(float *a, const float *b)
{
    *a = larger(*a, *b);
}

DEFINE_GROUP_REDUCTION(float, group_join_sum, join_sum)
DEFINE_GROUP_REDUCTION(float, group_join_max, join_max)

GROUP_FUNCTION float group_sum(float value, __local float *shared)
{
    group_join_sum(&value, shared);
    return value;
}

GROUP_FUNCTION float group_max(float value, __local float *shared)
{
    group_join_max(&value, shared);
    return value;
}

// A sum and what rounding has taken from it: together they are the exact sum to about 2^-46.
typedef struct {
    float sum, rest;
} pair;

static inline void add_pair(pair *a, const pair *b)
{
    float sum = a->sum + b->sum;
    float of_b = sum - a->sum;
    float lost = (a->sum - (sum - of_b)) + (b->sum - of_b);
    // After an overflow or with an infinite or NaN term the sum tells all, and `lost` is NaN.
    a->rest = isfinite(sum) ? a->rest + b->rest + lost : 0.0f;
    a->sum = sum;
}

DEFINE_GROUP_REDUCTION(pair, group_add_pairs, add_pair)

// Adds `value` to a running total, total[0] + total[1]. What the carried part has gathered moves
// over, so that it stays below an ulp.
static inline void add_to_total(const pair *value, __global float *total)
{
    pair all = *value, before = {total[0], total[1]};
    add_pair(&all, &before);
    float sum = all.sum + all.rest;
    total[0] = sum;
    total[1] = isfinite(sum) ? all.rest - (sum - all.sum) : 0.0f;
}

// Sums in the lanes of a vector with Kahan's compensation: sum - lost is the sum so far. What is
// lost to an infinite sum is not a number, and left out.
static inline void accumulate(floatv *sum, floatv *lost, floatv value)
{
    floatv corrected = value - (fabs(*lost) < INFINITY ? *lost : (floatv)(0.0f));
    floatv next = *sum + corrected;
    *lost = (next - *sum) - corrected;
    *sum = next;
}

// Adds the lanes of such sums to `total`.
static inline void add_lanes(pair *total, floatv sum, floatv lost)
{
    float sums[VECTOR], losses[VECTOR];
    VSTORE(sum, 0, sums);
    VSTORE(lost, 0, losses);
    for (uint j = 0; j < VECTOR; j++) {
        pair lane = {sums[j], -losses[j]};
        add_pair(total, &lane);
    }
}

#endif

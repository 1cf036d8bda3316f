// SPDX-License-Identifier: Apache-2.0
// The activity penalty on a layer's output x: sums of |x| and x^2 over a batch, added to running
// totals, and its gradient.
//
// totals: float32 [4]: sum of |x| and what rounding has left of it, the same of x^2.
//
// x is cut into `parts` equal parts, whatever the work size, so that the order of the additions is
// fixed; each part is summed by one group.
#include "reduce.h"

typedef struct {
    pair magnitudes, squares;
} sums;

static inline void join_sums(sums *a, const sums *b)
{
    add_pair(&a->magnitudes, &b->magnitudes);
    add_pair(&a->squares, &b->squares);
}

DEFINE_GROUP_REDUCTION(sums, group_join_sums, join_sums)

// Part `part` of x[0 .. count), by the whole group.
GROUP_FUNCTION void sum_part(__global const float *x, ulong count, uint part, uint parts,
                             __local sums *shared, sums *value)
{
    ulong size = ((count + parts - 1) / parts + 63) / 64 * 64;
    ulong first = min(part * size, count), left = min(size, count - first);
    floatv magnitudes = 0.0f, lost_magnitudes = 0.0f, squares = 0.0f, lost_squares = 0.0f;
    FOR_EACH_IN_ROW(i, left)
    {
        floatv v = load(x + first, i, left);
        accumulate(&magnitudes, &lost_magnitudes, fabs(v));
        accumulate(&squares, &lost_squares, v * v);
    }
    sums none = {{0.0f, 0.0f}, {0.0f, 0.0f}};
    *value = none;
    add_lanes(&value->magnitudes, magnitudes, lost_magnitudes);
    add_lanes(&value->squares, squares, lost_squares);
    group_join_sums(value, shared);
}

static inline void add_sums(const sums *value, __global float *totals)
{
    add_to_total(&value->magnitudes, totals);
    add_to_total(&value->squares, totals + 2);
}

// totals += sums over the only part of x
__kernel void activity_at_once(IN(float, x), ulong count, INOUT(float, totals))
{
    GROUP_ARRAY(sums, shared);
    AT(x);
    AT(totals);
    sums value;
    sum_part(x, count, 0, 1, shared, &value);
    if (get_local_id(0) == 0)
        add_sums(&value, totals);
}

// partials[parts] of x
__kernel void activity_parts(IN(float, x), ulong count, uint parts, __global sums *partials)
{
    GROUP_ARRAY(sums, shared);
    AT(x);
    FOR_EACH_ROW(part, parts)
    {
        sums value;
        sum_part(x, count, part, parts, shared, &value);
        if (get_local_id(0) == 0)
            partials[part] = value;
    }
}

// totals += sums of partials[parts]. One work-item; there are few parts.
__kernel void activity_join(__global const sums *partials, uint parts, INOUT(float, totals))
{
    AT(totals);
    sums value = partials[0];
    for (uint part = 1; part < parts; part++) {
        sums other = partials[part];
        join_sums(&value, &other);
    }
    add_sums(&value, totals);
}

// dx += l1 sign(x) + 2 l2 x. Launched by ridge_launch_elements.
__kernel void activity_gradient(float l1, float l2, IN(float, x), INOUT(float, dx), ulong count)
{
    AT(x);
    AT(dx);
    FOR_EACH_VECTOR(i, count)
    {
        floatv v = load(x, i, count);
        store(load(dx, i, count) + l1 * sign(v) + 2.0f * l2 * v, dx, i, count);
    }
}

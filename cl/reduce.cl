// SPDX-License-Identifier: Apache-2.0
// Reductions to one number, of a whole tensor or of many segments of it. REDUCTION is the number
// from enum ridge_reduction.
//
// A range of x is cut into `parts` equal parts, whatever the work size, so that the order of the
// additions is fixed. A part is reduced by one group. Partial results are pairs with an exponent,
// so that they neither overflow nor lose digits.
//
// Eight elements are added as a tree, trees with Kahan's compensation: the relative error is 3 u
// for the tree, 2 u for the compensated sum, 1 u each for a square and the result, u = 6e-8.
#include "reduce.h"

#define SUM 0
#define L1 1
#define SQUARES 2
#define NORM 3
#define LARGEST 4
#define ZEROS 5

#ifndef REDUCTION
#define REDUCTION SUM
#endif

#define OF_SQUARES (REDUCTION == SQUARES || REDUCTION == NORM)

// What an element behind the last one must be taken for.
#if REDUCTION == ZEROS
#define ABSENT 1.0f
#else
#define ABSENT 0.0f
#endif

// What is added up of x. Scaling is by powers of two.
static inline floatv terms(floatv x, float scale)
{
#if REDUCTION == SUM
    return x * scale;
#elif REDUCTION == L1
    return fabs(x) * scale;
#elif REDUCTION == LARGEST
    return fabs(x);
#elif REDUCTION == ZEROS
    // The bits: a device that flushes denormal numbers may find them equal to zero.
    return select((floatv)(0.0f), (floatv)(1.0f), (as_uintv(x) << 1) == 0u);
#else
    return x * scale * (x * scale);
#endif
}

static inline floatv join(floatv a, floatv b)
{
#if REDUCTION == LARGEST
    return as_floatv(max(as_uintv(a), as_uintv(b))); // none is negative; NaN is above infinity
#else
    return a + b;
#endif
}

// The value (total.sum + total.rest) 2^exponent. LARGEST has its value in total.sum.
typedef struct {
    pair total;
    float exponent;
} partial;

static inline void set_exponent(partial *value, float exponent)
{
    int shift = convert_int(value->exponent - exponent);
    value->total.sum = ldexp(value->total.sum, shift);
    value->total.rest = ldexp(value->total.rest, shift);
    value->exponent = exponent;
}

// a + b under the larger exponent, or a still larger one where the sum does not fit.
static inline void join_partial(partial *a, const partial *b)
{
#if REDUCTION == LARGEST
    a->total.sum = larger(a->total.sum, b->total.sum);
    a->exponent = 0.0f;
#else
    float exponent = fmax(a->exponent, b->exponent);
    if (!(fabs(a->total.sum) < FLT_MAX / 2 && fabs(b->total.sum) < FLT_MAX / 2))
        exponent += 2.0f; // even, for the square root
    partial other = *b;
    set_exponent(a, exponent);
    set_exponent(&other, exponent);
    add_pair(&a->total, &other.total);
#endif
}

DEFINE_GROUP_REDUCTION(partial, group_join, join_partial)

static inline void take(floatv *sum, floatv *lost, floatv value)
{
#if REDUCTION == LARGEST
    *sum = join(*sum, value);
#else
    accumulate(sum, lost, value);
#endif
}

#if RIDGE_WALK_CPU
#define ITEM 0
#define ITEMS 1
#else
#define ITEM get_local_id(0)
#define ITEMS get_local_size(0)
#endif
#define STRIDE (ITEMS * VECTOR)

// Each step takes two vectors from each of four streams, STREAM elements apart. On CPUs that is a
// page of memory: four of them at once are read faster than one after the other.
#if RIDGE_WALK_CPU
#define STREAM 1024
#else
#define STREAM (2 * STRIDE)
#endif

static inline floatv join_two(__global const float *x, float scale)
{
    return join(terms(get(x), scale), terms(get(x + STRIDE), scale));
}

static inline floatv join_streams(__global const float *x, float scale)
{
    return join(join(join_two(x, scale), join_two(x + STREAM, scale)),
                join(join_two(x + 2 * STREAM, scale), join_two(x + 3 * STREAM, scale)));
}

// What this work-item takes of x[0 .. count).
static void reduce_range(__global const float *x, ulong count, float scale, pair *total)
{
    floatv sum = 0.0f, lost = 0.0f;
    ulong block = 0;
    for (; block + 4 * STREAM <= count; block += 4 * STREAM)
        for (ulong i = ITEM * VECTOR; i < STREAM; i += 2 * STRIDE)
            take(&sum, &lost, join_streams(x + block + i, scale));
    for (ulong i = block + ITEM * VECTOR; i < count; i += STRIDE)
        take(&sum, &lost, terms(load_or(x, i, count, ABSENT), scale));

    total->sum = 0.0f;
    total->rest = 0.0f;
#if REDUCTION == LARGEST
    total->sum = largest_of(sum);
#else
    add_lanes(total, sum, lost);
#endif
}

// The same as a partial result. It is computed again, scaled, where the first try has overflowed
// or squares were too small to be exact. The limits leave room for 2^30 elements, and what is then
// lost of small elements beside large ones is below 2^-24 of the sum.
static void reduce_scaled(__global const float *x, ulong count, partial *value)
{
    reduce_range(x, count, 1.0f, &value->total);
    value->exponent = 0.0f;
#if REDUCTION == SUM || REDUCTION == L1
    if (!isfinite(value->total.sum)) {
        reduce_range(x, count, 0x1p-64f, &value->total);
        value->exponent = 64.0f;
    }
#elif OF_SQUARES
    if (value->total.sum < 0x1p-64f || !isfinite(value->total.sum)) {
        float up = value->total.sum < 0x1p-64f ? 94.0f : -94.0f;
        reduce_range(x, count, exp2(up), &value->total);
        value->exponent = -2.0f * up;
    }
#endif
}

// Part `part` of x[0 .. count), by the whole group.
GROUP_FUNCTION void reduce_part(__global const float *x, ulong count, uint part, uint parts,
                                __local partial *shared, partial *value)
{
    ulong size = ((count + parts - 1) / parts + 63) / 64 * 64;
    ulong first = min(part * size, count);
    reduce_scaled(x + first, min(size, count - first), value);
    group_join(value, shared);
}

static float result_of(const partial *value)
{
    float sum = value->total.sum + value->total.rest;
    int exponent = convert_int(value->exponent);
#if REDUCTION == NORM
    return ldexp(sqrt(sum), exponent / 2);
#else
    return ldexp(sum, exponent);
#endif
}

// y[0] from the only part of x
__kernel void reduce_at_once(IN(float, x), ulong count, OUT(float, y))
{
    GROUP_ARRAY(partial, shared);
    AT(x);
    AT(y);
    partial value;
    reduce_part(x, count, 0, 1, shared, &value);
    if (ITEM == 0)
        y[0] = result_of(&value);
}

// partials[parts] of x
__kernel void reduce_parts(IN(float, x), ulong count, uint parts, __global partial *partials)
{
    GROUP_ARRAY(partial, shared);
    AT(x);
    FOR_EACH_ROW(part, parts)
    {
        partial value;
        reduce_part(x, count, part, parts, shared, &value);
        if (ITEM == 0)
            partials[part] = value;
    }
}

// partials[n, parts] of the n segments of x
__kernel void reduce_segments(IN(float, x), IN(uint, segments), ulong n, uint parts,
                              __global partial *partials)
{
    GROUP_ARRAY(partial, shared);
    AT(x);
    AT(segments);
    FOR_EACH_ROW(row, n * parts)
    {
        ulong segment = row / parts;
        uint part = row - segment * parts;
        uint first = segments[2 * segment], count = segments[2 * segment + 1];
        partial value;
        reduce_part(x + first, count, part, parts, shared, &value);
        if (ITEM == 0)
            partials[row] = value;
    }
}

// y[n] from partials[n, parts]
__kernel void reduce_partials(__global const partial *partials, ulong n, uint parts, OUT(float, y))
{
    GROUP_ARRAY(partial, shared);
    AT(y);
    FOR_EACH_ROW(row, n)
    {
        partial value = {{0.0f, 0.0f}, -1000.0f}; // below all exponents that occur
        for (uint part = ITEM; part < parts; part += ITEMS) {
            partial other = partials[row * parts + part];
            join_partial(&value, &other);
        }
        group_join(&value, shared);
        if (ITEM == 0)
            y[row] = result_of(&value);
    }
}

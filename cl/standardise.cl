// SPDX-License-Identifier: Apache-2.0
// Mean and deviation of channels, and y = (x - mean) / deviation. x [rows, channels, inner]: runs
// of `inner` elements of one channel, or, where inner is 1, rows of channels.
//
// Statistics see x * scale + shift, as a gathered batch does. Two passes, each a launch over parts
// of the rows and one that joins them. The first centres each channel on its first value, the
// second on the mean that came out, which leaves next to nothing to cancel; equal values differ
// from either by exactly 0.
//
// Remainders are what a quotient leaves: of both at once clang makes a `freeze`, which
// Oclgrind 21.10 does not know.
//
// SOURCE 0 float, 1 uchar
// FIRST  1: the first pass
#include "reduce.h"

#ifndef SOURCE
#define SOURCE 0
#endif
#ifndef FIRST
#define FIRST 1
#endif

#if SOURCE == 0
#define SOURCE_TYPE float
#define SEEN_VECTOR(p) (get(p) * scale + shift)
#define SEEN(value) ((value)*scale + shift)
#else
#define SOURCE_TYPE uchar
#define SEEN_VECTOR(p) (convert_floatv(VLOAD(0, p)) * scale + shift)
#define SEEN(value) (convert_float(value) * scale + shift)
#endif

// Elements i .. i + VECTOR - 1 of a run or row, as the network sees them; 0 from `count` on.
static inline floatv seen(__global const SOURCE_TYPE *x, float scale, float shift, ulong i,
                          ulong count)
{
    if (i + VECTOR <= count)
        return SEEN_VECTOR(x + i);
    float part[VECTOR];
    for (uint j = 0; j < VECTOR; j++)
        part[j] = i + j < count ? SEEN(x[i + j]) : 0.0f;
    return VLOAD(0, part);
}

// Of a channel in a part: the sums of x - centre and of its squares, each with its rest.
#define SUMS 4

static inline void put_sums(const pair *sum, const pair *squares, __global float *sums)
{
    sums[0] = sum->sum;
    sums[1] = sum->rest;
    sums[2] = squares->sum;
    sums[3] = squares->rest;
}

#define STATISTICS_ARGUMENTS                                                                       \
    IN(SOURCE_TYPE, x), INOUT(float, mean), __global float *sums, float scale, float shift,        \
        ulong rows, ulong channels, ulong inner, ulong height

// A group takes one channel in a part of `height` rows. Launched by ridge_launch_rows over parts
// and channels.
__kernel void standardise_sum_runs(STATISTICS_ARGUMENTS)
{
    GROUP_ARRAY(pair, shared);
    AT(x);
    AT(mean);
    ulong units = (rows + height - 1) / height * channels;
    FOR_EACH_ROW(unit, units)
    {
        ulong part = unit / channels, c = unit - part * channels;
        float centre = FIRST ? SEEN(x[c * inner]) : mean[c];
        floatv sum = 0.0f, lost = 0.0f, squares = 0.0f, squares_lost = 0.0f;
        for (ulong r = part * height; r < min((part + 1) * height, rows); r++) {
            __global const SOURCE_TYPE *run = x + (r * channels + c) * inner;
            FOR_EACH_IN_ROW(i, inner)
            {
                floatv apart = seen(run, scale, shift, i, inner) - centre;
                apart = select((floatv)(0.0f), apart, below(i, inner));
                accumulate(&sum, &lost, apart);
                accumulate(&squares, &squares_lost, apart * apart);
            }
        }
        pair total = {0.0f, 0.0f}, total_squares = {0.0f, 0.0f};
        add_lanes(&total, sum, lost);
        add_lanes(&total_squares, squares, squares_lost);
        group_add_pairs(&total, shared);
        group_add_pairs(&total_squares, shared);
        if (get_local_id(0) == 0) {
            put_sums(&total, &total_squares, sums + unit * SUMS);
            if (FIRST && part == 0)
                mean[c] = centre;
        }
    }
}

// inner is 1. A work-item takes VECTOR channels in a part of `height` rows.
__kernel void standardise_sum_columns(STATISTICS_ARGUMENTS)
{
    AT(x);
    AT(mean);
    ulong strips = (channels + VECTOR - 1) / VECTOR;
    ulong units = (rows + height - 1) / height * strips;
    for (ulong unit = get_global_id(0); unit < units; unit += get_global_size(0)) {
        ulong part = unit / strips, c = (unit - part * strips) * VECTOR;
        floatv centre = FIRST ? seen(x, scale, shift, c, channels) : load(mean, c, channels);
        floatv sum = 0.0f, lost = 0.0f, squares = 0.0f, squares_lost = 0.0f;
        for (ulong r = part * height; r < min((part + 1) * height, rows); r++) {
            floatv apart = seen(x + r * channels, scale, shift, c, channels) - centre;
            accumulate(&sum, &lost, apart);
            accumulate(&squares, &squares_lost, apart * apart);
        }
        float lanes[4][VECTOR];
        VSTORE(sum, 0, lanes[0]);
        VSTORE(lost, 0, lanes[1]);
        VSTORE(squares, 0, lanes[2]);
        VSTORE(squares_lost, 0, lanes[3]);
        for (uint j = 0; j < VECTOR && c + j < channels; j++) {
            pair total = {lanes[0][j], -lanes[1][j]}, total_squares = {lanes[2][j], -lanes[3][j]};
            put_sums(&total, &total_squares, sums + (part * channels + c + j) * SUMS);
        }
        if (FIRST && part == 0)
            store(centre, mean, c, channels);
    }
}

// Joins the parts in their order. `count`: values of a channel. mean holds the centre before, and
// the mean after. Launched over the channels.
__kernel void standardise_join(__global const float *sums, INOUT(float, mean),
                               OUT(float, deviation), float count, ulong parts, ulong channels)
{
    AT(mean);
    AT(deviation);
    for (ulong c = get_global_id(0); c < channels; c += get_global_size(0)) {
        pair total = {0.0f, 0.0f}, total_squares = {0.0f, 0.0f};
        for (ulong part = 0; part < parts; part++) {
            __global const float *of_part = sums + (part * channels + c) * SUMS;
            pair sum = {of_part[0], of_part[1]}, squares = {of_part[2], of_part[3]};
            add_pair(&total, &sum);
            add_pair(&total_squares, &squares);
        }
        float sum = total.sum + total.rest, squares = total_squares.sum + total_squares.rest;
        float variance = (squares - sum * (sum / count)) / count;
        // NaN stays NaN
        deviation[c] = variance <= 0.0f ? 1.0f : sqrt(variance);
        mean[c] += sum / count;
    }
}

#define APPLY_ARGUMENTS                                                                            \
    INOUT(const float, x), IN(float, mean), IN(float, deviation), INOUT(float, y), ulong rows,     \
        ulong channels, ulong inner
#define AT_ALL                                                                                     \
    AT(x);                                                                                         \
    AT(mean);                                                                                      \
    AT(deviation);                                                                                 \
    AT(y)

// Before statistics are found, deviations are 0 and nothing changes.
static inline float divisor(float deviation)
{
    return deviation == 0.0f ? 1.0f : deviation;
}

// Launched by ridge_launch_rows over the runs.
__kernel void standardise_runs(APPLY_ARGUMENTS)
{
    AT_ALL;
    FOR_EACH_ROW(run, rows * channels)
    {
        float centre = mean[run % channels], by = divisor(deviation[run % channels]);
        FOR_EACH_IN_ROW(i, inner)
        {
            floatv value = load(x + run * inner, i, inner);
            store((value - centre) / by, y + run * inner, i, inner);
        }
    }
}

// inner is 1. Launched by ridge_launch_rows over the rows.
__kernel void standardise_rows(APPLY_ARGUMENTS)
{
    AT_ALL;
    FOR_EACH_ROW(row, rows)
    {
        FOR_EACH_IN_ROW(i, channels)
        {
            floatv by = load(deviation, i, channels);
            by = select(by, (floatv)(1.0f), by == 0.0f);
            floatv value = load(x + row * channels, i, channels);
            store((value - load(mean, i, channels)) / by, y + row * channels, i, channels);
        }
    }
}

// Rows and runs too narrow for a vector. Launched by ridge_launch_elements.
__kernel void standardise_narrow(APPLY_ARGUMENTS)
{
    AT_ALL;
    ulong count = rows * channels * inner;
    FOR_EACH_VECTOR(begin, count)
    {
        ulong run = begin / inner, place = begin - run * inner;
        ulong c = run % channels;
        // Counted from 0: Intel's compiler (1.0.12504) falls over a loop from `begin` on.
        for (uint j = 0; j < VECTOR && begin + j < count; j++) {
            y[begin + j] = (x[begin + j] - mean[c]) / divisor(deviation[c]);
            if (++place == inner) {
                place = 0;
                c = c + 1 == channels ? 0 : c + 1;
            }
        }
    }
}

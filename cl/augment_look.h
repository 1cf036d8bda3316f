// SPDX-License-Identifier: Apache-2.0
// What instructions must know of an image as it is when their turn comes: a group looks at it.
#ifndef RIDGE_CL_AUGMENT_LOOK_H
#define RIDGE_CL_AUGMENT_LOOK_H

#include "augment_filter.h"
#include "augment_image.h"
#include "reduce.h"

#pragma OPENCL FP_CONTRACT OFF

static inline bool must_look(uint code)
{
    return USES(AUGMENT_USES_SIGHT) && (code == AUGMENT_CONTRAST || code == AUGMENT_NOISE_RATIO ||
                                        code == AUGMENT_AUTO_CONTRAST || code == AUGMENT_EQUALISE ||
                                        code == AUGMENT_ERASE_MEAN || filters(code));
}

// For all work-items to see what others have written. All barriers of looking stand outside of
// conditions: PoCL copies whatever follows a barrier inside of one.
GROUP_FUNCTION void meet(void)
{
#if !RIDGE_WALK_CPU
    barrier(CLK_GLOBAL_MEM_FENCE);
#endif
}

// What work-items find out and join.
typedef struct {
    float sum, low, high;
} sight;

static inline void join_sight(sight *a, const sight *b)
{
    a->sum += b->sum;
    a->low = fmin(a->low, b->low);
    a->high = fmax(a->high, b->high);
}

DEFINE_GROUP_REDUCTION(sight, group_join_sight, join_sight)

static inline bool counts_levels(uint code)
{
    return USES(AUGMENT_USES_LEVELS) && code == AUGMENT_EQUALISE;
}

static inline bool sums_channels(uint code)
{
    return USES(AUGMENT_USES_ERASING) && code == AUGMENT_ERASE_MEAN;
}

// The share of this work-item of the sum of the grey image, or of the squares of all distances from
// a stored 0.
static inline void sum_pixels(const floatv *pixel, bool squares, float zero, intv there,
                              floatv *sum, floatv *lost)
{
    floatv power = (floatv)(0.0f);
    for (uint c = 0; c < CHANNELS; c++)
        power += (pixel[c] - zero) * (pixel[c] - zero);
    floatv value = squares ? power : grey_of(pixel);
    accumulate(sum, lost, select((floatv)(0.0f), value, there));
}

// The same of each channel.
static inline void sum_channels(const floatv *pixel, intv there, floatv *sum, floatv *lost)
{
    for (uint c = 0; c < CHANNELS; c++)
        accumulate(sum + c, lost + c, select((floatv)(0.0f), pixel[c], there));
}

// How many pixels each level has. Where there are many work-items each looks for levels of its own
// (atomics would be faster for large images, but Oclgrind 21.10 does not know what they write).
static inline void count_levels(__global const float *y, struct context *context)
{
    __global uint *counts = counts_of(context);
    ulong places = context->places;
#if RIDGE_WALK_CPU
    for (uint i = 0; i < CHANNELS * LEVELS; i++)
        counts[i] = 0;
    for (ulong at = 0; at < places; at += VECTOR) {
        for (uint c = 0; c < CHANNELS; c++) {
            int level[VECTOR];
            VSTORE(level_of(pixels_near(y, c, places, (long)at)), 0, level);
            for (uint j = 0; j < VECTOR && at + j < places; j++)
                counts[c * LEVELS + level[j]]++;
        }
    }
#else
    for (uint i = get_local_id(0); i < CHANNELS * LEVELS; i += get_local_size(0)) {
        intv found = (intv)(0); // counts downwards: true is -1
        for (ulong at = 0; at < places; at += VECTOR) {
            intv level = level_of(pixels_near(y, i / LEVELS, places, (long)at));
            found += (level == (int)(i % LEVELS)) & below(at, places);
        }
        counts[i] = (uint)-sum_of(convert_floatv(found));
    }
#endif
}

// The work-item's part of a look, over the vectors that are its own.
static inline void see_pixels(uint code, bool squares, __global const float *y,
                              struct context *context, sight *sights)
{
    floatv sum[CHANNELS], lost[CHANNELS], low[CHANNELS], high[CHANNELS];
    for (uint c = 0; c < CHANNELS; c++) {
        sum[c] = lost[c] = (floatv)(0.0f);
        low[c] = (floatv)(INFINITY);
        high[c] = (floatv)(-INFINITY);
    }
    FOR_EACH_IN_ROW(at, context->places)
    {
        floatv pixel[CHANNELS];
        intv there = below(at, context->places);
        load_pixels(pixel, y, at, context->places);
        if (code == AUGMENT_CONTRAST)
            sum_pixels(pixel, squares, context->zero, there, sum, lost);
        else if (sums_channels(code))
            sum_channels(pixel, there, sum, lost);
        for (uint c = 0; c < CHANNELS && code == AUGMENT_AUTO_CONTRAST; c++) {
            low[c] = select(low[c], fmin(low[c], pixel[c]), there);
            high[c] = select(high[c], fmax(high[c], pixel[c]), there);
        }
    }
    for (uint c = 0; c < CHANNELS; c++) {
        sights[c].sum = sum_of(sum[c] - lost[c]);
        sights[c].low = -max_of(-low[c]);
        sights[c].high = max_of(high[c]);
    }
}

// The smallest value of a channel, and what makes 1 of the largest: u = (u - smallest) factor. Of a
// channel that has but one value, 0 and 1: it stays.
static inline void keep_extent(const sight *found, float *seen)
{
    float extent = found->high - found->low;
    seen[0] = extent > 0.0f ? found->low : 0.0f;
    seen[1] = extent > 0.0f ? 1.0f / extent : 1.0f;
}

// What becomes of each level of a channel: the share of pixels below it among those below the
// highest level that there is. work: tables [CHANNELS, LEVELS]. seen is 0 where all pixels have one
// level. Each work-item makes some levels.
static inline void keep_levels(uint channel, struct context *context)
{
    __global const uint *counts = counts_of(context) + channel * LEVELS;
    uint each = (LEVELS + (uint)get_local_size(0) - 1) / (uint)get_local_size(0);
    uint first = min((uint)get_local_id(0) * each, (uint)LEVELS);
    uint stop = min(first + each, (uint)LEVELS), highest = LEVELS - 1, lower = 0;
    while (highest > 0 && counts[highest] == 0)
        highest--;
    uint others = (uint)context->places - counts[highest];
    float unit = others ? 1.0f / (float)others : 0.0f;
    for (uint level = 0; level < stop; level++) {
        if (level >= first)
            context->work[channel * LEVELS + level] = min((float)lower * unit, 1.0f);
        lower += counts[level];
    }
    context->seen[channel] = unit;
}

// v: the values of the instruction; code: 0 for none. y: the image in units, as all work-items of
// the group have left it.
GROUP_FUNCTION void look(uint code, __global const float *v, __global const float *y,
                         struct context *context, __local sight *shared)
{
    sight sights[CHANNELS];
    // Another sum, but the same way: what more branches PoCL 3.1 makes of barriers it cannot take.
    bool squares = code == AUGMENT_NOISE_RATIO;
    code = squares ? AUGMENT_CONTRAST : code;
    if (counts_levels(code))
        count_levels(y, context);
    else if (USES(AUGMENT_USES_FILTERS) && filters(code))
        filter_to_work(code, v, y, context);
    else if (code)
        see_pixels(code, squares, y, context, sights);
    bool channels = code == AUGMENT_AUTO_CONTRAST || sums_channels(code);
    uint joined = code == AUGMENT_CONTRAST ? 1 : channels ? CHANNELS : 0;
    for (uint c = 0; c < joined; c++)
        group_join_sight(sights + c, shared);
    if (USES(AUGMENT_USES_LEVELS | AUGMENT_USES_FILTERS))
        meet();
    if (code == AUGMENT_CONTRAST)
        context->seen[0] = sights[0].sum / (float)context->places;
    for (uint c = 0; c < CHANNELS; c++) {
        if (code == AUGMENT_AUTO_CONTRAST)
            keep_extent(sights + c, context->seen + 2 * c);
        else if (sums_channels(code))
            context->seen[c] = sights[c].sum / (float)context->places;
        else if (counts_levels(code))
            keep_levels(c, context);
    }
    if (USES(AUGMENT_USES_LEVELS))
        meet();
}

#endif

// SPDX-License-Identifier: Apache-2.0
// Statistics of channels: sums over all rows of x [batch, channels, inner], where row r of a
// channel is place r % inner of element r / inner of the batch. A group takes a strip of STRIP
// neighbouring channels. On CPUs they are one vector, which goes down the rows; on GPUs the
// work-items of a group stand SIDE to a row, and rows beside each other.
//
// FLAT 1: inner is 1, so the channels of a row are neighbours in memory. FLAT 0: places are, so
// neighbouring work-items take neighbouring rows.
#ifndef RIDGE_CL_STRIPS_H
#define RIDGE_CL_STRIPS_H

#include "activation.h"
#include "normalisation_constants.h"
#include "reduce.h"

#ifndef FLAT
#define FLAT 1
#endif

#if RIDGE_WALK_CPU
#define LANE 0
#define ROW 0
#define ROWS 1
#else
#define SIDE (STRIP / VECTOR)
#if FLAT
#define LANE ((uint)get_local_id(0))
#define ROW ((uint)get_local_id(1))
#define ROWS ((uint)get_local_size(1))
#else
#define LANE ((uint)get_local_id(1))
#define ROW ((uint)get_local_id(0))
#define ROWS ((uint)get_local_size(0))
#endif
#endif

// `c` is the first channel of the work-item's vector, in each strip that its group takes. All
// work-items of a group take the same number of turns; the last strip may lie behind the channels.
#if RIDGE_WALK_CPU
#define FOR_EACH_STRIP(c, channels) FOR_EACH_VECTOR(c, channels)
#else
#define FOR_EACH_STRIP(c, channels)                                                                \
    for (ulong c##_first = get_group_id(0) * STRIP, c = c##_first + LANE * VECTOR;                 \
         c##_first < (channels);                                                                   \
         c##_first += get_num_groups(0) * STRIP, c += get_num_groups(0) * STRIP)
#endif

// A strip's rows from `begin` to `end` - 1, shared out over the work-items, in blocks whose sums
// are added up, so that the error of a sum does not grow with each row.
#define FOR_EACH_BLOCK(block, begin, end)                                                          \
    for (ulong block = (begin); block < (end); block += 64 * ROWS)
#define FOR_EACH_ROW_OF(block, r, end)                                                             \
    for (ulong r = block + ROW, r##_stop = min((ulong)(end), block + 64 * ROWS); r < r##_stop;     \
         r += ROWS)

// How x is laid out.
typedef struct {
    ulong rows, channels, inner;
} layout;

// Where row r of the first channel lies: element r / inner, place r % inner.
static inline ulong start_of(ulong r, const layout *of)
{
    return r + r / of->inner * of->inner * (of->channels - 1);
}

// Row r of the channels from c on; 0 behind the last channel.
static inline floatv take(__global const float *x, ulong r, ulong c, const layout *of)
{
#if FLAT
    return load(x + r * of->channels, c, of->channels);
#else
    x += start_of(r, of);
    float part[VECTOR];
    for (uint j = 0; j < VECTOR; j++)
        part[j] = c + j < of->channels ? x[(c + j) * of->inner] : 0.0f;
    return VLOAD(0, part);
#endif
}

static inline void give(floatv value, __global float *y, ulong r, ulong c, const layout *of)
{
#if FLAT
    store(value, y + r * of->channels, c, of->channels);
#else
    y += start_of(r, of);
    float part[VECTOR];
    VSTORE(value, 0, part);
    for (uint j = 0; j < VECTOR && c + j < of->channels; j++)
        y[(c + j) * of->inner] = part[j];
#endif
}

// The sum over the rows' work-items, for each vector of a strip; all of them get it.
#if RIDGE_WALK_CPU
GROUP_FUNCTION void sum_strip(floatv *value, __local floatv *shared)
{
}
#else
GROUP_FUNCTION void sum_strip(floatv *value, __local floatv *shared)
{
    uint row = ROW, lane = LANE;
    shared[row * SIDE + lane] = *value;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (uint left = ROWS; left > 1;) {
        uint middle = (left + 1) / 2;
        if (row + middle < left) {
            *value += shared[(row + middle) * SIDE + lane];
            shared[row * SIDE + lane] = *value;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        left = middle;
    }
    *value = shared[lane];
    barrier(CLK_LOCAL_MEM_FENCE);
}
#endif

// The column sums of partials [parts, 2, channels], for the gradients of beta and gamma: to
// totals [2, channels], and to each where it is wanted. Launched by ridge_launch_elements over the
// channels.
__kernel void join_sums(IN(float, partials), OUT(float, totals), OUT(float, gamma_gradient),
                        OUT(float, beta_gradient), uint parts, uint flags, ulong channels)
{
    AT(partials);
    AT(totals);
    AT(gamma_gradient);
    AT(beta_gradient);
    FOR_EACH_VECTOR(c, channels)
    {
        floatv sum = 0.0f, product = 0.0f;
        for (uint part = 0; part < parts; part++) {
            __global const float *from = partials + part * 2 * channels;
            sum += load(from, c, channels);
            product += load(from + channels, c, channels);
        }
        store(sum, totals, c, channels);
        store(product, totals + channels, c, channels);
        if (flags & BETA_GRADIENT)
            store(sum, beta_gradient, c, channels);
        if (flags & GAMMA_GRADIENT)
            store(product, gamma_gradient, c, channels);
    }
}

#endif

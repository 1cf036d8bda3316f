// SPDX-License-Identifier: Apache-2.0
// One step of an optimizer over the arena: penalties, clipping, decoupled decay and constraints
// included. Where gradients are clipped, gradient_squares goes before.
//
// OPTIMIZER is the number from enum ridge_optimizer_kind. MOMENTUM 1: sgd and rmsprop keep a
// running update. NESTEROV 1: sgd looks ahead. `first` and `second` are the optimizer's slots; one
// that is not used is never read. The arena is cut into pieces: a unit where units are constrained,
// else some thousand elements; each is one work-group's. Launched by ridge_launch_rows.
#include "reduce.h"
#include "update.h"

#ifndef OPTIMIZER
#define OPTIMIZER SGD
#endif
#ifndef MOMENTUM
#define MOMENTUM 0
#endif
#ifndef NESTEROV
#define NESTEROV 0
#endif
#if OPTIMIZER == SGD
#define SLOTS MOMENTUM
#elif OPTIMIZER == RMSPROP
#define SLOTS (1 + MOMENTUM)
#else
#define SLOTS 2
#endif

// squares[n, parts]: sums of the squared gradients of each of the n segments, penalties included,
// with what rounding has taken from them. Launched by ridge_launch_rows.
__kernel void gradient_squares(IN(float, parameters), IN(float, gradients), IN(uint, segments),
                               ulong n, uint parts, __global pair *squares)
{
    GROUP_ARRAY(pair, shared);
    AT(parameters);
    AT(gradients);
    AT(segments);
    FOR_EACH_ROW(row, n * parts)
    {
        ulong owner = row / parts, part = row - owner * parts;
        __global const struct segment *segment = segment_at(segments, owner);
        ulong size = ((segment->count + parts - 1) / parts + 63) / 64 * 64;
        ulong first = min(part * size, (ulong)segment->count);
        ulong count = min(size, segment->count - first);
        __global const float *g = gradients + segment->first + first;
        __global const float *w = parameters + segment->first + first;
        // Four streams, so that sums need not wait for each other.
        ulong stream = ((count + 3) / 4 + 63) / 64 * 64;
        floatv sums[4] = {0.0f, 0.0f, 0.0f, 0.0f}, lost[4] = {0.0f, 0.0f, 0.0f, 0.0f};
        FOR_EACH_IN_ROW(i, stream)
        {
#pragma unroll
            for (uint k = 0; k < 4; k++) {
                ulong at = min(i + k * stream, count);
                floatv x =
                    with_penalty(load(g, at, count), load(w, at, count), segment->l1, segment->l2);
                accumulate(&sums[k], &lost[k], x * x);
            }
        }
        pair total = {0.0f, 0.0f};
#pragma unroll
        for (uint k = 0; k < 4; k++)
            add_lanes(&total, sums[k], lost[k]);
        group_add_pairs(&total, shared);
        if (get_local_id(0) == 0)
            squares[row] = total;
    }
}

// The norm whose square is the sum of squares[0 .. count).
GROUP_FUNCTION float norm_of(__global const pair *squares, ulong count, __local pair *shared)
{
    pair total = {0.0f, 0.0f};
    for (ulong i = get_local_id(0); i < count; i += get_local_size(0)) {
        pair part = squares[i];
        add_pair(&total, &part);
    }
    group_add_pairs(&total, shared);
    return sqrt(total.sum + total.rest);
}

// What a gradient of this norm is multiplied by. One with NaN or infinity in it is never clipped:
// it has to reach the weights and to be seen.
static inline float clip_scale(float norm, float limit)
{
    return norm > limit && isfinite(norm) ? limit / norm : 1.0f;
}

// Elements i .. i + VECTOR - 1 of a piece, those below `count`; returns the new weights.
static inline floatv update_vector(const struct treatment *t, const struct optimizer *o,
                                   __global float *w, __global const float *g,
                                   __global float *first, __global float *second, ulong i,
                                   ulong count)
{
    floatv slots[2] = {0.0f, 0.0f};
    if (SLOTS > 0)
        slots[0] = load(first, i, count);
    if (SLOTS > 1)
        slots[1] = load(second, i, count);
    floatv new = updated(load(w, i, count), load(g, i, count), t, o, &slots[0], &slots[1]);
    if (SLOTS > 0)
        store(slots[0], first, i, count);
    if (SLOTS > 1)
        store(slots[1], second, i, count);
    store(new, w, i, count);
    return new;
}

__kernel void update(INOUT(float, parameters), IN(float, gradients), INOUT(float, first),
                     INOUT(float, second), IN(uint, segments), IN(uint, pieces), IN(float, rate_at),
                     IN(uint, step_at), INOUT(float, notes), __global const pair *squares,
                     uint parts, ulong all_parts, uint clip, float clip_limit, float momentum,
                     float beta1, float beta2, float log_beta1, float log_beta2, float epsilon,
                     float weight_decay, ulong piece_count)
{
    GROUP_ARRAY(float, shared);
    GROUP_ARRAY(pair, shared_pairs);
    AT(parameters);
    AT(gradients);
#if SLOTS > 0
    AT(first);
#endif
#if SLOTS > 1
    AT(second);
#endif
    AT(segments);
    AT(pieces);
    AT(rate_at);
    AT(step_at);
    AT(notes);
    uint step = step_at[0];
    struct optimizer o = {OPTIMIZER, SLOTS, NESTEROV, rate_at[0], momentum,
                          beta1,     beta2, 1.0f,     1.0f,       epsilon};
    set_unbias(&o, (float)step + 1.0f, log_beta1, log_beta2);
    float due = decay_due(notes, step, o.rate, weight_decay), decay = decay_taken(due);
    float norm = clip ? norm_of(squares, all_parts, shared_pairs) : 0.0f;
    if (get_global_id(0) == 0) {
        notes[NOTE_DECAY + (step + 1) % 2] = due - decay;
        notes[NOTE_NORM] = norm;
        notes[NOTE_LARGEST] = larger(notes[NOTE_LARGEST], norm);
        notes[NOTE_CLIPPED] += clip == CLIP_GLOBAL && clip_scale(norm, clip_limit) < 1.0f;
        notes[NOTE_NOT_FINITE] += !isfinite(norm);
    }
    float scale = clip == CLIP_GLOBAL ? clip_scale(norm, clip_limit) : 1.0f;
    FOR_EACH_ROW(piece, piece_count)
    {
        uint start = pieces[3 * piece];
        ulong count = pieces[3 * piece + 1], owner = pieces[3 * piece + 2];
        struct treatment t = treatment_of(segment_at(segments, owner), decay);
        t.clip = clip;
        t.clip_limit = clip_limit;
        t.scale = scale;
        if (clip == CLIP_TENSOR)
            t.scale = clip_scale(norm_of(squares + owner * parts, parts, shared_pairs), clip_limit);
        __global float *w = parameters + start;
        floatv sum = (floatv)(0.0f);
        FOR_EACH_IN_ROW(i, count)
        {
            floatv new = update_vector(&t, &o, w, gradients + start, first + start, second + start,
                                       i, count);
            sum += new *new;
        }
        if (!limits_norm(&t.constraint))
            continue;
        float factor = norm_factor(sqrt(group_sum(sum_of(sum), shared)), &t.constraint);
        if (factor == 1.0f)
            continue;
        FOR_EACH_IN_ROW(i, count)
        {
            store(load(w, i, count) * factor, w, i, count);
        }
    }
}

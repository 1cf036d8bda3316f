// SPDX-License-Identifier: Apache-2.0
// One step of an optimizer over the arena: penalties, clipping, decoupled decay and constraints
// included. Where gradients are clipped, gradient_squares goes before.
//
// OPTIMIZER is the number from enum ridge_optimizer_kind. MOMENTUM 1: sgd and rmsprop keep a
// running update. NESTEROV 1: sgd looks ahead. `first` and `second` are the optimizer's slots; one
// that is not used is never read. The arena is cut into pieces: a unit where units are constrained,
// else some thousand elements; each is one work-group's. Launched by ridge_launch_rows.
#include "constraint.h"
#include "reduce.h"

#define SGD 0
#define ADAM 1
#define ADAMW 2
#define RMSPROP 3

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

// How gradients are clipped: enum clip of lib/ops/update.c.
#define CLIP_VALUE 1
#define CLIP_TENSOR 2
#define CLIP_GLOBAL 3

// Decay that takes less from a weight than this share of it waits for more: rounding would take up
// to 2^-24 of the weight from it, or all of it.
#define DECAY_THAT_COUNTS 0x1p-17f

// As struct ridge_segment.
struct segment {
    uint first, count, unit;
    float l1, l2, proximal_l1, decay;
    struct constraint constraint;
};

static inline __global const struct segment *segment_at(__global const uint *segments, ulong i)
{
    return (__global const struct segment *)(segments + i * (sizeof(struct segment) / 4));
}

// What the launch says of the optimizer.
struct optimizer {
    float rate, momentum, beta1, beta2, unbias1, unbias2, epsilon;
};

// As the notes of ridge_update_params.
#define NOTE_NORM 0
#define NOTE_LARGEST 1
#define NOTE_CLIPPED 2
#define NOTE_NOT_FINITE 3
#define NOTE_DECAY 4

static inline floatv with_penalty(floatv g, floatv w, __global const struct segment *segment)
{
    return g + segment->l1 * sign(w) + 2.0f * segment->l2 * w;
}

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
            for (uint k = 0; k < 4; k++) {
                ulong at = min(i + k * stream, count);
                floatv x = with_penalty(load(g, at, count), load(w, at, count), segment);
                accumulate(&sums[k], &lost[k], x * x);
            }
        }
        pair total = {0.0f, 0.0f};
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

static inline floatv clip_value(floatv g, float limit)
{
    floatv clipped = clamp(g, -limit, limit);
    return select(g, clipped, fabs(g) < INFINITY);
}

// Zero for denormal numbers. CPUs take a hundred times as long for those, and a mean of gradients
// that have stopped would stay among them for ever: 0.9 of 4 units in the last place is 4 again.
static inline floatv settled(floatv x)
{
    return select(x, (floatv)(0.0f), fabs(x) < 0x1p-126f);
}

// The change per unit of rate that the gradient g leads to; slots are brought up to date. *pace is
// what a steady gradient of 1 would come to.
static inline floatv change_by(floatv g, __global float *first, __global float *second, ulong i,
                               ulong count, const struct optimizer *o, floatv *pace)
{
#if OPTIMIZER == SGD
    *pace = (floatv)(1.0f / (1.0f - o->momentum));
#if MOMENTUM
    floatv v = settled(o->momentum * load(first, i, count) + g);
    store(v, first, i, count);
    return NESTEROV ? g + o->momentum * v : v;
#else
    return g;
#endif
#elif OPTIMIZER == RMSPROP
    floatv v = settled(o->beta2 * load(first, i, count) + (1.0f - o->beta2) * g * g);
    store(v, first, i, count);
    floatv size = sqrt(v) + o->epsilon, change = g / size;
    *pace = 1.0f / (size * (1.0f - o->momentum));
#if MOMENTUM
    change = settled(o->momentum * load(second, i, count) + change);
    store(change, second, i, count);
#endif
    return change;
#else
    floatv m = settled(o->beta1 * load(first, i, count) + (1.0f - o->beta1) * g);
    floatv v = settled(o->beta2 * load(second, i, count) + (1.0f - o->beta2) * g * g);
    store(m, first, i, count);
    store(v, second, i, count);
    floatv size = sqrt(v * o->unbias2) + o->epsilon;
    *pace = 1.0f / size;
    return m * o->unbias1 / size;
#endif
}

// The soft threshold: nearer to zero by `threshold`, and zero within it. NaN stays.
static inline floatv shrunk(floatv w, floatv threshold)
{
    return select(w - copysign(threshold, w), (floatv)(0.0f), fabs(w) <= threshold);
}

// What the vectors of a piece have in common.
struct piece {
    __global float *w, *first, *second;
    __global const float *g;
    __global const struct segment *segment;
    struct constraint constraint;
    uint clip;
    float clip_limit, scale, decay; // scale: of gradients that are clipped by a norm
};

// Elements i .. i + VECTOR - 1 of a piece, those below `count`; returns the new weights.
static inline floatv update_vector(const struct piece *p, const struct optimizer *o, ulong i,
                                   ulong count)
{
    floatv w = load(p->w, i, count), pace;
    floatv g = with_penalty(load(p->g, i, count), w, p->segment);
    if (p->clip == CLIP_VALUE)
        g = clip_value(g, p->clip_limit);
    else if (p->clip)
        g *= p->scale;
    floatv change = change_by(g, p->first, p->second, i, count, o, &pace);
    w -= o->rate * change + p->decay * w;
    if (p->segment->proximal_l1 > 0.0f)
        w = shrunk(w, o->rate * p->segment->proximal_l1 * pace);
    w = settled(signs_kept(w, &p->constraint));
    store(w, p->w, i, count);
    return w;
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
    struct optimizer o = {rate_at[0], momentum, beta1, beta2, 1.0f, 1.0f, epsilon};
#if OPTIMIZER == ADAM || OPTIMIZER == ADAMW
    // 1 - beta^t without the cancellation that 1 - pow() has while t is small
    float t = (float)step + 1.0f;
    o.unbias1 = 1.0f / -expm1(t * log_beta1);
    o.unbias2 = 1.0f / -expm1(t * log_beta2);
#endif
    // Decay that would be lost in rounding is put off until it counts. What is due lies in one of
    // two places in turn, so that no group reads what another one writes.
    float due = notes[NOTE_DECAY + step % 2] + o.rate * weight_decay;
    float decay = due >= DECAY_THAT_COUNTS ? due : 0.0f;
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
        __global const struct segment *segment = segment_at(segments, owner);
        struct piece p = {parameters + start,
                          first + start,
                          second + start,
                          gradients + start,
                          segment,
                          segment->constraint,
                          clip,
                          clip_limit,
                          scale,
                          decay * segment->decay};
        if (clip == CLIP_TENSOR)
            p.scale = clip_scale(norm_of(squares + owner * parts, parts, shared_pairs), clip_limit);
        floatv sum = (floatv)(0.0f);
        FOR_EACH_IN_ROW(i, count)
        {
            floatv w = update_vector(&p, &o, i, count);
            sum += w * w;
        }
        if (!limits_norm(&p.constraint))
            continue;
        float factor = norm_factor(sqrt(group_sum(sum_of(sum), shared)), &p.constraint);
        if (factor == 1.0f)
            continue;
        FOR_EACH_IN_ROW(i, count)
        {
            store(load(p.w, i, count) * factor, p.w, i, count);
        }
    }
}

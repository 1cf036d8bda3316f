// SPDX-License-Identifier: Apache-2.0
// What a step of an optimizer does to a vector of weights, for the launch of its own and for the
// write-out of the product that gives the gradient.
#ifndef RIDGE_CL_UPDATE_H
#define RIDGE_CL_UPDATE_H

#include "constraint.h"
#include "update_constants.h"

// As enum ridge_optimizer_kind.
#define SGD 0
#define ADAM 1
#define ADAMW 2
#define RMSPROP 3

// As the notes of ridge_update_params.
#define NOTE_NORM 0
#define NOTE_LARGEST 1
#define NOTE_CLIPPED 2
#define NOTE_NOT_FINITE 3
#define NOTE_DECAY 4

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

// What the launch says of the optimizer. kind, slots and nesterov are constants where a program is
// built for one optimizer.
struct optimizer {
    uint kind, slots; // slots: how many vectors it keeps for each of the weights
    bool nesterov;
    float rate, momentum, beta1, beta2, unbias1, unbias2, epsilon;
};

// The corrections of Adam's bias in step t, counted from 1: 1 - beta^t without the cancellation
// that 1 - pow() has while t is small.
static inline void set_unbias(struct optimizer *o, float t, float log_beta1, float log_beta2)
{
    o->unbias1 = o->unbias2 = 1.0f;
    if (o->kind != ADAM && o->kind != ADAMW)
        return;
    o->unbias1 = 1.0f / -expm1(t * log_beta1);
    o->unbias2 = 1.0f / -expm1(t * log_beta2);
}

// Decay that has come together by this step. Decay that would be lost in rounding is put off until
// it counts. What is due lies in one of two places in turn, so that no group reads what another one
// writes.
static inline float decay_due(__global const float *notes, uint step, float rate,
                              float weight_decay)
{
    return notes[NOTE_DECAY + step % 2] + rate * weight_decay;
}

// And what of that is taken now.
static inline float decay_taken(float due)
{
    return due >= DECAY_THAT_COUNTS ? due : 0.0f;
}

// How weights are treated.
struct treatment {
    float l1, l2, proximal_l1, decay; // decay: what is due now of all decay
    struct constraint constraint;
    uint clip;
    float clip_limit, scale; // scale: of gradients that are clipped by a norm
};

static inline struct treatment treatment_of(__global const struct segment *segment, float decay)
{
    struct treatment treatment = {segment->l1,
                                  segment->l2,
                                  segment->proximal_l1,
                                  decay * segment->decay,
                                  segment->constraint,
                                  0,
                                  0.0f,
                                  1.0f};
    return treatment;
}

static inline floatv with_penalty(floatv g, floatv w, float l1, float l2)
{
    if (l1 != 0.0f)
        g += select(copysign((floatv)(l1), w), (floatv)(0.0f), w == 0.0f);
    return g + 2.0f * l2 * w;
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

// The change per unit of rate that the gradient g leads to, where the optimizer divides by `size`.
// Its slots `first` and `second` are brought up to date; one that it does not have stays.

static inline floatv change_by_sgd(floatv g, const struct optimizer *o, floatv *first)
{
    if (o->slots == 0)
        return g;
    *first = settled(o->momentum * *first + g);
    return o->nesterov ? g + o->momentum * *first : *first;
}

static inline floatv change_by_rmsprop(floatv g, const struct optimizer *o, floatv *first,
                                       floatv *second, floatv *size)
{
    *first = settled(o->beta2 * *first + (1.0f - o->beta2) * g * g);
    *size = sqrt(*first) + o->epsilon;
    floatv change = g / *size;
    if (o->slots == 1)
        return change;
    *second = settled(o->momentum * *second + change);
    return *second;
}

static inline floatv change_by_adam(floatv g, const struct optimizer *o, floatv *first,
                                    floatv *second, floatv *size)
{
    *first = settled(o->beta1 * *first + (1.0f - o->beta1) * g);
    *second = settled(o->beta2 * *second + (1.0f - o->beta2) * g * g);
    *size = sqrt(*second * o->unbias2) + o->epsilon;
    return *first * o->unbias1 / *size;
}

static inline floatv change_by(floatv g, const struct optimizer *o, floatv *first, floatv *second,
                               floatv *size)
{
    *size = (floatv)(1.0f);
    if (o->kind == SGD)
        return change_by_sgd(g, o, first);
    if (o->kind == RMSPROP)
        return change_by_rmsprop(g, o, first, second, size);
    return change_by_adam(g, o, first, second, size);
}

// What a steady gradient of 1 comes to.
static inline floatv pace_of(const struct optimizer *o, floatv size)
{
    bool has_momentum = o->kind == SGD || o->kind == RMSPROP;
    return 1.0f / (has_momentum ? size * (1.0f - o->momentum) : size);
}

// The soft threshold: nearer to zero by `threshold`, and zero within it. NaN stays.
static inline floatv shrunk(floatv w, floatv threshold)
{
    return select(w - copysign(threshold, w), (floatv)(0.0f), fabs(w) <= threshold);
}

// The new weights after w, by the gradient g of the loss.
static inline floatv updated(floatv w, floatv g, const struct treatment *t,
                             const struct optimizer *o, floatv *first, floatv *second)
{
    floatv size;
    g = with_penalty(g, w, t->l1, t->l2);
    if (t->clip == CLIP_VALUE)
        g = clip_value(g, t->clip_limit);
    else if (t->clip)
        g *= t->scale;
    floatv change = change_by(g, o, first, second, &size);
    w -= o->rate * change + t->decay * w;
    if (t->proximal_l1 > 0.0f)
        w = shrunk(w, o->rate * t->proximal_l1 * pace_of(o, size));
    return settled(signs_kept(w, &t->constraint));
}

#endif

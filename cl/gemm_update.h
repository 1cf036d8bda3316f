// SPDX-License-Identifier: Apache-2.0
// The write-out of a product that is the gradient of weights C: an update of them (CPU walk). The
// gradient itself is never written.
#ifndef RIDGE_CL_GEMM_UPDATE_H
#define RIDGE_CL_GEMM_UPDATE_H

#include "gemm_tile.h"
#include "update.h"

#if RIDGE_WALK_CPU

struct weight_update {
    __global float *first, *second; // the optimizer's slots lie as C does
    struct treatment treatment;
    struct optimizer optimizer;
};

// The kernel arguments that make a weight_update. rule: RULE_... segment: the row of the weights;
// the others as in the kernel `update`, which comes later in the step and brings the notes up to
// date.
#define UPDATE                                                                                     \
    uint rule, INOUT(float, first), INOUT(float, second), IN(uint, segment), IN(float, rate_at),   \
        IN(uint, step_at), IN(float, notes), float momentum, float beta1, float beta2,             \
        float log_beta1, float log_beta2, float epsilon, float weight_decay
#define MAKE_UPDATE(update)                                                                        \
    uint step = step_at[step_at_offset];                                                           \
    float rate = rate_at[rate_at_offset];                                                          \
    float due = decay_due(notes + notes_offset, step, rate, weight_decay);                         \
    struct weight_update update = {                                                                \
        first + first_offset,                                                                      \
        second + second_offset,                                                                    \
        treatment_of(segment_at(segment + segment_offset, 0), decay_taken(due)),                   \
        {rule & RULE_KIND, rule / RULE_SLOT & 3, (rule & RULE_NESTEROV) != 0, rate, momentum,      \
         beta1, beta2, 1.0f, 1.0f, epsilon},                                                       \
    };                                                                                             \
    set_unbias(&update.optimizer, (float)step + 1.0f, log_beta1, log_beta2);

// Vectors that end early, which are rare. They go through memory of their own, so that whole ones
// stay in registers.
APART void load_part(__global const float *x, uint count, floatv *to)
{
    *to = load(x, 0, count);
}

APART void store_part(const floatv *value, __global float *y, uint count)
{
    store(*value, y, 0, count);
}

static inline floatv load_some(__global const float *x, uint count)
{
    if (count == VECTOR)
        return VLOAD(0, x);
    floatv part;
    load_part(x, count, &part);
    return part;
}

static inline void store_some(floatv value, __global float *y, uint count)
{
    if (count == VECTOR) {
        put(value, y);
        return;
    }
    floatv part = value;
    store_part(&part, y, count);
}

// What most networks ask for: SGD with momentum, decay and L2, but nothing that depends on a sign.
static inline bool is_plain(const struct weight_update *update)
{
    const struct optimizer *optimizer = &update->optimizer;
    const struct treatment *treatment = &update->treatment;
    return optimizer->kind == SGD && optimizer->slots == 1 && !optimizer->nesterov &&
           treatment->l1 == 0.0f && treatment->proximal_l1 == 0.0f &&
           !treatment->constraint.non_negative;
}

// That for `rows` rows of `vectors` whole vectors of a tile, the first at element `at`. With
// nothing left to ask in its loop it takes two thirds of the time.
static inline void update_plainly(__global const float *gradient, const struct write_out *out,
                                  const struct weight_update *update, ulong at, uint rows,
                                  uint vectors)
{
    struct treatment treatment = update->treatment;
    struct optimizer optimizer = update->optimizer;
    treatment.l1 = treatment.proximal_l1 = 0.0f;
    treatment.constraint.non_negative = 0;
    treatment.clip = CLIP_NONE;
    optimizer.kind = SGD;
    optimizer.slots = 1;
    optimizer.nesterov = false;
    __global float *w_at = out->c + at, *slot_at = update->first + at;
    for (uint r = 0; r < rows; r++) {
        for (uint v = 0; v < vectors; v++) {
            floatv w = VLOAD(v, w_at), slot = VLOAD(v, slot_at), none = 0.0f;
            floatv slope = get(gradient + r * COLUMNS + v * 16);
            w = updated(w, slope, &treatment, &optimizer, &slot, &none);
            put(w, w_at + v * 16);
            put(slot, slot_at + v * 16);
        }
        w_at += out->ldc;
        slot_at += out->ldc;
    }
}

// Updates the `rows` rows of C from row i on, columns j .. j + COLUMNS or as many as there are, by
// their gradient.
APART void update_rows(__global const float *gradient, const struct write_out *out,
                       const struct weight_update *update, ulong i, ulong j, uint rows)
{
    uint columns = min(out->n - j, (ulong)COLUMNS);
    if (is_plain(update) && columns % 16 == 0) {
        update_plainly(gradient, out, update, i * out->ldc + j, rows, columns / 16);
        return;
    }
    struct treatment treatment = update->treatment;
    treatment.clip = CLIP_NONE; // no clipping here: the compiler leaves it out
    const struct optimizer optimizer = update->optimizer;
    __global float *first = update->first, *second = update->second;
    for (uint r = 0; r < rows; r++) {
        for (uint v = 0; v * 16 < columns; v++) {
            ulong at = (i + r) * out->ldc + j + v * 16;
            uint count = min(columns - v * 16, (uint)VECTOR);
            floatv w = load_some(out->c + at, count), slots[2] = {0.0f, 0.0f};
            if (optimizer.slots > 0)
                slots[0] = load_some(first + at, count);
            if (optimizer.slots > 1)
                slots[1] = load_some(second + at, count);
            w = updated(w, get(gradient + r * COLUMNS + v * 16), &treatment, &optimizer, &slots[0],
                        &slots[1]);
            store_some(w, out->c + at, count);
            if (optimizer.slots > 0)
                store_some(slots[0], first + at, count);
            if (optimizer.slots > 1)
                store_some(slots[1], second + at, count);
        }
    }
}

// What a tile will read then.
static inline struct coming update_comes(const struct write_out *out,
                                         const struct weight_update *update, ulong i, ulong j)
{
    ulong at = i * out->ldc + j;
    struct coming coming = {{out->c + at, update->first + at, update->second + at},
                            update->optimizer.slots + 1,
                            out->ldc};
    return coming;
}

#endif

#endif

// SPDX-License-Identifier: Apache-2.0
#include "update_reference.h"

#include "harness.h"

#include <math.h>
#include <stdlib.h>

size_t test_steps(void)
{
    return test_small() ? 2 : STEPS;
}

const ridge_segment update_penalties[SEGMENTS] = {
    {.count = 1, .l1 = 0.125f},
    {.count = 7, .l2 = 0.0625f, .decay = 1},
    {.count = 255, .l1 = 0.03125f, .l2 = 0.5f},
    {.count = 256},
    {.count = 257, .decay = 1},
    {.count = 1, .l2 = 0.25f},
    {.count = 1009, .l1 = 0.01f, .l2 = 0.02f, .decay = 0.5f},
    {.count = 65537, .l2 = 0.001f, .decay = 1},
};

struct arena arena_make(const ridge_segment *kinds)
{
    struct arena a = {.segments = test_small() ? SMALL_SEGMENTS : SEGMENTS};
    for (size_t s = 0; s < a.segments; s++) {
        a.table[s] = kinds[s];
        a.table[s].first = (uint32_t)a.size;
        a.size += (kinds[s].count + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    a.owner = calloc(a.size / ALIGNMENT, 4);
    a.w = calloc(a.size, 4);
    a.g = calloc(a.size * STEPS, 4);
    a.rates = calloc(STEPS, 4);
    for (size_t s = 0; s < a.segments; s++) {
        size_t first = a.table[s].first, stop = first + a.table[s].count;
        for (size_t i = first; i < stop; i++) {
            a.owner[i / ALIGNMENT] = (uint32_t)s;
            double w = test_random(1, i, -1, 1);
            a.w[i] = i == first ? 0 : (float)(w + (w > 0 ? 2 : -2));
            for (size_t t = 0; i > first && t < STEPS; t++)
                a.g[t * a.size + i] = (float)test_random(2 + t, i, -1, 1);
        }
    }
    return a;
}

void arena_release(struct arena *a)
{
    free(a->owner);
    free(a->w);
    free(a->g);
    free(a->rates);
}

static double with_penalty(const ridge_segment *segment, double g, double w)
{
    return g + (double)segment->l1 * ((w > 0) - (w < 0)) + 2 * (double)segment->l2 * w;
}

void reference_element(const ridge_optimizer *o, const ridge_segment *segment, double rate,
                       double t, double g, double *w, double slots[2])
{
    double mu = o->momentum, b1 = o->beta1, b2 = o->beta2, rho = o->rho, change, pace;
    double decay = o->weight_decay > 0 ? o->weight_decay : 0;
    switch (o->kind) {
    case RIDGE_SGD:
        slots[0] = mu * slots[0] + g;
        change = o->nesterov ? g + mu * slots[0] : slots[0];
        pace = 1 / (1 - mu);
        break;
    case RIDGE_RMSPROP:
        slots[0] = rho * slots[0] + (1 - rho) * g * g;
        pace = 1 / (sqrt(slots[0]) + (double)o->epsilon);
        change = slots[1] = mu * slots[1] + g * pace;
        pace /= 1 - mu;
        break;
    default:
        slots[0] = b1 * slots[0] + (1 - b1) * g;
        slots[1] = b2 * slots[1] + (1 - b2) * g * g;
        pace = 1 / (sqrt(slots[1] / (1 - pow(b2, t))) + (double)o->epsilon);
        change = slots[0] / (1 - pow(b1, t)) * pace;
    }
    *w -= rate * change + rate * decay * segment->decay * *w;
    if (segment->proximal_l1 > 0)
        *w = copysign(fmax(fabs(*w) - rate * pace * (double)segment->proximal_l1, 0), *w);
}

static void constrain(const ridge_constraint *constraint, double *w, size_t count)
{
    double squares = 0, low = constraint->min_norm, high = constraint->max_norm;
    for (size_t i = 0; i < count; i++) {
        if (constraint->non_negative)
            w[i] = fmax(w[i], 0);
        squares += w[i] * w[i];
    }
    double norm = sqrt(squares), limit = fmax(norm, low);
    if (high > 0)
        limit = fmin(limit, high);
    if (norm == 0 || (low == 0 && high == 0))
        return;
    double rate = constraint->norm_rate > 0 ? (double)constraint->norm_rate : 1;
    for (size_t i = 0; i < count; i++)
        w[i] *= rate * limit / norm + 1 - rate;
}

// Clips the gradients of a step in place; returns their norm before that.
static double clip(const struct arena *a, const ridge_optimizer *o, double *g)
{
    double squares = 0;
    for (size_t s = 0; s < a->segments; s++) {
        double own = 0;
        for (size_t i = a->table[s].first; i < a->table[s].first + a->table[s].count; i++)
            own += g[i] * g[i];
        squares += own;
        for (size_t i = a->table[s].first; i < a->table[s].first + a->table[s].count; i++) {
            if (o->clip_value > 0)
                g[i] = fmax(fmin(g[i], (double)o->clip_value), -(double)o->clip_value);
            if (o->clip_norm > 0)
                g[i] *= fmin(1, (double)o->clip_norm / sqrt(own));
        }
    }
    double norm = sqrt(squares);
    for (size_t i = 0; i < a->size && o->clip_global_norm > 0; i++)
        g[i] *= fmin(1, (double)o->clip_global_norm / norm);
    return norm;
}

double *reference_steps(const struct arena *a, const ridge_optimizer *o, double *norms)
{
    double *w = malloc(a->size * 8), *g = malloc(a->size * 8);
    double(*slots)[2] = calloc(a->size, sizeof(*slots));
    for (size_t i = 0; i < a->size; i++)
        w[i] = a->w[i];
    for (size_t t = 0; t < test_steps(); t++) {
        for (size_t i = 0; i < a->size; i++)
            g[i] = with_penalty(&a->table[a->owner[i / ALIGNMENT]], a->g[t * a->size + i], w[i]);
        double norm = clip(a, o, g);
        if (norms)
            norms[t] = norm;
        for (size_t i = 0; i < a->size; i++)
            reference_element(o, &a->table[a->owner[i / ALIGNMENT]], a->rates[t], (double)t + 1,
                              g[i], &w[i], slots[i]);
        for (size_t s = 0; s < a->segments; s++)
            for (size_t i = 0; a->table[s].unit && i < a->table[s].count; i += a->table[s].unit)
                constrain(&a->table[s].constraint, w + a->table[s].first + i, a->table[s].unit);
    }
    free(g);
    free(slots);
    return w;
}

struct tensors tensors_upload(const struct arena *a, const ridge_optimizer *o, uint32_t step)
{
    const size_t two = 2, one = 1, piece_count = ridge_update_pieces(a->table, a->segments, NULL);
    const uint32_t counters[2] = {step, 0};
    const float notes[RIDGE_NOTES] = {0};
    float *zeros = calloc(a->size, 4);
    uint32_t *pieces = malloc(piece_count * 12);
    assert_int_equal(ridge_update_pieces(a->table, a->segments, pieces), piece_count);
    struct tensors t = {.counters = test_tensor(RIDGE_UINT32, 1, &two, counters)};
    t.update = (ridge_update_params){
        .optimizer = o,
        .parameters = test_vector(a->size, a->w),
        .gradients = test_vector(a->size, a->g),
        .segments = test_tensor(RIDGE_UINT32, 2, (const size_t[]){a->segments, 11}, a->table),
        .pieces = test_tensor(RIDGE_UINT32, 2, (const size_t[]){piece_count, 3}, pieces),
        .rate = test_vector(1, a->rates),
        .step = ridge_tensor_reshaped(t.counters, 1, &one),
        .notes = test_vector(RIDGE_NOTES, notes),
    };
    for (unsigned s = 0; s < ridge_optimizer_slots(o); s++)
        t.update.slots[s] = test_vector(a->size, zeros);
    free(zeros);
    free(pieces);
    return t;
}

void tensors_release(struct tensors *t)
{
    test_release(&t->counters);
    test_release(&t->update.parameters);
    test_release(&t->update.gradients);
    test_release(&t->update.segments);
    test_release(&t->update.pieces);
    test_release(&t->update.notes);
    test_release(&t->update.rate);
    for (int s = 0; s < 2; s++)
        if (t->update.slots[s].buffer)
            test_release(&t->update.slots[s]);
}

bool test_optimizer(const ridge_optimizer *o)
{
    return !test_few_builds() || (o->kind == RIDGE_SGD && !o->nesterov) || o->kind == RIDGE_ADAM;
}

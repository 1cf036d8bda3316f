// SPDX-License-Identifier: Apache-2.0
// Every optimizer for ten steps against double precision, over an arena of segments of odd sizes
// that are treated differently: penalties, proximal steps, decay, clipping, constraints; the first
// step of Adam; decay too small for float32; NaN and infinity; what must stay as it is.
#include "harness.h"

#include "device/device.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 10 // 3 of them under Oclgrind
#define ALIGNMENT RIDGE_SEGMENT_ALIGNMENT
#define SEGMENTS 8
#define SMALL_SEGMENTS 6 // those of Oclgrind

// Sizes around the alignment and single elements; each with its own treatment.
static const ridge_segment penalties[SEGMENTS] = {
    {.count = 1, .l1 = 0.125f},
    {.count = 7, .l2 = 0.0625f, .decay = 1},
    {.count = 255, .l1 = 0.03125f, .l2 = 0.5f},
    {.count = 256},
    {.count = 257, .decay = 1},
    {.count = 1, .l2 = 0.25f},
    {.count = 1009, .l1 = 0.01f, .l2 = 0.02f, .decay = 0.5f},
    {.count = 65537, .l2 = 0.001f, .decay = 1},
};

// Units of odd sizes. Their norms begin at about 2.5 times the root of their size.
#define LARGEST_UNIT 257
static const ridge_segment constraints[SEGMENTS] = {
    {.count = 1, .unit = 1, .constraint = {.max_norm = 2}},
    {.count = 21, .unit = 7, .constraint = {.non_negative = 1}, .decay = 1},
    {.count = 255, .unit = 17, .l2 = 0.5f, .constraint = {.max_norm = 10}},
    {.count = 130, .unit = 65, .constraint = {.min_norm = 1, .max_norm = 1}},
    {.count = 257, .unit = LARGEST_UNIT, .constraint = {.min_norm = 41, .norm_rate = 0.5f}},
    {.count = 128, .unit = 16, .proximal_l1 = 5},
    {.count = 1009, .unit = 1, .constraint = {.non_negative = 1, .max_norm = 2.5f}},
    {.count = 63 * 1009, .unit = 63, .proximal_l1 = 1, .constraint = {.max_norm = 20}, .decay = 1},
};

struct arena {
    size_t segments, size; // elements with the gaps
    ridge_segment table[SEGMENTS];
    uint32_t *owner;      // of each block of ALIGNMENT elements
    float *w, *g, *rates; // g: the gradients of all steps
};

static size_t steps_made(void)
{
    return test_small() ? 3 : STEPS;
}

// Weights lie in +-[2, 3] and change by less than 2, so that no rounding turns the sign that the l1
// penalty asks for. The first weight of each segment is zero and has no gradient.
static struct arena make(const ridge_segment *kinds)
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

static void release(struct arena *a)
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

// One element of the definitions in ops.h, without penalty and constraint.
static void step_element(const ridge_optimizer *o, const ridge_segment *segment, double rate,
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

// The weights after all steps; norms[STEPS]: of the gradients, where wanted.
static double *reference(const struct arena *a, const ridge_optimizer *o, double *norms)
{
    double *w = malloc(a->size * 8), *g = malloc(a->size * 8);
    double(*slots)[2] = calloc(a->size, sizeof(*slots));
    for (size_t i = 0; i < a->size; i++)
        w[i] = a->w[i];
    for (size_t t = 0; t < steps_made(); t++) {
        for (size_t i = 0; i < a->size; i++)
            g[i] = with_penalty(&a->table[a->owner[i / ALIGNMENT]], a->g[t * a->size + i], w[i]);
        double norm = clip(a, o, g);
        if (norms)
            norms[t] = norm;
        for (size_t i = 0; i < a->size; i++)
            step_element(o, &a->table[a->owner[i / ALIGNMENT]], a->rates[t], (double)t + 1, g[i],
                         &w[i], slots[i]);
        for (size_t s = 0; s < a->segments; s++)
            for (size_t i = 0; a->table[s].unit && i < a->table[s].count; i += a->table[s].unit)
                constrain(&a->table[s].constraint, w + a->table[s].first + i, a->table[s].unit);
    }
    free(g);
    free(slots);
    return w;
}

struct tensors {
    ridge_update_params update;
    ridge_tensor counters; // the step and the position
};

static struct tensors upload(const struct arena *a, const ridge_optimizer *o, uint32_t step)
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

static void tensors_release(struct tensors *t)
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

// Gaps have not moved, in no arena.
static void check_gaps(const struct arena *a, ridge_tensor tensor, float *got)
{
    test_get(tensor, got);
    for (size_t s = 0; s < a->segments; s++) {
        size_t stop = s + 1 < a->segments ? a->table[s + 1].first : a->size;
        for (size_t i = a->table[s].first + a->table[s].count; i < stop; i++)
            assert_true(got[i] == 0);
    }
}

static void run(const struct arena *a, const ridge_optimizer *o, bool recorded, float *got,
                float *notes)
{
    struct tensors t = upload(a, o, 0);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    ridge_launcher *on = recorded ? ridge_plan_launcher(plan) : test_launcher;
    for (size_t step = 0; step < steps_made(); step++) {
        test_put(t.update.gradients, a->g + step * a->size);
        test_put(t.update.rate, &a->rates[step]);
        if (!recorded || step == 0) {
            assert_ok(ridge_update(on, &t.update));
            assert_ok(ridge_step_advance(on, t.counters, 0, (ridge_tensor){0}));
        }
        if (recorded)
            assert_ok(ridge_plan_run(plan));
    }
    for (int s = 0; s < 2; s++)
        if (t.update.slots[s].buffer)
            check_gaps(a, t.update.slots[s], got);
    check_gaps(a, t.update.parameters, got);
    // Weights that begin at zero without a gradient stay there, apart from limits below.
    for (size_t s = 0; s < a->segments; s++)
        assert_true(got[a->table[s].first] == 0);
    test_get(t.update.notes, notes);
    ridge_plan_destroy(&plan);
    tensors_release(&t);
}

// With w at most 5 and gradients with penalties at most G = 1 + 0.125 + 5: a step rounds w by 5
// half ulps, twice (the product with the rate and the difference). An update per unit of rate is at
// most U: G for sgd, 10 G with momentum; for adam m / sqrt(v) <= sqrt(t), for rmsprop
// 1 / sqrt(1 - rho) = 10, ten times that with momentum. It comes out of about a dozen operations of
// at most 3 ulp each on numbers of at most U.
static double tolerance(const ridge_optimizer *o)
{
    double largest = 6.125;
    if (o->kind == RIDGE_RMSPROP)
        largest = 10;
    else if (o->kind != RIDGE_SGD)
        largest = sqrt(STEPS);
    if (o->momentum > 0)
        largest *= STEPS;
    return STEPS * TEST_EPSILON * (2 * 5 + 64 * (double)o->rate * largest);
}

// Runs STEPS steps at once and recorded; both agree with the reference within `allowed` and with
// each other to the last bit.
static void check_steps(const struct arena *a, ridge_optimizer o, bool twice, double allowed)
{
    float notes[RIDGE_NOTES], *got = malloc(a->size * 4), *again = malloc(a->size * 4);
    double norms[STEPS], largest = 0;
    assert_ok(ridge_optimizer_complete(&o));
    for (size_t t = 0; t < STEPS; t++) // the rate on the device counts, not the optimizer's
        a->rates[t] = t < 5 ? o.rate : o.rate / 4;
    double *expected = reference(a, &o, norms);
    run(a, &o, false, got, notes);
    test_close(ridge_optimizer_name(o.kind), got, expected, a->size, allowed + tolerance(&o), 0);
    if (twice) {
        run(a, &o, true, again, notes);
        assert_memory_equal(got, again, a->size * 4);
    }
    bool clips = o.clip_value + o.clip_norm + o.clip_global_norm > 0;
    size_t clipped = 0;
    for (size_t t = 0; t < steps_made(); t++) {
        largest = fmax(largest, norms[t]);
        clipped += o.clip_global_norm > 0 && norms[t] > (double)o.clip_global_norm;
    }
    // The weights that the penalties' gradients come from are as inexact as above.
    double relative = clips ? 1e-6 + 2 * (allowed + tolerance(&o)) : 0;
    const double wanted[] = {clips ? norms[steps_made() - 1] : 0, clips ? largest : 0};
    test_close("norms", notes, wanted, 2, 0, relative);
    assert_true(notes[RIDGE_NOTE_CLIPPED] == (float)clipped);
    assert_true(notes[RIDGE_NOTE_NOT_FINITE] == 0);
    free(expected);
    free(got);
    free(again);
}

static const ridge_optimizer optimizers[] = {
    {.kind = RIDGE_SGD, .rate = 0.02f},
    {.kind = RIDGE_SGD, .rate = 0.01f, .momentum = 0.875f, .weight_decay = 0.1f},
    {.kind = RIDGE_SGD, .rate = 0.01f, .momentum = 0.9f, .nesterov = true},
    {.kind = RIDGE_ADAM, .rate = 0.05f},
    {.kind = RIDGE_ADAM, .rate = 0.05f, .beta1 = 0.3f, .beta2 = 0.4f},
    {.kind = RIDGE_ADAMW, .rate = 0.05f},
    {.kind = RIDGE_ADAMW, .rate = 0.05f, .weight_decay = -1},
    {.kind = RIDGE_RMSPROP, .rate = 0.01f},
    {.kind = RIDGE_RMSPROP, .rate = 0.002f, .momentum = 0.9f, .weight_decay = 0.1f},
};
#define OPTIMIZERS (sizeof(optimizers) / sizeof(optimizers[0]))

static void ten_steps(void **state)
{
    (void)state;
    struct arena a = make(penalties);
    for (size_t k = 0; k < OPTIMIZERS; k++)
        check_steps(&a, optimizers[k], !test_small() || k == 0, 0);
    release(&a);
}

// A unit's norm is a sum of squares like those of test_constraint, each step.
static void units_constrained(void **state)
{
    (void)state;
    struct arena a = make(constraints);
    double allowed = STEPS * TEST_EPSILON * 5 * ((LARGEST_UNIT + 1) / 2.0 + 13);
    for (size_t k = 0; k < OPTIMIZERS; k += test_small() ? 5 : 1)
        check_steps(&a, optimizers[k], false, allowed);
    release(&a);
}

// Norms of the gradients: about 0.6 sqrt(count) without penalties.
static void clipped(void **state)
{
    (void)state;
    struct arena a = make(penalties);
    ridge_optimizer sgd = optimizers[1], adam = optimizers[3];
    sgd.clip_value = 0.75f;
    check_steps(&a, sgd, !test_small(), 0);
    sgd.clip_value = 0;
    sgd.clip_norm = 5;
    check_steps(&a, sgd, !test_small(), 0);
    sgd.clip_norm = 0;
    const float global[] = {2, 13, 1e6f}; // some always and one never reached
    for (size_t i = 0; i < (test_small() ? 1 : 3); i++) {
        sgd.clip_global_norm = global[i];
        check_steps(&a, sgd, i == 0, 0);
    }
    adam.clip_global_norm = 4;
    check_steps(&a, adam, false, 0);
    release(&a);
}

// One NaN or infinity in a gradient goes to its weight and to no other, whatever clips, and is
// noted. The norm of its tensor says nothing, so nothing is scaled by it.
static void not_finite(void **state)
{
    (void)state;
    const float values[] = {NAN, INFINITY, -INFINITY};
    const ridge_optimizer clips[] = {ridge_sgd(.rate = 1, .clip_value = 0.5f),
                                     ridge_sgd(.rate = 1, .clip_norm = 2),
                                     ridge_sgd(.rate = 1, .clip_global_norm = 2)};
    struct arena a = make(penalties);
    size_t place = a.table[4].first + 200;
    float *got = malloc(a.size * 4), notes[RIDGE_NOTES];
    a.rates[0] = 1;
    for (size_t v = 0; v < 3; v++) {
        for (size_t k = 0; k < 3; k++) {
            ridge_optimizer o = clips[k];
            assert_ok(ridge_optimizer_complete(&o));
            a.g[place] = values[v];
            struct tensors t = upload(&a, &o, 0);
            assert_ok(ridge_update(test_launcher, &t.update));
            test_get(t.update.parameters, got);
            test_get(t.update.notes, notes);
            assert_false(isfinite(got[place]));
            for (size_t i = 0; i < a.size; i++)
                assert_true(i == place || isfinite(got[i]));
            if (k) // a neighbour moves by its whole gradient: the segment has no penalty
                assert_true(fabsf(got[place - 1] - (a.w[place - 1] - a.g[place - 1])) < 1e-6f);
            assert_true(notes[RIDGE_NOTE_NOT_FINITE] == 1);
            assert_false(isfinite(notes[RIDGE_NOTE_NORM]) || isfinite(notes[RIDGE_NOTE_LARGEST]));
            tensors_release(&t);
        }
    }
    free(got);
    release(&a);
}

// w (1 - 1e-8) is w in float32: rate 0.01 and lambda / m = 0.01 / 10000 would do nothing. What is
// due is taken when it has come to 2^-17, so it is at most that late, and each time is rounded by
// half an ulp.
static void decay_too_small_for_float32(void **state)
{
    (void)state;
    // Where launches are slow, fewer and larger ones.
    size_t steps = test_device->walk == RIDGE_WALK_CPU ? 100000 : test_small() ? 60 : 4000;
    ridge_optimizer o = ridge_sgd(.rate = 0.01f, .weight_decay = 0.1f / (float)steps);
    if (test_small())
        o.weight_decay = 2e-4f;
    assert_ok(ridge_optimizer_complete(&o));
    struct arena a = make(penalties);
    size_t first = a.table[4].first, count = a.table[4].count;
    a.segments = 5;
    a.size = first + 512;
    memset(a.g, 0, a.size * 4);
    a.rates[0] = o.rate;
    for (size_t s = 0; s < a.segments; s++)
        a.table[s].l1 = a.table[s].l2 = 0;
    struct tensors t = upload(&a, &o, 0);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_update(ridge_plan_launcher(plan), &t.update));
    assert_ok(ridge_step_advance(ridge_plan_launcher(plan), t.counters, 0, (ridge_tensor){0}));
    for (size_t i = 0; i < steps; i++) {
        assert_ok(ridge_plan_run(plan));
        assert_ok(ridge_device_throttle(test_device));
    }
    float *got = malloc(a.size * 4);
    double *expected = malloc(a.size * 8), each = (double)o.rate * (double)o.weight_decay;
    test_get(t.update.parameters, got);
    for (size_t i = 0; i < a.size; i++) {
        bool decays = a.table[a.owner[i / ALIGNMENT]].decay > 0;
        expected[i] = a.w[i] * pow(1 - each, decays ? (double)steps : 0);
    }
    double times = (double)steps * each * 0x1p17;
    test_close("decay", got + first, expected + first, count, 0, 0x1p-17 + times * TEST_EPSILON);
    assert_true(times * 0x1p-17 > 4 * (0x1p-17 + times * TEST_EPSILON)); // so that it would show
    test_close("no decay", got, expected, 1, 0, 0);
    free(got);
    free(expected);
    ridge_plan_destroy(&plan);
    tensors_release(&t);
    release(&a);
}

// Means of gradients that have stopped come to zero, instead of staying denormal for ever; weights,
// too.
static void no_denormals(void **state)
{
    (void)state;
    const ridge_optimizer trials[] = {optimizers[1], optimizers[3], optimizers[8]};
    for (size_t k = 0; k < 3; k++) {
        ridge_optimizer o = trials[k];
        assert_ok(ridge_optimizer_complete(&o));
        struct arena a = make(penalties);
        memset(a.g, 0, a.size * 4);
        for (size_t i = 0; i < a.size; i++)
            a.w[i] = 0x1p-130f;
        struct tensors t = upload(&a, &o, 0);
        float *values = malloc(a.size * 4);
        for (size_t i = 0; i < a.size; i++)
            values[i] = i % 3 ? 0x1p-126f : -0x1p-148f;
        for (unsigned s = 0; s < ridge_optimizer_slots(&o); s++)
            test_put(t.update.slots[s], values);
        for (int step = 0; step < 3; step++)
            assert_ok(ridge_update(test_launcher, &t.update));
        for (unsigned s = 0; s < 1 + ridge_optimizer_slots(&o); s++) {
            test_get(s ? t.update.slots[s - 1] : t.update.parameters, values);
            for (size_t n = 0; n < a.segments; n++)
                for (size_t i = a.table[n].first; i < a.table[n].first + a.table[n].count; i++)
                    assert_true(values[i] == 0 || fabsf(values[i]) >= 0x1p-126f);
        }
        free(values);
        tensors_release(&t);
        release(&a);
    }
}

// A proximal step leaves a weight at zero just where the gradient's mean stays within l1, whatever
// the optimizer; else loss + l1 |w| is smallest where the gradient is -l1 sign(w). The loss here is
// (w - c)^2 / 2.
static void proximal_minimum(void **state)
{
    (void)state;
    ridge_segment kind[SEGMENTS] = {{.count = 3, .proximal_l1 = 0.5f}};
    const float targets[] = {0.25f, -0.4f, 2};
    const ridge_optimizer trials[] = {ridge_sgd(.rate = 0.1f), optimizers[1], optimizers[3],
                                      optimizers[7]};
    for (size_t k = 0; k < 4 && !test_small(); k++) {
        ridge_optimizer o = trials[k];
        o.weight_decay = -1;
        assert_ok(ridge_optimizer_complete(&o));
        struct arena a = make(kind);
        a.segments = 1;
        a.size = ALIGNMENT;
        float w[ALIGNMENT] = {1, -1, 0.5f}, g[ALIGNMENT] = {0};
        memcpy(a.w, w, sizeof(w));
        struct tensors t = upload(&a, &o, 0);
        for (int step = 0; step < 600; step++) {
            float rate = o.kind == RIDGE_SGD ? o.rate : 0.05f * powf(0.99f, (float)step);
            for (int i = 0; i < 3; i++)
                g[i] = w[i] - targets[i];
            test_put(t.update.gradients, g);
            test_put(t.update.rate, &rate);
            assert_ok(ridge_update(test_launcher, &t.update));
            assert_ok(ridge_step_advance(test_launcher, t.counters, 0, (ridge_tensor){0}));
            test_get(t.update.parameters, w);
        }
        assert_true(w[0] == 0 && w[1] == 0);
        assert_true(fabsf(w[2] - 1.5f) < 1e-2f);
        tensors_release(&t);
        release(&a);
    }
}

// From zero with rate 1, the first step of Adam is -g / (|g| + epsilon) to a few ulps. In the next
// ones the correction of the bias must not cancel; after a million steps there is none left.
static void bias_correction(void **state)
{
    (void)state;
    ridge_optimizer o = ridge_adam(.rate = 1);
    assert_ok(ridge_optimizer_complete(&o));
    struct arena a = make(penalties);
    memset(a.w, 0, a.size * 4);
    for (size_t s = 0; s < a.segments; s++)
        a.table[s].l1 = a.table[s].l2 = 0;
    a.rates[0] = 1;
    const uint32_t steps[] = {0, 1, 2, 3, 4, 9, 999, 1000000};
    float *got = malloc(a.size * 4);
    double *expected = malloc(a.size * 8);
    for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
        struct tensors t = upload(&a, &o, steps[k]);
        assert_ok(ridge_update(test_launcher, &t.update));
        test_get(t.update.parameters, got);
        for (size_t i = 0; i < a.size; i++) {
            double slots[2] = {0, 0};
            expected[i] = 0;
            step_element(&o, &a.table[0], 1, steps[k] + 1.0, a.g[i], &expected[i], slots);
        }
        // In half ulps: 14 for each correction (expm1 6, a quotient 5, three roundings), the second
        // halved by the root, which adds 6; 5 for the quotient of the two, 9 for the rest.
        test_close("one step", got, expected, a.size, 0, 41 * TEST_EPSILON);
        tensors_release(&t);
    }
    free(got);
    free(expected);
    release(&a);
}

static void bad_arguments(void **state)
{
    (void)state;
    struct arena a = make(penalties);
    ridge_optimizer o = ridge_adam(.rate = 1);
    assert_ok(ridge_optimizer_complete(&o));
    struct tensors t = upload(&a, &o, 0);
    ridge_update_params params = t.update;
#define REFUSES(status, text) assert_fails(ridge_update(test_launcher, &params), status, text)
    params.slots[1] = (ridge_tensor){0};
    REFUSES(RIDGE_ERROR_ARGUMENT, "slots[1]: expected a tensor");
    params = t.update;
    params.gradients.shape[0]--;
    REFUSES(RIDGE_ERROR_SHAPE, "gradients");
    params = t.update;
    params.segments = ridge_tensor_reshaped(params.segments, 1, &(size_t){11});
    REFUSES(RIDGE_ERROR_SHAPE, "segments: expected [n, 11]");
    params = t.update;
    params.pieces.shape[1]++;
    REFUSES(RIDGE_ERROR_SHAPE, "pieces: expected [n, 3]");
    params = t.update;
    params.notes.shape[0]--;
    REFUSES(RIDGE_ERROR_SHAPE, "notes");
    params = t.update;
    params.step.type = RIDGE_INT32;
    REFUSES(RIDGE_ERROR_ARGUMENT, "step: expected type uint32");
    params = t.update;
    params.rate = (ridge_tensor){0};
    REFUSES(RIDGE_ERROR_ARGUMENT, "rate");
    params = t.update;
    params.parameters.shape[0] = params.gradients.shape[0] = params.slots[0].shape[0] =
        params.slots[1].shape[0] = ALIGNMENT + 1;
    REFUSES(RIDGE_ERROR_SHAPE, "parameters: expected a multiple of 256, got 257");
    params = t.update;
    params.optimizer = NULL;
    REFUSES(RIDGE_ERROR_ARGUMENT, "optimizer");
    params.optimizer = &(ridge_optimizer){.kind = (ridge_optimizer_kind)9};
    REFUSES(RIDGE_ERROR_ARGUMENT, "optimizer.kind: expected an optimizer, got 9");
#undef REFUSES
    tensors_release(&t);
    release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_steps),
        cmocka_unit_test(units_constrained),
        cmocka_unit_test(clipped),
        cmocka_unit_test(not_finite),
        cmocka_unit_test(decay_too_small_for_float32),
        cmocka_unit_test(no_denormals),
        cmocka_unit_test(proximal_minimum),
        cmocka_unit_test(bias_correction),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("update", tests);
}

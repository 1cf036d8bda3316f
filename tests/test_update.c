// SPDX-License-Identifier: Apache-2.0
// Every optimizer for ten steps against double precision, over an arena of segments of odd sizes
// that are treated differently: penalties, proximal steps, decay, clipping, constraints; NaN and
// infinity; what must stay as it is.
#include "harness.h"
#include "update_reference.h"

#include "device/device.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
    struct tensors t = tensors_upload(a, o, 0);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    ridge_launcher *on = recorded ? ridge_plan_launcher(plan) : test_launcher;
    for (size_t step = 0; step < test_steps(); step++) {
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
    double *expected = reference_steps(a, &o, norms);
    run(a, &o, false, got, notes);
    test_close(ridge_optimizer_name(o.kind), got, expected, a->size, allowed + tolerance(&o), 0);
    if (twice) {
        run(a, &o, true, again, notes);
        assert_memory_equal(got, again, a->size * 4);
    }
    bool clips = o.clip_value + o.clip_norm + o.clip_global_norm > 0;
    size_t clipped = 0;
    for (size_t t = 0; t < test_steps(); t++) {
        largest = fmax(largest, norms[t]);
        clipped += o.clip_global_norm > 0 && norms[t] > (double)o.clip_global_norm;
    }
    // The weights that the penalties' gradients come from are as inexact as above.
    double relative = clips ? 1e-6 + 2 * (allowed + tolerance(&o)) : 0;
    const double wanted[] = {clips ? norms[test_steps() - 1] : 0, clips ? largest : 0};
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
    struct arena a = arena_make(update_penalties);
    for (size_t k = 0; k < OPTIMIZERS; k++)
        if (test_optimizer(&optimizers[k]))
            check_steps(&a, optimizers[k], !test_small() || k == 0, 0);
    arena_release(&a);
}

// A unit's norm is a sum of squares like those of test_constraint, each step.
static void units_constrained(void **state)
{
    (void)state;
    struct arena a = arena_make(constraints);
    double allowed = STEPS * TEST_EPSILON * 5 * ((LARGEST_UNIT + 1) / 2.0 + 13);
    for (size_t k = 0; k < OPTIMIZERS; k += test_small() ? 5 : 1)
        if (test_optimizer(&optimizers[k]))
            check_steps(&a, optimizers[k], false, allowed);
    arena_release(&a);
}

// Norms of the gradients: about 0.6 sqrt(count) without penalties.
static void clipped(void **state)
{
    (void)state;
    struct arena a = arena_make(update_penalties);
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
    if (!test_small())
        check_steps(&a, adam, false, 0);
    arena_release(&a);
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
    struct arena a = arena_make(update_penalties);
    size_t place = a.table[4].first + 200;
    float *got = malloc(a.size * 4), notes[RIDGE_NOTES];
    a.rates[0] = 1;
    for (size_t v = 0; v < (test_small() ? 1 : 3); v++) {
        for (size_t k = 0; k < 3; k++) {
            ridge_optimizer o = clips[k];
            assert_ok(ridge_optimizer_complete(&o));
            a.g[place] = values[v];
            struct tensors t = tensors_upload(&a, &o, 0);
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
    arena_release(&a);
}

static void bad_arguments(void **state)
{
    (void)state;
    struct arena a = arena_make(update_penalties);
    ridge_optimizer o = ridge_adam(.rate = 1);
    assert_ok(ridge_optimizer_complete(&o));
    struct tensors t = tensors_upload(&a, &o, 0);
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
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_steps),     cmocka_unit_test(units_constrained),
        cmocka_unit_test(clipped),       cmocka_unit_test(not_finite),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("update", tests);
}

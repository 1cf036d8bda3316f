// SPDX-License-Identifier: Apache-2.0
// Every optimizer for ten steps against double precision, over an arena of segments of odd sizes
// that are treated differently; the first step of Adam; what must stay as it is.
#include "harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS 10
#define ALIGNMENT RIDGE_SEGMENT_ALIGNMENT

// Sizes around the alignment and single elements; each with its own treatment.
static const ridge_segment kinds[] = {
    {.count = 1, .l1 = 0.125f},
    {.count = 7, .l2 = 0.0625f, .decay = 1},
    {.count = 255, .l1 = 0.03125f, .l2 = 0.5f},
    {.count = 256},
    {.count = 257, .decay = 1},
    {.count = 1, .l2 = 0.25f},
    {.count = 1009, .l1 = 0.01f, .l2 = 0.02f, .decay = 0.5f},
    {.count = 65537, .l2 = 0.001f, .decay = 1},
};

struct arena {
    size_t segments, size; // elements with the gaps
    ridge_segment table[8];
    uint32_t *owner;
    float *w, *g, *rates; // g: the gradients of all steps
};

// Weights lie in +-[2, 3] and change by less than 2, so that no rounding turns the sign that the l1
// penalty asks for. The first weight of each segment is zero and has no gradient.
static struct arena make(void)
{
    struct arena a = {.segments = test_small() ? 6 : 8};
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

// One element of the definitions in ops.h.
static void step_element(const ridge_optimizer *o, const ridge_segment *segment, double rate,
                         double t, double g, double *w, double slots[2])
{
    double mu = o->momentum, b1 = o->beta1, b2 = o->beta2, rho = o->rho, change;
    double decay = o->weight_decay > 0 ? o->weight_decay : 0;
    g += segment->l1 * ((*w > 0) - (*w < 0)) + 2 * (double)segment->l2 * *w;
    switch (o->kind) {
    case RIDGE_SGD:
        slots[0] = mu * slots[0] + g;
        change = o->nesterov ? g + mu * slots[0] : slots[0];
        break;
    case RIDGE_RMSPROP:
        slots[0] = rho * slots[0] + (1 - rho) * g * g;
        change = slots[1] = mu * slots[1] + g / (sqrt(slots[0]) + (double)o->epsilon);
        break;
    default:
        slots[0] = b1 * slots[0] + (1 - b1) * g;
        slots[1] = b2 * slots[1] + (1 - b2) * g * g;
        change =
            slots[0] / (1 - pow(b1, t)) / (sqrt(slots[1] / (1 - pow(b2, t))) + (double)o->epsilon);
    }
    *w -= rate * change + rate * decay * segment->decay * *w;
}

static double *reference(const struct arena *a, const ridge_optimizer *o)
{
    double *w = malloc(a->size * 8);
    for (size_t i = 0; i < a->size; i++) {
        double slots[2] = {0, 0};
        w[i] = a->w[i];
        for (size_t t = 0; t < STEPS; t++)
            step_element(o, &a->table[a->owner[i / ALIGNMENT]], a->rates[t], (double)t + 1,
                         a->g[t * a->size + i], &w[i], slots);
    }
    return w;
}

struct tensors {
    ridge_update_params update;
    ridge_tensor counters; // the step and the position
};

static struct tensors upload(const struct arena *a, const ridge_optimizer *o, uint32_t step)
{
    const size_t blocks = a->size / ALIGNMENT, two = 2, one = 1;
    const uint32_t counters[2] = {step, 0};
    float *zeros = calloc(a->size, 4);
    struct tensors t = {.counters = test_tensor(RIDGE_UINT32, 1, &two, counters)};
    t.update = (ridge_update_params){
        .optimizer = o,
        .parameters = test_vector(a->size, a->w),
        .gradients = test_vector(a->size, a->g),
        .segments = test_tensor(RIDGE_UINT32, 2, (const size_t[]){a->segments, 5}, a->table),
        .owner = test_tensor(RIDGE_UINT32, 1, &blocks, a->owner),
        .rate = test_vector(1, a->rates),
        .step = ridge_tensor_reshaped(t.counters, 1, &one),
    };
    for (unsigned s = 0; s < ridge_optimizer_slots(o); s++)
        t.update.slots[s] = test_vector(a->size, zeros);
    free(zeros);
    return t;
}

static void tensors_release(struct tensors *t)
{
    test_release(&t->counters);
    test_release(&t->update.parameters);
    test_release(&t->update.gradients);
    test_release(&t->update.segments);
    test_release(&t->update.owner);
    test_release(&t->update.rate);
    for (int s = 0; s < 2; s++)
        if (t->update.slots[s].buffer)
            test_release(&t->update.slots[s]);
}

// Gaps and the weights that begin at zero without a gradient have not moved, in no arena.
static void check_untouched(const struct arena *a, ridge_tensor tensor, float *got)
{
    test_get(tensor, got);
    for (size_t i = 0; i < a->size; i++) {
        const ridge_segment *segment = &a->table[a->owner[i / ALIGNMENT]];
        if (i == segment->first || i >= (size_t)segment->first + segment->count)
            assert_true(got[i] == 0);
    }
}

static void run(const struct arena *a, const ridge_optimizer *o, bool recorded, float *got)
{
    struct tensors t = upload(a, o, 0);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    ridge_launcher *on = recorded ? ridge_plan_launcher(plan) : test_launcher;
    for (size_t step = 0; step < STEPS; step++) {
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
            check_untouched(a, t.update.slots[s], got);
    check_untouched(a, t.update.parameters, got);
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

static void ten_steps(void **state)
{
    (void)state;
    const ridge_optimizer optimizers[] = {
        ridge_sgd(.rate = 0.02f),
        ridge_sgd(.rate = 0.01f, .momentum = 0.875f, .weight_decay = 0.1f),
        ridge_sgd(.rate = 0.01f, .momentum = 0.9f, .nesterov = true),
        ridge_adam(.rate = 0.05f),
        ridge_adam(.rate = 0.05f, .beta1 = 0.3f, .beta2 = 0.4f),
        ridge_adamw(.rate = 0.05f),
        ridge_adamw(.rate = 0.05f, .weight_decay = -1),
        ridge_rmsprop(.rate = 0.01f),
        ridge_rmsprop(.rate = 0.002f, .momentum = 0.9f, .weight_decay = 0.1f),
    };
    struct arena a = make();
    float *got = malloc(a.size * 4), *again = malloc(a.size * 4);
    for (size_t k = 0; k < sizeof(optimizers) / sizeof(optimizers[0]); k++) {
        ridge_optimizer o = optimizers[k];
        assert_ok(ridge_optimizer_complete(&o));
        for (size_t t = 0; t < STEPS; t++) // the rate on the device counts, not the optimizer's
            a.rates[t] = t < 5 ? o.rate : o.rate / 4;
        double *expected = reference(&a, &o);
        run(&a, &o, false, got);
        test_close(ridge_optimizer_name(o.kind), got, expected, a.size, tolerance(&o), 0);
        if (!test_small() || k == 0) {
            run(&a, &o, true, again);
            assert_memory_equal(got, again, a.size * 4);
        }
        free(expected);
    }
    free(got);
    free(again);
    release(&a);
}

// From zero with rate 1, the first step of Adam is -g / (|g| + epsilon) to a few ulps. In the next
// ones the correction of the bias must not cancel; after a million steps there is none left.
static void bias_correction(void **state)
{
    (void)state;
    ridge_optimizer o = ridge_adam(.rate = 1);
    assert_ok(ridge_optimizer_complete(&o));
    struct arena a = make();
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
    struct arena a = make();
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
    params.segments = ridge_tensor_reshaped(params.segments, 1, &(size_t){5});
    REFUSES(RIDGE_ERROR_SHAPE, "segments: expected [n, 5]");
    params = t.update;
    params.owner.shape[0]++;
    REFUSES(RIDGE_ERROR_SHAPE, "owner");
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
        cmocka_unit_test(bias_correction),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("update", tests);
}

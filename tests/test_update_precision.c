// SPDX-License-Identifier: Apache-2.0
// What updates owe to float32, over thousands of steps: decay too small for it, means that die
// away, zeros that a proximal step leaves, the first steps of Adam.
#include "harness.h"
#include "update_reference.h"

#include "device/device.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ridge_optimizer sgd_momentum = {
    .kind = RIDGE_SGD, .rate = 0.01f, .momentum = 0.875f, .weight_decay = 0.1f};
static const ridge_optimizer adam = {.kind = RIDGE_ADAM, .rate = 0.05f};
static const ridge_optimizer rmsprop_momentum = {
    .kind = RIDGE_RMSPROP, .rate = 0.002f, .momentum = 0.9f, .weight_decay = 0.1f};

// w (1 - 1e-8) is w in float32: rate 0.01 and lambda / m = 0.01 / 10000 would do nothing. What is
// due is taken when it has come to 2^-17, so it is at most that late, and each time is rounded by
// half an ulp.
static void decay_too_small_for_float32(void **state)
{
    (void)state;
    // Where launches are slow, fewer and larger ones.
    size_t steps = test_device->walk == RIDGE_WALK_CPU ? 100000 : 4000;
    if (test_few())
        steps = test_small() ? 25 : 60;
    ridge_optimizer o = ridge_sgd(.rate = 0.01f, .weight_decay = 0.1f / (float)steps);
    if (test_few())
        o.weight_decay = 2e-4f;
    assert_ok(ridge_optimizer_complete(&o));
    struct arena a = arena_make(update_penalties);
    size_t first = a.table[4].first, count = a.table[4].count;
    a.segments = 5;
    a.size = first + 512;
    memset(a.g, 0, a.size * 4);
    a.rates[0] = o.rate;
    for (size_t s = 0; s < a.segments; s++)
        a.table[s].l1 = a.table[s].l2 = 0;
    struct tensors t = tensors_upload(&a, &o, 0);
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
    arena_release(&a);
}

// Means of gradients that have stopped come to zero, instead of staying denormal for ever; weights,
// too.
static void no_denormals(void **state)
{
    (void)state;
    const ridge_optimizer trials[] = {sgd_momentum, adam, rmsprop_momentum};
    for (size_t k = 0; k < 3 && test_optimizer(&trials[k]); k++) {
        ridge_optimizer o = trials[k];
        assert_ok(ridge_optimizer_complete(&o));
        struct arena a = arena_make(update_penalties);
        memset(a.g, 0, a.size * 4);
        for (size_t i = 0; i < a.size; i++)
            a.w[i] = 0x1p-130f;
        struct tensors t = tensors_upload(&a, &o, 0);
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
        arena_release(&a);
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
    const ridge_optimizer trials[] = {ridge_sgd(.rate = 0.1f), sgd_momentum, adam,
                                      ridge_rmsprop(.rate = 0.01f)};
    size_t count = test_small() ? 0 : test_few() ? 1 : 4;
    for (size_t k = 0; k < count && test_optimizer(&trials[k]); k++) {
        ridge_optimizer o = trials[k];
        o.weight_decay = -1;
        assert_ok(ridge_optimizer_complete(&o));
        struct arena a = arena_make(kind);
        a.segments = 1;
        a.size = ALIGNMENT;
        float w[ALIGNMENT] = {1, -1, 0.5f}, g[ALIGNMENT] = {0};
        memcpy(a.w, w, sizeof(w));
        struct tensors t = tensors_upload(&a, &o, 0);
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
        arena_release(&a);
    }
}

// From zero with rate 1, the first step of Adam is -g / (|g| + epsilon) to a few ulps. In the next
// ones the correction of the bias must not cancel; after a million steps there is none left.
static void bias_correction(void **state)
{
    (void)state;
    ridge_optimizer o = ridge_adam(.rate = 1);
    assert_ok(ridge_optimizer_complete(&o));
    struct arena a = arena_make(update_penalties);
    memset(a.w, 0, a.size * 4);
    for (size_t s = 0; s < a.segments; s++)
        a.table[s].l1 = a.table[s].l2 = 0;
    a.rates[0] = 1;
    const uint32_t steps[] = {0, 1, 2, 3, 4, 9, 999, 1000000};
    float *got = malloc(a.size * 4);
    double *expected = malloc(a.size * 8);
    for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
        struct tensors t = tensors_upload(&a, &o, steps[k]);
        assert_ok(ridge_update(test_launcher, &t.update));
        test_get(t.update.parameters, got);
        for (size_t i = 0; i < a.size; i++) {
            double slots[2] = {0, 0};
            expected[i] = 0;
            reference_element(&o, &a.table[0], 1, steps[k] + 1.0, a.g[i], &expected[i], slots);
        }
        // In half ulps: 14 for each correction (expm1 6, a quotient 5, three roundings), the second
        // halved by the root, which adds 6; 5 for the quotient of the two, 9 for the rest.
        test_close("one step", got, expected, a.size, 0, 41 * TEST_EPSILON);
        tensors_release(&t);
    }
    free(got);
    free(expected);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decay_too_small_for_float32),
        cmocka_unit_test(no_denormals),
        cmocka_unit_test(proximal_minimum),
        cmocka_unit_test(bias_correction),
    };
    return TEST_MAIN("update_precision", tests);
}

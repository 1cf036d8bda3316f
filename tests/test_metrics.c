// SPDX-License-Identifier: Apache-2.0
// Running totals of loss and right rows against double precision.
#include "harness.h"
#include "ops/step.h"

#include <ridge/loss.h>
#include <stdlib.h>
#include <string.h>

// Kahan's sums have 2 u of the sum of magnitudes, the pairs behind them less.
#define TOLERANCE (3 * TEST_EPSILON)

static void check(const char *what, ridge_tensor totals, double loss, double right)
{
    float got[4];
    test_get(totals, got);
    double sums[2] = {(double)got[0] + got[1], (double)got[2] + got[3]};
    double allowed = TOLERANCE * fabs(loss);
    if (!(fabs(sums[0] - loss) <= allowed) || sums[1] != right)
        fail_msg("%s: expected loss %.12g and %.12g right, got %.12g and %.12g", what, loss, right,
                 sums[0], sums[1]);
    // Only what float32 cannot hold is carried.
    assert_true(fabsf(got[1]) <= 2 * (float)TEST_EPSILON * fabsf(got[0]));
}

static void all_lengths(void **state)
{
    (void)state;
    for (const size_t *n = test_lengths(); *n; n++) {
        float *loss = malloc(*n * sizeof(float)), *right = malloc(*n * sizeof(float));
        test_fill(loss, *n, 1, 0, 5);
        double losses = 1.5, rights = 2; // what the totals start with
        for (size_t i = 0; i < *n; i++) {
            right[i] = loss[i] < 2 ? 1.0f : 0.0f;
            losses += 2.0 * loss[i];
            rights += 2.0 * right[i];
        }
        ridge_tensor row_loss = test_vector(*n, loss), row_right = test_vector(*n, right);
        ridge_tensor totals = test_vector(4, (float[]){1.5f, 0, 2, 0});
        assert_ok(ridge_loss_accumulate(test_launcher, row_loss, row_right, totals));
        assert_ok(ridge_loss_accumulate(test_launcher, row_loss, row_right, totals));
        check("all lengths", totals, losses, rights);
        test_release(&row_loss);
        test_release(&row_right);
        test_release(&totals);
        free(loss);
        free(right);
    }
}

// Each step adds less than half an ulp of the total: a plain float32 total would stand still.
static void many_steps(void **state)
{
    (void)state;
    int steps = test_small() ? 20 : 1000;
    float loss[100], right[100];
    for (int i = 0; i < 100; i++) {
        loss[i] = 0.001f;
        right[i] = (float)(i % 2);
    }
    ridge_tensor row_loss = test_vector(100, loss), row_right = test_vector(100, right);
    ridge_tensor totals = test_vector(4, (float[]){0x1p24f, 0, 0, 0});
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_loss_accumulate(ridge_plan_launcher(plan), row_loss, row_right, totals));
    assert_int_equal(ridge_plan_length(plan), 1);
    for (int i = 0; i < steps; i++)
        assert_ok(ridge_plan_run(plan));
    check("many steps", totals, 0x1p24 + 100.0 * steps * 0.001f, 50.0 * steps);
    ridge_plan_destroy(&plan);
    test_release(&row_loss);
    test_release(&row_right);
    test_release(&totals);
}

// The end of a step is both, with rates and without.
static void ends_a_step(void **state)
{
    (void)state;
    ridge_tensor rates = test_vector(2, (float[]){0.5f, 0.25f}), none = {0};
    ridge_tensor row_loss = test_vector(3, (float[]){1, 2, 4}), row_right = test_vector(3, NULL);
    assert_ok(ridge_tensor_write(test_device, row_right, (float[]){1, 0, 1}));
    for (int scheduled = 0; scheduled < 2; scheduled++) {
        ridge_tensor totals = test_vector(4, (float[]){5, 0, 7, 0});
        ridge_tensor words =
            test_tensor(RIDGE_UINT32, RIDGE_SHAPE(scheduled ? 4 : 2), (uint32_t[]){8, 20, 0, 0});
        float sums[4];
        uint32_t got[4];
        assert_ok(ridge_step_end(test_launcher, row_loss, row_right, totals, words,
                                 scheduled ? rates : none));
        test_get(totals, sums);
        test_get(words, got);
        assert_true(sums[0] == 12 && sums[1] == 0 && sums[2] == 9 && sums[3] == 0);
        assert_true(got[0] == 9 && got[1] == 23);
        float rate = 0.25f;
        assert_true(!scheduled || (got[3] == 1 && memcmp(&got[2], &rate, sizeof(rate)) == 0));
        test_release(&totals);
        test_release(&words);
    }
    assert_fails(ridge_step_end(test_launcher, row_loss, row_right, row_loss, none, none),
                 RIDGE_ERROR_ARGUMENT, "state: expected a tensor");
    test_release(&rates);
    test_release(&row_loss);
    test_release(&row_right);
}

static void nan_and_infinity(void **state)
{
    (void)state;
    const float bad[] = {NAN, INFINITY};
    for (int b = 0; b < 2; b++) {
        ridge_tensor row_loss = test_vector(3, (float[]){1, bad[b], 2});
        ridge_tensor row_right = test_vector(3, (float[]){1, 0, 1});
        ridge_tensor totals = test_vector(4, (float[]){5, 0, 7, 0});
        float got[4];
        for (int run = 0; run < 2; run++)
            assert_ok(ridge_loss_accumulate(test_launcher, row_loss, row_right, totals));
        test_get(totals, got);
        assert_true(b ? got[0] == INFINITY : isnan(got[0]));
        assert_true(got[1] == 0 && got[2] == 11 && got[3] == 0);
        test_release(&row_loss);
        test_release(&row_right);
        test_release(&totals);
    }
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_vector(7, NULL), totals = test_vector(4, NULL), none = {0};
    assert_fails(ridge_loss_accumulate(NULL, x, x, totals), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_loss_accumulate(test_launcher, none, x, totals), RIDGE_ERROR_ARGUMENT,
                 "row_loss: expected a tensor");
    assert_fails(ridge_loss_accumulate(test_launcher, x, totals, totals), RIDGE_ERROR_SHAPE,
                 "row_right: expected 7 elements, got 4");
    assert_fails(ridge_loss_accumulate(test_launcher, x, x, x), RIDGE_ERROR_SHAPE,
                 "totals: expected 4 elements, got 7");
    test_release(&x);
    test_release(&totals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_lengths),   cmocka_unit_test(many_steps),
        cmocka_unit_test(ends_a_step),   cmocka_unit_test(nan_and_infinity),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("metrics", tests);
}

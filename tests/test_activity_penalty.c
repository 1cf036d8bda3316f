// SPDX-License-Identifier: Apache-2.0
// The activity penalty against double precision: sums over odd sizes, running totals, gradients.
#include "harness.h"

#include <ridge/loss.h>
#include <ridge/ops.h>
#include <stdlib.h>

#include "golden.h"

// Every fifth element is zero, of either sign.
static float *some(size_t count, uint64_t seed)
{
    float *x = malloc(count * sizeof(*x));
    assert_non_null(x);
    test_fill(x, count, seed, -2, 2);
    for (size_t i = 2; i < count; i += 5)
        x[i] = i % 2 ? 0.0f : -0.0f;
    return x;
}

// The compensated sums of lanes keep 2 u, a square adds 1 u and the sum of total and rest 1 u.
#define TOLERANCE (4 * TEST_EPSILON)

static void sums(void **state)
{
    (void)state;
    for (const size_t *n = test_lengths(); *n; n++) {
        float *x = some(*n, *n), got[4], zeros[4] = {0};
        ridge_tensor on_device = test_vector(*n, x), totals = test_vector(4, zeros);
        double expected[2] = {0, 0};
        for (size_t i = 0; i < *n; i++) {
            expected[0] += fabs((double)x[i]);
            expected[1] += (double)x[i] * x[i];
        }
        for (int times = 1; times <= 3; times++) {
            assert_ok(ridge_activity_penalty_sums(test_launcher, on_device, totals));
            test_get(totals, got);
            for (int k = 0; k < 2; k++)
                assert_true(fabs((double)got[2 * k] + got[2 * k + 1] - times * expected[k]) <=
                            TOLERANCE * times * expected[k]);
        }
        test_release(&on_device);
        test_release(&totals);
        free(x);
    }
}

// 10^4 batches of 0.1: what each adds is below the last digit of the total in the end.
static void totals_lose_nothing(void **state)
{
    (void)state;
    enum { ROWS = 64 };
    size_t batches = test_small() ? 20 : test_few() ? 1000 : 10000;
    float x[ROWS], got[4], begin[4] = {1e6f, 0, 1e6f, 0};
    for (size_t i = 0; i < ROWS; i++)
        x[i] = 0.1f;
    ridge_tensor on_device = test_vector(ROWS, x), totals = test_vector(4, begin);
    for (size_t i = 0; i < batches; i++)
        assert_ok(ridge_activity_penalty_sums(test_launcher, on_device, totals));
    test_get(totals, got);
    double each = x[0], count = (double)(batches * ROWS);
    double expected[2] = {count * each, count * each * each};
    for (int k = 0; k < 2; k++)
        assert_true(fabs((double)got[2 * k] - 1e6 + got[2 * k + 1] - expected[k]) <=
                    TOLERANCE * expected[k]);
    test_release(&on_device);
    test_release(&totals);
}

static void not_finite(void **state)
{
    (void)state;
    float x[70], got[4], zeros[4] = {0};
    for (size_t i = 0; i < 70; i++)
        x[i] = 1;
    x[69] = INFINITY;
    ridge_tensor on_device = test_vector(70, x), totals = test_vector(4, zeros);
    assert_ok(ridge_activity_penalty_sums(test_launcher, on_device, totals));
    test_get(totals, got);
    assert_true(isinf(got[0]) && isinf(got[2]) && got[1] == 0 && got[3] == 0);
    x[3] = NAN;
    test_put(on_device, x);
    assert_ok(ridge_activity_penalty_sums(test_launcher, on_device, totals));
    test_get(totals, got);
    assert_true(isnan(got[0]) && isnan(got[2]));
    test_release(&on_device);
    test_release(&totals);
}

static void gradients(void **state)
{
    (void)state;
    const float l1 = 0.3f, l2 = 0.7f;
    for (const size_t *n = test_lengths(); *n; n++) {
        for (size_t columns = 1; columns <= 7; columns += 6) {
            size_t rows = *n, count = rows * columns;
            if (count > 1 << 20)
                continue;
            float *x = some(count, count), *dx = some(count, count + 1);
            double *expected = malloc(count * sizeof(*expected));
            for (size_t i = 0; i < count; i++)
                expected[i] =
                    dx[i] + (l1 * ((x[i] > 0) - (x[i] < 0)) + 2.0 * l2 * x[i]) / (double)rows;
            ridge_tensor on_x = test_matrix(rows, columns, x),
                         on_dx = test_matrix(rows, columns, dx);
            assert_ok(ridge_activity_penalty_gradient(test_launcher, l1, l2, on_x, on_dx));
            test_get(on_dx, dx);
            // two quotients, three products, two sums of numbers of at most 2 + 0.3 + 2.8
            test_close("dx", dx, expected, count, 7 * 5.1 * TEST_EPSILON, 0);
            test_release(&on_x);
            test_release(&on_dx);
            free(expected);
            free(x);
            free(dx);
        }
    }
}

// PyTorch's gradient of (0.5 sum|y| + 0.25 sum y^2) / rows.
static void golden(void **state)
{
    (void)state;
    golden_open("penalties");
    float totals[4] = {0}, expected = golden_floats(NULL, "activity.penalty")[0];
    ridge_tensor y = golden_tensor("activity.y"), sums = test_vector(4, totals);
    ridge_tensor gradient = test_matrix(y.shape[0], y.shape[1], NULL);
    assert_ok(ridge_fill(test_launcher, gradient, 0));
    assert_ok(ridge_activity_penalty_sums(test_launcher, y, sums));
    assert_ok(ridge_activity_penalty_gradient(test_launcher, 0.5f, 0.25f, y, gradient));
    test_get(sums, totals);
    double penalty = (0.5 * totals[0] + 0.25 * totals[2]) / (double)y.shape[0];
    assert_true(fabs(penalty - (double)expected) <= 2 * TOLERANCE * penalty);
    golden_expect(gradient, 0, 8 * TEST_EPSILON, "activity.gradient");
    golden_close();
    test_release(&y);
    test_release(&sums);
    test_release(&gradient);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_matrix(3, 2, NULL), dx = test_matrix(3, 2, NULL),
                 few = test_vector(3, NULL);
    assert_fails(ridge_activity_penalty_sums(test_launcher, x, few), RIDGE_ERROR_SHAPE, "totals");
    assert_fails(ridge_activity_penalty_gradient(test_launcher, -1, 0, x, dx), RIDGE_ERROR_ARGUMENT,
                 "l1, l2: expected numbers from 0, got -1 and 0");
    assert_fails(ridge_activity_penalty_gradient(test_launcher, 0, NAN, x, dx),
                 RIDGE_ERROR_ARGUMENT, "l2");
    assert_fails(ridge_activity_penalty_gradient(test_launcher, 1, 1, x, few), RIDGE_ERROR_SHAPE,
                 "dx");
    test_release(&x);
    test_release(&dx);
    test_release(&few);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),       cmocka_unit_test(totals_lose_nothing),
        cmocka_unit_test(not_finite), cmocka_unit_test(gradients),
        cmocka_unit_test(golden),     cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("activity_penalty", tests);
}

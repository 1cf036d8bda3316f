// SPDX-License-Identifier: Apache-2.0
// A lambda of each convention against the numbers that the texts work out.
#include "harness.h"

#include <float.h>

#include <ridge/penalty.h>

static ridge_penalty from(ridge_lambda convention, double lambda, size_t m)
{
    ridge_penalty penalty;
    assert_ok(ridge_penalty_from(convention, lambda, m, &penalty));
    return penalty;
}

static void four_meanings(void **state)
{
    (void)state;
    const struct {
        ridge_lambda convention;
        const char *name;
        double strength; // of lambda 0.7 with 35 rows
    } rows[] = {
        {RIDGE_LAMBDA, "lambda", 0.7},
        {RIDGE_LAMBDA_HALF, "lambda/2", 0.35},
        {RIDGE_LAMBDA_OVER_M, "lambda/m", 0.02},
        {RIDGE_LAMBDA_OVER_2M, "lambda/2m", 0.01},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ridge_penalty got = from(rows[i].convention, 0.7, 35);
        assert_true(got.l1 == (float)rows[i].strength);
        assert_true(got.l2 == (float)rows[i].strength);
        assert_string_equal(ridge_lambda_name(rows[i].convention), rows[i].name);
    }
    assert_null(ridge_lambda_name((ridge_lambda)4));
    assert_true(from(RIDGE_LAMBDA, 0, 0).l2 == 0); // without an m none is needed
}

// The penalties and gradients of the texts' own examples, through ridge's formulas l1 sum |w|,
// l2 sum w^2, l1 sign(w), 2 l2 w.
static void vectors_of_the_texts(void **state)
{
    (void)state;
    // [[.1, -.05], [.02, .15]]: L1 0.32, squares 0.0354; slides: lambda/m and lambda/2m
    ridge_penalty slides1 = from(RIDGE_LAMBDA_OVER_M, 0.1, 10);
    ridge_penalty slides2 = from(RIDGE_LAMBDA_OVER_2M, 0.1, 10);
    assert_true(fabs((double)slides1.l1 * 0.32 - 0.1 / 10 * 0.32) < 1e-9);
    assert_true(fabs((double)slides2.l2 * 0.0354 - 0.1 / 20 * 0.0354) < 1e-9);
    // derivative lambda / m w
    assert_true(fabs(2 * (double)slides2.l2 * 0.15 - 0.1 / 10 * 0.15) < 1e-9);
    // [[.2, -.1], [.3, .4]]: L1 1.00; lecture notes: lambda/2m
    assert_true(fabs((double)from(RIDGE_LAMBDA_OVER_2M, 0.5, 4).l1 * 1.0 - 0.0625) < 1e-9);
    // rate .01, lambda .01, m 10000: the weights' factor 1 - rate lambda / m is 0.99999999, where
    // the text has 0.999999
    double l2 = from(RIDGE_LAMBDA_OVER_2M, 0.01, 10000).l2;
    assert_true(fabs(1 - 0.01 * 2 * l2 - 0.99999999) < 1e-15);
    // [[1 .. 9]]: Frobenius norm sqrt(285); PyTorch's weight_decay is the lambda of lambda/2
    assert_true(fabs((double)from(RIDGE_LAMBDA_HALF, 0.02, 0).l2 * 285 - 2.85) < 1e-6);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_penalty penalty;
    assert_fails(ridge_penalty_from(RIDGE_LAMBDA_OVER_M, 1, 0, &penalty), RIDGE_ERROR_ARGUMENT,
                 "m: expected the number of training rows for lambda/m, got 0");
    assert_fails(ridge_penalty_from(RIDGE_LAMBDA, -1, 1, &penalty), RIDGE_ERROR_ARGUMENT,
                 "lambda: expected a number from 0, got -1");
    assert_fails(ridge_penalty_from(RIDGE_LAMBDA, (double)NAN, 1, &penalty), RIDGE_ERROR_ARGUMENT,
                 "lambda");
    assert_fails(ridge_penalty_from(RIDGE_LAMBDA, 4 * (double)FLT_MAX, 1, &penalty),
                 RIDGE_ERROR_ARGUMENT, "float32");
    assert_fails(ridge_penalty_from((ridge_lambda)4, 1, 1, &penalty), RIDGE_ERROR_ARGUMENT,
                 "convention");
    assert_fails(ridge_penalty_from(RIDGE_LAMBDA, 1, 1, NULL), RIDGE_ERROR_ARGUMENT, "penalty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_meanings),
        cmocka_unit_test(vectors_of_the_texts),
        cmocka_unit_test(bad_arguments),
    };
    return cmocka_run_group_tests_name("penalty", tests, NULL, NULL);
}

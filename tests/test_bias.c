// SPDX-License-Identifier: Apache-2.0
// The gradient of a bias against double precision, and its repeatability.
#include "harness.h"

#include <ridge/gemm.h>
#include <ridge/ops.h>
#include <stdlib.h>
#include <string.h>

#include "ops/bias.h"

// Blocks of 64, then up to 64 blocks, then the parts: no element takes part in more additions.
#define ADDITIONS 192

static void one_shape(size_t rows, size_t columns)
{
    size_t count = rows * columns;
    float *x = malloc(count * sizeof(float)), *got = malloc(columns * sizeof(float));
    double *expected = calloc(columns, sizeof(double));
    test_fill(x, count, rows, -1, 1);
    for (size_t i = 0; i < count; i++)
        expected[i % columns] += x[i];
    ridge_tensor dy = test_matrix(rows, columns, x), db = test_vector(columns, NULL);
    assert_ok(ridge_bias_gradient(test_launcher, dy, db));
    test_get(db, got);
    // every |x| is below 1, so the sum of magnitudes is below the number of rows
    size_t additions = rows < ADDITIONS ? rows : ADDITIONS;
    test_close("db", got, expected, columns, (double)(additions * rows) * TEST_EPSILON, 0);

    float *again = malloc(columns * sizeof(float));
    assert_ok(ridge_bias_gradient(test_launcher, dy, db));
    test_get(db, again);
    assert_memory_equal(got, again, columns * sizeof(float));
    test_release(&dy);
    test_release(&db);
    free(x);
    free(got);
    free(again);
    free(expected);
}

static void shapes(void **state)
{
    (void)state;
    static const size_t few[][2] = {{1, 1}, {7, 3}, {65, 10}, {3, 257}, {300, 9}};
    static const size_t more[][2] = {{1, 1009}, {63, 65},   {128, 800},   {127, 63},
                                     {1009, 1}, {4097, 17}, {12289, 129}, {100003, 3}};
    for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++)
        one_shape(few[i][0], few[i][1]);
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]) && !test_small(); i++)
        one_shape(more[i][0], more[i][1]);
}

// dz = scale dy f'(z) and its sums, from the derivative that test_activation.c knows to be right.
static void with_activation(size_t rows, size_t columns, ridge_activation activation)
{
    const float scale = 1.25f;
    size_t count = rows * columns;
    float *x = malloc(count * sizeof(float)), *y = malloc(count * sizeof(float));
    float *dy = malloc(count * sizeof(float)), *got = malloc(count * sizeof(float));
    double *dz = malloc(count * sizeof(double)), *sums = calloc(columns, sizeof(double));
    test_fill(x, count, rows, -1, 1);
    test_fill(dy, count, columns, -1, 1);
    ridge_tensor saved = test_matrix(rows, columns, x), gradient = test_matrix(rows, columns, dy);
    ridge_tensor one = test_matrix(rows, columns, NULL), db = test_vector(columns, NULL);
    if (!ridge_activation_needs_input(activation))
        assert_ok(ridge_activation_forward(test_launcher, activation, 0, saved, saved));
    assert_ok(ridge_activation_backward(test_launcher, activation, 0, saved, gradient, one, false));
    test_get(one, y);
    for (size_t i = 0; i < count; i++) {
        dz[i] = (double)scale * y[i];
        sums[i % columns] += dz[i];
    }
    assert_ok(
        ridge_activation_bias_gradient(test_launcher, activation, 0, scale, saved, gradient, db));
    test_get(gradient, got);
    // y has one rounding, scale dy another, and their product a third
    test_close("dz", got, dz, count, 0, 4 * TEST_EPSILON);
    test_get(db, got);
    // |dz| is below 2 for each of these functions
    size_t additions = 4 + (rows < ADDITIONS ? rows : ADDITIONS);
    test_close("db", got, sums, columns, (double)(2 * additions * rows) * TEST_EPSILON, 0);
    test_release(&saved);
    test_release(&gradient);
    test_release(&one);
    test_release(&db);
    free(x);
    free(y);
    free(dy);
    free(got);
    free(dz);
    free(sums);
}

static void with_activations(void **state)
{
    (void)state;
    static const size_t shapes[][2] = {{1, 1},   {7, 3},     {65, 10},   {3, 257},
                                       {300, 9}, {128, 800}, {4097, 17}, {12289, 129}};
    static const ridge_activation activations[] = {RIDGE_RELU, RIDGE_SIGMOID, RIDGE_GELU};
    for (size_t i = 0; i < (test_small() ? 5 : 8); i++)
        for (size_t a = 0; a < (test_small() ? 1 : 3); a++)
            with_activation(shapes[i][0], shapes[i][1], activations[a]);
}

// The rows above the part of one work-group go through scratch, also in a plan.
static void recorded_plan_gives_the_same(void **state)
{
    (void)state;
    const size_t rows = test_small() ? 300 : 5000, columns = 9;
    float *x = malloc(rows * columns * sizeof(float)), at_once[9], planned[9];
    test_fill(x, rows * columns, 5, -1, 1);
    ridge_tensor dy = test_matrix(rows, columns, x), db = test_vector(columns, NULL);
    assert_ok(ridge_bias_gradient(test_launcher, dy, db));
    test_get(db, at_once);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_bias_gradient(ridge_plan_launcher(plan), dy, db));
    assert_ok(ridge_fill(test_launcher, db, NAN));
    assert_ok(ridge_plan_run(plan));
    test_get(db, planned);
    assert_memory_equal(at_once, planned, sizeof(planned));
    ridge_plan_destroy(&plan);
    test_release(&dy);
    test_release(&db);
    free(x);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor dy = test_matrix(3, 5, NULL), db = test_vector(4, NULL);
    assert_fails(ridge_bias_gradient(NULL, dy, db), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_bias_gradient(test_launcher, (ridge_tensor){0}, db), RIDGE_ERROR_ARGUMENT,
                 "dy:");
    assert_fails(ridge_bias_gradient(test_launcher, dy, db), RIDGE_ERROR_SHAPE,
                 "db: expected 5 elements");
    assert_fails(ridge_bias_gradient(test_launcher, db, db), RIDGE_ERROR_SHAPE,
                 "dy: expected 2 dimensions");
    test_release(&dy);
    test_release(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),
        cmocka_unit_test(with_activations),
        cmocka_unit_test(recorded_plan_gives_the_same),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("bias", tests);
}

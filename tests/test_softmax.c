// SPDX-License-Identifier: Apache-2.0
// Softmax against double precision: narrow and wide rows, extremes, in place.
#include "harness.h"

#include <math.h>
#include <ridge/activation.h>
#include <stdlib.h>
#include <string.h>

static void softmax_row(const float *x, size_t columns, double *y)
{
    double largest = -INFINITY, total = 0;
    for (size_t j = 0; j < columns; j++)
        largest = fmax(largest, x[j]);
    for (size_t j = 0; j < columns; j++)
        total += y[j] = exp(x[j] - largest);
    for (size_t j = 0; j < columns; j++)
        y[j] /= total;
}

// exp has an error of 3 ulp, its argument |x - largest| <= 40 one of 40 * 2^-24, the sum of n terms
// one of n * 2^-24 at worst, the division 2.5 ulp.
static double tolerance(size_t columns)
{
    return (6 + 40 + (double)columns + 5) * TEST_EPSILON;
}

static void check(size_t rows, size_t columns)
{
    size_t count = rows * columns;
    float *x = malloc(count * 4), *got = malloc(count * 4);
    double *expected = malloc(count * 8);
    test_fill(x, count, rows + columns, -20, 20);
    for (size_t r = 0; r < rows; r++)
        softmax_row(x + r * columns, columns, expected + r * columns);
    ridge_tensor from = test_matrix(rows, columns, x), to = test_matrix(rows, columns, NULL);
    assert_ok(ridge_softmax(test_launcher, from, to));
    test_get(to, got);
    // below the smallest normal number (1.2e-38) a device may flush to zero
    test_close("softmax", got, expected, count, 1.2e-38, tolerance(columns));
    assert_ok(ridge_softmax(test_launcher, from, from));
    float *again = malloc(count * 4);
    test_get(from, again);
    assert_memory_equal(again, got, count * 4);
    test_release(&from);
    test_release(&to);
    free(x);
    free(got);
    free(again);
    free(expected);
}

static void all_shapes(void **state)
{
    (void)state;
    static const size_t all[][2] = {{1, 1},    {1, 10},   {7, 2},     {63, 3},    {65, 32},
                                    {33, 33},  {5, 63},   {3, 65},    {128, 10},  {127, 256},
                                    {2, 1000}, {1009, 7}, {17, 1009}, {2, 65537}, {10007, 10}};
    size_t few = 8;
    for (size_t i = 0; i < (test_small() ? few : sizeof(all) / sizeof(all[0])); i++)
        check(all[i][0], all[i][1]);
}

// Logits far apart neither overflow nor lose the row; minus infinity masks a column; NaN makes its
// own row NaN and no other.
static void extremes(void **state)
{
    (void)state;
    for (size_t columns = 4; columns <= 40; columns += 36) {
        float x[4 * 40], got[4 * 40];
        double expected[40];
        test_fill(x, 4 * columns, 1, -1, 1);
        x[0] = 1e4f;
        x[1] = -1e4f;
        x[columns] = x[columns + 1] = 1e4f;
        x[2 * columns + 3] = -INFINITY;
        x[3 * columns + 2] = NAN;
        ridge_tensor tensor = test_matrix(4, columns, x);
        assert_ok(ridge_softmax(test_launcher, tensor, tensor));
        test_get(tensor, got);
        for (size_t r = 0; r < 3; r++) {
            softmax_row(x + r * columns, columns, expected);
            test_close("extremes", got + r * columns, expected, columns, 1.2e-38,
                       tolerance(columns));
        }
        for (size_t j = 0; j < columns; j++)
            assert_true(isnan(got[3 * columns + j]));
        test_release(&tensor);
    }
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_matrix(3, 4, NULL), y = test_vector(11, NULL);
    assert_fails(ridge_softmax(test_launcher, x, y), RIDGE_ERROR_SHAPE, "y: expected 12 elements");
    assert_fails(ridge_softmax(NULL, x, x), RIDGE_ERROR_ARGUMENT, "launcher");
    y.rank = 0;
    assert_fails(ridge_softmax(test_launcher, y, y), RIDGE_ERROR_SHAPE, "x: expected [rows");
    test_release(&x);
    test_release(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_shapes),
        cmocka_unit_test(extremes),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("softmax", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Copies of columns: what is beside them stays.
#include "harness.h"

#include <stdlib.h>

#include <ridge/ops.h>

static void one_shape(size_t rows, size_t x_columns, size_t from, size_t y_columns, size_t to,
                      size_t count)
{
    size_t all = rows * y_columns;
    float *x = malloc(rows * x_columns * 4), *y = malloc(all * 4), *got = malloc(all * 4);
    double *expected = malloc(all * 8);
    test_fill(x, rows * x_columns, 1, -2, 2);
    test_fill(y, all, 2, -2, 2);
    ridge_tensor source = test_matrix(rows, x_columns, x), target = test_matrix(rows, y_columns, y);
    for (int accumulate = 0; accumulate < 2; accumulate++) {
        for (size_t i = 0; i < all; i++) {
            size_t r = i / y_columns, j = i % y_columns;
            bool inside = j >= to && j < to + count;
            double value = inside ? x[r * x_columns + from + j - to] : y[i];
            expected[i] = inside && accumulate ? 2 * value : value;
        }
        assert_ok(ridge_copy_columns(test_launcher, source, from, target, to, count, accumulate));
        test_get(target, got);
        test_close("y", got, expected, all, 0, 0);
    }
    test_release(&source);
    test_release(&target);
    free(x);
    free(y);
    free(got);
    free(expected);
}

static void shapes(void **state)
{
    (void)state;
    one_shape(7, 5, 0, 9, 4, 5);
    one_shape(3, 33, 1, 17, 0, 17);
    one_shape(65, 1, 0, 2, 1, 1);
    if (test_small())
        return;
    one_shape(1009, 32, 0, 65, 33, 32);
    one_shape(2, 20011, 11, 20000, 0, 20000);
    one_shape(20011, 3, 1, 2, 0, 2);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_matrix(3, 4, NULL), y = test_matrix(2, 6, NULL);
    assert_fails(ridge_copy_columns(NULL, x, 0, y, 0, 1, false), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_copy_columns(test_launcher, x, 2, y, 0, 3, false), RIDGE_ERROR_SHAPE,
                 "x: expected columns up to 4, got 3 from 2 on");
    assert_fails(ridge_copy_columns(test_launcher, x, 0, y, 0, 4, false), RIDGE_ERROR_SHAPE,
                 "y: expected 3 rows as in x, got 2");
    assert_fails(ridge_copy_columns(test_launcher, y, 0, y, 0, 0, false), RIDGE_ERROR_ARGUMENT,
                 "count");
    x.rank = 0;
    assert_fails(ridge_copy_columns(test_launcher, x, 0, y, 0, 1, false), RIDGE_ERROR_SHAPE,
                 "x: expected [..., columns], got a scalar");
    x.rank = 2;
    test_release(&x);
    test_release(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("columns", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Transposing: exact, so every element is compared bit for bit.
#include "harness.h"

#include <ridge/ops.h>
#include <stdlib.h>

static void check(size_t batch, size_t rows, size_t columns)
{
    size_t count = batch * rows * columns;
    float *x = malloc(count * sizeof(*x)), *old = malloc(count * sizeof(*old));
    float *got = malloc(count * sizeof(*got));
    test_fill(x, count, 1, -1, 1);
    test_fill(old, count, 2, -1, 1);
    for (int accumulate = 0; accumulate < 2; accumulate++) {
        ridge_tensor tx = test_tensor(RIDGE_FLOAT32, RIDGE_SHAPE(batch, rows, columns), x);
        ridge_tensor ty = test_vector(count, accumulate ? old : NULL);
        assert_ok(ridge_transpose(test_launcher, tx, ty, accumulate));
        test_get(ty, got);
        for (size_t b = 0; b < batch; b++)
            for (size_t r = 0; r < rows; r++)
                for (size_t c = 0; c < columns; c++) {
                    size_t at = (b * columns + c) * rows + r;
                    float expected = x[(b * rows + r) * columns + c];
                    assert_true(got[at] == (accumulate ? expected + old[at] : expected));
                }
        test_release(&tx);
        test_release(&ty);
    }
    free(x);
    free(old);
    free(got);
}

static void shapes(void **state)
{
    (void)state;
    static const size_t shapes[][3] = {{1, 1, 1},   {2, 3, 17},  {1, 16, 16},  {3, 33, 16},
                                       {2, 16, 49}, {5, 64, 49}, {1, 257, 65}, {7, 1, 63}};
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]) - (test_small() ? 3 : 0); i++)
        check(shapes[i][0], shapes[i][1], shapes[i][2]);
}

static void refusals(void **state)
{
    (void)state;
    ridge_tensor x = test_vector(6, NULL), y = test_vector(7, NULL);
    assert_fails(ridge_transpose(test_launcher, x, y, false), RIDGE_ERROR_SHAPE,
                 "x: expected [batch, rows, columns], got 1 dimensions");
    assert_fails(
        ridge_transpose(test_launcher, ridge_tensor_reshaped(x, RIDGE_SHAPE(1, 2, 3)), y, false),
        RIDGE_ERROR_SHAPE, "y: expected 6 elements, got 7");
    test_release(&x);
    test_release(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),
        cmocka_unit_test(refusals),
    };
    return TEST_MAIN("transpose", tests);
}

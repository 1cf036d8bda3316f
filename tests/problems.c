// SPDX-License-Identifier: Apache-2.0
// Small data sets for tests of networks.
#include "harness.h"

#include "problems.h"

#include <stdlib.h>

ridge_dataset *test_blobs(size_t count, size_t size, size_t classes, double spread)
{
    float *x = malloc(count * size * sizeof(*x));
    int32_t *y = malloc(count * sizeof(*y));
    assert_true(x && y);
    for (size_t i = 0; i < count; i++) {
        y[i] = (int32_t)(i % classes);
        for (size_t j = 0; j < size; j++)
            x[i * size + j] = (float)(test_random(77, (size_t)y[i] * size + j, -2, 2) +
                                      spread * test_random(78, i * size + j, -1, 1));
    }
    ridge_dataset *data;
    assert_ok(
        ridge_dataset_create(ridge_dataset_params(.x = x, .count = count, .shape = {size}, .y = y,
                                                  .y_type = RIDGE_INT32, .classes = classes),
                             &data));
    free(x);
    free(y);
    return data;
}

ridge_dataset *test_regression(size_t count, size_t size, size_t targets)
{
    float *x = malloc(count * size * sizeof(*x)), *y = malloc(count * targets * sizeof(*y));
    assert_true(x && y);
    test_fill(x, count * size, 5, -1, 1);
    for (size_t i = 0; i < count; i++)
        for (size_t t = 0; t < targets; t++)
            y[i * targets + t] = (float)tanh(x[i * size + t % size] + x[i * size]);
    ridge_dataset *data;
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = x, .count = count, .shape = {size},
                                                        .y = y, .target_size = targets),
                                   &data));
    free(x);
    free(y);
    return data;
}

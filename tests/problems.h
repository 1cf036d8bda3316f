// SPDX-License-Identifier: Apache-2.0
// Small data sets for tests of networks.
#ifndef RIDGE_TESTS_PROBLEMS_H
#define RIDGE_TESTS_PROBLEMS_H

#include <ridge/data.h>

// `count` points around `classes` centres in `size` dimensions, labelled by centre; separable when
// `spread` is well below 1.
ridge_dataset *test_blobs(size_t count, size_t size, size_t classes, double spread);

// Random rows with `targets` values each, y = tanh(sum of some x).
ridge_dataset *test_regression(size_t count, size_t size, size_t targets);

#endif

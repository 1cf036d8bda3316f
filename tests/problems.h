// SPDX-License-Identifier: Apache-2.0
// Small data sets and networks for tests of training.
#ifndef RIDGE_TESTS_PROBLEMS_H
#define RIDGE_TESTS_PROBLEMS_H

#include <ridge/data.h>
#include <ridge/network.h>

// `count` points around `classes` centres in `size` dimensions, labelled by centre; separable when
// `spread` is well below 1.
ridge_dataset *test_blobs(size_t count, size_t size, size_t classes, double spread);

// The same rows with shares of classes as targets: 0.7 of the class that test_blobs gives, 0.3 of
// the next one.
ridge_dataset *test_shared_blobs(size_t count, size_t size, size_t classes, double spread);

// Random rows with `targets` values each, y = tanh(sum of some x).
ridge_dataset *test_regression(size_t count, size_t size, size_t targets);

// A network for blobs of 6 dimensions in 4 classes, batch 16: 16 units with relu, these penalties
// and this dropout behind them.
ridge_network *test_classifier(ridge_optimizer optimizer, float rate, float l2, float max_norm);
// The same rows as images of 2 x 3: convolutions, batch normalisation, pooling, dropout.
ridge_network *test_convolutional(void);
// The classifier with dropout, trained on augmented rows, mixtures among them.
ridge_network *test_augmented(void);

#endif

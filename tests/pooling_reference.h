// SPDX-License-Identifier: Apache-2.0
// Images and what pooling makes of them, by plain loops in double precision.
#ifndef RIDGE_TESTS_POOLING_REFERENCE_H
#define RIDGE_TESTS_POOLING_REFERENCE_H

#include <ridge/image.h>

struct pooling_images {
    ridge_pooling_shape shape;
    size_t output[2], inputs, outputs;
    float *x, *dy;           // with equal values among x
    ridge_tensor from, back; // the same on the device
    double *expected;        // room for the larger of both
    float *got;
};

struct pooling_images pooling_make(ridge_pooling_shape shape);
void pooling_release(struct pooling_images *m);

// What is done with each window, of channel c of image b: it holds the places [begin, end) of rows
// and columns, and gives element `output`.
typedef void pooling_visit(struct pooling_images *m, size_t output, size_t b, size_t c,
                           const size_t begin[2], const size_t end[2]);
void pooling_windows(struct pooling_images *m, pooling_visit *what);

// These put y, or add dx, to `expected`. Of equal values the first one is the largest.
pooling_visit pooling_largest, pooling_largest_back, pooling_mean, pooling_mean_back;

#endif

// SPDX-License-Identifier: Apache-2.0
// Convolutions by 3 x 3 kernels in double precision, and how far Winograd's may be from them.
#ifndef RIDGE_TESTS_WINOGRAD_REFERENCE_H
#define RIDGE_TESTS_WINOGRAD_REFERENCE_H

#include <stddef.h>

// A convolution of x [batch, size, channels] by w [filters, channels, 3, 3], in double precision,
// with the magnitudes that the transforms meet: what (A |..|) and so on come to with all signs
// positive.
struct winograd_problem {
    size_t batch, size[2], channels, filters, pad[2], out[2];
    const float *x;
    double *w, *y, *size_w, *size_y;
};

// Finds y, which begins as zeros, and size_y.
void winograd_find_outputs(const struct winograd_problem *p);
// Finds w, the gradient of the weights for the gradient y of the outputs, and size_w. Both begin
// as zeros. Returns the number of tiles.
size_t winograd_find_weights(const struct winograd_problem *p);

#endif

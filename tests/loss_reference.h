// SPDX-License-Identifier: Apache-2.0
// The losses of ridge/loss.h, their gradients and what counts as right, in double precision.
#ifndef RIDGE_TESTS_LOSS_REFERENCE_H
#define RIDGE_TESTS_LOSS_REFERENCE_H

#include <ridge/loss.h>

// A batch on the host. Targets are labels when `labelled`, for softmax and binary; else values,
// which for softmax are shares of the classes.
struct loss_batch {
    ridge_loss_params params;
    size_t rows, columns;
    bool labelled;
    float *x, *values;
    int32_t *labels;
};

// Outputs within 4 of 0; targets at random, of which shares have the sum 1 or 2.
struct loss_batch loss_batch_make(ridge_loss_params params, bool labelled, size_t rows,
                                  size_t columns);
void loss_batch_release(struct loss_batch *b);

// Of row r, whose outputs are x [columns]: the loss, its gradient, and whether it is right (for
// several binary targets, their share).
double loss_of_row(const struct loss_batch *b, size_t r, const double *x);
void loss_gradient_of_row(const struct loss_batch *b, size_t r, const double *x, double *gradient);
double loss_right_of_row(const struct loss_batch *b, size_t r, const double *x);

#endif

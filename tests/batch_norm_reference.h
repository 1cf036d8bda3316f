// SPDX-License-Identifier: Apache-2.0
// Batch normalisation in double precision, and how far float32 may be from it.
#ifndef RIDGE_TESTS_BATCH_NORM_REFERENCE_H
#define RIDGE_TESTS_BATCH_NORM_REFERENCE_H

#include <ridge/activation.h>

struct norm_shape {
    size_t batch, channels, inner;
};

size_t norm_count(const struct norm_shape *s);
size_t norm_rows(const struct norm_shape *s);
// Element `row` of a channel.
size_t norm_place(const struct norm_shape *s, size_t row, size_t channel);

// One problem with its reference.
struct norm_problem {
    struct norm_shape shape;
    ridge_activation activation;
    bool has_gamma, has_beta;
    float epsilon;
    float *x, *dy, *gamma, *beta; // what the op is given
    double *mean, *variance, *normal, *y, *dx, *dgamma, *dbeta;
    double most_normal, most_gamma, most_beta, most_dz, most_scale;
    double spread; // of a channel's values, in deviations
};

// Zeroed memory.
void *norm_room(size_t count, size_t size);
// Fills what the op is given: values of this mean and deviation.
void norm_begin(struct norm_problem *p, double mean, double deviation);
// Finds the reference; dy near a kink becomes 0.
void norm_refer(struct norm_problem *p);
void norm_end(struct norm_problem *p);

// How far things may be from the reference, whatever the mean of the values.
double norm_error_of_variance(const struct norm_problem *p); // relative
double norm_error_of_normal(const struct norm_problem *p);
double norm_error_of_y(const struct norm_problem *p);
// Of the mean over the rows of dz, and of dz normal(x).
double norm_error_of_sums(const struct norm_problem *p, bool product);
double norm_error_of_dx(const struct norm_problem *p);

#endif

// SPDX-License-Identifier: Apache-2.0
// Batch normalisation in double precision, and how far float32 may be from it.
#include "harness.h"

#include "batch_norm_reference.h"

#include <stdlib.h>

#include "activation_reference.h"

size_t norm_count(const struct norm_shape *s)
{
    return s->batch * s->channels * s->inner;
}

size_t norm_rows(const struct norm_shape *s)
{
    return s->batch * s->inner;
}

size_t norm_place(const struct norm_shape *s, size_t row, size_t channel)
{
    return (row / s->inner * s->channels + channel) * s->inner + row % s->inner;
}

// Blocks of 64 rows, then the blocks, then the work-items or parts: no value takes part in more
// additions. 128 rows a part on CPUs; through panels fewer rows, and 32 lanes for a channel.
static double additions(const struct norm_shape *s)
{
    double rows = (double)norm_rows(s);
    return fmin(rows, 64) + rows / 64 / 64 + fmin(rows / 128, 256) + 32;
}

void *norm_room(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    assert_non_null(memory);
    return memory;
}

static void measure_channel(struct norm_problem *p, size_t c)
{
    const struct norm_shape *s = &p->shape;
    size_t rows = norm_rows(s);
    double sum = 0, squares = 0, low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t r = 0; r < rows; r++) {
        double x = (double)p->x[norm_place(s, r, c)];
        sum += x;
        low = fmin(low, x);
        high = fmax(high, x);
    }
    p->mean[c] = sum / (double)rows;
    for (size_t r = 0; r < rows; r++) {
        double distance = (double)p->x[norm_place(s, r, c)] - p->mean[c];
        squares += distance * distance;
    }
    p->variance[c] = squares / (double)rows;
    double scale = 1 / sqrt(p->variance[c] + (double)p->epsilon);
    p->most_scale = fmax(p->most_scale, scale);
    p->spread = fmax(p->spread, (high - low) * scale);
}

static void reference_channel(struct norm_problem *p, size_t c)
{
    const struct norm_shape *s = &p->shape;
    size_t rows = norm_rows(s);
    double scale = 1 / sqrt(p->variance[c] + (double)p->epsilon);
    double gamma = p->has_gamma ? (double)p->gamma[c] : 1;
    double beta = p->has_beta ? (double)p->beta[c] : 0;
    for (size_t r = 0; r < rows; r++) {
        size_t e = norm_place(s, r, c);
        p->normal[e] = ((double)p->x[e] - p->mean[c]) * scale;
        double z = gamma * p->normal[e] + beta;
        p->y[e] = activation_at(p->activation, 0, z);
        if (p->activation == RIDGE_RELU && fabs(z) < 1e-2)
            p->dy[e] = 0; // on which side of the kink is a matter of rounding
        double dz = (double)p->dy[e] * activation_slope(p->activation, 0, z);
        p->dbeta[c] += dz;
        p->dgamma[c] += dz * p->normal[e];
        p->most_normal = fmax(p->most_normal, fabs(p->normal[e]));
        p->most_dz = fmax(p->most_dz, fabs((double)p->dy[e]));
    }
    for (size_t r = 0; r < rows; r++) {
        size_t e = norm_place(s, r, c);
        double dz =
            (double)p->dy[e] * activation_slope(p->activation, 0, gamma * p->normal[e] + beta);
        p->dx[e] = gamma * scale *
                   (dz - p->dbeta[c] / (double)rows - p->normal[e] * p->dgamma[c] / (double)rows);
    }
    p->most_gamma = fmax(p->most_gamma, fabs(gamma));
    p->most_beta = fmax(p->most_beta, fabs(beta));
}

void norm_refer(struct norm_problem *p)
{
    for (size_t c = 0; c < p->shape.channels; c++) {
        measure_channel(p, c);
        reference_channel(p, c);
    }
}

void norm_begin(struct norm_problem *p, double mean, double deviation)
{
    size_t count = norm_count(&p->shape), channels = p->shape.channels;
    p->epsilon = 1e-3f;
    float **values[] = {&p->x, &p->dy, &p->gamma, &p->beta};
    for (size_t i = 0; i < 4; i++)
        *values[i] = norm_room(i < 2 ? count : channels, sizeof(float));
    double **references[] = {&p->normal,   &p->y,      &p->dx,   &p->mean,
                             &p->variance, &p->dgamma, &p->dbeta};
    for (size_t i = 0; i < 7; i++)
        *references[i] = norm_room(i < 3 ? count : channels, sizeof(double));
    double half = deviation * sqrt(3);
    test_fill(p->x, count, count, mean - half, mean + half);
    test_fill(p->dy, count, count + 1, -1, 1);
    test_fill(p->gamma, channels, 3, -2, 2);
    test_fill(p->beta, channels, 4, -1, 1);
}

void norm_end(struct norm_problem *p)
{
    void *all[] = {p->x,      p->dy, p->gamma, p->beta,   p->mean, p->variance,
                   p->normal, p->y,  p->dx,    p->dgamma, p->dbeta};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        free(all[i]);
}

double norm_error_of_variance(const struct norm_problem *p) // relative
{
    return (additions(&p->shape) + 8) * TEST_EPSILON;
}

double norm_error_of_normal(const struct norm_problem *p)
{
    // distances to the origin and the mean are rounded a few times; sqrt and division take 3 and
    // 2.5 ulp
    return (6 * p->spread + (norm_error_of_variance(p) / TEST_EPSILON / 2 + 16) * p->most_normal) *
           TEST_EPSILON;
}

double norm_error_of_y(const struct norm_problem *p)
{
    double z = p->most_gamma * p->most_normal + p->most_beta;
    return 1.1 * p->most_gamma * norm_error_of_normal(p) + 12 * z * TEST_EPSILON; // |f'| < 1.1
}

static double norm_error_of_dz(const struct norm_problem *p)
{
    return p->most_dz * (norm_error_of_y(p) + 16 * TEST_EPSILON); // |f''| <= 1
}

// Of the mean over the rows of dz, and of dz normal(x).
double norm_error_of_sums(const struct norm_problem *p, bool product)
{
    double most = 1.1 * p->most_dz * (product ? p->most_normal : 1);
    double error =
        product ? norm_error_of_dz(p) * p->most_normal + 1.1 * p->most_dz * norm_error_of_normal(p)
                : norm_error_of_dz(p);
    return error + (additions(&p->shape) + 4) * most * TEST_EPSILON;
}

double norm_error_of_dx(const struct norm_problem *p)
{
    double inner = norm_error_of_dz(p) + norm_error_of_sums(p, false) +
                   p->most_normal * norm_error_of_sums(p, true) +
                   1.1 * p->most_dz * p->most_normal * norm_error_of_normal(p);
    double most = 1.1 * p->most_dz * (2 + p->most_normal * p->most_normal);
    return p->most_gamma * p->most_scale *
           (inner + (norm_error_of_variance(p) / 2 + 24 * TEST_EPSILON) * most);
}

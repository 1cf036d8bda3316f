// SPDX-License-Identifier: Apache-2.0
// Losses in double precision, straight from their definitions.
#include "harness.h"

#include "loss_reference.h"

#include <stdlib.h>

static double target_at(const struct loss_batch *b, size_t r, size_t j)
{
    return b->labelled ? b->labels[r] : b->values[r * b->columns + j];
}

// log of the sum of exp(x[j]).
static double log_sum(const double *x, size_t columns)
{
    double largest = -INFINITY, total = 0;
    for (size_t j = 0; j < columns; j++)
        largest = fmax(largest, x[j]);
    for (size_t j = 0; j < columns; j++)
        total += exp(x[j] - largest);
    return log(total) + largest;
}

// The sum of a row's shares.
static double whole_of(const struct loss_batch *b, size_t r)
{
    double sum = 0;
    for (size_t j = 0; !b->labelled && j < b->columns; j++)
        sum += b->values[r * b->columns + j];
    return b->labelled ? 1 : sum;
}

// The share of class j when smoothed.
static double share_of(const struct loss_batch *b, size_t r, size_t j)
{
    double s = b->params.smoothing;
    double share = b->labelled ? (size_t)b->labels[r] == j : b->values[r * b->columns + j];
    return (1 - s) * share + s * whole_of(b, r) / (double)b->columns;
}

static double softmax_loss(const struct loss_batch *b, size_t r, const double *x)
{
    double all = log_sum(x, b->columns), loss = 0;
    for (size_t j = 0; j < b->columns; j++)
        if (share_of(b, r, j) > 0)
            loss += share_of(b, r, j) * (all - x[j]);
    return loss;
}

static double element_loss(const ridge_loss_params *params, double x, double t)
{
    double e = x - t, delta = params->delta > 0 ? params->delta : 1;
    double smooth = t * (1 - (double)params->smoothing) + (double)params->smoothing / 2;
    switch (params->loss) {
    case RIDGE_BINARY_CROSS_ENTROPY:
        return fmax(x, 0) - x * smooth + log1p(exp(-fabs(x)));
    case RIDGE_MEAN_SQUARED_ERROR:
        return e * e;
    case RIDGE_MEAN_ABSOLUTE_ERROR:
        return fabs(e);
    default:
        return fabs(e) <= delta ? e * e / 2 : delta * (fabs(e) - delta / 2);
    }
}

double loss_of_row(const struct loss_batch *b, size_t r, const double *x)
{
    if (b->params.loss == RIDGE_SOFTMAX_CROSS_ENTROPY)
        return softmax_loss(b, r, x);
    double sum = 0;
    for (size_t j = 0; j < b->columns; j++)
        sum += element_loss(&b->params, x[j], target_at(b, r, j));
    return sum / (double)b->columns;
}

static double element_gradient(const ridge_loss_params *params, double x, double t)
{
    double e = x - t, delta = params->delta > 0 ? params->delta : 1, s = params->smoothing;
    switch (params->loss) {
    case RIDGE_BINARY_CROSS_ENTROPY:
        return 1 / (1 + exp(-x)) - t * (1 - s) - s / 2;
    case RIDGE_MEAN_SQUARED_ERROR:
        return 2 * e;
    case RIDGE_MEAN_ABSOLUTE_ERROR:
        return (e > 0) - (e < 0);
    default:
        return fabs(e) <= delta ? e : delta * ((e > 0) - (e < 0));
    }
}

void loss_gradient_of_row(const struct loss_batch *b, size_t r, const double *x, double *gradient)
{
    double all = log_sum(x, b->columns), whole = whole_of(b, r);
    for (size_t j = 0; j < b->columns; j++)
        if (b->params.loss == RIDGE_SOFTMAX_CROSS_ENTROPY)
            gradient[j] = whole * exp(x[j] - all) - share_of(b, r, j);
        else
            gradient[j] =
                element_gradient(&b->params, x[j], target_at(b, r, j)) / (double)b->columns;
}

double loss_right_of_row(const struct loss_batch *b, size_t r, const double *x)
{
    size_t best = 0, right = 0, meant = 0;
    const float *values = b->values + r * b->columns;
    for (size_t j = 0; j < b->columns; j++) {
        if (x[j] > x[best])
            best = j;
        if (values[j] > values[meant])
            meant = j;
        if (b->params.loss == RIDGE_BINARY_CROSS_ENTROPY)
            right += (x[j] > 0) == (target_at(b, r, j) > 0.5);
    }
    if (b->params.loss == RIDGE_SOFTMAX_CROSS_ENTROPY)
        return best == (b->labelled ? (size_t)b->labels[r] : meant);
    return (double)right / (double)b->columns;
}

// Makes row r shares with the sum 1 or 2, some of them 0 or all but one.
static void make_shares(float *row, size_t r, size_t columns)
{
    double sum = 0;
    for (size_t j = 0; j < columns; j++) {
        if (r % 3 == 1)
            row[j] = j == r * 5 % columns;
        else if (r % 3 == 2 && row[j] < 0.5f && j)
            row[j] = 0;
        sum += row[j];
    }
    for (size_t j = 0; j < columns; j++)
        row[j] = (float)(row[j] / sum * (r % 4 == 3 ? 2 : 1));
}

struct loss_batch loss_batch_make(ridge_loss_params params, bool labelled, size_t rows,
                                  size_t columns)
{
    struct loss_batch b = {params,
                           rows,
                           columns,
                           labelled,
                           malloc(rows * columns * 4),
                           malloc(rows * columns * 4),
                           malloc(rows * 4)};
    test_fill(b.x, rows * columns, 1, -4, 4);
    test_fill(b.values, rows * columns, 2, 0, 1);
    bool softmax = params.loss == RIDGE_SOFTMAX_CROSS_ENTROPY;
    for (size_t r = 0; r < rows; r++) {
        b.labels[r] = (int32_t)test_random(3, r, 0, softmax ? (double)columns : 2);
        if (softmax && !labelled)
            make_shares(b.values + r * columns, r, columns);
    }
    return b;
}

void loss_batch_release(struct loss_batch *b)
{
    free(b->x);
    free(b->values);
    free(b->labels);
}

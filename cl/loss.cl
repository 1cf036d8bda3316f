// SPDX-License-Identifier: Apache-2.0
// Losses that are a mean over the elements of a row: loss, gradient and correctness in one launch.
// LOSS is the number from enum ridge_loss; the formulas are those of ridge/loss.h. LABELS 1: the
// target is one int label, 0 or 1, per row of one column; any other label counts as NaN.
// x and gradient may be the same; the gradient is written only when `want_gradient`.
#include "reduce.h"

#define BINARY_CROSS_ENTROPY 1
#define MEAN_SQUARED_ERROR 2
#define MEAN_ABSOLUTE_ERROR 3
#define HUBER 4

#ifndef LOSS
#define LOSS MEAN_SQUARED_ERROR
#endif
#ifndef LABELS
#define LABELS 0
#endif

struct terms {
    floatv loss, gradient, right;
};

#if LOSS == MEAN_ABSOLUTE_ERROR || LOSS == HUBER
// sign(e) with sign(NaN) = NaN.
static inline floatv sign_of(floatv e)
{
    return select(sign(e), e, isnan(e));
}
#endif

static inline struct terms terms_of(floatv x, floatv t, float smoothing, float delta)
{
    struct terms result = {(floatv)(0.0f), (floatv)(0.0f), (floatv)(0.0f)};
#if LOSS == BINARY_CROSS_ENTROPY
    floatv smooth = t * (1.0f - smoothing) + 0.5f * smoothing;
    floatv small = exp(-fabs(x));
    // max(x, 0) - x t, without the cancellation
    floatv linear = fabs(x) * select(smooth, 1.0f - smooth, x > (floatv)(0.0f));
    result.loss = linear + log1p(small);
    result.gradient = select(small, (floatv)(1.0f), x >= (floatv)(0.0f)) / (1.0f + small) - smooth;
    result.right =
        select((floatv)(1.0f), (floatv)(0.0f), (x > (floatv)(0.0f)) ^ (t > (floatv)(0.5f)));
#elif LOSS == MEAN_SQUARED_ERROR
    floatv e = x - t;
    result.loss = e * e;
    result.gradient = 2.0f * e;
#elif LOSS == MEAN_ABSOLUTE_ERROR
    floatv e = x - t;
    result.loss = fabs(e);
    result.gradient = sign_of(e);
#elif LOSS == HUBER
    floatv e = x - t;
    intv small = fabs(e) <= (floatv)(delta);
    result.loss = select(delta * (fabs(e) - 0.5f * delta), 0.5f * e * e, small);
    result.gradient = select(delta * sign_of(e), e, small);
#endif
    return result;
}

// One work-group per row. Launched by ridge_launch_rows.
__kernel void loss(INOUT(const float, x), IN(float, target), INOUT(float, gradient),
                   OUT(float, row_loss), OUT(float, row_right), uint want_gradient, float scale,
                   float smoothing, float delta, ulong rows, ulong columns)
{
    GROUP_ARRAY(float, partial);
    AT(x);
    AT(target);
    AT(gradient);
    AT(row_loss);
    AT(row_right);
    FOR_EACH_ROW(row, rows)
    {
        ulong first = row * columns;
        floatv sum = (floatv)(0.0f), right = (floatv)(0.0f);
        FOR_EACH_IN_ROW(i, columns)
        {
            struct terms terms = terms_of(load(x + first, i, columns),
                                          load(target + first, i, columns), smoothing, delta);
            intv there = below(i, columns);
            sum += select((floatv)(0.0f), terms.loss, there);
            right += select((floatv)(0.0f), terms.right, there);
            if (want_gradient)
                store(terms.gradient * scale, gradient + first, i, columns);
        }
        float value = group_sum(sum_of(sum), partial) / (float)columns;
        float share = group_sum(sum_of(right), partial) / (float)columns;
        if (get_local_id(0) == 0) {
            row_loss[row] = value;
            row_right[row] = isnan(value) ? 0.0f : share;
        }
    }
}

#if LABELS
#define TARGET int
static inline floatv load_target(__global const int *target, ulong row, ulong j, ulong rows,
                                 ulong columns)
{
    float part[VECTOR];
    for (uint lane = 0; lane < VECTOR; lane++) {
        int label = target[min(row + lane, rows - 1)];
        part[lane] = label == 0 || label == 1 ? (float)label : NAN;
    }
    return VLOAD(0, part);
}
#else
#define TARGET float
static inline floatv load_target(__global const float *target, ulong row, ulong j, ulong rows,
                                 ulong columns)
{
    return load_column(target, row, j, rows, columns);
}
#endif

// VECTOR narrow rows per work-item. Launched by ridge_launch_narrow_rows.
__kernel void loss_narrow(INOUT(const float, x), IN(TARGET, target), INOUT(float, gradient),
                          OUT(float, row_loss), OUT(float, row_right), uint want_gradient,
                          float scale, float smoothing, float delta, ulong rows, ulong columns)
{
    AT(x);
    AT(target);
    AT(gradient);
    AT(row_loss);
    AT(row_right);
    FOR_EACH_VECTOR(row, rows)
    {
        floatv sum = (floatv)(0.0f), right = (floatv)(0.0f);
        for (ulong j = 0; j < columns; j++) {
            struct terms terms =
                terms_of(load_column(x, row, j, rows, columns),
                         load_target(target, row, j, rows, columns), smoothing, delta);
            sum += terms.loss;
            right += terms.right;
            if (want_gradient)
                store_column(terms.gradient * scale, gradient, row, j, rows, columns);
        }
        floatv value = sum / (float)columns;
        store(value, row_loss, row, rows);
        store(select(right / (float)columns, (floatv)(0.0f), isnan(value)), row_right, row, rows);
    }
}

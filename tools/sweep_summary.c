// SPDX-License-Identifier: Apache-2.0
// Means over runs, and what they say about a fit.
#include "sweep_summary.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "messages.h"

#define LARGE_SHARE 0.05   // of the way from the target to guessing
#define TARGET_SHARE 0.25  // of the error of guessing; the target is lower
#define ROUNDING 1e-12     // a limit that is just met is not passed
#define STANDARD_ERRORS 2. // what chance may do

struct sum {
    double values, squares; // differences from the first value, which keeps small spreads exact
    double first;
    size_t count;
};

static void add(struct sum *sum, double value)
{
    if (!sum->count++)
        sum->first = value;
    sum->values += value - sum->first;
    sum->squares += (value - sum->first) * (value - sum->first);
}

static struct sweep_mean mean_of(const struct sum *sum)
{
    double count = (double)sum->count, mean = sum->values / count;
    struct sweep_mean result = {sum->count ? sum->first + mean : NAN, NAN, 0};
    if (sum->count > 1) {
        result.deviation = sqrt(fmax(0, (sum->squares - sum->values * mean) / (count - 1)));
        result.error = result.deviation / sqrt(count);
    }
    return result;
}

static size_t most_frequent(const ridge_dataset *rows)
{
    const int32_t *labels = ridge_dataset_y(rows, NULL);
    size_t classes = ridge_dataset_classes(rows), most = 0;
    size_t *counts = allocate(classes, sizeof(*counts));
    for (size_t i = 0; i < ridge_dataset_count(rows); i++)
        counts[labels[i]]++;
    for (size_t i = 0; i < classes; i++)
        most = counts[i] > most ? counts[i] : most;
    free(counts);
    return most;
}

static double cost_of(double apart, const ridge_compile_params *settings)
{
    double delta = settings->delta > 0 ? (double)settings->delta : 1;
    if (settings->loss == RIDGE_MEAN_ABSOLUTE_ERROR || settings->loss == RIDGE_HUBER)
        apart = fabs(apart);
    if (settings->loss == RIDGE_MEAN_ABSOLUTE_ERROR)
        return apart;
    if (settings->loss == RIDGE_HUBER)
        return apart <= delta ? apart * apart / 2 : delta * (apart - delta / 2);
    return apart * apart;
}

// What answering its mean costs on one column of values.
static double guess_column(const float *values, size_t count, size_t stride,
                           const ridge_compile_params *settings)
{
    double sum = 0, cost = 0, ones = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)values[i * stride];
        ones += values[i * stride] > 0.5f;
    }
    if (settings->loss == RIDGE_BINARY_CROSS_ENTROPY) // its error is a share of wrong answers
        return fmin(ones, (double)count - ones) / (double)count;
    for (size_t i = 0; i < count; i++)
        cost += cost_of((double)values[i * stride] - sum / (double)count, settings);
    return cost / (double)count;
}

double sweep_guess(const ridge_dataset *rows, const ridge_compile_params *settings)
{
    size_t count = ridge_dataset_count(rows), columns = ridge_dataset_target_size(rows);
    if (ridge_dataset_classes(rows))
        return 1 - (double)most_frequent(rows) / (double)count;
    const float *values = ridge_dataset_y(rows, NULL);
    double guess = 0;
    for (size_t i = 0; values && i < columns; i++)
        guess += guess_column(values + i, count, columns, settings) / (double)columns;
    return guess;
}

struct sweep_summary sweep_summarise(const struct sweep_result *results, size_t runs)
{
    struct sweep_summary point = {0};
    struct sum train_error = {0}, val_error = {0}, train_loss = {0}, val_loss = {0}, gap = {0};
    for (size_t i = 0; i < runs; i++) {
        const struct sweep_result *result = &results[i];
        point.runs += result->done;
        point.diverged += result->done && result->diverged;
        if (!result->done || result->diverged)
            continue;
        add(&train_error, result->train_error);
        add(&val_error, result->val_error);
        add(&train_loss, result->train_loss);
        add(&val_loss, result->val_loss);
        add(&gap, result->val_error - result->train_error);
    }
    point.train_error = mean_of(&train_error);
    point.val_error = mean_of(&val_error);
    point.train_loss = mean_of(&train_loss);
    point.val_loss = mean_of(&val_loss);
    point.gap = mean_of(&gap);
    return point;
}

static bool is_better(const struct sweep_summary *a, const struct sweep_summary *b)
{
    // Means of the same figures in another order may differ in the last digit.
    double apart = a->val_error.mean - b->val_error.mean;
    if (fabs(apart) > ROUNDING * fabs(b->val_error.mean))
        return apart < 0;
    return a->val_loss.mean < b->val_loss.mean;
}

size_t sweep_best(const struct sweep_summary *points, size_t count)
{
    size_t best = count;
    for (size_t i = 0; i < count; i++) {
        bool counts = points[i].runs && !points[i].diverged;
        if (counts && (best == count || is_better(&points[i], &points[best])))
            best = i;
    }
    return best;
}

static enum sweep_fit diagnose(const struct sweep_summary *point, const struct sweep_scale *scale)
{
    if (point->diverged)
        return SWEEP_DIVERGED;
    if (!point->runs)
        return SWEEP_UNKNOWN;
    double bias = point->train_error.mean - scale->target, gap = point->gap.mean;
    bool is_high = fmin(bias, bias + gap) > point->high + ROUNDING;
    bool is_wide = gap > point->wide + ROUNDING;
    if (is_high && !(is_wide && gap > bias))
        return SWEEP_UNDERFIT;
    return is_wide ? SWEEP_OVERFIT : SWEEP_GOOD;
}

void sweep_diagnose(struct sweep_summary *points, size_t count, struct sweep_scale *scale)
{
    size_t best = sweep_best(points, count);
    if (isnan(scale->target))
        scale->target = fmin(best < count ? points[best].val_error.mean : HUGE_VAL,
                             TARGET_SHARE * scale->guess);
    double share = LARGE_SHARE * (scale->guess - scale->target);
    for (size_t i = 0; i < count; i++) {
        struct sweep_summary *point = &points[i];
        point->high = fmax(share, STANDARD_ERRORS * point->train_error.error);
        point->wide = fmax(share, STANDARD_ERRORS * point->gap.error);
        point->fit = diagnose(point, scale);
    }
}

const char *sweep_fit_name(enum sweep_fit fit)
{
    static const char *const names[] = {
        [SWEEP_UNKNOWN] = "not run", [SWEEP_DIVERGED] = "diverged", [SWEEP_UNDERFIT] = "underfit",
        [SWEEP_OVERFIT] = "overfit", [SWEEP_GOOD] = "good fit",
    };
    return names[fit];
}

bool sweep_are_alike(const struct sweep_result *a, const struct sweep_result *b, size_t runs)
{
    struct sum apart = {0};
    for (size_t i = 0; i < runs; i++) {
        if (a[i].done && b[i].done && (a[i].diverged || b[i].diverged))
            return false;
        if (a[i].done && b[i].done)
            add(&apart, a[i].val_error - b[i].val_error);
    }
    struct sweep_mean mean = mean_of(&apart);
    return apart.count && fabs(mean.mean) <= STANDARD_ERRORS * mean.error + ROUNDING;
}

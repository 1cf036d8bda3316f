// SPDX-License-Identifier: Apache-2.0
// The diagnosis of the texts in words: bias first, then variance, and what helps against either.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep.h"

// The texts' recipe: more of one column, less of the other.
static const char *const recipe[] = {
    [SWEEP_UNDERFIT] = "less regularisation, a bigger network, training longer, another "
                       "architecture",
    [SWEEP_OVERFIT] = "more regularisation (L2, dropout, early stopping), more data, another "
                      "architecture",
    [SWEEP_GOOD] = "done: train it and report the test error, once",
};

#define NUMBER 48
#define MOST_ALIKE 5 // that are named

// "8.3 %" or "0.083".
static const char *print_error(const struct sweep *sweep, double error, char text[NUMBER])
{
    snprintf(text, NUMBER, sweep->has_share ? "%.2f %%" : "%.4g",
             sweep->has_share ? 100 * error : error);
    return text;
}

static void print_best(const struct sweep *sweep)
{
    const struct sweep_summary *best = &sweep->summaries[sweep->best];
    char error[NUMBER];
    char *label = sweep_grid_label(&sweep->grid, sweep->best);
    printf("best        %s: the lowest validation error, %s", label,
           print_error(sweep, best->val_error.mean, error));
    free(label);
    if (best->runs > 1)
        printf(", as the mean of %zu runs", best->runs);
    putchar('\n');
}

// Points that are as good: the choice among them is chance.
static void print_alike(const struct sweep *sweep)
{
    size_t alike = 0;
    for (size_t point = 0; point < sweep->grid.point_count; point++) {
        if (point == sweep->best || !sweep->summaries[point].runs ||
            !sweep_are_alike(sweep_results(sweep, point), sweep_results(sweep, sweep->best),
                             sweep->runs))
            continue;
        if (alike++ >= MOST_ALIKE)
            continue;
        char *label = sweep_grid_label(&sweep->grid, point);
        printf("%s%s", alike > 1 ? "; " : "as good     ", label);
        free(label);
    }
    if (alike > MOST_ALIKE)
        printf("; and %zu more", alike - MOST_ALIKE);
    if (alike && sweep->runs > 1)
        puts(" (within 2 standard errors of the difference, run by run)");
    else if (alike)
        puts(" (the same error; chosen by the loss)");
    if (sweep->runs == 1)
        puts("            one run each: no spread is known; --seeds 3 or --folds 5 tells");
}

static void print_diagnosis(const struct sweep *sweep)
{
    const struct sweep_summary *best = &sweep->summaries[sweep->best];
    char train[NUMBER], gap[NUMBER], limit[NUMBER];
    const char *what = best->fit == SWEEP_UNDERFIT  ? " (high bias)"
                       : best->fit == SWEEP_OVERFIT ? " (high variance)"
                                                    : "";
    printf("diagnosis   %s%s: training error %s", sweep_fit_name(best->fit), what,
           print_error(sweep, best->train_error.mean, train));
    printf(" (high above %s), ", print_error(sweep, sweep->scale.target + best->high, limit));
    printf("gap to validation %s ", print_error(sweep, best->gap.mean, gap));
    printf("(large above %s)\n", print_error(sweep, best->wide, limit));
}

static void print_rule(const struct sweep *sweep)
{
    char guess[NUMBER], target[NUMBER];
    printf("rule        high: both errors are above the target, %s, by a 20th of the way to "
           "guessing,\n",
           print_error(sweep, sweep->scale.target, target));
    printf("            %s; large: a gap above as much%s\n",
           print_error(sweep, sweep->scale.guess, guess),
           sweep->runs > 1 ? "; and each by 2 standard errors over the runs" : "");
}

// A value between or beyond those that were tried, on the axis' scale.
static double between(const struct sweep_axis *axis, double a, double b)
{
    return sweep_axis_is_logarithmic(axis) && a > 0 && b > 0 ? sqrt(a * b) : (a + b) / 2;
}

static double beyond(const struct sweep_axis *axis, double last, double before)
{
    if (sweep_axis_is_logarithmic(axis) && before > 0)
        return last * last / before;
    double next = 2 * last - before;
    return last < 1 && next >= 1 ? (last + 1) / 2 : next; // shares, as rates of dropout, end there
}

// The tried values next to `value` of the axis; NaN where there is none.
static void find_neighbours(const struct sweep_axis *axis, double value, double *below,
                            double *above)
{
    *below = *above = NAN;
    for (size_t i = 0; i < axis->value_count; i++) {
        double other = axis->numbers[i];
        if (other < value && !(other <= *below))
            *below = other;
        if (other > value && !(other >= *above))
            *above = other;
    }
}

// The grid to try next: finer around a value inside, further out at an edge.
static void print_next_values(const struct sweep_axis *axis, double value)
{
    double below, above;
    find_neighbours(axis, value, &below, &above);
    if (isnan(below) && isnan(above))
        return;
    printf("            ");
    if (isnan(above))
        printf("the largest %s is the best, so larger ones too: --over %s=%.3g,%.3g\n", axis->key,
               axis->key, value, beyond(axis, value, below));
    else if (!isnan(below))
        printf("finer: --over %s=%.3g,%.3g,%.3g\n", axis->key, between(axis, below, value), value,
               between(axis, value, above));
    else if (value > 0 && sweep_axis_is_logarithmic(axis))
        printf("the smallest %s is the best, so smaller ones too: --over %s=0,%.3g,%.3g\n",
               axis->key, axis->key, beyond(axis, value, above), value);
    else
        printf("the smallest %s is the best; between it and the next: --over %s=%.3g,%.3g\n",
               axis->key, axis->key, value,
               value == 0 && sweep_axis_is_logarithmic(axis) ? above / 10
                                                             : between(axis, value, above));
}

static void print_next(const struct sweep *sweep)
{
    const struct sweep_summary *best = &sweep->summaries[sweep->best];
    printf("next        %s\n", recipe[best->fit]);
    if (best->fit == SWEEP_UNDERFIT) {
        char noise[NUMBER];
        printf("            unless %s is as good as these rows allow; then say so with --target\n",
               print_error(sweep, best->train_error.mean, noise));
    }
    if (best->fit == SWEEP_GOOD && best->gap.mean > 0) {
        char gap[NUMBER], left[NUMBER];
        printf(
            "            of the %s that remain, %s are the gap between training and validation\n",
            print_error(sweep, best->val_error.mean, left),
            print_error(sweep, best->gap.mean, gap));
    }
    for (size_t a = 0; a < sweep->grid.axis_count; a++) {
        const struct sweep_axis *axis = &sweep->grid.axes[a];
        if (axis->numbers)
            print_next_values(axis, axis->numbers[sweep_grid_value(&sweep->grid, a, sweep->best)]);
    }
    char *options = sweep_grid_options(&sweep->grid, sweep->best, &sweep->changes);
    printf("train it    ridge train %s%s\n", sweep->experiment_path, options);
    free(options);
}

void sweep_print_advice(const struct sweep *sweep)
{
    if (sweep->best == sweep->grid.point_count) {
        puts("best        none: every setting has runs that diverged\n"
             "next        a smaller rate, or gradient clipping");
        return;
    }
    print_best(sweep);
    print_alike(sweep);
    print_diagnosis(sweep);
    print_rule(sweep);
    print_next(sweep);
}

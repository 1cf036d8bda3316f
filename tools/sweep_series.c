// SPDX-License-Identifier: Apache-2.0
// Left to right, and which curves.
#include "sweep_series.h"

#include <math.h>
#include <stdlib.h>

static void sort_values(struct sweep_series *series, const struct sweep_axis *axis)
{
    for (size_t i = 0; i < series->count; i++) {
        size_t at = i;
        for (; axis->numbers && at; at--) {
            if (axis->numbers[series->order[at - 1]] <= axis->numbers[i])
                break;
            series->order[at] = series->order[at - 1];
        }
        series->order[at] = i;
    }
}

// Numbers lie where they are, or where their logarithms are, 0 as far left of the smallest other
// value as the values lie apart on average. What is no number is set side by side.
static void place_values(struct sweep_series *series, const struct sweep_axis *axis)
{
    bool logarithmic = sweep_axis_is_logarithmic(axis);
    for (size_t i = 0; i < series->count; i++) {
        double number = axis->numbers ? axis->numbers[series->order[i]] : (double)i;
        series->places[i] = !logarithmic ? number : number > 0 ? log10(number) : NAN;
    }
    if (!isnan(series->places[0]))
        return;
    double distance = 1;
    if (series->count > 2)
        distance =
            (series->places[series->count - 1] - series->places[1]) / (double)(series->count - 2);
    series->places[0] = series->places[1] - distance;
}

static double best_of(const struct sweep_series *series, const struct sweep *sweep, size_t first)
{
    double best = HUGE_VAL;
    for (size_t i = 0; i < series->count; i++) {
        const struct sweep_summary *point = &sweep->summaries[first + i * series->stride];
        if (point->runs > point->diverged)
            best = fmin(best, point->val_error.mean);
    }
    return best;
}

static void choose(struct sweep_series *series, const struct sweep *sweep)
{
    for (size_t first = 0; first < series->stride; first++) {
        size_t better = 0;
        double own = best_of(series, sweep, first);
        for (size_t other = 0; other < series->stride; other++) {
            double best = best_of(series, sweep, other);
            better += best < own || (best == own && other < first);
        }
        if (better < MOST_SERIES)
            series->first[series->drawn++] = first;
    }
}

void sweep_series_make(struct sweep_series *series, const struct sweep *sweep)
{
    const struct sweep_axis *axis = &sweep->grid.axes[0];
    *series = (struct sweep_series){.stride = sweep->grid.point_count / axis->value_count,
                                    .count = axis->value_count};
    series->order = allocate(series->count, sizeof(*series->order));
    series->places = allocate(series->count, sizeof(*series->places));
    sort_values(series, axis);
    place_values(series, axis);
    choose(series, sweep);
}

void sweep_series_clear(struct sweep_series *series)
{
    free(series->order);
    free(series->places);
    *series = (struct sweep_series){0};
}

const struct sweep_summary *sweep_series_point(const struct sweep_series *series,
                                               const struct sweep *sweep, size_t which,
                                               size_t place)
{
    return &sweep->summaries[series->first[which] + series->order[place] * series->stride];
}

// SPDX-License-Identifier: Apache-2.0
// The points of a sweep in rows for people, or as objects for programs.
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sweep.h"

#define CELL 32

// The columns of figures. Shares of wrong rows are printed in per cent.
static const struct column {
    const char *title, *key;
    size_t offset; // in struct sweep_summary
    bool is_error;
} columns[] = {
    {"training error", "train_error", offsetof(struct sweep_summary, train_error), true},
    {"validation error", "val_error", offsetof(struct sweep_summary, val_error), true},
    {"training loss", "train_loss", offsetof(struct sweep_summary, train_loss), false},
    {"validation loss", "val_loss", offsetof(struct sweep_summary, val_loss), false},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const struct sweep_mean *mean_at(const struct sweep_summary *point,
                                        const struct column *column)
{
    return (const struct sweep_mean *)(const void *)((const char *)point + column->offset);
}

// "8.33 +- 2.89 %"; without a spread for a single run.
static const char *print_mean(const struct sweep_mean *mean, bool per_cent, char cell[CELL])
{
    char spread[CELL] = "";
    if (isnan(mean->mean))
        return "-";
    if (!isnan(mean->deviation))
        snprintf(spread, sizeof(spread), per_cent ? " +- %.2f" : " +- %.2g",
                 (per_cent ? 100 : 1) * mean->deviation);
    snprintf(cell, CELL, per_cent ? "%.2f%.16s %%" : "%.3g%.16s", (per_cent ? 100 : 1) * mean->mean,
             spread);
    return cell;
}

// Where errors are losses, their two columns would say the same as the next two.
static bool is_shown(const struct sweep *sweep, const struct column *column)
{
    return sweep->has_share || !column->is_error;
}

static size_t value_width(const struct sweep_axis *axis)
{
    size_t width = strlen(axis->key);
    for (size_t i = 0; i < axis->value_count; i++)
        width = strlen(axis->values[i]) > width ? strlen(axis->values[i]) : width;
    return width;
}

static void print_row(const struct sweep *sweep, size_t point)
{
    const struct sweep_summary *summary = &sweep->summaries[point];
    char cell[CELL];
    for (size_t a = 0; a < sweep->grid.axis_count; a++) {
        const struct sweep_axis *axis = &sweep->grid.axes[a];
        printf("%-*s  ", (int)value_width(axis),
               axis->values[sweep_grid_value(&sweep->grid, a, point)]);
    }
    for (size_t c = 0; c < COLUMNS; c++)
        if (is_shown(sweep, &columns[c]))
            printf("%21s", print_mean(mean_at(summary, &columns[c]), columns[c].is_error, cell));
    printf("  %s", sweep_fit_name(summary->fit));
    if (summary->diverged)
        printf(" (%zu of %zu)", summary->diverged, summary->runs);
    puts(point == sweep->best ? "  <- best" : "");
}

void sweep_print_table(const struct sweep *sweep)
{
    for (size_t a = 0; a < sweep->grid.axis_count; a++)
        printf("%-*s  ", (int)value_width(&sweep->grid.axes[a]), sweep->grid.axes[a].key);
    for (size_t c = 0; c < COLUMNS; c++)
        if (is_shown(sweep, &columns[c]))
            printf("%21s", columns[c].title);
    puts("  fit");
    for (size_t point = 0; point < sweep->grid.point_count; point++)
        print_row(sweep, point);
    putchar('\n');
}

static cJSON *describe_values(const struct sweep *sweep, size_t point)
{
    cJSON *values = cJSON_CreateObject();
    for (size_t a = 0; a < sweep->grid.axis_count; a++) {
        const struct sweep_axis *axis = &sweep->grid.axes[a];
        size_t value = sweep_grid_value(&sweep->grid, a, point);
        if (axis->numbers)
            cJSON_AddNumberToObject(values, axis->key, axis->numbers[value]);
        else
            cJSON_AddStringToObject(values, axis->key, axis->values[value]);
    }
    return values;
}

static void print_point_json(const struct sweep *sweep, size_t point)
{
    const struct sweep_summary *summary = &sweep->summaries[point];
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "values", describe_values(sweep, point));
    cJSON_AddNumberToObject(object, "runs", (double)summary->runs);
    cJSON_AddNumberToObject(object, "diverged", (double)summary->diverged);
    for (size_t c = 0; c < COLUMNS; c++) {
        const struct sweep_mean *mean = mean_at(summary, &columns[c]);
        char *spread = print_text("%s_spread", columns[c].key);
        cJSON_AddNumberToObject(object, columns[c].key, mean->mean);
        cJSON_AddNumberToObject(object, spread, mean->deviation);
        free(spread);
    }
    cJSON_AddStringToObject(object, "fit", sweep_fit_name(summary->fit));
    cJSON_AddBoolToObject(object, "best", point == sweep->best);
    print_json(object);
}

void sweep_print_json(const struct sweep *sweep, const char *picture)
{
    for (size_t point = 0; point < sweep->grid.point_count; point++)
        print_point_json(sweep, point);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "job", "sweep");
    cJSON_AddStringToObject(object, "device", ridge_device_get_info(sweep->device)->name);
    cJSON_AddStringToObject(object, "error", sweep->has_share ? "share of rows" : "loss");
    cJSON_AddNumberToObject(object, "guess_error", sweep->scale.guess);
    cJSON_AddNumberToObject(object, "target_error", sweep->scale.target);
    if (sweep->best < sweep->grid.point_count) {
        const struct sweep_summary *best = &sweep->summaries[sweep->best];
        cJSON_AddItemToObject(object, "best", describe_values(sweep, sweep->best));
        cJSON_AddStringToObject(object, "fit", sweep_fit_name(best->fit));
        cJSON_AddNumberToObject(object, "val_error", best->val_error.mean);
    }
    cJSON_AddStringToObject(object, "runs", sweep->file.path);
    if (picture)
        cJSON_AddStringToObject(object, "picture", picture);
    print_json(object);
}

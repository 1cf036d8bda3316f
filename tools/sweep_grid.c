// SPDX-License-Identifier: Apache-2.0
// The points of a sweep and their settings.
#include "sweep_grid.h"

#include <stdlib.h>
#include <string.h>

// Whether one place is the other, or holds it.
static bool overlap(const char *a, const char *b)
{
    size_t length = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
    char next = strlen(a) > length ? a[length] : b[length];
    return memcmp(a, b, length) == 0 && (!next || next == '.');
}

// Two axes must not set the same place: the second one would undo the first.
static bool check_overlap(const struct sweep_axis *axis, const struct sweep_axis *earlier)
{
    for (size_t i = 0; i < axis->path_count; i++) {
        for (size_t k = 0; k < earlier->path_count; k++) {
            if (!overlap(axis->paths[i], earlier->paths[k]))
                continue;
            fail("--over %s: sets %s, which --over %s sets already", axis->key, axis->paths[i],
                 earlier->key);
            return false;
        }
    }
    return true;
}

static bool add_axis(struct sweep_grid *grid, const char *text, const struct experiment *experiment)
{
    struct sweep_axis *axis = &grid->axes[grid->axis_count++];
    if (!sweep_axis_parse(axis, text) || !sweep_axis_resolve(axis, experiment))
        return false;
    for (size_t i = 0; i + 1 < grid->axis_count; i++)
        if (!check_overlap(axis, &grid->axes[i]))
            return false;
    if (axis->value_count > MOST_POINTS / grid->point_count) {
        fail("--over: expected at most %d combinations of values, got more", MOST_POINTS);
        return false;
    }
    grid->point_count *= axis->value_count;
    return true;
}

bool sweep_grid_make(struct sweep_grid *grid, const struct text_list *overs,
                     const struct experiment *experiment)
{
    *grid = (struct sweep_grid){.point_count = 1};
    grid->axes = allocate(overs->count, sizeof(*grid->axes));
    for (size_t i = 0; i < overs->count; i++)
        if (!add_axis(grid, overs->items[i], experiment))
            return false;
    return true;
}

void sweep_grid_clear(struct sweep_grid *grid)
{
    for (size_t i = 0; i < grid->axis_count; i++)
        sweep_axis_clear(&grid->axes[i]);
    free(grid->axes);
    *grid = (struct sweep_grid){0};
}

size_t sweep_grid_value(const struct sweep_grid *grid, size_t axis, size_t point)
{
    for (size_t i = grid->axis_count - 1; i > axis; i--)
        point /= grid->axes[i].value_count;
    return point % grid->axes[axis].value_count;
}

static const char *value_text(const struct sweep_grid *grid, size_t axis, size_t point)
{
    return grid->axes[axis].values[sweep_grid_value(grid, axis, point)];
}

bool sweep_grid_apply(const struct sweep_grid *grid, size_t point, struct setting *settings)
{
    bool set = true;
    for (size_t a = 0; set && a < grid->axis_count; a++) {
        const struct sweep_axis *axis = &grid->axes[a];
        const char *value = value_text(grid, a, point);
        char *origin = print_text("--over %s=%s", axis->key, value);
        for (size_t i = 0; set && i < axis->path_count; i++) {
            char *assignment = print_text("%s=%s", axis->paths[i], value);
            set = settings_set(settings, assignment, origin);
            free(assignment);
        }
        free(origin);
    }
    return set;
}

char *sweep_grid_label(const struct sweep_grid *grid, size_t point)
{
    char *label = duplicate("");
    for (size_t a = 0; a < grid->axis_count; a++) {
        char *longer = print_text("%s%s%s=%s", label, a ? ", " : "", grid->axes[a].key,
                                  value_text(grid, a, point));
        free(label);
        label = longer;
    }
    return label;
}

// Appends an option, in quotes where a shell would see more than text.
static void append_option(char **options, const char *key, const char *value)
{
    const char *quote =
        strpbrk(key, " {}[]*?$\"<>|&;") || strpbrk(value, " {}[]*?$\"<>|&;") ? "'" : "";
    const char *equals = *value ? "=" : "";
    char *longer = print_text("%s --set %s%s%s%s%s", *options, quote, key, equals, value, quote);
    free(*options);
    *options = longer;
}

char *sweep_grid_options(const struct sweep_grid *grid, size_t point,
                         const struct text_list *changes)
{
    char *options = duplicate("");
    for (size_t i = 0; i < changes->count; i++)
        append_option(&options, changes->items[i], "");
    for (size_t a = 0; a < grid->axis_count; a++)
        for (size_t i = 0; i < grid->axes[a].path_count; i++)
            append_option(&options, grid->axes[a].paths[i], value_text(grid, a, point));
    return options;
}

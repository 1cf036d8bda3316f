// SPDX-License-Identifier: Apache-2.0
// The values of one --over, and the places that its key means.
#include "sweep_axis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sweep_key.h"

#define LOGARITHMIC_FROM 20 // times between the smallest and the largest value above 0

static void add_value(struct sweep_axis *axis, const char *from, const char *to)
{
    char **values = allocate(axis->value_count + 1, sizeof(*values));
    if (axis->value_count)
        memcpy(values, axis->values, axis->value_count * sizeof(*values));
    while (from < to && *from == ' ')
        from++;
    while (from < to && to[-1] == ' ')
        to--;
    values[axis->value_count++] = print_text("%.*s", (int)(to - from), from);
    free(axis->values);
    axis->values = values;
}

static void split(struct sweep_axis *axis, const char *text)
{
    int depth = 0;
    const char *from = text;
    for (; *text; text++) {
        depth += *text == '[' || *text == '{';
        depth -= *text == ']' || *text == '}';
        if (*text == ',' && depth == 0) {
            add_value(axis, from, text);
            from = text + 1;
        }
    }
    add_value(axis, from, text);
}

static void read_numbers(struct sweep_axis *axis)
{
    axis->numbers = allocate(axis->value_count, sizeof(*axis->numbers));
    for (size_t i = 0; i < axis->value_count; i++) {
        char *end;
        axis->numbers[i] = strtod(axis->values[i], &end);
        if (*end || end == axis->values[i] || !isfinite(axis->numbers[i])) {
            free(axis->numbers);
            axis->numbers = NULL;
            return;
        }
    }
}

static bool are_equal(const struct sweep_axis *axis, size_t a, size_t b)
{
    return axis->numbers ? axis->numbers[a] == axis->numbers[b]
                         : strcmp(axis->values[a], axis->values[b]) == 0;
}

bool sweep_axis_parse(struct sweep_axis *axis, const char *text)
{
    *axis = (struct sweep_axis){0};
    const char *equals = strchr(text, '=');
    if (!equals || equals == text) {
        fail("--over %s: expected KEY=VALUE,VALUE,... as l2=0,0.01,0.1,1,10,100", text);
        return false;
    }
    axis->key = print_text("%.*s", (int)(equals - text), text);
    split(axis, equals + 1);
    read_numbers(axis);
    for (size_t i = 0; i < axis->value_count; i++) {
        if (!*axis->values[i]) {
            fail("--over %s: expected a value on both sides of each comma", text);
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            if (are_equal(axis, i, k)) {
                fail("--over %s: the value %s is given twice", text, axis->values[i]);
                return false;
            }
        }
    }
    return true;
}

bool sweep_axis_resolve(struct sweep_axis *axis, const struct experiment *experiment)
{
    struct sweep_places places = {0};
    bool found = sweep_key_find(axis->key, experiment, &places);
    axis->paths = places.paths;
    axis->path_count = places.count;
    axis->layers = places.layers;
    return found;
}

void sweep_axis_clear(struct sweep_axis *axis)
{
    for (size_t i = 0; i < axis->value_count; i++)
        free(axis->values[i]);
    for (size_t i = 0; i < axis->path_count; i++)
        free(axis->paths[i]);
    free(axis->key);
    free(axis->values);
    free(axis->numbers);
    free(axis->paths);
    free(axis->layers);
    *axis = (struct sweep_axis){0};
}

bool sweep_axis_is_logarithmic(const struct sweep_axis *axis)
{
    double least = HUGE_VAL, most = 0;
    for (size_t i = 0; axis->numbers && i < axis->value_count; i++) {
        if (axis->numbers[i] < 0)
            return false;
        if (axis->numbers[i] > 0)
            least = fmin(least, axis->numbers[i]);
        most = fmax(most, axis->numbers[i]);
    }
    return axis->numbers && most / least >= LOGARITHMIC_FROM;
}

// SPDX-License-Identifier: Apache-2.0
// Lambdas of experiment files.
#include "experiment_penalty.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

const char *const experiment_lambda_choices[] = {"lambda", "lambda/2", "lambda/m", "lambda/2m",
                                                 NULL};

bool experiment_is_penalty(const char *name)
{
    static const char *const names[MOST_LAMBDAS] = {"l1", "l2", "bias_l1", "bias_l2"};
    for (size_t i = 0; i < MOST_LAMBDAS; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

// `{lambda: 0.7, convention: lambda/2m}`
static bool read_lambda(struct experiment_lambda *lambda, const struct setting *map)
{
    static const ridge_field fields[] = {
        {"lambda", RIDGE_FIELD_FLOAT, offsetof(struct experiment_lambda, value), 0, HUGE_VAL,
         .help = "as the text has it"},
        {"convention", RIDGE_FIELD_NAME, offsetof(struct experiment_lambda, convention),
         .choices = experiment_lambda_choices, .help = "what the text has before the sum"},
        {0},
    };
    for (const struct setting *entry = map->first; entry; entry = entry->next)
        if (!setting_to_field(entry, fields, lambda))
            return false;
    if (!setting_find(map, "convention"))
        return setting_refuse(map,
                              "%s: expected a convention (lambda, lambda/2, lambda/m or "
                              "lambda/2m) beside lambda; a plain number is ridge's own",
                              map->key);
    if (lambda->value == 0)
        return setting_refuse(map,
                              "%s: a lambda of 0 asks for no penalty; leave it out, or write "
                              "'%s: 0'",
                              map->key, map->key);
    return true;
}

bool experiment_read_penalty(const struct experiment *experiment, struct experiment_layer *layer,
                             const struct setting *entry)
{
    struct experiment_lambda lambda = {.setting = entry,
                                       .convention = experiment->penalty_convention};
    const ridge_field *field = ridge_field_find(layer->kind->fields, entry->key);
    bool is_lambda = field && entry->kind == SETTING_MAP;
    if (is_lambda && !read_lambda(&lambda, entry))
        return false;
    if (!is_lambda) {
        if (!setting_to_field(entry, layer->kind->fields, layer->params))
            return false;
        memcpy(&lambda.value, (const char *)layer->params + field->offset, sizeof(lambda.value));
    }
    layer->lambdas[layer->lambda_count++] = lambda;
    return true;
}

bool experiment_set_penalties(const struct experiment_layer *layer, size_t rows, void *params)
{
    for (size_t i = 0; i < layer->lambda_count; i++) {
        const struct experiment_lambda *lambda = &layer->lambdas[i];
        const char *name = lambda->setting->key;
        const ridge_field *field = ridge_field_find(layer->kind->fields, name);
        ridge_penalty penalty;
        if (ridge_penalty_from((ridge_lambda)lambda->convention, (double)lambda->value, rows,
                               &penalty))
            return setting_refuse(lambda->setting, "%s: %s", name, ridge_error());
        float strength = strstr(name, "l1") ? penalty.l1 : penalty.l2;
        memcpy((char *)params + field->offset, &strength, sizeof(strength));
    }
    return true;
}

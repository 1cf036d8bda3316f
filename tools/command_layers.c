// SPDX-License-Identifier: Apache-2.0
// ridge layers: everything that an experiment file may name, from the tables that read it.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "experiment.h"

// Larger limits guard the library; nobody means to come near them.
#define UNLIMITED 1e6

static const char *const type_names[] = {
    [RIDGE_FIELD_FLOAT] = "number",       [RIDGE_FIELD_SIZE] = "whole number",
    [RIDGE_FIELD_BOOL] = "true or false", [RIDGE_FIELD_NAME] = "name",
    [RIDGE_FIELD_SHAPE] = "shape",        [RIDGE_FIELD_TEXT] = "text",
    [RIDGE_FIELD_RANGE] = "range",
};

// "[0, 1)", "from 0", "relu, tanh"; empty where everything of the type goes.
static void print_range(const ridge_field *field, char *text, size_t size)
{
    size_t length = 0;
    *text = 0;
    if (field->type == RIDGE_FIELD_NAME) {
        for (size_t i = 0; field->choices[i] && length < size; i++)
            length += (size_t)snprintf(text + length, size - length, "%s%s", i ? ", " : "",
                                       field->choices[i]);
    } else if (field->type == RIDGE_FIELD_FLOAT || field->type == RIDGE_FIELD_SIZE ||
               field->type == RIDGE_FIELD_RANGE) {
        if (field->maximum < UNLIMITED)
            snprintf(text, size, "%c%g, %g%c", field->minimum_excluded ? '(' : '[', field->minimum,
                     field->maximum, field->maximum_excluded ? ')' : ']');
        else if (isfinite(field->minimum))
            snprintf(text, size, "%s %g", field->minimum_excluded ? "above" : "from",
                     field->minimum);
    }
}

// What the field is when a file does not name it.
static const char *default_text(const ridge_field *field)
{
    if (field->required)
        return "required";
    if (field->fallback)
        return field->fallback;
    static const char *const zeros[] = {
        [RIDGE_FIELD_FLOAT] = "0", [RIDGE_FIELD_SIZE] = "0", [RIDGE_FIELD_BOOL] = "false",
        [RIDGE_FIELD_SHAPE] = "",  [RIDGE_FIELD_TEXT] = "",  [RIDGE_FIELD_RANGE] = "[0, 0]",
    };
    return field->type == RIDGE_FIELD_NAME ? field->choices[0] : zeros[field->type];
}

static void print_fields(const ridge_field *fields)
{
    for (const ridge_field *field = fields; field && field->name; field++) {
        char range[512];
        print_range(field, range, sizeof(range));
        printf("    %-20s %-24s %s%s%s%s\n", field->name, default_text(field), field->help,
               *range ? " (" : "", range, *range ? ")" : "");
    }
}

static cJSON *describe_fields(const ridge_field *fields)
{
    cJSON *list = cJSON_CreateArray();
    for (const ridge_field *field = fields; field && field->name; field++) {
        char range[512];
        print_range(field, range, sizeof(range));
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "name", field->name);
        cJSON_AddStringToObject(object, "type", type_names[field->type]);
        cJSON_AddStringToObject(object, "default", default_text(field));
        cJSON_AddStringToObject(object, "range", range);
        cJSON_AddStringToObject(object, "help", field->help);
        cJSON_AddItemToArray(list, object);
    }
    return list;
}

static void print_entry(bool json, const char *kind, const char *name, const char *help,
                        const ridge_field *fields)
{
    if (!json) {
        printf("  %s%s%s\n", name, *help ? ": " : "", help);
        print_fields(fields);
        return;
    }
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "kind", kind);
    cJSON_AddStringToObject(object, "name", name);
    cJSON_AddStringToObject(object, "help", help);
    cJSON_AddItemToObject(object, "fields", describe_fields(fields));
    print_json(object);
}

static void print_heading(bool json, const char *text)
{
    if (!json)
        printf("%s\n", text);
}

static void print_layers(bool json)
{
    print_heading(json, "Layers of `network` (name, default, meaning)");
    for (size_t i = 0; ridge_layer_at(i); i++) {
        const ridge_layer_info *layer = ridge_layer_at(i);
        if (layer->inputs) // the input is made from the data
            print_entry(json, "layer", layer->name, layer->help, layer->fields);
    }
    print_heading(json,
                  "  every layer: `from`, the names of the layers it takes; the one before\n");
}

static void print_augmentations(bool json)
{
    print_heading(json, "Operations of `augment` (name, default, meaning)");
    for (size_t i = 0; ridge_augmentation_at(i); i++) {
        const ridge_augmentation_info *operation = ridge_augmentation_at(i);
        print_entry(json, "augmentation", operation->name, operation->help, operation->fields);
    }
    print_entry(json, "section", "settings", "of all operations: the first item of `augment`",
                ridge_augment_fields());
    print_heading(json, "");
}

static void print_optimizers(bool json)
{
    print_heading(json, "Optimizers");
    for (int kind = 0; ridge_optimizer_name((ridge_optimizer_kind)kind); kind++)
        print_entry(json, "optimizer", ridge_optimizer_name((ridge_optimizer_kind)kind), "", NULL);
    // The first field is the kind, which files give as the name before the colon.
    print_entry(json, "optimizer", "fields", "of all optimizers", ridge_optimizer_fields() + 1);
}

static void print_schedules(bool json)
{
    const char *help;
    print_heading(json, "\nSchedules of the learning rate");
    for (int kind = 0; ridge_rate_kind_name((ridge_rate_kind)kind, &help); kind++)
        print_entry(json, "schedule", ridge_rate_kind_name((ridge_rate_kind)kind, NULL), help,
                    NULL);
    print_entry(json, "schedule", "fields",
                "of the kinds that they name; warm-up of all but one_cycle",
                ridge_rate_schedule_fields() + 1);
}

static void print_formats(bool json)
{
    const char *name, *help;
    print_heading(json, "\nData");
    for (size_t i = 0; ridge_dataset_format(i, &name, &help); i++)
        print_entry(json, "format", name, help, NULL);
    print_entry(json, "section", "data", "also `test`, `validation`", data_source_fields);
}

int command_layers(int argc, char **argv)
{
    bool json = false;
    const struct option_row options[] = {
        {"json", OPTION_FLAG, &json, NULL, "one object per line"},
        {0},
    };
    const struct usage usage = {
        "ridge layers",
        "",
        "Lists what experiment files may hold: layers, augmentations, losses, optimizers,\n"
        "data formats, with their fields, defaults and ranges.",
        0,
        0,
        options};
    char **arguments;
    size_t count;
    int status = options_parse(&usage, argc, argv, &arguments, &count);
    if (status != OPTIONS_PARSED)
        return status;
    print_layers(json);
    print_augmentations(json);
    print_optimizers(json);
    print_schedules(json);
    print_heading(json, "\nTraining");
    print_entry(json, "section", "loss", "at the top of the file", ridge_loss_fields());
    print_entry(json, "section", "training", "at the top of the file", experiment_fields);
    print_entry(json, "section", "early_stopping", "", ridge_early_stopping_fields());
    print_entry(json, "section", "reduce_on_plateau", "", ridge_reduce_on_plateau_fields());
    print_formats(json);
    return STATUS_DONE;
}

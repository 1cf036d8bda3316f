// SPDX-License-Identifier: Apache-2.0
// From the settings of an experiment file to data sets and parameters of training.
#include "experiment.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment_augment.h"
#include "experiment_network.h"

static const char *const true_or_false[] = {"true", "false", NULL};

const ridge_field experiment_fields[] = {
    {"batch", RIDGE_FIELD_SIZE, offsetof(struct experiment, batch), 1, 1 << 30, .fallback = "128",
     .help = "rows of a step"},
    {"epochs", RIDGE_FIELD_SIZE, offsetof(struct experiment, epochs), 1, 1 << 30, .fallback = "1",
     .help = "passes over the training rows"},
    {"seed", RIDGE_FIELD_SIZE, offsetof(struct experiment, seed), 0, HUGE_VAL, .fallback = "0",
     .help = "of initial weights, dropout and shuffling"},
    {"shuffle", RIDGE_FIELD_NAME, offsetof(struct experiment, order), .choices = true_or_false,
     .help = "another order of rows in each epoch"},
    {"norms", RIDGE_FIELD_NAME, offsetof(struct experiment, norms), .choices = true_or_false,
     .help = "norms of weights and gradients in the history"},
    {"val_loss_without_penalty", RIDGE_FIELD_BOOL,
     offsetof(struct experiment, val_loss_without_penalty),
     .help = "val_loss is the loss on the data alone, for early stopping too"},
    {"penalty_convention", RIDGE_FIELD_NAME, offsetof(struct experiment, penalty_convention),
     .choices = experiment_lambda_choices,
     .help = "what l1 and l2 are in this file, m the training rows; or in a layer, as "
             "l2: {lambda: 0.7, convention: lambda/2m}"},
    {0},
};

static bool read_fields(const struct setting *map, const char *what, const ridge_field *fields,
                        void *params)
{
    if (!setting_expect_map(map, what))
        return false;
    for (const struct setting *entry = map->first; entry; entry = entry->next)
        if (!setting_to_field(entry, fields, params))
            return false;
    if (ridge_fields_check(fields, params))
        return setting_refuse(map, "%s: %s", what, ridge_error());
    return true;
}

static bool read_data(struct experiment *experiment, const struct setting *setting)
{
    return read_fields(setting, "data", data_source_fields, &experiment->data);
}

// Further data sets are like the first, except for what their sections say.
static bool read_validation(struct experiment *experiment, const struct setting *setting)
{
    experiment->validation = experiment->data;
    experiment->validation.validation = 0;
    experiment->has_validation = true;
    return read_fields(setting, "validation", data_source_fields, &experiment->validation);
}

static bool read_test(struct experiment *experiment, const struct setting *setting)
{
    experiment->test = experiment->data;
    experiment->test.validation = 0;
    experiment->test.read.part = data_source_test_part;
    experiment->has_test = true;
    return read_fields(setting, "test", data_source_fields, &experiment->test);
}

// `adam` or `{adam: {rate: 0.01}}`: the first of `fields` is the kind, which stands for itself.
static bool read_kind(const struct setting *setting, const char *what, const char *example,
                      const ridge_field *fields, void *params)
{
    const struct setting *inner = setting->first;
    const char *name = setting->text;
    if (setting->kind == SETTING_MAP && inner && !inner->next)
        name = inner->key;
    if (!name)
        return setting_refuse(setting, "%s: expected one, as %s", what, example);
    if (ridge_field_set(fields, params, fields->name, name)) {
        char known[256] = "";
        for (size_t i = 0; fields->choices[i]; i++)
            snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s", i ? ", " : "",
                     fields->choices[i]);
        return setting_refuse(inner ? inner : setting, "unknown %s '%s'; known are: %s", what, name,
                              known);
    }
    if (inner && setting_find(inner, fields->name))
        return setting_refuse(setting_find(inner, fields->name), "%s: the %s is named already",
                              fields->name, what);
    return !inner || read_fields(inner, name, fields, params);
}

static bool read_optimizer(struct experiment *experiment, const struct setting *setting)
{
    return read_kind(setting, "optimizer", "'adam' or '{adam: {rate: 0.001}}'",
                     ridge_optimizer_fields(), &experiment->compile.optimizer);
}

static bool read_schedule(struct experiment *experiment, const struct setting *setting)
{
    return read_kind(setting, "schedule", "'cosine' or '{cosine: {warmup: 5}}'",
                     ridge_rate_schedule_fields(), &experiment->schedule);
}

static bool read_reduce_on_plateau(struct experiment *experiment, const struct setting *setting)
{
    return read_fields(setting, "reduce_on_plateau", ridge_reduce_on_plateau_fields(),
                       &experiment->reduce_on_plateau);
}

static bool read_early_stopping(struct experiment *experiment, const struct setting *setting)
{
    return read_fields(setting, "early_stopping", ridge_early_stopping_fields(),
                       &experiment->early_stopping);
}

// Sections in the order in which they are read.
static const struct section {
    const char *name;
    bool (*read)(struct experiment *experiment, const struct setting *setting);
    bool required;
} sections[] = {
    {"data", read_data, true},
    {"validation", read_validation, false},
    {"test", read_test, false},
    {"augment", experiment_read_augment, false},
    {"network", experiment_read_network, true},
    {"optimizer", read_optimizer, false},
    {"schedule", read_schedule, false},
    {"reduce_on_plateau", read_reduce_on_plateau, false},
    {"early_stopping", read_early_stopping, false},
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

const char *experiment_key(size_t index)
{
    if (index < SECTIONS)
        return sections[index].name;
    index -= SECTIONS;
    for (const ridge_field *field = ridge_loss_fields(); field->name; field++)
        if (index-- == 0)
            return field->name;
    for (const ridge_field *field = experiment_fields; field->name; field++)
        if (index-- == 0)
            return field->name;
    return NULL;
}

static bool refuse_unknown(const struct setting *entry)
{
    char known[512] = "";
    size_t length = 0;
    for (size_t i = 0; experiment_key(i) && length < sizeof(known); i++)
        length += (size_t)snprintf(known + length, sizeof(known) - length, "%s%s", i ? ", " : "",
                                   experiment_key(i));
    return setting_refuse(entry, "unknown key '%s'; known are: %s", entry->key, known);
}

static bool is_section(const char *name)
{
    for (size_t i = 0; i < SECTIONS; i++)
        if (strcmp(sections[i].name, name) == 0)
            return true;
    return false;
}

static bool read_values(struct experiment *experiment)
{
    for (const struct setting *entry = experiment->settings->first; entry; entry = entry->next) {
        bool read = true;
        if (ridge_field_find(experiment_fields, entry->key))
            read = setting_to_field(entry, experiment_fields, experiment);
        else if (ridge_field_find(ridge_loss_fields(), entry->key))
            read = setting_to_field(entry, ridge_loss_fields(), &experiment->compile);
        else if (!is_section(entry->key))
            read = refuse_unknown(entry);
        if (!read)
            return false;
    }
    return true;
}

static bool read_sections(struct experiment *experiment)
{
    for (size_t i = 0; i < SECTIONS; i++) {
        const struct setting *setting = setting_find(experiment->settings, sections[i].name);
        if (!setting && sections[i].required)
            return setting_refuse(experiment->settings, "the section '%s' is missing",
                                  sections[i].name);
        if (setting && !sections[i].read(experiment, setting))
            return false;
    }
    return true;
}

bool experiment_open(const char *path, const struct text_list *changes,
                     struct experiment *experiment)
{
    memset(experiment, 0, sizeof(*experiment));
    experiment->settings = settings_read(path);
    if (!experiment->settings)
        return false;
    const char *slash = strrchr(path, '/');
    experiment->folder = slash ? print_text("%.*s", (int)(slash - path), path) : duplicate(".");
    bool set = true;
    for (size_t i = 0; set && i < changes->count; i++) {
        char *origin = print_text("--set %s", changes->items[i]);
        set = settings_set(experiment->settings, changes->items[i], origin);
        free(origin);
    }
    return set;
}

bool experiment_interpret(struct experiment *experiment)
{
    if (!read_values(experiment) || !read_sections(experiment))
        return false;
    if (!experiment->batch)
        experiment->batch = 128;
    if (!experiment->epochs)
        experiment->epochs = 1;
    experiment->compile.batch = experiment->batch;
    experiment->compile.seed = experiment->seed;
    return true;
}

bool experiment_refuse_fit(const struct experiment *experiment, ridge_status status)
{
    const char *section = NULL, *message = ridge_error();
    if (status == RIDGE_ERROR_SHAPE || status == RIDGE_ERROR_DATA) // data and network do not fit
        section = "network";
    for (size_t i = 0; i < SECTIONS && status == RIDGE_ERROR_ARGUMENT; i++) {
        size_t length = strlen(sections[i].name);
        if (strncmp(message, sections[i].name, length) == 0 && message[length] == ':')
            section = sections[i].name;
    }
    const struct setting *setting = section ? setting_find(experiment->settings, section) : NULL;
    if (setting)
        return setting_refuse(setting, "%s", message);
    fail_library();
    return false;
}

bool experiment_read(const char *path, const struct text_list *changes,
                     struct experiment *experiment)
{
    return experiment_open(path, changes, experiment) && experiment_interpret(experiment);
}

void experiment_clear(struct experiment *experiment)
{
    for (size_t i = 0; i < experiment->layer_count; i++)
        free(experiment->layers[i].params);
    free(experiment->layers);
    for (size_t i = 0; i < experiment->augmentation_count; i++)
        free(experiment->augmentations[i].params);
    free(experiment->augmentations);
    free(experiment->folder);
    settings_free(experiment->settings);
    memset(experiment, 0, sizeof(*experiment));
}

static ridge_dataset *load(const struct experiment *experiment, const struct data_source *source,
                           const char *section)
{
    char *reason = NULL;
    ridge_dataset *dataset = data_source_read(source, experiment->folder, &reason);
    if (!dataset)
        setting_refuse(setting_find(experiment->settings, section), "%s", reason);
    free(reason);
    return dataset;
}

// The test part of an IDX folder belongs to it; where there is none, there is no test.
static ridge_dataset *load_test_part(const struct experiment *experiment)
{
    struct data_source source = experiment->data;
    if (!data_source_has_parts(&source, experiment->folder))
        return NULL;
    source.read.part = "test";
    char *reason = NULL;
    ridge_dataset *dataset = data_source_read(&source, experiment->folder, &reason);
    free(reason);
    return dataset;
}

static bool hold_out(const struct experiment *experiment, struct experiment_data *data)
{
    size_t count = ridge_dataset_count(data->train);
    size_t held_out = data_source_held_out(&experiment->data, count);
    if (!held_out)
        return true;
    const struct setting *setting = setting_find(experiment->settings, "data");
    if (held_out >= count)
        return setting_refuse(setting_find(setting, "validation"),
                              "validation: %zu of %zu rows would leave none to train on", held_out,
                              count);
    ridge_dataset *whole = data->train;
    data->train = NULL;
    bool cut = !ridge_dataset_slice(whole, 0, count - held_out, &data->train) &&
               !ridge_dataset_slice(whole, count - held_out, held_out, &data->validation);
    ridge_dataset_destroy(&whole);
    if (!cut)
        fail_library();
    return cut;
}

bool experiment_load(const struct experiment *experiment, struct experiment_data *data)
{
    *data = (struct experiment_data){0};
    data->train = load(experiment, &experiment->data, "data");
    if (!data->train || !hold_out(experiment, data))
        return false;
    if (experiment->has_validation) {
        if (data->validation)
            return setting_refuse(setting_find(experiment->settings, "validation"),
                                  "validation: given here and inside 'data' as well");
        data->validation = load(experiment, &experiment->validation, "validation");
        if (!data->validation)
            return false;
    }
    if (!experiment->has_test) {
        data->test = load_test_part(experiment);
        return true;
    }
    data->test = load(experiment, &experiment->test, "test");
    return data->test != NULL;
}

ridge_fit_params experiment_fit_params(const struct experiment *experiment)
{
    return (ridge_fit_params){
        .epochs = experiment->epochs,
        .batch = experiment->batch,
        .no_shuffle = experiment->order != 0,
        .val_loss_without_penalty = experiment->val_loss_without_penalty,
        .early_stopping = experiment->early_stopping,
        .schedule = experiment->schedule,
        .reduce_on_plateau = experiment->reduce_on_plateau,
    };
}

void experiment_data_clear(struct experiment_data *data)
{
    ridge_dataset_destroy(&data->train);
    ridge_dataset_destroy(&data->validation);
    ridge_dataset_destroy(&data->test);
}

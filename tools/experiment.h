// SPDX-License-Identifier: Apache-2.0
// Experiment files: data, network and training as YAML. docs: examples/*.yaml and `ridge layers`.
#ifndef RIDGE_TOOLS_EXPERIMENT_H
#define RIDGE_TOOLS_EXPERIMENT_H

#include <ridge/ridge.h>

#include "data_source.h"
#include "options.h"
#include "settings.h"

#define MOST_INPUTS 8  // of one layer
#define MOST_LAMBDAS 4 // of one layer: l1 and l2 of weights and of biases

// A strength of a penalty in a layer, before the number of training rows is known.
struct experiment_lambda {
    const struct setting *setting; // named like the field
    float value;
    int convention; // ridge_lambda
};

struct experiment_layer {
    const ridge_layer_info *kind;
    void *params;
    const struct setting *setting;   // for messages
    const char *name;                // or NULL
    const char *inputs[MOST_INPUTS]; // names; none: the layer before
    size_t input_count;
    struct experiment_lambda lambdas[MOST_LAMBDAS];
    size_t lambda_count;
};

// An operation of the section `augment`.
struct experiment_augmentation {
    const ridge_augmentation_info *kind;
    void *params;
    const struct setting *setting; // for messages
};

struct experiment {
    struct setting *settings; // holds every text below
    char *folder;             // of the file; paths are relative to it
    struct data_source data, validation, test;
    bool has_validation, has_test; // as sections of their own
    struct experiment_layer *layers;
    size_t layer_count;
    ridge_augment_params augment; // the settings of the pipeline
    struct experiment_augmentation *augmentations;
    size_t augmentation_count; // 0: rows are taken as they are
    ridge_compile_params compile;
    ridge_rate_schedule schedule;
    ridge_reduce_on_plateau reduce_on_plateau;
    ridge_early_stopping early_stopping;
    size_t batch, epochs, seed;
    int order; // 0: shuffled, 1: as in the data
    int norms; // 0: the history holds norms of weights and gradients
    // What plain l1 and l2 are in this file: ridge_lambda.
    int penalty_convention;
    bool val_loss_without_penalty;
};

// The data sets of an experiment; validation and test may be NULL.
struct experiment_data {
    ridge_dataset *train, *validation, *test;
};

// Fields at the top of a file beside data, network, optimizer and other sections.
extern const ridge_field experiment_fields[];
// The names of ridge_lambda.
extern const char *const experiment_lambda_choices[];

// The keys at the top of a file, for i = 0, 1, ...; NULL behind the last.
const char *experiment_key(size_t index);

// Reads a file and applies --set texts. False after a message; clear in both cases.
bool experiment_read(const char *path, const struct text_list *changes,
                     struct experiment *experiment);
// The two halves of it, between which the settings can be changed further.
bool experiment_open(const char *path, const struct text_list *changes,
                     struct experiment *experiment);
bool experiment_interpret(struct experiment *experiment);
void experiment_clear(struct experiment *experiment);

// Reads the data. False after a message; clear in both cases.
bool experiment_load(const struct experiment *experiment, struct experiment_data *data);
void experiment_data_clear(struct experiment_data *data);

// Makes and compiles the network for rows as in `rows`. NULL after a message.
ridge_network *experiment_build(const struct experiment *experiment, ridge_device *device,
                                const ridge_dataset *rows);

// How the experiment is trained, but for the validation rows and the caller's callbacks.
ridge_fit_params experiment_fit_params(const struct experiment *experiment);

// Says why ridge_fit failed, and of which place in the file. Returns false.
bool experiment_refuse_fit(const struct experiment *experiment, ridge_status status);

#endif

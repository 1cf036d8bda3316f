// SPDX-License-Identifier: Apache-2.0
// ridge sweep: the same experiment over a grid of values; which are best, and why.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "file.h"
#include "sweep.h"

struct choices {
    struct text_list overs;
    const char *out, *device, *target, *convention;
    bool json, fresh;
};

// --convention is short for a key of the experiment.
static void add_convention(struct sweep *sweep, char *assignment)
{
    const char **items = allocate(sweep->changes.count + 1, sizeof(*items));
    for (size_t i = 0; i < sweep->changes.count; i++)
        items[i] = sweep->changes.items[i];
    items[sweep->changes.count++] = assignment;
    free(sweep->changes.items);
    sweep->changes.items = items;
}

static bool load_rows(struct sweep *sweep)
{
    struct experiment_data data;
    if (sweep->folds && sweep->base.has_validation)
        return setting_refuse(setting_find(sweep->base.settings, "validation"),
                              "validation: these rows would not be used with --folds; leave out "
                              "one or the other");
    if (sweep->folds)
        sweep->base.data.validation = 0; // the rows that it holds out are dealt like all others
    bool loaded = experiment_load(&sweep->base, &data);
    sweep->train = data.train;
    sweep->validation = data.validation;
    data.train = data.validation = NULL;
    experiment_data_clear(&data);
    if (!loaded)
        return false;
    if (!sweep->folds && !sweep->validation)
        return setting_refuse(setting_find(sweep->base.settings, "data"),
                              "a sweep needs rows to validate on: --folds 5, or "
                              "--set data.validation=0.2");
    size_t count = ridge_dataset_count(sweep->train);
    if (sweep->folds == 1 || sweep->folds > count) {
        fail("--folds: expected 2 to %zu, which is how many rows there are, got %zu", count,
             sweep->folds);
        return false;
    }
    sweep->rows = sweep_hash_rows(sweep->train, 0);
    if (sweep->validation)
        sweep->rows = sweep_hash_rows(sweep->validation, sweep->rows);
    return true;
}

// All settings are read before anything is trained, so that a wrong one shows at once.
static bool read_points(struct sweep *sweep)
{
    sweep->points = allocate(sweep->grid.point_count, sizeof(*sweep->points));
    sweep->has_share = true;
    for (size_t i = 0; i < sweep->grid.point_count; i++) {
        struct experiment *point = &sweep->points[i];
        if (!experiment_open(sweep->experiment_path, &sweep->changes, point) ||
            !sweep_grid_apply(&sweep->grid, i, point->settings) || !experiment_interpret(point))
            return false;
        sweep->has_share = sweep->has_share && point->compile.loss <= RIDGE_BINARY_CROSS_ENTROPY;
    }
    for (size_t i = 1; !sweep->has_share && i < sweep->grid.point_count; i++) {
        const ridge_compile_params *first = &sweep->points[0].compile,
                                   *other = &sweep->points[i].compile;
        if (first->loss != other->loss || first->delta != other->delta) {
            fail("--over: values of different losses do not compare; sweep each loss by itself");
            return false;
        }
    }
    return true;
}

static bool read_target(struct sweep *sweep, const char *text)
{
    sweep->scale.guess = sweep_guess(sweep->train, &sweep->points[0].compile);
    sweep->scale.target = NAN;
    if (!text)
        return true;
    char *end;
    double target = strtod(text, &end) / (sweep->has_share ? 100 : 1);
    double most = sweep->scale.guess;
    if (end == text || *end || !isfinite(target) || target < 0 || target >= most) {
        fail("--target: expected an error from 0 to below %.4g%s, which is that of guessing, got "
             "'%s'",
             sweep->has_share ? 100 * most : most, sweep->has_share ? " (per cent)" : "", text);
        return false;
    }
    sweep->scale.target = target;
    return true;
}

static void say_plan(const struct sweep *sweep)
{
    for (size_t a = 0; a < sweep->grid.axis_count; a++)
        if (sweep->grid.axes[a].layers)
            say("%s is set in %s", sweep->grid.axes[a].key, sweep->grid.axes[a].layers);
    const ridge_device_info *info = ridge_device_get_info(sweep->device);
    say("device %u:%u, %s", info->platform, info->device, info->name);
    size_t rows = ridge_dataset_count(sweep->train);
    if (sweep->folds)
        say("%zu rows in %zu folds%s", rows, sweep->folds,
            ridge_dataset_classes(sweep->train) ? ", each class spread evenly" : "");
    else
        say("%zu rows to train on, %zu to validate", rows, ridge_dataset_count(sweep->validation));
}

static bool prepare(struct sweep *sweep, const struct choices *choices)
{
    if (!experiment_open(sweep->experiment_path, &sweep->changes, &sweep->base) ||
        !experiment_interpret(&sweep->base) ||
        !sweep_grid_make(&sweep->grid, &choices->overs, &sweep->base) || !read_points(sweep) ||
        !load_rows(sweep) || !read_target(sweep, choices->target) ||
        !folder_prepare(choices->out) ||
        !sweep_file_open(&sweep->file, choices->out, choices->fresh))
        return false;
    if (sweep->file.ignored)
        say("%zu line%s of %s cannot be read and do not count", sweep->file.ignored,
            sweep->file.ignored > 1 ? "s" : "", sweep->file.path);
    sweep->device = open_device(choices->device);
    if (!sweep->device)
        return false;
    say_plan(sweep);
    sweep->runs = sweep->seeds * (sweep->folds ? sweep->folds : 1);
    sweep->results = allocate(sweep->grid.point_count * sweep->runs, sizeof(*sweep->results));
    sweep->summaries = allocate(sweep->grid.point_count, sizeof(*sweep->summaries));
    return true;
}

static int report(struct sweep *sweep, const struct choices *choices)
{
    for (size_t i = 0; i < sweep->grid.point_count; i++)
        sweep->summaries[i] = sweep_summarise(sweep_results(sweep, i), sweep->runs);
    sweep_diagnose(sweep->summaries, sweep->grid.point_count, &sweep->scale);
    sweep->best = sweep_best(sweep->summaries, sweep->grid.point_count);
    char *picture = print_text("%s/sweep.png", choices->out);
    bool drawn = false, done = sweep_picture(sweep, picture, &drawn);
    if (choices->json) {
        sweep_print_json(sweep, drawn ? picture : NULL);
    } else {
        sweep_print_table(sweep);
        sweep_print_advice(sweep);
        if (drawn)
            printf("picture     %s\n", picture);
    }
    free(picture);
    return done ? STATUS_DONE : STATUS_FAILED;
}

static int sweep_over(struct sweep *sweep, const struct choices *choices)
{
    if (!prepare(sweep, choices))
        return STATUS_FAILED;
    if (sweep_run(sweep))
        return report(sweep, choices);
    if (interrupted)
        fail("interrupted; the same command goes on where it was, from %s", sweep->file.path);
    return STATUS_FAILED;
}

static void clear(struct sweep *sweep)
{
    for (size_t i = 0; sweep->points && i < sweep->grid.point_count; i++)
        experiment_clear(&sweep->points[i]);
    free(sweep->points);
    free(sweep->results);
    free(sweep->summaries);
    sweep_file_close(&sweep->file);
    sweep_grid_clear(&sweep->grid);
    experiment_clear(&sweep->base);
    ridge_dataset_destroy(&sweep->train);
    ridge_dataset_destroy(&sweep->validation);
    ridge_device_close(&sweep->device);
    free(sweep->changes.items);
}

int command_sweep(int argc, char **argv)
{
    struct sweep sweep = {.seeds = 1};
    struct choices choices = {.out = "ridge-sweep"};
    const struct option_row options[] = {
        {"over", OPTION_LIST, &choices.overs, "KEY=V,V,...", "l2=0,0.01,0.1; several: all pairs"},
        {"folds", OPTION_COUNT, &sweep.folds, "K", "K-fold cross-validation, 2 to the rows"},
        {"seeds", OPTION_COUNT, &sweep.seeds, "N", "runs of each, from the experiment's seed on"},
        {"convention", OPTION_TEXT, &choices.convention, "NAME",
         "of l1 and l2: lambda, lambda/2, lambda/m or lambda/2m"},
        {"target", OPTION_TEXT, &choices.target, "E",
         "error to aim at, in per cent; else the best found"},
        {"set", OPTION_LIST, &sweep.changes, "KEY=VALUE", "change the experiment, as ridge train"},
        {"device", OPTION_TEXT, &choices.device, "D", "1:0, gpu, cpu or part of a name"},
        {"out", OPTION_TEXT, &choices.out, "DIR", "for runs and picture (default: ridge-sweep)"},
        {"fresh", OPTION_FLAG, &choices.fresh, NULL, "forget the runs that DIR holds"},
        {"json", OPTION_FLAG, &choices.json, NULL, "an object for each setting and one at last"},
        {0},
    };
    const struct usage usage = {
        "ridge sweep",
        "FILE.yaml",
        "Trains the experiment with every combination of the values, compares training and\n"
        "validation errors, and says which values are best and what to try next. A KEY is that of\n"
        "a field of layers (set where the file gives it, else in all layers that have it),\n"
        "LAYER.KEY, optimizer.KEY, or any key that --set takes. Started again with the same\n"
        "DIR it trains only what has not been trained, also after Ctrl-C.",
        1,
        1,
        options};
    char **arguments, *convention = NULL;
    size_t count;
    int status = options_parse(&usage, argc, argv, &arguments, &count);
    if (status == OPTIONS_PARSED && !choices.overs.count)
        status = options_refuse(&usage, "expected --over KEY=VALUE,VALUE,... at least once");
    if (status == OPTIONS_PARSED) {
        sweep.experiment_path = arguments[0];
        if (choices.convention)
            add_convention(&sweep,
                           convention = print_text("penalty_convention=%s", choices.convention));
        status = sweep_over(&sweep, &choices);
    }
    clear(&sweep);
    free(choices.overs.items);
    free(convention);
    return status;
}

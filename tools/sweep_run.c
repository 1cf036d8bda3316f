// SPDX-License-Identifier: Apache-2.0
// The runs of a sweep, one after the other on one device.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sweep.h"

#define SECONDS_A_LINE 0.1 // between changes of the progress line

// The rows of a run.
struct rows {
    const ridge_dataset *train, *validation;
    ridge_dataset *fold_train, *fold_validation; // owned
};

// Where the sweep stands, for the lines that tell of it.
struct standing {
    const struct sweep *sweep;
    size_t number, total; // of the run that is at work, from 1; with those of earlier sessions
    size_t epochs;        // of the run
    char *label;
    double started, last_line;
    double first_epochs, first_time; // when it was first told of, after kernels were built
};

static size_t seed_of(const struct sweep *sweep, size_t run)
{
    return sweep->base.seed + (sweep->folds ? run / sweep->folds : run);
}

static size_t fold_of(const struct sweep *sweep, size_t run)
{
    return sweep->folds ? run % sweep->folds : 0;
}

static char *label_of(const struct sweep *sweep, size_t point, size_t run)
{
    char *values = sweep_grid_label(&sweep->grid, point);
    char *label = sweep->folds
                      ? print_text("%s, seed %zu, fold %zu/%zu", values, seed_of(sweep, run),
                                   fold_of(sweep, run) + 1, sweep->folds)
                      : print_text("%s, seed %zu", values, seed_of(sweep, run));
    free(values);
    return label;
}

// Seconds that the present run will have taken in all; NaN as long as nothing is known.
static double whole_run(const struct standing *standing, double epochs)
{
    double told = epochs - standing->first_epochs;
    double an_epoch = told > 0 ? (seconds_now() - standing->first_time) / told : NAN;
    return standing->first_time - standing->started +
           ((double)standing->epochs - standing->first_epochs) * an_epoch;
}

// Of all that is left, behind a comma; nothing as long as nothing is known. A run that has not
// begun takes as long as those that are done, on average. `epochs` of the present run are done; 0:
// there is none.
static const char *print_left(const struct standing *standing, double epochs, char text[40])
{
    const struct sweep *sweep = standing->sweep;
    double seconds = 0, present = 0, done = 0;
    char duration[24];
    for (size_t i = 0; i < standing->total; i++) {
        seconds += sweep->results[i].done ? sweep->results[i].seconds : 0;
        done += sweep->results[i].done;
    }
    double whole = epochs > 0 ? whole_run(standing, epochs) : NAN;
    double a_run = done > 0 ? seconds / done : whole;
    if (epochs > 0)
        present = fmax(0, (isnan(whole) ? a_run : whole) - (seconds_now() - standing->started));
    double left = present + ((double)standing->total - done - (epochs > 0)) * a_run;
    snprintf(text, 40, ", %s left", print_duration(left, duration));
    return isnan(left) ? "" : text;
}

static void show(struct standing *standing, double epochs, double loss)
{
    double now = seconds_now();
    if (!standing->first_time) {
        standing->first_time = now;
        standing->first_epochs = epochs;
    }
    if (!progress_is_shown() || now - standing->last_line < SECONDS_A_LINE)
        return;
    standing->last_line = now;
    char left[40];
    say_progress("run %zu of %zu  %s: epoch %.0f of %zu, loss %.4g%s", standing->number,
                 standing->total, standing->label, floor(epochs), standing->epochs, loss,
                 print_left(standing, epochs, left));
}

static void on_report(void *context, const ridge_epoch *epoch)
{
    show(context, (double)epoch->epoch, epoch->loss);
}

static void on_progress(void *context, const ridge_progress *progress)
{
    double part = (double)progress->rows / (double)progress->rows_total;
    show(context, (double)progress->epoch - 1 + part, progress->loss);
}

static void say_result(const struct standing *standing, const struct sweep_result *result)
{
    char left[40], took[24], errors[96] = "diverged";
    double factor = standing->sweep->has_share ? 100 : 1;
    const char *unit = standing->sweep->has_share ? " %" : "";
    if (!result->diverged)
        snprintf(errors, sizeof(errors), "training error %.4g%s, validation error %.4g%s",
                 factor * result->train_error, unit, factor * result->val_error, unit);
    say("run %zu of %zu  %s: %s  (%s%s)", standing->number, standing->total, standing->label,
        errors, print_duration(result->seconds, took), print_left(standing, 0, left));
}

static bool measure(const struct sweep *sweep, ridge_network *network, const ridge_dataset *data,
                    double *error, double *loss)
{
    ridge_metrics metrics;
    if (ridge_network_evaluate(network, data, &metrics)) {
        fail_library();
        return false;
    }
    *loss = metrics.loss;
    *error = sweep->has_share ? 1 - metrics.accuracy : metrics.loss;
    return true;
}

// Trains as `ridge train` does and measures what the network is at the end. result->done stays
// false for a run that was interrupted.
static bool train(struct standing *standing, const struct experiment *experiment,
                  const struct rows *rows, ridge_network *network, struct sweep_result *result)
{
    ridge_fit_params params = experiment_fit_params(experiment);
    params.validation = rows->validation;
    params.on_report = on_report;
    params.on_progress = progress_is_shown() ? on_progress : NULL;
    params.context = standing;
    params.stop = &interrupted;
    ridge_history history;
    if (ridge_fit(network, rows->train, &params, &history)) {
        fail("%s: %s", standing->label, ridge_error());
        return false;
    }
    bool cut_off = history.reason == RIDGE_STOP_INTERRUPT;
    *result = (struct sweep_result){.epochs = (double)history.count,
                                    .diverged = history.reason == RIDGE_STOP_NOT_FINITE,
                                    .train_error = NAN,
                                    .val_error = NAN,
                                    .train_loss = NAN,
                                    .val_loss = NAN};
    ridge_history_clear(&history);
    if (!cut_off && !result->diverged) {
        if (!measure(standing->sweep, network, rows->train, &result->train_error,
                     &result->train_loss) ||
            !measure(standing->sweep, network, rows->validation, &result->val_error,
                     &result->val_loss))
            return false;
        result->diverged = !isfinite(result->train_loss) || !isfinite(result->val_loss);
    }
    result->seconds = seconds_now() - standing->started;
    result->done = !cut_off;
    return true;
}

static bool run_point(const struct sweep *sweep, struct standing *standing, size_t point,
                      size_t run, const struct rows *rows)
{
    struct experiment *experiment = &sweep->points[point];
    experiment->compile.seed = seed_of(sweep, run);
    standing->label = label_of(sweep, point, run);
    standing->epochs = experiment->epochs;
    standing->started = seconds_now();
    standing->first_time = 0;
    struct sweep_result result = {0};
    ridge_network *network = experiment_build(experiment, sweep->device, rows->train);
    bool trained = network && train(standing, experiment, rows, network, &result);
    ridge_network_destroy(&network);
    if (trained && result.done) {
        const struct sweep_run what = {experiment->settings, sweep->rows, seed_of(sweep, run),
                                       sweep->folds, fold_of(sweep, run)};
        char *text = sweep_run_text(&what);
        trained = sweep_file_add(&sweep->file, text, &result);
        free(text);
        sweep_results(sweep, point)[run] = result;
        say_result(standing, &result);
    }
    free(standing->label);
    return trained && result.done;
}

static bool take_rows(const struct sweep *sweep, size_t run, struct rows *rows)
{
    *rows = (struct rows){.train = sweep->train, .validation = sweep->validation};
    if (!sweep->folds)
        return true;
    const ridge_fold_params params = {.folds = sweep->folds,
                                      .index = fold_of(sweep, run),
                                      .seed = seed_of(sweep, run),
                                      .stratified = ridge_dataset_classes(sweep->train) != 0};
    if (ridge_dataset_fold(sweep->train, &params, &rows->fold_train, &rows->fold_validation)) {
        fail_library();
        return false;
    }
    rows->train = rows->fold_train;
    rows->validation = rows->fold_validation;
    return true;
}

// The points with one seed and fold, so that all have the same rows.
static bool run_points(const struct sweep *sweep, struct standing *standing, size_t run)
{
    struct rows rows;
    if (!take_rows(sweep, run, &rows))
        return false;
    bool ran = true;
    for (size_t point = 0; ran && point < sweep->grid.point_count; point++) {
        if (sweep_results(sweep, point)[run].done)
            continue;
        standing->number++;
        ran = run_point(sweep, standing, point, run, &rows);
    }
    ridge_dataset_destroy(&rows.fold_train);
    ridge_dataset_destroy(&rows.fold_validation);
    return ran;
}

// Fills in the results that the file has; returns how many.
static size_t take_finished(const struct sweep *sweep)
{
    size_t found = 0;
    for (size_t point = 0; point < sweep->grid.point_count; point++) {
        for (size_t run = 0; run < sweep->runs; run++) {
            const struct sweep_run what = {sweep->points[point].settings, sweep->rows,
                                           seed_of(sweep, run), sweep->folds, fold_of(sweep, run)};
            char *text = sweep_run_text(&what);
            found += sweep_file_find(&sweep->file, text, &sweep_results(sweep, point)[run]);
            free(text);
        }
    }
    return found;
}

// Settings that contradict each other are better refused now than in the middle of the night.
static bool try_points(const struct sweep *sweep)
{
    bool built = true;
    for (size_t point = 0; built && point < sweep->grid.point_count; point++) {
        const struct experiment *experiment = &sweep->points[point];
        ridge_network *network = experiment_build(experiment, sweep->device, sweep->train);
        ridge_fit_params params = experiment_fit_params(experiment);
        ridge_memory memory;
        params.validation = sweep->validation;
        built = network != NULL;
        if (built && ridge_fit_memory(network, sweep->train, &params, &memory)) {
            char *label = sweep_grid_label(&sweep->grid, point);
            fail("--over %s: %s", label, ridge_error());
            free(label);
            built = false;
        }
        ridge_network_destroy(&network);
    }
    return built;
}

bool sweep_run(struct sweep *sweep)
{
    struct standing standing = {.sweep = sweep, .total = sweep->grid.point_count * sweep->runs};
    standing.number = take_finished(sweep);
    if (standing.number)
        say("%zu of %zu runs are in %s", standing.number, standing.total, sweep->file.path);
    if (standing.number == standing.total)
        return true;
    if (!try_points(sweep))
        return false;
    catch_interrupt();
    bool ran = true;
    for (size_t run = 0; ran && !interrupted && run < sweep->runs; run++)
        ran = run_points(sweep, &standing, run);
    end_progress();
    return ran && !interrupted;
}

// SPDX-License-Identifier: Apache-2.0
// ridge train: from an experiment file to a model, a history and an evaluation.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "experiment.h"
#include "file.h"
#include "penalty_report.h"
#include "training_report.h"

struct training {
    struct experiment experiment;
    struct experiment_data data;
    ridge_device *device;
    ridge_network *network;
    ridge_history history;
    struct training_report report;
    double seconds;
    char *model_path, *history_path;
    bool model_saved;
};

static void on_memory(void *context, const ridge_memory *memory)
{
    struct training *training = context;
    report_memory(memory);
    training->report.started = seconds_now();
}

static void on_progress(void *context, const ridge_progress *progress)
{
    const struct training *training = context;
    report_progress(&training->report, progress);
}

static void on_report(void *context, const ridge_epoch *epoch)
{
    struct training *training = context;
    report_epoch(&training->report, epoch);
}

static void say_rows(const struct training *training)
{
    char shape[96];
    size_t sizes[RIDGE_MAX_RANK];
    size_t rank = ridge_dataset_shape(training->data.train, sizes);
    say("%zu rows %s to train on, %zu to validate, %zu to test",
        ridge_dataset_count(training->data.train), print_shape(sizes, rank, shape),
        training->data.validation ? ridge_dataset_count(training->data.validation) : 0,
        training->data.test ? ridge_dataset_count(training->data.test) : 0);
}

static bool prepare(struct training *training, const char *selector)
{
    if (!experiment_load(&training->experiment, &training->data))
        return false;
    training->device = open_device(selector);
    if (!training->device)
        return false;
    const ridge_device_info *info = ridge_device_get_info(training->device);
    say("device %u:%u, %s", info->platform, info->device, info->name);
    say_rows(training);
    training->network =
        experiment_build(&training->experiment, training->device, training->data.train);
    if (!training->network)
        return false;
    report_network(training->network);
    return true;
}

static bool fit(struct training *training)
{
    const struct experiment *experiment = &training->experiment;
    ridge_fit_params params = experiment_fit_params(experiment);
    params.validation = training->data.validation;
    params.best_if_cut_short = true;
    params.on_report = on_report;
    params.on_progress = progress_is_shown() && !training->report.json ? on_progress : NULL;
    params.on_memory = on_memory;
    params.norms = experiment->norms == 0;
    params.context = training;
    params.stop = &interrupted;
    catch_interrupt();
    training->report.rates = experiment->schedule.kind != RIDGE_RATE_CONSTANT ||
                             experiment->schedule.warmup || experiment->schedule.warmup_steps ||
                             experiment->reduce_on_plateau.patience;
    training->report.rows = ridge_dataset_count(training->data.train);
    training->report.started = seconds_now();
    ridge_status status =
        ridge_fit(training->network, training->data.train, &params, &training->history);
    if (status)
        return experiment_refuse_fit(experiment, status);
    end_progress();
    training->seconds = seconds_now() - training->report.started;
    return true;
}

static bool save(struct training *training)
{
    const ridge_history *history = &training->history;
    if (!write_history(training->history_path, history, training->network))
        return false;
    if (history->reason == RIDGE_STOP_NOT_FINITE && !history->restored) {
        fail("no model is saved, for no epoch was good");
        return true;
    }
    if (ridge_network_save(training->network, training->model_path)) {
        fail_library();
        return false;
    }
    training->model_saved = true;
    return true;
}

static const char *reason_name(ridge_stop_reason reason)
{
    static const char *const names[] = {
        [RIDGE_STOP_NONE] = "all epochs done",  [RIDGE_STOP_EARLY] = "early stopping",
        [RIDGE_STOP_CALLBACK] = "stopped",      [RIDGE_STOP_INTERRUPT] = "interrupted",
        [RIDGE_STOP_NOT_FINITE] = "not finite",
    };
    return names[reason];
}

struct evaluation {
    const char *name, *loss_key, *accuracy_key;
    const ridge_dataset *data;
    bool with_penalty; // as val_loss of the history
};

static bool evaluate(struct training *training, const struct evaluation *evaluation, cJSON *object)
{
    ridge_metrics metrics;
    if (!evaluation->data || !training->model_saved)
        return true;
    if (ridge_network_evaluate(training->network, evaluation->data, &metrics)) {
        fail_library();
        return false;
    }
    double loss = metrics.loss + (evaluation->with_penalty ? metrics.penalty : 0);
    if (object) {
        cJSON_AddNumberToObject(object, evaluation->loss_key, loss);
        cJSON_AddNumberToObject(object, evaluation->accuracy_key, metrics.accuracy);
        return true;
    }
    printf("%-10s  loss %.6g", evaluation->name, loss);
    if (metrics.penalty > 0)
        printf(" (%s the penalty of %.6g)", evaluation->with_penalty ? "with" : "without",
               metrics.penalty);
    if (!isnan(metrics.accuracy))
        printf("  accuracy %.2f %%", 100 * metrics.accuracy);
    putchar('\n');
    return true;
}

static cJSON *describe(const struct training *training)
{
    const ridge_history *history = &training->history;
    double rows = (double)ridge_dataset_count(training->data.train);
    double steps = ceil(rows / (double)training->experiment.batch);
    double epochs = (double)history->count;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "job", "train");
    cJSON_AddStringToObject(object, "device", ridge_device_get_info(training->device)->name);
    cJSON_AddNumberToObject(object, "epochs", epochs);
    cJSON_AddNumberToObject(object, "best_epoch", (double)history->best);
    cJSON_AddBoolToObject(object, "restored", history->restored);
    cJSON_AddStringToObject(object, "ended", reason_name(history->reason));
    cJSON_AddBoolToObject(object, "val_loss_includes_penalty",
                          !training->experiment.val_loss_without_penalty);
    cJSON_AddNumberToObject(object, "seconds", training->seconds);
    if (history->count) {
        cJSON_AddNumberToObject(object, "ms_per_step", 1e3 * training->seconds / (epochs * steps));
        cJSON_AddNumberToObject(object, "samples_per_second", rows * epochs / training->seconds);
    }
    if (training->model_saved)
        cJSON_AddStringToObject(object, "model", training->model_path);
    cJSON_AddStringToObject(object, "history", training->history_path);
    return object;
}

static void print_outcome(const struct training *training)
{
    const ridge_history *history = &training->history;
    printf("%s after %zu epochs and %.1f s", reason_name(history->reason), history->count,
           training->seconds);
    if (history->restored)
        printf("; the weights are those of epoch %zu, the best", history->best);
    putchar('\n');
}

static bool report(struct training *training)
{
    const struct evaluation evaluations[] = {
        {"validation", "val_loss", "val_accuracy", training->data.validation,
         !training->experiment.val_loss_without_penalty},
        {"test", "test_loss", "test_accuracy", training->data.test, false},
    };
    cJSON *object = training->report.json ? describe(training) : NULL;
    if (!object)
        print_outcome(training);
    bool evaluated = true;
    for (size_t i = 0; i < sizeof(evaluations) / sizeof(evaluations[0]); i++)
        evaluated = evaluated && evaluate(training, &evaluations[i], object);
    evaluated = evaluated && report_penalties(training->network, training->data.train, object);
    if (object) {
        print_json(object);
        return evaluated;
    }
    if (training->model_saved)
        printf("model       %s\n", training->model_path);
    printf("history     %s\n", training->history_path);
    return evaluated;
}

static int train(struct training *training, const char *selector)
{
    if (!prepare(training, selector) || !fit(training) || !save(training) || !report(training))
        return STATUS_FAILED;
    if (training->history.reason == RIDGE_STOP_NOT_FINITE)
        return fail(
            "the training loss became NaN or infinite in epoch %zu; a smaller rate may help",
            training->history.count);
    return STATUS_DONE;
}

static void clear(struct training *training)
{
    ridge_history_clear(&training->history);
    ridge_network_destroy(&training->network);
    ridge_device_close(&training->device);
    experiment_data_clear(&training->data);
    experiment_clear(&training->experiment);
    free(training->model_path);
    free(training->history_path);
}

int command_train(int argc, char **argv)
{
    struct training training = {0};
    struct text_list changes = {0};
    const char *device = NULL, *out = "ridge-out";
    size_t epochs = 0;
    const struct option_row options[] = {
        {"set", OPTION_LIST, &changes, "KEY=VALUE", "change the experiment: network.1.rate=0.3"},
        {"device", OPTION_TEXT, &device, "D", "1:0, gpu, cpu or part of a name"},
        {"out", OPTION_TEXT, &out, "DIR", "folder for model and history (default: ridge-out)"},
        {"epochs", OPTION_COUNT, &epochs, "N", "instead of the experiment's"},
        {"json", OPTION_FLAG, &training.report.json, NULL, "an object per epoch and one at last"},
        {0},
    };
    const struct usage usage = {
        "ridge train",
        "FILE.yaml",
        "Trains the network of an experiment file and writes DIR/model.safetensors and\n"
        "DIR/history.csv. Ctrl-C ends after the step and keeps the best weights.",
        1,
        1,
        options};
    char **arguments;
    size_t count;
    int status = options_parse(&usage, argc, argv, &arguments, &count);
    if (status == OPTIONS_PARSED) {
        status = STATUS_FAILED;
        training.model_path = print_text("%s/model.safetensors", out);
        training.history_path = print_text("%s/history.csv", out);
        if (experiment_read(arguments[0], &changes, &training.experiment) && folder_prepare(out)) {
            if (epochs)
                training.experiment.epochs = epochs;
            training.report.epochs = training.experiment.epochs;
            status = train(&training, device);
        }
    }
    clear(&training);
    free(changes.items);
    return status;
}

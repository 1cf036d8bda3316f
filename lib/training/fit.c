// SPDX-License-Identifier: Apache-2.0
// The training loop: epochs of replayed steps, validation, early stopping.
#include "training/fit.h"

#include <math.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "device/device.h"
#include "network/step.h"

#define SECONDS_A_REPORT 0.1 // at most ten progress reports a second, each waits for the device

bool ridge_fit_has_classes(const struct ridge_fit *fit)
{
    return fit->network->settings.loss <= RIDGE_BINARY_CROSS_ENTROPY;
}

bool ridge_fit_keeps_best(const struct ridge_fit *fit)
{
    return fit->params.early_stopping.restore_best || fit->params.best_if_cut_short;
}

static bool stopped(const struct ridge_fit *fit)
{
    return fit->params.stop && *fit->params.stop;
}

static ridge_status report(const struct ridge_fit *fit, size_t epoch, size_t rows, double started)
{
    struct ridge_sums sums;
    RIDGE_TRY(ridge_state_read(fit->network, &sums));
    ridge_progress progress = {
        .epoch = epoch,
        .epochs = fit->params.epochs,
        .rows = rows,
        .rows_total = fit->train_feed.count,
        .loss = sums.loss / (double)rows,
        .accuracy = ridge_fit_has_classes(fit) ? sums.right / (double)rows : NAN,
        .seconds = ridge_clock() - started,
    };
    fit->params.on_progress(fit->params.context, &progress);
    return RIDGE_OK;
}

// Enqueues what comes next of the training rows, of which *rows are done.
static ridge_status run_next(struct ridge_fit *fit, size_t epochs, size_t *rows)
{
    if (fit->fused.fusion)
        return ridge_fused_run(fit, epochs, rows);
    const struct ridge_feed_plan *plan;
    size_t left = fit->train_feed.count - *rows;
    size_t size = left < fit->params.batch ? left : fit->params.batch;
    enum ridge_step_mode mode = size == left ? ridge_step_last(fit->network) : RIDGE_STEP_TRAIN;
    *rows += size;
    return ridge_feed_run(&fit->train_feed, mode, size, &plan);
}

// One pass over the training rows, or `epochs` of them at once; *rows tells how many were done
// before a stop.
static ridge_status train(struct ridge_fit *fit, size_t epoch, size_t epochs, double started,
                          size_t *rows)
{
    ridge_device *device = fit->network->device;
    size_t count = fit->train_feed.count;
    double reported = started;
    if (!fit->fused.fusion)
        RIDGE_TRY(ridge_feed_begin(&fit->train_feed, ridge_device_launcher(device)));
    for (*rows = 0; *rows < count && !stopped(fit);) {
        RIDGE_TRY(run_next(fit, epochs, rows));
        RIDGE_TRY(ridge_device_throttle(device));
        if (fit->params.on_progress && ridge_clock() - reported >= SECONDS_A_REPORT) {
            RIDGE_TRY(report(fit, epoch, *rows, started));
            reported = ridge_clock();
        }
    }
    return RIDGE_OK;
}

// What follows the steps of an epoch on the device.
static ridge_status end_epoch(struct ridge_fit *fit)
{
    if (fit->fused.fusion)
        return RIDGE_OK;
    if (fit->validation)
        RIDGE_TRY(ridge_feed_pass(&fit->validation_feed, fit->params.batch));
    return ridge_fit_record_end(fit, ridge_device_launcher(fit->network->device));
}

// What has come of an epoch, whose state was read.
static ridge_status sum_up(struct ridge_fit *fit, const struct ridge_sums *sums,
                           ridge_history *history, ridge_epoch *epoch)
{
    bool classes = ridge_fit_has_classes(fit);
    RIDGE_TRY(ridge_history_norms(fit, sums, history, epoch));
    double count = (double)fit->train_feed.count;
    epoch->penalty = sums->penalty + sums->activity / count;
    epoch->loss = sums->loss / count + epoch->penalty;
    epoch->accuracy = classes ? sums->right / count : NAN;
    epoch->val_loss = epoch->val_accuracy = NAN;
    if (fit->validation) {
        double rows = (double)fit->validation_feed.count;
        epoch->val_loss = sums->evaluation_loss / rows;
        if (!fit->params.val_loss_without_penalty)
            epoch->val_loss += sums->penalty + sums->evaluation_activity / rows;
        epoch->val_accuracy = classes ? sums->evaluation_right / rows : NAN;
    }
    return RIDGE_OK;
}

// All that follows an epoch; *reason says whether to go on.
static ridge_status judge(struct ridge_fit *fit, const struct ridge_sums *sums, ridge_epoch *epoch,
                          ridge_history *history, ridge_stop_reason *reason)
{
    RIDGE_TRY(sum_up(fit, sums, history, epoch));
    if (ridge_best_update(&fit->best, epoch))
        *reason = RIDGE_STOP_EARLY;
    ridge_plateau_update(&fit->plateau, epoch);
    if (!isfinite(epoch->loss))
        *reason = RIDGE_STOP_NOT_FINITE;
    RIDGE_TRY(ridge_grow(&history->epochs, &fit->history_capacity, history->count + 1,
                         sizeof(*history->epochs)));
    history->epochs[history->count++] = *epoch;
    return RIDGE_OK;
}

// Copies the weights of epoch `index` of those that ran.
static ridge_status keep_best(const struct ridge_fit *fit, size_t index)
{
    ridge_tensor weights = fit->network->arena.parameters;
    if (fit->fused.kept.buffer)
        weights = ridge_fused_weights(fit, index);
    return ridge_copy(ridge_device_launcher(fit->network->device), weights, fit->best_weights);
}

// Tells of the epochs of the history from `first` on.
static void tell(const struct ridge_fit *fit, const ridge_history *history, size_t first,
                 ridge_stop_reason *reason)
{
    const ridge_fit_params *params = &fit->params;
    for (size_t i = first; i < history->count; i++) {
        const ridge_epoch *epoch = &history->epochs[i];
        if (params->on_report)
            params->on_report(params->context, epoch);
        if (params->on_epoch && !params->on_epoch(params->context, epoch) &&
            *reason != RIDGE_STOP_NOT_FINITE)
            *reason = RIDGE_STOP_CALLBACK;
    }
}

// How many epochs may run before anybody has to look at the first of them: nothing that they come
// to changes what the next one does, and each keeps its weights if they are wanted.
static size_t unseen_epochs(const struct ridge_fit *fit, size_t number)
{
    bool kept = !fit->best_weights.buffer || fit->fused.kept.buffer;
    if (!fit->fused.fusion || fit->params.on_epoch || !kept)
        return 1;
    size_t left = fit->params.epochs - number + 1;
    return ridge_smaller(left, ridge_smaller(ridge_best_patience(&fit->best),
                                             ridge_plateau_patience(&fit->plateau)));
}

// Waits for the epochs from `number` on, and judges one after the other.
static ridge_status judge_all(struct ridge_fit *fit, size_t number, size_t count, double started,
                              ridge_history *history, ridge_stop_reason *reason)
{
    struct ridge_sums sums;
    bool stale = false;
    size_t first = history->count, best = SIZE_MAX;
    if (fit->fused.fusion)
        RIDGE_TRY(ridge_fused_read(fit, &count, &stale));
    else
        RIDGE_TRY(ridge_state_read(fit->network, &sums));
    double seconds = (ridge_clock() - started) / (double)count;
    for (size_t i = 0; i < count; i++) {
        fit->network->epochs_done++;
        if (fit->fused.fusion)
            ridge_state_take(fit->network, ridge_fused_state(fit, i), &sums);
        ridge_epoch epoch = {
            .epoch = number + i, .rate = ridge_tables_rate(fit, i), .seconds = seconds};
        RIDGE_TRY(judge(fit, &sums, &epoch, history, reason));
        stale |= epoch.reduced;
        best = epoch.improved ? i : best;
    }
    if (best < count && fit->best_weights.buffer)
        RIDGE_TRY(keep_best(fit, best));
    tell(fit, history, first, reason);
    ridge_tables_end(fit, count, stale);
    return RIDGE_OK;
}

// One epoch from `number` on, or several, with all that follows.
static ridge_status run_epochs(struct ridge_fit *fit, size_t number, ridge_history *history,
                               ridge_stop_reason *reason)
{
    double started = ridge_clock();
    size_t rows, count = unseen_epochs(fit, number);
    RIDGE_TRY(ridge_tables_begin(fit, number, &count));
    RIDGE_TRY(train(fit, number, count, started, &rows));
    if (rows < fit->train_feed.count) {
        fit->network->epochs_done++;
        *reason = RIDGE_STOP_INTERRUPT;
        return RIDGE_OK;
    }
    RIDGE_TRY(end_epoch(fit));
    RIDGE_TRY_CL("clFlush", clFlush(fit->network->device->queue));
    ridge_tables_look_ahead(fit, count); // while the device works
    RIDGE_TRY(judge_all(fit, number, count, started, history, reason));
    if (stopped(fit))
        *reason = RIDGE_STOP_INTERRUPT;
    return RIDGE_OK;
}

static ridge_status run(struct ridge_fit *fit, ridge_history *history)
{
    ridge_stop_reason reason = RIDGE_STOP_NONE;
    size_t last = 0;
    while (last < fit->params.epochs && !reason) {
        size_t before = history->count;
        RIDGE_TRY(run_epochs(fit, last + 1, history, &reason));
        last += history->count > before ? history->count - before : 1;
    }
    history->reason = reason;
    history->best = fit->best.epoch;
    bool cut_short = reason == RIDGE_STOP_INTERRUPT || reason == RIDGE_STOP_NOT_FINITE;
    bool wanted =
        fit->params.early_stopping.restore_best || (fit->params.best_if_cut_short && cut_short);
    // After an interruption inside an epoch the weights belong to no epoch at all.
    bool moved_on = last != fit->best.epoch || history->count < last;
    history->restored = wanted && fit->best.epoch;
    if (history->restored && moved_on)
        RIDGE_TRY(ridge_copy(ridge_device_launcher(fit->network->device), fit->best_weights,
                             fit->network->arena.parameters));
    return ridge_device_finish(fit->network->device);
}

ridge_status ridge_fit(ridge_network *network, const ridge_dataset *train,
                       const ridge_fit_params *params, ridge_history *history)
{
    ridge_history unwanted = {0};
    if (!history)
        history = &unwanted;
    *history = (ridge_history){0};
    struct ridge_fit fit;
    ridge_status status = RIDGE_OK;
    if (network && network->busy)
        return ridge_fail(RIDGE_ERROR_STATE, "ridge_fit was called from a callback of ridge_fit");
    status = ridge_fit_plan(&fit, network, train, params);
    if (!status && fit.params.on_memory)
        fit.params.on_memory(fit.params.context, &fit.memory);
    if (!status)
        status = ridge_fit_prepare(&fit);
    if (!status) {
        network->busy = true;
        status = run(&fit, history);
        network->busy = false;
    }
    ridge_fit_release(&fit);
    if (status || history == &unwanted)
        ridge_history_clear(history);
    return status;
}

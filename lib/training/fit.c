// SPDX-License-Identifier: Apache-2.0
// The training loop: epochs of replayed steps, validation, early stopping.
#include "training/fit.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/step.h"

#define SECONDS_A_REPORT 0.1 // at most ten progress reports a second, each waits for the device

// Fisher-Yates with the words of stream RIDGE_STREAM_SHUFFLE; the step is the epoch.
static void shuffle(const struct ridge_fit *fit, uint32_t epoch, uint32_t *order)
{
    size_t count = fit->train_feed.count;
    ridge_random random = {
        .seed = fit->network->settings.seed, .stream = RIDGE_STREAM_SHUFFLE, .step = epoch};
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = count; i-- > 1;) {
        size_t j = (size_t)(((uint64_t)ridge_random_word(&random, i) * (i + 1)) >> 32);
        uint32_t row = order[i];
        order[i] = order[j];
        order[j] = row;
    }
}

// The order of the epoch to come, unless it is there already.
static void shuffle_next(struct ridge_fit *fit)
{
    uint32_t epoch = fit->network->epochs_done;
    if (!fit->order[0] || fit->order_epoch == epoch + 1)
        return;
    shuffle(fit, epoch, fit->order[fit->next_order]);
    fit->order_epoch = epoch + 1;
}

// The rates of the epoch's steps, for the device to take one after the other.
static ridge_status write_rates(struct ridge_fit *fit, size_t epoch)
{
    ridge_tensor rates = fit->train_feed.rates;
    if (!fit->step_rates)
        return RIDGE_OK;
    size_t steps = ridge_tensor_count(&rates), first = (epoch - 1) * steps;
    for (size_t i = 0; i < steps; i++)
        fit->step_rates[i] =
            (float)ridge_plateau_rate(&fit->plateau, ridge_rate_at(&fit->rates, first + i));
    return ridge_tensor_write_later(fit->network->device, rates, fit->step_rates);
}

// Begins an epoch on the device.
static ridge_status begin_epoch(struct ridge_fit *fit, size_t epoch)
{
    ridge_network *network = fit->network;
    RIDGE_TRY(write_rates(fit, epoch));
    if (network->augment) {
        fit->epoch = network->epochs_done;
        RIDGE_TRY(
            ridge_tensor_write_later(network->device, ridge_state_epoch(network), &fit->epoch));
    }
    const uint32_t *order = NULL;
    if (fit->order[0]) {
        shuffle_next(fit);
        order = fit->order[fit->next_order];
        RIDGE_TRY(ridge_tensor_write_later(network->device, fit->train_feed.order, order));
        fit->next_order ^= 1;
    }
    if (fit->fused.fusion)
        return RIDGE_OK;
    RIDGE_TRY(ridge_feed_rewind(&fit->train_feed, order, fit->params.batch));
    return ridge_feed_begin(&fit->train_feed, ridge_device_launcher(network->device));
}

bool ridge_fit_has_classes(const struct ridge_fit *fit)
{
    return fit->network->settings.loss <= RIDGE_BINARY_CROSS_ENTROPY;
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
static ridge_status run_next(struct ridge_fit *fit, size_t *rows)
{
    if (fit->fused.fusion)
        return ridge_fused_run(fit, rows);
    const struct ridge_feed_plan *plan;
    size_t left = fit->train_feed.count - *rows;
    size_t size = left < fit->params.batch ? left : fit->params.batch;
    enum ridge_step_mode mode = size == left ? ridge_step_last(fit->network) : RIDGE_STEP_TRAIN;
    *rows += size;
    return ridge_feed_run(&fit->train_feed, mode, size, &plan);
}

// One pass over the training rows; *rows tells how many were done before a stop.
static ridge_status train_epoch(struct ridge_fit *fit, size_t epoch, double started, size_t *rows)
{
    ridge_device *device = fit->network->device;
    size_t count = fit->train_feed.count;
    double reported = started;
    RIDGE_TRY(begin_epoch(fit, epoch));
    for (*rows = 0; *rows < count && !stopped(fit);) {
        RIDGE_TRY(run_next(fit, rows));
        RIDGE_TRY(ridge_device_throttle(device));
        if (fit->params.on_progress && ridge_clock() - reported >= SECONDS_A_REPORT) {
            RIDGE_TRY(report(fit, epoch, *rows, started));
            reported = ridge_clock();
        }
    }
    fit->network->epochs_done++;
    return RIDGE_OK;
}

// What follows the steps of an epoch on the device, and what has come of it all.
static ridge_status finish_epoch(struct ridge_fit *fit, double started, ridge_history *history,
                                 ridge_epoch *epoch)
{
    ridge_network *network = fit->network;
    bool classes = ridge_fit_has_classes(fit);
    if (!fit->fused.fusion) {
        if (fit->validation)
            RIDGE_TRY(ridge_feed_pass(&fit->validation_feed, fit->params.batch));
        RIDGE_TRY(ridge_fit_record_end(fit, ridge_device_launcher(network->device)));
    }
    RIDGE_TRY_CL("clFlush", clFlush(network->device->queue));
    shuffle_next(fit); // while the device works
    struct ridge_sums sums;
    RIDGE_TRY(ridge_state_read(network, &sums));
    RIDGE_TRY(ridge_history_norms(fit, &sums, history, epoch));
    double count = (double)fit->train_feed.count;
    epoch->penalty = sums.penalty + sums.activity / count;
    epoch->loss = sums.loss / count + epoch->penalty;
    epoch->accuracy = classes ? sums.right / count : NAN;
    epoch->val_loss = epoch->val_accuracy = NAN;
    if (fit->validation) {
        double rows = (double)fit->validation_feed.count;
        epoch->val_loss = sums.evaluation_loss / rows;
        if (!fit->params.val_loss_without_penalty)
            epoch->val_loss += sums.penalty + sums.evaluation_activity / rows;
        epoch->val_accuracy = classes ? sums.evaluation_right / rows : NAN;
    }
    size_t last = (size_t)fit->rates.steps - 1;
    epoch->rate = fit->step_rates ? (double)fit->step_rates[last] : fit->rates.rate;
    epoch->seconds = ridge_clock() - started;
    return RIDGE_OK;
}

static ridge_status remember(struct ridge_fit *fit, ridge_history *history,
                             const ridge_epoch *epoch)
{
    RIDGE_TRY(ridge_grow(&history->epochs, &fit->history_capacity, history->count + 1,
                         sizeof(*history->epochs)));
    history->epochs[history->count++] = *epoch;
    if (epoch->improved && fit->best_weights.buffer)
        return ridge_copy(ridge_device_launcher(fit->network->device),
                          fit->network->arena.parameters, fit->best_weights);
    return RIDGE_OK;
}

// One epoch with all that follows it; *reason says whether to go on.
static ridge_status run_epoch(struct ridge_fit *fit, size_t number, ridge_history *history,
                              ridge_stop_reason *reason)
{
    double started = ridge_clock();
    size_t rows;
    RIDGE_TRY(train_epoch(fit, number, started, &rows));
    if (rows < fit->train_feed.count) {
        *reason = RIDGE_STOP_INTERRUPT;
        return RIDGE_OK;
    }
    ridge_epoch epoch = {.epoch = number};
    RIDGE_TRY(finish_epoch(fit, started, history, &epoch));
    if (ridge_best_update(&fit->best, &epoch))
        *reason = RIDGE_STOP_EARLY;
    ridge_plateau_update(&fit->plateau, &epoch);
    RIDGE_TRY(remember(fit, history, &epoch));
    if (fit->params.on_epoch && !fit->params.on_epoch(fit->params.context, &epoch))
        *reason = RIDGE_STOP_CALLBACK;
    if (!isfinite(epoch.loss))
        *reason = RIDGE_STOP_NOT_FINITE;
    if (stopped(fit))
        *reason = RIDGE_STOP_INTERRUPT;
    return RIDGE_OK;
}

static ridge_status run(struct ridge_fit *fit, ridge_history *history)
{
    ridge_stop_reason reason = RIDGE_STOP_NONE;
    size_t last = 0;
    for (size_t epoch = 1; epoch <= fit->params.epochs && !reason; epoch++) {
        RIDGE_TRY(run_epoch(fit, epoch, history, &reason));
        last = epoch;
    }
    history->reason = reason;
    history->best = fit->best.epoch;
    // After an interruption inside an epoch the weights belong to no epoch at all.
    bool moved_on = last != fit->best.epoch || history->count < last;
    if (fit->best_weights.buffer && fit->best.epoch && moved_on) {
        RIDGE_TRY(ridge_copy(ridge_device_launcher(fit->network->device), fit->best_weights,
                             fit->network->arena.parameters));
        history->restored = true;
    }
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

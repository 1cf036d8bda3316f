// SPDX-License-Identifier: Apache-2.0
// Before the first step: arguments, the held-out rows, memory known and then taken.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/adapt.h"
#include "network/augment.h"
#include "network/step.h"
#include "training/fit.h"

static ridge_status check_params(struct ridge_fit *fit, const ridge_fit_params *params)
{
    if (params)
        fit->params = *params;
    ridge_fit_params *p = &fit->params;
    if (!p->epochs)
        p->epochs = 1;
    if (!p->batch)
        p->batch = fit->network->settings.batch;
    if (!(p->validation_split >= 0 && p->validation_split < 1))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "validation_split: expected [0, 1), got %g",
                          (double)p->validation_split);
    if (p->validation && p->validation_split > 0)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "validation, validation_split: expected one of them, got both");
    return RIDGE_OK;
}

// Layers that learn nothing from so few rows.
static ridge_status check_batch(const struct ridge_fit *fit)
{
    size_t rows = ridge_dataset_count(fit->train), batch = fit->params.batch;
    if (rows < batch)
        batch = rows;
    for (size_t i = 0; i < fit->network->layer_count; i++) {
        const struct ridge_layer *layer = &fit->network->layers[i];
        if (layer->used && batch < layer->plan.smallest_batch)
            return ridge_fail(RIDGE_ERROR_ARGUMENT,
                              "batch: layer %s takes its statistics from the batch and expects %zu "
                              "rows or more, got %zu",
                              layer->name, layer->plan.smallest_batch, batch);
    }
    return RIDGE_OK;
}

// The last rows validate, as in Keras: before any shuffling.
static ridge_status split(struct ridge_fit *fit)
{
    size_t count = ridge_dataset_count(fit->train);
    float share = fit->params.validation_split;
    if (share == 0)
        return RIDGE_OK;
    size_t kept = (size_t)floor((double)count * (1 - (double)share) + 1e-6);
    if (kept == 0 || kept == count)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "validation_split: %g of %zu rows leaves no row on one side",
                          (double)share, count);
    RIDGE_TRY(ridge_dataset_slice(fit->train, kept, count - kept, &fit->owned[1]));
    RIDGE_TRY(ridge_dataset_slice(fit->train, 0, kept, &fit->owned[0]));
    fit->train = fit->owned[0];
    fit->validation = fit->owned[1];
    return RIDGE_OK;
}

// What will be watched: which epoch is the best, and whether the rate has to be reduced.
static ridge_status plan_watching(struct ridge_fit *fit)
{
    const ridge_fit_params *p = &fit->params;
    struct ridge_watchable there = {fit->validation != NULL, ridge_fit_has_classes(fit)};
    ridge_status status = ridge_best_plan(&fit->best, &p->early_stopping, p->epochs, there);
    if (status)
        return ridge_fail_within(status, "early_stopping");
    status = ridge_plateau_plan(&fit->plateau, &p->reduce_on_plateau, there);
    if (status)
        return ridge_fail_within(status, "reduce_on_plateau");
    size_t stops = p->early_stopping.patience, reduces = p->reduce_on_plateau.patience;
    if (stops && stops <= reduces && fit->best.watch.monitor == fit->plateau.watch.monitor)
        ridge_log(RIDGE_LOG_WARNING,
                  "early_stopping ends training after %zu epochs without improvement, before "
                  "reduce_on_plateau would lower the rate after %zu",
                  stops, reduces);
    return RIDGE_OK;
}

// How the rate will change. Where it does, it comes from a table with a rate for each step.
static ridge_status plan_rates(struct ridge_fit *fit)
{
    const ridge_fit_params *p = &fit->params;
    size_t steps = fit->train_feed.count / p->batch + (fit->train_feed.count % p->batch != 0);
    float rate = fit->network->settings.optimizer.rate;
    ridge_status status = ridge_rates_plan(&fit->rates, &p->schedule, rate, p->epochs, steps);
    if (status)
        return ridge_fail_within(status, "schedule");
    bool reduces = ridge_plateau_acts(&fit->plateau);
    if (reduces && p->schedule.kind == RIDGE_RATE_ONE_CYCLE)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "reduce_on_plateau: expected a schedule of another kind, or none, since "
                          "one_cycle plans its rates to the end");
    if (reduces || ridge_rates_vary(&fit->rates))
        fit->train_feed.rates = (ridge_tensor){.rank = 1, .shape = {steps}};
    return RIDGE_OK;
}

static ridge_status check_augment(const ridge_network *network, const ridge_dataset *train)
{
    if (!network->augment || ridge_augment_takes(network, train))
        return RIDGE_OK;
    struct ridge_row_shape expected = ridge_augment_stored_row(network->augment), found = {0};
    found.rank = (unsigned)ridge_dataset_shape(train, found.size);
    char expected_text[96], found_text[96];
    return ridge_fail(RIDGE_ERROR_SHAPE,
                      "the network's augmentation expects rows of shape %s, the data have %s",
                      ridge_row_text(&expected, expected_text), ridge_row_text(&found, found_text));
}

ridge_status ridge_fit_plan(struct ridge_fit *fit, ridge_network *network,
                            const ridge_dataset *train, const ridge_fit_params *params)
{
    *fit = (struct ridge_fit){.network = network, .train = train};
    RIDGE_TRY(ridge_network_check_compiled(network));
    RIDGE_TRY(check_params(fit, params));
    RIDGE_TRY(ridge_feed_check(network, train, true));
    RIDGE_TRY(check_augment(network, train));
    fit->validation = fit->params.validation;
    if (fit->validation) {
        ridge_status status = ridge_feed_check(network, fit->validation, true);
        if (status)
            return ridge_fail_within(status, "validation");
    }
    RIDGE_TRY(split(fit));
    RIDGE_TRY(check_batch(fit));
    RIDGE_TRY(plan_watching(fit));
    ridge_feed_describe(network, fit->train, true, &fit->train_feed);
    fit->train_feed.shuffled = !fit->params.no_shuffle;
    if (fit->validation)
        ridge_feed_describe(network, fit->validation, true, &fit->validation_feed);
    RIDGE_TRY(plan_rates(fit));
    RIDGE_TRY(ridge_adapt_wanted(network, &fit->adapts));
    RIDGE_TRY(ridge_fit_measure(fit));
    return ridge_fit_save_memory(fit);
}

static ridge_status record(struct ridge_fit *fit, struct ridge_feed *feed,
                           enum ridge_step_mode mode)
{
    struct ridge_fit_step steps[2];
    size_t kinds = ridge_fit_steps(feed, mode, fit->params.batch, steps);
    for (size_t i = 0; i < kinds; i++) {
        const struct ridge_feed_plan *plan;
        RIDGE_TRY(ridge_feed_plan(feed, steps[i].mode, steps[i].batch, &plan));
    }
    return RIDGE_OK;
}

static ridge_status allocate(struct ridge_fit *fit)
{
    ridge_network *network = fit->network;
    RIDGE_TRY(ridge_arena_prepare(network));
    RIDGE_TRY(ridge_workspace_reserve(network, fit->workspace));
    for (int kind = 0; kind < RIDGE_SCRATCHES; kind++)
        RIDGE_TRY(ridge_scratch_reserve(network->device, (enum ridge_scratch_kind)kind,
                                        fit->scratch[kind]));
    RIDGE_TRY(ridge_feed_upload(&fit->train_feed, fit->train));
    if (fit->validation)
        RIDGE_TRY(ridge_feed_upload(&fit->validation_feed, fit->validation));
    if (ridge_fit_keeps_best(fit))
        RIDGE_TRY(ridge_tensor_create(network->device, RIDGE_FLOAT32,
                                      RIDGE_SHAPE(network->arena.size), &fit->best_weights));
    return RIDGE_OK;
}

ridge_status ridge_fit_prepare(struct ridge_fit *fit)
{
    RIDGE_TRY(ridge_fit_check_memory(fit));
    ridge_status status = allocate(fit);
    if (status == RIDGE_ERROR_DEVICE_MEMORY)
        return ridge_fail_within(status, "training needs %.1f MiB on the device in all",
                                 (double)fit->memory.total / 0x1p20);
    RIDGE_TRY(status);
    if (fit->adapts)
        RIDGE_TRY(ridge_adapt_record(fit->network, &fit->train_feed,
                                     ridge_device_launcher(fit->network->device)));
    if (fit->train_feed.epochs)
        ridge_fused_prepare(fit);
    RIDGE_TRY(ridge_tables_create(fit));
    if (fit->fused.fusion)
        return RIDGE_OK;
    RIDGE_TRY(record(fit, &fit->train_feed, RIDGE_STEP_TRAIN));
    if (fit->validation)
        RIDGE_TRY(record(fit, &fit->validation_feed, RIDGE_STEP_EVALUATE));
    return RIDGE_OK;
}

void ridge_fit_release(struct ridge_fit *fit)
{
    if (fit->tables.epochs) // after a failure the device may still read what the host holds
        ridge_device_finish(fit->network->device);
    ridge_fused_release(fit);
    ridge_feed_release(&fit->train_feed);
    ridge_feed_release(&fit->validation_feed);
    ridge_tables_release(fit); // threads that read rows ahead are gone now
    ridge_tensor_destroy(fit->network ? fit->network->device : NULL, &fit->best_weights);
    for (int i = 0; i < 2; i++)
        ridge_dataset_destroy(&fit->owned[i]);
}

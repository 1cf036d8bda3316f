// SPDX-License-Identifier: Apache-2.0
// What training needs on the device, known before anything is allocated, and which batch would fit.
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/size.h"
#include "device/device.h"
#include "network/adapt.h"
#include "network/step.h"
#include "training/fit.h"

size_t ridge_fit_steps(const struct ridge_feed *feed, enum ridge_step_mode mode, size_t batch,
                       struct ridge_fit_step steps[2])
{
    size_t kinds = 0, full = feed->count / batch, rest = feed->count % batch;
    enum ridge_step_mode last = mode;
    if (mode == RIDGE_STEP_TRAIN)
        last = ridge_step_last(feed->network);
    if (!rest && last != mode) {
        full--;
        rest = batch;
    }
    if (full)
        steps[kinds++] = (struct ridge_fit_step){mode, batch, full};
    if (rest)
        steps[kinds++] = (struct ridge_fit_step){last, rest, 1};
    return kinds;
}

static void add_scratch(struct ridge_fit *fit, const struct ridge_measure *measure)
{
    for (int kind = 0; kind < RIDGE_SCRATCHES; kind++)
        if (measure->scratch_bytes[kind] > fit->scratch[kind])
            fit->scratch[kind] = measure->scratch_bytes[kind];
}

static void add_work(struct ridge_fit *fit, const struct ridge_measure *measure, size_t times)
{
    struct ridge_epoch_work *work = &fit->work;
    work->recorded += measure->launches;
    work->launches += (double)(measure->launches * times);
    work->shared += (double)(measure->shared * times);
    work->seconds += (double)times * ridge_work_seconds(&measure->work);
    add_scratch(fit, measure);
}

static ridge_status measure(struct ridge_fit *fit, const struct ridge_feed *feed,
                            enum ridge_step_mode mode)
{
    struct ridge_fit_step steps[2];
    size_t kinds = ridge_fit_steps(feed, mode, fit->params.batch, steps);
    for (size_t i = 0; i < kinds; i++) {
        size_t workspace;
        struct ridge_measure step;
        RIDGE_TRY(ridge_step_measure(fit->network, feed, steps[i].mode, steps[i].batch, &workspace,
                                     &step));
        fit->workspace = workspace > fit->workspace ? workspace : fit->workspace;
        add_work(fit, &step, steps[i].times);
    }
    return RIDGE_OK;
}

static ridge_status measure_adapting(struct ridge_fit *fit)
{
    struct ridge_measure once;
    struct ridge_feed dry = fit->train_feed;
    dry.x.buffer = fit->network->state.buffer; // ops check that tensors are there
    ridge_measure_init(&once, fit->network->device);
    RIDGE_TRY(ridge_adapt_record(fit->network, &dry, &once.launcher));
    add_scratch(fit, &once);
    return RIDGE_OK;
}

static ridge_status measure_all(struct ridge_fit *fit)
{
    struct ridge_measure others;
    ridge_measure_init(&others, fit->network->device);
    RIDGE_TRY(ridge_state_begin(fit->network, &others.launcher, 0));
    RIDGE_TRY(ridge_fit_record_end(fit, &others.launcher));
    if (fit->adapts) // done once, and no part of an epoch's work
        RIDGE_TRY(measure_adapting(fit));
    add_work(fit, &others, 1);
    RIDGE_TRY(measure(fit, &fit->train_feed, RIDGE_STEP_TRAIN));
    if (fit->validation)
        RIDGE_TRY(measure(fit, &fit->validation_feed, RIDGE_STEP_EVALUATE));
    return RIDGE_OK;
}

// Bytes of scratch that there will be: each kind grows to the largest demand.
static uint64_t scratch_of(const struct ridge_fit *fit)
{
    uint64_t bytes = 0;
    for (int kind = 0; kind < RIDGE_SCRATCHES; kind++) {
        const struct ridge_scratch_area *area = fit->network->device->scratch[kind];
        bytes += ridge_larger(area ? area->bytes : 0, fit->scratch[kind]);
    }
    return bytes;
}

static void sum_memory(struct ridge_fit *fit)
{
    ridge_network *network = fit->network;
    ridge_memory *memory = &fit->memory;
    uint64_t arena = network->arena.size * sizeof(float);
    uint64_t best = ridge_fit_keeps_best(fit) ? arena : 0;
    uint64_t missing = ridge_arena_missing_bytes(network) + best;
    uint64_t workspace_now =
        network->workspace.buffer ? ridge_tensor_count(&network->workspace) * sizeof(float) : 0;
    uint64_t scratch_now = ridge_scratch_bytes(network->device);
    memory->activations = ridge_larger(workspace_now, fit->workspace * sizeof(float));
    memory->scratch = scratch_of(fit);
    memory->data = ridge_feed_bytes(&fit->train_feed);
    if (fit->validation)
        memory->data += ridge_feed_bytes(&fit->validation_feed);
    uint64_t fused = ridge_fused_pays(fit) ? ridge_fused_bytes(fit) : 0;
    uint64_t others = ridge_device_memory(network->device) - workspace_now - scratch_now;
    memory->parameters = others + missing + fused;
    memory->total = memory->parameters + memory->activations + memory->scratch + memory->data;
}

void ridge_fit_set_epochs(struct ridge_fit *fit, size_t epochs)
{
    struct ridge_feed *feed = &fit->train_feed;
    size_t steps = ridge_divide_up(feed->count, fit->params.batch),
           tables = ridge_larger(epochs, 1);
    feed->epochs = epochs;
    feed->order.shape[0] = tables * feed->count;
    if (feed->rates.rank)
        feed->rates.shape[0] = tables * steps;
}

ridge_status ridge_fit_measure(struct ridge_fit *fit)
{
    fit->workspace = 0;
    memset(fit->scratch, 0, sizeof(fit->scratch));
    fit->work = (struct ridge_epoch_work){0};
    if (fit->train_feed.staged)
        ridge_feed_describe_staged(&fit->train_feed, fit->params.batch);
    if (fit->validation_feed.staged)
        ridge_feed_describe_staged(&fit->validation_feed, fit->params.batch);
    ridge_fit_set_epochs(fit, 0);
    RIDGE_TRY(measure_all(fit));
    if (ridge_fused_pays(fit))
        ridge_fit_set_epochs(fit, ridge_fused_epochs(fit));
    sum_memory(fit);
    return RIDGE_OK;
}

// As ridge_buffer_create will find, where the device tells its limits.
static bool fits(const struct ridge_fit *fit)
{
    const ridge_device_info *info = &fit->network->device->info;
    uint64_t limit = info->largest_buffer;
    bool one_by_one = !limit || ridge_larger(fit->memory.activations, fit->memory.scratch) <= limit;
    return one_by_one && (!info->memory || fit->memory.total <= info->memory);
}

ridge_status ridge_fit_save_memory(struct ridge_fit *fit)
{
    struct ridge_fit other = *fit;
    // A smaller batch is the better answer where rows are the smaller part.
    if (fits(fit) || fit->train_feed.staged || fit->memory.data < fit->memory.total / 2)
        return RIDGE_OK;
    other.train_feed.staged = true;
    other.validation_feed.staged = fit->validation != NULL;
    // Where that cannot be done, or helps as little, the message is of what was wanted first.
    if (ridge_fit_measure(&other) || !fits(&other))
        return RIDGE_OK;
    ridge_log(RIDGE_LOG_INFO, "the rows do not fit on the device with the rest: they stay on the "
                              "host and come batch by batch");
    *fit = other;
    return RIDGE_OK;
}

// The largest batch below the one wanted that fits; 0: none does. Only a copy of the plan changes.
static ridge_status find_batch(const struct ridge_fit *fit, size_t *batch)
{
    size_t fitting = 0, not_fitting = fit->params.batch;
    while (not_fitting - fitting > 1) {
        size_t middle = fitting + (not_fitting - fitting) / 2;
        struct ridge_fit other = *fit;
        other.params.batch = middle;
        RIDGE_TRY(ridge_fit_measure(&other));
        if (fits(&other))
            fitting = middle;
        else
            not_fitting = middle;
    }
    *batch = fitting;
    return RIDGE_OK;
}

ridge_status ridge_fit_check_memory(const struct ridge_fit *fit)
{
    const ridge_device_info *info = &fit->network->device->info;
    const ridge_memory *memory = &fit->memory;
    size_t batch;
    if (fits(fit))
        return RIDGE_OK;
    RIDGE_TRY(find_batch(fit, &batch));
    char would[64] = "not even 1 row would fit";
    if (batch)
        snprintf(would, sizeof(would), "%zu rows would fit", batch);
    return ridge_fail(RIDGE_ERROR_DEVICE_MEMORY,
                      "batch: training needs %.1f MiB with batches of %zu rows (activations %.1f, "
                      "scratch %.1f, parameters %.1f, data %.1f); %s has %.1f MiB, at most %.1f in "
                      "one buffer: %s",
                      (double)memory->total / 0x1p20, fit->params.batch,
                      (double)memory->activations / 0x1p20, (double)memory->scratch / 0x1p20,
                      (double)memory->parameters / 0x1p20, (double)memory->data / 0x1p20,
                      info->name, (double)info->memory / 0x1p20,
                      (double)info->largest_buffer / 0x1p20, would);
}

ridge_status ridge_fit_memory(ridge_network *network, const ridge_dataset *train,
                              const ridge_fit_params *params, ridge_memory *memory)
{
    if (!memory)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "memory: expected a pointer, got NULL");
    struct ridge_fit fit;
    ridge_status status = ridge_fit_plan(&fit, network, train, params);
    *memory = fit.memory;
    ridge_fit_release(&fit);
    return status;
}

// SPDX-License-Identifier: Apache-2.0
// An epoch of a small network as one launch: its steps, validation and the sums of penalties. An
// epoch of many steps is several launches, so that a stop or a report need not wait for its end,
// and several short ones may be one.
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "device/fusion.h"
#include "network/step.h"
#include "ops/step.h"
#include "training/fit.h"

// Turns of the fusion. Those that a fit has no use for run zero times.
enum {
    TURN_CHUNK, // full batches, a launch by itself
    TURN_BEGIN,
    TURN_REST, // full batches that are left
    TURN_LAST, // the last one, where it is another
    TURN_VALIDATE,
    TURN_VALIDATE_LAST,
    TURN_END, // penalties, and what has become of the epoch
    TURNS
};

// What it takes to enqueue and start a launch, and to wake other cores for it; what a fit must
// gain. PoCL takes 2 s to build a fused kernel for the first time and 40 ms whenever its cache
// knows it, which lasts for as long as the network keeps its kinds of layers, so a fit has to gain
// a good part of the first and all of the second. Kernels of networks whose steps are long compared
// with their launches, convolutions, take several times as long to build.
#define SECONDS_A_LAUNCH 5e-6
#define SECONDS_A_WAKE 15e-6
#define SECONDS_TO_GAIN 0.25
#define SHARE_TO_GAIN 0.02
#define SECONDS_A_CHUNK 10e-3
#define MOST_EPOCHS 256 // as one launch

// Where the best weights are wanted each epoch leaves a copy of its own, so that the host need not
// look before the next one begins. A copy of 256 KiB takes some 25 us, the wait that it saves 60.
#define KEPT_BYTES (2u << 20) // by a launch
#define FEWEST_KEPT 8         // epochs of a launch; where it would be less they run one by one

bool ridge_fused_pays(const struct ridge_fit *fit)
{
    const ridge_device *device = fit->network->device;
    if (device->walk != RIDGE_WALK_CPU || fit->train_feed.staged || fit->validation_feed.staged)
        return false;
    if (device->fuse != RIDGE_FUSE_AUTO)
        return device->fuse == RIDGE_FUSE_ON;
    double gain = fit->work.launches * SECONDS_A_LAUNCH + fit->work.shared * SECONDS_A_WAKE;
    return gain > SHARE_TO_GAIN * fit->work.seconds / device->info.compute_units &&
           gain * (double)fit->params.epochs > SECONDS_TO_GAIN;
}

// How many epochs may keep their weights.
static size_t most_kept(const struct ridge_fit *fit)
{
    return KEPT_BYTES / (fit->network->arena.size * sizeof(float));
}

bool ridge_fused_keeps(const struct ridge_fit *fit)
{
    return ridge_fit_keeps_best(fit) && !fit->params.on_epoch && most_kept(fit) >= FEWEST_KEPT;
}

size_t ridge_fused_epochs(const struct ridge_fit *fit)
{
    double seconds = fit->work.seconds / fit->network->device->info.compute_units;
    double epochs = fmin(SECONDS_A_CHUNK / seconds, fmin((double)fit->params.epochs, MOST_EPOCHS));
    if (ridge_fused_keeps(fit))
        epochs = fmin(epochs, (double)most_kept(fit));
    return epochs > 1 ? (size_t)epochs : 1;
}

static size_t state_words(const struct ridge_fit *fit)
{
    return ridge_tensor_count(&fit->network->state);
}

// Elements of what an epoch leaves of the weights.
static size_t kept_size(const struct ridge_fit *fit)
{
    return ridge_fused_keeps(fit) ? fit->network->arena.size : 0;
}

uint64_t ridge_fused_bytes(const struct ridge_fit *fit)
{
    return ridge_fusion_bytes(fit->network->device, fit->work.recorded + 1, TURNS) +
           fit->train_feed.epochs * (state_words(fit) + kept_size(fit)) * sizeof(uint32_t);
}

static ridge_status create_results(struct ridge_fit *fit)
{
    struct ridge_fused *fused = &fit->fused;
    size_t epochs = fit->train_feed.epochs, words = state_words(fit);
    fused->results_copy = ridge_allocate(epochs * words, sizeof(*fused->results_copy));
    if (!fused->results_copy)
        return RIDGE_ERROR_MEMORY;
    if (kept_size(fit))
        RIDGE_TRY(ridge_tensor_create(fit->network->device, RIDGE_FLOAT32,
                                      RIDGE_SHAPE(epochs, kept_size(fit)), &fused->kept));
    return ridge_tensor_create(fit->network->device, RIDGE_UINT32, RIDGE_SHAPE(epochs, words),
                               &fused->results);
}

void ridge_fused_release(struct ridge_fit *fit)
{
    struct ridge_fused *fused = &fit->fused;
    ridge_fusion_destroy(&fused->fusion);
    ridge_tensor_destroy(fit->network ? fit->network->device : NULL, &fused->results);
    ridge_tensor_destroy(fit->network ? fit->network->device : NULL, &fused->kept);
    free(fused->results_copy);
    fused->results_copy = NULL;
}

// The parts of a pass over data, and how often they run: a step over a full batch, and one over
// what is left then.
struct pass {
    size_t part[2], times[2];
};

static ridge_status record_pass(struct ridge_fit *fit, const struct ridge_feed *feed,
                                enum ridge_step_mode mode, struct pass *pass)
{
    struct ridge_fit_step steps[2];
    size_t batch = fit->params.batch, kinds = ridge_fit_steps(feed, mode, batch, steps);
    for (size_t i = 0; i < kinds; i++) {
        struct ridge_schedule schedule;
        bool last = steps[i].batch < batch || steps[i].mode != mode;
        RIDGE_TRY(ridge_fusion_part(fit->fused.fusion, &pass->part[last]));
        pass->times[last] = steps[i].times;
        RIDGE_TRY(ridge_step_schedule(feed, steps[i].mode, steps[i].batch, &schedule));
        ridge_status status = ridge_step_record(fit->network, feed, steps[i].mode, &schedule,
                                                ridge_fusion_launcher(fit->fused.fusion));
        ridge_schedule_release(&schedule);
        RIDGE_TRY(status);
    }
    return RIDGE_OK;
}

static void divide(struct ridge_fit *fit, size_t steps)
{
    double seconds = fit->work.seconds / fit->network->device->info.compute_units;
    double fitting = SECONDS_A_CHUNK / (seconds / (double)(steps + 1));
    fit->fused.chunk = fitting < 1 ? 1 : fitting < (double)steps ? (size_t)fitting : steps;
    fit->fused.chunks = steps > fit->fused.chunk ? (steps - 1) / fit->fused.chunk : 0;
}

static ridge_status fuse(struct ridge_fit *fit)
{
    struct ridge_fused *fused = &fit->fused;
    struct pass train = {{0}, {0}}, validate = {{0}, {0}};
    size_t begin, end;
    RIDGE_TRY(create_results(fit));
    RIDGE_TRY(ridge_fusion_create(fit->network->device, &fused->fusion));
    ridge_launcher *on = ridge_fusion_launcher(fused->fusion);
    RIDGE_TRY(ridge_fusion_part(fused->fusion, &begin));
    RIDGE_TRY(ridge_feed_begin(&fit->train_feed, on));
    RIDGE_TRY(record_pass(fit, &fit->train_feed, RIDGE_STEP_TRAIN, &train));
    if (fit->validation)
        RIDGE_TRY(record_pass(fit, &fit->validation_feed, RIDGE_STEP_EVALUATE, &validate));
    RIDGE_TRY(ridge_fusion_part(fused->fusion, &end));
    RIDGE_TRY(ridge_fit_record_end(fit, on));
    RIDGE_TRY(ridge_epoch_end(on, fit->network->state, fused->results,
                              fit->network->arena.parameters, fused->kept));
    ridge_fusion_halt(fused->fusion, ridge_state_epoch(fit->network, EPOCH_HALT, 1));

    divide(fit, train.times[0]);
    const size_t turns[TURNS][2] = {
        [TURN_CHUNK] = {train.part[0], fused->chunk},
        [TURN_BEGIN] = {begin, 1},
        [TURN_REST] = {train.part[0], train.times[0] - fused->chunks * fused->chunk},
        [TURN_LAST] = {train.part[1], train.times[1]},
        [TURN_VALIDATE] = {validate.part[0], validate.times[0]},
        [TURN_VALIDATE_LAST] = {validate.part[1], validate.times[1]},
        [TURN_END] = {end, 1},
    };
    for (size_t i = 0; i < TURNS; i++)
        RIDGE_TRY(ridge_fusion_turn(fused->fusion, turns[i][0], turns[i][1]));
    return ridge_fusion_build(fused->fusion);
}

void ridge_fused_prepare(struct ridge_fit *fit)
{
    ridge_status status = fuse(fit);
    if (!status) {
        ridge_log(RIDGE_LOG_INFO, "an epoch runs as %zu fused launches, up to %zu epochs as one",
                  fit->fused.chunks + 1, fit->train_feed.epochs);
        return;
    }
    ridge_log(RIDGE_LOG_INFO, "steps are not fused: %s", ridge_error());
    ridge_fused_release(fit);
    ridge_fit_set_epochs(fit, 0);
}

ridge_status ridge_fused_run(const struct ridge_fit *fit, size_t epochs, size_t *rows)
{
    const struct ridge_fused *fused = &fit->fused;
    size_t chunk = fused->chunk * fit->params.batch, first = TURN_REST;
    if (*rows == 0 && fused->chunks)
        RIDGE_TRY(ridge_fusion_run(fused->fusion, TURN_BEGIN, 1, 1));
    else if (*rows == 0)
        first = TURN_BEGIN;
    if (*rows < fused->chunks * chunk) {
        *rows += chunk;
        return ridge_fusion_run(fused->fusion, TURN_CHUNK, 1, 1);
    }
    *rows = fit->train_feed.count;
    return ridge_fusion_run(fused->fusion, first, TURNS - first, epochs);
}

const float *ridge_fused_state(const struct ridge_fit *fit, size_t index)
{
    return fit->fused.results_copy + index * state_words(fit);
}

ridge_tensor ridge_fused_weights(const struct ridge_fit *fit, size_t index)
{
    ridge_tensor row = ridge_tensor_rows(fit->fused.kept, fit->tables.place + index, 1);
    return ridge_tensor_reshaped(row, RIDGE_SHAPE(kept_size(fit)));
}

ridge_status ridge_fused_read(struct ridge_fit *fit, size_t *epochs, bool *halted)
{
    ridge_tensor states = ridge_tensor_rows(fit->fused.results, fit->tables.place, *epochs);
    RIDGE_TRY(ridge_tensor_read(fit->network->device, states, fit->fused.results_copy));
    size_t done = 0;
    for (*halted = false; done < *epochs && !*halted; done++)
        *halted = ridge_state_halts(fit->network, ridge_fused_state(fit, done));
    *epochs = done;
    return RIDGE_OK;
}

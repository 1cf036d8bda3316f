// SPDX-License-Identifier: Apache-2.0
// The launches of one step, in order.
#include "network/step.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/gather.h"
#include "network/layer_run.h"
#include "ops/gemm.h"
#include "ops/step.h"

static ridge_tensor target_view(const struct ridge_recording *r)
{
    const ridge_tensor *y = &r->feed->y;
    size_t outputs = ridge_network_output_size(r->network);
    if (ridge_feed_mixes(r->feed, r->mode))
        return ridge_block_view(r->network, r->schedule->target, RIDGE_FLOAT32,
                                RIDGE_SHAPE(r->schedule->batch, outputs));
    return ridge_block_view(r->network, r->schedule->target, y->type, y->rank,
                            (const size_t[]){r->schedule->batch, y->shape[1]});
}

static ridge_status record_gather(const struct ridge_recording *r, bool targets,
                                  ridge_tensor position)
{
    unsigned input = r->network->input;
    struct ridge_layer_run run;
    ridge_layer_run_fill(r, input, &run);
    r->on->part = (struct ridge_part){r->network->layers[input].name, "gather"};
    return ridge_feed_gather(r->feed, r->mode, position, &run,
                             targets ? target_view(r) : (ridge_tensor){0});
}

static bool launches(const struct ridge_recording *r, unsigned i)
{
    const struct ridge_layer *layer = &r->network->layers[i];
    return layer->used && layer->input_count && r->schedule->layers[i].root == i;
}

static ridge_status forward(const struct ridge_recording *r, unsigned i)
{
    struct ridge_layer_run run;
    struct ridge_fold fold;
    const struct ridge_layer *layer = &r->network->layers[i];
    r->on->part = (struct ridge_part){layer->name, "forward"};
    if (launches(r, i)) {
        ridge_layer_run_fill(r, i, &run);
        ridge_layer_run_fold(r, i, &run, &fold);
        RIDGE_TRY(layer->class->forward(&run));
    }
    if (!layer->activity || ridge_step_predicts(r->mode))
        return RIDGE_OK;
    return ridge_activity_penalty_sums(
        r->on, ridge_recording_layer(r, r->schedule->layers[i].value, i),
        ridge_activity_totals(r->network, layer->activity, r->schedule->pass.training));
}

static ridge_status record_forward(const struct ridge_recording *r)
{
    for (unsigned i = 0; i < r->network->layer_count; i++) {
        ridge_status status = forward(r, i);
        if (status)
            return ridge_fail_within(status, "layer %s, forward", r->network->layers[i].name);
    }
    return RIDGE_OK;
}

// Before the layer's own backward: by now all who take its output have left their gradients.
static ridge_status backward_activity(const struct ridge_recording *r, unsigned i)
{
    const struct ridge_layer *layer = &r->network->layers[i];
    const struct ridge_layer_place *place = &r->schedule->layers[i];
    return ridge_activity_penalty_gradient(r->on, layer->plan.activity_l1, layer->plan.activity_l2,
                                           ridge_recording_layer(r, place->value, i),
                                           ridge_recording_layer(r, place->gradient, i));
}

enum ridge_step_mode ridge_step_last(const struct ridge_network *network)
{
    for (size_t i = 0; i < network->parameter_count; i++)
        if (network->parameters[i].by_layer && ridge_gemm_updates(network->device))
            return RIDGE_STEP_TRAIN_LAST;
    return RIDGE_STEP_TRAIN;
}

static ridge_status backward(const struct ridge_recording *r, unsigned i)
{
    const struct ridge_layer *layer = &r->network->layers[i];
    struct ridge_layer_run run;
    struct ridge_derivative derivative;
    struct ridge_weight_update updates[RIDGE_MAX_LAYER_PARAMETERS];
    r->on->part = (struct ridge_part){layer->name, "backward"};
    if (layer->activity && layer->wants_gradient)
        RIDGE_TRY(backward_activity(r, i));
    if (!launches(r, i) || !layer->wants_gradient)
        return RIDGE_OK;
    ridge_layer_run_fill(r, i, &run);
    run.output_gradient = ridge_recording_layer(r, r->schedule->layers[i].gradient, i);
    for (unsigned j = 0; j < layer->input_count; j++) {
        const struct ridge_layer_place *input = &r->schedule->layers[layer->inputs[j]];
        if (!r->network->layers[layer->inputs[j]].wants_gradient)
            continue;
        run.input_gradient[j] = ridge_recording_layer(r, input->gradient, layer->inputs[j]);
        run.accumulate[j] = r->gradients[input->root].written;
        r->gradients[input->root].written = true;
    }
    run.derived = r->gradients[i].derived;
    ridge_layer_run_derive(r, i, &run, &derivative);
    ridge_layer_run_update(r, i, &run, updates);
    return layer->class->backward(&run);
}

static ridge_status record_backward(const struct ridge_recording *r)
{
    for (unsigned i = (unsigned)r->network->layer_count; i-- > 0;) {
        ridge_status status = backward(r, i);
        if (status)
            return ridge_fail_within(status, "layer %s, backward", r->network->layers[i].name);
    }
    return RIDGE_OK;
}

// Loss and correctness of each row of the batch.
static ridge_tensor rows_view(const struct ridge_recording *r,
                              const struct ridge_memory_block *block)
{
    return ridge_block_view(r->network, block, RIDGE_FLOAT32, RIDGE_SHAPE(r->schedule->batch));
}

static ridge_status record_loss(const struct ridge_recording *r)
{
    struct ridge_network *network = r->network;
    const struct ridge_layer_place *output = &r->schedule->layers[network->output];
    const ridge_compile_params *settings = &network->settings;
    ridge_loss_params loss = {settings->loss, settings->smoothing, settings->delta};
    ridge_tensor gradient = {0};
    r->on->part = (struct ridge_part){NULL, "loss"};
    if (r->schedule->pass.training) {
        gradient = ridge_recording_layer(r, output->gradient, network->output);
        r->gradients[output->root].written = true;
    }
    return ridge_loss_forward(
        r->on, &loss, ridge_recording_layer(r, output->value, network->output), target_view(r),
        gradient, rows_view(r, r->schedule->row_loss), rows_view(r, r->schedule->row_right));
}

static ridge_status record_penalties(const struct ridge_recording *r)
{
    r->on->part = (struct ridge_part){NULL, "penalty"};
    size_t size = r->schedule->penalty->size;
    if (!size)
        return RIDGE_OK;
    return ridge_penalty_gradients(
        r->network, r->on,
        ridge_block_view(r->network, r->schedule->penalty, RIDGE_FLOAT32, RIDGE_SHAPE(size)));
}

static ridge_status record_update(const struct ridge_recording *r)
{
    struct ridge_network *network = r->network;
    struct ridge_arena *arena = &network->arena;
    struct ridge_arena_pieces pieces = ridge_arena_pieces(network, ridge_recording_updates(r));
    ridge_update_params update = {
        .optimizer = &network->settings.optimizer,
        .parameters = arena->parameters,
        .gradients = arena->gradients,
        .slots = {arena->slots[0], arena->slots[1]},
        .segments = arena->segments,
        .pieces = ridge_tensor_rows(arena->pieces, 0, pieces.count),
        .rate = ridge_state_view(network, RIDGE_STATE_RATE, RIDGE_FLOAT32, 1),
        .step = ridge_state_view(network, RIDGE_STATE_STEP, RIDGE_UINT32, 1),
        .notes = ridge_state_notes(network),
    };
    r->on->part = (struct ridge_part){NULL, "update"};
    return ridge_update_pieces_of(r->on, &update, pieces.elements);
}

static ridge_status record_probabilities(const struct ridge_recording *r)
{
    struct ridge_network *network = r->network;
    r->on->part = (struct ridge_part){NULL, "probabilities"};
    ridge_tensor y =
        ridge_recording_layer(r, r->schedule->layers[network->output].value, network->output);
    if (network->settings.loss == RIDGE_SOFTMAX_CROSS_ENTROPY)
        return ridge_softmax(r->on, y, y);
    if (network->settings.loss == RIDGE_BINARY_CROSS_ENTROPY)
        return ridge_activation_forward(r->on, RIDGE_SIGMOID, 0, y, y);
    return RIDGE_OK;
}

// The next step, and totals of losses where there are any.
static ridge_status record_end(const struct ridge_recording *r, ridge_tensor counters)
{
    ridge_tensor rates = {0};
    r->on->part = (struct ridge_part){NULL, "advance"};
    if (ridge_step_trains(r->mode) && r->feed->rates.buffer) {
        counters = ridge_tensor_reshaped(counters, RIDGE_SHAPE(RIDGE_STATE_PASS_STEP + 1));
        rates = r->feed->rates;
    }
    if (ridge_step_predicts(r->mode))
        return ridge_step_advance(r->on, counters, r->schedule->batch, rates);
    enum ridge_state_word totals =
        r->schedule->pass.training ? RIDGE_STATE_TOTALS : RIDGE_STATE_EVALUATION_TOTALS;
    return ridge_step_end(r->on, rows_view(r, r->schedule->row_loss),
                          rows_view(r, r->schedule->row_right),
                          ridge_state_view(r->network, totals, RIDGE_FLOAT32, 4), counters, rates);
}

static ridge_status record(const struct ridge_recording *r)
{
    enum ridge_step_mode mode = r->mode;
    bool predicts = ridge_step_predicts(mode);
    ridge_tensor counters =
        ridge_state_view(r->network, ridge_recording_counter(r), RIDGE_UINT32, 2);
    RIDGE_TRY(record_gather(r, !predicts, ridge_tensor_rows(counters, 1, 1)));
    RIDGE_TRY(record_forward(r));
    RIDGE_TRY((predicts ? record_probabilities : record_loss)(r));
    if (r->schedule->pass.training)
        RIDGE_TRY(record_backward(r));
    if (mode == RIDGE_STEP_CHECK)
        return RIDGE_OK;
    if (ridge_step_trains(mode)) {
        RIDGE_TRY(record_penalties(r));
        RIDGE_TRY(record_update(r));
    }
    return record_end(r, counters);
}

ridge_status ridge_step_record(struct ridge_network *network, const struct ridge_feed *feed,
                               enum ridge_step_mode mode, const struct ridge_schedule *schedule,
                               ridge_launcher *on)
{
    struct ridge_recording r = {network, feed, schedule, on, mode, NULL};
    r.gradients = ridge_allocate(network->layer_count, sizeof(*r.gradients));
    if (!r.gradients)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = record(&r);
    free(r.gradients);
    return status;
}

ridge_status ridge_step_schedule(const struct ridge_feed *feed, enum ridge_step_mode mode,
                                 size_t batch, struct ridge_schedule *schedule)
{
    bool trains = ridge_step_trains(mode) || mode == RIDGE_STEP_CHECK;
    *schedule = (struct ridge_schedule){
        .batch = batch,
        .pass = {.training = trains,
                 .moves_state = ridge_step_trains(mode),
                 .random = trains || mode == RIDGE_STEP_SAMPLE},
        .keeps_kinks = mode == RIDGE_STEP_CHECK,
    };
    size_t target_size =
        ridge_feed_mixes(feed, mode) ? ridge_network_output_size(feed->network) : feed->target_size;
    return ridge_schedule_create(feed->network, target_size, schedule);
}

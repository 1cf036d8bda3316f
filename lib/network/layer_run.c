// SPDX-License-Identifier: Apache-2.0
#include "network/layer_run.h"

#include "ops/gemm.h"

ridge_tensor ridge_recording_layer(const struct ridge_recording *r,
                                   const struct ridge_memory_block *block, unsigned i)
{
    const struct ridge_row_shape *row = &r->network->layers[i].plan.output;
    size_t shape[RIDGE_MAX_RANK] = {r->schedule->batch, ridge_row_count(row)};
    return ridge_block_view(r->network, block, RIDGE_FLOAT32, 2, shape);
}

enum ridge_state_word ridge_recording_counter(const struct ridge_recording *r)
{
    return r->schedule->pass.training ? RIDGE_STATE_STEP : RIDGE_STATE_EVALUATION;
}

void ridge_layer_run_fill(const struct ridge_recording *r, unsigned i, struct ridge_layer_run *run)
{
    struct ridge_network *network = r->network;
    const struct ridge_layer *layer = &network->layers[i];
    const struct ridge_layer_place *place = &r->schedule->layers[i];
    uint32_t stream = (r->schedule->pass.training ? RIDGE_STREAM_LAYER : RIDGE_STREAM_SAMPLE) + i;
    *run = (struct ridge_layer_run){
        .on = r->on,
        .params = layer->params,
        .plan = &layer->plan,
        .pass = r->schedule->pass,
        .batch = r->schedule->batch,
        .output = ridge_recording_layer(r, place->value, i),
        .random = {.seed = r->feed->seed,
                   .stream = stream,
                   .step_at =
                       ridge_state_view(network, ridge_recording_counter(r), RIDGE_UINT32, 1)},
    };
    if (layer->dropout && ridge_schedule_joins(network, r->schedule, layer->dropout)) {
        const struct ridge_layer *dropout = &network->layers[layer->dropout];
        run->dropout_rate = dropout->class->dropout_rate(dropout->params);
        run->dropout_random = run->random;
        run->dropout_random.stream += layer->dropout - i;
    }
    size_t saved = layer->plan.saved_size, saved_once = layer->plan.saved_once;
    if (place->saved->size && saved)
        run->saved =
            ridge_block_view(network, place->saved, RIDGE_FLOAT32, RIDGE_SHAPE(run->batch, saved));
    if (place->saved->size && saved_once) {
        run->saved_once =
            ridge_block_view(network, place->saved, RIDGE_FLOAT32, RIDGE_SHAPE(saved_once));
        run->saved_once.offset += run->batch * saved;
    }
    if (place->drawn->size && r->schedule->pass.random)
        run->drawn = ridge_block_view(network, place->drawn, RIDGE_FLOAT32,
                                      RIDGE_SHAPE(layer->plan.drawn_size));
    for (unsigned j = 0; j < layer->input_count; j++) {
        run->input_row[j] = &network->layers[layer->inputs[j]].plan.output;
        run->input[j] =
            ridge_recording_layer(r, r->schedule->layers[layer->inputs[j]].value, layer->inputs[j]);
    }
    for (unsigned j = 0; j < layer->plan.parameter_count; j++) {
        const struct ridge_network_parameter *parameter =
            &network->parameters[layer->first_parameter + j];
        run->parameter[j] = ridge_arena_view(network->arena.parameters, parameter);
        run->parameter_gradient[j] = ridge_arena_view(network->arena.gradients, parameter);
    }
}

void ridge_layer_run_fold(const struct ridge_recording *r, unsigned i, struct ridge_layer_run *run,
                          struct ridge_fold *fold)
{
    const struct ridge_layer *layer = &r->network->layers[i];
    if (!layer->fold || !ridge_schedule_folds(r->network, r->schedule, layer->fold))
        return;
    const struct ridge_memory_block *block = r->schedule->layers[i].drawn;
    struct ridge_layer_run behind;
    ridge_layer_run_fill(r, layer->fold, &behind);
    r->network->layers[layer->fold].class->fold(&behind, layer->plan.parameters[0].shape[0], fold);
    run->fold = fold;
    run->folded = ridge_block_view(r->network, block, RIDGE_FLOAT32, RIDGE_SHAPE(block->size));
}

void ridge_layer_run_derive(const struct ridge_recording *r, unsigned i,
                            struct ridge_layer_run *run, struct ridge_derivative *derivative)
{
    const struct ridge_layer *layer = &r->network->layers[i];
    unsigned before;
    if (!layer->class->takes_derivative ||
        !ridge_schedule_derives(r->network, r->schedule, i, &before))
        return;
    const struct ridge_layer_class *class = r->network->layers[before].class;
    struct ridge_layer_run run_before;
    ridge_layer_run_fill(r, before, &run_before);
    if (!class->derivative || !class->derivative(&run_before, derivative) ||
        !layer->class->takes_derivative(run))
        return;
    run->derivative = derivative;
    r->gradients[before].derived = true;
}

bool ridge_recording_updates(const struct ridge_recording *r)
{
    return r->mode == RIDGE_STEP_TRAIN && ridge_gemm_updates(r->network->device);
}

void ridge_layer_run_update(const struct ridge_recording *r, unsigned i,
                            struct ridge_layer_run *run, struct ridge_weight_update *updates)
{
    struct ridge_network *network = r->network;
    const struct ridge_arena *arena = &network->arena;
    const struct ridge_layer *layer = &network->layers[i];
    for (unsigned j = 0; ridge_recording_updates(r) && j < layer->plan.parameter_count; j++) {
        size_t index = layer->first_parameter + j;
        if (!network->parameters[index].by_layer)
            continue;
        updates[j] = (struct ridge_weight_update){
            .optimizer = &network->settings.optimizer,
            .weights = run->parameter[j],
            .segment = ridge_tensor_rows(arena->segments, index, 1),
            .rate = ridge_state_view(network, RIDGE_STATE_RATE, RIDGE_FLOAT32, 1),
            .step = ridge_state_view(network, RIDGE_STATE_STEP, RIDGE_UINT32, 1),
            .notes = ridge_state_notes(network),
        };
        for (unsigned s = 0; s < ridge_optimizer_slots(&network->settings.optimizer); s++)
            updates[j].slots[s] = ridge_arena_view(arena->slots[s], &network->parameters[index]);
        run->update[j] = &updates[j];
    }
}

// SPDX-License-Identifier: Apache-2.0
// Lifetimes. With n layers, layer i runs forward at time i, the loss at n, and layer i backward at
// 2 n - i, penalties at 2 n + 1; each block lives from the first to the last of the times that
// touch it.
#include "network/schedule.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

enum { BLOCKS_PER_LAYER = 4, EXTRA_BLOCKS = 4 };

static unsigned backward_time(const struct ridge_network *network, unsigned layer)
{
    return (unsigned)(2 * network->layer_count - layer);
}

// Behind backward, when the gradients of penalties are added.
static unsigned penalty_time(const struct ridge_network *network)
{
    return (unsigned)(2 * network->layer_count + 1);
}

static void touch(struct ridge_memory_block *block, unsigned time)
{
    if (time < block->first)
        block->first = time;
    if (time > block->last)
        block->last = time;
}

bool ridge_schedule_joins(const struct ridge_network *network,
                          const struct ridge_schedule *schedule, unsigned i)
{
    const struct ridge_layer *layer = &network->layers[i];
    return i > 0 && schedule->pass.random && !schedule->keeps_kinks && layer->input_count &&
           network->layers[layer->inputs[0]].dropout == i;
}

bool ridge_schedule_folds(const struct ridge_network *network,
                          const struct ridge_schedule *schedule, unsigned i)
{
    const struct ridge_layer *layer = &network->layers[i];
    bool inference = !schedule->pass.training && !schedule->pass.random;
    if (i == 0 || !inference || !layer->input_count || network->layers[layer->inputs[0]].fold != i)
        return false;
    const struct ridge_parameter_spec *weights =
        &network->layers[layer->inputs[0]].plan.parameters[0];
    size_t values = schedule->batch * ridge_row_count(&layer->plan.output) / weights->shape[0];
    return weights->fan_in <= values;
}

// How often layer j adds to the gradient of layer `root`: by its inputs, and as an alias that has
// an activity penalty.
static unsigned additions(const struct ridge_network *network,
                          const struct ridge_schedule *schedule, unsigned j, unsigned root)
{
    const struct ridge_layer *layer = &network->layers[j];
    if (!layer->used)
        return 0;
    if (schedule->layers[j].root == root)
        return layer->activity != 0;
    unsigned count = 0;
    for (unsigned k = 0; k < layer->input_count; k++)
        count += schedule->layers[layer->inputs[k]].root == root;
    return count;
}

bool ridge_schedule_derives(const struct ridge_network *network,
                            const struct ridge_schedule *schedule, unsigned i, unsigned *before)
{
    const struct ridge_layer *layer = &network->layers[i];
    if (layer->input_count != 1)
        return false;
    unsigned all = 0;
    *before = schedule->layers[layer->inputs[0]].root;
    for (unsigned j = 0; j < network->layer_count; j++)
        all += additions(network, schedule, j, *before);
    return all == 1 && network->layers[*before].wants_gradient;
}

static void give_blocks(const struct ridge_network *network, struct ridge_schedule *schedule)
{
    struct ridge_memory_block *next = schedule->blocks;
    for (unsigned i = 0; i < network->layer_count; i++) {
        const struct ridge_layer *layer = &network->layers[i];
        struct ridge_layer_place *place = &schedule->layers[i];
        place->root = i;
        place->value = next++;
        place->gradient = next++;
        place->saved = next++;
        place->drawn = next++;
        bool alias =
            (layer->class->is_alias && layer->class->is_alias(layer->params, schedule->pass)) ||
            ridge_schedule_joins(network, schedule, i) ||
            ridge_schedule_folds(network, schedule, i);
        if (alias) {
            const struct ridge_layer_place *input = &schedule->layers[layer->inputs[0]];
            place->root = input->root;
            place->value = input->value;
            place->gradient = input->gradient;
        }
    }
    schedule->target = next++;
    schedule->row_loss = next++;
    schedule->row_right = next++;
    schedule->penalty = next++;
}

// The times at which layer i touches its own and its inputs' memory.
static void touch_layer(const struct ridge_network *network, struct ridge_schedule *schedule,
                        unsigned i)
{
    const struct ridge_layer *layer = &network->layers[i];
    struct ridge_layer_place *place = &schedule->layers[i];
    unsigned back = backward_time(network, i);
    bool goes_back = schedule->pass.training && layer->wants_gradient;
    touch(place->value, i);
    touch(place->drawn, i);
    if (goes_back) {
        touch(place->gradient, back);
        touch(place->drawn, back);
        touch(place->saved, i);
        touch(place->saved, back);
        if (layer->plan.keeps_output || layer->activity)
            touch(place->value, back);
        if (layer->plan.has_kink && schedule->keeps_kinks)
            touch(place->value, penalty_time(network));
        if (layer->plan.saved_choice && schedule->keeps_kinks)
            touch(place->saved, penalty_time(network));
    }
    for (unsigned j = 0; j < layer->input_count; j++) {
        struct ridge_layer_place *input = &schedule->layers[layer->inputs[j]];
        touch(input->value, i);
        if (goes_back && layer->plan.keeps_input)
            touch(input->value, back);
        if (goes_back && network->layers[layer->inputs[j]].wants_gradient)
            touch(input->gradient, back);
    }
}

// Weights and bias of the layer with a normalisation in them.
static size_t folded_size(const struct ridge_layer *layer)
{
    const struct ridge_parameter_spec *weights = &layer->plan.parameters[0];
    size_t size = 1;
    for (unsigned d = 0; d < weights->rank; d++)
        size *= weights->shape[d];
    return size + weights->shape[0];
}

static void size_blocks(const struct ridge_network *network, struct ridge_schedule *schedule,
                        size_t target_size)
{
    unsigned loss_time = (unsigned)network->layer_count;
    size_t batch = schedule->batch;
    for (unsigned i = 0; i < network->layer_count; i++) {
        const struct ridge_layer *layer = &network->layers[i];
        struct ridge_layer_place *place = &schedule->layers[i];
        if (!layer->used)
            continue;
        bool goes_back = schedule->pass.training && layer->wants_gradient;
        size_t row = ridge_row_count(&layer->plan.output);
        place->value->size = batch * row;
        if (goes_back)
            place->gradient->size = batch * row;
        if (goes_back && place->root == i)
            place->saved->size = batch * layer->plan.saved_size + layer->plan.saved_once;
        if (schedule->pass.random && place->root == i)
            place->drawn->size = layer->plan.drawn_size;
        if (layer->fold && ridge_schedule_folds(network, schedule, layer->fold))
            place->drawn->size = folded_size(layer);
        touch_layer(network, schedule, i);
    }
    struct ridge_layer_place *output = &schedule->layers[network->output];
    touch(output->value, loss_time);
    if (schedule->pass.training)
        touch(output->gradient, loss_time);
    schedule->target->size = batch * target_size;
    touch(schedule->target, 0);
    touch(schedule->target, loss_time);
    schedule->row_loss->size = schedule->row_right->size = batch;
    // Read by whoever runs the plan, so they outlive its last launch.
    touch(schedule->row_loss, loss_time);
    touch(schedule->row_loss, penalty_time(network));
    touch(schedule->row_right, loss_time);
    touch(schedule->row_right, penalty_time(network));
    if (schedule->pass.training)
        schedule->penalty->size = ridge_penalty_work(network);
    touch(schedule->penalty, penalty_time(network));
}

ridge_status ridge_schedule_create(const struct ridge_network *network, size_t target_size,
                                   struct ridge_schedule *schedule)
{
    size_t count = network->layer_count * BLOCKS_PER_LAYER + EXTRA_BLOCKS;
    schedule->layers = ridge_allocate(network->layer_count, sizeof(*schedule->layers));
    schedule->blocks = ridge_allocate(count, sizeof(*schedule->blocks));
    if (!schedule->layers || !schedule->blocks) {
        ridge_schedule_release(schedule);
        return RIDGE_ERROR_MEMORY;
    }
    for (size_t i = 0; i < count; i++)
        schedule->blocks[i].first = ~0u;
    give_blocks(network, schedule);
    size_blocks(network, schedule, target_size);
    schedule->elements = ridge_memory_plan(schedule->blocks, count);
    if (schedule->elements == SIZE_MAX) {
        ridge_schedule_release(schedule);
        return RIDGE_ERROR_MEMORY;
    }
    return RIDGE_OK;
}

void ridge_schedule_release(struct ridge_schedule *schedule)
{
    free(schedule->layers);
    free(schedule->blocks);
    *schedule = (struct ridge_schedule){0};
}

ridge_tensor ridge_block_view(const struct ridge_network *network,
                              const struct ridge_memory_block *block, ridge_type type,
                              unsigned rank, const size_t *shape)
{
    ridge_tensor view = ridge_tensor_reshaped(network->workspace, rank, shape);
    view.type = type;
    view.offset += block->offset;
    return view;
}

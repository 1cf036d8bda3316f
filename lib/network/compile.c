// SPDX-License-Identifier: Apache-2.0
// Compile: which layers count, what is trained, and the settings of training.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/network.h"
#include "ops/loss.h"

#define DEFAULT_BATCH 128

const ridge_field *ridge_loss_fields(void)
{
    static const ridge_field fields[] = {
        {"loss", RIDGE_FIELD_NAME, offsetof(ridge_compile_params, loss),
         .choices = ridge_loss_choices, .help = "what is minimised"},
        {"smoothing", RIDGE_FIELD_FLOAT, offsetof(ridge_compile_params, smoothing), 0, 1,
         .maximum_excluded = true, .help = "label smoothing of the cross-entropies"},
        {"delta", RIDGE_FIELD_FLOAT, offsetof(ridge_compile_params, delta), 0, HUGE_VAL,
         .minimum_excluded = true, .fallback = "1",
         .help = "where huber turns from square to linear"},
        {0},
    };
    return fields;
}

ridge_status ridge_network_check_compiled(const struct ridge_network *network)
{
    if (!network)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "network: expected a handle, got NULL");
    if (!network->compiled)
        return ridge_fail(RIDGE_ERROR_STATE, "the network is not compiled yet");
    return RIDGE_OK;
}

static ridge_status check_fields_of_loss(const ridge_compile_params *settings)
{
    bool entropy = settings->loss == RIDGE_SOFTMAX_CROSS_ENTROPY ||
                   settings->loss == RIDGE_BINARY_CROSS_ENTROPY;
    bool misplaced = !entropy && settings->smoothing > 0;
    if (misplaced || (settings->loss != RIDGE_HUBER && settings->delta > 0))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: %s does not take it, got %g",
                          misplaced ? "smoothing" : "delta", ridge_loss_name(settings->loss),
                          (double)(misplaced ? settings->smoothing : settings->delta));
    return RIDGE_OK;
}

static ridge_status take_settings(ridge_network *network, const ridge_compile_params *params)
{
    if (params)
        network->settings = *params;
    ridge_compile_params *settings = &network->settings;
    if (!settings->batch)
        settings->batch = DEFAULT_BATCH;
    RIDGE_TRY(ridge_fields_check(ridge_loss_fields(), settings));
    RIDGE_TRY(check_fields_of_loss(settings));
    ridge_status status = ridge_optimizer_complete(&settings->optimizer);
    return status ? ridge_fail_within(status, "optimizer") : RIDGE_OK;
}

// The layers that the output depends on, and the one input among them.
static ridge_status find_used(ridge_network *network, ridge_node output)
{
    ridge_status status = ridge_graph_check(network, output);
    if (status)
        return ridge_fail_within(status, "output");
    RIDGE_TRY(ridge_graph_plain(network, &output));
    network->output = output.id - 1;
    network->layers[network->output].used = true;
    size_t inputs = 0;
    for (size_t i = network->layer_count; i-- > 0;) {
        struct ridge_layer *layer = &network->layers[i];
        if (!layer->used)
            continue;
        for (unsigned j = 0; j < layer->input_count; j++)
            network->layers[layer->inputs[j]].used = true;
        if (layer->input_count == 0) {
            network->input = (unsigned)i;
            inputs++;
        }
    }
    if (inputs != 1)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "expected one input before the output, found %zu",
                          inputs);
    return RIDGE_OK;
}

// How many layers take what layer i gives out.
static unsigned users_of(const ridge_network *network, unsigned i)
{
    unsigned users = 0;
    for (size_t j = 0; j < network->layer_count; j++)
        for (unsigned k = 0; network->layers[j].used && k < network->layers[j].input_count; k++)
            users += network->layers[j].inputs[k] == i;
    return users;
}

// Normalisations that the layer before them does in inference, likewise.
static void join_folds(ridge_network *network)
{
    for (unsigned i = 0; i < network->layer_count; i++) {
        const struct ridge_layer *layer = &network->layers[i];
        if (!layer->used || !layer->class->fold)
            continue;
        struct ridge_layer *before = &network->layers[layer->inputs[0]];
        struct ridge_layer_run run = {.params = layer->params, .plan = &layer->plan};
        struct ridge_fold fold;
        if (users_of(network, layer->inputs[0]) == 1 && before->class->takes_fold &&
            before->class->takes_fold(before->params) &&
            layer->class->fold(&run, before->plan.parameters[0].shape[0], &fold))
            before->fold = i;
    }
}

// Dropouts that the layer before them does, where nobody else sees what that one gives out.
static void join_dropouts(ridge_network *network)
{
    for (unsigned i = 0; i < network->layer_count; i++) {
        const struct ridge_layer *layer = &network->layers[i];
        const struct ridge_layer_class *class = layer->class;
        if (!layer->used || !class->dropout_rate || class->dropout_rate(layer->params) == 0)
            continue;
        struct ridge_layer *before = &network->layers[layer->inputs[0]];
        if (users_of(network, layer->inputs[0]) == 1 && before->class->takes_dropout &&
            before->class->takes_dropout(before->params))
            before->dropout = i;
    }
}

static void number_activities(ridge_network *network)
{
    for (size_t i = 0; i < network->layer_count; i++) {
        struct ridge_layer *layer = &network->layers[i];
        if (layer->used && (layer->plan.activity_l1 > 0 || layer->plan.activity_l2 > 0))
            layer->activity = ++network->activity_count;
    }
}

// What its layer can update where it computes the gradient, unless something has to see that
// before: clipping, and what is noted with it; a penalty that adds to it; a limit on a unit's norm,
// which needs all of the unit's new weights. Small gradients stay in the caches and are better left
// to one launch.
static bool is_updated_by_layer(const ridge_network *network, const struct ridge_layer *layer,
                                unsigned j, size_t count)
{
    const ridge_optimizer *optimizer = &network->settings.optimizer;
    const struct ridge_parameter_spec *spec = &layer->plan.parameters[j];
    const ridge_constraint constraint = ridge_weight_constraint(spec->treatment);
    bool clips = optimizer->clip_value + optimizer->clip_norm + optimizer->clip_global_norm > 0;
    return layer->class->updates && layer->class->updates(layer->params, j) &&
           count >= network->device->update_from && !clips && spec->treatment->orthogonal == 0 &&
           constraint.min_norm == 0 && constraint.max_norm == 0;
}

static ridge_status list_parameters(ridge_network *network)
{
    size_t count = 0, first = 0;
    for (size_t i = 0; i < network->layer_count; i++)
        count += network->layers[i].used ? network->layers[i].plan.parameter_count : 0;
    network->parameters = ridge_allocate(count, sizeof(*network->parameters));
    if (!network->parameters)
        return RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < network->layer_count; i++) {
        struct ridge_layer *layer = &network->layers[i];
        layer->first_parameter = (unsigned)network->parameter_count;
        layer->wants_gradient = false;
        for (unsigned j = 0; j < layer->plan.parameter_count; j++)
            layer->wants_gradient |= !layer->plan.parameters[j].is_state;
        for (unsigned j = 0; j < layer->input_count; j++)
            layer->wants_gradient |= network->layers[layer->inputs[j]].wants_gradient;
        for (unsigned j = 0; layer->used && j < layer->plan.parameter_count; j++) {
            struct ridge_network_parameter *parameter =
                &network->parameters[network->parameter_count];
            struct ridge_text name = {0};
            parameter->spec = &layer->plan.parameters[j];
            ridge_text_append(&name, "%s.%s", layer->name, parameter->spec->name);
            if (name.failed)
                return RIDGE_ERROR_MEMORY;
            parameter->name = name.data;
            parameter->count = 1;
            for (unsigned d = 0; d < parameter->spec->rank; d++)
                parameter->count *= parameter->spec->shape[d];
            parameter->first = first;
            parameter->by_layer = is_updated_by_layer(network, layer, j, parameter->count);
            first += (parameter->count + RIDGE_SEGMENT_ALIGNMENT - 1) / RIDGE_SEGMENT_ALIGNMENT *
                     RIDGE_SEGMENT_ALIGNMENT;
            network->parameter_count++;
        }
    }
    network->arena.size = first;
    if (first > UINT32_MAX)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                          "the network has %zu parameters; at most %u are supported", first,
                          UINT32_MAX);
    return RIDGE_OK;
}

ridge_status ridge_network_compile(ridge_network *network, ridge_node output,
                                   const ridge_compile_params *params)
{
    RIDGE_TRY(ridge_network_status(network));
    if (network->compiled || network->parameters)
        return ridge_fail(RIDGE_ERROR_STATE, "the network is compiled already");
    RIDGE_TRY(take_settings(network, params));
    RIDGE_TRY(find_used(network, output));
    join_dropouts(network);
    join_folds(network);
    number_activities(network);
    RIDGE_TRY(list_parameters(network));
    if (ridge_network_parameter_count(network) == 0)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "the network has nothing to train");
    RIDGE_TRY(ridge_arena_create(network));
    RIDGE_TRY(ridge_state_create(network));
    network->compiled = true;
    return RIDGE_OK;
}

size_t ridge_network_input_shape(const ridge_network *network, size_t shape[RIDGE_MAX_RANK])
{
    const struct ridge_row_shape *row = &network->layers[network->input].plan.output;
    memcpy(shape, row->size, sizeof(row->size));
    return row->rank;
}

size_t ridge_network_output_size(const ridge_network *network)
{
    return ridge_row_count(&network->layers[network->output].plan.output);
}

const ridge_compile_params *ridge_network_settings(const ridge_network *network)
{
    return &network->settings;
}

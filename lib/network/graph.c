// SPDX-License-Identifier: Apache-2.0
// Building the graph: one generic builder; the typed ones stand in front of it, in builders.c.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/network.h"

ridge_network *ridge_network_create(ridge_device *device)
{
    if (!device) {
        ridge_error_set("device: expected a handle, got NULL");
        return NULL;
    }
    ridge_network *network = ridge_allocate(1, sizeof(*network));
    if (network)
        network->device = device;
    return network;
}

void ridge_network_destroy(ridge_network **slot)
{
    if (!slot || !*slot)
        return;
    ridge_network *network = *slot;
    ridge_augment_destroy(&network->augment);
    ridge_arena_release(network);
    ridge_state_release(network);
    ridge_tensor_destroy(network->device, &network->workspace);
    for (size_t i = 0; i < network->layer_count; i++) {
        free(network->layers[i].name);
        free(network->layers[i].params);
    }
    for (size_t i = 0; i < network->parameter_count; i++)
        free(network->parameters[i].name);
    free(network->parameters);
    free(network->layers);
    free(network->message);
    free(network);
    *slot = NULL;
}

ridge_status ridge_network_status(const ridge_network *network)
{
    if (!network)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "network: expected a handle, got NULL");
    if (network->status)
        ridge_error_set("%s", network->message ? network->message : "out of host memory");
    return network->status;
}

// Keeps the first failure; the null node stands for it from then on.
static ridge_node failed(ridge_network *network, ridge_status status)
{
    if (network && !network->status) {
        network->status = status;
        network->message = ridge_duplicate(ridge_error());
    }
    return (ridge_node){0};
}

static size_t layers_of_class(const ridge_network *network, const struct ridge_layer_class *class)
{
    size_t count = 0;
    for (size_t i = 0; i < network->layer_count; i++)
        count += network->layers[i].class == class;
    return count;
}

static const char *given_name(const struct ridge_layer_class *class, const void *params)
{
    const ridge_field *field = ridge_field_find(class->info.fields, "name");
    const char *name;
    memcpy(&name, (const char *)params + field->offset, sizeof(name));
    return name;
}

static ridge_status name_layer(ridge_network *network, struct ridge_layer *layer)
{
    const ridge_field *field = ridge_field_find(layer->class->info.fields, "name");
    const char *name = given_name(layer->class, layer->params);
    char made[64];
    if (!name) {
        snprintf(made, sizeof(made), "%s_%zu", layer->class->info.name,
                 layers_of_class(network, layer->class) + 1);
        name = made;
    }
    for (size_t i = 0; i < network->layer_count; i++)
        if (strcmp(network->layers[i].name, name) == 0)
            return ridge_fail(RIDGE_ERROR_ARGUMENT,
                              "name: expected another name for each layer, got '%s' twice", name);
    layer->name = ridge_duplicate(name);
    if (!layer->name)
        return RIDGE_ERROR_MEMORY;
    // The copy of the params must not point into the caller's memory.
    const char *own = layer->name;
    memcpy((char *)layer->params + field->offset, &own, sizeof(own));
    return RIDGE_OK;
}

ridge_status ridge_graph_check(const ridge_network *network, ridge_node node)
{
    if (node.id == 0)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "expected a node, got the null node");
    if (node.network != network || node.id > network->layer_count)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "expected a node of this network, got one of another");
    return RIDGE_OK;
}

static ridge_status check_inputs(const ridge_network *network,
                                 const struct ridge_layer_class *class, const ridge_node *inputs,
                                 size_t count)
{
    if (count != class->info.inputs)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: expected %u inputs, got %zu", class->info.name,
                          class->info.inputs, count);
    for (size_t i = 0; i < count; i++) {
        ridge_status status = ridge_graph_check(network, inputs[i]);
        if (status)
            return ridge_fail_within(status, "%s: input %zu", class->info.name, i);
    }
    return RIDGE_OK;
}

static ridge_status check_behind_input(const ridge_network *network,
                                       const struct ridge_layer *layer)
{
    const char *why = layer->class->adapt ? "since its statistics are those of the data"
                                          : layer->class->behind_input;
    if (!why || !network->layers[layer->inputs[0]].input_count)
        return RIDGE_OK;
    return ridge_fail(RIDGE_ERROR_ARGUMENT, "expected the input right before it, %s, got %s", why,
                      network->layers[layer->inputs[0]].name);
}

static ridge_status setup_layer(ridge_network *network, struct ridge_layer *layer)
{
    struct ridge_row_shape shapes[RIDGE_MAX_LAYER_INPUTS];
    for (unsigned i = 0; i < layer->input_count; i++)
        shapes[i] = network->layers[layer->inputs[i]].plan.output;
    ridge_status status = ridge_fields_check(layer->class->info.fields, layer->params);
    if (!status)
        status = check_behind_input(network, layer);
    if (!status)
        status = layer->class->setup(layer->params, shapes, &layer->plan);
    for (unsigned i = 0; i < layer->plan.parameter_count && !status; i++) {
        const struct ridge_parameter_spec *spec = &layer->plan.parameters[i];
        status = ridge_weight_check(spec->treatment);
        if (!status)
            status = ridge_orthogonal_check(spec);
        if (status)
            status = ridge_fail_within(status, "%s", spec->name);
    }
    if (ridge_row_has_one_order(&layer->plan.output))
        layer->plan.output.interleaved = false;
    return status ? ridge_fail_within(status, "layer %s", layer->name) : RIDGE_OK;
}

static ridge_status add_layer(ridge_network *network, const char *kind, const ridge_node *inputs,
                              size_t count, const void *params);

// Makes *node one whose rows lie that way, by a layer in between where need be.
static ridge_status reorder(ridge_network *network, bool interleaved, ridge_node *node)
{
    const struct ridge_row_shape *row = &network->layers[node->id - 1].plan.output;
    if (row->interleaved == interleaved || ridge_row_has_one_order(row))
        return RIDGE_OK;
    const struct ridge_layer_class *class = ridge_layer_class_find("reorder");
    for (unsigned i = node->id; i < network->layer_count; i++)
        if (network->layers[i].class == class && network->layers[i].inputs[0] == node->id - 1) {
            node->id = i + 1;
            return RIDGE_OK;
        }
    RIDGE_TRY(add_layer(network, "reorder", node, 1, NULL));
    node->id = (unsigned)network->layer_count;
    return RIDGE_OK;
}

ridge_status ridge_graph_plain(ridge_network *network, ridge_node *node)
{
    return reorder(network, false, node);
}

// The inputs in the memory order that the layer takes.
static ridge_status reorder_inputs(ridge_network *network, const struct ridge_layer_class *class,
                                   const void *params, ridge_node *inputs, size_t count)
{
    enum ridge_memory_order order = RIDGE_ORDER_PLAIN;
    if (class->order)
        order = class->order(params, &network->layers[inputs[0].id - 1].plan.output);
    bool interleaved = order == RIDGE_ORDER_INTERLEAVED;
    for (size_t i = 0; i < count; i++) {
        if (order == RIDGE_ORDER_ANY)
            interleaved = network->layers[inputs[0].id - 1].plan.output.interleaved;
        RIDGE_TRY(reorder(network, interleaved, &inputs[i]));
    }
    return RIDGE_OK;
}

static ridge_status unknown_layer(const char *kind)
{
    struct ridge_text known = {0};
    const ridge_layer_info *info;
    for (size_t i = 0; (info = ridge_layer_at(i)); i++)
        ridge_text_list(&known, info->name);
    ridge_error_set("unknown layer '%s'; known are: %s", kind, known.data ? known.data : "");
    free(known.data);
    return RIDGE_ERROR_ARGUMENT;
}

static ridge_status add_layer(ridge_network *network, const char *kind, const ridge_node *inputs,
                              size_t count, const void *params)
{
    const struct ridge_layer_class *class = ridge_layer_class_find(kind);
    if (!class)
        return unknown_layer(kind);
    if (network->compiled)
        return ridge_fail(RIDGE_ERROR_STATE, "%s: the network is compiled already", kind);
    RIDGE_TRY(check_inputs(network, class, inputs, count));
    struct ridge_layer layer = {.class = class, .input_count = (unsigned)count};
    layer.params = ridge_allocate(1, class->info.params_size);
    if (!layer.params)
        return RIDGE_ERROR_MEMORY;
    if (params)
        memcpy(layer.params, params, class->info.params_size);
    ridge_node ordered[RIDGE_MAX_LAYER_INPUTS];
    for (size_t i = 0; i < count; i++)
        ordered[i] = inputs[i];
    ridge_status status = name_layer(network, &layer);
    if (!status)
        status = reorder_inputs(network, class, layer.params, ordered, count);
    for (size_t i = 0; i < count; i++)
        layer.inputs[i] = ordered[i].id - 1;
    if (!status)
        status = setup_layer(network, &layer);
    if (!status)
        status = ridge_grow(&network->layers, &network->layer_capacity, network->layer_count + 1,
                            sizeof(*network->layers));
    if (status) {
        free(layer.name);
        free(layer.params);
        return status;
    }
    network->layers[network->layer_count++] = layer;
    return RIDGE_OK;
}

ridge_node ridge_layer_add(ridge_network *network, const char *kind, const ridge_node *inputs,
                           size_t count, const void *params)
{
    if (!network || !kind || (count && !inputs)) {
        ridge_error_set("network, kind, inputs: expected pointers, got NULL");
        return failed(network, RIDGE_ERROR_ARGUMENT);
    }
    if (network->status)
        return (ridge_node){0};
    ridge_status status = add_layer(network, kind, inputs, count, params);
    return status ? failed(network, status) : (ridge_node){(unsigned)network->layer_count, network};
}

ridge_device *ridge_network_device(const ridge_network *network)
{
    return network->device;
}

bool ridge_network_layer(const ridge_network *network, size_t index, ridge_layer_summary *summary)
{
    if (index >= network->layer_count)
        return false;
    const struct ridge_layer *layer = &network->layers[index];
    *summary = (ridge_layer_summary){
        .kind = layer->class->info.name, .name = layer->name, .rank = layer->plan.output.rank};
    memcpy(summary->shape, layer->plan.output.size, sizeof(summary->shape));
    for (unsigned i = 0; i < layer->plan.parameter_count; i++) {
        const struct ridge_parameter_spec *spec = &layer->plan.parameters[i];
        size_t count = 1;
        for (unsigned d = 0; d < spec->rank; d++)
            count *= spec->shape[d];
        summary->parameters += spec->is_state ? 0 : count;
    }
    return true;
}

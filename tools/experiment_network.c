// SPDX-License-Identifier: Apache-2.0
// The list of layers of an experiment file: read, then built on a device. An item is `- dense:
// {units: 10}` or, without fields, `- flatten`. A layer takes the output of the one before unless
// `from` names others; `input` names the data.
#include "experiment_network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment_augment.h"
#include "experiment_penalty.h"

#define INPUT_NAME "input"

static bool refuse_kind(const struct setting *setting, const char *name)
{
    char known[1024] = "";
    size_t length = 0;
    for (size_t i = 0; ridge_layer_at(i) && length < sizeof(known); i++)
        if (ridge_layer_at(i)->inputs)
            length += (size_t)snprintf(known + length, sizeof(known) - length, "%s%s",
                                       length ? ", " : "", ridge_layer_at(i)->name);
    return setting_refuse(setting, "unknown layer '%s'; known are: %s", name, known);
}

static bool add_input(struct experiment_layer *layer, const struct setting *name)
{
    if (name->kind != SETTING_TEXT)
        return setting_refuse(name, "from: expected names of layers");
    if (layer->input_count == MOST_INPUTS)
        return setting_refuse(name, "from: expected at most %d names", MOST_INPUTS);
    layer->inputs[layer->input_count++] = name->text;
    return true;
}

static bool read_from(struct experiment_layer *layer, const struct setting *from)
{
    if (from->kind != SETTING_LIST)
        return add_input(layer, from);
    for (const struct setting *name = from->first; name; name = name->next)
        if (!add_input(layer, name))
            return false;
    return true;
}

static bool read_layer_fields(const struct experiment *experiment, struct experiment_layer *layer,
                              const struct setting *fields)
{
    if (!setting_expect_map(fields, layer->kind->name))
        return false;
    for (const struct setting *entry = fields->first; entry; entry = entry->next) {
        if (strcmp(entry->key, "from") == 0) {
            if (!read_from(layer, entry))
                return false;
            continue;
        }
        bool read = experiment_is_penalty(entry->key)
                        ? experiment_read_penalty(experiment, layer, entry)
                        : setting_to_field(entry, layer->kind->fields, layer->params);
        if (!read)
            return false;
        if (strcmp(entry->key, "name") == 0)
            layer->name = entry->text;
    }
    if (ridge_fields_check(layer->kind->fields, layer->params))
        return setting_refuse(fields, "%s: %s", layer->kind->name, ridge_error());
    return true;
}

static bool read_layer(const struct experiment *experiment, struct experiment_layer *layer,
                       const struct setting *item)
{
    const struct setting *fields;
    const char *name = setting_named(item, &fields);
    if (!name)
        return setting_refuse(item, "expected a layer, as '- dense: {units: 10}'");
    layer->setting = item;
    layer->kind = ridge_layer_find(name);
    if (!layer->kind)
        return refuse_kind(item, name);
    if (!layer->kind->inputs)
        return setting_refuse(item, "%s: made from the data; begin with the next layer", name);
    layer->params = allocate(1, layer->kind->params_size);
    if (fields)
        return read_layer_fields(experiment, layer, fields);
    if (ridge_fields_check(layer->kind->fields, layer->params))
        return setting_refuse(item, "%s: %s", name, ridge_error());
    return true;
}

bool experiment_read_network(struct experiment *experiment, const struct setting *section)
{
    if (section->kind != SETTING_LIST || !section->first)
        return setting_refuse(section, "network: expected a list of layers, as '- dense: {units: "
                                       "10}'");
    experiment->layers = allocate(setting_count(section), sizeof(*experiment->layers));
    for (const struct setting *item = section->first; item; item = item->next)
        if (!read_layer(experiment, &experiment->layers[experiment->layer_count++], item))
            return false;
    return true;
}

// The node of an earlier layer of this name, given or made by the library.
static bool find_node(const ridge_network *network, const ridge_node *nodes, size_t before,
                      const char *name, ridge_node *node)
{
    ridge_layer_summary layer;
    for (size_t i = before; i-- > 0;) {
        if (ridge_network_layer(network, nodes[i].id - 1, &layer) &&
            strcmp(layer.name, name) == 0) {
            *node = nodes[i];
            return true;
        }
    }
    return false;
}

// With the penalties that its lambdas come to for so many training rows.
static ridge_node build_layer(const struct experiment_layer *layer, ridge_network *network,
                              size_t rows, const ridge_node *inputs, size_t count)
{
    ridge_node node = {0};
    void *params = allocate(1, layer->kind->params_size);
    memcpy(params, layer->params, layer->kind->params_size);
    if (experiment_set_penalties(layer, rows, params))
        node = ridge_layer_add(network, layer->kind->name, inputs, count, params);
    free(params);
    return node;
}

// nodes[0] is the input, nodes[i + 1] belongs to layer i.
static bool add_layer(const struct experiment *experiment, ridge_network *network, size_t rows,
                      size_t index, ridge_node *nodes)
{
    const struct experiment_layer *layer = &experiment->layers[index];
    const char *kind = layer->kind->name;
    ridge_node inputs[MOST_INPUTS] = {nodes[index]};
    size_t count = layer->input_count ? layer->input_count : 1;
    if (count != layer->kind->inputs)
        return setting_refuse(layer->setting, "%s takes %u inputs; name them, as 'from: [a, b]'",
                              kind, layer->kind->inputs);
    for (size_t i = 0; i < layer->input_count; i++)
        if (!find_node(network, nodes, index + 1, layer->inputs[i], &inputs[i]))
            return setting_refuse(layer->setting, "%s: no layer before it has the name '%s'", kind,
                                  layer->inputs[i]);
    nodes[index + 1] = build_layer(layer, network, rows, inputs, count);
    if (ridge_network_status(network))
        return setting_refuse(layer->setting, "%s", ridge_error());
    return nodes[index + 1].id != 0;
}

static bool add_layers(const struct experiment *experiment, ridge_network *network,
                       const ridge_dataset *rows, const ridge_augment *augment, ridge_node *nodes)
{
    ridge_input_params input = {.name = INPUT_NAME};
    if (augment)
        ridge_augment_shape(augment, input.shape);
    else
        ridge_dataset_shape(rows, input.shape);
    nodes[0] = ridge_input(network, &input);
    for (size_t i = 0; i < experiment->layer_count; i++)
        if (!add_layer(experiment, network, ridge_dataset_count(rows), i, nodes))
            return false;
    return true;
}

// Where the fault is one of the optimizer's, its section is named.
static bool refuse_compile(const struct experiment *experiment)
{
    const char *section = "optimizer", *message = ridge_error();
    const struct setting *setting = NULL;
    if (strncmp(message, section, strlen(section)) == 0)
        setting = setting_find(experiment->settings, section);
    if (!setting)
        setting = setting_find(experiment->settings, "network");
    return setting_refuse(setting, "%s", message);
}

static bool build(const struct experiment *experiment, ridge_network *network,
                  const ridge_dataset *rows, const ridge_augment *augment)
{
    ridge_node *nodes = allocate(experiment->layer_count + 1, sizeof(*nodes));
    bool built = add_layers(experiment, network, rows, augment, nodes);
    if (built &&
        ridge_network_compile(network, nodes[experiment->layer_count], &experiment->compile))
        built = refuse_compile(experiment);
    free(nodes);
    if (built && augment && ridge_network_augment(network, augment))
        built = setting_refuse(setting_find(experiment->settings, "augment"), "%s", ridge_error());
    return built;
}

ridge_network *experiment_build(const struct experiment *experiment, ridge_device *device,
                                const ridge_dataset *rows)
{
    ridge_augment *augment = NULL;
    if (!experiment_make_augment(experiment, device, rows, &augment))
        return NULL;
    ridge_network *network = ridge_network_create(device);
    if (!network)
        fail_library();
    else if (!build(experiment, network, rows, augment))
        ridge_network_destroy(&network);
    ridge_augment_destroy(&augment); // the network has a copy
    return network;
}

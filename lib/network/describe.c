// SPDX-License-Identifier: Apache-2.0
// Descriptions are written and read by the field tables, so a new layer needs nothing here.
#include "network/describe.h"

#include <cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

#define DESCRIPTION_FORMAT 1

// Writing.

static cJSON *describe_fields(const ridge_field *fields, const void *params)
{
    cJSON *object = cJSON_CreateObject();
    for (const ridge_field *field = fields; field->name; field++) {
        char text[256];
        if (field->type == RIDGE_FIELD_TEXT || ridge_field_is_default(field, params))
            continue;
        ridge_field_get(field, params, text, sizeof(text));
        cJSON_AddStringToObject(object, field->name, text);
    }
    return object;
}

static cJSON *describe_layer(const ridge_network *network, const struct ridge_layer *layer)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "kind", layer->class->info.name);
    cJSON_AddStringToObject(object, "name", layer->name);
    cJSON *inputs = cJSON_AddArrayToObject(object, "inputs");
    for (unsigned i = 0; i < layer->input_count; i++)
        cJSON_AddItemToArray(inputs, cJSON_CreateString(network->layers[layer->inputs[i]].name));
    cJSON_AddItemToObject(object, "fields",
                          describe_fields(layer->class->info.fields, layer->params));
    return object;
}

// What ridge_augment_fields leaves to the data.
static const ridge_field image_fields[] = {
    {"shape", RIDGE_FIELD_SHAPE, offsetof(ridge_augment_params, shape)},
    {"channels_last", RIDGE_FIELD_BOOL, offsetof(ridge_augment_params, channels_last)},
    {0},
};

static cJSON *describe_augment(const ridge_augment *augment)
{
    cJSON *object = cJSON_CreateObject();
    const ridge_augment_params *settings = ridge_augment_settings(augment);
    cJSON_AddItemToObject(object, "images", describe_fields(image_fields, settings));
    cJSON_AddItemToObject(object, "settings", describe_fields(ridge_augment_fields(), settings));
    cJSON *operations = cJSON_AddArrayToObject(object, "operations");
    const ridge_augmentation_info *info;
    const void *params;
    for (size_t i = 0; (info = ridge_augment_operation(augment, i, &params)); i++) {
        cJSON *operation = cJSON_CreateObject();
        cJSON_AddStringToObject(operation, "kind", info->name);
        cJSON_AddItemToObject(operation, "fields", describe_fields(info->fields, params));
        cJSON_AddItemToArray(operations, operation);
    }
    return object;
}

char *ridge_network_describe(const ridge_network *network)
{
    const ridge_compile_params *settings = &network->settings;
    char seed[32];
    snprintf(seed, sizeof(seed), "%" PRIu64, settings->seed);
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "format", DESCRIPTION_FORMAT);
    cJSON *layers = cJSON_AddArrayToObject(root, "layers");
    for (size_t i = 0; i < network->layer_count; i++)
        if (network->layers[i].used)
            cJSON_AddItemToArray(layers, describe_layer(network, &network->layers[i]));
    cJSON_AddStringToObject(root, "output", network->layers[network->output].name);
    cJSON_AddItemToObject(root, "loss", describe_fields(ridge_loss_fields(), settings));
    cJSON_AddItemToObject(root, "optimizer",
                          describe_fields(ridge_optimizer_fields(), &settings->optimizer));
    cJSON_AddStringToObject(root, "seed", seed);
    cJSON_AddNumberToObject(root, "batch", (double)settings->batch);
    if (network->augment)
        cJSON_AddItemToObject(root, "augment", describe_augment(network->augment));
    char *printed = cJSON_PrintUnformatted(root), *text = printed ? ridge_duplicate(printed) : NULL;
    if (!printed)
        ridge_error_set("host memory ran out while describing the network");
    cJSON_free(printed);
    cJSON_Delete(root);
    return text;
}

// Reading.

static ridge_status wrong(const char *what)
{
    return ridge_fail(RIDGE_ERROR_FORMAT, "network description: %s", what);
}

static const char *text_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static ridge_status read_fields(const ridge_field *fields, const cJSON *object, void *params)
{
    if (!cJSON_IsObject(object))
        return wrong("expected an object of fields");
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        if (!cJSON_IsString(item))
            return wrong("expected every field as text");
        RIDGE_TRY(ridge_field_set(fields, params, item->string, item->valuestring));
    }
    return RIDGE_OK;
}

static ridge_node find_layer(const ridge_network *network, const char *name)
{
    for (size_t i = 0; name && i < network->layer_count; i++)
        if (strcmp(network->layers[i].name, name) == 0)
            return (ridge_node){(unsigned)i + 1, network};
    return (ridge_node){0};
}

static ridge_status read_inputs(const ridge_network *network, const cJSON *object,
                                ridge_node inputs[RIDGE_MAX_LAYER_INPUTS], size_t *count)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "inputs"), *item;
    *count = 0;
    if (!cJSON_IsArray(list))
        return wrong("expected a list of inputs for each layer");
    cJSON_ArrayForEach(item, list)
    {
        if (*count == RIDGE_MAX_LAYER_INPUTS || !cJSON_IsString(item))
            return wrong("expected at most two names as inputs of a layer");
        inputs[(*count)++] = find_layer(network, item->valuestring);
    }
    return RIDGE_OK;
}

static ridge_status read_layer(ridge_network *network, const cJSON *object)
{
    const char *kind = text_of(object, "kind"), *name = text_of(object, "name");
    const struct ridge_layer_class *class = kind ? ridge_layer_class_find(kind) : NULL;
    if (!class || !name)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "network description: expected kind and name of a layer, got '%s', '%s'",
                          kind ? kind : "nothing", name ? name : "nothing");
    ridge_node inputs[RIDGE_MAX_LAYER_INPUTS];
    size_t count;
    RIDGE_TRY(read_inputs(network, object, inputs, &count));
    void *params = ridge_allocate(1, class->info.params_size);
    if (!params)
        return RIDGE_ERROR_MEMORY;
    ridge_status status =
        read_fields(class->info.fields, cJSON_GetObjectItemCaseSensitive(object, "fields"), params);
    if (!status)
        status = ridge_field_set(class->info.fields, params, "name", name);
    if (!status) {
        ridge_layer_add(network, kind, inputs, count, params);
        status = ridge_network_status(network);
    }
    free(params);
    return status;
}

static ridge_status read_settings(const cJSON *root, ridge_compile_params *settings)
{
    const char *seed = text_of(root, "seed");
    const cJSON *batch = cJSON_GetObjectItemCaseSensitive(root, "batch");
    RIDGE_TRY(
        read_fields(ridge_loss_fields(), cJSON_GetObjectItemCaseSensitive(root, "loss"), settings));
    RIDGE_TRY(read_fields(ridge_optimizer_fields(),
                          cJSON_GetObjectItemCaseSensitive(root, "optimizer"),
                          &settings->optimizer));
    char *end = NULL;
    if (seed)
        settings->seed = strtoull(seed, &end, 10);
    if (!seed || end == seed || *end)
        return wrong("expected a number as seed");
    if (!cJSON_IsNumber(batch) || !(batch->valuedouble >= 1 && batch->valuedouble <= 1e9))
        return wrong("expected a batch from 1 to 10^9");
    settings->batch = (size_t)batch->valuedouble;
    return RIDGE_OK;
}

static ridge_status read_operation(ridge_augment *augment, const cJSON *object)
{
    const char *kind = text_of(object, "kind");
    const ridge_augmentation_info *info = ridge_augmentation_find(kind);
    if (!info)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "network description: expected an augmentation, got '%s'",
                          kind ? kind : "nothing");
    void *params = ridge_allocate(1, info->params_size);
    if (!params)
        return RIDGE_ERROR_MEMORY;
    ridge_status status =
        read_fields(info->fields, cJSON_GetObjectItemCaseSensitive(object, "fields"), params);
    if (!status)
        status = ridge_augment_add(augment, kind, params);
    free(params);
    return status;
}

static ridge_status read_operations(ridge_network *network, const cJSON *object,
                                    ridge_augment *augment)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(object, "operations"), *operation;
    if (!cJSON_IsArray(list))
        return wrong("expected a list of augmentations");
    cJSON_ArrayForEach(operation, list) RIDGE_TRY(read_operation(augment, operation));
    return ridge_network_augment(network, augment);
}

static ridge_status read_augment(ridge_network *network, const cJSON *object)
{
    if (!object)
        return RIDGE_OK;
    ridge_augment_params params = {0};
    ridge_augment *augment;
    RIDGE_TRY(
        read_fields(image_fields, cJSON_GetObjectItemCaseSensitive(object, "images"), &params));
    RIDGE_TRY(read_fields(ridge_augment_fields(),
                          cJSON_GetObjectItemCaseSensitive(object, "settings"), &params));
    RIDGE_TRY(ridge_augment_create(network->device, &params, &augment));
    ridge_status status = read_operations(network, object, augment);
    ridge_augment_destroy(&augment);
    return status;
}

static ridge_status read_network(const cJSON *root, ridge_network *network)
{
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(root, "format");
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(root, "layers"), *layer;
    if (!cJSON_IsNumber(format) || format->valueint != DESCRIPTION_FORMAT)
        return wrong("expected format 1; the file may come from a newer version");
    if (!cJSON_IsArray(layers))
        return wrong("expected a list of layers");
    cJSON_ArrayForEach(layer, layers) RIDGE_TRY(read_layer(network, layer));
    ridge_compile_params settings = {0};
    RIDGE_TRY(read_settings(root, &settings));
    RIDGE_TRY(
        ridge_network_compile(network, find_layer(network, text_of(root, "output")), &settings));
    return read_augment(network, cJSON_GetObjectItemCaseSensitive(root, "augment"));
}

ridge_status ridge_network_from_description(ridge_device *device, const char *text,
                                            ridge_network **out)
{
    *out = NULL;
    cJSON *root = cJSON_Parse(text);
    if (!root)
        return wrong("expected JSON");
    ridge_network *network = ridge_network_create(device);
    ridge_status status = network ? read_network(root, network) : RIDGE_ERROR_MEMORY;
    cJSON_Delete(root);
    if (status)
        ridge_network_destroy(&network);
    *out = network;
    return status;
}

// SPDX-License-Identifier: Apache-2.0
// Networks as safetensors: parameters by name, the description in the metadata, so that one file
// is enough to predict.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "files/safetensors.h"
#include "network/describe.h"

#define DESCRIPTION_KEY "ridge.network"

static ridge_status write_tensors(ridge_network *network, const char *path, const char *description,
                                  float *values, struct ridge_safetensor *tensors)
{
    ridge_tensor all = network->arena.parameters;
    RIDGE_TRY(ridge_tensor_read(network->device, all, values));
    for (size_t i = 0; i < network->parameter_count; i++) {
        const struct ridge_network_parameter *parameter = &network->parameters[i];
        tensors[i] = (struct ridge_safetensor){.name = parameter->name,
                                               .type = RIDGE_FLOAT32,
                                               .rank = parameter->spec->rank,
                                               .data = values + parameter->first};
        memcpy(tensors[i].shape, parameter->spec->shape, sizeof(tensors[i].shape));
    }
    struct ridge_metadata metadata[] = {{DESCRIPTION_KEY, description}, {"format", "pt"}};
    return ridge_safetensors_write(path, tensors, network->parameter_count, metadata,
                                   sizeof(metadata) / sizeof(metadata[0]));
}

ridge_status ridge_network_save(ridge_network *network, const char *path)
{
    RIDGE_TRY(ridge_network_check_compiled(network));
    if (!path)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "path: expected text, got NULL");
    char *description = ridge_network_describe(network);
    float *values = ridge_allocate(network->arena.size, sizeof(*values));
    struct ridge_safetensor *tensors = ridge_allocate(network->parameter_count, sizeof(*tensors));
    ridge_status status = description && values && tensors ? RIDGE_OK : RIDGE_ERROR_MEMORY;
    if (!status)
        status = write_tensors(network, path, description, values, tensors);
    free(tensors);
    free(values);
    free(description);
    return status;
}

static ridge_status take_parameter(ridge_network *network, const struct ridge_safetensors *file,
                                   const struct ridge_network_parameter *parameter)
{
    const struct ridge_safetensor *tensor = ridge_safetensors_find(file, parameter->name);
    if (!tensor)
        return ridge_fail(RIDGE_ERROR_FORMAT, "no tensor is called '%s'", parameter->name);
    if (tensor->type != RIDGE_FLOAT32)
        return ridge_fail(RIDGE_ERROR_FORMAT, "tensor '%s': expected float32, found %s",
                          parameter->name, ridge_type_name(tensor->type));
    bool same = tensor->rank == parameter->spec->rank;
    for (unsigned d = 0; same && d < tensor->rank; d++)
        same = tensor->shape[d] == parameter->spec->shape[d];
    if (!same)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "tensor '%s': expected %zu values in the shape of the layer, found %zu",
                          parameter->name, parameter->count, tensor->size / sizeof(float));
    return ridge_tensor_write(network->device,
                              ridge_arena_view(network->arena.parameters, parameter), tensor->data);
}

static ridge_status load(ridge_device *device, const struct ridge_safetensors *file,
                         ridge_network **network)
{
    const char *description = ridge_safetensors_metadata(file, DESCRIPTION_KEY);
    if (!description)
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "no network in it: the metadata have no '" DESCRIPTION_KEY "'");
    RIDGE_TRY(ridge_network_from_description(device, description, network));
    for (size_t i = 0; i < (*network)->parameter_count; i++)
        RIDGE_TRY(take_parameter(*network, file, &(*network)->parameters[i]));
    return RIDGE_OK;
}

ridge_status ridge_network_load(ridge_device *device, const char *path, ridge_network **network)
{
    if (!device || !path || !network)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "device, path, network: expected pointers, got NULL");
    *network = NULL;
    struct ridge_safetensors file;
    RIDGE_TRY(ridge_safetensors_read(path, &file));
    ridge_status status = load(device, &file, network);
    ridge_safetensors_free(&file);
    if (status) {
        ridge_network_destroy(network);
        return ridge_fail_within(status, "%s", path);
    }
    return RIDGE_OK;
}

// SPDX-License-Identifier: Apache-2.0
// Norms of parameters and of their gradients: of each, of units, of all together.
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/network.h"
#include "network/step.h"

static ridge_status arena_of(const ridge_network *network, ridge_norm_source source,
                             ridge_tensor *arena)
{
    RIDGE_TRY(ridge_network_check_compiled(network));
    *arena = source == RIDGE_OF_GRADIENTS ? network->arena.gradients : network->arena.parameters;
    if (!arena->buffer)
        return ridge_fail(RIDGE_ERROR_STATE, "there are no gradients before the first fit");
    return RIDGE_OK;
}

// Reduces each (first, count) of `segments`, uint32 [rows, 2], and waits.
static ridge_status reduce(const ridge_network *network, ridge_reduction reduction,
                           ridge_tensor arena, ridge_tensor segments, float *results)
{
    ridge_device *device = network->device;
    ridge_tensor reduced;
    RIDGE_TRY(ridge_tensor_create(device, RIDGE_FLOAT32, RIDGE_SHAPE(segments.shape[0]), &reduced));
    ridge_status status =
        ridge_reduce_segments(ridge_device_launcher(device), reduction, arena, segments, reduced);
    if (!status)
        status = ridge_tensor_read(device, reduced, results);
    ridge_tensor_destroy(device, &reduced);
    return status;
}

// Norms of parts make the norm of the whole.
static double join(ridge_reduction reduction, const float *parts, size_t count)
{
    double total = 0;
    for (size_t i = 0; i < count; i++) {
        double part = parts[i];
        if (reduction == RIDGE_NORM)
            total += part * part;
        else if (reduction == RIDGE_LARGEST)
            total = part > total || isnan(part) ? part : total;
        else
            total += part;
    }
    return reduction == RIDGE_NORM ? sqrt(total) : total;
}

ridge_status ridge_network_norms(ridge_network *network, ridge_reduction reduction,
                                 ridge_norm_source source, double *norms, double *total)
{
    ridge_tensor arena;
    RIDGE_TRY(arena_of(network, source, &arena));
    ridge_tensor segments = network->arena.norm_segments;
    size_t rows = segments.shape[0];
    float *reduced = ridge_allocate(rows, sizeof(*reduced));
    if (!reduced)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = reduce(network, reduction, arena, segments, reduced);
    for (size_t i = 0, row = 0; i < network->parameter_count && norms && !status; i++)
        norms[i] = network->parameters[i].spec->is_state ? NAN : (double)reduced[row++];
    if (total && !status)
        *total = join(reduction, reduced, rows);
    free(reduced);
    return status;
}

// uint32 [units, 2]: the weights of each unit.
static ridge_status create_units(const ridge_network *network,
                                 const struct ridge_network_parameter *parameter,
                                 ridge_tensor *table)
{
    size_t units = ridge_parameter_units(parameter), size = parameter->count / units;
    uint32_t *rows = ridge_allocate(units, 2 * sizeof(*rows));
    if (!rows)
        return RIDGE_ERROR_MEMORY;
    for (size_t u = 0; u < units; u++) {
        rows[2 * u] = (uint32_t)(parameter->first + u * size);
        rows[2 * u + 1] = (uint32_t)size;
    }
    ridge_status status =
        ridge_tensor_create(network->device, RIDGE_UINT32, RIDGE_SHAPE(units, 2), table);
    if (!status)
        status = ridge_tensor_write(network->device, *table, rows);
    free(rows);
    return status;
}

ridge_status ridge_network_unit_norms(ridge_network *network, const char *name,
                                      ridge_reduction reduction, ridge_norm_source source,
                                      float *norms, size_t count)
{
    ridge_tensor arena;
    RIDGE_TRY(arena_of(network, source, &arena));
    if (!name || !norms)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "name, norms: expected pointers, got NULL");
    const struct ridge_network_parameter *parameter;
    RIDGE_TRY(ridge_parameter_find(network, name, &parameter));
    size_t units = ridge_parameter_units(parameter);
    if (count != units)
        return ridge_fail(RIDGE_ERROR_SHAPE, "%s: expected room for %zu units, got %zu", name,
                          units, count);
    ridge_tensor segments = {0};
    ridge_status status = create_units(network, parameter, &segments);
    if (!status)
        status = reduce(network, reduction, arena, segments, norms);
    ridge_tensor_destroy(network->device, &segments);
    return status;
}

// Norms as epochs end: without a wait, into the state.

ridge_status ridge_norms_record(struct ridge_network *network, ridge_tensor gradients,
                                ridge_launcher *on)
{
    const struct ridge_arena *arena = &network->arena;
    size_t rows = arena->norm_segments.shape[0];
    ridge_tensor norms = ridge_tensor_reshaped(ridge_state_norms(network), RIDGE_SHAPE(rows));
    RIDGE_TRY(
        ridge_reduce_segments(on, RIDGE_NORM, arena->parameters, arena->norm_segments, norms));
    norms.offset += rows;
    return ridge_reduce_segments(on, RIDGE_NORM, gradients, arena->norm_segments, norms);
}

void ridge_norms_read(const struct ridge_network *network, ridge_parameter_norms *norms,
                      ridge_parameter_norms *total)
{
    size_t rows = network->arena.norm_segments.shape[0], row = 0;
    const float *words = network->state_copy + ridge_state_norms(network).offset;
    for (size_t i = 0; i < network->parameter_count; i++) {
        norms[i] = (ridge_parameter_norms){NAN, NAN};
        if (network->parameters[i].spec->is_state)
            continue;
        norms[i] = (ridge_parameter_norms){(double)words[row], (double)words[rows + row]};
        row++;
    }
    total->weights = join(RIDGE_NORM, words, rows);
    total->gradients = join(RIDGE_NORM, words + rows, rows);
}

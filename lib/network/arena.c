// SPDX-License-Identifier: Apache-2.0
// The arenas: where each parameter lies, how it begins, how training treats it.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/network.h"
#include "ops/random.h"

ridge_tensor ridge_arena_view(ridge_tensor arena, const struct ridge_network_parameter *parameter)
{
    ridge_tensor view = ridge_tensor_reshaped(arena, parameter->spec->rank, parameter->spec->shape);
    view.offset += parameter->first;
    return view;
}

// Initial values. Element e of parameter p is drawn from stream RIDGE_STREAM_INIT, step p.

struct initializer {
    bool normal;
    double gain;      // variance = gain / fan
    bool fan_in_only; // else the mean of fan_in and fan_out
};

static const struct initializer initializers[] = {
    [RIDGE_INIT_HE_NORMAL] = {true, 2, true},
    [RIDGE_INIT_HE_UNIFORM] = {false, 2, true},
    [RIDGE_INIT_GLOROT_NORMAL] = {true, 1, false},
    [RIDGE_INIT_GLOROT_UNIFORM] = {false, 1, false},
};

static void draw(const struct ridge_network_parameter *parameter, uint64_t seed, uint32_t index,
                 float *values)
{
    const struct ridge_parameter_spec *spec = parameter->spec;
    ridge_init init = spec->treatment->init;
    if (init == RIDGE_INIT_DEFAULT)
        init = spec->fallback;
    if (init == RIDGE_INIT_ZEROS)
        return;
    if (init == RIDGE_INIT_ONES) {
        for (size_t i = 0; i < parameter->count; i++)
            values[i] = 1;
        return;
    }
    const struct initializer *way = &initializers[init];
    double fan = way->fan_in_only ? (double)spec->fan_in
                                  : ((double)spec->fan_in + (double)spec->fan_out) / 2;
    double deviation = sqrt(way->gain / fan);
    double bound = deviation * sqrt(3); // U(-a, a) has variance a^2 / 3
    ridge_random random = {.seed = seed, .stream = RIDGE_STREAM_INIT, .step = index};
    double drawn[1024];
    for (size_t i = 0; i < parameter->count; i += 1024) {
        size_t count = parameter->count - i < 1024 ? parameter->count - i : 1024;
        if (way->normal)
            ridge_random_normals(&random, i, count, drawn);
        else
            ridge_random_uniforms(&random, i, count, drawn);
        for (size_t j = 0; j < count; j++)
            values[i + j] =
                (float)(way->normal ? deviation * drawn[j] : bound * (2 * drawn[j] - 1));
    }
}

static bool has_penalty(const struct ridge_network_parameter *parameter)
{
    return parameter->spec->treatment->l1 > 0 || parameter->spec->treatment->l2 > 0;
}

static size_t penalised(const struct ridge_network *network)
{
    size_t count = 0;
    for (size_t i = 0; i < network->parameter_count; i++)
        count += has_penalty(&network->parameters[i]);
    return count;
}

static ridge_status create_written(ridge_device *device, ridge_type type, unsigned rank,
                                   const size_t *shape, const void *data, ridge_tensor *tensor)
{
    RIDGE_TRY(ridge_tensor_create(device, type, rank, shape, tensor));
    return ridge_tensor_write(device, *tensor, data);
}

static ridge_status create_penalty_table(struct ridge_network *network)
{
    struct ridge_arena *arena = &network->arena;
    size_t count = penalised(network);
    if (!count)
        return RIDGE_OK;
    uint32_t *table = ridge_allocate(count, 2 * sizeof(*table));
    if (!table)
        return RIDGE_ERROR_MEMORY;
    uint32_t *row = table;
    for (size_t i = 0; i < network->parameter_count; i++) {
        if (!has_penalty(&network->parameters[i]))
            continue;
        *row++ = (uint32_t)network->parameters[i].first;
        *row++ = (uint32_t)network->parameters[i].count;
    }
    ridge_status status = create_written(network->device, RIDGE_UINT32, RIDGE_SHAPE(count, 2),
                                         table, &arena->penalty_segments);
    free(table);
    return status;
}

ridge_status ridge_arena_create(struct ridge_network *network)
{
    struct ridge_arena *arena = &network->arena;
    float *values = ridge_allocate(arena->size, sizeof(*values));
    if (!values)
        return RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < network->parameter_count; i++)
        draw(&network->parameters[i], network->settings.seed, (uint32_t)i,
             values + network->parameters[i].first);
    ridge_status status = create_written(network->device, RIDGE_FLOAT32, RIDGE_SHAPE(arena->size),
                                         values, &arena->parameters);
    free(values);
    if (!status)
        status = create_penalty_table(network);
    if (!status)
        status = ridge_norms_create(network);
    return status;
}

// What training needs beside the parameters.

static ridge_segment segment_of(const struct ridge_network_parameter *parameter)
{
    const ridge_weight_params *treatment = parameter->spec->treatment;
    size_t units = parameter->spec->rank > 1 ? parameter->spec->shape[0] : 1;
    return (ridge_segment){
        .first = (uint32_t)parameter->first,
        .count = (uint32_t)parameter->count,
        .unit = (uint32_t)(parameter->count / units),
        .l1 = treatment->proximal ? 0 : treatment->l1,
        .l2 = treatment->l2,
        .proximal_l1 = treatment->proximal ? treatment->l1 : 0,
        .decay = parameter->spec->is_weight ? 1.0f : 0.0f,
        .constraint = ridge_weight_constraint(treatment),
    };
}

// NULL without memory. The caller's to free.
static ridge_segment *segments_of(const struct ridge_network *network)
{
    size_t count = network->parameter_count;
    ridge_segment *segments = ridge_allocate(count, sizeof(*segments));
    for (size_t i = 0; i < count && segments; i++)
        segments[i] = segment_of(&network->parameters[i]);
    return segments;
}

size_t ridge_arena_pieces(const struct ridge_network *network)
{
    size_t count = 0;
    for (size_t i = 0; i < network->parameter_count; i++) {
        ridge_segment segment = segment_of(&network->parameters[i]);
        count += ridge_update_pieces(&segment, 1, NULL);
    }
    return count;
}

static ridge_status create_tables(struct ridge_network *network)
{
    struct ridge_arena *arena = &network->arena;
    size_t count = network->parameter_count, piece_count = ridge_arena_pieces(network);
    ridge_segment *segments = segments_of(network);
    uint32_t *pieces = ridge_allocate(piece_count, 3 * sizeof(*pieces));
    ridge_status status = segments && pieces ? RIDGE_OK : RIDGE_ERROR_MEMORY;
    if (!status)
        status = create_written(network->device, RIDGE_UINT32,
                                RIDGE_SHAPE(count, sizeof(ridge_segment) / 4), segments,
                                &arena->segments);
    if (!status) {
        ridge_update_pieces(segments, count, pieces);
        status = create_written(network->device, RIDGE_UINT32, RIDGE_SHAPE(piece_count, 3), pieces,
                                &arena->pieces);
    }
    free(segments);
    free(pieces);
    return status;
}

static ridge_status create_zeroed(struct ridge_network *network, ridge_tensor *tensor)
{
    RIDGE_TRY(ridge_tensor_create(network->device, RIDGE_FLOAT32, RIDGE_SHAPE(network->arena.size),
                                  tensor));
    return ridge_fill(ridge_device_launcher(network->device), *tensor, 0);
}

static void release_training(struct ridge_network *network)
{
    struct ridge_arena *arena = &network->arena;
    ridge_tensor *tensors[] = {&arena->gradients, &arena->slots[0], &arena->slots[1],
                               &arena->segments, &arena->pieces};
    for (size_t i = 0; i < sizeof(tensors) / sizeof(tensors[0]); i++)
        ridge_tensor_destroy(network->device, tensors[i]);
}

static ridge_status create_training(struct ridge_network *network)
{
    struct ridge_arena *arena = &network->arena;
    unsigned slots = ridge_optimizer_slots(&network->settings.optimizer);
    for (unsigned i = 0; i < slots; i++)
        RIDGE_TRY(create_zeroed(network, &arena->slots[i]));
    RIDGE_TRY(create_tables(network));
    return create_zeroed(network, &arena->gradients);
}

ridge_status ridge_arena_prepare(struct ridge_network *network)
{
    if (network->arena.gradients.buffer)
        return RIDGE_OK;
    ridge_status status = create_training(network);
    if (status)
        release_training(network);
    return status;
}

uint64_t ridge_arena_missing_bytes(const struct ridge_network *network)
{
    const struct ridge_arena *arena = &network->arena;
    if (arena->gradients.buffer)
        return 0;
    uint64_t arenas = 1 + ridge_optimizer_slots(&network->settings.optimizer);
    return arenas * arena->size * sizeof(float) + network->parameter_count * sizeof(ridge_segment) +
           ridge_arena_pieces(network) * 3 * sizeof(uint32_t);
}

void ridge_arena_release(struct ridge_network *network)
{
    release_training(network);
    ridge_tensor_destroy(network->device, &network->arena.parameters);
    ridge_tensor_destroy(network->device, &network->arena.penalty_segments);
    ridge_tensor_destroy(network->device, &network->arena.norm_segments);
}

// Access by name and number.

bool ridge_network_parameter(const ridge_network *network, size_t index, ridge_parameter *parameter)
{
    if (!network->compiled || index >= network->parameter_count)
        return false;
    const struct ridge_network_parameter *inner = &network->parameters[index];
    *parameter = (ridge_parameter){
        .name = inner->name,
        .tensor = ridge_arena_view(network->arena.parameters, inner),
        .is_weight = inner->spec->is_weight,
        .is_state = inner->spec->is_state,
        .treatment = inner->spec->treatment,
    };
    if (network->arena.gradients.buffer && !inner->spec->is_state)
        parameter->gradient = ridge_arena_view(network->arena.gradients, inner);
    return true;
}

size_t ridge_network_parameter_count(const ridge_network *network)
{
    size_t count = 0;
    for (size_t i = 0; i < network->parameter_count; i++)
        count += network->parameters[i].spec->is_state ? 0 : network->parameters[i].count;
    return count;
}

static ridge_status find_parameter(ridge_network *network, const char *name, const void *values,
                                   size_t count, ridge_tensor *tensor)
{
    RIDGE_TRY(ridge_network_check_compiled(network));
    if (!name || !values)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "name, values: expected pointers, got NULL");
    for (size_t i = 0; i < network->parameter_count; i++) {
        const struct ridge_network_parameter *parameter = &network->parameters[i];
        if (strcmp(parameter->name, name) != 0)
            continue;
        if (parameter->count != count)
            return ridge_fail(RIDGE_ERROR_SHAPE, "%s: expected %zu values, got %zu", name,
                              parameter->count, count);
        *tensor = ridge_arena_view(network->arena.parameters, parameter);
        return RIDGE_OK;
    }
    return ridge_fail(RIDGE_ERROR_ARGUMENT, "no parameter is called '%s'", name);
}

ridge_status ridge_network_set(ridge_network *network, const char *name, const float *values,
                               size_t count)
{
    ridge_tensor tensor;
    RIDGE_TRY(find_parameter(network, name, values, count, &tensor));
    return ridge_tensor_write(network->device, tensor, values);
}

ridge_status ridge_network_get(const ridge_network *network, const char *name, float *values,
                               size_t count)
{
    ridge_tensor tensor;
    RIDGE_TRY(find_parameter((ridge_network *)network, name, values, count, &tensor));
    return ridge_tensor_read(network->device, tensor, values);
}

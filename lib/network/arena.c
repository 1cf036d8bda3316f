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

static ridge_status create_written(ridge_device *device, ridge_type type, unsigned rank,
                                   const size_t *shape, const void *data, ridge_tensor *tensor)
{
    RIDGE_TRY(ridge_tensor_create(device, type, rank, shape, tensor));
    return ridge_tensor_write(device, *tensor, data);
}

// Tables of parameters on the device.

typedef bool (*choice)(const struct ridge_network_parameter *parameter);

static bool has_penalty(const struct ridge_network_parameter *parameter)
{
    return parameter->spec->treatment->l1 > 0 || parameter->spec->treatment->l2 > 0;
}

static bool is_trained(const struct ridge_network_parameter *parameter)
{
    return !parameter->spec->is_state;
}

// uint32 [n, 2]: first and count of each parameter that is chosen; "no tensor" where none is.
static ridge_status create_table(struct ridge_network *network, choice is_chosen,
                                 ridge_tensor *table)
{
    uint32_t *rows = ridge_allocate(network->parameter_count, 2 * sizeof(*rows));
    if (!rows)
        return RIDGE_ERROR_MEMORY;
    size_t count = 0;
    for (size_t i = 0; i < network->parameter_count; i++) {
        const struct ridge_network_parameter *parameter = &network->parameters[i];
        if (!is_chosen(parameter))
            continue;
        rows[2 * count] = (uint32_t)parameter->first;
        rows[2 * count + 1] = (uint32_t)parameter->count;
        count++;
    }
    ridge_status status = RIDGE_OK;
    if (count)
        status = create_written(network->device, RIDGE_UINT32, RIDGE_SHAPE(count, 2), rows, table);
    free(rows);
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
        status = create_table(network, has_penalty, &arena->penalty_segments);
    if (!status)
        status = create_table(network, is_trained, &arena->norm_segments);
    return status;
}

// What training needs beside the parameters.

size_t ridge_parameter_units(const struct ridge_network_parameter *parameter)
{
    return parameter->spec->rank > 1 ? parameter->spec->shape[0] : 1;
}

static ridge_segment segment_of(const struct ridge_network_parameter *parameter)
{
    const ridge_weight_params *treatment = parameter->spec->treatment;
    return (ridge_segment){
        .first = (uint32_t)parameter->first,
        .count = (uint32_t)parameter->count,
        .unit = (uint32_t)(parameter->count / ridge_parameter_units(parameter)),
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

struct ridge_arena_pieces ridge_arena_pieces(const struct ridge_network *network,
                                             bool without_layers)
{
    struct ridge_arena_pieces pieces = {0, 0};
    for (size_t i = 0; i < network->parameter_count; i++) {
        ridge_segment segment = segment_of(&network->parameters[i]);
        if (without_layers && network->parameters[i].by_layer)
            continue;
        pieces.count += ridge_update_pieces(&segment, 1, NULL);
        pieces.elements += segment.count;
    }
    return pieces;
}

// Those of parameters that layers update by themselves come last.
static void fill_pieces(const struct ridge_network *network, const ridge_segment *segments,
                        uint32_t *rows)
{
    for (int by_layer = 0; by_layer < 2; by_layer++) {
        for (size_t i = 0; i < network->parameter_count; i++) {
            if (network->parameters[i].by_layer != by_layer)
                continue;
            uint32_t *stop = rows + 3 * ridge_update_pieces(&segments[i], 1, rows);
            for (; rows < stop; rows += 3)
                rows[2] = (uint32_t)i;
        }
    }
}

ridge_status ridge_arena_write_segments(struct ridge_network *network,
                                        const ridge_segment *segments, ridge_tensor *table,
                                        ridge_tensor *pieces)
{
    ridge_device *device = network->device;
    size_t count = network->parameter_count;
    size_t piece_count = ridge_update_pieces(segments, count, NULL);
    uint32_t *rows = ridge_allocate(piece_count, 3 * sizeof(*rows));
    if (!rows)
        return RIDGE_ERROR_MEMORY;
    fill_pieces(network, segments, rows);
    ridge_status status = create_written(
        device, RIDGE_UINT32, RIDGE_SHAPE(count, sizeof(*segments) / 4), segments, table);
    if (!status)
        status = create_written(device, RIDGE_UINT32, RIDGE_SHAPE(piece_count, 3), rows, pieces);
    free(rows);
    return status;
}

static ridge_status create_tables(struct ridge_network *network)
{
    ridge_segment *segments = segments_of(network);
    if (!segments)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = ridge_arena_write_segments(network, segments, &network->arena.segments,
                                                     &network->arena.pieces);
    free(segments);
    return status;
}

// By writing: a kernel would have to be built, and Oclgrind takes for uninitialised what
// clEnqueueFillBuffer has filled.
static ridge_status create_zeroed(struct ridge_network *network, ridge_tensor *tensor)
{
    size_t size = network->arena.size;
    RIDGE_TRY(ridge_tensor_create(network->device, RIDGE_FLOAT32, RIDGE_SHAPE(size), tensor));
    float *zeros = ridge_allocate(size, sizeof(*zeros));
    if (!zeros)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = ridge_tensor_write(network->device, *tensor, zeros);
    free(zeros);
    return status;
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
           ridge_arena_pieces(network, false).count * 3 * sizeof(uint32_t);
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

ridge_status ridge_parameter_find(const ridge_network *network, const char *name,
                                  const struct ridge_network_parameter **parameter)
{
    for (size_t i = 0; i < network->parameter_count; i++) {
        *parameter = &network->parameters[i];
        if (strcmp((*parameter)->name, name) == 0)
            return RIDGE_OK;
    }
    struct ridge_text names = {0};
    for (size_t i = 0; i < network->parameter_count; i++)
        ridge_text_list(&names, network->parameters[i].name);
    ridge_error_set("no parameter is called '%s'; there are: %s", name,
                    names.data ? names.data : "");
    free(names.data);
    return RIDGE_ERROR_ARGUMENT;
}

// The tensor of that name for a transfer of `count` values.
static ridge_status tensor_called(const ridge_network *network, const char *name,
                                  const void *values, size_t count, ridge_tensor *tensor)
{
    const struct ridge_network_parameter *parameter;
    RIDGE_TRY(ridge_network_check_compiled(network));
    if (!name || !values)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "name, values: expected pointers, got NULL");
    RIDGE_TRY(ridge_parameter_find(network, name, &parameter));
    if (parameter->count != count)
        return ridge_fail(RIDGE_ERROR_SHAPE, "%s: expected %zu values, got %zu", name,
                          parameter->count, count);
    *tensor = ridge_arena_view(network->arena.parameters, parameter);
    return RIDGE_OK;
}

ridge_status ridge_network_set(ridge_network *network, const char *name, const float *values,
                               size_t count)
{
    ridge_tensor tensor;
    RIDGE_TRY(tensor_called(network, name, values, count, &tensor));
    return ridge_tensor_write(network->device, tensor, values);
}

ridge_status ridge_network_get(const ridge_network *network, const char *name, float *values,
                               size_t count)
{
    ridge_tensor tensor;
    RIDGE_TRY(tensor_called(network, name, values, count, &tensor));
    return ridge_tensor_read(network->device, tensor, values);
}

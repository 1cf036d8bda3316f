// SPDX-License-Identifier: Apache-2.0
// One step of an optimizer over the arena, in one launch.
#include <math.h>
#include <stdio.h>

#include <ridge/update.h>

#include "base/error.h"
#include "cl/update_constants.h"
#include "device/device.h"
#include "ops/check.h"
#include "ops/optimizer.h"
#include "ops/update.h"

#define SEGMENT_WORDS (sizeof(ridge_segment) / sizeof(uint32_t))
#define PIECE_WORDS 3
#define PIECE 4096 // elements; a few vectors for each work-item of a GPU, four pages on a CPU
#define VECTOR 16  // the arena's gaps fill vectors up

#define PAIR_BYTES (2 * sizeof(cl_float)) // of cl/reduce.h

// CLIP_... of cl/update_constants.h.
static cl_uint clip_of(const ridge_optimizer *optimizer, float *limit)
{
    *limit = optimizer->clip_value + optimizer->clip_norm + optimizer->clip_global_norm;
    if (optimizer->clip_value > 0)
        return CLIP_VALUE;
    if (optimizer->clip_norm > 0)
        return CLIP_TENSOR;
    return optimizer->clip_global_norm > 0 ? CLIP_GLOBAL : CLIP_NONE;
}

static size_t minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t ridge_update_pieces(const ridge_segment *segments, size_t count, uint32_t *pieces)
{
    size_t made = 0;
    for (size_t s = 0; s < count; s++) {
        const ridge_constraint *constraint = &segments[s].constraint;
        size_t first = segments[s].first, size = PIECE, elements = segments[s].count;
        if (constraint->min_norm > 0 || constraint->max_norm > 0)
            size = segments[s].unit ? segments[s].unit : elements;
        else
            elements = (elements + VECTOR - 1) / VECTOR * VECTOR;
        for (size_t i = 0; i < elements; i += size, made++) {
            if (!pieces)
                continue;
            pieces[PIECE_WORDS * made] = (uint32_t)(first + i);
            pieces[PIECE_WORDS * made + 1] = (uint32_t)minimum(size, elements - i);
            pieces[PIECE_WORDS * made + 2] = (uint32_t)s;
        }
    }
    return made;
}

static ridge_status check_table(const char *name, ridge_tensor table, size_t words)
{
    RIDGE_TRY(ridge_check_tensor(name, table, RIDGE_UINT32, 0));
    if (table.rank == 2 && table.shape[1] == words)
        return RIDGE_OK;
    return ridge_fail(RIDGE_ERROR_SHAPE, "%s: expected [n, %zu], got %zu elements of rank %u", name,
                      words, ridge_tensor_count(&table), table.rank);
}

static ridge_status check(const ridge_update_params *params, size_t count)
{
    if (!ridge_optimizer_name(params->optimizer->kind))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "optimizer.kind: expected an optimizer, got %d",
                          (int)params->optimizer->kind);
    RIDGE_TRY(ridge_check_tensor("parameters", params->parameters, RIDGE_FLOAT32, 0));
    RIDGE_TRY(ridge_check_tensor("gradients", params->gradients, RIDGE_FLOAT32, count));
    unsigned slots = ridge_optimizer_slots(params->optimizer);
    for (unsigned i = 0; i < slots; i++)
        RIDGE_TRY(ridge_check_tensor(i ? "slots[1]" : "slots[0]", params->slots[i], RIDGE_FLOAT32,
                                     count));
    RIDGE_TRY(check_table("segments", params->segments, SEGMENT_WORDS));
    RIDGE_TRY(check_table("pieces", params->pieces, PIECE_WORDS));
    if (count % RIDGE_SEGMENT_ALIGNMENT)
        return ridge_fail(RIDGE_ERROR_SHAPE, "parameters: expected a multiple of %d, got %zu",
                          RIDGE_SEGMENT_ALIGNMENT, count);
    RIDGE_TRY(ridge_check_tensor("notes", params->notes, RIDGE_FLOAT32, RIDGE_NOTES));
    RIDGE_TRY(ridge_check_tensor("rate", params->rate, RIDGE_FLOAT32, 1));
    return ridge_check_tensor("step", params->step, RIDGE_UINT32, 1);
}

struct ridge_work ridge_update_work(const ridge_optimizer *optimizer, size_t elements,
                                    bool gradients)
{
    unsigned penalty = 5, step = 4; // step: with decay
    unsigned each = ridge_optimizer_operations(optimizer) + penalty + step;
    unsigned words = 2 + 2 * ridge_optimizer_slots(optimizer) + gradients;
    return (struct ridge_work){
        .bytes = words * elements * sizeof(float),
        .operations = each * elements,
    };
}

struct ridge_update_numbers ridge_update_numbers(const ridge_optimizer *optimizer)
{
    float beta2 = optimizer->kind == RIDGE_RMSPROP ? optimizer->rho : optimizer->beta2;
    return (struct ridge_update_numbers){
        .momentum = optimizer->momentum,
        .beta1 = optimizer->beta1,
        .beta2 = beta2,
        .log_beta1 = (float)log(optimizer->beta1),
        .log_beta2 = (float)log(beta2),
        .epsilon = optimizer->epsilon,
        .decay = optimizer->weight_decay > 0 ? optimizer->weight_decay : 0,
    };
}

// Into how many parts the sum of a segment's squares is cut.
static size_t parts_of(const ridge_device *device, size_t count, size_t segments)
{
    bool cpu = device->walk == RIDGE_WALK_CPU;
    size_t parts = count / segments / (cpu ? 16384 : 4096);
    parts = minimum(parts, device->info.compute_units * (cpu ? 4u : 8u));
    return parts ? parts : 1;
}

// The squares of all gradients, for clipping by norms and to be noted.
static ridge_status measure(ridge_launcher *on, const ridge_update_params *params,
                            const char *defines, size_t parts, cl_mem *squares)
{
    size_t count = ridge_tensor_count(&params->parameters), n = params->segments.shape[0];
    RIDGE_TRY(ridge_scratch(on, n * parts * PAIR_BYTES, squares));
    struct ridge_launch launch = {
        .program = "update",
        .kernel = "gradient_squares",
        .defines = defines,
        .arguments = {RIDGE_ARG_TENSOR(params->parameters), RIDGE_ARG_TENSOR(params->gradients),
                      RIDGE_ARG_TENSOR(params->segments), RIDGE_ARG_ULONG(n), RIDGE_ARG_UINT(parts),
                      RIDGE_ARG_BUFFER(*squares)},
        .work = {2 * count * sizeof(float) + n * parts * PAIR_BYTES, 7 * count},
    };
    ridge_launch_rows(on->device, &launch, n * parts, count / (n * parts));
    return ridge_launch(on, &launch);
}

ridge_status ridge_update(ridge_launcher *on, const ridge_update_params *params)
{
    size_t all = params ? ridge_tensor_count(&params->parameters) : 0;
    return ridge_update_pieces_of(on, params, all);
}

ridge_status ridge_update_pieces_of(ridge_launcher *on, const ridge_update_params *params,
                                    size_t elements)
{
    RIDGE_TRY(ridge_check_launcher(on));
    if (!params || !params->optimizer)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "params, optimizer: expected pointers, got NULL");
    size_t count = ridge_tensor_count(&params->parameters);
    RIDGE_TRY(check(params, count));
    const ridge_optimizer *optimizer = params->optimizer;
    float clip_limit;
    cl_uint clip = clip_of(optimizer, &clip_limit);
    size_t segments = params->segments.shape[0], pieces = params->pieces.shape[0];
    size_t parts = parts_of(on->device, count, segments);
    char defines[64];
    snprintf(defines, sizeof(defines), "-DOPTIMIZER=%d -DMOMENTUM=%d -DNESTEROV=%d",
             (int)optimizer->kind, optimizer->momentum > 0, optimizer->nesterov);
    cl_mem squares = params->gradients.buffer; // not read
    if (clip)
        RIDGE_TRY(measure(on, params, defines, parts, &squares));
    // An argument must be there even where the kernel does not read it.
    ridge_tensor unused = {.buffer = params->gradients.buffer}, slots[2];
    for (int i = 0; i < 2; i++)
        slots[i] = params->slots[i].buffer ? params->slots[i] : unused;
    struct ridge_update_numbers numbers = ridge_update_numbers(optimizer);
    struct ridge_launch launch = {
        .program = "update",
        .kernel = "update",
        .defines = defines,
        .arguments = {RIDGE_ARG_TENSOR(params->parameters), RIDGE_ARG_TENSOR(params->gradients),
                      RIDGE_ARG_TENSOR(slots[0]), RIDGE_ARG_TENSOR(slots[1]),
                      RIDGE_ARG_TENSOR(params->segments), RIDGE_ARG_TENSOR(params->pieces),
                      RIDGE_ARG_TENSOR(params->rate), RIDGE_ARG_TENSOR(params->step),
                      RIDGE_ARG_TENSOR(params->notes), RIDGE_ARG_BUFFER(squares),
                      RIDGE_ARG_UINT(parts), RIDGE_ARG_ULONG(segments * parts),
                      RIDGE_ARG_UINT(clip), RIDGE_ARG_FLOAT(clip_limit),
                      RIDGE_UPDATE_NUMBERS(numbers), RIDGE_ARG_ULONG(pieces)},
        .work = ridge_update_work(optimizer, elements, true),
    };
    ridge_launch_rows(on->device, &launch, pieces, pieces ? elements / pieces : 0);
    return ridge_launch(on, &launch);
}

// SPDX-License-Identifier: Apache-2.0
// Batches: rows of a data set by index, scaled to float32, with a dropout and their targets.
#include "ops/gather.h"

#include <ridge/ops.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"
#include "ops/dropout.h"
#include "ops/random.h"

#define FEW_TARGETS 16 // of a row: as many as one work-item copies beside other work

static ridge_status check(ridge_tensor source, ridge_tensor index, size_t first,
                          ridge_tensor position, ridge_tensor y)
{
    bool integers = source.type == RIDGE_INT32;
    if (source.type != RIDGE_UINT8 && source.type != RIDGE_FLOAT32 && !integers)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "source: expected type uint8, float32 or int32, got %s",
                          ridge_type_name(source.type));
    RIDGE_TRY(ridge_check_tensor("source", source, source.type, 0));
    RIDGE_TRY(ridge_check_tensor("y", y, integers ? RIDGE_INT32 : RIDGE_FLOAT32, 0));
    if (index.buffer)
        RIDGE_TRY(ridge_check_tensor("index", index, RIDGE_UINT32, 0));
    if (position.buffer)
        RIDGE_TRY(ridge_check_tensor("position", position, RIDGE_UINT32, 1));
    if (!source.rank || !y.rank)
        return ridge_fail(RIDGE_ERROR_SHAPE, "source, y: expected rows, got a scalar");
    size_t expected = ridge_tensor_count(&source) / source.shape[0];
    size_t found = ridge_tensor_count(&y) / y.shape[0];
    if (expected != found)
        return ridge_fail(RIDGE_ERROR_SHAPE, "y: expected rows of %zu elements, got %zu", expected,
                          found);
    size_t rows = index.buffer ? ridge_tensor_count(&index) : source.shape[0];
    if (first > rows || y.shape[0] > rows - first)
        return ridge_fail(RIDGE_ERROR_SHAPE, "y: expected at most %zu rows from %s %zu on, got %zu",
                          first > rows ? 0 : rows - first, index.buffer ? "index" : "row", first,
                          y.shape[0]);
    return RIDGE_OK;
}

static size_t row_size(const ridge_tensor *rows)
{
    return rows->buffer ? ridge_tensor_count(rows) / rows->shape[0] : 0;
}

// SOURCE of cl/gather.cl.
static const char *defines_of(ridge_type source)
{
    return source == RIDGE_INT32   ? "-DSOURCE=2"
           : source == RIDGE_UINT8 ? "-DSOURCE=1"
                                   : "-DSOURCE=0";
}

static struct ridge_work work_of(const struct ridge_batch *batch, size_t rows, size_t size,
                                 size_t targets)
{
    size_t of_row = size * (ridge_type_size(batch->source.type) + sizeof(float)) +
                    2 * targets * sizeof(float) + (batch->index.buffer ? sizeof(uint32_t) : 0);
    size_t of_element = batch->source.type == RIDGE_INT32 ? 0 : batch->dropout_rate > 0 ? 3 : 2;
    return (struct ridge_work){rows * of_row, rows * size * of_element};
}

// An argument must be there even where the kernel does not read it.
static ridge_tensor or_else(ridge_tensor tensor, ridge_tensor other)
{
    return tensor.buffer ? tensor : (ridge_tensor){.buffer = other.buffer};
}

static ridge_status launch(ridge_launcher *on, const struct ridge_batch *batch, ridge_tensor y,
                           ridge_tensor targets)
{
    size_t rows = y.shape[0], size = row_size(&y);
    const ridge_random *random = &batch->random;
    ridge_tensor index = or_else(batch->index, y), position = or_else(batch->position, y);
    ridge_tensor target_source = or_else(batch->target_source, y), step_at;
    size_t target_size = row_size(&targets);
    targets = or_else(targets, y);
    bool drops = batch->dropout_rate > 0;
    RIDGE_TRY(ridge_check_random(random, y, &step_at));
    struct ridge_launch launch = {
        .program = "gather",
        .kernel = "gather",
        .defines = defines_of(batch->source.type),
        .arguments = {RIDGE_ARG_TENSOR(batch->source), RIDGE_ARG_TENSOR(index),
                      RIDGE_ARG_UINT(batch->index.buffer != NULL), RIDGE_ARG_TENSOR(position),
                      RIDGE_ARG_UINT(batch->position.buffer != NULL), RIDGE_ARG_ULONG(batch->first),
                      RIDGE_ARG_FLOAT(batch->scale), RIDGE_ARG_FLOAT(batch->shift),
                      RIDGE_ARG_TENSOR(y), RIDGE_ARG_ULONG(rows), RIDGE_ARG_ULONG(size),
                      RIDGE_ARG_RANDOM(random, step_at), RIDGE_ARG_UINT(drops),
                      RIDGE_ARG_UINT(ridge_dropout_limit(batch->dropout_rate)),
                      RIDGE_ARG_FLOAT(ridge_dropout_scale(batch->dropout_rate)),
                      RIDGE_ARG_TENSOR(target_source), RIDGE_ARG_TENSOR(targets),
                      RIDGE_ARG_ULONG(target_size)},
        .work = work_of(batch, rows, size, target_size),
    };
    ridge_launch_elements(on->device, &launch, rows * size);
    return ridge_launch(on, &launch);
}

ridge_status ridge_gather(ridge_launcher *on, ridge_tensor source, ridge_tensor index, size_t first,
                          ridge_tensor position, float scale, float shift, ridge_tensor y)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(check(source, index, first, position, y));
    const struct ridge_batch batch = {.source = source,
                                      .index = index,
                                      .position = position,
                                      .first = first,
                                      .scale = scale,
                                      .shift = shift};
    return launch(on, &batch, y, (ridge_tensor){0});
}

// Targets by a launch of their own.
static ridge_status gather_targets(ridge_launcher *on, const struct ridge_batch *batch,
                                   ridge_tensor targets)
{
    return ridge_gather(on, batch->target_source, batch->index, batch->first, batch->position, 1, 0,
                        targets);
}

ridge_status ridge_gather_batch(ridge_launcher *on, const struct ridge_batch *batch, ridge_tensor y,
                                ridge_tensor targets)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(check(batch->source, batch->index, batch->first, batch->position, y));
    if (!targets.buffer || row_size(&targets) >= FEW_TARGETS) {
        RIDGE_TRY(launch(on, batch, y, (ridge_tensor){0}));
        return targets.buffer ? gather_targets(on, batch, targets) : RIDGE_OK;
    }
    RIDGE_TRY(check(batch->target_source, batch->index, batch->first, batch->position, targets));
    return launch(on, batch, y, targets);
}

// SPDX-License-Identifier: Apache-2.0
// Batches: rows of a data set by index, scaled to float32.
#include <ridge/ops.h>

#include <stdio.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

#define NARROW 16 // elements; rows below that are not worth a work-group

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

static struct ridge_work work_of(ridge_type source, bool has_index, size_t rows, size_t size)
{
    size_t of_element = ridge_type_size(source) + sizeof(float);
    size_t of_row = has_index ? sizeof(uint32_t) : 0;
    return (struct ridge_work){
        .bytes = rows * (size * of_element + of_row),
        .operations = source == RIDGE_INT32 ? 0 : 2 * rows * size,
    };
}

ridge_status ridge_gather(ridge_launcher *on, ridge_tensor source, ridge_tensor index, size_t first,
                          ridge_tensor position, float scale, float shift, ridge_tensor y)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(check(source, index, first, position, y));
    size_t rows = y.shape[0], size = ridge_tensor_count(&y) / rows;
    char defines[64];
    snprintf(defines, sizeof(defines), "-DSOURCE=%d -DHAVE_INDEX=%d -DHAVE_POSITION=%d",
             source.type == RIDGE_INT32 ? 2 : source.type == RIDGE_UINT8, index.buffer != NULL,
             position.buffer != NULL);
    bool has_index = index.buffer != NULL;
    // An argument must be there even where the kernel does not read it.
    if (!has_index)
        index = (ridge_tensor){.buffer = y.buffer};
    if (!position.buffer)
        position = (ridge_tensor){.buffer = y.buffer};
    struct ridge_launch launch = {
        .program = "gather",
        .kernel = size < NARROW ? "gather_narrow" : "gather_rows",
        .defines = defines,
        .arguments = {RIDGE_ARG_TENSOR(source), RIDGE_ARG_TENSOR(index), RIDGE_ARG_TENSOR(position),
                      RIDGE_ARG_ULONG(first), RIDGE_ARG_FLOAT(scale), RIDGE_ARG_FLOAT(shift),
                      RIDGE_ARG_TENSOR(y), RIDGE_ARG_ULONG(rows), RIDGE_ARG_ULONG(size)},
        .work = work_of(source.type, has_index, rows, size),
    };
    if (size < NARROW)
        ridge_launch_elements(on->device, &launch, rows);
    else
        ridge_launch_rows(on->device, &launch, rows, size);
    return ridge_launch(on, &launch);
}

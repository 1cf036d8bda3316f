// SPDX-License-Identifier: Apache-2.0
// Columns of a matrix to columns of another.
#include <ridge/ops.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

// Elements that a group takes at a time: enough for all its work-items, and for a stream of memory.
#define BLOCK_CPU 16384
#define BLOCK_GPU 1024

static ridge_status check(const char *name, ridge_tensor tensor, size_t first, size_t count,
                          size_t *rows, size_t *columns)
{
    RIDGE_TRY(ridge_check_tensor(name, tensor, RIDGE_FLOAT32, 0));
    if (!tensor.rank)
        return ridge_fail(RIDGE_ERROR_SHAPE, "%s: expected [..., columns], got a scalar", name);
    *columns = tensor.shape[tensor.rank - 1];
    *rows = ridge_tensor_count(&tensor) / *columns;
    if (first > *columns || count > *columns - first)
        return ridge_fail(RIDGE_ERROR_SHAPE, "%s: expected columns up to %zu, got %zu from %zu on",
                          name, *columns, count, first);
    return RIDGE_OK;
}

ridge_status ridge_copy_columns(ridge_launcher *on, ridge_tensor x, size_t from, ridge_tensor y,
                                size_t to, size_t count, bool accumulate)
{
    size_t rows, y_rows, x_columns, y_columns;
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(check("x", x, from, count, &rows, &x_columns));
    RIDGE_TRY(check("y", y, to, count, &y_rows, &y_columns));
    if (rows != y_rows)
        return ridge_fail(RIDGE_ERROR_SHAPE, "y: expected %zu rows as in x, got %zu", rows, y_rows);
    if (!count || count > (size_t)1 << 31)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "count: expected 1 to 2147483648, got %zu", count);
    size_t block = on->device->walk == RIDGE_WALK_CPU ? BLOCK_CPU : BLOCK_GPU;
    size_t height = count < block ? block / count : 1, blocks = (rows + height - 1) / height;
    struct ridge_launch launch = {
        .program = "columns",
        .kernel = "copy_columns",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_ULONG(from),
                      RIDGE_ARG_ULONG(x_columns), RIDGE_ARG_ULONG(to), RIDGE_ARG_ULONG(y_columns),
                      RIDGE_ARG_UINT(count), RIDGE_ARG_UINT(accumulate), RIDGE_ARG_UINT(height),
                      RIDGE_ARG_ULONG(rows)},
        .work = {(accumulate ? 3 : 2) * rows * count * sizeof(float),
                 accumulate ? rows * count : 0},
    };
    ridge_launch_rows(on->device, &launch, blocks, height * count);
    return ridge_launch(on, &launch);
}

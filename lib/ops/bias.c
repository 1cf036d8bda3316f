// SPDX-License-Identifier: Apache-2.0
// The gradient of a bias: sums down columns.
#include <ridge/ops.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

// Rows that one work-group sums up. The parts of a taller matrix are summed side by side, and then
// their sums, so that few columns do not mean few work-groups.
#define PART_CPU 4096
#define PART_GPU 256

static ridge_status sum_rows(ridge_launcher *on, ridge_tensor x, ridge_tensor y, size_t rows,
                             size_t columns, size_t height)
{
    bool cpu = on->device->walk == RIDGE_WALK_CPU;
    size_t each = cpu ? 64 : 4 * 32; // columns of a work-group
    size_t parts = (rows + height - 1) / height, items = cpu ? 1 : 32;
    return ridge_launch(
        on, &(struct ridge_launch){
                .program = "bias",
                .kernel = "sum_rows",
                .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_ULONG(rows),
                              RIDGE_ARG_ULONG(columns), RIDGE_ARG_ULONG(height)},
                .global = {(columns + each - 1) / each * items, parts},
                .local = {items, 1},
                .work = {(rows + parts) * columns * sizeof(float), rows * columns},
            });
}

ridge_status ridge_bias_gradient(ridge_launcher *on, ridge_tensor dy, ridge_tensor db)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("dy", dy, RIDGE_FLOAT32, 0));
    if (dy.rank != 2)
        return ridge_fail(RIDGE_ERROR_SHAPE, "dy: expected 2 dimensions, got %u", dy.rank);
    size_t rows = dy.shape[0], columns = dy.shape[1];
    RIDGE_TRY(ridge_check_tensor("db", db, RIDGE_FLOAT32, columns));
    size_t height = on->device->walk == RIDGE_WALK_CPU ? PART_CPU : PART_GPU;
    if (rows <= height)
        return sum_rows(on, dy, db, rows, columns, height);
    size_t parts = (rows + height - 1) / height;
    ridge_tensor sums = {.offset = 0};
    RIDGE_TRY(ridge_scratch(on, parts * columns * sizeof(float), &sums.buffer));
    RIDGE_TRY(sum_rows(on, dy, sums, rows, columns, height));
    return sum_rows(on, sums, db, parts, columns, parts);
}

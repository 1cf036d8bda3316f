// SPDX-License-Identifier: Apache-2.0
// The gradient of a bias: sums down columns.
#include "ops/bias.h"

#include <ridge/gemm.h>

#include "base/error.h"
#include "base/size.h"
#include "device/device.h"
#include "ops/activation.h"
#include "ops/check.h"
#include "ops/strips.h"

// Rows that one work-group sums up. The parts of a taller matrix are summed side by side, and then
// their sums, so that few columns do not mean few work-groups.
#define PART_CPU 4096
#define PART_GPU 256

// Work sizes for x [rows, columns], summed in parts of `height` rows.
static void launch_columns(const ridge_device *device, struct ridge_launch *launch, size_t rows,
                           size_t columns, size_t height)
{
    struct ridge_strips strips = {.rows = rows, .channels = columns, .inner = 1};
    ridge_launch_strips(device, launch, &strips, height);
    if (device->walk == RIDGE_WALK_CPU)
        launch->global[0] = ridge_divide_up(columns, 64);
}

static ridge_status sum_rows(ridge_launcher *on, ridge_tensor x, size_t ld, ridge_tensor y,
                             size_t rows, size_t columns, size_t height)
{
    size_t parts = (rows + height - 1) / height;
    struct ridge_launch launch = {
        .program = "bias",
        .kernel = "sum_rows",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_ULONG(ld), RIDGE_ARG_TENSOR(y),
                      RIDGE_ARG_ULONG(rows), RIDGE_ARG_ULONG(columns), RIDGE_ARG_ULONG(height)},
        .work = {(rows + parts) * columns * sizeof(float), rows * columns},
    };
    launch_columns(on->device, &launch, rows, columns, height);
    return ridge_launch(on, &launch);
}

static size_t part_height(const ridge_device *device)
{
    return device->walk == RIDGE_WALK_CPU ? PART_CPU : PART_GPU;
}

ridge_status ridge_sum_rows(ridge_launcher *on, ridge_tensor x, size_t ld, size_t rows,
                            size_t columns, ridge_tensor y)
{
    size_t height = part_height(on->device), parts = (rows + height - 1) / height;
    if (parts == 1)
        return sum_rows(on, x, ld, y, rows, columns, height);
    ridge_tensor sums = {.offset = 0};
    RIDGE_TRY(ridge_scratch(on, parts * columns * sizeof(float), &sums.buffer));
    RIDGE_TRY(sum_rows(on, x, ld, sums, rows, columns, height));
    return sum_rows(on, sums, columns, y, parts, columns, parts);
}

ridge_status ridge_bias_gradient(ridge_launcher *on, ridge_tensor dy, ridge_tensor db)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("dy", dy, RIDGE_FLOAT32, 0));
    if (dy.rank != 2)
        return ridge_fail(RIDGE_ERROR_SHAPE, "dy: expected 2 dimensions, got %u", dy.rank);
    size_t rows = dy.shape[0], columns = dy.shape[1];
    RIDGE_TRY(ridge_check_tensor("db", db, RIDGE_FLOAT32, columns));
    return ridge_sum_rows(on, dy, columns, rows, columns, db);
}

ridge_status ridge_activation_bias_gradient(ridge_launcher *on, ridge_activation activation,
                                            float parameter, float scale, ridge_tensor saved,
                                            ridge_tensor dy, ridge_tensor db)
{
    size_t rows = dy.shape[0], columns = dy.shape[1], height = part_height(on->device);
    size_t parts = (rows + height - 1) / height;
    ridge_tensor sums = db;
    if (parts > 1) {
        sums.offset = 0;
        RIDGE_TRY(ridge_scratch(on, parts * columns * sizeof(float), &sums.buffer));
    }
    parameter = ridge_activation_parameter(activation, parameter);
    struct ridge_launch launch = {
        .program = "bias",
        .kernel = "activation_sum_rows",
        .defines = ridge_activation_define(activation),
        .arguments = {RIDGE_ARG_TENSOR(saved), RIDGE_ARG_TENSOR(dy), RIDGE_ARG_TENSOR(sums),
                      RIDGE_ARG_FLOAT(parameter), RIDGE_ARG_FLOAT(scale), RIDGE_ARG_ULONG(rows),
                      RIDGE_ARG_ULONG(columns), RIDGE_ARG_ULONG(height)},
        .work = {(3 * rows + parts) * columns * sizeof(float),
                 rows * columns * (ridge_activation_operations(activation) + 2)},
    };
    launch_columns(on->device, &launch, rows, columns, height);
    RIDGE_TRY(ridge_launch(on, &launch));
    return parts > 1 ? sum_rows(on, sums, columns, db, parts, columns, parts) : RIDGE_OK;
}

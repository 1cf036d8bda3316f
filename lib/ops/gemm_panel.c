// SPDX-License-Identifier: Apache-2.0
// GEMM with kernels of our own. CPU walk: both matrices are packed into panels first, so that the
// product kernel reads memory strictly forwards. GPU walk: tiles in local memory.
#include "base/error.h"
#include "device/device.h"
#include "ops/activation.h"
#include "ops/gemm.h"

// As in cl/gemm_pack.cl and cl/gemm_panel.cl.
#define STRIP_ROWS 12
#define STRIP_COLUMNS 32
#define TILE 64
#define TILE_ITEMS 16

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

// One matrix into strips of `lines`: element (i, l) is at i * line + l * step.
static ridge_status pack(ridge_launcher *on, const char *kernel, ridge_tensor x, size_t line,
                         size_t step, size_t lines, size_t k, ridge_tensor panels, size_t strips)
{
    return ridge_launch(
        on, &(struct ridge_launch){
                .program = "gemm_pack",
                .kernel = kernel,
                .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_ULONG(line), RIDGE_ARG_ULONG(step),
                              RIDGE_ARG_ULONG(lines), RIDGE_ARG_ULONG(k), RIDGE_ARG_TENSOR(panels)},
                .global = {strips},
                .local = {1},
            });
}

static ridge_status run_packed(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    const ridge_gemm_shape *shape = &call->shape;
    size_t m = shape->m, n = shape->n, k = shape->k;
    size_t row_strips = divide_up(m, STRIP_ROWS), column_strips = divide_up(n, STRIP_COLUMNS);
    ridge_tensor rows = {.offset = 0}, columns = {.offset = row_strips * STRIP_ROWS * k};
    RIDGE_TRY(ridge_scratch(
        on, (columns.offset + column_strips * STRIP_COLUMNS * k) * sizeof(float), &rows.buffer));
    columns.buffer = rows.buffer;
    struct ridge_gemm_strides strides = ridge_gemm_strides(shape);
    RIDGE_TRY(
        pack(on, "pack_rows", call->a, strides.a_row, strides.a_column, m, k, rows, row_strips));
    RIDGE_TRY(pack(on, "pack_columns", call->b, strides.b_column, strides.b_row, n, k, columns,
                   column_strips));
    return ridge_launch(
        on, &(struct ridge_launch){
                .program = "gemm_panel",
                .kernel = "gemm_panel",
                .defines = ridge_activation_define(call->epilogue.activation),
                .arguments = {RIDGE_ARG_TENSOR(rows), RIDGE_ARG_ULONG(columns.offset),
                              RIDGE_ARG_ULONG(m), RIDGE_ARG_ULONG(k), RIDGE_GEMM_WRITE_OUT(call)},
                .global = {column_strips},
                .local = {1},
            });
}

static ridge_status run_tiled(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    const ridge_gemm_shape *shape = &call->shape;
    struct ridge_gemm_strides strides = ridge_gemm_strides(shape);
    return ridge_launch(
        on, &(struct ridge_launch){
                .program = "gemm_panel",
                .kernel = "gemm_tiled",
                .defines = ridge_activation_define(call->epilogue.activation),
                .arguments = {RIDGE_ARG_TENSOR(call->a), RIDGE_ARG_ULONG(strides.a_row),
                              RIDGE_ARG_ULONG(strides.a_column), RIDGE_ARG_TENSOR(call->b),
                              RIDGE_ARG_ULONG(strides.b_row), RIDGE_ARG_ULONG(strides.b_column),
                              RIDGE_ARG_ULONG(shape->m), RIDGE_ARG_ULONG(shape->k),
                              RIDGE_GEMM_WRITE_OUT(call)},
                .global = {divide_up(shape->n, TILE) * TILE_ITEMS,
                           divide_up(shape->m, TILE) * TILE_ITEMS},
                .local = {TILE_ITEMS, TILE_ITEMS},
            });
}

ridge_status ridge_gemm_panel(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    if (on->device->walk == RIDGE_WALK_CPU)
        return run_packed(on, call);
    if (on->device->info.largest_group < TILE_ITEMS * TILE_ITEMS)
        return ridge_gemm_plain(on, call);
    return run_tiled(on, call);
}

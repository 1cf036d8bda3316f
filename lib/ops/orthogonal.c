// SPDX-License-Identifier: Apache-2.0
// The orthogonal penalty: cosines by one product, the gradient by another.
#include "ops/orthogonal.h"

#include <math.h>
#include <ridge/gemm.h>
#include <ridge/loss.h>
#include <ridge/ops.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

const char *const ridge_orthogonal_choices[] = {"rows", "columns", NULL};

// How many vectors there are.
static size_t vectors_of(ridge_orthogonal_mode mode, size_t rows, size_t columns)
{
    return mode == RIDGE_ORTHOGONAL_ROWS ? rows : columns;
}

size_t ridge_orthogonal_work(ridge_orthogonal_mode mode, size_t rows, size_t columns)
{
    size_t n = vectors_of(mode, rows, columns);
    return n * (n + 2);
}

static ridge_status check(ridge_launcher *on, float factor, ridge_orthogonal_mode mode,
                          ridge_tensor w, ridge_tensor work)
{
    RIDGE_TRY(ridge_check_launcher(on));
    if (!(factor >= 0) || isinf(factor))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "factor: expected a number from 0, got %g",
                          (double)factor);
    if (mode != RIDGE_ORTHOGONAL_ROWS && mode != RIDGE_ORTHOGONAL_COLUMNS)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "mode: expected 0 or 1, got %d", (int)mode);
    RIDGE_TRY(ridge_check_tensor("w", w, RIDGE_FLOAT32, 0));
    if (w.rank != 2)
        return ridge_fail(RIDGE_ERROR_SHAPE, "w: expected 2 dimensions, got %u", w.rank);
    if (vectors_of(mode, w.shape[0], w.shape[1]) < 2)
        return ridge_fail(RIDGE_ERROR_SHAPE, "w: expected at least 2 %s, got 1",
                          ridge_orthogonal_choices[mode]);
    return ridge_check_tensor("work", work, RIDGE_FLOAT32,
                              ridge_orthogonal_work(mode, w.shape[0], w.shape[1]));
}

static ridge_status scale_of_each(ridge_launcher *on, ridge_tensor m, ridge_tensor scales, size_t n)
{
    struct ridge_launch launch = {
        .program = "orthogonal",
        .kernel = "orthogonal_scales",
        .arguments = {RIDGE_ARG_TENSOR(m), RIDGE_ARG_TENSOR(scales), RIDGE_ARG_ULONG(n)},
        .work = {2 * n * sizeof(float), 2 * n},
    };
    ridge_launch_elements(on->device, &launch, n);
    return ridge_launch(on, &launch);
}

static ridge_status rows_of_cosines(ridge_launcher *on, float c, ridge_tensor m,
                                    ridge_tensor scales, ridge_tensor penalties, size_t n)
{
    struct ridge_launch launch = {
        .program = "orthogonal",
        .kernel = "orthogonal_rows",
        .arguments = {RIDGE_ARG_TENSOR(m), RIDGE_ARG_TENSOR(scales), RIDGE_ARG_TENSOR(penalties),
                      RIDGE_ARG_FLOAT(c), RIDGE_ARG_ULONG(n)},
        .work = {(2 * n * n + 2 * n) * sizeof(float), 6 * n * n},
    };
    ridge_launch_rows(on->device, &launch, n, n);
    return ridge_launch(on, &launch);
}

ridge_status ridge_orthogonal_penalty(ridge_launcher *on, float factor, ridge_orthogonal_mode mode,
                                      ridge_tensor w, ridge_tensor work, ridge_tensor penalty,
                                      ridge_tensor gradient)
{
    RIDGE_TRY(check(on, factor, mode, w, work));
    if (penalty.buffer)
        RIDGE_TRY(ridge_check_tensor("penalty", penalty, RIDGE_FLOAT32, 1));
    if (gradient.buffer)
        RIDGE_TRY(ridge_check_tensor("gradient", gradient, RIDGE_FLOAT32, ridge_tensor_count(&w)));
    bool by_rows = mode == RIDGE_ORTHOGONAL_ROWS;
    size_t rows = w.shape[0], columns = w.shape[1], n = by_rows ? rows : columns;
    ridge_tensor m = ridge_tensor_reshaped(work, RIDGE_SHAPE(n, n));
    ridge_tensor scales = ridge_tensor_reshaped(work, RIDGE_SHAPE(n)), penalties = scales;
    scales.offset += n * n;
    penalties.offset = scales.offset + n;

    ridge_gemm_shape products = {.transpose_a = !by_rows,
                                 .transpose_b = by_rows,
                                 .m = n,
                                 .n = n,
                                 .k = by_rows ? columns : rows};
    float c = (float)((double)factor / ((double)n * (double)(n - 1)));
    RIDGE_TRY(ridge_gemm(on, &products, 1, w, w, 0, m, NULL));
    RIDGE_TRY(scale_of_each(on, m, scales, n));
    RIDGE_TRY(rows_of_cosines(on, c, m, scales, penalties, n));
    if (penalty.buffer)
        RIDGE_TRY(ridge_reduce(on, RIDGE_SUM, penalties, penalty));
    if (!gradient.buffer)
        return RIDGE_OK;
    // rows: T W; columns: (T W^T)^T
    ridge_gemm_shape chain = {.transpose_b = !by_rows, .m = rows, .n = columns, .k = n};
    return by_rows ? ridge_gemm(on, &chain, 1, m, w, 1, gradient, NULL)
                   : ridge_gemm(on, &chain, 1, w, m, 1, gradient, NULL);
}

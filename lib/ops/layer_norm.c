// SPDX-License-Identifier: Apache-2.0
// Layer normalisation: one launch forward; backward one for dx, two for gamma and beta, whose sums
// go down the columns.
#include <ridge/normalisation.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/activation.h"
#include "ops/check.h"
#include "ops/normalisation.h"
#include "ops/strips.h"

struct layer_norm {
    const ridge_normalisation *norm;
    size_t rows, columns;
    ridge_tensor x, gamma, beta, statistics;
    float parameter;
    cl_uint flags;
    const char *defines;
};

static ridge_status begin(ridge_launcher *on, const ridge_normalisation *norm, ridge_tensor x,
                          ridge_tensor statistics, struct layer_norm *l)
{
    RIDGE_TRY(ridge_check_launcher(on));
    *l = (struct layer_norm){.norm = norm, .x = x, .statistics = statistics};
    RIDGE_TRY(ridge_check_rows("x", x, &l->rows, &l->columns));
    RIDGE_TRY(ridge_normalisation_check(norm, l->columns));
    if (statistics.buffer)
        RIDGE_TRY(ridge_check_tensor("statistics", statistics, RIDGE_FLOAT32, 3 * l->rows));
    // An argument must be there even where the kernel does not touch it.
    l->gamma = norm->gamma.buffer ? norm->gamma : x;
    l->beta = norm->beta.buffer ? norm->beta : x;
    l->parameter = ridge_activation_parameter(norm->activation, norm->parameter);
    l->defines = ridge_activation_define(norm->activation);
    return RIDGE_OK;
}

static struct ridge_work work_of(const struct layer_norm *l, unsigned tensors, unsigned operations)
{
    size_t count = l->rows * l->columns;
    return (struct ridge_work){tensors * count * sizeof(float),
                               count *
                                   (operations + ridge_activation_operations(l->norm->activation))};
}

ridge_status ridge_layer_norm_forward(ridge_launcher *on, const ridge_normalisation *norm,
                                      ridge_tensor x, ridge_tensor y, ridge_tensor statistics)
{
    struct layer_norm l;
    RIDGE_TRY(begin(on, norm, x, statistics, &l));
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, l.rows * l.columns));
    l.flags = ridge_normalisation_flags(norm, NULL);
    l.flags |= statistics.buffer ? HAS_STATE : 0;
    if (!statistics.buffer)
        statistics = y;
    struct ridge_launch launch = {
        .program = "layer_norm",
        .kernel = "layer_norm_forward",
        .defines = l.defines,
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_TENSOR(l.gamma),
                      RIDGE_ARG_TENSOR(l.beta), RIDGE_ARG_TENSOR(statistics),
                      RIDGE_ARG_FLOAT(norm->epsilon), RIDGE_ARG_FLOAT(l.parameter),
                      RIDGE_ARG_UINT(l.flags), RIDGE_ARG_ULONG(l.rows), RIDGE_ARG_ULONG(l.columns)},
        .work = work_of(&l, 2, 11),
    };
    ridge_launch_rows(on->device, &launch, l.rows, l.columns);
    return ridge_launch(on, &launch);
}

static ridge_status pass_back(ridge_launcher *on, const struct layer_norm *l, ridge_tensor dy,
                              const ridge_normalisation_gradients *wanted)
{
    struct ridge_launch launch = {
        .program = "layer_norm",
        .kernel = "layer_norm_backward",
        .defines = l->defines,
        .arguments = {RIDGE_ARG_TENSOR(l->x), RIDGE_ARG_TENSOR(dy), RIDGE_ARG_TENSOR(wanted->x),
                      RIDGE_ARG_TENSOR(l->gamma), RIDGE_ARG_TENSOR(l->beta),
                      RIDGE_ARG_TENSOR(l->statistics), RIDGE_ARG_FLOAT(l->norm->epsilon),
                      RIDGE_ARG_FLOAT(l->parameter), RIDGE_ARG_UINT(l->flags),
                      RIDGE_ARG_ULONG(l->rows), RIDGE_ARG_ULONG(l->columns)},
        .work = work_of(l, wanted->accumulate ? 4 : 3, 18),
    };
    ridge_launch_rows(on->device, &launch, l->rows, l->columns);
    return ridge_launch(on, &launch);
}

static ridge_status find_sums(ridge_launcher *on, const struct layer_norm *l, ridge_tensor dy,
                              ridge_tensor partials, const struct ridge_strips *strips,
                              size_t height)
{
    struct ridge_launch launch = {
        .program = "layer_norm",
        .kernel = "layer_norm_sums",
        .defines = l->defines,
        .arguments = {RIDGE_ARG_TENSOR(l->x), RIDGE_ARG_TENSOR(dy), RIDGE_ARG_TENSOR(l->gamma),
                      RIDGE_ARG_TENSOR(l->beta), RIDGE_ARG_TENSOR(l->statistics),
                      RIDGE_ARG_TENSOR(partials), RIDGE_ARG_FLOAT(l->norm->epsilon),
                      RIDGE_ARG_FLOAT(l->parameter), RIDGE_ARG_UINT(l->flags),
                      RIDGE_ARG_ULONG(height), RIDGE_ARG_ULONG(l->rows),
                      RIDGE_ARG_ULONG(l->columns)},
        .work = work_of(l, 2, 9),
    };
    ridge_launch_strips(on->device, &launch, strips, height);
    return ridge_launch(on, &launch);
}

static ridge_status sum_parameters(ridge_launcher *on, const struct layer_norm *l, ridge_tensor dy,
                                   const ridge_normalisation_gradients *wanted)
{
    struct ridge_strips strips = {l->rows, l->columns, 1};
    size_t height = ridge_strips_height(on->device, &strips);
    size_t parts = ridge_strips_parts(&strips, height);
    ridge_tensor totals = {.offset = 0};
    RIDGE_TRY(ridge_scratch(on, 2 * (parts + 1) * l->columns * sizeof(float), &totals.buffer));
    ridge_tensor partials = {.buffer = totals.buffer, .offset = 2 * l->columns};
    RIDGE_TRY(find_sums(on, l, dy, partials, &strips, height));
    return ridge_normalisation_join(on, "layer_norm", l->defines, wanted, partials, parts,
                                    l->columns, totals);
}

ridge_status ridge_layer_norm_backward(ridge_launcher *on, const ridge_normalisation *norm,
                                       ridge_tensor x, ridge_tensor statistics, ridge_tensor dy,
                                       const ridge_normalisation_gradients *wanted)
{
    struct layer_norm l;
    RIDGE_TRY(begin(on, norm, x, statistics, &l));
    RIDGE_TRY(ridge_normalisation_check_gradients(wanted, l.rows * l.columns, l.columns));
    RIDGE_TRY(ridge_check_tensor("statistics", statistics, RIDGE_FLOAT32, 3 * l.rows));
    RIDGE_TRY(ridge_check_tensor("dy", dy, RIDGE_FLOAT32, l.rows * l.columns));
    l.flags = ridge_normalisation_flags(norm, wanted);
    // dx may take the place of dy, so it comes last.
    if (wanted->gamma.buffer || wanted->beta.buffer)
        RIDGE_TRY(sum_parameters(on, &l, dy, wanted));
    return wanted->x.buffer ? pass_back(on, &l, dy, wanted) : RIDGE_OK;
}

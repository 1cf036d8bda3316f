// SPDX-License-Identifier: Apache-2.0
// Losses: one row per sample in, loss, gradient and correctness of every row out.
#include "ops/loss.h"

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

const char *const ridge_loss_choices[] = {
    [RIDGE_SOFTMAX_CROSS_ENTROPY] = "softmax_cross_entropy",
    [RIDGE_BINARY_CROSS_ENTROPY] = "binary_cross_entropy",
    [RIDGE_MEAN_SQUARED_ERROR] = "mean_squared_error",
    [RIDGE_MEAN_ABSOLUTE_ERROR] = "mean_absolute_error",
    [RIDGE_HUBER] = "huber",
    NULL,
};

struct loss {
    const char *program;
    const char *values;       // the defines for a float32 target, one value per element
    const char *labels;       // for one int32 label per row; NULL: takes none
    bool classes;             // each column is a class; else an output of its own
    unsigned char operations; // on an element, gradient and correctness included
};

static const struct loss losses[] = {
    [RIDGE_SOFTMAX_CROSS_ENTROPY] = {"cross_entropy", "-DSHARES=1", "", true, 10},
    [RIDGE_BINARY_CROSS_ENTROPY] = {"loss", "-DLOSS=1", "-DLOSS=1 -DLABELS=1", false, 15},
    [RIDGE_MEAN_SQUARED_ERROR] = {"loss", "-DLOSS=2", NULL, false, 5},
    [RIDGE_MEAN_ABSOLUTE_ERROR] = {"loss", "-DLOSS=3", NULL, false, 5},
    [RIDGE_HUBER] = {"loss", "-DLOSS=4", NULL, false, 8},
};

#define LOSSES (sizeof(losses) / sizeof(losses[0]))

const char *ridge_loss_name(ridge_loss loss)
{
    return (size_t)loss < LOSSES ? ridge_loss_choices[loss] : NULL;
}

static ridge_status check_params(const ridge_loss_params *params)
{
    if (!params)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "params: expected a pointer, got NULL");
    if ((size_t)params->loss >= LOSSES)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "loss: expected 0 to %zu, got %d", LOSSES - 1,
                          (int)params->loss);
    if (!(params->smoothing >= 0 && params->smoothing < 1))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "smoothing: expected [0, 1), got %g",
                          (double)params->smoothing);
    if (!(params->delta >= 0 && params->delta <= 3e38f))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "delta: expected a positive number, got %g",
                          (double)params->delta);
    return RIDGE_OK;
}

// Which defines the target's type asks for.
static ridge_status check_target(const struct loss *loss, ridge_tensor target, size_t rows,
                                 size_t columns, const char **defines)
{
    bool labels = loss->labels && target.buffer && target.type == RIDGE_INT32;
    *defines = labels ? loss->labels : loss->values;
    if (!labels)
        return ridge_check_tensor("target", target, RIDGE_FLOAT32, rows * columns);
    if (!loss->classes && columns != 1)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "target: labels for %s need 1 column, x has %zu; or give float32 values",
                          ridge_loss_choices[loss - losses], columns);
    return ridge_check_tensor("target", target, RIDGE_INT32, rows);
}

ridge_status ridge_loss_forward(ridge_launcher *on, const ridge_loss_params *params, ridge_tensor x,
                                ridge_tensor target, ridge_tensor gradient, ridge_tensor row_loss,
                                ridge_tensor row_right)
{
    size_t rows, columns;
    const char *defines;
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(check_params(params));
    const struct loss *loss = &losses[params->loss];
    RIDGE_TRY(ridge_check_rows("x", x, &rows, &columns));
    RIDGE_TRY(check_target(loss, target, rows, columns, &defines));
    bool want_gradient = gradient.buffer != NULL;
    if (want_gradient)
        RIDGE_TRY(ridge_check_tensor("gradient", gradient, RIDGE_FLOAT32, rows * columns));
    else
        gradient = row_loss; // the kernel wants some buffer
    RIDGE_TRY(ridge_check_tensor("row_loss", row_loss, RIDGE_FLOAT32, rows));
    RIDGE_TRY(ridge_check_tensor("row_right", row_right, RIDGE_FLOAT32, rows));

    double terms = (double)rows * (loss->classes ? 1 : (double)columns);
    float delta = params->delta > 0 ? params->delta : 1;
    struct ridge_launch launch = {
        .program = loss->program,
        .defines = defines,
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(target), RIDGE_ARG_TENSOR(gradient),
                      RIDGE_ARG_TENSOR(row_loss), RIDGE_ARG_TENSOR(row_right),
                      RIDGE_ARG_UINT(want_gradient), RIDGE_ARG_FLOAT((float)(1 / terms)),
                      RIDGE_ARG_FLOAT(params->smoothing), RIDGE_ARG_FLOAT(delta),
                      RIDGE_ARG_ULONG(rows), RIDGE_ARG_ULONG(columns)},
        .work = {(((want_gradient ? 2 : 1) * columns + 2) * rows + ridge_tensor_count(&target)) *
                     sizeof(float),
                 rows * columns * loss->operations},
    };
    bool narrow = ridge_launch_narrow_rows(on->device, &launch, rows, columns);
    launch.kernel = narrow ? "loss_narrow" : "loss";
    return ridge_launch(on, &launch);
}

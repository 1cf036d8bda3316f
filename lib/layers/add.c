// SPDX-License-Identifier: Apache-2.0
// Add: y = a + b, where branches join.
#include <ridge/ops.h>

#include "base/error.h"
#include "layers/layer.h"

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    (void)params;
    if (!ridge_row_equal(&inputs[0], &inputs[1])) {
        char first[96], second[96];
        return ridge_fail(RIDGE_ERROR_SHAPE, "expected inputs of equal shape, found %s and %s",
                          ridge_row_text(&inputs[0], first), ridge_row_text(&inputs[1], second));
    }
    plan->output = inputs[0];
    return RIDGE_OK;
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    RIDGE_TRY(ridge_copy(run->on, run->input[0], run->output));
    return ridge_axpy(run->on, 1, run->input[1], run->output);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    for (int i = 0; i < 2; i++) {
        ridge_tensor dx = run->input_gradient[i];
        if (!dx.buffer)
            continue;
        if (run->accumulate[i])
            RIDGE_TRY(ridge_axpy(run->on, 1, run->output_gradient, dx));
        else
            RIDGE_TRY(ridge_copy(run->on, run->output_gradient, dx));
    }
    return RIDGE_OK;
}

static const ridge_field fields[] = {
    RIDGE_NAME_FIELD(ridge_add_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_add = {
    .info = {"add", "y = a + b, of equal shapes", fields, sizeof(ridge_add_params), 2},
    .order = ridge_order_any,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

// SPDX-License-Identifier: Apache-2.0
// Alpha dropout, behind selu. Backward draws the same mask again; inference is the identity.
#include "layers/layer.h"

static bool is_random(const void *params)
{
    const ridge_alpha_dropout_params *dropout = params;
    return dropout->rate > 0;
}

static bool is_alias(const void *params, struct ridge_pass pass)
{
    return !pass.random || !is_random(params);
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    (void)params;
    plan->output = inputs[0];
    return RIDGE_OK;
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    const ridge_alpha_dropout_params *dropout = run->params;
    return ridge_alpha_dropout_apply(run->on, dropout->rate, &run->random, run->input[0],
                                     run->output);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    const ridge_alpha_dropout_params *dropout = run->params;
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    return ridge_alpha_dropout_backward(run->on, dropout->rate, &run->random, run->output_gradient,
                                        run->input_gradient[0], run->accumulate[0]);
}

static const ridge_field fields[] = {
    {"rate", RIDGE_FIELD_FLOAT, offsetof(ridge_alpha_dropout_params, rate), 0, 1,
     .maximum_excluded = true, .help = "share of elements dropped in training"},
    RIDGE_NAME_FIELD(ridge_alpha_dropout_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_alpha_dropout = {
    .info = {"alpha_dropout", "dropout that keeps mean and variance behind selu", fields,
             sizeof(ridge_alpha_dropout_params), 1},
    .is_alias = is_alias,
    .is_random = is_random,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

// SPDX-License-Identifier: Apache-2.0
// Gaussian noise, added in training; inference is the identity. Gradients pass as they are.
#include <math.h>

#include "layers/layer.h"

static bool is_random(const void *params)
{
    const ridge_gaussian_noise_params *noise = params;
    return noise->deviation > 0;
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
    const ridge_gaussian_noise_params *noise = run->params;
    return ridge_gaussian_noise_apply(run->on, noise->deviation, &run->random, run->input[0],
                                      run->output);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    return run->accumulate[0] ? ridge_axpy(run->on, 1, run->output_gradient, run->input_gradient[0])
                              : ridge_copy(run->on, run->output_gradient, run->input_gradient[0]);
}

static const ridge_field fields[] = {
    {"deviation", RIDGE_FIELD_FLOAT, offsetof(ridge_gaussian_noise_params, deviation), 0, HUGE_VAL,
     .help = "standard deviation of the noise in training"},
    RIDGE_NAME_FIELD(ridge_gaussian_noise_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_gaussian_noise = {
    .info = {"gaussian_noise", "y = x + N(0, deviation^2)", fields,
             sizeof(ridge_gaussian_noise_params), 1},
    .is_alias = is_alias,
    .is_random = is_random,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

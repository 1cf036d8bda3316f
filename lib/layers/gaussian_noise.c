// SPDX-License-Identifier: Apache-2.0
// Gaussian noise, added in training; inference is the identity. Gradients pass as they are.
#include <math.h>
#include <ridge/ops.h>

#include "layers/noise.h"

RIDGE_NOISE_STRENGTH(ridge_gaussian_noise_params, deviation);

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
    .order = ridge_order_any,
    .is_alias = ridge_noise_is_alias,
    .is_random = ridge_noise_is_random,
    .setup = ridge_noise_setup,
    .forward = forward,
    .backward = backward,
};

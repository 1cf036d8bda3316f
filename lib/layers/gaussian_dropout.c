// SPDX-License-Identifier: Apache-2.0
// Gaussian dropout. Backward draws the same factors again; inference is the identity.
#include "layers/noise.h"

RIDGE_NOISE_STRENGTH(ridge_gaussian_dropout_params, rate);

static ridge_status forward(const struct ridge_layer_run *run)
{
    const ridge_gaussian_dropout_params *dropout = run->params;
    return ridge_gaussian_dropout_apply(run->on, dropout->rate, &run->random, run->input[0],
                                        run->output, false);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    const ridge_gaussian_dropout_params *dropout = run->params;
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    return ridge_gaussian_dropout_apply(run->on, dropout->rate, &run->random, run->output_gradient,
                                        run->input_gradient[0], run->accumulate[0]);
}

static const ridge_field fields[] = {
    {"rate", RIDGE_FIELD_FLOAT, offsetof(ridge_gaussian_dropout_params, rate), 0, 1,
     .maximum_excluded = true, .help = "noise of deviation sqrt(rate / (1 - rate)) in training"},
    RIDGE_NAME_FIELD(ridge_gaussian_dropout_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_gaussian_dropout = {
    .info = {"gaussian_dropout", "y = x N(1, rate / (1 - rate))", fields,
             sizeof(ridge_gaussian_dropout_params), 1},
    .order = ridge_order_any,
    .is_alias = ridge_noise_is_alias,
    .is_random = ridge_noise_is_random,
    .setup = ridge_noise_setup,
    .forward = forward,
    .backward = backward,
};

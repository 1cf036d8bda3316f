// SPDX-License-Identifier: Apache-2.0
// What layers of noise share.
#include "layers/noise.h"

bool ridge_noise_is_random(const void *params)
{
    const float *strength = params;
    return *strength > 0;
}

bool ridge_noise_is_alias(const void *params, struct ridge_pass pass)
{
    return !pass.random || !ridge_noise_is_random(params);
}

ridge_status ridge_noise_setup(const void *params, const struct ridge_row_shape *inputs,
                               struct ridge_layer_plan *plan)
{
    (void)params;
    plan->output = inputs[0];
    return RIDGE_OK;
}

// SPDX-License-Identifier: Apache-2.0
// An activation as a layer of its own.
#include <math.h>

#include "layers/layer.h"
#include "ops/activation.h"

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_activation_params *activation = params;
    plan->output = inputs[0];
    plan->keeps_input = ridge_activation_needs_input(activation->activation);
    plan->keeps_output = !plan->keeps_input;
    plan->has_kink = ridge_activation_has_kink(activation->activation);
    return RIDGE_OK;
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    const ridge_activation_params *params = run->params;
    return ridge_activation_forward(run->on, params->activation, params->parameter, run->input[0],
                                    run->output);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    const ridge_activation_params *params = run->params;
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    return ridge_activation_backward(run->on, params->activation, params->parameter,
                                     run->plan->keeps_input ? run->input[0] : run->output,
                                     run->output_gradient, run->input_gradient[0],
                                     run->accumulate[0]);
}

static const ridge_field fields[] = {
    {"activation", RIDGE_FIELD_NAME, offsetof(ridge_activation_params, activation),
     .choices = ridge_activation_choices, .help = "which function"},
    {"parameter", RIDGE_FIELD_FLOAT, offsetof(ridge_activation_params, parameter), -HUGE_VAL,
     HUGE_VAL, .help = "slope of leaky_relu (0.01), alpha of elu (1)"},
    RIDGE_NAME_FIELD(ridge_activation_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_activation = {
    .info = {"activation", "y = f(x), elementwise", fields, sizeof(ridge_activation_params), 1},
    .order = ridge_order_any,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

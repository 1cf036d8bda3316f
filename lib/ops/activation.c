// SPDX-License-Identifier: Apache-2.0
// Activation functions.
#include "ops/activation.h"

#include <math.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

const char *const ridge_activation_choices[] = {
    [RIDGE_LINEAR] = "linear",
    [RIDGE_RELU] = "relu",
    [RIDGE_LEAKY_RELU] = "leaky_relu",
    [RIDGE_ELU] = "elu",
    [RIDGE_SELU] = "selu",
    [RIDGE_GELU] = "gelu",
    [RIDGE_SILU] = "silu",
    [RIDGE_SIGMOID] = "sigmoid",
    [RIDGE_TANH] = "tanh",
    [RIDGE_SOFTPLUS] = "softplus",
    NULL,
};

struct activation {
    const char *define;                       // the number in cl/activation.h
    float parameter;                          // default; 0 where the function has none
    unsigned char operations, and_derivative; // of f, of dy f', see struct ridge_work
    bool needs_input;                         // backward is computed from x, else from y
    bool has_kink;                            // the derivative jumps at 0
    bool rectifies;                           // about half of its outputs are 0, or near it
};

static const struct activation activations[] = {
    [RIDGE_LINEAR] = {"-DACTIVATION=0", 0, 0, 0},
    [RIDGE_RELU] = {"-DACTIVATION=1", 0, 1, 1, .has_kink = true, .rectifies = true},
    [RIDGE_LEAKY_RELU] = {"-DACTIVATION=2", 0.01f, 2, 2, .has_kink = true, .rectifies = true},
    [RIDGE_ELU] = {"-DACTIVATION=3", 1, 3, 3, .has_kink = true, .rectifies = true},
    [RIDGE_SELU] = {"-DACTIVATION=4", 0, 3, 3, .has_kink = true},
    [RIDGE_GELU] = {"-DACTIVATION=5", 0, 4, 8, .needs_input = true, .rectifies = true},
    [RIDGE_SILU] = {"-DACTIVATION=6", 0, 4, 8, .needs_input = true, .rectifies = true},
    [RIDGE_SIGMOID] = {"-DACTIVATION=7", 0, 3, 3},
    [RIDGE_TANH] = {"-DACTIVATION=8", 0, 1, 3},
    [RIDGE_SOFTPLUS] = {"-DACTIVATION=9", 0, 4, 3},
};

#define ACTIVATIONS (sizeof(activations) / sizeof(activations[0]))

const char *ridge_activation_name(ridge_activation activation)
{
    return (size_t)activation < ACTIVATIONS ? ridge_activation_choices[activation] : NULL;
}

ridge_status ridge_activation_check(ridge_activation activation)
{
    if ((size_t)activation < ACTIVATIONS)
        return RIDGE_OK;
    return ridge_fail(RIDGE_ERROR_ARGUMENT, "activation: expected 0 to %zu, got %d",
                      ACTIVATIONS - 1, (int)activation);
}

float ridge_activation_parameter(ridge_activation activation, float parameter)
{
    return parameter != 0 ? parameter : activations[activation].parameter;
}

const char *ridge_activation_define(ridge_activation activation)
{
    return activations[activation].define;
}

unsigned ridge_activation_operations(ridge_activation activation)
{
    return activations[activation].operations;
}

unsigned ridge_activation_backward_operations(ridge_activation activation)
{
    return activations[activation].and_derivative;
}

bool ridge_activation_needs_input(ridge_activation activation)
{
    return (size_t)activation < ACTIVATIONS && activations[activation].needs_input;
}

bool ridge_activation_has_kink(ridge_activation activation)
{
    return activations[activation].has_kink;
}

bool ridge_activation_rectifies(ridge_activation activation)
{
    return activations[activation].rectifies;
}

ridge_status ridge_activation_check_parameter(float parameter)
{
    if (isfinite(parameter) && parameter >= 0)
        return RIDGE_OK;
    return ridge_fail(RIDGE_ERROR_ARGUMENT,
                      "parameter: expected a number above 0, or 0 for the default, got %g",
                      (double)parameter);
}

static ridge_status check(ridge_activation activation, float parameter)
{
    RIDGE_TRY(ridge_activation_check(activation));
    return ridge_activation_check_parameter(parameter);
}

ridge_status ridge_activation_forward(ridge_launcher *on, ridge_activation activation,
                                      float parameter, ridge_tensor x, ridge_tensor y)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(check(activation, parameter));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    size_t count = ridge_tensor_count(&x);
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, count));
    parameter = ridge_activation_parameter(activation, parameter);
    struct ridge_launch launch = {
        .program = "activation",
        .kernel = "activation_forward",
        .defines = ridge_activation_define(activation),
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_FLOAT(parameter),
                      RIDGE_ARG_ULONG(count)},
        .work = {2 * count * sizeof(float), count * activations[activation].operations},
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

ridge_status ridge_activation_backward(ridge_launcher *on, ridge_activation activation,
                                       float parameter, ridge_tensor saved, ridge_tensor dy,
                                       ridge_tensor dx, bool accumulate)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(check(activation, parameter));
    RIDGE_TRY(ridge_check_tensor("saved", saved, RIDGE_FLOAT32, 0));
    size_t count = ridge_tensor_count(&saved);
    RIDGE_TRY(ridge_check_tensor("dy", dy, RIDGE_FLOAT32, count));
    RIDGE_TRY(ridge_check_tensor("dx", dx, RIDGE_FLOAT32, count));
    parameter = ridge_activation_parameter(activation, parameter);
    struct ridge_launch launch = {
        .program = "activation",
        .kernel = "activation_backward",
        .defines = ridge_activation_define(activation),
        .arguments = {RIDGE_ARG_TENSOR(saved), RIDGE_ARG_TENSOR(dy), RIDGE_ARG_TENSOR(dx),
                      RIDGE_ARG_FLOAT(parameter), RIDGE_ARG_UINT(accumulate),
                      RIDGE_ARG_ULONG(count)},
        .work = {(accumulate ? 4 : 3) * count * sizeof(float),
                 count * (activations[activation].and_derivative + accumulate)},
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

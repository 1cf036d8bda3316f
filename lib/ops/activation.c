// SPDX-License-Identifier: Apache-2.0
// Activation functions.
#include "ops/activation.h"

#include "base/error.h"

struct activation {
    const char *name;
    const char *define; // the number in cl/activation.h
    float parameter;    // default; 0 where the function has none
};

static const struct activation activations[] = {
    [RIDGE_LINEAR] = {"linear", "-DACTIVATION=0", 0},
    [RIDGE_RELU] = {"relu", "-DACTIVATION=1", 0},
    [RIDGE_LEAKY_RELU] = {"leaky_relu", "-DACTIVATION=2", 0.01f},
    [RIDGE_ELU] = {"elu", "-DACTIVATION=3", 1},
    [RIDGE_SELU] = {"selu", "-DACTIVATION=4", 0},
    [RIDGE_GELU] = {"gelu", "-DACTIVATION=5", 0},
    [RIDGE_SILU] = {"silu", "-DACTIVATION=6", 0},
    [RIDGE_SIGMOID] = {"sigmoid", "-DACTIVATION=7", 0},
    [RIDGE_TANH] = {"tanh", "-DACTIVATION=8", 0},
    [RIDGE_SOFTPLUS] = {"softplus", "-DACTIVATION=9", 0},
};

#define ACTIVATIONS (sizeof(activations) / sizeof(activations[0]))

const char *ridge_activation_name(ridge_activation activation)
{
    return (size_t)activation < ACTIVATIONS ? activations[activation].name : NULL;
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

// SPDX-License-Identifier: Apache-2.0
// Dense: y = f(x W^T + b), bias and activation in the product's epilogue.
#include <math.h>

#include "base/error.h"
#include "layers/layer.h"
#include "ops/activation.h"
#include "ops/bias.h"
#include "ops/dropout.h"
#include "ops/orthogonal.h"

static ridge_init initial_weights(ridge_activation activation)
{
    bool rectifier = activation == RIDGE_RELU || activation == RIDGE_LEAKY_RELU ||
                     activation == RIDGE_ELU || activation == RIDGE_GELU ||
                     activation == RIDGE_SILU;
    return rectifier ? RIDGE_INIT_HE_NORMAL : RIDGE_INIT_GLOROT_UNIFORM;
}

// With relu the output behind the dropout is above 0 just where an element is kept and its
// derivative is 1, so backward needs no mask.
static bool takes_dropout(const void *params)
{
    const ridge_dense_params *dense = params;
    bool penalised = dense->activity_l1 > 0 || dense->activity_l2 > 0; // what has no dropout yet
    return dense->activation == RIDGE_RELU && !dense->no_bias && !penalised;
}

static bool is_random(const void *params)
{
    const ridge_dense_params *dense = params;
    return dense->drop_connect > 0;
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_dense_params *dense = params;
    size_t input_size = ridge_row_count(&inputs[0]);
    plan->output = (struct ridge_row_shape){1, {dense->units}};
    plan->parameters[0] = (struct ridge_parameter_spec){
        .name = "weight",
        .is_weight = true,
        .rank = 2,
        .shape = {dense->units, input_size},
        .fan_in = input_size,
        .fan_out = dense->units,
        .treatment = &dense->weight,
        .fallback = initial_weights(dense->activation),
    };
    plan->parameters[1] = (struct ridge_parameter_spec){
        .name = "bias",
        .rank = 1,
        .shape = {dense->units},
        .fan_in = input_size,
        .fan_out = dense->units,
        .treatment = &dense->bias,
        .fallback = RIDGE_INIT_ZEROS,
    };
    plan->parameter_count = dense->no_bias ? 1 : 2;
    plan->keeps_input = true; // for the gradient of the weights
    if (is_random(params))
        plan->drawn_size = dense->units * input_size; // what is left of the weights
    if (ridge_activation_needs_input(dense->activation))
        plan->saved_size = dense->units; // x W^T + b
    else
        plan->keeps_output = dense->activation != RIDGE_LINEAR;
    plan->activity_l1 = dense->activity_l1;
    plan->activity_l2 = dense->activity_l2;
    plan->has_kink = ridge_activation_has_kink(dense->activation) || dense->activity_l1 > 0;
    return RIDGE_OK;
}

// DropConnect: the weights under this step's mask. Its stream is this layer's; that of a dropout
// behind it is the dropout's.
static ridge_status mask_weights(const struct ridge_layer_run *run, ridge_tensor from,
                                 ridge_tensor to)
{
    const ridge_dense_params *dense = run->params;
    if (!run->drawn.buffer)
        return RIDGE_OK;
    return ridge_dropout_apply(run->on, dense->drop_connect, &run->random, from, to, false);
}

static ridge_tensor weights_of(const struct ridge_layer_run *run)
{
    return run->drawn.buffer ? run->drawn : run->parameter[0];
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    const ridge_dense_params *dense = run->params;
    bool saves = run->saved.buffer != NULL;
    ridge_gemm_shape shape = {.transpose_b = true,
                              .m = run->batch,
                              .n = dense->units,
                              .k = run->plan->parameters[0].shape[1]};
    ridge_gemm_epilogue epilogue = {.activation = saves ? RIDGE_LINEAR : dense->activation,
                                    .parameter = dense->activation_parameter};
    if (!dense->no_bias)
        epilogue.bias = run->parameter[1];
    RIDGE_TRY(mask_weights(run, run->parameter[0], run->drawn));
    RIDGE_TRY(ridge_gemm(run->on, &shape, 1, run->input[0], weights_of(run), 0,
                         saves ? run->saved : run->output, &epilogue));
    if (run->dropout_rate > 0)
        return ridge_dropout_apply(run->on, run->dropout_rate, &run->dropout_random, run->output,
                                   run->output, false);
    if (!saves)
        return RIDGE_OK;
    return ridge_activation_forward(run->on, dense->activation, dense->activation_parameter,
                                    run->saved, run->output);
}

// From the gradient of the output to that of x W^T + b, in place, and to that of the bias.
static ridge_status backward_activation(const struct ridge_layer_run *run, ridge_tensor dz)
{
    const ridge_dense_params *dense = run->params;
    ridge_tensor saved = run->saved.buffer ? run->saved : run->output;
    bool linear = dense->activation == RIDGE_LINEAR;
    if (!linear && !dense->no_bias)
        return ridge_activation_bias_gradient(
            run->on, dense->activation, dense->activation_parameter,
            ridge_dropout_scale(run->dropout_rate), saved, dz, run->parameter_gradient[1]);
    if (!linear)
        RIDGE_TRY(ridge_activation_backward(run->on, dense->activation, dense->activation_parameter,
                                            saved, dz, dz, false));
    return dense->no_bias ? RIDGE_OK : ridge_bias_gradient(run->on, dz, run->parameter_gradient[1]);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    const ridge_dense_params *dense = run->params;
    size_t input_size = run->plan->parameters[0].shape[1];
    ridge_tensor dz =
        ridge_tensor_reshaped(run->output_gradient, RIDGE_SHAPE(run->batch, dense->units));
    RIDGE_TRY(backward_activation(run, dz));
    // dW [units, inputs] = dz^T x
    ridge_gemm_shape weight = {
        .transpose_a = true, .m = dense->units, .n = input_size, .k = run->batch};
    RIDGE_TRY(
        ridge_gemm(run->on, &weight, 1, dz, run->input[0], 0, run->parameter_gradient[0], NULL));
    RIDGE_TRY(mask_weights(run, run->parameter_gradient[0], run->parameter_gradient[0]));
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    // dx [batch, inputs] = dz W, W as in forward
    ridge_gemm_shape input = {.m = run->batch, .n = input_size, .k = dense->units};
    return ridge_gemm(run->on, &input, 1, dz, weights_of(run), run->accumulate[0] ? 1 : 0,
                      run->input_gradient[0], NULL);
}

static const ridge_field fields[] = {
    {"units", RIDGE_FIELD_SIZE, offsetof(ridge_dense_params, units), 1, 1 << 24, .required = true,
     .help = "number of outputs"},
    {"activation", RIDGE_FIELD_NAME, offsetof(ridge_dense_params, activation),
     .choices = ridge_activation_choices, .help = "applied to the result"},
    {"activation_parameter", RIDGE_FIELD_FLOAT, offsetof(ridge_dense_params, activation_parameter),
     -HUGE_VAL, HUGE_VAL, .help = "slope of leaky_relu (0.01), alpha of elu (1)"},
    RIDGE_WEIGHT_FIELDS("", ridge_dense_params, weight, "weights"),
    RIDGE_ORTHOGONAL_FIELDS(ridge_dense_params, weight),
    RIDGE_WEIGHT_FIELDS("bias_", ridge_dense_params, bias, "biases"),
    {"no_bias", RIDGE_FIELD_BOOL, offsetof(ridge_dense_params, no_bias),
     .help = "leave the bias out"},
    {"drop_connect", RIDGE_FIELD_FLOAT, offsetof(ridge_dense_params, drop_connect), 0, 1,
     .maximum_excluded = true, .help = "share of weights dropped in training (DropConnect)"},
    {"activity_l1", RIDGE_FIELD_FLOAT, offsetof(ridge_dense_params, activity_l1), 0, HUGE_VAL,
     .help = "L1 penalty on the output: l1 sum|y| / rows joins the loss"},
    {"activity_l2", RIDGE_FIELD_FLOAT, offsetof(ridge_dense_params, activity_l2), 0, HUGE_VAL,
     .help = "L2 penalty on the output: l2 sum y^2 / rows joins the loss"},
    RIDGE_NAME_FIELD(ridge_dense_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_dense = {
    .info = {"dense", "y = f(x W^T + b)", fields, sizeof(ridge_dense_params), 1},
    .is_random = is_random,
    .takes_dropout = takes_dropout,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

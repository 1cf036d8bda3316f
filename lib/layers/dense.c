// SPDX-License-Identifier: Apache-2.0
// Dense: y = f(x W^T + b), bias and activation in the product's epilogue.
#include <math.h>

#include "base/error.h"
#include "layers/linear.h"
#include "ops/activation.h"
#include "ops/gemm.h"
#include "ops/orthogonal.h"

static struct ridge_linear linear_of(const ridge_dense_params *dense)
{
    return (struct ridge_linear){dense->activation, dense->activation_parameter, dense->units,
                                 dense->no_bias};
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

// Not where the gradient is masked before it counts.
static bool updates(const void *params, unsigned j)
{
    return j == 0 && !is_random(params);
}

static bool takes_fold(const void *params)
{
    const ridge_dense_params *dense = params;
    bool penalised = dense->activity_l1 > 0 || dense->activity_l2 > 0; // what is not normalised
    return dense->activation == RIDGE_LINEAR && !penalised;
}

static bool derivative(const struct ridge_layer_run *run, struct ridge_derivative *derivative)
{
    const ridge_dense_params *dense = run->params;
    struct ridge_linear linear = linear_of(dense);
    return ridge_linear_derivative(&linear, run, derivative);
}

static bool takes_derivative(const struct ridge_layer_run *run)
{
    return ridge_gemm_has_epilogue(run->on->device);
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_dense_params *dense = params;
    size_t input_size = ridge_row_count(&inputs[0]);
    plan->output = (struct ridge_row_shape){1, {dense->units}};
    struct ridge_linear linear = linear_of(dense);
    ridge_linear_setup(&linear, RIDGE_SHAPE(dense->units, input_size), input_size, dense->units,
                       &dense->weight, &dense->bias, plan);
    if (is_random(params))
        plan->drawn_size = dense->units * input_size; // what is left of the weights
    plan->activity_l1 = dense->activity_l1;
    plan->activity_l2 = dense->activity_l2;
    plan->has_kink |= dense->activity_l1 > 0;
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
    struct ridge_linear linear = linear_of(dense);
    ridge_gemm_epilogue epilogue;
    ridge_tensor product = ridge_linear_product(&linear, run, &epilogue);
    ridge_gemm_shape shape = {.transpose_b = true,
                              .m = run->batch,
                              .n = dense->units,
                              .k = run->plan->parameters[0].shape[1]};
    ridge_tensor weights = weights_of(run);
    RIDGE_TRY(mask_weights(run, run->parameter[0], run->drawn));
    if (run->fold)
        RIDGE_TRY(ridge_linear_weights(&linear, run, &weights, &epilogue));
    RIDGE_TRY(ridge_gemm(run->on, &shape, 1, run->input[0], weights, 0, product, &epilogue));
    if (run->dropout_rate > 0)
        return ridge_dropout_apply(run->on, run->dropout_rate, &run->dropout_random, run->output,
                                   run->output, false);
    return ridge_linear_activate(&linear, run);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    const ridge_dense_params *dense = run->params;
    size_t input_size = run->plan->parameters[0].shape[1];
    ridge_tensor dz =
        ridge_tensor_reshaped(run->output_gradient, RIDGE_SHAPE(run->batch, dense->units));
    struct ridge_linear linear = linear_of(dense);
    ridge_gemm_epilogue sums = {.activation = RIDGE_LINEAR};
    RIDGE_TRY(ridge_linear_begin_backward(&linear, run, &sums.row_sums));
    // dx [batch, inputs] = dz W, W as in forward: before it is updated
    ridge_gemm_shape input = {.m = run->batch, .n = input_size, .k = dense->units};
    ridge_gemm_epilogue epilogue = ridge_linear_input_epilogue(run);
    if (run->input_gradient[0].buffer)
        RIDGE_TRY(ridge_gemm(run->on, &input, 1, dz, weights_of(run), run->accumulate[0] ? 1 : 0,
                             run->input_gradient[0], &epilogue));
    // dW [units, inputs] = dz^T x, and the sums of dz
    ridge_gemm_shape weight = {
        .transpose_a = true, .m = dense->units, .n = input_size, .k = run->batch};
    if (run->update[0])
        return ridge_gemm_update(run->on, &weight, dz, run->input[0], sums.row_sums,
                                 run->update[0]);
    RIDGE_TRY(
        ridge_gemm(run->on, &weight, 1, dz, run->input[0], 0, run->parameter_gradient[0], &sums));
    return mask_weights(run, run->parameter_gradient[0], run->parameter_gradient[0]);
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
    .updates = updates,
    .takes_dropout = takes_dropout,
    .takes_fold = takes_fold,
    .derivative = derivative,
    .takes_derivative = takes_derivative,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

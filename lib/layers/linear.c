// SPDX-License-Identifier: Apache-2.0
// What layers y = f(product with weights + bias) share.
#include "layers/linear.h"

#include <string.h>

#include "base/error.h"
#include "ops/activation.h"
#include "ops/bias.h"
#include "ops/dropout.h"
#include "ops/folding.h"

static ridge_init initial_weights(ridge_activation activation)
{
    bool rectifies = ridge_activation_rectifies(activation);
    return rectifies ? RIDGE_INIT_HE_NORMAL : RIDGE_INIT_GLOROT_UNIFORM;
}

void ridge_linear_setup(const struct ridge_linear *linear, unsigned rank, const size_t *shape,
                        size_t fan_in, size_t fan_out, const ridge_weight_params *weight,
                        const ridge_weight_params *bias, struct ridge_layer_plan *plan)
{
    plan->parameters[0] = (struct ridge_parameter_spec){
        .name = "weight",
        .is_weight = true,
        .rank = rank,
        .fan_in = fan_in,
        .fan_out = fan_out,
        .treatment = weight,
        .fallback = initial_weights(linear->activation),
    };
    memcpy(plan->parameters[0].shape, shape, rank * sizeof(*shape));
    plan->parameters[1] = (struct ridge_parameter_spec){
        .name = "bias",
        .rank = 1,
        .shape = {linear->units},
        .fan_in = fan_in,
        .fan_out = fan_out,
        .treatment = bias,
        .fallback = RIDGE_INIT_ZEROS,
    };
    plan->parameter_count = linear->no_bias ? 1 : 2;
    plan->keeps_input = true; // for the gradient of the weights
    if (ridge_activation_needs_input(linear->activation))
        plan->saved_size = ridge_row_count(&plan->output); // the product with the bias
    else
        plan->keeps_output = linear->activation != RIDGE_LINEAR;
    plan->has_kink = ridge_activation_has_kink(linear->activation);
}

ridge_tensor ridge_linear_product(const struct ridge_linear *linear,
                                  const struct ridge_layer_run *run, ridge_gemm_epilogue *epilogue)
{
    bool saves = run->saved.buffer != NULL;
    *epilogue = (ridge_gemm_epilogue){.activation = saves ? RIDGE_LINEAR : linear->activation,
                                      .parameter = linear->parameter};
    if (!linear->no_bias)
        epilogue->bias = run->parameter[1];
    return saves ? run->saved : run->output;
}

ridge_status ridge_linear_weights(const struct ridge_linear *linear,
                                  const struct ridge_layer_run *run, ridge_tensor *weights,
                                  ridge_gemm_epilogue *epilogue)
{
    *weights = run->parameter[0];
    if (!run->fold)
        return RIDGE_OK;
    const ridge_normalisation *norm = &run->fold->norm;
    ridge_tensor bias = linear->no_bias ? (ridge_tensor){.offset = 0} : run->parameter[1];
    RIDGE_TRY(ridge_fold_weights(run->on, norm, run->fold->mean, run->fold->variance, *weights,
                                 bias, run->folded));
    weights->buffer = run->folded.buffer;
    weights->offset = run->folded.offset;
    epilogue->bias = run->folded;
    epilogue->bias.offset += ridge_tensor_count(weights);
    epilogue->bias = ridge_tensor_reshaped(epilogue->bias, RIDGE_SHAPE(linear->units));
    epilogue->activation = norm->activation;
    epilogue->parameter = norm->parameter;
    return RIDGE_OK;
}

ridge_status ridge_linear_activate(const struct ridge_linear *linear,
                                   const struct ridge_layer_run *run)
{
    if (!run->saved.buffer)
        return RIDGE_OK;
    return ridge_activation_forward(run->on, linear->activation, linear->parameter, run->saved,
                                    run->output);
}

bool ridge_linear_derivative(const struct ridge_linear *linear, const struct ridge_layer_run *run,
                             struct ridge_derivative *derivative)
{
    *derivative = (struct ridge_derivative){
        .activation = linear->activation,
        .parameter = linear->parameter,
        .scale = ridge_dropout_scale(run->dropout_rate),
        .saved = run->saved.buffer ? run->saved : run->output,
    };
    return linear->activation != RIDGE_LINEAR;
}

ridge_gemm_epilogue ridge_linear_input_epilogue(const struct ridge_layer_run *run)
{
    const struct ridge_derivative *derivative = run->derivative;
    if (!derivative)
        return (ridge_gemm_epilogue){.activation = RIDGE_LINEAR};
    return (ridge_gemm_epilogue){.activation = derivative->activation,
                                 .parameter = derivative->parameter,
                                 .saved = derivative->saved,
                                 .scale = derivative->scale};
}

ridge_status ridge_linear_begin_backward(const struct ridge_linear *linear,
                                         const struct ridge_layer_run *run,
                                         ridge_tensor *bias_gradient)
{
    size_t rows = ridge_tensor_count(&run->output_gradient) / linear->units;
    ridge_tensor dz = ridge_tensor_reshaped(run->output_gradient, RIDGE_SHAPE(rows, linear->units));
    struct ridge_derivative by;
    bool derives = ridge_linear_derivative(linear, run, &by) && !run->derived;
    *bias_gradient = (ridge_tensor){.offset = 0};
    if (derives && linear->no_bias)
        return ridge_activation_backward(run->on, by.activation, by.parameter, by.saved, dz, dz,
                                         false);
    if (derives)
        return ridge_activation_bias_gradient(run->on, by.activation, by.parameter, by.scale,
                                              by.saved, dz, run->parameter_gradient[1]);
    if (!linear->no_bias)
        *bias_gradient = run->parameter_gradient[1];
    return RIDGE_OK;
}

ridge_status ridge_linear_backward(const struct ridge_linear *linear,
                                   const struct ridge_layer_run *run)
{
    size_t rows = ridge_tensor_count(&run->output_gradient) / linear->units;
    ridge_tensor bias_gradient;
    RIDGE_TRY(ridge_linear_begin_backward(linear, run, &bias_gradient));
    if (!bias_gradient.buffer)
        return RIDGE_OK;
    ridge_tensor dz = ridge_tensor_reshaped(run->output_gradient, RIDGE_SHAPE(rows, linear->units));
    return ridge_bias_gradient(run->on, dz, bias_gradient);
}

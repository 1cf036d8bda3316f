// SPDX-License-Identifier: Apache-2.0
// What convolution layers share: parameters, forward and backward.
#include "layers/conv.h"

#include "base/error.h"

void ridge_conv_layer_setup(const struct ridge_conv_layer *conv, const ridge_weight_params *weight,
                            const ridge_weight_params *bias, struct ridge_layer_plan *plan)
{
    const ridge_conv_shape *s = &conv->shape;
    size_t depth = s->channels / s->groups, places = s->kernel[0] * s->kernel[1];
    plan->output = conv->output;
    ridge_linear_setup(&conv->linear, RIDGE_SHAPE(s->filters, depth, s->kernel[0], s->kernel[1]),
                       depth * places, s->filters * places, weight, bias, plan);
}

ridge_status ridge_conv_layer_forward(struct ridge_conv_layer *conv,
                                      const struct ridge_layer_run *run)
{
    ridge_gemm_epilogue epilogue;
    ridge_tensor product = ridge_linear_product(&conv->linear, run, &epilogue);
    conv->shape.batch = run->batch;
    RIDGE_TRY(ridge_conv_forward(run->on, &conv->shape, run->input[0], run->parameter[0], product,
                                 &epilogue));
    return ridge_linear_activate(&conv->linear, run);
}

ridge_status ridge_conv_layer_backward(struct ridge_conv_layer *conv,
                                       const struct ridge_layer_run *run)
{
    conv->shape.batch = run->batch;
    RIDGE_TRY(ridge_linear_backward(&conv->linear, run));
    RIDGE_TRY(ridge_conv_weight_gradient(run->on, &conv->shape, run->input[0], run->output_gradient,
                                         run->parameter_gradient[0]));
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    return ridge_conv_input_gradient(run->on, &conv->shape, run->output_gradient, run->parameter[0],
                                     run->accumulate[0], run->input_gradient[0], NULL);
}

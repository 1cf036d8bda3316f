// SPDX-License-Identifier: Apache-2.0
// What convolution layers share: parameters, forward and backward.
#include "layers/conv.h"

#include "base/error.h"

ridge_status ridge_conv_layer_groups(size_t groups, size_t channels, size_t filters)
{
    if (groups && (channels % groups || filters % groups))
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "groups: expected a number that divides %zu channels and %zu filters, "
                          "got %zu",
                          channels, filters, groups);
    return RIDGE_OK;
}

ridge_status ridge_conv_layer_place(struct ridge_conv_layer *conv, struct ridge_window *kernel,
                                    bool same, const struct ridge_image *image, size_t groups,
                                    bool channels_last)
{
    size_t filters = conv->linear.units;
    RIDGE_TRY(ridge_window_place(kernel, image, same));
    RIDGE_TRY(ridge_conv_layer_groups(groups, image->channels, filters));
    struct ridge_image output = {kernel->output[0], kernel->output[1], filters};
    conv->shape = ridge_window_conv_shape(kernel, image, filters, groups ? groups : 1);
    conv->output = ridge_image_row(&output, conv->dimensions, channels_last);
    return RIDGE_OK;
}

void ridge_conv_layer_setup(const struct ridge_conv_layer *conv, const ridge_weight_params *weight,
                            const ridge_weight_params *bias, struct ridge_layer_plan *plan)
{
    const ridge_conv_shape *s = &conv->shape;
    size_t depth = s->channels / s->groups, places = s->kernel[0] * s->kernel[1];
    plan->output = conv->output;
    // A kernel of one dimension has no height.
    const size_t shape[4] = {s->filters, depth, conv->dimensions == 1 ? places : s->kernel[0],
                             s->kernel[1]};
    ridge_linear_setup(&conv->linear, 2 + conv->dimensions, shape, depth * places,
                       s->filters * places, weight, bias, plan);
}

ridge_status ridge_conv_layer_forward(struct ridge_conv_layer *conv,
                                      const struct ridge_layer_run *run)
{
    ridge_gemm_epilogue epilogue;
    ridge_tensor product = ridge_linear_product(&conv->linear, run, &epilogue);
    ridge_tensor weights;
    conv->shape.batch = run->batch;
    RIDGE_TRY(ridge_linear_weights(&conv->linear, run, &weights, &epilogue));
    RIDGE_TRY(
        ridge_conv_forward(run->on, &conv->shape, run->input[0], weights, product, &epilogue));
    return ridge_linear_activate(&conv->linear, run);
}

ridge_status ridge_conv_layer_backward(struct ridge_conv_layer *conv,
                                       const struct ridge_layer_run *run)
{
    ridge_tensor db; // summed up on the way
    conv->shape.batch = run->batch;
    RIDGE_TRY(ridge_linear_begin_backward(&conv->linear, run, &db));
    RIDGE_TRY(ridge_conv_weight_gradient(run->on, &conv->shape, run->input[0], run->output_gradient,
                                         run->parameter_gradient[0], db));
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    return ridge_conv_input_gradient(run->on, &conv->shape, run->output_gradient, run->parameter[0],
                                     run->accumulate[0], run->input_gradient[0], NULL);
}

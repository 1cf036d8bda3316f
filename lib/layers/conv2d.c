// SPDX-License-Identifier: Apache-2.0
// Convolution of images, bias and activation in the epilogue.
#include <math.h>

#include "base/error.h"
#include "layers/conv.h"
#include "ops/activation.h"

static ridge_status conv_of(const ridge_conv2d_params *p, const struct ridge_row_shape *input,
                            struct ridge_conv_layer *conv)
{
    struct ridge_image image;
    struct ridge_window window = {.name = "kernel", .pad_before = {p->pad_height, p->pad_width}};
    RIDGE_TRY(ridge_image_of(input, 2, p->channels_last, &image));
    ridge_window_pair(p->kernel, 1, window.size);
    ridge_window_pair(p->stride, 1, window.stride);
    ridge_window_pair(p->dilation, 1, window.dilation);
    *conv = (struct ridge_conv_layer){
        .dimensions = 2,
        .linear = {p->activation, p->activation_parameter, p->filters, p->no_bias},
    };
    return ridge_conv_layer_place(conv, &window, p->padding == RIDGE_PADDING_SAME, &image,
                                  p->groups, p->channels_last);
}

static enum ridge_memory_order order(const void *params, const struct ridge_row_shape *input)
{
    const ridge_conv2d_params *p = params;
    return ridge_image_order(input, 2, p->channels_last);
}

static bool takes_fold(const void *params)
{
    const ridge_conv2d_params *p = params;
    return p->activation == RIDGE_LINEAR;
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_conv2d_params *p = params;
    struct ridge_conv_layer conv;
    RIDGE_TRY(conv_of(p, &inputs[0], &conv));
    ridge_conv_layer_setup(&conv, &p->weight, &p->bias, plan);
    return RIDGE_OK;
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    struct ridge_conv_layer conv;
    RIDGE_TRY(conv_of(run->params, run->input_row[0], &conv));
    return ridge_conv_layer_forward(&conv, run);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    struct ridge_conv_layer conv;
    RIDGE_TRY(conv_of(run->params, run->input_row[0], &conv));
    return ridge_conv_layer_backward(&conv, run);
}

static const ridge_field fields[] = {
    RIDGE_WINDOW_FIELDS(ridge_conv2d_params, kernel, true,
                        "height and width of the kernel, or one number for both",
                        "steps from output to output; default 1"),
    {"dilation", RIDGE_FIELD_SHAPE, offsetof(ridge_conv2d_params, dilation),
     .help = "places from tap to tap of the kernel; default 1"},
    RIDGE_CONV_FIELDS(ridge_conv2d_params),
    RIDGE_NAME_FIELD(ridge_conv2d_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_conv2d = {
    .info = {"conv2d", "y = f(convolution of x by W + b)", fields, sizeof(ridge_conv2d_params), 1},
    .order = order,
    .takes_fold = takes_fold,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

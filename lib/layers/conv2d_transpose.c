// SPDX-License-Identifier: Apache-2.0
// Transposed convolution: forward is the input gradient of a convolution from the output to the
// input, backward is that convolution.
#include <math.h>

#include "base/error.h"
#include "layers/conv.h"
#include "ops/activation.h"
#include "ops/conv.h"

// Height and width of the output, of which `window` has size, stride, dilation and pad.
static ridge_status find_output(const ridge_conv2d_transpose_params *p,
                                const struct ridge_window *window, const struct ridge_image *image,
                                struct ridge_image *output)
{
    const size_t sizes[2] = {image->height, image->width};
    const size_t more[2] = {p->more_height, p->more_width};
    size_t found[2];
    bool same = p->padding == RIDGE_PADDING_SAME;
    for (int d = 0; d < 2; d++) {
        if (more[d] >= window->stride[d] || (same && more[d]))
            return ridge_fail(RIDGE_ERROR_ARGUMENT,
                              "more_height, more_width: expected less than the stride of %zux%zu, "
                              "and none with padding: same, got %zux%zu",
                              window->stride[0], window->stride[1], more[0], more[1]);
        size_t whole = (sizes[d] - 1) * window->stride[d] + more[d] +
                       window->dilation[d] * (window->size[d] - 1) + 1;
        if (whole <= 2 * window->pad_before[d])
            return ridge_fail(RIDGE_ERROR_SHAPE,
                              "padding: expected less than half of an output of %zu places, got "
                              "%zu; less padding or a larger kernel would fit",
                              whole, window->pad_before[d]);
        found[d] = same ? sizes[d] * window->stride[d] : whole - 2 * window->pad_before[d];
    }
    *output = (struct ridge_image){found[0], found[1], p->filters};
    return RIDGE_OK;
}

// The convolution whose image is the output, and whose filters are the channels of the input.
static ridge_status conv_of(const ridge_conv2d_transpose_params *p,
                            const struct ridge_row_shape *input, struct ridge_conv_layer *conv)
{
    struct ridge_image image, output;
    struct ridge_window window = {.name = "kernel", .pad_before = {p->pad_height, p->pad_width}};
    RIDGE_TRY(ridge_image_of(input, 2, p->channels_last, &image));
    ridge_window_pair(p->kernel, 1, window.size);
    ridge_window_pair(p->stride, 1, window.stride);
    ridge_window_pair(p->dilation, 1, window.dilation);
    RIDGE_TRY(find_output(p, &window, &image, &output));
    RIDGE_TRY(ridge_window_place(&window, &output, p->padding == RIDGE_PADDING_SAME));
    RIDGE_TRY(ridge_conv_layer_groups(p->groups, image.channels, p->filters));
    *conv = (struct ridge_conv_layer){
        .shape =
            ridge_window_conv_shape(&window, &output, image.channels, p->groups ? p->groups : 1),
        .dimensions = 2,
        .output = ridge_image_row(&output, 2, p->channels_last),
        .linear = {p->activation, p->activation_parameter, p->filters, p->no_bias},
    };
    return RIDGE_OK;
}

static enum ridge_memory_order order(const void *params, const struct ridge_row_shape *input)
{
    const ridge_conv2d_transpose_params *p = params;
    return ridge_image_order(input, 2, p->channels_last);
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_conv2d_transpose_params *p = params;
    struct ridge_conv_layer conv;
    RIDGE_TRY(conv_of(p, &inputs[0], &conv));
    const ridge_conv_shape *s = &conv.shape;
    size_t depth = s->channels / s->groups, places = s->kernel[0] * s->kernel[1];
    plan->output = conv.output;
    ridge_linear_setup(&conv.linear, RIDGE_SHAPE(s->filters, depth, s->kernel[0], s->kernel[1]),
                       s->filters / s->groups * places, depth * places, &p->weight, &p->bias, plan);
    return RIDGE_OK;
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    struct ridge_conv_layer conv;
    ridge_gemm_epilogue epilogue;
    RIDGE_TRY(conv_of(run->params, run->input_row[0], &conv));
    conv.shape.batch = run->batch;
    ridge_tensor product = ridge_linear_product(&conv.linear, run, &epilogue);
    RIDGE_TRY(ridge_conv_input_gradient(run->on, &conv.shape, run->input[0], run->parameter[0],
                                        false, product, &epilogue));
    return ridge_linear_activate(&conv.linear, run);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    struct ridge_conv_layer conv;
    RIDGE_TRY(conv_of(run->params, run->input_row[0], &conv));
    conv.shape.batch = run->batch;
    RIDGE_TRY(ridge_linear_backward(&conv.linear, run));
    ridge_tensor dz = run->output_gradient, w = run->parameter[0], dx = run->input_gradient[0];
    RIDGE_TRY(ridge_conv_weight_gradient(run->on, &conv.shape, dz, run->input[0],
                                         run->parameter_gradient[0], (ridge_tensor){0}));
    if (!dx.buffer)
        return RIDGE_OK;
    if (run->accumulate[0])
        return ridge_conv_forward_add(run->on, &conv.shape, dz, w, dx);
    return ridge_conv_forward(run->on, &conv.shape, dz, w, dx, NULL);
}

static const ridge_field fields[] = {
    RIDGE_WINDOW_FIELDS(ridge_conv2d_transpose_params, kernel, true,
                        "height and width of the kernel, or one number for both",
                        "steps in the output from place to place of the input; default 1"),
    {"dilation", RIDGE_FIELD_SHAPE, offsetof(ridge_conv2d_transpose_params, dilation),
     .help = "places from tap to tap of the kernel; default 1"},
    {"more_height", RIDGE_FIELD_SIZE, offsetof(ridge_conv2d_transpose_params, more_height), 0,
     1 << 20, .help = "rows below that the stride leaves open (PyTorch's output_padding)"},
    {"more_width", RIDGE_FIELD_SIZE, offsetof(ridge_conv2d_transpose_params, more_width), 0,
     1 << 20, .help = "columns right, likewise"},
    RIDGE_CONV_FIELDS(ridge_conv2d_transpose_params),
    RIDGE_NAME_FIELD(ridge_conv2d_transpose_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_conv2d_transpose = {
    .info = {"conv2d_transpose", "y = f(transposed convolution of x by W + b)", fields,
             sizeof(ridge_conv2d_transpose_params), 1},
    .order = order,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

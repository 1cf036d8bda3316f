// SPDX-License-Identifier: Apache-2.0
// Larger images: each place repeated.
#include "base/error.h"
#include "layers/image.h"

static enum ridge_memory_order order(const void *params, const struct ridge_row_shape *input)
{
    const ridge_upsample2d_params *p = params;
    return ridge_image_order(input, 2, p->channels_last);
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_upsample2d_params *p = params;
    struct ridge_image image;
    size_t factor[2];
    RIDGE_TRY(ridge_image_of(&inputs[0], 2, p->channels_last, &image));
    ridge_window_pair(p->factor, 1, factor);
    image.height *= factor[0];
    image.width *= factor[1];
    plan->output = ridge_image_row(&image, 2, p->channels_last);
    return RIDGE_OK;
}

// The smaller image, and the factors.
static ridge_status small_of(const struct ridge_layer_run *run, ridge_tensor tensor,
                             ridge_tensor *small, size_t factor[2])
{
    const ridge_upsample2d_params *p = run->params;
    struct ridge_image image;
    RIDGE_TRY(ridge_image_of(run->input_row[0], 2, p->channels_last, &image));
    ridge_window_pair(p->factor, 1, factor);
    *small = ridge_image_tensor(&image, run->batch, tensor);
    return RIDGE_OK;
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    ridge_tensor x;
    size_t factor[2];
    RIDGE_TRY(small_of(run, run->input[0], &x, factor));
    return ridge_upsample_forward(run->on, factor, x, run->output);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    ridge_tensor dx;
    size_t factor[2];
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    RIDGE_TRY(small_of(run, run->input_gradient[0], &dx, factor));
    return ridge_upsample_backward(run->on, factor, run->output_gradient, run->accumulate[0], dx);
}

static const ridge_field fields[] = {
    {"factor", RIDGE_FIELD_SHAPE, offsetof(ridge_upsample2d_params, factor), .required = true,
     .help = "times as high and as wide, or one number for both"},
    {"channels_last", RIDGE_FIELD_BOOL, offsetof(ridge_upsample2d_params, channels_last),
     .help = "rows are [height, width, channels], else [channels, height, width]"},
    RIDGE_NAME_FIELD(ridge_upsample2d_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_upsample2d = {
    .info = {"upsample2d", "larger images, each place repeated (nearest)", fields,
             sizeof(ridge_upsample2d_params), 1},
    .order = order,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

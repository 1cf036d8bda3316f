// SPDX-License-Identifier: Apache-2.0
// What pooling layers share.
#include "layers/pool.h"

#include "base/error.h"

// Padding beyond half the window would only repeat what the windows beside see.
static ridge_status check_padding(const struct ridge_window *window)
{
    for (int d = 0; d < 2; d++)
        if (window->pad_before[d] > window->size[d] / 2)
            return ridge_fail(RIDGE_ERROR_SHAPE,
                              "padding: expected at most half the window of %zux%zu, got %zux%zu",
                              window->size[0], window->size[1], window->pad_before[0],
                              window->pad_before[1]);
    return RIDGE_OK;
}

static ridge_pooling_shape shape_of(const struct ridge_image *image,
                                    const struct ridge_window *window)
{
    ridge_pooling_shape shape = {
        .height = image->height, .width = image->width, .channels = image->channels};
    for (int d = 0; d < 2; d++) {
        shape.window[d] = window->size[d];
        shape.stride[d] = window->stride[d];
        shape.pad_before[d] = window->pad_before[d];
        shape.pad_after[d] = window->pad_after[d];
    }
    return shape;
}

ridge_status ridge_pool2d_of(const ridge_pool2d_params *params, const struct ridge_row_shape *row,
                             struct ridge_pool_layer *pool)
{
    struct ridge_image image;
    struct ridge_window window = {
        .name = "window",
        .dilation = {1, 1},
        .pad_before = {params->pad_height, params->pad_width},
    };
    RIDGE_TRY(ridge_image_of(row, 2, params->channels_last, &image));
    ridge_window_pair(params->window, 1, window.size);
    ridge_window_pair(params->stride[0] ? params->stride : params->window, 1, window.stride);
    RIDGE_TRY(check_padding(&window));
    RIDGE_TRY(ridge_window_place(&window, &image, params->padding == RIDGE_PADDING_SAME));
    pool->shape = shape_of(&image, &window);
    pool->shape.counts_padding = params->counts_padding;
    image.height = window.output[0];
    image.width = window.output[1];
    pool->output = ridge_image_row(&image, 2, params->channels_last);
    return RIDGE_OK;
}

ridge_status ridge_pool1d_of(const ridge_pool1d_params *params, const struct ridge_row_shape *row,
                             struct ridge_pool_layer *pool)
{
    struct ridge_image image;
    struct ridge_window window = {
        .name = "window",
        .size = {1, params->window},
        .stride = {1, params->stride ? params->stride : params->window},
        .dilation = {1, 1},
        .pad_before = {0, params->pad},
    };
    RIDGE_TRY(ridge_image_of(row, 1, params->channels_last, &image));
    RIDGE_TRY(check_padding(&window));
    RIDGE_TRY(ridge_window_place(&window, &image, params->padding == RIDGE_PADDING_SAME));
    pool->shape = shape_of(&image, &window);
    pool->shape.counts_padding = params->counts_padding;
    image.width = window.output[1];
    pool->output = ridge_image_row(&image, 1, params->channels_last);
    return RIDGE_OK;
}

ridge_status ridge_global_pool_of(const ridge_global_pool_params *params,
                                  const struct ridge_row_shape *row, struct ridge_pool_layer *pool)
{
    char text[96];
    if (row->rank != 2 && row->rank != 3)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "expected rows of 2 or 3 dimensions, one of them channels, got %s",
                          ridge_row_text(row, text));
    struct ridge_image image;
    RIDGE_TRY(ridge_image_of(row, row->rank - 1, params->channels_last, &image));
    pool->shape = (ridge_pooling_shape){
        .height = image.height,
        .width = image.width,
        .channels = image.channels,
        .window = {image.height, image.width},
        .stride = {1, 1},
    };
    pool->output = (struct ridge_row_shape){1, {image.channels}, false};
    return RIDGE_OK;
}

void ridge_max_pool_layer_setup(const struct ridge_pool_layer *pool, struct ridge_layer_plan *plan)
{
    size_t bytes = ridge_type_size(ridge_pooling_index_type(&pool->shape));
    plan->output = pool->output;
    plan->saved_choice = ridge_row_count(&pool->output) * bytes;
    plan->saved_size = (plan->saved_choice + sizeof(float) - 1) / sizeof(float);
}

// The index lies where floats are saved.
static ridge_tensor index_of(const struct ridge_pool_layer *pool, const struct ridge_layer_run *run)
{
    ridge_tensor index = run->saved;
    if (!index.buffer)
        return index;
    size_t outputs = run->batch * ridge_row_count(&pool->output);
    index.type = ridge_pooling_index_type(&pool->shape);
    index.offset *= sizeof(float) / ridge_type_size(index.type);
    return ridge_tensor_reshaped(index, RIDGE_SHAPE(outputs));
}

ridge_status ridge_max_pool_layer_forward(struct ridge_pool_layer *pool,
                                          const struct ridge_layer_run *run)
{
    pool->shape.batch = run->batch;
    return ridge_max_pool_forward(run->on, &pool->shape, run->input[0], run->output,
                                  index_of(pool, run));
}

ridge_status ridge_max_pool_layer_backward(struct ridge_pool_layer *pool,
                                           const struct ridge_layer_run *run)
{
    pool->shape.batch = run->batch;
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    return ridge_max_pool_backward(run->on, &pool->shape, index_of(pool, run), run->output_gradient,
                                   run->accumulate[0], run->input_gradient[0]);
}

void ridge_average_pool_layer_setup(const struct ridge_pool_layer *pool,
                                    struct ridge_layer_plan *plan)
{
    plan->output = pool->output;
}

ridge_status ridge_average_pool_layer_forward(struct ridge_pool_layer *pool,
                                              const struct ridge_layer_run *run)
{
    pool->shape.batch = run->batch;
    return ridge_average_pool_forward(run->on, &pool->shape, run->input[0], run->output);
}

ridge_status ridge_average_pool_layer_backward(struct ridge_pool_layer *pool,
                                               const struct ridge_layer_run *run)
{
    pool->shape.batch = run->batch;
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    return ridge_average_pool_backward(run->on, &pool->shape, run->output_gradient,
                                       run->accumulate[0], run->input_gradient[0]);
}

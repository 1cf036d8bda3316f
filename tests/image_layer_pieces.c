// SPDX-License-Identifier: Apache-2.0
#include "layer_pieces.h"

#include <ridge/image_layers.h>

// Memory orders: into convolutions and out again, once more from the same plain rows, and behind a
// branch of which one side is interleaved.
static ridge_node build_conv2d(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 30, .activation = RIDGE_TANH));
    x = ridge_reshape(network, x, ridge_reshape_params(.shape = {2, 5, 3}));
    ridge_node a =
        ridge_conv2d(network, x,
                     ridge_conv2d_params(.filters = 2, .kernel = {3, 2},
                                         .padding = RIDGE_PADDING_SAME, .activation = RIDGE_RELU));
    ridge_node b =
        ridge_conv2d(network, x, ridge_conv2d_params(.filters = 2, .kernel = {1}, .no_bias = true));
    ridge_node sum = ridge_add(network, ridge_add(network, x, a, NULL), b, NULL);
    sum = ridge_add(network, a, sum, NULL);
    return ridge_conv2d(network, sum,
                        ridge_conv2d_params(.filters = 4, .kernel = {3}, .stride = {2},
                                            .pad_height = 1, .pad_width = 1, .groups = 2,
                                            .activation = RIDGE_GELU, .weight = {.l2 = 0.01f}));
}

static ridge_node build_reshape(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 12, .activation = RIDGE_TANH));
    return ridge_reshape(network, x, ridge_reshape_params(.shape = {3, 2, 2}));
}

static ridge_node build_conv2d_channels_last(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 24));
    x = ridge_reshape(network, x, ridge_reshape_params(.shape = {4, 6}));
    x = ridge_conv2d(network, x,
                     ridge_conv2d_params(.filters = 3, .kernel = {3}, .dilation = {1, 2},
                                         .channels_last = true, .activation = RIDGE_TANH));
    return ridge_conv2d(network, x,
                        ridge_conv2d_params(.filters = 5, .kernel = {2}, .channels_last = true));
}

// Rows of images of 2 channels, without kinks of their own.
static ridge_node images(ridge_network *network, ridge_node x, size_t height, size_t width)
{
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = 2 * height * width, .activation = RIDGE_TANH));
    return ridge_reshape(network, x, ridge_reshape_params(.shape = {2, height, width}));
}

static ridge_node build_conv1d(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 18, .activation = RIDGE_TANH));
    x = ridge_reshape(network, x, ridge_reshape_params(.shape = {2, 9}));
    x = ridge_conv1d(network, x,
                     ridge_conv1d_params(.filters = 4, .kernel = 3, .dilation = 2,
                                         .padding = RIDGE_PADDING_SAME, .activation = RIDGE_TANH));
    return ridge_conv1d(network, x,
                        ridge_conv1d_params(.filters = 4, .kernel = 2, .stride = 2, .groups = 2));
}

// Its input is used twice.
static ridge_node build_conv2d_transpose(ridge_network *network, ridge_node x)
{
    x = images(network, x, 3, 2);
    ridge_node a = ridge_conv2d_transpose(
        network, x,
        ridge_conv2d_transpose_params(.filters = 4, .kernel = {3}, .stride = {2}, .pad_height = 1,
                                      .pad_width = 1, .more_height = 1, .activation = RIDGE_TANH,
                                      .groups = 2));
    ridge_node b = ridge_conv2d_transpose(
        network, x,
        ridge_conv2d_transpose_params(.filters = 1, .kernel = {2}, .padding = RIDGE_PADDING_SAME,
                                      .stride = {2}, .no_bias = true));
    a = ridge_max_pool2d(network, a, ridge_pool2d_params(.window = {2}));
    return ridge_concat(network, ridge_reshape(network, a, ridge_reshape_params(.shape = {12})),
                        ridge_reshape(network, b, ridge_reshape_params(.shape = {24})), NULL);
}

// Windows that overlap and hang over the edge; the input is used twice.
static ridge_node build_max_pool2d(ridge_network *network, ridge_node x)
{
    x = images(network, x, 4, 5);
    x = ridge_conv2d(network, x, ridge_conv2d_params(.filters = 3, .kernel = {1}));
    ridge_node a = ridge_max_pool2d(
        network, x,
        ridge_pool2d_params(.window = {3}, .stride = {1}, .pad_height = 1, .pad_width = 1));
    return ridge_max_pool2d(network, ridge_add(network, x, a, NULL),
                            ridge_pool2d_params(.window = {2}, .padding = RIDGE_PADDING_SAME));
}

static ridge_node build_average_pool2d(ridge_network *network, ridge_node x)
{
    x = images(network, x, 5, 4);
    x = ridge_average_pool2d(
        network, x,
        ridge_pool2d_params(.window = {3, 2}, .stride = {2, 1}, .padding = RIDGE_PADDING_SAME));
    return ridge_average_pool2d(
        network, x, ridge_pool2d_params(.window = {2}, .pad_height = 1, .counts_padding = true));
}

static ridge_node build_pool1d(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 22, .activation = RIDGE_TANH));
    x = ridge_reshape(network, x, ridge_reshape_params(.shape = {11, 2}));
    ridge_node a = ridge_max_pool1d(
        network, x, ridge_pool1d_params(.window = 3, .stride = 2, .channels_last = true));
    ridge_node b = ridge_average_pool1d(
        network, x, ridge_pool1d_params(.window = 2, .pad = 1, .channels_last = true));
    return ridge_concat(network, a, b, NULL);
}

static ridge_node build_global_max_pool(ridge_network *network, ridge_node x)
{
    return ridge_global_max_pool(network, images(network, x, 3, 4), NULL);
}

static ridge_node build_global_average_pool(ridge_network *network, ridge_node x)
{
    return ridge_global_average_pool(network, images(network, x, 4, 3),
                                     ridge_global_pool_params(.channels_last = true));
}

static ridge_node build_upsample2d(ridge_network *network, ridge_node x)
{
    x = ridge_upsample2d(network, images(network, x, 2, 3),
                         ridge_upsample2d_params(.factor = {2, 1}));
    return ridge_conv2d(network, x, ridge_conv2d_params(.filters = 2, .kernel = {2}));
}

// Interleaved rows beside plain ones, last and first dimensions.
static ridge_node build_concat(ridge_network *network, ridge_node x)
{
    x = images(network, x, 3, 2);
    ridge_node a = ridge_conv2d(network, x, ridge_conv2d_params(.filters = 3, .kernel = {1}));
    ridge_node sum = ridge_concat(network, ridge_concat(network, a, x, NULL), a, NULL);
    sum = ridge_concat(network, sum, sum, ridge_concat_params(.channels_last = true));
    return ridge_concat(
        network, x, ridge_reshape(network, sum, ridge_reshape_params(.shape = {16, 3, 2})), NULL);
}

const struct layer_piece image_layer_pieces[] = {
    {"reorder", build_conv2d, true},
    {"reshape", build_reshape, true},
    {"conv2d", build_conv2d_channels_last, true},
    {"conv1d", build_conv1d, true},
    {"conv2d_transpose", build_conv2d_transpose, true},
    {"max_pool2d", build_max_pool2d, true},
    {"average_pool2d", build_average_pool2d, true},
    {"max_pool1d", build_pool1d, true},
    {"average_pool1d", build_pool1d, true},
    {"global_max_pool", build_global_max_pool, true},
    {"global_average_pool", build_global_average_pool, true},
    {"upsample2d", build_upsample2d, true},
    {"concat", build_concat, true},
    {0},
};

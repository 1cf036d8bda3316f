// SPDX-License-Identifier: Apache-2.0
#include "layer_pieces.h"

#include <ridge/audio.h>
#include <ridge/image_layers.h>

static ridge_node build_dense(ridge_network *network, ridge_node x)
{
    return ridge_dense(network, x, ridge_dense_params(.units = 7));
}

static ridge_node build_dense_fused(ridge_network *network, ridge_node x)
{
    return ridge_dense(network, x,
                       ridge_dense_params(.units = 7, .activation = RIDGE_TANH,
                                          .weight = {.init = RIDGE_INIT_HE_UNIFORM}));
}

static ridge_node build_dense_saved(ridge_network *network, ridge_node x)
{
    return ridge_dense(network, x,
                       ridge_dense_params(.units = 7, .activation = RIDGE_GELU, .no_bias = true));
}

static ridge_node build_dense_orthogonal(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = 7, .activation = RIDGE_TANH,
                                       .weight = {.l1 = 0.01f, .orthogonal = 0.5f}));
    return ridge_dense(network, x,
                       ridge_dense_params(.units = 4, .activation = RIDGE_TANH,
                                          .weight = {.orthogonal = 2,
                                                     .orthogonal_mode = RIDGE_ORTHOGONAL_COLUMNS}));
}

// Both masks at once: of the weights, and that of the dropout behind, which the layer does itself
// outside this check.
static ridge_node build_drop_connect(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 9, .activation = RIDGE_TANH));
    x = ridge_dense(
        network, x,
        ridge_dense_params(.units = 11, .activation = RIDGE_RELU, .drop_connect = 0.4f));
    x = ridge_dropout(network, x, ridge_dropout_params(.keep_prob = 0.6f));
    return ridge_dense(
        network, x, ridge_dense_params(.units = 7, .activation = RIDGE_GELU, .drop_connect = 0.2f));
}

static ridge_node build_activation(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 6));
    for (int kind = RIDGE_LINEAR; ridge_activation_name((ridge_activation)kind); kind++)
        x = ridge_activation_layer(network, x,
                                   ridge_activation_params(.activation = (ridge_activation)kind));
    return x;
}

static ridge_node build_dropout(ridge_network *network, ridge_node x)
{
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.3f));
    x = ridge_dense(network, x, ridge_dense_params(.units = 9, .activation = RIDGE_SIGMOID));
    return ridge_dropout(network, x, ridge_dropout_params(.rate = 0.5f));
}

static ridge_node build_gaussian_dropout(ridge_network *network, ridge_node x)
{
    x = ridge_gaussian_dropout(network, x, ridge_gaussian_dropout_params(.rate = 0.3f));
    x = ridge_dense(network, x, ridge_dense_params(.units = 9, .activation = RIDGE_SIGMOID));
    return ridge_gaussian_dropout(network, x, ridge_gaussian_dropout_params(.rate = 0.5f));
}

static ridge_node build_alpha_dropout(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 9, .activation = RIDGE_SELU));
    return ridge_alpha_dropout(network, x, ridge_alpha_dropout_params(.rate = 0.4f));
}

// Twice the same input, so that its gradient is added to.
static ridge_node build_gaussian_noise(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 6, .activation = RIDGE_TANH));
    ridge_node a = ridge_gaussian_noise(network, x, ridge_gaussian_noise_params(.deviation = 0.3f));
    ridge_node b = ridge_gaussian_noise(network, x, ridge_gaussian_noise_params(.deviation = 2));
    return ridge_add(network, a, b, NULL);
}

static ridge_node build_flatten(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 4, .activation = RIDGE_TANH));
    return ridge_flatten(network, x, NULL);
}

// Branches: one node used three times, once through an alias.
static ridge_node build_add(ridge_network *network, ridge_node x)
{
    ridge_node a =
        ridge_dense(network, x, ridge_dense_params(.units = 6, .activation = RIDGE_TANH));
    ridge_node b =
        ridge_dense(network, a, ridge_dense_params(.units = 6, .activation = RIDGE_SOFTPLUS));
    ridge_node sum = ridge_add(network, a, b, NULL);
    return ridge_add(network, sum, ridge_flatten(network, a, NULL), NULL);
}

// Behind a branch, beside it and behind a dropout, whose work a dense layer with relu may do.
static ridge_node build_activity_penalty(ridge_network *network, ridge_node x)
{
    ridge_node a =
        ridge_dense(network, x, ridge_dense_params(.units = 6, .activation = RIDGE_RELU));
    a = ridge_dropout(network, a, ridge_dropout_params(.rate = 0.3f));
    ridge_node b =
        ridge_activity_penalty(network, a, ridge_activity_penalty_params(.l1 = 0.02f, .l2 = 0.03f));
    x = ridge_add(network, a, b, NULL);
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = 6, .activation = RIDGE_GELU, .activity_l2 = 0.1f));
    return ridge_activity_penalty(network, x, ridge_activity_penalty_params(.l1 = 0.05f));
}

// A dense layer without a bias before it is the usual; the kinks of relu lie behind the statistics.
static ridge_node build_batch_norm(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 7, .no_bias = true));
    x = ridge_batch_norm(network, x, ridge_batch_norm_params(.activation = RIDGE_RELU));
    x = ridge_dense(network, x, ridge_dense_params(.units = 6));
    x = ridge_batch_norm(network, x,
                         ridge_batch_norm_params(.convention = RIDGE_CONVENTION_TORCH,
                                                 .activation = RIDGE_SILU, .gamma = {.l2 = 1e-2f},
                                                 .beta = {.l1 = 1e-2f}));
    return ridge_batch_norm(network, x, NULL);
}

// First of all, without anything to train; and used twice.
static ridge_node build_batch_norm_input(ridge_network *network, ridge_node x)
{
    x = ridge_batch_norm(network, x, ridge_batch_norm_params(.no_gamma = true, .no_beta = true));
    x = ridge_dense(network, x, ridge_dense_params(.units = 6, .activation = RIDGE_TANH));
    ridge_node normal =
        ridge_batch_norm(network, x, ridge_batch_norm_params(.no_gamma = true, .momentum = 0.5f));
    return ridge_add(network, x, normal, NULL);
}

// Of images: interleaved, planar, channels last.
static ridge_node build_batch_norm_image(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 18, .activation = RIDGE_TANH));
    x = ridge_reshape(network, x, ridge_reshape_params(.shape = {3, 2, 3}));
    x = ridge_batch_norm(network, x, NULL);
    x = ridge_conv2d(network, x, ridge_conv2d_params(.filters = 2, .kernel = {1}, .no_bias = true));
    x = ridge_batch_norm(network, x, ridge_batch_norm_params(.activation = RIDGE_SILU));
    x = ridge_flatten(network, x, NULL);
    x = ridge_reshape(network, x, ridge_reshape_params(.shape = {2, 3, 2}));
    return ridge_batch_norm(network, x, ridge_batch_norm_params(.channels_last = true));
}

static ridge_node build_layer_norm(ridge_network *network, ridge_node x)
{
    x = ridge_layer_norm(network, x, ridge_layer_norm_params(.no_beta = true));
    x = ridge_dense(network, x, ridge_dense_params(.units = 7));
    x = ridge_layer_norm(network, x,
                         ridge_layer_norm_params(.convention = RIDGE_CONVENTION_TORCH,
                                                 .activation = RIDGE_RELU, .gamma = {.l2 = 1e-2f}));
    x = ridge_dense(network, x, ridge_dense_params(.units = 6, .activation = RIDGE_TANH));
    ridge_node normal = ridge_layer_norm(
        network, x,
        ridge_layer_norm_params(.activation = RIDGE_GELU, .whole_row = true, .no_gamma = true));
    return ridge_add(network, x, normal, NULL);
}

// Of images: planar, channels last and one channel to a group, interleaved.
static ridge_node build_group_norm(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 24, .activation = RIDGE_TANH));
    x = ridge_reshape(network, x, ridge_reshape_params(.shape = {4, 2, 3}));
    x = ridge_group_norm(network, x, ridge_group_norm_params(.groups = 2, .gamma = {.l2 = 1e-2f}));
    x = ridge_flatten(network, x, NULL);
    x = ridge_reshape(network, x, ridge_reshape_params(.shape = {4, 2, 3}));
    x = ridge_group_norm(
        network, x,
        ridge_group_norm_params(.groups = 3, .channels_last = true, .activation = RIDGE_RELU));
    x = ridge_conv2d(network, x, ridge_conv2d_params(.filters = 4, .kernel = {1}));
    return ridge_group_norm(network, x,
                            ridge_group_norm_params(.groups = 2, .no_beta = true,
                                                    .convention = RIDGE_CONVENTION_TORCH,
                                                    .activation = RIDGE_SILU));
}

static ridge_node build_standardise(ridge_network *network, ridge_node x)
{
    return ridge_standardise(network, x, NULL);
}

static ridge_node build_log_mel(ridge_network *network, ridge_node x)
{
    return ridge_log_mel(network, x,
                         ridge_log_mel_params(.sample_rate = 100, .window = 4, .bands = 1));
}

static ridge_node build_spectrogram_mask(ridge_network *network, ridge_node x)
{
    x = ridge_dense(network, x, ridge_dense_params(.units = 12));
    x = ridge_reshape(network, x, ridge_reshape_params(.shape = {3, 4}));
    x = ridge_spectrogram_mask(network, x,
                               ridge_spectrogram_mask_params(.time_masks = 2, .time_width = 2,
                                                             .frequency_masks = 1,
                                                             .frequency_width = 1));
    return ridge_spectrogram_mask(
        network, x, ridge_spectrogram_mask_params(.time_masks = 1, .time_width = 3, .mean = true));
}

const struct layer_piece layer_pieces[] = {
    {"input", build_dense, true},
    {"dense", build_dense, true},
    {"dense", build_drop_connect, true},
    {"dense", build_dense_fused, true},
    {"dense", build_dense_saved, true},
    {"dense", build_dense_orthogonal, true},
    {"activation", build_activation, true},
    {"dropout", build_dropout, true},
    {"gaussian_dropout", build_gaussian_dropout, true},
    {"alpha_dropout", build_alpha_dropout, true},
    {"gaussian_noise", build_gaussian_noise, true},
    {"flatten", build_flatten, true},
    {"add", build_add, false},
    {"activity_penalty", build_activity_penalty, false},
    {"batch_norm", build_batch_norm, true},
    {"batch_norm", build_batch_norm_input, false},
    {"batch_norm", build_batch_norm_image, true},
    {"layer_norm", build_layer_norm, false},
    {"group_norm", build_group_norm, true},
    {"standardise", build_standardise, true},
    {"log_mel", build_log_mel, true},
    {"spectrogram_mask", build_spectrogram_mask, true},
    {0},
};

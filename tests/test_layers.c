// SPDX-License-Identifier: Apache-2.0
// Every registered layer class: gradient check, save and load, by a row in the table below. A class
// without a row fails the test.
#include "harness.h"

#include "problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ridge/audio.h>
#include <ridge/image_layers.h>
#include <ridge/network.h>

enum { INPUTS = 5, CLASSES = 3, ROWS = 20 };

// Oclgrind interprets each work-item, so it gets few.
static size_t row_count(void)
{
    return test_small() ? 5 : ROWS;
}

// A piece of network with the layer in it; takes and gives a node.
typedef ridge_node (*build)(ridge_network *network, ridge_node x);

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

static const struct {
    const char *layer;
    build build;
    bool slow; // left out under Oclgrind
} rows[] = {
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
    {"standardise", build_standardise, true},
    {"log_mel", build_log_mel, true},
    {"spectrogram_mask", build_spectrogram_mask, true},
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static ridge_network *make(build piece)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    x = piece(network, x);
    x = ridge_dense(network, x, ridge_dense_params(.units = CLASSES));
    assert_ok(
        ridge_network_compile(network, x, ridge_compile_params(.seed = 3, .batch = row_count())));
    return network;
}

static void every_class_has_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; ridge_layer_at(i); i++) {
        bool found = false;
        for (size_t row = 0; row < ROW_COUNT; row++)
            found = found || strcmp(rows[row].layer, ridge_layer_at(i)->name) == 0;
        if (!found)
            fail_msg("layer %s has no row in the table of test_layers.c", ridge_layer_at(i)->name);
    }
}

static void gradients(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(row_count(), INPUTS, CLASSES, 0.5);
    for (size_t row = 0; row < ROW_COUNT; row++) {
        bool known = row && rows[row].build == rows[row - 1].build; // two classes in one
        if (known || (test_small() && rows[row].slow))
            continue;
        ridge_network *network = make(rows[row].build);
        ridge_gradient_error *errors;
        size_t count;
        bool passed;
        assert_ok(ridge_network_check_gradients(
            network, data,
            &(ridge_gradient_check_params){.elements = test_small() ? 1
                                                       : test_few() ? 2
                                                                    : 24},
            &errors, &count, &passed));
        for (size_t i = 0; i < count; i++)
            if (!(errors[i].worst <= 1e-2) || errors[i].checked == 0)
                fail_msg("row %zu (%s), %s[%zu]: backward %g, numeric %g", row, rows[row].layer,
                         errors[i].parameter, errors[i].element, errors[i].backward,
                         errors[i].numeric);
        assert_true(passed);
        free(errors);
        ridge_network_destroy(&network);
    }
    ridge_dataset_destroy(&data);
}

static void saved_and_loaded(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(row_count(), INPUTS, CLASSES, 0.5);
    char path[64];
    snprintf(path, sizeof(path), "/tmp/ridge-test-layers-%ld", (long)getpid());
    for (size_t row = 0; row < ROW_COUNT; row++) {
        if (test_small() && rows[row].slow)
            continue;
        ridge_network *network = make(rows[row].build), *again;
        float before[ROWS * CLASSES], after[ROWS * CLASSES];
        assert_ok(ridge_network_predict(network, data, before));
        assert_ok(ridge_network_save(network, path));
        assert_ok(ridge_network_load(test_device, path, &again));
        assert_ok(ridge_network_predict(again, data, after));
        assert_memory_equal(before, after, row_count() * CLASSES * sizeof(float));
        for (size_t i = 0; i < row_count(); i++) {
            float sum = 0;
            for (size_t c = 0; c < CLASSES; c++)
                sum += before[i * CLASSES + c];
            assert_true(fabsf(sum - 1) < 1e-5f); // probabilities
        }
        ridge_network_destroy(&network);
        ridge_network_destroy(&again);
        unlink(path);
    }
    ridge_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_has_a_row),
        cmocka_unit_test(gradients),
        cmocka_unit_test(saved_and_loaded),
    };
    return TEST_MAIN("layers", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Convolution layers in networks: constraints and penalties on filters, names of rows against
// memory order, what is refused and how that is said.
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ridge/image_layers.h>
#include <ridge/training.h>

enum { ROWS = 24, CHANNELS = 3, HEIGHT = 5, WIDTH = 4, FILTERS = 6, CLASSES = 2 };
#define SIZE (CHANNELS * HEIGHT * WIDTH)

static ridge_dataset *make_data(const float *x, const size_t *shape)
{
    static int32_t y[ROWS];
    ridge_dataset_params params = {
        .count = ROWS, .x = x, .y = y, .y_type = RIDGE_INT32, .classes = CLASSES};
    ridge_dataset *data;
    for (size_t i = 0; i < ROWS; i++)
        y[i] = (int32_t)(i % CLASSES);
    memcpy(params.shape, shape, 3 * sizeof(*shape));
    assert_ok(ridge_dataset_create(&params, &data));
    return data;
}

// Each filter's norm stays below its limit, also where the update alone would pass it.
static void filters_are_constrained(void **state)
{
    (void)state;
    float x[ROWS * SIZE], norms[FILTERS];
    test_fill(x, ROWS * SIZE, 1, -1, 1);
    ridge_dataset *data = make_data(x, (const size_t[]){CHANNELS, HEIGHT, WIDTH});
    ridge_network *network = ridge_network_create(test_device);
    ridge_node node = ridge_input(network, ridge_input_params(.shape = {CHANNELS, HEIGHT, WIDTH}));
    node = ridge_conv2d(network, node,
                        ridge_conv2d_params(.filters = FILTERS, .kernel = {3},
                                            .padding = RIDGE_PADDING_SAME, .activation = RIDGE_RELU,
                                            .weight = {.l2 = 0.01f, .max_norm = 0.5f}));
    node = ridge_dense(network, node, ridge_dense_params(.units = CLASSES));
    assert_ok(ridge_network_compile(
        network, node,
        ridge_compile_params(.optimizer = ridge_sgd(.rate = 0.5f), .seed = 4, .batch = 8)));
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 2, .batch = 8), NULL));
    assert_ok(ridge_network_unit_norms(network, "conv2d_1.weight", RIDGE_NORM, RIDGE_OF_WEIGHTS,
                                       norms, FILTERS));
    double squares = 0, penalty;
    bool touched = false;
    for (int f = 0; f < FILTERS; f++) {
        // Scaling rounds once for each weight, the norm once more.
        assert_true(norms[f] <= 0.5f * (1 + 8 * (float)TEST_EPSILON));
        touched = touched || norms[f] > 0.49f;
        squares += (double)norms[f] * norms[f];
    }
    assert_true(touched);
    assert_ok(ridge_network_penalty(network, &penalty));
    double expected = (double)0.01f * squares; // sums of 27 squares and of 6 norms, each rounded
    assert_true(fabs(penalty - expected) <= 64 * TEST_EPSILON * expected);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static ridge_network *make_named(bool channels_last)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_input_params input = {.shape = {CHANNELS, HEIGHT, WIDTH}};
    if (channels_last)
        memcpy(input.shape, (const size_t[]){HEIGHT, WIDTH, CHANNELS}, 3 * sizeof(size_t));
    ridge_node node = ridge_input(network, &input);
    node =
        ridge_conv2d(network, node,
                     ridge_conv2d_params(.filters = FILTERS, .kernel = {3, 2},
                                         .channels_last = channels_last, .activation = RIDGE_TANH));
    node = ridge_conv2d(
        network, node,
        ridge_conv2d_params(.filters = CLASSES, .kernel = {3, 3}, .channels_last = channels_last));
    assert_ok(ridge_network_compile(
        network, node,
        ridge_compile_params(.loss = RIDGE_MEAN_SQUARED_ERROR, .seed = 4, .batch = ROWS)));
    return network;
}

// The same images, named either way, give the same bits, and the output lies as it is named: one
// place is left, so both are [classes].
static void names_and_memory(void **state)
{
    (void)state;
    float x[ROWS * SIZE], last[ROWS * SIZE], y[2][ROWS * CLASSES];
    test_fill(x, ROWS * SIZE, 1, -1, 1);
    for (size_t i = 0; i < ROWS * SIZE; i++) {
        size_t row = i / SIZE, c = i % SIZE / (HEIGHT * WIDTH), place = i % (HEIGHT * WIDTH);
        last[row * SIZE + place * CHANNELS + c] = x[i];
    }
    for (int l = 0; l < 2; l++) {
        ridge_network *network = make_named(l);
        ridge_dataset *data =
            make_data(l ? last : x, l ? (const size_t[]){HEIGHT, WIDTH, CHANNELS}
                                      : (const size_t[]){CHANNELS, HEIGHT, WIDTH});
        assert_int_equal(ridge_network_output_size(network), CLASSES);
        assert_ok(ridge_network_predict(network, data, y[l]));
        ridge_network_destroy(&network);
        ridge_dataset_destroy(&data);
    }
    assert_memory_equal(y[0], y[1], sizeof(y[0]));
}

// Rows [height, width] are images of one channel, which may be named as well.
static void one_channel(void **state)
{
    (void)state;
    const size_t shapes[2][3] = {{HEIGHT, CHANNELS * WIDTH}, {1, HEIGHT, CHANNELS * WIDTH}};
    float x[ROWS * SIZE], y[2][ROWS * CLASSES];
    test_fill(x, ROWS * SIZE, 1, -1, 1);
    for (int named = 0; named < 2; named++) {
        ridge_network *network = ridge_network_create(test_device);
        ridge_input_params input = {.name = "images"};
        memcpy(input.shape, shapes[named], sizeof(shapes[named]));
        ridge_node images = ridge_input(network, &input);
        ridge_node pooled =
            ridge_max_pool2d(network, images, ridge_pool2d_params(.window = {2, 5}));
        ridge_node filtered = ridge_conv2d(
            network, images, ridge_conv2d_params(.filters = 2, .kernel = {3, 2}, .stride = {2, 4}));
        pooled = ridge_dense(network, pooled, ridge_dense_params(.units = CLASSES));
        filtered = ridge_dense(network, filtered, ridge_dense_params(.units = CLASSES));
        ridge_dataset *data = make_data(x, shapes[named]);
        assert_ok(ridge_network_compile(network, ridge_add(network, pooled, filtered, NULL),
                                        ridge_compile_params(.seed = 4, .batch = ROWS)));
        assert_ok(ridge_network_predict(network, data, y[named]));
        ridge_network_destroy(&network);
        ridge_dataset_destroy(&data);
    }
    assert_memory_equal(y[0], y[1], sizeof(y[0]));
}

// A network whose output is images: they come out as they are named.
static void output_is_plain(void **state)
{
    (void)state;
    float x[ROWS * SIZE], w[CHANNELS * CHANNELS] = {0}, y[ROWS * SIZE];
    test_fill(x, ROWS * SIZE, 1, -1, 1);
    for (int c = 0; c < CHANNELS; c++)
        w[c * CHANNELS + c] = 1; // a kernel of one place that changes nothing
    ridge_dataset *data = make_data(x, (const size_t[]){CHANNELS, HEIGHT, WIDTH});
    ridge_network *network = ridge_network_create(test_device);
    ridge_node node = ridge_input(network, ridge_input_params(.shape = {CHANNELS, HEIGHT, WIDTH}));
    node = ridge_conv2d(network, node,
                        ridge_conv2d_params(.filters = CHANNELS, .kernel = {1}, .no_bias = true));
    assert_ok(ridge_network_compile(network, node,
                                    ridge_compile_params(.loss = RIDGE_MEAN_SQUARED_ERROR)));
    ridge_parameter weight;
    assert_true(ridge_network_parameter(network, 0, &weight));
    assert_ok(ridge_tensor_write(test_device, weight.tensor, w));
    assert_ok(ridge_network_predict(network, data, y));
    assert_memory_equal(x, y, sizeof(x));
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// A network of convolutions over images of 1 x 9 x 9, until the builder refuses.
static void refuse(const ridge_conv2d_params *params, int times, const char *message)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node node = ridge_input(network, ridge_input_params(.shape = {9, 9}));
    for (int i = 0; i < times; i++)
        node = ridge_conv2d(network, node, params);
    assert_int_equal(node.id, 0);
    assert_true(ridge_network_status(network) != RIDGE_OK);
    if (!strstr(ridge_error(), message))
        fail_msg("expected '%s' in '%s'", message, ridge_error());
    ridge_network_destroy(&network);
}

static void refusals(void **state)
{
    (void)state;
    refuse(ridge_conv2d_params(.filters = 2, .kernel = {3}), 5,
           "layer conv2d_5: kernel: expected one that fits the image of 1x1 (1x1 with padding), "
           "got 3x3");
    refuse(ridge_conv2d_params(.filters = 2, .kernel = {5, 6}, .dilation = {1, 2}), 1,
           "image of 9x9 (9x9 with padding), got 5x11 with dilation");
    refuse(ridge_conv2d_params(.filters = 3, .kernel = {1}, .groups = 2), 1,
           "groups: expected a number that divides 1 channels and 3 filters, got 2");
    refuse(ridge_conv2d_params(.filters = 4, .kernel = {3}, .padding = RIDGE_PADDING_SAME,
                               .pad_width = 1),
           1, "padding: expected same, or pad_height and pad_width, got both");
    refuse(ridge_conv2d_params(.kernel = {3}), 1, "filters");
    ridge_network *network = ridge_network_create(test_device);
    ridge_node node = ridge_input(network, ridge_input_params(.shape = {784}));
    node = ridge_conv2d(network, node, ridge_conv2d_params(.filters = 4, .kernel = {3}));
    assert_int_equal(node.id, 0);
    assert_true(ridge_network_status(network) == RIDGE_ERROR_SHAPE);
    assert_non_null(strstr(ridge_error(), "layer conv2d_1: expected rows of shape [channels, "
                                          "height, width], got 784; a layer reshape"));
    ridge_network_destroy(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_are_constrained),
        cmocka_unit_test(names_and_memory),
        cmocka_unit_test(one_channel),
        cmocka_unit_test(output_is_plain),
        cmocka_unit_test(refusals),
    };
    return TEST_MAIN("conv2d", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Batch normalisation folded into the weights before it in inference: which is folded and when, and
// that predictions are what they are without.
#include "harness.h"

#include <stdlib.h>

#include <ridge/image_layers.h>

#include "network/schedule.h"
#include "problems.h"

enum { CHANNELS = 2, SIDE = 5, UNITS = 3, BATCH = 7, LAYERS = 5 };

// What stands before the normalisation, of UNITS units.
enum kind { CONV2D, CONV2D_LAST, CONV1D, DENSE };

struct test_case {
    enum kind kind;
    bool no_bias, no_gamma;
    ridge_activation activation;
};

// apart: with a layer in between, so that nothing is folded.
static ridge_network *build(const struct test_case *c, bool apart, bool used_twice)
{
    ridge_network *network = ridge_network_create(test_device);
    bool last = c->kind == CONV2D_LAST;
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {CHANNELS * SIDE}));
    if (c->kind == CONV1D)
        x = ridge_reshape(network, x, ridge_reshape_params(.shape = {CHANNELS, SIDE}));
    else if (c->kind != DENSE)
        x = ridge_reshape(network, x,
                          last ? ridge_reshape_params(.shape = {SIDE, 1, CHANNELS})
                               : ridge_reshape_params(.shape = {CHANNELS, SIDE, 1}));
    if (c->kind == DENSE)
        x = ridge_dense(network, x,
                        ridge_dense_params(.units = UNITS, .no_bias = c->no_bias, .name = "w"));
    else if (c->kind == CONV1D)
        x = ridge_conv1d(network, x,
                         ridge_conv1d_params(.filters = UNITS, .kernel = 3, .pad = 1,
                                             .no_bias = c->no_bias, .name = "w"));
    else
        x = ridge_conv2d(network, x,
                         ridge_conv2d_params(.filters = UNITS, .kernel = {3, 1}, .pad_height = 1,
                                             .channels_last = last, .no_bias = c->no_bias,
                                             .name = "w"));
    ridge_node before = x;
    if (apart)
        x = ridge_activation_layer(network, x, NULL);
    x = ridge_batch_norm(network, x,
                         ridge_batch_norm_params(.activation = c->activation, .channels_last = last,
                                                 .no_gamma = c->no_gamma, .name = "n"));
    if (used_twice)
        x = ridge_add(network, x, before, NULL);
    assert_ok(ridge_network_compile(
        network, x,
        ridge_compile_params(.loss = RIDGE_MEAN_SQUARED_ERROR, .seed = 3, .batch = BATCH)));
    return network;
}

static void set(ridge_network *network, const char *name, size_t count, double low, double high)
{
    float values[64];
    test_fill(values, count, count + (size_t)name[2], low, high);
    assert_ok(ridge_network_set(network, name, values, count));
}

static void fill(ridge_network *network, const struct test_case *c)
{
    set(network, "w.weight", c->kind == DENSE ? UNITS * CHANNELS * SIDE : UNITS * CHANNELS * 3, -1,
        1);
    if (!c->no_bias)
        set(network, "w.bias", UNITS, -1, 1);
    if (!c->no_gamma)
        set(network, "n.gamma", UNITS, -2, 2);
    set(network, "n.beta", UNITS, -1, 1);
    set(network, "n.running_mean", UNITS, -1, 1);
    set(network, "n.running_variance", UNITS, 0.5, 2);
}

// Sums of at most 10 products of numbers up to 1, times at most 2 / sqrt(0.5), shifted; both ways
// round each term a few times, and f' < 1.1.
static double bound(void)
{
    double scale = 2 / sqrt(0.5), terms = CHANNELS * SIDE;
    return 1.1 * 2 * (terms + 8) * TEST_EPSILON * ((terms + 2) * scale + 1);
}

static void agrees(const struct test_case *c, ridge_dataset *data, size_t rows)
{
    size_t count = rows * UNITS * (c->kind == DENSE ? 1 : SIDE);
    float *with = calloc(count, sizeof(float)), *without = calloc(count, sizeof(float));
    double *expected = calloc(count, sizeof(double));
    assert_true(with && without && expected);
    ridge_network *folded = build(c, false, false), *apart = build(c, true, false);
    fill(folded, c);
    fill(apart, c);
    assert_ok(ridge_network_predict(folded, data, with));
    assert_ok(ridge_network_predict(apart, data, without));
    for (size_t i = 0; i < count; i++)
        expected[i] = (double)without[i];
    test_close("folded", with, expected, count, bound(), 0);
    // the weights are what they were, and other statistics count at once
    set(folded, "n.running_mean", UNITS, 1, 2);
    set(apart, "n.running_mean", UNITS, 1, 2);
    assert_ok(ridge_network_predict(folded, data, with));
    assert_ok(ridge_network_predict(apart, data, without));
    for (size_t i = 0; i < count; i++)
        expected[i] = (double)without[i];
    test_close("folded again", with, expected, count, bound(), 0);
    ridge_network_destroy(&folded);
    ridge_network_destroy(&apart);
    free(with);
    free(without);
    free(expected);
}

static void predictions(void **state)
{
    (void)state;
    static const struct test_case cases[] = {
        {CONV2D, false, false, RIDGE_RELU},       {CONV2D, true, true, RIDGE_SILU},
        {CONV2D_LAST, true, false, RIDGE_LINEAR}, {CONV1D, false, false, RIDGE_RELU},
        {DENSE, false, false, RIDGE_TANH},
    };
    enum { ROWS = 2 * BATCH + 3 };
    ridge_dataset *data = test_regression(ROWS, CHANNELS * SIDE, 1);
    for (size_t i = 0; i < (test_small() ? 1 : sizeof(cases) / sizeof(cases[0])); i++)
        agrees(&cases[i], data, ROWS);
    ridge_dataset_destroy(&data);
}

// Whether the normalisation has no launch, and lies in the memory of another layer.
static bool is_folded(ridge_network *network, struct ridge_pass pass, size_t batch)
{
    struct ridge_schedule schedule = {.batch = batch, .pass = pass};
    assert_ok(ridge_schedule_create(network, UNITS, &schedule));
    bool folded = false;
    for (unsigned i = 0; i < network->layer_count; i++)
        if (network->layers[i].class->fold)
            folded = schedule.layers[i].root != i;
    ridge_schedule_release(&schedule);
    return folded;
}

static void when(void **state)
{
    (void)state;
    const struct test_case conv = {.kind = CONV2D}, dense = {.kind = DENSE};
    const struct ridge_pass inference = {.training = false},
                            training = {.training = true, .random = true},
                            sampling = {.random = true};
    ridge_network *network = build(&conv, false, false);
    assert_true(is_folded(network, inference, BATCH));
    assert_false(is_folded(network, training, BATCH));
    assert_false(is_folded(network, sampling, BATCH));
    assert_false(is_folded(network, inference, 1)); // 5 places, but 6 weights of a unit
    ridge_network_destroy(&network);
    network = build(&dense, false, false);
    assert_true(is_folded(network, inference, 10));
    assert_false(is_folded(network, inference, 9));
    ridge_network_destroy(&network);
    network = build(&conv, true, false);
    assert_false(is_folded(network, inference, BATCH));
    ridge_network_destroy(&network);
    // somebody else takes what the convolution gives out
    network = build(&conv, false, true);
    assert_false(is_folded(network, inference, BATCH));
    ridge_network_destroy(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(predictions),
        cmocka_unit_test(when),
    };
    return TEST_MAIN("folding", tests);
}

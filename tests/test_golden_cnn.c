// SPDX-License-Identifier: Apache-2.0
// Convolutional networks against PyTorch: ten steps of Adam of that of `ridge bench mnist-cnn`
// without its dropout, and of one with odd sizes; then inference.
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ridge/image_layers.h>
#include <ridge/training.h>

#define STEPS 10

struct network_case {
    const char *name;
    size_t batch, channels, height, width, filters[2], units, classes;
};

static const struct network_case cases[] = {
    {"odd", 6, 3, 9, 11, {5, 7}, 6, 3},
    {"mnist", 8, 1, 28, 28, {32, 64}, 256, 10},
};

static float *room(size_t count)
{
    float *values = malloc(count * sizeof(*values));
    assert_non_null(values);
    return values;
}

// Weights of a layer: random numbers that both sides make, see noise() of tests/golden/make.py,
// times a power of 2.
static void start(ridge_network *network, const char *layer, uint64_t seed, float scale)
{
    char name[40];
    ridge_parameter parameter = {0};
    snprintf(name, sizeof(name), "%s.weight", layer);
    for (size_t i = 0; !parameter.name || strcmp(parameter.name, name) != 0; i++)
        assert_true(ridge_network_parameter(network, i, &parameter));
    size_t count = ridge_tensor_count(&parameter.tensor);
    float *values = room(count);
    test_fill(values, count, seed, -1, 1);
    for (size_t i = 0; i < count; i++)
        values[i] *= scale;
    assert_ok(ridge_network_set(network, name, values, count));
    free(values);
}

static ridge_network *build(const struct network_case *c)
{
    static const char *const weights[] = {"conv2d_1", "conv2d_2", "conv2d_3",
                                          "conv2d_4", "dense_1",  "dense_2"};
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x =
        ridge_input(network, ridge_input_params(.shape = {c->channels, c->height, c->width}));
    for (int i = 0; i < 4; i++) {
        x = ridge_conv2d(network, x,
                         ridge_conv2d_params(.filters = c->filters[i / 2], .kernel = {3},
                                             .padding = RIDGE_PADDING_SAME, .no_bias = true));
        x = ridge_batch_norm(network, x,
                             ridge_batch_norm_params(.convention = RIDGE_CONVENTION_TORCH,
                                                     .activation = RIDGE_RELU));
        if (i % 2)
            x = ridge_max_pool2d(network, x, ridge_pool2d_params(.window = {2}));
    }
    x = ridge_flatten(network, x, NULL);
    x = ridge_dense(network, x, ridge_dense_params(.units = c->units, .activation = RIDGE_RELU));
    x = ridge_dense(network, x, ridge_dense_params(.units = c->classes));
    assert_ok(ridge_network_compile(
        network, x,
        ridge_compile_params(.optimizer = ridge_adam(.rate = 0.001f), .batch = c->batch)));
    const float *scales = golden_floats(NULL, "%s.scales", c->name);
    for (uint64_t i = 0; i < 6; i++)
        start(network, weights[i], i + 2, scales[i]);
    return network;
}

static ridge_dataset *load(const struct network_case *c)
{
    size_t count = c->batch * c->channels * c->height * c->width;
    float *x = room(count);
    int32_t labels[8];
    ridge_dataset *data;
    test_fill(x, count, 1, -1, 1);
    for (size_t i = 0; i < c->batch; i++)
        labels[i] = (int32_t)(i * 7 % c->classes);
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = x, .count = c->batch,
                                                        .shape = {c->channels, c->height, c->width},
                                                        .y = labels, .y_type = RIDGE_INT32),
                                   &data));
    free(x);
    return data;
}

// PyTorch's own float32 run ends within float32_error of the double one; another order of additions
// gives errors of that size, not the same ones. Few values may come out well by chance, so what the
// losses differ by counts at least.
static double allowed(const char *name, const char *what)
{
    double own = (double)golden_floats(NULL, "%s.%s.float32_error", name, what)[0];
    return 16 * fmax(own, (double)golden_floats(NULL, "%s.loss.float32_error", name)[0]);
}

// Every so many of the values.
static void expect(const char *name, const char *what, const float *got, size_t count)
{
    char title[80];
    size_t kept;
    const float *expected = golden_floats(&kept, "%s.%s", name, what);
    double error = allowed(name, what);
    size_t step = (count + kept - 1) / kept;
    snprintf(title, sizeof(title), "%s.%s", name, what);
    for (size_t i = 0; i < kept; i++) {
        double wanted = (double)expected[i];
        assert_true(i * step < count);
        test_close(title, &got[i * step], &wanted, 1, error, 4 * TEST_EPSILON);
    }
}

static void check_ends(const struct network_case *c, ridge_network *network,
                       const ridge_dataset *data)
{
    ridge_parameter parameter;
    float probabilities[80];
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++) {
        size_t count = ridge_tensor_count(&parameter.tensor);
        float *values = room(count);
        assert_ok(ridge_network_get(network, parameter.name, values, count));
        expect(c->name, parameter.name, values, count);
        free(values);
    }
    assert_ok(ridge_network_predict(network, data, probabilities));
    expect(c->name, "probabilities", probabilities, c->batch * c->classes);
}

static void check(const struct network_case *c)
{
    golden_open("cnn");
    ridge_network *network = build(c);
    ridge_dataset *data = load(c);
    ridge_history history = {0};
    float losses[STEPS];
    // an epoch is one step on all rows, and its loss is that before the step
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = STEPS, .batch = c->batch, .no_shuffle = true),
                        &history));
    assert_int_equal(history.count, STEPS);
    for (size_t i = 0; i < STEPS; i++)
        losses[i] = (float)history.epochs[i].loss;
    expect(c->name, "loss", losses, STEPS);
    check_ends(c, network, data);
    ridge_history_clear(&history);
    ridge_dataset_destroy(&data);
    ridge_network_destroy(&network);
    golden_close();
}

static void odd_sizes(void **state)
{
    (void)state;
    check(&cases[0]);
}

static void mnist(void **state)
{
    (void)state;
    check(&cases[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(odd_sizes), cmocka_unit_test(mnist)};
    return test_main("golden_cnn", tests, test_few() ? 1 : 2);
}

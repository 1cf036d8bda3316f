// SPDX-License-Identifier: Apache-2.0
// Pooling and upsampling against plain loops in double precision, over windows that overlap, stand
// apart and hang over the edge.
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include <ridge/image.h>
#include <ridge/image_layers.h>
#include <ridge/network.h>

#include "pooling_reference.h"

// Kernels are built for each small window, so those are few.
static const ridge_pooling_shape all[] = {
    {2, 4, 6, 16, {2, 2}, {2, 2}, {0, 0}, {0, 0}, false},
    {1, 5, 7, 3, {5, 3}, {2, 1}, {2, 0}, {1, 1}, false},
    {1, 23, 1, 5, {10, 1}, {12, 1}, {0, 0}, {1, 0}, true}, // places that are in no window
    {1, 1, 19, 1, {1, 11}, {1, 2}, {0, 5}, {0, 4}, false},
    // left out under Oclgrind
    {2, 3, 3, 17, {3, 3}, {2, 2}, {1, 1}, {1, 1}, true},
    {3, 28, 28, 32, {2, 2}, {2, 2}, {0, 0}, {0, 0}, true},
    {2, 17, 18, 20, {17, 18}, {1, 1}, {0, 0}, {0, 0}, false}, // all of it; more than 256 places
    {5, 13, 11, 65, {3, 3}, {2, 2}, {0, 0}, {1, 1}, false},
    {1, 9, 10, 7, {4, 5}, {3, 2}, {2, 1}, {1, 2}, true},
    {1, 1, 1009, 1, {1, 300}, {1, 7}, {0, 100}, {0, 3}, false},
    {1, 2, 2, 130, {5, 5}, {1, 1}, {2, 2}, {2, 2}, false}, // windows larger than the image
};

static size_t shape_count(void)
{
    return test_small() ? 4 : sizeof(all) / sizeof(all[0]);
}

// So many windows share a place at most.
static double overlap(const ridge_pooling_shape *s)
{
    return (double)(((s->window[0] - 1) / s->stride[0] + 1) *
                    ((s->window[1] - 1) / s->stride[1] + 1));
}

// |dy| < 1. n terms, each with `roundings`, have partial sums below n, the start of 3 included.
static void check_backward(struct pooling_images *m, bool accumulate, ridge_tensor dx,
                           double roundings)
{
    double n = overlap(&m->shape) + (accumulate ? 3 : 0);
    test_get(dx, m->got);
    test_close(accumulate ? "dx +=" : "dx", m->got, m->expected, m->inputs,
               n * (n + roundings) * TEST_EPSILON, 0);
    test_release(&dx);
}

// Where dx begins: poison, or 3 where it is added to.
static ridge_tensor begin_backward(struct pooling_images *m, bool accumulate)
{
    for (size_t i = 0; i < m->inputs; i++) {
        m->got[i] = 3;
        m->expected[i] = accumulate ? 3 : 0;
    }
    return test_vector(m->inputs, accumulate ? m->got : NULL);
}

static void max_of_windows(void **state)
{
    (void)state;
    for (size_t i = 0; i < shape_count(); i++) {
        struct pooling_images m = pooling_make(all[i]);
        ridge_tensor y = test_vector(m.outputs, NULL);
        ridge_tensor index =
            test_tensor(ridge_pooling_index_type(&m.shape), RIDGE_SHAPE(m.outputs), NULL);
        pooling_windows(&m, pooling_largest);
        assert_ok(ridge_max_pool_forward(test_launcher, &m.shape, m.from, y, (ridge_tensor){0}));
        test_get(y, m.got);
        test_close("y without an index", m.got, m.expected, m.outputs, 0, 0);
        assert_ok(ridge_max_pool_forward(test_launcher, &m.shape, m.from, y, index));
        test_get(y, m.got);
        test_close("y", m.got, m.expected, m.outputs, 0, 0);
        for (int accumulate = 0; accumulate < 2; accumulate++) {
            ridge_tensor dx = begin_backward(&m, accumulate);
            pooling_windows(&m, pooling_largest_back);
            assert_ok(
                ridge_max_pool_backward(test_launcher, &m.shape, index, m.back, accumulate, dx));
            check_backward(&m, accumulate, dx, 0);
        }
        void *bytes = malloc(m.outputs * ridge_type_size(index.type));
        test_get(index, bytes); // the guards are whole
        free(bytes);
        test_release(&y);
        test_release(&index);
        pooling_release(&m);
    }
}

static void mean_of_windows(void **state)
{
    (void)state;
    for (size_t i = 0; i < shape_count(); i++) {
        struct pooling_images m = pooling_make(all[i]);
        ridge_tensor y = test_vector(m.outputs, NULL);
        pooling_windows(&m, pooling_mean);
        assert_ok(ridge_average_pool_forward(test_launcher, &m.shape, m.from, y));
        test_get(y, m.got);
        // no value takes part in more additions than rows, blocks and places of a block; |x| <= 5,
        // and the division rounds once (2.5 ulp where a device divides like that)
        size_t places = m.shape.window[1], additions = places < 64 ? places : 64 + places / 64;
        test_close("y", m.got, m.expected, m.outputs,
                   5 * (double)(additions + m.shape.window[0] + 5) * TEST_EPSILON, 0);
        for (int accumulate = 0; accumulate < 2; accumulate++) {
            ridge_tensor dx = begin_backward(&m, accumulate);
            pooling_windows(&m, pooling_mean_back);
            assert_ok(ridge_average_pool_backward(test_launcher, &m.shape, m.back, accumulate, dx));
            check_backward(&m, accumulate, dx, 6); // 1 / places, and its product with dy
        }
        test_release(&y);
        pooling_release(&m);
    }
}

// NaN and infinity show in their own windows and nowhere else; a window of nothing but -infinity
// gives it, and its gradient to the first place.
static void bad_numbers(void **state)
{
    (void)state;
    const ridge_pooling_shape shape = {1, 2, 8, 2, {2, 2}, {2, 2}, {0, 0}, {0, 0}, false};
    float x[32], y[8], dx[32];
    test_fill(x, 32, 1, -1, 1);
    x[0 * 2] = NAN;                                                  // window 0, channel 0
    x[16 + 3 * 2 + 1] = INFINITY;                                    // window 1, channel 1
    x[4 * 2] = x[5 * 2] = x[16 + 4 * 2] = x[16 + 5 * 2] = -INFINITY; // window 2, channel 0
    const float ones[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    ridge_tensor from = test_vector(32, x), to = test_vector(8, NULL), back = test_vector(8, ones);
    ridge_tensor index = test_tensor(RIDGE_UINT8, RIDGE_SHAPE(8), NULL);
    ridge_tensor gradient = test_vector(32, NULL);
    assert_ok(ridge_max_pool_forward(test_launcher, &shape, from, to, index));
    test_get(to, y);
    for (int i = 0; i < 8; i++)
        if (i == 0   ? !isnan(y[i])
            : i == 3 ? y[i] != INFINITY
            : i == 4 ? y[i] != -INFINITY
                     : !(y[i] < 1))
            fail_msg("window %d, channel %d: %g", i / 2, i % 2, (double)y[i]);
    assert_ok(ridge_max_pool_backward(test_launcher, &shape, index, back, false, gradient));
    test_get(gradient, dx);
    assert_true(dx[0] == 1 && dx[16 + 3 * 2 + 1] == 1 && dx[4 * 2] == 1 && dx[5 * 2] == 0);
    assert_ok(ridge_average_pool_forward(test_launcher, &shape, from, to));
    test_get(to, y);
    for (int i = 0; i < 8; i++)
        assert_true(i == 0 ? isnan(y[i]) : i == 3 || i == 4 ? isinf(y[i]) : fabsf(y[i]) < 1);
    test_release(&from);
    test_release(&to);
    test_release(&back);
    test_release(&index);
    test_release(&gradient);
}

static void one_factor(size_t batch, size_t height, size_t width, size_t channels, size_t tall,
                       size_t wide)
{
    const size_t factor[2] = {tall, wide};
    size_t small = batch * height * width * channels, large = small * tall * wide;
    float *x = malloc(small * 4), *dy = malloc(large * 4), *got = malloc(large * 4);
    double *expected = malloc(large * 8), *back = calloc(small, 8);
    test_fill(x, small, 1, -1, 1);
    test_fill(dy, large, 2, -1, 1);
    for (size_t i = 0; i < large; i++) {
        size_t c = i % channels, place = i / channels;
        size_t column = place % (width * wide), row = place / (width * wide);
        size_t from = (row / tall * width + column / wide) * channels + c;
        expected[i] = x[from];
        back[from] += dy[i];
    }
    const size_t shape[4] = {batch, height, width, channels};
    ridge_tensor from = test_tensor(RIDGE_FLOAT32, 4, shape, x), to = test_vector(large, NULL);
    ridge_tensor gradient = test_vector(large, dy), dx = test_tensor(RIDGE_FLOAT32, 4, shape, NULL);
    assert_ok(ridge_upsample_forward(test_launcher, factor, from, to));
    test_get(to, got);
    test_close("y", got, expected, large, 0, 0);
    double n = (double)(tall * wide); // terms below 1
    assert_ok(ridge_upsample_backward(test_launcher, factor, gradient, false, dx));
    test_get(dx, got);
    test_close("dx", got, back, small, n * n * TEST_EPSILON, 0);
    assert_ok(ridge_upsample_backward(test_launcher, factor, gradient, true, dx));
    test_get(dx, got);
    for (size_t i = 0; i < small; i++)
        back[i] *= 2;
    test_close("dx +=", got, back, small, (2 * n * n + 2 * n) * TEST_EPSILON, 0);
    test_release(&from);
    test_release(&to);
    test_release(&gradient);
    test_release(&dx);
    free(x);
    free(dy);
    free(got);
    free(expected);
    free(back);
}

static void upsampling(void **state)
{
    (void)state;
    one_factor(2, 3, 2, 5, 2, 2);
    one_factor(1, 1, 7, 17, 1, 10);
    if (test_small())
        return;
    one_factor(3, 7, 5, 65, 2, 2);
    one_factor(2, 1, 1, 3, 63, 1);
}

static void bad_arguments(void **state)
{
    (void)state;
    const ridge_pooling_shape good = {1, 4, 4, 2, {2, 2}, {2, 2}, {0, 0}, {0, 0}, false};
    ridge_tensor x = test_vector(32, NULL), y = test_vector(8, NULL), none = {0};
    ridge_tensor index = test_tensor(RIDGE_UINT8, RIDGE_SHAPE(8), NULL);
    assert_fails(ridge_max_pool_forward(NULL, &good, x, y, none), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_max_pool_forward(test_launcher, NULL, x, y, none), RIDGE_ERROR_ARGUMENT,
                 "shape: expected a pointer");
    assert_fails(ridge_max_pool_forward(test_launcher, &good, y, y, none), RIDGE_ERROR_SHAPE,
                 "x: expected 32 elements, got 8");
    assert_fails(ridge_max_pool_forward(test_launcher, &good, x, y, y), RIDGE_ERROR_ARGUMENT,
                 "index: expected type uint8");
    assert_fails(ridge_average_pool_backward(test_launcher, &good, x, false, x), RIDGE_ERROR_SHAPE,
                 "dy: expected 8 elements");
    ridge_pooling_shape bad = good;
    bad.window[0] = 5;
    assert_fails(ridge_average_pool_forward(test_launcher, &bad, x, y), RIDGE_ERROR_SHAPE,
                 "shape, height: expected a window up to 4, the padded image, got 5");
    size_t output[2];
    ridge_pooling_output(&bad, output);
    assert_true(output[0] == 0 && output[1] == 0);
    bad = good;
    bad.pad_after[1] = 2;
    assert_fails(ridge_average_pool_forward(test_launcher, &bad, x, y), RIDGE_ERROR_SHAPE,
                 "shape, width: expected padding less than the window of 2");
    bad = good;
    bad.stride[1] = 0;
    assert_fails(ridge_average_pool_forward(test_launcher, &bad, x, y), RIDGE_ERROR_ARGUMENT,
                 "shape, width: expected size, window and stride above 0");
    const size_t factor[2] = {2, 0};
    assert_fails(ridge_upsample_forward(test_launcher, factor, x, y), RIDGE_ERROR_SHAPE,
                 "x: expected [batch, height, width, channels]");
    x = ridge_tensor_reshaped(x, RIDGE_SHAPE(1, 4, 4, 2));
    assert_fails(ridge_upsample_forward(test_launcher, factor, x, y), RIDGE_ERROR_ARGUMENT,
                 "factor, width: expected 1 or more");
    test_release(&x);
    test_release(&y);
    test_release(&index);
}

// What a network says of a layer that does not fit: its name, what was expected, what came.
static void refused(size_t height, size_t width, const char *kind, const void *params,
                    const char *message)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {2, height, width}));
    ridge_node b = ridge_input(network, ridge_input_params(.shape = {2, 3, 3}));
    const ridge_node inputs[2] = {x, b};
    ridge_layer_add(network, kind, inputs, ridge_layer_find(kind)->inputs, params);
    ridge_status status = ridge_network_status(network);
    assert_fails(status, status == RIDGE_ERROR_ARGUMENT ? status : RIDGE_ERROR_SHAPE, message);
    ridge_network_destroy(&network);
}

static void layers_refuse(void **state)
{
    (void)state;
    refused(2, 7, "max_pool2d", ridge_pool2d_params(.window = {3}),
            "layer max_pool2d_1: window: expected one that fits the image of 2x7 (2x7 with "
            "padding), got 3x3");
    refused(7, 7, "average_pool2d", ridge_pool2d_params(.window = {3, 2}, .pad_width = 2),
            "layer average_pool2d_1: padding: expected at most half the window of 3x2, got 0x2");
    refused(7, 7, "max_pool2d", ridge_pool2d_params(.pad_width = 2), "window");
    refused(7, 7, "max_pool1d", ridge_pool1d_params(.window = 3),
            "expected rows of shape [channels, length]");
    refused(4, 4, "upsample2d", NULL, "factor");
    refused(
        4, 4, "conv2d_transpose",
        ridge_conv2d_transpose_params(.filters = 2, .kernel = {3}, .stride = {2}, .more_width = 2),
        "more_height, more_width: expected less than the stride of 2x2");
    refused(1, 4, "conv2d_transpose",
            ridge_conv2d_transpose_params(.filters = 2, .kernel = {3}, .pad_height = 2),
            "padding: expected less than half of an output of 3 places, got 2");
    refused(4, 4, "conv2d_transpose",
            ridge_conv2d_transpose_params(.filters = 3, .kernel = {3}, .groups = 2),
            "groups: expected a number that divides 2 channels and 3 filters, got 2");
    refused(3, 4, "concat", NULL,
            "layer concat_1: expected inputs that differ in channels only, the first dimension, "
            "found 2x3x4 and 2x3x3");
    refused(5, 3, "concat", ridge_concat_params(.channels_last = true), "the last dimension");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(max_of_windows), cmocka_unit_test(mean_of_windows),
        cmocka_unit_test(bad_numbers),    cmocka_unit_test(upsampling),
        cmocka_unit_test(bad_arguments),  cmocka_unit_test(layers_refuse),
    };
    return TEST_MAIN("pooling", tests);
}

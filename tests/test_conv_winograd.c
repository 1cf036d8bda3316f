// SPDX-License-Identifier: Apache-2.0
// Winograd's convolution against double precision: every element within the bound that follows from
// its transforms, and all of them together as near as is claimed.
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include <ridge/image_layers.h>
#include <ridge/training.h>

#include "device/device.h"
#include "ops/conv.h"
#include "winograd_reference.h"

#define TAPS 3 // edge of a kernel

// Roundings on the way of a term, beside those of its sum: 4 in B'xB (two lines of 2), 12 in GwG'
// (two of 6, the factor's own included), 6 in A'mA (two of 3), for the gradient of weights 4 in
// AdyA' and 14 in G'sG; bias, activation and the second order take the rest.
#define TRANSFORMS 26

// Each element within its own bound, and the root of the mean square error below 32 units of that
// of the values (13 were measured, as long as the sums over few tiles or channels do not count).
static void compare(const char *what, const float *got, const double *expected, const double *size,
                    size_t count, size_t terms)
{
    double error = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        double bound = (double)(terms + TRANSFORMS) * TEST_EPSILON * size[i];
        test_close(what, &got[i], &expected[i], 1, bound, 0);
        error += (got[i] - expected[i]) * (got[i] - expected[i]);
        square += expected[i] * expected[i];
    }
    if (sqrt(error) > 32 * TEST_EPSILON * sqrt(square))
        fail_msg("%s: error of %.3g units in the mean", what, sqrt(error / square) / TEST_EPSILON);
}

static float *random_values(size_t count, uint64_t seed)
{
    float *values = malloc(count * sizeof(*values));
    test_fill(values, count, seed, -1, 1);
    return values;
}

static double *doubles(size_t count, const float *from)
{
    double *to = calloc(count, sizeof(*to));
    for (size_t i = 0; from && i < count; i++)
        to[i] = from[i];
    return to;
}

// Everything of one shape.
struct sample {
    ridge_conv_shape shape;
    size_t out[2], x_count, w_count, y_count;
    float *x, *w, *dy, *bias;
};

// The convolution of x; weights and outputs are for the caller to add.
static struct winograd_problem problem_of(const struct sample *s)
{
    const ridge_conv_shape *shape = &s->shape;
    return (struct winograd_problem){.batch = shape->batch,
                                     .size = {shape->height, shape->width},
                                     .channels = shape->channels,
                                     .filters = shape->filters,
                                     .pad = {shape->pad_before[0], shape->pad_before[1]},
                                     .out = {s->out[0], s->out[1]},
                                     .x = s->x};
}

static void check_forward(const struct sample *s)
{
    const ridge_conv_shape *shape = &s->shape;
    struct winograd_problem p = problem_of(s);
    p.w = doubles(s->w_count, s->w);
    p.y = doubles(s->y_count, NULL);
    p.size_y = doubles(s->y_count, NULL);
    winograd_find_outputs(&p);
    for (size_t i = 0; i < s->y_count; i++) {
        p.y[i] = fmax(p.y[i] + s->bias[i % p.filters], 0);
        p.size_y[i] += fabsf(s->bias[i % p.filters]);
    }
    ridge_tensor x = test_vector(s->x_count, s->x), w = test_vector(s->w_count, s->w);
    ridge_tensor bias = test_vector(p.filters, s->bias), y = test_vector(s->y_count, NULL);
    float *got = malloc(s->y_count * sizeof(*got));
    assert_ok(ridge_conv_forward(test_launcher, shape, x, w, y,
                                 &(ridge_gemm_epilogue){.bias = bias, .activation = RIDGE_RELU}));
    test_get(y, got);
    compare("y", got, p.y, p.size_y, s->y_count, p.channels);
    ridge_tensor *all[] = {&x, &w, &bias, &y};
    for (size_t i = 0; i < 4; i++)
        test_release(all[i]);
    free(p.w);
    free(p.y);
    free(p.size_y);
    free(got);
}

// The convolution of dy by turned kernels.
static void check_input_gradient(const struct sample *s)
{
    const ridge_conv_shape *shape = &s->shape;
    struct winograd_problem p = {shape->batch,
                                 {s->out[0], s->out[1]},
                                 shape->filters,
                                 shape->channels,
                                 {2 - shape->pad_before[0], 2 - shape->pad_before[1]},
                                 {shape->height, shape->width},
                                 s->dy,
                                 doubles(s->w_count, NULL),
                                 doubles(s->x_count, NULL),
                                 NULL,
                                 doubles(s->x_count, NULL)};
    for (size_t f = 0; f < shape->filters; f++)
        for (size_t c = 0; c < shape->channels; c++)
            for (size_t t = 0; t < TAPS * TAPS; t++)
                p.w[(c * p.channels + f + 1) * TAPS * TAPS - 1 - t] =
                    s->w[(f * shape->channels + c) * TAPS * TAPS + t];
    winograd_find_outputs(&p);
    ridge_tensor dy = test_vector(s->y_count, s->dy), w = test_vector(s->w_count, s->w);
    ridge_tensor dx = test_vector(s->x_count, NULL);
    float *got = malloc(s->x_count * sizeof(*got));
    assert_ok(ridge_conv_input_gradient(test_launcher, shape, dy, w, false, dx, NULL));
    test_get(dx, got);
    compare("dx", got, p.y, p.size_y, s->x_count, p.channels);
    for (size_t i = 0; i < s->x_count; i++) {
        p.y[i] += s->x[i];
        p.size_y[i] += fabsf(s->x[i]);
    }
    test_put(dx, s->x);
    assert_ok(ridge_conv_input_gradient(test_launcher, shape, dy, w, true, dx, NULL));
    test_get(dx, got);
    compare("dx, added to", got, p.y, p.size_y, s->x_count, p.channels);
    test_release(&dy);
    test_release(&w);
    test_release(&dx);
    free(p.w);
    free(p.y);
    free(p.size_y);
    free(got);
}

// Sums of the 16 gradients of a tile in 5 roundings, then of tiles.
static void check_bias_gradient(const struct sample *s, ridge_tensor db, size_t tiles)
{
    size_t filters = s->shape.filters;
    double *sum = doubles(filters, NULL), *size = doubles(filters, NULL);
    float *got = malloc(filters * sizeof(*got));
    for (size_t i = 0; i < s->y_count; i++) {
        sum[i % filters] += s->dy[i];
        size[i % filters] += fabsf(s->dy[i]);
    }
    test_get(db, got);
    for (size_t f = 0; f < filters; f++)
        test_close("db", &got[f], &sum[f], 1, (double)(tiles + 5) * TEST_EPSILON * size[f], 0);
    free(sum);
    free(size);
    free(got);
}

static void check_weight_gradient(const struct sample *s)
{
    const ridge_conv_shape *shape = &s->shape;
    struct winograd_problem p = problem_of(s);
    p.w = doubles(s->w_count, NULL);
    p.y = doubles(s->y_count, s->dy);
    p.size_w = doubles(s->w_count, NULL);
    size_t tiles = winograd_find_weights(&p);
    ridge_tensor x = test_vector(s->x_count, s->x), dy = test_vector(s->y_count, s->dy);
    ridge_tensor dw = test_vector(s->w_count, NULL), db = test_vector(p.filters, NULL);
    float *got = malloc(s->w_count * sizeof(*got)), *again = malloc(s->w_count * sizeof(*again));
    assert_ok(ridge_conv_weight_gradient(test_launcher, shape, x, dy, dw, db));
    check_bias_gradient(s, db, tiles);
    test_get(dw, got);
    compare("dw", got, p.w, p.size_w, s->w_count, tiles);
    test_put(dw, NULL);
    assert_ok(ridge_conv_weight_gradient(test_launcher, shape, x, dy, dw, (ridge_tensor){0}));
    test_get(dw, again);
    assert_memory_equal(got, again, s->w_count * sizeof(*got));
    test_release(&x);
    test_release(&dy);
    test_release(&dw);
    test_release(&db);
    free(p.w);
    free(p.y);
    free(p.size_w);
    free(got);
    free(again);
}

static void check(const ridge_conv_shape *shape)
{
    struct sample s = {.shape = *shape};
    assert_ok(ridge_conv_output(shape, s.out));
    s.x_count = shape->batch * shape->height * shape->width * shape->channels;
    s.w_count = shape->filters * shape->channels * TAPS * TAPS;
    s.y_count = shape->batch * s.out[0] * s.out[1] * shape->filters;
    s.x = random_values(s.x_count, 1);
    s.w = random_values(s.w_count, 2);
    s.dy = random_values(s.y_count, 3);
    s.bias = random_values(shape->filters, 4);
    check_forward(&s);
    check_input_gradient(&s);
    check_weight_gradient(&s);
    free(s.x);
    free(s.w);
    free(s.dy);
    free(s.bias);
}

static bool walks_as_cpu(void)
{
    return strcmp(ridge_device_walk(test_device), "cpu") == 0;
}

static void shapes(void **state)
{
    (void)state;
    static const ridge_conv_shape shapes[] = {
        {1, 1, 1, 16, 16, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
        {2, 7, 9, 16, 32, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
        {3, 5, 4, 17, 33, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
        {1, 29, 31, 19, 23, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
        {2, 13, 6, 65, 18, {3, 3}, .pad_before = {2, 0}, .pad_after = {0, 2}},
        {1, 3, 3, 16, 50, {3, 3}},
        {67, 4, 4, 24, 16, {3, 3}, .pad_before = {2, 2}, .pad_after = {2, 2}},
    };
    if (!walks_as_cpu())
        skip();
    const char *own = test_device->conv;
    test_device->conv = "winograd";
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        check(&shapes[i]);
    test_device->conv = own;
}

// What it cannot do goes to others, even where it is asked for.
static void others(void **state)
{
    (void)state;
    static const ridge_conv_shape shapes[] = {
        {1, 9, 9, 16, 16, {3, 2}},
        {1, 9, 9, 16, 16, {3, 3}, .stride = {1, 2}, .dilation = {1, 1}, .groups = 1},
        {1, 9, 9, 16, 16, {3, 3}, .stride = {1, 1}, .dilation = {2, 1}, .groups = 1},
        {1, 9, 9, 32, 32, {3, 3}, .stride = {1, 1}, .dilation = {1, 1}, .groups = 2},
        {1, 9, 9, 15, 16, {3, 3}, .stride = {1, 1}, .dilation = {1, 1}, .groups = 1},
        {1, 9, 9, 16, 15, {3, 3}, .stride = {1, 1}, .dilation = {1, 1}, .groups = 1},
        {1, 9, 9, 16, 16, {3, 3}, {1, 1}, {1, 1}, .pad_before = {3, 0}, .groups = 1},
    };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct ridge_conv_call call = {RIDGE_CONV_FORWARD, .shape = shapes[i], .output = {9, 9}};
        assert_false(ridge_conv_winograd_can(test_device, &call));
    }
}

// NaN and infinity show in every output that they belong to, and beyond the tiles in none.
static void not_numbers(void **state)
{
    (void)state;
    enum { SIZE = 16, PLACES = SIZE * SIZE, CHANNELS = 16 };
    static const float odd[] = {NAN, INFINITY, -INFINITY};
    const ridge_conv_shape shape = {
        1, SIZE, SIZE, CHANNELS, CHANNELS, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}};
    if (!walks_as_cpu())
        skip();
    const char *own = test_device->conv;
    test_device->conv = "winograd";
    float *x = random_values(PLACES * CHANNELS, 1), *got = malloc(PLACES * CHANNELS * sizeof(*got));
    float *w = random_values(CHANNELS * CHANNELS * TAPS * TAPS, 2);
    ridge_tensor weights = test_vector(CHANNELS * CHANNELS * TAPS * TAPS, w);
    ridge_tensor image = test_vector(PLACES * CHANNELS, x),
                 y = test_vector(PLACES * CHANNELS, NULL);
    for (size_t v = 0; v < 3; v++) {
        x[(5 * SIZE + 6) * CHANNELS + 3] = odd[v];
        test_put(image, x);
        assert_ok(ridge_conv_forward(test_launcher, &shape, image, weights, y, NULL));
        test_get(y, got);
        for (size_t e = 0; e < PLACES * CHANNELS; e++) {
            size_t i = e / CHANNELS / SIZE, j = e / CHANNELS % SIZE;
            if (i >= 4 && i <= 6 && j >= 5 && j <= 7)
                assert_false(isfinite(got[e]));
            if (i >= 8 || j < 4 || j >= 8)
                assert_true(isfinite(got[e]));
        }
    }
    test_release(&weights);
    test_release(&image);
    test_release(&y);
    free(x);
    free(w);
    free(got);
    test_device->conv = own;
}

// Backward is right for what forward computes, in a network of two convolutions.
static void gradients(void **state)
{
    (void)state;
    enum { ROWS = 6, CHANNELS = 16, HEIGHT = 6, WIDTH = 7, SIZE = CHANNELS * HEIGHT * WIDTH };
    if (!walks_as_cpu())
        skip();
    const char *own = test_device->conv;
    test_device->conv = "winograd";
    float *x = random_values(ROWS * SIZE, 7);
    const int32_t y[ROWS] = {0, 1, 2, 2, 1, 0};
    ridge_dataset *data;
    assert_ok(ridge_dataset_create(&(ridge_dataset_params){.count = ROWS,
                                                           .shape = {CHANNELS, HEIGHT, WIDTH},
                                                           .x = x,
                                                           .y = y,
                                                           .y_type = RIDGE_INT32,
                                                           .classes = 3},
                                   &data));
    ridge_network *network = ridge_network_create(test_device);
    ridge_node node = ridge_input(network, ridge_input_params(.shape = {CHANNELS, HEIGHT, WIDTH}));
    node =
        ridge_conv2d(network, node,
                     ridge_conv2d_params(.filters = 20, .kernel = {3},
                                         .padding = RIDGE_PADDING_SAME, .activation = RIDGE_TANH));
    node = ridge_conv2d(network, node, ridge_conv2d_params(.filters = 17, .kernel = {3}));
    node = ridge_dense(network, node, ridge_dense_params(.units = 3));
    assert_ok(ridge_network_compile(network, node, ridge_compile_params(.seed = 8)));
    ridge_gradient_error *errors;
    size_t count;
    bool passed;
    assert_ok(ridge_network_check_gradients(
        network, data, ridge_gradient_check_params(.rows = ROWS, .elements = 12), &errors, &count,
        &passed));
    for (size_t i = 0; i < count && !passed; i++)
        print_message("%s: worst %g\n", errors[i].parameter, (double)errors[i].worst);
    assert_true(passed);
    free(errors);
    free(x);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
    test_device->conv = own;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),
        cmocka_unit_test(others),
        cmocka_unit_test(not_numbers),
        cmocka_unit_test(gradients),
    };
    return TEST_MAIN("conv_winograd", tests);
}

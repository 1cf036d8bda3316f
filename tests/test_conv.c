// SPDX-License-Identifier: Apache-2.0
// Convolution of every provider against double precision: kernels, strides, padding, dilation,
// groups, odd sizes, the epilogue, what is refused.
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include "device/device.h"
#include "ops/conv.h"

// The formulas of ridge/image.h, in double precision, with the sums of magnitudes beside them. An
// entry of each: x, w, y values times each other, over all terms.
struct reference {
    ridge_conv_shape shape;
    size_t output[2];
    size_t x_count, w_count, y_count;
    float *x, *w, *dy;
    double *y, *dx, *dw;                // results
    double *y_size, *dx_size, *dw_size; // sums of the terms' magnitudes
};

static void add_term(struct reference *r, size_t at_x, size_t at_w, size_t at_y)
{
    double x = r->x[at_x], w = r->w[at_w], dy = r->dy[at_y];
    r->y[at_y] += x * w;
    r->y_size[at_y] += fabs(x * w);
    r->dx[at_x] += dy * w;
    r->dx_size[at_x] += fabs(dy * w);
    r->dw[at_w] += dy * x;
    r->dw_size[at_w] += fabs(dy * x);
}

// All terms of output (n, i, j), filter f.
static void add_terms(struct reference *r, size_t n, size_t i, size_t j, size_t f)
{
    const ridge_conv_shape *s = &r->shape;
    size_t depth = s->channels / s->groups, group = f / (s->filters / s->groups);
    size_t at_y = ((n * r->output[0] + i) * r->output[1] + j) * s->filters + f;
    for (size_t a = 0; a < s->kernel[0]; a++)
        for (size_t b = 0; b < s->kernel[1]; b++) {
            size_t y = i * s->stride[0] + a * s->dilation[0];
            size_t z = j * s->stride[1] + b * s->dilation[1];
            if (y < s->pad_before[0] || y >= s->pad_before[0] + s->height || z < s->pad_before[1] ||
                z >= s->pad_before[1] + s->width)
                continue;
            size_t place = (n * s->height + y - s->pad_before[0]) * s->width + z - s->pad_before[1];
            for (size_t c = 0; c < depth; c++)
                add_term(r, place * s->channels + group * depth + c,
                         ((f * depth + c) * s->kernel[0] + a) * s->kernel[1] + b, at_y);
        }
}

static float *random_values(size_t count, uint64_t seed)
{
    float *values = malloc(count * sizeof(*values));
    test_fill(values, count, seed, -1, 1);
    return values;
}

static void make(struct reference *r, const ridge_conv_shape *shape)
{
    *r = (struct reference){.shape = *shape};
    ridge_conv_shape *s = &r->shape;
    for (int d = 0; d < 2; d++) {
        s->stride[d] = s->stride[d] ? s->stride[d] : 1;
        s->dilation[d] = s->dilation[d] ? s->dilation[d] : 1;
    }
    s->groups = s->groups ? s->groups : 1;
    assert_ok(ridge_conv_output(shape, r->output));
    r->x_count = s->batch * s->height * s->width * s->channels;
    r->w_count = s->filters * (s->channels / s->groups) * s->kernel[0] * s->kernel[1];
    r->y_count = s->batch * r->output[0] * r->output[1] * s->filters;
    r->x = random_values(r->x_count, 1);
    r->w = random_values(r->w_count, 2);
    r->dy = random_values(r->y_count, 3);
    double **results[] = {&r->y, &r->y_size, &r->dx, &r->dx_size, &r->dw, &r->dw_size};
    size_t counts[] = {r->y_count, r->x_count, r->w_count};
    for (int i = 0; i < 6; i++)
        *results[i] = calloc(counts[i / 2], sizeof(double));
    for (size_t n = 0; n < s->batch; n++)
        for (size_t i = 0; i < r->output[0]; i++)
            for (size_t j = 0; j < r->output[1]; j++)
                for (size_t f = 0; f < s->filters; f++)
                    add_terms(r, n, i, j, f);
}

static void drop(struct reference *r)
{
    void *all[] = {r->x, r->w, r->dy, r->y, r->dx, r->dw, r->y_size, r->dx_size, r->dw_size};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        free(all[i]);
}

// Roundings of a sum of products, relative to the sum of magnitudes: one for each term and a few.
static double roundings(const struct ridge_conv_provider *provider, size_t terms)
{
    (void)provider;
    return (double)(terms + 3) * TEST_EPSILON;
}

static void compare(const char *what, const float *got, const double *expected, const double *size,
                    size_t count, double relative)
{
    for (size_t i = 0; i < count; i++)
        test_close(what, &got[i], &expected[i], 1, relative * size[i], 0);
}

// Forward with bias and relu: y = max(sum + bias, 0), whose error is that of the sum.
static void check_forward(const struct reference *r, const struct ridge_conv_provider *provider)
{
    const ridge_conv_shape *s = &r->shape;
    size_t terms = s->channels / s->groups * s->kernel[0] * s->kernel[1];
    float *bias = random_values(s->filters, 4), *got = malloc(r->y_count * sizeof(*got));
    double *expected = malloc(r->y_count * sizeof(*expected));
    double *size = malloc(r->y_count * sizeof(*size));
    for (size_t i = 0; i < r->y_count; i++) {
        expected[i] = fmax(r->y[i] + bias[i % s->filters], 0);
        size[i] = r->y_size[i] + fabsf(bias[i % s->filters]);
    }
    ridge_tensor x = test_vector(r->x_count, r->x), w = test_vector(r->w_count, r->w);
    ridge_tensor b = test_vector(s->filters, bias), y = test_vector(r->y_count, NULL);
    ridge_gemm_epilogue epilogue = {.bias = b, .activation = RIDGE_RELU};
    assert_ok(ridge_conv_forward(test_launcher, s, x, w, y, &epilogue));
    test_get(y, got);
    compare("y", got, expected, size, r->y_count, roundings(provider, terms));
    for (size_t i = 0; i < r->y_count; i++) {
        expected[i] += r->y[i];
        size[i] += r->y_size[i];
    }
    assert_ok(ridge_conv_forward_add(test_launcher, s, x, w, y));
    test_get(y, got);
    compare("y, added to", got, expected, size, r->y_count, roundings(provider, terms));
    test_release(&x);
    test_release(&w);
    test_release(&b);
    test_release(&y);
    free(bias);
    free(got);
    free(expected);
    free(size);
}

static void check_input_gradient(const struct reference *r,
                                 const struct ridge_conv_provider *provider)
{
    const ridge_conv_shape *s = &r->shape;
    size_t terms = s->filters / s->groups * s->kernel[0] * s->kernel[1];
    float *got = malloc(r->x_count * sizeof(*got)), *old = random_values(r->x_count, 5);
    double *sum = malloc(r->x_count * sizeof(*sum)), *size = malloc(r->x_count * sizeof(*size));
    ridge_tensor dy = test_vector(r->y_count, r->dy), w = test_vector(r->w_count, r->w);
    ridge_tensor dx = test_vector(r->x_count, NULL);
    assert_ok(ridge_conv_input_gradient(test_launcher, s, dy, w, false, dx, NULL));
    test_get(dx, got);
    compare("dx", got, r->dx, r->dx_size, r->x_count, roundings(provider, terms));
    for (size_t i = 0; i < r->x_count; i++) {
        sum[i] = r->dx[i] + old[i];
        size[i] = r->dx_size[i] + fabsf(old[i]);
    }
    test_put(dx, old);
    assert_ok(ridge_conv_input_gradient(test_launcher, s, dy, w, true, dx, NULL));
    test_get(dx, got);
    compare("dx, added to", got, sum, size, r->x_count, roundings(provider, terms));
    test_release(&dy);
    test_release(&w);
    test_release(&dx);
    free(got);
    free(old);
    free(sum);
    free(size);
}

static void check_weight_gradient(const struct reference *r,
                                  const struct ridge_conv_provider *provider)
{
    const ridge_conv_shape *s = &r->shape;
    float *got = malloc(r->w_count * sizeof(*got)), *sums = malloc(s->filters * sizeof(*sums));
    double *sum = calloc(s->filters, sizeof(*sum)), *size = calloc(s->filters, sizeof(*size));
    ridge_tensor x = test_vector(r->x_count, r->x), dy = test_vector(r->y_count, r->dy);
    ridge_tensor dw = test_vector(r->w_count, NULL), db = test_vector(s->filters, NULL);
    for (size_t i = 0; i < r->y_count; i++) {
        sum[i % s->filters] += r->dy[i];
        size[i % s->filters] += fabsf(r->dy[i]);
    }
    assert_ok(ridge_conv_weight_gradient(test_launcher, s, x, dy, dw, db));
    test_get(db, sums);
    compare("db", sums, sum, size, s->filters, (double)(r->y_count / s->filters) * TEST_EPSILON);
    test_get(dw, got);
    double bound = roundings(provider, s->batch * r->output[0] * r->output[1]);
    compare("dw", got, r->dw, r->dw_size, r->w_count, bound);
    test_put(dw, NULL);
    assert_ok(ridge_conv_weight_gradient(test_launcher, s, x, dy, dw, (ridge_tensor){0}));
    test_get(dw, got);
    compare("dw alone", got, r->dw, r->dw_size, r->w_count, bound);
    test_release(&x);
    test_release(&dy);
    test_release(&db);
    free(sums);
    free(sum);
    free(size);
    test_release(&dw);
    free(got);
}

static bool can(const struct ridge_conv_provider *provider, const struct reference *r,
                enum ridge_conv_pass pass)
{
    struct ridge_conv_call call = {pass, .shape = r->shape, .output = {r->output[0], r->output[1]}};
    return provider->can(test_device, &call);
}

// Every pass with every provider that can it. Winograd's errors follow from its transforms rather
// than from the terms: tests/test_conv_winograd.c.
static void check(const ridge_conv_shape *shape)
{
    struct reference r;
    make(&r, shape);
    for (const struct ridge_conv_provider *p = ridge_conv_providers; p->name; p++) {
        if (p->run == ridge_conv_winograd)
            continue;
        test_device->conv = p->name;
        if (can(p, &r, RIDGE_CONV_FORWARD))
            check_forward(&r, p);
        if (can(p, &r, RIDGE_CONV_INPUT_GRADIENT))
            check_input_gradient(&r, p);
        if (can(p, &r, RIDGE_CONV_WEIGHT_GRADIENT))
            check_weight_gradient(&r, p);
    }
    test_device->conv = NULL;
    drop(&r);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void small_shapes(void **state)
{
    (void)state;
    static const ridge_conv_shape shapes[] = {
        {1, 1, 1, 1, 1, {1, 1}},
        {2, 5, 7, 3, 4, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
        {1,
         7,
         6,
         4,
         6,
         {3, 2},
         .stride = {2, 3},
         .dilation = {2, 1},
         .pad_before = {2, 0},
         .pad_after = {1, 1},
         .groups = 2},
        {3, 1, 9, 2, 5, {1, 3}, .pad_before = {0, 2}, .pad_after = {0, 0}},
        {1,
         4,
         5,
         5,
         5,
         {2, 3},
         .stride = {1, 2},
         .pad_before = {1, 0},
         .pad_after = {0, 1},
         .groups = 5},
        {1, 6, 3, 2, 4, {3, 2}, .stride = {2, 2}, .pad_before = {1, 2}, .groups = 2},
    };
    for (size_t i = 0; i < COUNT(shapes); i++)
        check(&shapes[i]);
}

static void shapes(void **state)
{
    (void)state;
    static const ridge_conv_shape shapes[] = {
        {3, 13, 11, 17, 33, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
        {2, 28, 28, 1, 32, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
        {3, 28, 28, 32, 32, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
        {5, 14, 14, 32, 64, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
        {1, 29, 31, 16, 48, {3, 3}, .pad_before = {2, 0}, .pad_after = {1, 2}},
        {2, 9, 65, 65, 7, {5, 5}, .pad_before = {2, 2}, .pad_after = {2, 2}},
        {2, 32, 32, 3, 16, {7, 7}, .stride = {2, 2}, .pad_before = {3, 3}, .pad_after = {3, 3}},
        {2, 15, 17, 24, 40, {1, 1}},
        {2, 16, 16, 24, 40, {1, 1}, .stride = {2, 2}},
        {2, 16, 15, 32, 32, {3, 3}, .stride = {2, 2}, .pad_before = {0, 1}, .pad_after = {1, 1}},
        {2, 20, 19, 16, 32, {3, 3}, .dilation = {2, 3}, .pad_before = {2, 3}, .pad_after = {2, 3}},
        {2, 12, 12, 64, 64, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}, .groups = 4},
        {2, 12, 12, 33, 33, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}, .groups = 33},
        {2, 13, 14, 19, 19, {6, 5}, .dilation = {1, 2}, .pad_before = {3, 9}, .groups = 19},
        {2,
         12,
         10,
         16,
         32,
         {5, 5},
         .stride = {2, 1},
         .pad_before = {2, 2},
         .pad_after = {2, 2},
         .groups = 16},
        {2,
         10,
         11,
         8,
         12,
         {4, 4},
         .stride = {3, 3},
         .dilation = {2, 2},
         .pad_before = {3, 3},
         .pad_after = {3, 3}},
        {4, 1, 100, 7, 63, {1, 5}, .stride = {1, 2}, .pad_before = {0, 4}, .pad_after = {0, 0}},
        {67, 3, 3, 16, 16, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
        {1, 64, 64, 48, 16, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
    };
    for (size_t i = 0; i < COUNT(shapes) && !test_small(); i++)
        check(&shapes[i]);
}

// A workspace that no image fits: 64 places of the columns at a time.
static void small_workspace(void **state)
{
    (void)state;
    static const ridge_conv_shape shapes[] = {
        {1, 9, 8, 3, 2, {3, 3}, .pad_before = {1, 1}, .pad_after = {1, 1}},
        {3, 13, 11, 16, 24, {3, 2}, .stride = {2, 1}, .pad_before = {1, 1}, .groups = 2},
        {2, 15, 14, 5, 7, {1, 1}, .stride = {2, 2}},
    };
    size_t workspace = test_device->conv_workspace;
    test_device->conv_workspace = 1;
    for (size_t i = 0; i < (test_small() ? 1 : COUNT(shapes)); i++)
        check(&shapes[i]);
    test_device->conv_workspace = workspace;
}

// As a transposed convolution: bias and activation on the input gradient.
static void transposed(void **state)
{
    (void)state;
    struct reference r;
    make(&r,
         &(ridge_conv_shape){
             2, 7, 5, 6, 9, {3, 3}, .stride = {2, 2}, .pad_before = {1, 1}, .pad_after = {1, 1}});
    float bias[6], *got = malloc(r.x_count * sizeof(*got));
    test_fill(bias, 6, 6, -1, 1);
    for (size_t i = 0; i < r.x_count; i++) {
        r.dx[i] = fmax(r.dx[i] + bias[i % 6], 0);
        r.dx_size[i] += fabsf(bias[i % 6]);
    }
    for (const struct ridge_conv_provider *p = ridge_conv_providers; p->name; p++) {
        if (!can(p, &r, RIDGE_CONV_INPUT_GRADIENT))
            continue;
        test_device->conv = p->name;
        ridge_tensor dy = test_vector(r.y_count, r.dy), w = test_vector(r.w_count, r.w);
        ridge_tensor dx = test_vector(r.x_count, NULL), b = test_vector(6, bias);
        ridge_gemm_epilogue epilogue = {.bias = b, .activation = RIDGE_RELU};
        assert_ok(ridge_conv_input_gradient(test_launcher, &r.shape, dy, w, false, dx, &epilogue));
        test_get(dx, got);
        compare("y", got, r.dx, r.dx_size, r.x_count, roundings(p, 9 * 9));
        test_release(&dy);
        test_release(&w);
        test_release(&dx);
        test_release(&b);
    }
    test_device->conv = NULL;
    free(got);
    drop(&r);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        ridge_conv_shape shape;
        const char *message;
    } cases[] = {
        {{1, 4, 4, 2, 2, {5, 3}}, "kernel: expected at most the padded image's height of 4, got 5"},
        {{1, 4, 4, 2, 2, {3, 3}, .dilation = {1, 2}}, "width of 4, got 5 with dilation"},
        {{1, 4, 4, 6, 4, {3, 3}, .groups = 4}, "groups: expected a number that divides 6 channels"},
        {{1, 4, 4, 6, 3, {3, 3}, .groups = 2}, "and 3 filters, got 2"},
        {{0, 4, 4, 6, 3, {3, 3}}, "batch, height, width, channels, filters above 0, got 0, 4"},
        {{1, 4, 4, 6, 3, {3, 0}}, "kernel: expected sizes above 0, got 3x0"},
    };
    size_t output[2];
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_fails(ridge_conv_output(&cases[i].shape, output), RIDGE_ERROR_SHAPE,
                     cases[i].message);
    ridge_tensor x = test_vector(16, NULL), w = test_vector(9, NULL), y = test_vector(5, NULL);
    ridge_conv_shape shape = {1, 4, 4, 1, 1, {3, 3}};
    assert_fails(ridge_conv_forward(test_launcher, &shape, x, w, y, NULL), RIDGE_ERROR_SHAPE,
                 "y: expected 4 elements, got 5");
    test_release(&x);
    test_release(&w);
    test_release(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_shapes),    cmocka_unit_test(shapes),
        cmocka_unit_test(small_workspace), cmocka_unit_test(transposed),
        cmocka_unit_test(refusals),
    };
    return TEST_MAIN("conv", tests);
}

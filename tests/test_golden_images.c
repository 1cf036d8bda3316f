// SPDX-License-Identifier: Apache-2.0
// Convolution by every provider, and pooling, against PyTorch. What goes in is random numbers that
// both sides make, see noise() of tests/golden/make.py.
#include "golden.h"

#include <stdlib.h>

#include <ridge/image.h>

#include "device/device.h"
#include "ops/conv.h"

enum { CONVOLUTIONS = 25, POOLINGS = 8 };

// Values that both sides make.
static ridge_tensor noise(uint64_t seed, size_t count)
{
    float *values = malloc(count * sizeof(*values));
    assert_non_null(values);
    test_fill(values, count, seed, -1, 1);
    ridge_tensor tensor = test_vector(count, values);
    free(values);
    return tensor;
}

static ridge_conv_shape shape_of(int number)
{
    size_t count;
    const int32_t *v = golden_ints(&count, "conv_%d.shape", number);
    size_t n[16];
    assert_int_equal(count, 16);
    for (int i = 0; i < 16; i++)
        n[i] = (size_t)v[i];
    return (ridge_conv_shape){
        .batch = n[0],
        .height = n[1],
        .width = n[2],
        .channels = n[3],
        .filters = n[4],
        .kernel = {n[5], n[6]},
        .stride = {n[7], n[8]},
        .dilation = {n[9], n[10]},
        .pad_before = {n[11], n[12]},
        .pad_after = {n[13], n[14]},
        .groups = n[15],
    };
}

struct images {
    ridge_conv_shape shape;
    size_t output[2];
    size_t x_count, w_count, y_count;
    ridge_tensor x, w, dy;
};

static struct images make(int number)
{
    struct images i = {.shape = shape_of(number)};
    const ridge_conv_shape *s = &i.shape;
    assert_ok(ridge_conv_output(s, i.output));
    i.x_count = s->batch * s->height * s->width * s->channels;
    i.w_count = s->filters * (s->channels / s->groups) * s->kernel[0] * s->kernel[1];
    i.y_count = s->batch * i.output[0] * i.output[1] * s->filters;
    i.x = noise(1, i.x_count);
    i.w = noise(2, i.w_count);
    i.dy = noise(3, i.y_count);
    return i;
}

// Each term is rounded once when it is added, and the file's values are, too. `size`: the largest
// sum of magnitudes. Winograd's own bound is wider, see test_conv_winograd.c; in what it takes here
// it stays within a third of this one.
static double allowed(size_t terms, double size)
{
    return (double)(terms + 3) * TEST_EPSILON * size;
}

static void check_pass(const struct images *i, enum ridge_conv_pass pass, int number)
{
    static const char *const names[] = {"y", "dx", "dw"};
    const ridge_conv_shape *s = &i->shape;
    const size_t counts[] = {i->y_count, i->x_count, i->w_count};
    const size_t places = s->kernel[0] * s->kernel[1];
    const size_t terms[] = {s->channels / s->groups * places, s->filters / s->groups * places,
                            s->batch * i->output[0] * i->output[1]};
    double size = (double)golden_floats(NULL, "conv_%d.sizes", number)[pass];
    ridge_tensor result = test_vector(counts[pass], NULL);
    if (pass == RIDGE_CONV_FORWARD)
        assert_ok(ridge_conv_forward(test_launcher, s, i->x, i->w, result, NULL));
    else if (pass == RIDGE_CONV_INPUT_GRADIENT)
        assert_ok(ridge_conv_input_gradient(test_launcher, s, i->dy, i->w, false, result, NULL));
    else
        assert_ok(
            ridge_conv_weight_gradient(test_launcher, s, i->x, i->dy, result, (ridge_tensor){0}));
    golden_expect(result, allowed(terms[pass], size), 0, "conv_%d.%s", number, names[pass]);
    test_release(&result);
}

static void convolutions(void **state)
{
    (void)state;
    for (int number = 0; number < CONVOLUTIONS; number += test_small() ? 4 : 1) {
        golden_open("images");
        struct images i = make(number);
        for (const struct ridge_conv_provider *p = ridge_conv_providers; p->name; p++) {
            test_device->conv = p->name;
            for (int pass = 0; pass <= RIDGE_CONV_WEIGHT_GRADIENT; pass++) {
                const struct ridge_conv_call call = {(enum ridge_conv_pass)pass, .shape = i.shape,
                                                     .output = {i.output[0], i.output[1]}};
                if (p->can(test_device, &call))
                    check_pass(&i, call.pass, number);
            }
        }
        test_device->conv = NULL;
        test_release(&i.x);
        test_release(&i.w);
        test_release(&i.dy);
        golden_close();
    }
}

// A mean has at most `places` terms of at most 1, a gradient at most as many of at most 1, and a
// factor each.
static void check_average(const ridge_pooling_shape *s, ridge_tensor x, ridge_tensor y,
                          ridge_tensor dy, ridge_tensor dx, int number)
{
    const char *name = s->counts_padding ? "average_padded" : "average";
    double bound = (double)(s->window[0] * s->window[1] + 3) * TEST_EPSILON;
    assert_ok(ridge_average_pool_forward(test_launcher, s, x, y));
    golden_expect(y, bound, 0, "pool_%d.%s.y", number, name);
    assert_ok(ridge_average_pool_backward(test_launcher, s, dy, false, dx));
    golden_expect(dx, bound, 0, "pool_%d.%s.dx", number, name);
}

static void check_pooling(int number)
{
    const int32_t *v = golden_ints(NULL, "pool_%d.shape", number);
    size_t n[10], output[2];
    for (int i = 0; i < 10; i++)
        n[i] = (size_t)v[i];
    ridge_pooling_shape s = {n[0],         n[1],         n[2],         n[3],
                             {n[4], n[5]}, {n[6], n[7]}, {n[8], n[9]}, {n[8], n[9]}};
    ridge_pooling_output(&s, output);
    size_t x_count = n[0] * n[1] * n[2] * n[3], y_count = n[0] * output[0] * output[1] * n[3];
    ridge_tensor x = noise(1, x_count), y = test_vector(y_count, NULL);
    ridge_tensor dy = noise(2, y_count), dx = test_vector(x_count, NULL);
    ridge_tensor index = test_tensor(ridge_pooling_index_type(&s), 1, &y_count, NULL);
    double places = (double)(s.window[0] * s.window[1]);
    assert_ok(ridge_max_pool_forward(test_launcher, &s, x, y, index));
    golden_expect(y, 0, 0, "pool_%d.max.y", number);
    assert_ok(ridge_max_pool_backward(test_launcher, &s, index, dy, false, dx));
    golden_expect(dx, places * TEST_EPSILON * places, 0, "pool_%d.max.dx", number);
    check_average(&s, x, y, dy, dx, number);
    s.counts_padding = true;
    if (s.pad_before[0] + s.pad_before[1] > 0)
        check_average(&s, x, y, dy, dx, number);
    ridge_tensor *all[] = {&x, &y, &dy, &dx, &index};
    for (int i = 0; i < 5; i++)
        test_release(all[i]);
}

static void poolings(void **state)
{
    (void)state;
    golden_open("images");
    for (int number = 0; number < POOLINGS; number += test_small() ? 3 : 1)
        check_pooling(number);
    golden_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions),
        cmocka_unit_test(poolings),
    };
    return TEST_MAIN("golden_images", tests);
}

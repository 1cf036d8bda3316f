// SPDX-License-Identifier: Apache-2.0
// Activation forward and backward against double precision, at odd lengths and at the extremes.
#include "harness.h"

#include <stdlib.h>

#include "activation_reference.h"

// Numbers below the smallest normal one may be flushed to zero, also before they meet a factor x.
#define TINY 1.1754943508222875e-38

// Tolerances in units of TEST_EPSILON (half an ulp at worst), from what OpenCL 1.2 guarantees:
// exp and expm1 3 ulp, log1p 2, tanh 5, erfc 16, division 2.5, sums and products 0.5.
//
// forward: relative. gelu: erfc, and the rounding of its argument z = -x / sqrt 2, which erfc
// magnifies 2 z^2 + 1 = x^2 + 1 times where it is small: `forward_squared` times x^2.
// backward: absolute, since 1 - y and y + p cancel: the rounding of y counts with its full size.
struct row {
    ridge_activation activation;
    const char *name;
    float parameter;
    double forward, forward_squared, backward_relative, backward;
};

static const struct row rows[] = {
    {RIDGE_LINEAR, "linear", 0, 0, 0, 1, 0},
    {RIDGE_RELU, "relu", 0, 0, 0, 1, 0},
    {RIDGE_LEAKY_RELU, "leaky_relu", 0, 1, 0, 1, 0},
    {RIDGE_LEAKY_RELU, "leaky_relu", 0.3f, 1, 0, 1, 0},
    {RIDGE_ELU, "elu", 0, 7, 0, 2, 2},
    {RIDGE_ELU, "elu", 0.5f, 7, 0, 2, 2},
    {RIDGE_SELU, "selu", 0, 9, 0, 3, 4},
    {RIDGE_GELU, "gelu", 0, 36, 2, 2, 40},
    {RIDGE_SILU, "silu", 0, 20, 0, 2, 24},
    {RIDGE_SIGMOID, "sigmoid", 0, 20, 0, 4, 2},
    {RIDGE_TANH, "tanh", 0, 10, 0, 4, 4},
    {RIDGE_SOFTPLUS, "softplus", 0, 12, 0, 8, 1},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void compare(const struct row *row, const char *what, float x, float got, double expected,
                    double allowed)
{
    allowed += TINY * fmax(1, fabs(x));
    if (isfinite(got) && fabs(got - expected) <= allowed)
        return;
    fail_msg("%s(%g) %s at %.9g: expected %.9g, got %.9g, allowed difference %.3g", row->name,
             (double)row->parameter, what, (double)x, expected, (double)got, allowed);
}

static void check_forward(const struct row *row, const float *x, const float *y, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double expected = activation_at(row->activation, row->parameter, x[i]);
        double relative = row->forward;
        if (row->forward_squared && expected) // where it is zero, x^2 may be infinite
            relative += row->forward_squared * x[i] * x[i];
        compare(row, "forward", x[i], y[i], expected, relative * TEST_EPSILON * fabs(expected));
    }
}

// `before` is what dx held, NULL unless accumulated.
static void check_backward(const struct row *row, const float *x, const float *dy,
                           const float *before, const float *dx, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double derivative = activation_slope(row->activation, row->parameter, x[i]);
        double expected = dy[i] * derivative;
        double allowed = row->backward * fabs(dy[i]) + row->backward_relative * fabs(expected);
        if (before) {
            expected += before[i];
            allowed += fabs(expected);
        }
        compare(row, before ? "accumulated" : "backward", x[i], dx[i], expected,
                allowed * TEST_EPSILON);
    }
}

static void forward(const struct row *row, const float *values, size_t count)
{
    float *got = malloc(count * sizeof(float));
    ridge_tensor x = test_vector(count, values), y = test_vector(count, NULL);
    assert_ok(ridge_activation_forward(test_launcher, row->activation, row->parameter, x, y));
    test_get(y, got);
    check_forward(row, values, got, count);
    assert_ok(ridge_activation_forward(test_launcher, row->activation, row->parameter, x, x));
    test_get(x, got);
    check_forward(row, values, got, count);
    test_release(&x);
    test_release(&y);
    free(got);
}

static void backward(const struct row *row, const float *values, size_t count)
{
    float *kept = malloc(count * sizeof(float)), *slope = malloc(count * sizeof(float));
    float *got = malloc(count * sizeof(float));
    bool from_input = ridge_activation_needs_input(row->activation);
    for (size_t i = 0; i < count; i++)
        kept[i] = from_input ? values[i]
                             : (float)activation_at(row->activation, row->parameter, values[i]);
    test_fill(slope, count, 2, -2, 2);
    ridge_tensor saved = test_vector(count, kept), dy = test_vector(count, slope);
    ridge_tensor dx = test_vector(count, NULL);

    assert_ok(ridge_activation_backward(test_launcher, row->activation, row->parameter, saved, dy,
                                        dx, false));
    test_get(dx, got);
    check_backward(row, values, slope, NULL, got, count);
    // Once more into the same, added to dy, which lies there: dy + dy f'(x).
    assert_ok(ridge_activation_backward(test_launcher, row->activation, row->parameter, saved, dy,
                                        dy, true));
    test_get(dy, got);
    check_backward(row, values, slope, slope, got, count);

    test_release(&saved);
    test_release(&dy);
    test_release(&dx);
    free(kept);
    free(slope);
    free(got);
}

static void all_lengths(void **state)
{
    (void)state;
    for (const size_t *n = test_lengths(); *n; n++) {
        float *x = malloc(*n * sizeof(float));
        test_fill(x, *n, 1, -6, 6);
        for (size_t i = 0; i < ROWS; i++) {
            forward(&rows[i], x, *n);
            backward(&rows[i], x, *n);
        }
        free(x);
    }
}

static void extremes(void **state)
{
    (void)state;
    static const float x[] = {0.0f,   -0.0f,   1e-40f, -1e-40f, 1e-30f, -1e-30f,
                              20.0f,  -20.0f,  88.0f,  -88.0f,  89.0f,  -89.0f,
                              100.0f, -100.0f, 1e30f,  -1e30f,  3e38f,  -3e38f};
    for (size_t i = 0; i < ROWS; i++) {
        forward(&rows[i], x, sizeof(x) / sizeof(x[0]));
        backward(&rows[i], x, sizeof(x) / sizeof(x[0]));
    }
}

static void nan_shows(void **state)
{
    (void)state;
    float got;
    ridge_tensor x = test_vector(1, (float[]){NAN}), y = test_vector(1, (float[]){0});
    for (size_t i = 0; i < ROWS; i++) {
        assert_ok(ridge_activation_forward(test_launcher, rows[i].activation, 0, x, y));
        test_get(y, &got);
        assert_true(isnan(got));
        assert_ok(ridge_activation_backward(test_launcher, rows[i].activation, 0, y, x, y, false));
        test_get(y, &got);
        assert_true(isnan(got));
    }
    test_release(&x);
    test_release(&y);
}

// The reference's formulas of the derivatives against the functions themselves.
static void derivatives_are_slopes(void **state)
{
    (void)state;
    const double h = 1e-6; // error h^2 f''' / 6 + 1e-16 max|f| / h
    for (size_t i = 0; i < ROWS; i++) {
        ridge_activation f = rows[i].activation;
        for (int j = 0; j < 1000; j++) {
            double x = test_random(3, (uint64_t)j, -8, 8), p = rows[i].parameter;
            if (fabs(x) <= h)
                continue;
            double slope = (activation_at(f, p, x + h) - activation_at(f, p, x - h)) / (2 * h);
            assert_true(fabs(slope - activation_slope(f, p, x)) < 2e-9);
        }
    }
}

static void names(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        assert_string_equal(ridge_activation_name(rows[i].activation), rows[i].name);
    for (int a = 0; ridge_activation_name((ridge_activation)a); a++) {
        size_t row = 0;
        while (row < ROWS && rows[row].activation != (ridge_activation)a)
            row++;
        if (row == ROWS)
            fail_msg("%s has no row", ridge_activation_name((ridge_activation)a));
        assert_int_equal(ridge_activation_needs_input((ridge_activation)a),
                         a == RIDGE_GELU || a == RIDGE_SILU);
    }
    assert_null(ridge_activation_name((ridge_activation)-1));
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_vector(7, NULL), y = test_vector(8, NULL), none = {0};
    assert_fails(ridge_activation_forward(NULL, RIDGE_RELU, 0, x, x), RIDGE_ERROR_ARGUMENT,
                 "launcher");
    assert_fails(ridge_activation_forward(test_launcher, (ridge_activation)99, 0, x, x),
                 RIDGE_ERROR_ARGUMENT, "activation: expected 0 to");
    assert_fails(ridge_activation_forward(test_launcher, RIDGE_ELU, -1, x, x), RIDGE_ERROR_ARGUMENT,
                 "parameter: expected");
    assert_fails(ridge_activation_forward(test_launcher, RIDGE_ELU, NAN, x, x),
                 RIDGE_ERROR_ARGUMENT, "parameter: expected");
    assert_fails(ridge_activation_forward(test_launcher, RIDGE_RELU, 0, x, y), RIDGE_ERROR_SHAPE,
                 "y: expected 7 elements");
    assert_fails(ridge_activation_backward(test_launcher, RIDGE_RELU, 0, x, y, x, false),
                 RIDGE_ERROR_SHAPE, "dy: expected 7 elements");
    assert_fails(ridge_activation_backward(test_launcher, RIDGE_RELU, 0, x, x, none, false),
                 RIDGE_ERROR_ARGUMENT, "dx: expected a tensor");
    test_release(&x);
    test_release(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_lengths), cmocka_unit_test(extremes),
        cmocka_unit_test(nan_shows),   cmocka_unit_test(derivatives_are_slopes),
        cmocka_unit_test(names),       cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("activation", tests);
}

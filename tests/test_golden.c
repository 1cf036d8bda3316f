// SPDX-License-Identifier: Apache-2.0
// Ops against PyTorch: the golden values of tests/golden. They fix what an op means; the tests of
// each op look at sizes, offsets and precision.
#include "golden.h"

#include <ridge/activation.h>
#include <ridge/gemm.h>
#include <ridge/loss.h>
#include <ridge/ops.h>
#include <ridge/update.h>
#include <string.h>

// Stored values are rounded to float32 once, so each tolerance has that rounding in it too.

static void activations(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        ridge_activation activation;
        float parameter;
    } cases[] = {
        {"relu", RIDGE_RELU, 0},         {"leaky_relu", RIDGE_LEAKY_RELU, 0},
        {"elu", RIDGE_ELU, 0},           {"leaky_relu_0.25", RIDGE_LEAKY_RELU, 0.25f},
        {"elu_0.5", RIDGE_ELU, 0.5f},    {"selu", RIDGE_SELU, 0},
        {"gelu", RIDGE_GELU, 0},         {"silu", RIDGE_SILU, 0},
        {"sigmoid", RIDGE_SIGMOID, 0},   {"tanh", RIDGE_TANH, 0},
        {"softplus", RIDGE_SOFTPLUS, 0},
    };
    // The least precise function is erfc with 16 ulp, and no result is a difference of larger ones
    // than 1 and itself.
    const double tolerance = 40 * TEST_EPSILON;
    golden_open("activations");
    ridge_tensor x = golden_tensor("x"), dy = golden_tensor("dy");
    double largest = golden_largest("dy");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ridge_activation activation = cases[i].activation;
        size_t count = ridge_tensor_count(&x);
        ridge_tensor y = test_vector(count, NULL), dx = test_vector(count, NULL);
        assert_ok(ridge_activation_forward(test_launcher, activation, cases[i].parameter, x, y));
        golden_expect(y, tolerance, tolerance, "%s.y", cases[i].name);
        ridge_tensor saved = ridge_activation_needs_input(activation) ? x : y;
        assert_ok(ridge_activation_backward(test_launcher, activation, cases[i].parameter, saved,
                                            dy, dx, false));
        golden_expect(dx, tolerance * largest, tolerance, "%s.dx", cases[i].name);
        test_release(&y);
        test_release(&dx);
    }
    test_release(&x);
    test_release(&dy);
    golden_close();
}

// A sum of n products has an error of at most (n + 1) half ulps of the sum of their magnitudes;
// two roundings more for bias and storage, eight for tanh.
static double product_tolerance(size_t n, double a, double b)
{
    return (double)(n + 11) * TEST_EPSILON * ((double)n * a * b + 1);
}

static void dense_forward(const char *name, size_t rows, size_t inputs, size_t units)
{
    static const struct {
        const char *name;
        ridge_activation activation;
    } outputs[] = {{"y", RIDGE_LINEAR}, {"relu", RIDGE_RELU}, {"tanh", RIDGE_TANH}};
    ridge_tensor x = golden_tensor("%s.x", name), w = golden_tensor("%s.w", name);
    ridge_tensor b = golden_tensor("%s.b", name);
    double tolerance =
        product_tolerance(inputs, golden_largest("%s.x", name), golden_largest("%s.w", name));
    ridge_gemm_shape shape = {.transpose_b = true, .m = rows, .n = units, .k = inputs};
    for (size_t i = 0; i < 3; i++) {
        ridge_gemm_epilogue epilogue = {.bias = b, .activation = outputs[i].activation};
        ridge_tensor y = test_matrix(rows, units, NULL);
        assert_ok(ridge_gemm(test_launcher, &shape, 1, x, w, 0, y, &epilogue));
        golden_expect(y, tolerance, 0, "%s.%s", name, outputs[i].name);
        test_release(&y);
    }
    test_release(&x);
    test_release(&w);
    test_release(&b);
}

static void dense_backward(const char *name, size_t rows, size_t inputs, size_t units)
{
    ridge_tensor x = golden_tensor("%s.x", name), w = golden_tensor("%s.w", name);
    ridge_tensor dy = golden_tensor("%s.dy", name), dx = test_matrix(rows, inputs, NULL);
    ridge_tensor dw = test_matrix(units, inputs, NULL), db = test_vector(units, NULL);
    double largest_dy = golden_largest("%s.dy", name);
    ridge_gemm_shape to_input = {.m = rows, .n = inputs, .k = units};
    assert_ok(ridge_gemm(test_launcher, &to_input, 1, dy, w, 0, dx, NULL));
    golden_expect(dx, product_tolerance(units, largest_dy, golden_largest("%s.w", name)), 0,
                  "%s.dx", name);
    ridge_gemm_shape to_weight = {.transpose_a = true, .m = units, .n = inputs, .k = rows};
    assert_ok(ridge_gemm(test_launcher, &to_weight, 1, dy, x, 0, dw, NULL));
    golden_expect(dw, product_tolerance(rows, largest_dy, golden_largest("%s.x", name)), 0, "%s.dw",
                  name);
    assert_ok(ridge_bias_gradient(test_launcher, dy, db));
    golden_expect(db, product_tolerance(rows, largest_dy, 1), 0, "%s.db", name);
    ridge_tensor *all[] = {&x, &w, &dy, &dx, &dw, &db};
    for (size_t i = 0; i < 6; i++)
        test_release(all[i]);
}

static void dense(void **state)
{
    (void)state;
    static const char *const cases[] = {"1x1x1", "7x5x3", "17x33x13"};
    golden_open("dense");
    for (size_t i = 0; i < 3; i++) {
        size_t rows = golden_size(0, "%s.x", cases[i]), inputs = golden_size(1, "%s.x", cases[i]);
        size_t units = golden_size(0, "%s.w", cases[i]);
        dense_forward(cases[i], rows, inputs, units);
        dense_backward(cases[i], rows, inputs, units);
    }
    golden_close();
}

struct loss_case {
    const char *name;
    ridge_loss_params params;
    const char *target, *right; // right NULL: all zero
};

static const struct loss_case loss_cases[] = {
    {"softmax_cross_entropy", {.loss = RIDGE_SOFTMAX_CROSS_ENTROPY}, "labels", "labels.right"},
    {"softmax_cross_entropy_0.125",
     {.loss = RIDGE_SOFTMAX_CROSS_ENTROPY, .smoothing = 0.125f},
     "labels",
     "labels.right"},
    {"mixed_cross_entropy", {.loss = RIDGE_SOFTMAX_CROSS_ENTROPY}, "mixed", "mixed.right"},
    {"even_cross_entropy_0.125",
     {.loss = RIDGE_SOFTMAX_CROSS_ENTROPY, .smoothing = 0.125f},
     "even",
     "mixed.right"},
    {"binary_cross_entropy", {.loss = RIDGE_BINARY_CROSS_ENTROPY}, "shares", "shares.right"},
    {"binary_cross_entropy_0.125",
     {.loss = RIDGE_BINARY_CROSS_ENTROPY, .smoothing = 0.125f},
     "shares",
     "shares.right"},
    {"mean_squared_error", {.loss = RIDGE_MEAN_SQUARED_ERROR}, "values", NULL},
    {"mean_absolute_error", {.loss = RIDGE_MEAN_ABSOLUTE_ERROR}, "values", NULL},
    {"huber", {.loss = RIDGE_HUBER}, "values", NULL},
    {"huber_0.25", {.loss = RIDGE_HUBER, .delta = 0.25f}, "values", NULL},
};

static void check_loss(const struct loss_case *c, const char *x_name)
{
    ridge_tensor x = golden_tensor("%s", x_name), target = golden_tensor("%s", c->target);
    size_t rows = x.shape[0];
    ridge_tensor gradient = test_matrix(rows, x.shape[1], NULL);
    ridge_tensor row_loss = test_vector(rows, NULL), row_right = test_vector(rows, NULL);
    assert_ok(
        ridge_loss_forward(test_launcher, &c->params, x, target, gradient, row_loss, row_right));
    // differences of logits are rounded at the size of the logits; exp and log add a few ulp, a
    // row's mean its length
    double tolerance = 32 * TEST_EPSILON;
    golden_expect(row_loss, tolerance * golden_largest("%s", x_name), tolerance, "%s.row_loss",
                  c->name);
    // shares lie in [0, 1] and an exponent of size 10, beyond which they do not count, carries 10
    // half ulps into them
    golden_expect(gradient, tolerance / (double)rows, tolerance, "%s.gradient", c->name);
    if (c->right) {
        golden_expect(row_right, TEST_EPSILON, TEST_EPSILON, "%s", c->right);
    } else {
        float right[64] = {1};
        test_get(row_right, right);
        for (size_t i = 0; i < rows; i++)
            assert_true(right[i] == 0);
    }
    ridge_tensor *all[] = {&x, &target, &gradient, &row_loss, &row_right};
    for (size_t i = 0; i < 5; i++)
        test_release(all[i]);
}

static void losses(void **state)
{
    (void)state;
    golden_open("losses");
    for (size_t i = 0; i < sizeof(loss_cases) / sizeof(loss_cases[0]); i++)
        check_loss(&loss_cases[i], "x");
    static const struct loss_case one_logit = {
        "logit", {.loss = RIDGE_BINARY_CROSS_ENTROPY}, "logit.labels", "logit.right"};
    check_loss(&one_logit, "logit.x");

    ridge_tensor x = golden_tensor("x"), y = test_matrix(x.shape[0], x.shape[1], NULL);
    assert_ok(ridge_softmax(test_launcher, x, y));
    golden_expect(y, 32 * TEST_EPSILON, 0, "softmax");
    test_release(&x);
    test_release(&y);
    golden_close();
}

static void reductions(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        ridge_reduction reduction;
    } cases[] = {{"sum", RIDGE_SUM},   {"l1", RIDGE_L1},           {"squares", RIDGE_SQUARES},
                 {"norm", RIDGE_NORM}, {"largest", RIDGE_LARGEST}, {"zeros", RIDGE_ZEROS}};
    golden_open("reductions");
    ridge_tensor x = golden_tensor("x");
    // what ops.h promises for terms of one sign; the sum's terms cancel
    double promise = 1e-6, magnitudes = golden_largest("l1");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ridge_tensor y = test_vector(1, NULL);
        assert_ok(ridge_reduce(test_launcher, cases[i].reduction, x, y));
        golden_expect(y, cases[i].reduction == RIDGE_SUM ? promise * magnitudes : 0, promise, "%s",
                      cases[i].name);
        test_release(&y);
    }
    test_release(&x);

    ridge_tensor w = golden_tensor("w");
    size_t rows = w.shape[0], columns = w.shape[1];
    uint32_t table[32][2];
    assert_true(rows <= 32);
    for (size_t r = 0; r < rows; r++) {
        table[r][0] = (uint32_t)(r * columns);
        table[r][1] = (uint32_t)columns;
    }
    ridge_tensor where = test_tensor(RIDGE_UINT32, 2, (size_t[]){rows, 2}, table);
    assert_ok(ridge_constrain(test_launcher, &(ridge_constraint){.max_norm = 3}, w, where));
    // PyTorch divides by norm + 1e-7
    golden_expect(w, 0, 1e-7 / 3 + 16 * TEST_EPSILON, "max_norm_3");
    test_release(&w);
    test_release(&where);
    golden_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations),
        cmocka_unit_test(dense),
        cmocka_unit_test(losses),
        cmocka_unit_test(reductions),
    };
    return TEST_MAIN("golden", tests);
}

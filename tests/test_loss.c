// SPDX-License-Identifier: Apache-2.0
// Losses, gradients and correctness against double precision, with labels, values and shares of
// classes; the reference's gradients against central differences of its losses; extremes, NaN and
// labels that do not exist.
#include "harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "loss_reference.h"

struct outcome {
    float *gradient, *loss, *right;
};

static struct outcome run(const struct loss_batch *b, bool in_place, bool want_gradient)
{
    size_t count = b->rows * b->columns;
    struct outcome got = {malloc(count * 4), malloc(b->rows * 4), malloc(b->rows * 4)};
    ridge_tensor x = test_matrix(b->rows, b->columns, b->x);
    ridge_tensor target = b->labelled ? test_tensor(RIDGE_INT32, 1, &b->rows, b->labels)
                                      : test_matrix(b->rows, b->columns, b->values);
    ridge_tensor gradient = in_place ? x : test_matrix(b->rows, b->columns, NULL);
    ridge_tensor loss = test_vector(b->rows, NULL), right = test_vector(b->rows, NULL);
    assert_ok(ridge_loss_forward(test_launcher, &b->params, x, target,
                                 want_gradient ? gradient : (ridge_tensor){0}, loss, right));
    test_get(gradient, got.gradient);
    test_get(loss, got.loss);
    test_get(right, got.right);
    test_release(&x);
    test_release(&target);
    if (!in_place)
        test_release(&gradient);
    test_release(&loss);
    test_release(&right);
    return got;
}

static void outcome_release(struct outcome *got)
{
    free(got->gradient);
    free(got->loss);
    free(got->right);
}

// |x| <= 4, so each term of a loss is at most 8 + log(columns) or 25 (squares of at most 5), and
// comes out of a handful of operations with at most 4 ulp each. The sum of n terms has a relative
// error of n 2^-24 at worst; all its terms are positive. Shares bring as much again, with their
// sum: into gradients that of a share of at most 2 p, where n p is below 8.
static void check_against(const struct loss_batch *b, const struct outcome *got, bool want_gradient)
{
    size_t n = b->columns, count = b->rows * n;
    double *x = malloc(count * 8), *gradient = malloc(count * 8), *loss = malloc(b->rows * 8);
    double *right = malloc(b->rows * 8);
    for (size_t i = 0; i < count; i++)
        x[i] = b->x[i];
    for (size_t r = 0; r < b->rows; r++) {
        loss[r] = loss_of_row(b, r, x + r * n);
        right[r] = loss_right_of_row(b, r, x + r * n);
        loss_gradient_of_row(b, r, x + r * n, gradient + r * n);
        for (size_t j = 0; j < n; j++)
            gradient[r * n + j] /= (double)b->rows;
    }
    bool shares = b->params.loss == RIDGE_SOFTMAX_CROSS_ENTROPY && !b->labelled;
    double relative = (20 + (double)n * (shares ? 2 : 1)) * TEST_EPSILON;
    test_close("loss", got->loss, loss, b->rows, 16 * TEST_EPSILON, relative);
    test_close("right", got->right, right, b->rows, TEST_EPSILON, 0);
    // differences of numbers up to 1 (shares) or 5 (x and t), before the division
    double share = (double)(b->params.loss ? count : b->rows);
    double absolute = (shares ? 16 + 2 * 2 * 8 : 16) * TEST_EPSILON / share;
    if (want_gradient)
        test_close("gradient", got->gradient, gradient, count, absolute, relative);
    else
        for (size_t i = 0; i < count; i++)
            assert_true(isnan(got->gradient[i]));
    free(x);
    free(gradient);
    free(loss);
    free(right);
}

static void check(ridge_loss_params params, bool labelled, size_t rows, size_t columns)
{
    struct loss_batch b = loss_batch_make(params, labelled, rows, columns);
    struct outcome fresh = run(&b, false, true), in_place = run(&b, true, true);
    check_against(&b, &fresh, true);
    assert_memory_equal(fresh.gradient, in_place.gradient, rows * columns * 4);
    assert_memory_equal(fresh.loss, in_place.loss, rows * 4);
    outcome_release(&fresh);
    outcome_release(&in_place);
    fresh = run(&b, false, false);
    check_against(&b, &fresh, false);
    outcome_release(&fresh);
    loss_batch_release(&b);
}

static void all_shapes(const ridge_loss_params *params, size_t kinds, bool labelled)
{
    static const size_t all[][2] = {{1, 1},    {7, 10},   {2, 33},   {3, 65},   {63, 2},
                                    {65, 32},  {13, 65},  {128, 1},  {128, 10}, {33, 1000},
                                    {1009, 7}, {5, 1009}, {2, 20011}};
    size_t count = test_small() ? 4 : sizeof(all) / sizeof(all[0]);
    for (size_t k = 0; k < kinds; k++)
        for (size_t i = 0; i < count; i++)
            check(params[k], labelled, all[i][0], all[i][1]);
}

static const ridge_loss_params softmax[] = {
    {.loss = RIDGE_SOFTMAX_CROSS_ENTROPY},
    {.loss = RIDGE_SOFTMAX_CROSS_ENTROPY, .smoothing = 0.1f},
};

static void softmax_cross_entropy(void **state)
{
    (void)state;
    all_shapes(softmax, 2, true);
}

static void shares_of_classes(void **state)
{
    (void)state;
    size_t first = test_small(); // smoothed only
    all_shapes(softmax + first, 2 - first, false);
}

static void binary_cross_entropy(void **state)
{
    (void)state;
    const ridge_loss_params params[] = {{.loss = RIDGE_BINARY_CROSS_ENTROPY},
                                        {.loss = RIDGE_BINARY_CROSS_ENTROPY, .smoothing = 0.2f}};
    all_shapes(params, 2, false);
    for (int k = 0; k < 2; k++)
        for (size_t rows = 1; rows < (test_small() ? 20 : 1000); rows = rows * 7 + 3)
            check(params[k], true, rows, 1);
}

static void errors(void **state)
{
    (void)state;
    all_shapes((const ridge_loss_params[]){{.loss = RIDGE_MEAN_SQUARED_ERROR},
                                           {.loss = RIDGE_MEAN_ABSOLUTE_ERROR},
                                           {.loss = RIDGE_HUBER},
                                           {.loss = RIDGE_HUBER, .delta = 2.5f}},
               4, false);
}

// The reference's gradients are those of its losses.
static void reference_gradients(void **state)
{
    (void)state;
    const ridge_loss_params kinds[] = {softmax[1],
                                       softmax[1],
                                       {.loss = RIDGE_BINARY_CROSS_ENTROPY, .smoothing = 0.1f},
                                       {.loss = RIDGE_MEAN_SQUARED_ERROR},
                                       {.loss = RIDGE_MEAN_ABSOLUTE_ERROR},
                                       {.loss = RIDGE_HUBER, .delta = 1.5f}};
    for (int k = 0; k < 6; k++) {
        struct loss_batch b = loss_batch_make(kinds[k], k == 0, 4, 9);
        for (size_t r = 0; r < 4; r++) {
            double x[9], gradient[9];
            for (size_t j = 0; j < 9; j++)
                x[j] = b.x[r * 9 + j];
            loss_gradient_of_row(&b, r, x, gradient);
            for (size_t j = 0; j < 9; j++) {
                double at = x[j], h = 1e-5;
                x[j] = at + h;
                double above = loss_of_row(&b, r, x);
                x[j] = at - h;
                double beneath = loss_of_row(&b, r, x);
                x[j] = at;
                // rounding of the difference 1e-16 / h, truncation h^2
                assert_true(fabs((above - beneath) / (2 * h) - gradient[j]) < 1e-9);
            }
        }
        loss_batch_release(&b);
    }
}

// Logits of +-1e4, ties at the top, minus infinity.
static void extremes(void **state)
{
    (void)state;
    for (size_t n = 3; n <= 43; n += 40) {
        struct loss_batch b = loss_batch_make(softmax[0], true, 6, n);
        for (size_t i = 0; i < 6 * n; i++)
            b.x[i] = 0;
        const int32_t labels[] = {0, 1, 1, 2, 0, 2};
        memcpy(b.labels, labels, sizeof(labels));
        b.x[0] = 1e4f, b.x[1] = -1e4f;      // right and certain: 0
        b.x[n] = 1e4f, b.x[n + 1] = -1e4f;  // wrong and certain: 2e4
        b.x[2 * n] = b.x[2 * n + 1] = 1e4f; // a tie, the first of which is not the label
        b.x[3 * n + 1] = -INFINITY;         // a masked class
        b.x[4 * n] = b.x[4 * n + 1] = 2;    // a tie, the first of which is the label
        b.x[5 * n + 2] = -INFINITY;         // the label itself: infinite loss
        struct outcome got = run(&b, false, true);
        const double rest = (double)n - 1;
        const double loss[] = {0, 2e4, log(2), log(rest), log(2 + (rest - 1) * exp(-2)), INFINITY};
        const float right[] = {1, 0, 0, 0, 1, 0};
        test_close("loss", got.loss, loss, 6, TEST_EPSILON, (20 + (double)n) * TEST_EPSILON);
        for (int r = 0; r < 6; r++)
            assert_true(got.right[r] == right[r]);
        for (size_t i = 0; i < 6 * n; i++)
            assert_true(isfinite(got.gradient[i]));
        outcome_release(&got);
        loss_batch_release(&b);
    }
}

// The same with shares: what has none may be minus infinity, and ties go to the first place on both
// sides. A row without any counts for nothing.
static void extreme_shares(void **state)
{
    (void)state;
    for (size_t n = 3; n <= 43; n += 40) {
        struct loss_batch b = loss_batch_make(softmax[0], false, 6, n);
        for (size_t i = 0; i < 6 * n; i++)
            b.x[i] = b.values[i] = 0;
        float *x[6], *q[6];
        for (size_t r = 0; r < 6; r++) {
            x[r] = b.x + r * n;
            q[r] = b.values + r * n;
        }
        x[0][0] = 1e4f, x[0][n - 1] = -1e4f, q[0][0] = q[0][n - 1] = 0.5f; // half wrong: 1e4
        x[1][0] = -INFINITY, q[1][1] = 0.25f, q[1][2] = 0.75f;             // masked, and no share
        x[2][n - 1] = -INFINITY, q[2][n - 1] = 1;                          // masked all the same
        x[3][1] = x[3][n - 1] = 2, q[3][1] = q[3][n - 1] = 0.5f;           // ties in equal places
        x[4][1] = x[4][n - 1] = 2, q[4][n - 1] = 1;                        // one of the tie
        x[5][1] = 1e4f;                                                    // nothing is meant
        struct outcome got = run(&b, false, true);
        const double rest = (double)n - 1, tie = log(2 + (rest - 1) * exp(-2));
        const double loss[] = {1e4, log(rest), INFINITY, tie, tie, 0};
        const float right[] = {1, 0, 0, 1, 0, 0};
        test_close("loss", got.loss, loss, 6, TEST_EPSILON, (20 + 2 * (double)n) * TEST_EPSILON);
        for (int r = 0; r < 6; r++)
            assert_true(got.right[r] == right[r]);
        for (size_t i = 0; i < 6 * n; i++)
            assert_true(isfinite(got.gradient[i]) && (i < 5 * n || got.gradient[i] == 0));
        outcome_release(&got);
        loss_batch_release(&b);
    }
}

// The binary loss at +-1e4 is 0 or 1e4, with a gradient of 0 or 1.
static void binary_extremes(void **state)
{
    (void)state;
    struct loss_batch b =
        loss_batch_make((ridge_loss_params){.loss = RIDGE_BINARY_CROSS_ENTROPY}, true, 4, 1);
    for (int r = 0; r < 4; r++) {
        b.x[r] = r & 1 ? 1e4f : -1e4f;
        b.labels[r] = r >> 1;
    }
    struct outcome got = run(&b, false, true);
    const float loss[] = {0, 1e4f, 1e4f, 0}, gradient[] = {0, 0.25f, -0.25f, 0};
    for (int r = 0; r < 4; r++) {
        assert_true(got.loss[r] == loss[r]);
        assert_true(got.gradient[r] == gradient[r]);
        assert_true(got.right[r] == (loss[r] == 0));
    }
    outcome_release(&got);
    loss_batch_release(&b);
}

// A NaN makes its own row's loss NaN and not right; the rows beside it do not notice.
static void nan_rows(void **state)
{
    (void)state;
    for (int k = RIDGE_SOFTMAX_CROSS_ENTROPY; k <= RIDGE_HUBER; k++) {
        for (size_t n = 5; n <= 45; n += 40) {
            struct loss_batch b =
                loss_batch_make((ridge_loss_params){.loss = (ridge_loss)k}, k == 0, 5, n);
            b.labels[1] = 4;
            b.x[n + 4] = NAN;
            b.labels[3] = 1;
            b.x[3 * n] = NAN;
            struct outcome got = run(&b, false, true);
            for (size_t r = 0; r < 5; r++) {
                assert_int_equal(isnan(got.loss[r]) != 0, r == 1 || r == 3);
                if (r == 1 || r == 3)
                    assert_true(got.right[r] == 0);
            }
            assert_true(isnan(got.gradient[n + 4]) && isnan(got.gradient[3 * n]));
            assert_true(isfinite(got.gradient[0]) && isfinite(got.gradient[5 * n - 1]));
            outcome_release(&got);
            loss_batch_release(&b);
        }
    }
}

// The same with shares, where either of the two is NaN.
static void nan_shares(void **state)
{
    (void)state;
    for (size_t n = 5; n <= 45; n += 40) {
        struct loss_batch b = loss_batch_make(softmax[0], false, 5, n);
        b.values[n + 4] = NAN;
        b.x[3 * n + 1] = NAN;
        b.values[3 * n + 1] = 0;
        struct outcome got = run(&b, false, true);
        for (size_t r = 0; r < 5; r++) {
            bool bad = r == 1 || r == 3;
            assert_int_equal(isnan(got.loss[r]) != 0, bad);
            assert_true(!bad || got.right[r] == 0);
            for (size_t j = 0; j < n; j++)
                assert_int_equal(isnan(got.gradient[r * n + j]) != 0, bad);
        }
        outcome_release(&got);
        loss_batch_release(&b);
    }
}

// A label that is no class reads nothing outside, and shows as NaN.
static void labels_outside(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 41; n += 20) {
        for (int k = 0; k < (n == 1 ? 2 : 1); k++) {
            struct loss_batch b =
                loss_batch_make((ridge_loss_params){.loss = (ridge_loss)k}, true, 5, n);
            const int32_t labels[] = {0, (int32_t)n + k, -1, INT32_MAX, INT32_MIN};
            memcpy(b.labels, labels, sizeof(labels));
            struct outcome got = run(&b, false, true);
            for (size_t r = 0; r < 5; r++) {
                assert_int_equal(isnan(got.loss[r]) != 0, r > 0);
                assert_int_equal(isnan(got.gradient[r * n]) != 0, r > 0);
                assert_true(r == 0 || got.right[r] == 0);
            }
            outcome_release(&got);
            loss_batch_release(&b);
        }
    }
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(ridge_loss_name(RIDGE_SOFTMAX_CROSS_ENTROPY), "softmax_cross_entropy");
    assert_string_equal(ridge_loss_name(RIDGE_HUBER), "huber");
    assert_null(ridge_loss_name((ridge_loss)(RIDGE_HUBER + 1)));
    assert_null(ridge_loss_name((ridge_loss)-1));
}

static void bad_arguments(void **state)
{
    (void)state;
    const size_t three = 3;
    ridge_tensor x = test_matrix(3, 4, NULL), row = test_vector(3, NULL), none = {0};
    ridge_tensor labels = test_tensor(RIDGE_INT32, 1, &three, NULL);
    ridge_tensor bytes = test_tensor(RIDGE_UINT8, 1, &three, NULL);
    ridge_loss_params params = {.loss = RIDGE_SOFTMAX_CROSS_ENTROPY};
#define LOSS(target, gradient, right)                                                              \
    ridge_loss_forward(test_launcher, &params, x, target, gradient, row, right)
    assert_fails(LOSS(row, none, row), RIDGE_ERROR_SHAPE, "target: expected 12 elements, got 3");
    assert_fails(LOSS(bytes, none, row), RIDGE_ERROR_ARGUMENT, "target: expected type float32");
    assert_fails(LOSS(none, none, row), RIDGE_ERROR_ARGUMENT, "target: expected a tensor");
    assert_fails(LOSS(labels, row, row), RIDGE_ERROR_SHAPE, "gradient: expected 12");
    assert_fails(LOSS(labels, none, x), RIDGE_ERROR_SHAPE, "row_right: expected 3");
    params.smoothing = 1;
    assert_fails(LOSS(labels, none, row), RIDGE_ERROR_ARGUMENT, "smoothing: expected [0, 1)");
    params = (ridge_loss_params){.loss = RIDGE_BINARY_CROSS_ENTROPY};
    assert_fails(LOSS(labels, none, row), RIDGE_ERROR_SHAPE, "need 1 column, x has 4");
    params = (ridge_loss_params){.loss = RIDGE_HUBER, .delta = -1};
    assert_fails(LOSS(x, none, row), RIDGE_ERROR_ARGUMENT, "delta");
    params = (ridge_loss_params){.loss = RIDGE_MEAN_SQUARED_ERROR};
    assert_fails(LOSS(labels, none, row), RIDGE_ERROR_ARGUMENT, "target: expected type float32");
    params.loss = (ridge_loss)77;
    assert_fails(LOSS(x, none, row), RIDGE_ERROR_ARGUMENT, "loss: expected 0 to 4, got 77");
#undef LOSS
    test_release(&x);
    test_release(&row);
    test_release(&labels);
    test_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softmax_cross_entropy),
        cmocka_unit_test(shares_of_classes),
        cmocka_unit_test(binary_cross_entropy),
        cmocka_unit_test(errors),
        cmocka_unit_test(reference_gradients),
        cmocka_unit_test(extremes),
        cmocka_unit_test(extreme_shares),
        cmocka_unit_test(binary_extremes),
        cmocka_unit_test(nan_rows),
        cmocka_unit_test(nan_shares),
        cmocka_unit_test(labels_outside),
        cmocka_unit_test(names),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("loss", tests);
}

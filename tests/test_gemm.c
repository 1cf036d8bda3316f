// SPDX-License-Identifier: Apache-2.0
// Matrix products of every provider against double precision: transpositions, leading dimensions,
// alpha and beta, the epilogue, odd shapes; the check of a provider at its first use.
#include "harness.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device/device.h"
#include "files.h"
#include "ops/gemm.h"

struct product {
    ridge_gemm_shape shape;
    float alpha, beta;
    ridge_gemm_epilogue epilogue; // bias and saved are made where `biased`, `derived`
    bool biased, derived;
    bool summed; // with row_sums
};

static size_t stored_rows(bool transposed, size_t rows, size_t columns)
{
    return transposed ? columns : rows;
}

// The formulas of ridge/activation.h in double precision.
static double activate(ridge_activation activation, double p, double x)
{
    switch (activation) {
    case RIDGE_LINEAR:
        return x;
    case RIDGE_RELU:
        return x > 0 ? x : 0;
    case RIDGE_LEAKY_RELU:
        return x > 0 ? x : (p != 0 ? p : (double)0.01f) * x;
    case RIDGE_ELU:
        return x > 0 ? x : (p != 0 ? p : 1) * expm1(x);
    case RIDGE_SELU:
        return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x));
    case RIDGE_GELU:
        return 0.5 * x * (1 + erf(x / sqrt(2)));
    case RIDGE_SILU:
        return x / (1 + exp(-x));
    case RIDGE_SIGMOID:
        return 1 / (1 + exp(-x));
    case RIDGE_TANH:
        return tanh(x);
    case RIDGE_SOFTPLUS:
        return log1p(exp(x));
    }
    return NAN;
}

// f'(z) of the same.
static double derivative(ridge_activation activation, double p, double z)
{
    double sigmoid = 1 / (1 + exp(-z)), alpha = p != 0 ? p : 1;
    switch (activation) {
    case RIDGE_LINEAR:
        return 1;
    case RIDGE_RELU:
        return z > 0;
    case RIDGE_LEAKY_RELU:
        return z > 0 ? 1 : (p != 0 ? p : (double)0.01f);
    case RIDGE_ELU:
        return z > 0 ? 1 : alpha * exp(z);
    case RIDGE_SELU:
        return 1.0507009873554805 * (z > 0 ? 1 : 1.6732632423543772 * exp(z));
    case RIDGE_GELU:
        return 0.5 * (1 + erf(z / sqrt(2))) + z * exp(-z * z / 2) / sqrt(2 * M_PI);
    case RIDGE_SILU:
        return sigmoid * (1 + z * (1 - sigmoid));
    case RIDGE_SIGMOID:
        return sigmoid * (1 - sigmoid);
    case RIDGE_TANH:
        return 1 - tanh(z) * tanh(z);
    case RIDGE_SOFTPLUS:
        return sigmoid;
    }
    return NAN;
}

struct matrix {
    size_t rows, columns, ld, count; // count: with the gaps between the rows
    float *data;
};

// Gaps hold NaN: whoever reads or writes them is found out.
static struct matrix make(size_t rows, size_t columns, size_t ld, uint64_t seed)
{
    struct matrix x = {rows, columns, ld ? ld : columns, 0, NULL};
    x.count = (rows - 1) * x.ld + columns;
    x.data = malloc(x.count * sizeof(float));
    for (size_t i = 0; i < x.count; i++)
        x.data[i] = i % x.ld < columns ? (float)test_random(seed, i, -1, 1) : NAN;
    return x;
}

// op(X) in double precision, dense.
static double *dense(const struct matrix *x, bool transposed, size_t rows, size_t columns)
{
    double *y = malloc(rows * columns * sizeof(double));
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            y[i * columns + j] = x->data[transposed ? j * x->ld + i : i * x->ld + j];
    return y;
}

// Row i of op(A) op(B), and the same of the magnitudes.
static void reference_row(const double *a, const double *b, size_t n, size_t k, double *sum,
                          double *size)
{
    memset(sum, 0, n * sizeof(double));
    memset(size, 0, n * sizeof(double));
    for (size_t l = 0; l < k; l++) {
        for (size_t j = 0; j < n; j++) {
            sum[j] += a[l] * b[l * n + j];
            size[j] += fabs(a[l] * b[l * n + j]);
        }
    }
}

// What the epilogue makes of x, a sum of terms of this magnitude in all, within an error of
// *allowed. The sum has k + 3 roundings of the magnitude. An activation passes errors on with a
// factor of at most 1.76 and is itself right to 8 units, and what is saved is a function of z. Of
// the derivatives, all at most 1.76, gelu's has the largest error, 16 units from erfc and some from
// exp, and what the rounding of f(z) makes of the others is at most 2.
static double finish(const struct product *p, double x, double magnitude, double z, double *allowed)
{
    const ridge_gemm_epilogue *e = &p->epilogue;
    double scale = p->derived && e->scale != 0 ? e->scale : 1;
    *allowed = 1.76 * scale * (double)(p->shape.k + 3) * TEST_EPSILON * magnitude;
    if (!p->derived)
        return activate(e->activation, e->parameter, x);
    *allowed += scale * fabs(x) * 24 * TEST_EPSILON;
    return scale * x * derivative(e->activation, e->parameter, z);
}

// Each element of C against its own bound. z: what was activated, where that counts.
static void check(const struct product *p, const struct matrix *a, const struct matrix *b,
                  const struct matrix *c, const float *bias, const struct matrix *z,
                  const float *got)
{
    const ridge_gemm_shape *s = &p->shape;
    double *op_a = dense(a, s->transpose_a, s->m, s->k);
    double *op_b = dense(b, s->transpose_b, s->k, s->n);
    double *sum = malloc(s->n * sizeof(double)), *size = malloc(s->n * sizeof(double));
    for (size_t i = 0; i < s->m; i++) {
        const float *old = c->data + i * c->ld, *row = got + i * c->ld;
        reference_row(op_a + i * s->k, op_b, s->n, s->k, sum, size);
        for (size_t j = 0; j < s->n; j++) {
            double rest[2] = {p->beta != 0 ? (double)p->beta * old[j] : 0, bias ? bias[j] : 0};
            double x = (double)p->alpha * sum[j] + rest[0] + rest[1];
            double magnitude = fabs(p->alpha * size[j]) + fabs(rest[0]) + fabs(rest[1]), allowed;
            double y = finish(p, x, magnitude, z->data[i * c->ld + j], &allowed);
            test_close("c", &row[j], &y, 1, allowed, 8 * TEST_EPSILON);
        }
        for (size_t j = s->n; j < c->ld && i + 1 < s->m; j++)
            assert_true(isnan(row[j])); // the gap between two rows
    }
    free(op_a);
    free(op_b);
    free(sum);
    free(size);
}

// What backward of the activation needs to know of z.
static ridge_tensor make_saved(const ridge_gemm_epilogue *epilogue, const struct matrix *z)
{
    float *saved = malloc(z->count * sizeof(float));
    bool input = ridge_activation_needs_input(epilogue->activation);
    for (size_t i = 0; i < z->count; i++)
        saved[i] = input ? z->data[i]
                         : (float)activate(epilogue->activation, epilogue->parameter, z->data[i]);
    ridge_tensor tensor = test_vector(z->count, saved);
    free(saved);
    return tensor;
}

// The sums of op(A)'s rows. No element takes part in more than 192 additions, and all are below 1.
static void check_row_sums(const ridge_gemm_shape *s, const struct matrix *a, ridge_tensor sums)
{
    double *expected = calloc(s->m, sizeof(double)), additions = s->k < 192 ? (double)s->k : 192;
    float *got = malloc(s->m * sizeof(float));
    for (size_t l = 0; l < s->k; l++)
        for (size_t i = 0; i < s->m; i++)
            expected[i] += a->data[l * a->ld + i];
    test_get(sums, got);
    test_close("row sums", got, expected, s->m, additions * (double)s->k * TEST_EPSILON, 0);
    free(expected);
    free(got);
}

// Runs the product at once, again, and out of a plan: three times the same bits. Once when small.
static void run(const struct product *p)
{
    const ridge_gemm_shape *s = &p->shape;
    struct matrix a = make(stored_rows(s->transpose_a, s->m, s->k),
                           stored_rows(s->transpose_a, s->k, s->m), s->lda, 1);
    struct matrix b = make(stored_rows(s->transpose_b, s->k, s->n),
                           stored_rows(s->transpose_b, s->n, s->k), s->ldb, 2);
    struct matrix c = make(s->m, s->n, s->ldc, 3), z = make(s->m, s->n, s->ldc, 5);
    for (size_t i = 0; i < c.count && p->beta == 0; i++)
        c.data[i] = NAN;
    float *bias = malloc(s->n * sizeof(float)), *got = malloc(c.count * sizeof(float)),
          *again = malloc(c.count * sizeof(float));
    test_fill(bias, s->n, 4, -1, 1);
    ridge_gemm_epilogue epilogue = p->epilogue;
    if (p->biased)
        epilogue.bias = test_vector(s->n, bias);
    if (p->derived)
        epilogue.saved = make_saved(&epilogue, &z);
    if (p->summed)
        epilogue.row_sums = test_vector(s->m, NULL);
    ridge_tensor ta = test_vector(a.count, a.data), tb = test_vector(b.count, b.data);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    for (int time = 0; time < (test_small() ? 1 : 3); time++) {
        ridge_launcher *on = time == 2 ? ridge_plan_launcher(plan) : test_launcher;
        ridge_tensor tc = test_vector(c.count, c.data);
        assert_ok(ridge_gemm(on, s, p->alpha, ta, tb, p->beta, tc, &epilogue));
        if (time == 2)
            assert_ok(ridge_plan_run(plan));
        test_get(tc, time == 0 ? got : again);
        if (time > 0)
            assert_memory_equal(got, again, c.count * sizeof(float));
        test_release(&tc);
    }
    check(p, &a, &b, &c, p->biased ? bias : NULL, &z, got);
    if (p->summed)
        check_row_sums(s, &a, epilogue.row_sums);
    ridge_plan_destroy(&plan);
    test_release(&ta);
    test_release(&tb);
    if (p->biased)
        test_release(&epilogue.bias);
    if (p->derived)
        test_release(&epilogue.saved);
    if (p->summed)
        test_release(&epilogue.row_sums);
    free(a.data);
    free(b.data);
    free(c.data);
    free(z.data);
    free(bias);
    free(got);
    free(again);
}

// The product in all four transpositions.
static void run_transposed(struct product p)
{
    for (int t = 0; t < 4; t++) {
        p.shape.transpose_a = t & 1;
        p.shape.transpose_b = t & 2;
        run(&p);
    }
}

// The cases with the provider of the footing, and with the others that every build has.
static void with_each_provider(void (*cases)(void))
{
    const char *own = test_device->gemm;
    for (const struct ridge_gemm_provider *p = ridge_gemm_providers; p->name; p++) {
        if (strcmp(p->name, "clblast") == 0 && strcmp(p->name, own) != 0)
            continue;
        test_device->gemm = p->name;
        cases();
    }
    test_device->gemm = own;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void shape_cases(void)
{
    static const size_t few[][3] = {{1, 7, 3}, {65, 33, 17}};
    static const size_t more[][3] = {
        {13, 1, 9},    {1, 1, 1},      {7, 1, 65},     {13, 33, 1},  {12, 32, 8},   {65, 63, 17},
        {24, 64, 16},  {1, 257, 129},  {127, 1, 255},  {1, 1, 1009}, {63, 65, 64},  {127, 127, 127},
        {128, 128, 2}, {32, 128, 128}, {128, 10, 200}, {32, 1, 128}, {61, 784, 40},
    };
    // the products of a wide layer, forward and backward, and a large one of primes
    static const ridge_gemm_shape large[] = {
        {.transpose_b = true, .m = 97, .n = 800, .k = 784},
        {.m = 97, .n = 784, .k = 800},
        {.transpose_a = true, .m = 800, .n = 784, .k = 97},
        {.transpose_a = true, .transpose_b = true, .m = 257, .n = 509, .k = 1009},
        // rows in parts, and a left operand that is too large for steps of k
        {.m = 1601, .n = 33, .k = 300},
        {.transpose_a = true, .m = 1543, .n = 67, .k = 270},
        {.transpose_b = true, .m = 35, .n = 1567, .k = 257},
        {.m = 821, .n = 41, .k = 1021},
        {.transpose_b = true, .m = 19, .n = 821, .k = 1013},
    };
    for (size_t i = 0; i < COUNT(few); i++)
        run_transposed((struct product){.shape = {.m = few[i][0], .n = few[i][1], .k = few[i][2]},
                                        .alpha = 1});
    if (test_small() || strcmp(test_device->gemm, "plain") == 0)
        return;
    for (size_t i = 0; i < COUNT(more); i++)
        run_transposed((struct product){
            .shape = {.m = more[i][0], .n = more[i][1], .k = more[i][2]}, .alpha = 1});
    for (size_t i = 0; i < COUNT(large); i += test_few() ? 3 : 1)
        run(&(struct product){.shape = large[i], .alpha = 1});
}

static void shapes(void **state)
{
    (void)state;
    with_each_provider(shape_cases);
}

static void scale_cases(void)
{
    static const size_t sizes[][3] = {{13, 37, 11}, {65, 129, 63}, {1, 40, 9}, {40, 1, 9}};
    static const float scales[][2] = {{1, 0}, {1, 1}, {-0.5f, 0}, {2, 0.25f}, {0, -1}};
    for (size_t i = 0; i < (test_small() ? 1 : COUNT(sizes)); i++)
        for (size_t j = 0; j < COUNT(scales); j++)
            run(&(struct product){.shape = {.transpose_a = j & 1,
                                            .transpose_b = j & 2,
                                            .m = sizes[i][0],
                                            .n = sizes[i][1],
                                            .k = sizes[i][2]},
                                  .alpha = scales[j][0],
                                  .beta = scales[j][1],
                                  .biased = j % 2});
}

static void alpha_beta_bias(void **state)
{
    (void)state;
    with_each_provider(scale_cases);
}

static void leading_dimension_cases(void)
{
    static const size_t sizes[][3] = {{13, 37, 11}, {65, 70, 63}, {1, 70, 63}, {70, 1, 63}};
    for (size_t i = 0; i < (test_small() ? 1 : COUNT(sizes)); i++) {
        struct product p = {.shape = {.m = sizes[i][0], .n = sizes[i][1], .k = sizes[i][2]},
                            .alpha = 1,
                            .biased = true};
        p.shape.lda = 77;
        p.shape.ldb = 81;
        p.shape.ldc = 83;
        run_transposed(p);
        p.beta = 1;
        p.biased = false;
        run_transposed(p);
    }
}

static void leading_dimensions(void **state)
{
    (void)state;
    with_each_provider(leading_dimension_cases);
}

static void activation_cases(void)
{
    for (int f = RIDGE_LINEAR; f <= RIDGE_SOFTPLUS; f++)
        for (int parameter = 0; parameter < (test_small() ? 1 : 2); parameter++)
            run(&(struct product){.shape = {.m = 7, .n = 37, .k = 15},
                                  .alpha = 1,
                                  .biased = f % 2 == 0,
                                  .epilogue = {.activation = (ridge_activation)f,
                                               .parameter = (float)parameter * 0.25f}});
}

static void activations(void **state)
{
    (void)state;
    with_each_provider(activation_cases);
}

// Gradients with the derivative of an activation, of every function, and of relu wherever products
// write.
static void derivative_cases(void)
{
    static const size_t sizes[][3] = {{13, 37, 11}, {65, 70, 63}, {1, 70, 33}, {70, 1, 33}};
    for (int f = RIDGE_RELU; f <= RIDGE_SOFTPLUS; f += test_small() ? 4 : 1)
        run(&(struct product){
            .shape = {.m = 7, .n = 37, .k = 15},
            .alpha = 1,
            .derived = true,
            .epilogue = {.activation = (ridge_activation)f, .parameter = f % 2 ? 0.25f : 0}});
    for (size_t i = 0; i < (test_small() ? 1 : COUNT(sizes)); i++) {
        struct product p = {.shape = {.m = sizes[i][0], .n = sizes[i][1], .k = sizes[i][2]},
                            .alpha = 1,
                            .derived = true,
                            .epilogue = {.activation = RIDGE_RELU, .scale = 2}};
        run_transposed(p);
        p.shape.ldc = 83;
        p.alpha = -0.5f;
        p.beta = 0.25f;
        p.biased = i % 2 == 0;
        run_transposed(p);
    }
}

static void derivatives(void **state)
{
    (void)state;
    with_each_provider(derivative_cases);
}

// Gradients of weights with that of a bias: packed, not packed, a column; and where A has gaps.
static void row_sums_cases(void)
{
    static const ridge_gemm_shape shapes[] = {
        {.m = 13, .n = 37, .k = 11, .lda = 15}, {.m = 67, .n = 1, .k = 65},
        {.m = 131, .n = 67, .k = 63},           {.m = 140, .n = 97, .k = 131, .lda = 145},
        {.m = 5, .n = 65, .k = 8257},
    };
    for (size_t i = 0; i < (test_small() ? 1 : COUNT(shapes)); i++) {
        struct product p = {.shape = shapes[i], .alpha = 1, .summed = true};
        p.shape.transpose_a = true;
        run(&p);
    }
}

static void row_sums(void **state)
{
    (void)state;
    with_each_provider(row_sums_cases);
}

// First use: a wrong provider gives way to a right one.

static ridge_status forgets_the_last_row(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    struct ridge_gemm_call less = *call;
    if (less.shape.m > 1)
        less.shape.m--;
    return ridge_gemm_plain(on, &less);
}

static ridge_status forgets_the_end_of_the_sum(ridge_launcher *on,
                                               const struct ridge_gemm_call *call)
{
    struct ridge_gemm_call less = *call;
    less.shape.k--;
    return ridge_gemm_plain(on, &less);
}

static ridge_status fails(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    (void)on;
    (void)call;
    return RIDGE_ERROR_BUILD;
}

static unsigned warnings;

static void count_warnings(void *context, ridge_log_level level, const char *message)
{
    (void)context;
    if (level == RIDGE_LOG_WARNING && strstr(message, "GEMM provider first"))
        warnings++;
}

static void right_provider_is_kept(void **state)
{
    (void)state;
    const char *own = test_device->gemm;
    ridge_tensor a = test_vector(1, (const float[]){3}), c = test_vector(1, NULL);
    test_device->gemm_checked = false;
    assert_ok(ridge_gemm(test_launcher, &(ridge_gemm_shape){.m = 1, .n = 1, .k = 1}, 1, a, a, 0, c,
                         NULL));
    assert_true(test_device->gemm_checked);
    assert_string_equal(test_device->gemm, own);
    test_release(&a);
    test_release(&c);
}

static void wrong_provider_is_replaced(void **state)
{
    (void)state;
    const char *chosen = test_device->gemm;
    ridge_status (*const wrong[])(ridge_launcher *, const struct ridge_gemm_call *) = {
        forgets_the_last_row, forgets_the_end_of_the_sum, fails};
    ridge_set_log(count_warnings, NULL, RIDGE_LOG_WARNING);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const struct ridge_gemm_provider table[] = {
            {"other", wrong[(i + 1) % 3]}, {"first", wrong[i]}, {"last", ridge_gemm_plain}, {NULL}};
        test_device->gemm = "first";
        warnings = 0;
        assert_ok(ridge_gemm_check(test_device, table));
        assert_string_equal(test_device->gemm, "last");
        assert_int_equal(warnings, 1);
    }
    const struct ridge_gemm_provider all_wrong[] = {{"first", forgets_the_last_row}, {NULL}};
    test_device->gemm = "first";
    assert_fails(ridge_gemm_check(test_device, all_wrong), RIDGE_ERROR_DEVICE, "no GEMM");
    ridge_set_log(NULL, NULL, RIDGE_LOG_WARNING);
    test_device->gemm = chosen;
}

// What the check found is remembered: with a good file no product is computed, and a file that is
// truncated, damaged, or of another driver is noted, and replaced.

static unsigned notes;

static void count_notes(void *context, ridge_log_level level, const char *message)
{
    (void)context;
    if (level == RIDGE_LOG_INFO && strstr(message, "made again"))
        notes++;
}

// Whether preparing takes the check's word anew rather than the file's. Kernels and buffers tell.
static bool checks_again(void)
{
    uint64_t before = ridge_device_memory(test_device);
    ridge_device_memory_peak_reset(test_device);
    assert_ok(ridge_gemm_prepare(test_device));
    return ridge_device_memory_peak(test_device) > before;
}

static void verdict_is_remembered(void **state)
{
    (void)state;
    char *old = getenv("XDG_CACHE_HOME") ? strdup(getenv("XDG_CACHE_HOME")) : NULL;
    bool keeps = test_device->keeps_notes;
    test_device->keeps_notes = true;
    setenv("XDG_CACHE_HOME", test_path("verdict"), 1);
    ridge_set_log(count_notes, NULL, RIDGE_LOG_INFO);
    notes = 0;
    assert_true(checks_again());
    assert_false(checks_again());
    assert_int_equal(notes, 0);

    glob_t found;
    assert_int_equal(glob(test_path("verdict/ridge/*.verdict"), 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    const char *path = found.gl_pathv[0];
    assert_int_equal(truncate(path, 30), 0);
    assert_true(checks_again());
    assert_int_equal(notes, 1);
    assert_false(checks_again());
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -1, SEEK_END), 0);
    assert_int_equal(fputc('!', file), '!');
    assert_int_equal(fclose(file), 0);
    assert_true(checks_again());
    assert_int_equal(notes, 2);

    char driver[sizeof(test_device->info.driver)];
    memcpy(driver, test_device->info.driver, sizeof(driver));
    snprintf(test_device->info.driver, sizeof(driver), "another");
    assert_true(checks_again());
    assert_int_equal(notes, 3);
    assert_false(checks_again());
    memcpy(test_device->info.driver, driver, sizeof(driver));

    test_device->keeps_notes = false;
    assert_true(checks_again());
    assert_true(checks_again());
    globfree(&found);
    test_device->keeps_notes = keeps;
    ridge_set_log(NULL, NULL, RIDGE_LOG_WARNING);
    old ? setenv("XDG_CACHE_HOME", old, 1) : unsetenv("XDG_CACHE_HOME");
    free(old);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor a = test_matrix(5, 7, NULL), b = test_matrix(7, 3, NULL),
                 c = test_matrix(5, 3, NULL);
    const ridge_gemm_shape good = {.m = 5, .n = 3, .k = 7};
    ridge_gemm_shape shape = good;
#define GEMM(...) ridge_gemm(test_launcher, &shape, 1, a, b, 0, c, __VA_ARGS__)
    assert_ok(GEMM(NULL));
    assert_fails(ridge_gemm(NULL, &shape, 1, a, b, 0, c, NULL), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_gemm(test_launcher, NULL, 1, a, b, 0, c, NULL), RIDGE_ERROR_ARGUMENT,
                 "shape: expected a pointer");
    assert_fails(ridge_gemm(test_launcher, &shape, 1, (ridge_tensor){0}, b, 0, c, NULL),
                 RIDGE_ERROR_ARGUMENT, "a: expected a tensor");
    shape.k = 0;
    assert_fails(GEMM(NULL), RIDGE_ERROR_SHAPE, "above 0, got 5, 3, 0");
    shape = good;
    shape.lda = 6;
    assert_fails(GEMM(NULL), RIDGE_ERROR_ARGUMENT, "lda: expected at least 7, got 6");
    shape.lda = 8;
    assert_fails(GEMM(NULL), RIDGE_ERROR_SHAPE, "a: expected room for 5 rows of 7, 8 elements");
    shape = good;
    shape.m = SIZE_MAX;
    assert_fails(GEMM(NULL), RIDGE_ERROR_SHAPE, "a: expected room");
    shape = good;
    shape.transpose_b = true;
    shape.ldc = 4;
    assert_fails(GEMM(NULL), RIDGE_ERROR_SHAPE, "c: expected room for 5 rows of 3, 4 elements");
    shape = good;
    assert_fails(GEMM(&(ridge_gemm_epilogue){.activation = (ridge_activation)99}),
                 RIDGE_ERROR_ARGUMENT, "activation");
    assert_fails(GEMM(&(ridge_gemm_epilogue){.bias = a}), RIDGE_ERROR_SHAPE,
                 "bias: expected 3 elements, got 35");
    assert_fails(GEMM(&(ridge_gemm_epilogue){.saved = c}), RIDGE_ERROR_ARGUMENT,
                 "activation: expected one whose derivative is not 1");
    assert_fails(
        GEMM(&(ridge_gemm_epilogue){.saved = c, .activation = RIDGE_LEAKY_RELU, .parameter = -1}),
        RIDGE_ERROR_ARGUMENT, "parameter: expected a number above 0");
    assert_fails(GEMM(&(ridge_gemm_epilogue){.row_sums = a}), RIDGE_ERROR_UNSUPPORTED,
                 "row_sums: expected a transposed A");
    ridge_tensor saved = ridge_tensor_rows(c, 0, 4);
    assert_fails(GEMM(&(ridge_gemm_epilogue){.saved = saved, .activation = RIDGE_TANH}),
                 RIDGE_ERROR_SHAPE, "saved: expected room for 5 rows of 3");
#undef GEMM
    test_release(&a);
    test_release(&b);
    test_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_provider_is_kept),
        cmocka_unit_test(wrong_provider_is_replaced),
        cmocka_unit_test(verdict_is_remembered),
        cmocka_unit_test(shapes),
        cmocka_unit_test(alpha_beta_bias),
        cmocka_unit_test(leading_dimensions),
        cmocka_unit_test(activations),
        cmocka_unit_test(derivatives),
        cmocka_unit_test(row_sums),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("gemm", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Matrix products of every provider against double precision: transpositions, leading dimensions,
// alpha and beta, odd shapes; the check of a provider at its first use.
#include "harness.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device/device.h"
#include "files.h"
#include "gemm_harness.h"
#include "ops/gemm.h"

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
        product_check_transposed((struct product){
            .shape = {.m = few[i][0], .n = few[i][1], .k = few[i][2]}, .alpha = 1});
    if (test_small() || strcmp(test_device->gemm, "plain") == 0)
        return;
    for (size_t i = 0; i < COUNT(more); i++)
        product_check_transposed((struct product){
            .shape = {.m = more[i][0], .n = more[i][1], .k = more[i][2]}, .alpha = 1});
    for (size_t i = 0; i < COUNT(large); i += test_few() ? 3 : 1)
        product_check(&(struct product){.shape = large[i], .alpha = 1});
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
            product_check(&(struct product){.shape = {.transpose_a = j & 1,
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
        product_check_transposed(p);
        p.beta = 1;
        p.biased = false;
        product_check_transposed(p);
    }
}

static void leading_dimensions(void **state)
{
    (void)state;
    with_each_provider(leading_dimension_cases);
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
        cmocka_unit_test(right_provider_is_kept), cmocka_unit_test(wrong_provider_is_replaced),
        cmocka_unit_test(verdict_is_remembered),  cmocka_unit_test(shapes),
        cmocka_unit_test(alpha_beta_bias),        cmocka_unit_test(leading_dimensions),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("gemm", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Alpha dropout against double precision, from the words of the host that dropout draws its masks
// from; the mean and variance of its inputs stay.
#include "harness.h"

#include <math.h>
#include <ridge/random.h>
#include <stdlib.h>

static const ridge_random some_random = {
    .seed = 0xfedcba9876543210, .stream = 3, .step = 0xfffffffe};

static bool kept(const ridge_random *random, float rate, size_t e)
{
    return ridge_random_word(random, e) < (1 - (double)rate) * 0x1p32;
}

// The formula, in double and from the words: within the roundings of a, of b, of a product and of a
// sum.
static void check_alpha(size_t count, float rate)
{
    const double s = -1.7580993408473766, r = (double)rate;
    const double a = 1 / sqrt((1 - r) * (1 + r * s * s)), b = -a * s * r;
    float *x = malloc(count * 4), *got = malloc(count * 4), *sum = malloc(count * 4);
    test_fill(x, count, 1, -2, 3);
    ridge_tensor from = test_vector(count, x), to = test_vector(count, NULL);
    assert_ok(ridge_alpha_dropout_apply(test_launcher, rate, &some_random, from, to));
    test_get(to, got);
    for (size_t i = 0; i < count; i++) {
        double y = a * (kept(&some_random, rate, i) ? (double)x[i] : s) + b;
        double bound = 3 * TEST_EPSILON * (a * fmax(fabs((double)x[i]), -s) + b);
        if (!(fabs(got[i] - y) <= bound))
            fail_msg("[%zu of %zu]: expected %.9g, got %.9g", i, count, y, (double)got[i]);
    }
    assert_ok(ridge_alpha_dropout_backward(test_launcher, rate, &some_random, from, to, true));
    test_get(to, sum);
    for (size_t i = 0; i < count; i++)
        got[i] += kept(&some_random, rate, i) ? x[i] * (float)a : 0;
    assert_memory_equal(sum, got, count * 4);
    assert_ok(ridge_alpha_dropout_apply(test_launcher, rate, &some_random, from, from));
    assert_ok(ridge_alpha_dropout_backward(test_launcher, rate, &some_random, from, from, false));
    test_get(from, got);
    for (size_t i = 0; i < count; i++)
        assert_true(kept(&some_random, rate, i) || got[i] == 0);
    test_release(&from);
    test_release(&to);
    free(x);
    free(got);
    free(sum);
}

static void all_lengths_and_rates(void **state)
{
    (void)state;
    for (const size_t *n = test_lengths(); *n; n++)
        check_alpha(*n, 0.3f);
    const float rates[] = {0, 0x1p-25f, 0.5f, 0.9f};
    for (size_t i = 0; i < 4; i++)
        check_alpha(test_small() ? 65 : 1009, rates[i]);
}

// Mean 0 and variance 1 stay as they are: within five deviations of the mean and of the mean square
// of that many numbers, the latter from the fourth moment that is found.
static void keeps_moments(void **state)
{
    (void)state;
    size_t count = test_small() ? 512 : 1 << 20;
    float *x = malloc(count * 4);
    const ridge_random other = {.seed = 7, .stream = 1};
    for (size_t i = 0; i < count; i++)
        x[i] = (float)ridge_random_normal(&other, i);
    ridge_tensor from = test_vector(count, x), to = test_vector(count, NULL);
    const float rates[] = {0.1f, 0.25f, 0.6f};
    for (int r = 0; r < 3; r++) {
        assert_ok(ridge_alpha_dropout_apply(test_launcher, rates[r], &some_random, from, to));
        float *got = malloc(count * 4);
        test_get(to, got);
        double sum = 0, squares = 0, fourth = 0;
        for (size_t i = 0; i < count; i++) {
            double square = (double)got[i] * got[i];
            sum += got[i];
            squares += square;
            fourth += square * square;
        }
        free(got);
        double n = (double)count;
        assert_true(fabs(sum / n) < 5 / sqrt(n));
        assert_true(fabs(squares / n - 1) < 5 * sqrt((fourth / n - 1) / n));
    }
    test_release(&from);
    test_release(&to);
    free(x);
}

// As a hash: the same bits on every device that the tests run on.
static void same_bits_everywhere(void **state)
{
    (void)state;
    enum { COUNT = 1020 };
    float x[COUNT], got[COUNT];
    test_fill(x, COUNT, 1, -2, 2);
    const uint64_t wanted[] = {0xac327851debca2b3, 0x306bd98a9d102069};
    for (int backward = 0; backward < 2; backward++) {
        ridge_tensor from = test_vector(COUNT, x), to = test_vector(COUNT, NULL);
        assert_ok(
            backward
                ? ridge_alpha_dropout_backward(test_launcher, 0.3f, &some_random, from, to, false)
                : ridge_alpha_dropout_apply(test_launcher, 0.3f, &some_random, from, to));
        test_get(to, got);
        if (test_hash(got, sizeof(got)) != wanted[backward])
            fail_msg("%s: expected %#llx, got %#llx", backward ? "backward" : "forward",
                     (unsigned long long)wanted[backward],
                     (unsigned long long)test_hash(got, sizeof(got)));
        test_release(&from);
        test_release(&to);
    }
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_vector(7, NULL), y = test_vector(8, NULL);
    assert_fails(ridge_alpha_dropout_apply(test_launcher, 0.5f, &some_random, x, y),
                 RIDGE_ERROR_SHAPE, "y: expected 7 elements");
    assert_fails(ridge_alpha_dropout_apply(test_launcher, 1, &some_random, x, x),
                 RIDGE_ERROR_ARGUMENT, "rate: expected [0, 1), got 1");
    assert_fails(ridge_alpha_dropout_backward(test_launcher, NAN, &some_random, x, x, false),
                 RIDGE_ERROR_ARGUMENT, "rate");
    test_release(&x);
    test_release(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_lengths_and_rates),
        cmocka_unit_test(keeps_moments),
        cmocka_unit_test(same_bits_everywhere),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("alpha_dropout", tests);
}

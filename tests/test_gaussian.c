// SPDX-License-Identifier: Apache-2.0
// Gaussian dropout and noise: each number against the quantile of its word in double precision,
// the same bits on every device, and the moments that a normal distribution has.
#include "harness.h"

#include <math.h>
#include <ridge/random.h>
#include <stdlib.h>

static const ridge_random some_random = {
    .seed = 0xfedcba9876543210, .stream = 3, .step = 0xfffffffe};

// The relative error that ridge/random.h promises, and that of one float32 operation.
#define NORMAL_ERROR 1e-6
#define ROUNDING TEST_EPSILON

// The number below which a share u = (word + 1/2) 2^-32 lies, by Halley's method from an
// approximation (Winitzki) that is right to three digits.
static double quantile(uint32_t word)
{
    const double pi = 3.14159265358979323846, a = 0.147;
    bool left = word < 0x80000000;
    double tail = ((left ? word : ~word) + 0.5) * 0x1p-32, x = 1 - 2 * tail; // x: of both sides
    if (tail > 0.25) // exactly, from the middle
        x = (((left ? ~word : word) ^ 0x80000000) + 0.5) * 0x1p-31;
    double l = log(4 * tail * (1 - tail)), t = 2 / (pi * a) + l / 2;
    double y = sqrt(2 * (sqrt(t * t - l / a) - t));
    for (int i = 0; i < 4; i++) {
        double density = exp(-y * y / 2) / sqrt(2 * pi);
        double missing = tail > 0.25 ? (x - erf(y / sqrt(2))) / 2 : erfc(y / sqrt(2)) / 2 - tail;
        y += missing / density / (1 - y * missing / density / 2);
    }
    return left ? -y : y;
}

// Standard quantiles, so that the reference itself is not taken on trust (Abramowitz and Stegun,
// table 26.5).
static void quantiles_are_right(void **state)
{
    (void)state;
    const double shares[][2] = {{0.975, 1.959963985},
                                {0.999, 3.090232306},
                                {0.5, 0},
                                {0.01, -2.326347874},
                                {0.75, 0.674489750}};
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        double y = quantile((uint32_t)(shares[i][0] * 0x1p32));
        assert_true(fabs(y - shares[i][1]) < 1e-8 + 0x1p-32 / 3e-3);
    }
    assert_true(fabs(quantile(0) + 6.3379583) < 1e-5);
    assert_true(quantile(0) == -quantile(0xffffffff));
}

// What noise of deviation 1 adds to zero is the normal number itself.
static float *normals(const ridge_random *random, size_t count)
{
    float *values = calloc(count, sizeof(*values));
    ridge_tensor tensor = test_vector(count, values);
    assert_ok(ridge_gaussian_noise_apply(test_launcher, 1, random, tensor, tensor));
    test_get(tensor, values);
    test_release(&tensor);
    return values;
}

static void check_normal(uint32_t word, float got)
{
    double wanted = quantile(word);
    if (!(fabs(got - wanted) <= NORMAL_ERROR * fabs(wanted)))
        fail_msg("word %#x: expected %.9g, got %.9g", (unsigned)word, wanted, (double)got);
}

static void quantiles_of_words(void **state)
{
    (void)state;
    for (const size_t *n = test_lengths(); *n; n++) {
        float *got = normals(&some_random, *n);
        for (size_t i = 0; i < *n; i++)
            check_normal(ridge_random_word(&some_random, i), got[i]);
        free(got);
    }
}

// Words at both ends and around the middle, found by search.
static void rare_words(void **state)
{
    (void)state;
    const struct {
        uint32_t step, element, word;
    } rows[] = {
        {28071584, 10, 0},          {25223799, 40, 20},         {28598768, 25, 0xffffffe9},
        {37438482, 61, 0xfffffffd}, {4688508, 38, 0x7fffffff},  {21341715, 3, 0x7fffffe7},
        {4784713, 4, 0x80000002},   {19300145, 60, 0x80000016},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ridge_random random = some_random;
        random.step = rows[i].step;
        assert_int_equal(ridge_random_word(&random, rows[i].element), rows[i].word);
        float *got = normals(&random, 64);
        check_normal(rows[i].word, got[rows[i].element]);
        free(got);
    }
}

enum kind { DROPOUT, NOISE };

static void apply(enum kind kind, float amount, const ridge_random *random, ridge_tensor x,
                  ridge_tensor y, bool accumulate)
{
    if (kind == DROPOUT)
        assert_ok(ridge_gaussian_dropout_apply(test_launcher, amount, random, x, y, accumulate));
    else
        assert_ok(ridge_gaussian_noise_apply(test_launcher, amount, random, x, y));
}

// The formulas, in double. In units of rounding: the deviation, its product with n, and the sum;
// for dropout the product with x as well.
static void check_kind(enum kind kind, float amount, size_t count)
{
    double deviation = kind == DROPOUT ? sqrt(amount / (1 - (double)amount)) : (double)amount;
    float *x = malloc(count * 4), *got = malloc(count * 4), *sum = malloc(count * 4);
    test_fill(x, count, 1, -2, 3);
    ridge_tensor from = test_vector(count, x), to = test_vector(count, NULL);
    apply(kind, amount, &some_random, from, to, false);
    test_get(to, got);
    for (size_t i = 0; i < count; i++) {
        double noise = deviation * quantile(ridge_random_word(&some_random, i)), input = x[i];
        double noise_error = fabs(noise) * (NORMAL_ERROR + 2 * ROUNDING);
        double y = kind == DROPOUT ? input * (1 + noise) : input + noise;
        double bound = kind == DROPOUT ? fabs(input) * noise_error + 2 * ROUNDING * fabs(y)
                                       : noise_error + ROUNDING * fabs(y);
        if (!(fabs(got[i] - y) <= 1.001 * bound)) // products of errors
            fail_msg("kind %d, [%zu of %zu]: expected %.9g, got %.9g", kind, i, count, y,
                     (double)got[i]);
    }
    if (kind == DROPOUT) {
        apply(kind, amount, &some_random, from, to, true);
        test_get(to, sum);
        for (size_t i = 0; i < count; i++)
            assert_true(sum[i] == got[i] + got[i]);
    }
    apply(kind, amount, &some_random, from, from, false);
    test_get(from, sum);
    assert_memory_equal(sum, got, count * 4);
    test_release(&from);
    test_release(&to);
    free(x);
    free(got);
    free(sum);
}

static void formulas(void **state)
{
    (void)state;
    const float amounts[] = {0, 0x1p-20f, 0.2f, 0.5f, 0.999f};
    for (size_t i = 0; i < 5; i++) {
        check_kind(DROPOUT, amounts[i], test_small() ? 65 : 1009);
        check_kind(NOISE, amounts[i], test_small() ? 65 : 1009);
    }
    check_kind(NOISE, 100, 130);
}

// Mean, variance and fourth moment of n normal numbers lie within five of their deviations 1/sqrt
// n, sqrt(2/n) and sqrt(96/n); the share beyond three is binomial; neighbours, and elements of
// neighbouring words, do not tell of each other.
static void moments(void **state)
{
    (void)state;
    size_t count = test_small() ? 1024 : 1 << 20;
    double n = (double)count, sums[3] = {0}, beyond = 0;
    float *values = normals(&some_random, count);
    for (size_t i = 0; i < count; i++) {
        double square = (double)values[i] * values[i];
        sums[0] += values[i];
        sums[1] += square;
        sums[2] += square * square;
        beyond += square > 9;
    }
    assert_true(fabs(sums[0] / n) < 5 / sqrt(n));
    assert_true(fabs(sums[1] / n - 1) < 5 * sqrt(2 / n));
    assert_true(fabs(sums[2] / n - 3) < 5 * sqrt(96 / n));
    const double share = 2.69979606e-3;
    assert_true(fabs(beyond / n - share) < 5 * sqrt(share * (1 - share) / n));
    const size_t lags[] = {1, 16, 64};
    for (int l = 0; l < 3; l++) {
        double product = 0;
        for (size_t i = lags[l]; i < count; i++)
            product += (double)values[i] * values[i - lags[l]];
        assert_true(fabs(product / n) < 5 / sqrt(n));
    }
    free(values);
}

// Values as a hash: the same bits on every device that the tests run on.
static void same_bits_everywhere(void **state)
{
    (void)state;
    enum { COUNT = 1020 };
    float x[COUNT], got[COUNT];
    test_fill(x, COUNT, 1, -2, 2);
    const uint64_t wanted[] = {0xbacf00e19cc7498b, 0x25a6da7b3da11ad6};
    for (int kind = DROPOUT; kind <= NOISE; kind++) {
        ridge_tensor from = test_vector(COUNT, x), to = test_vector(COUNT, NULL);
        apply((enum kind)kind, 0.3f, &some_random, from, to, false);
        test_get(to, got);
        if (test_hash(got, sizeof(got)) != wanted[kind])
            fail_msg("kind %d: expected %#llx, got %#llx", kind, (unsigned long long)wanted[kind],
                     (unsigned long long)test_hash(got, sizeof(got)));
        test_release(&from);
        test_release(&to);
    }
}

// A recorded plan draws anew when the step on the device has changed.
static void plan_draws_anew(void **state)
{
    (void)state;
    enum { COUNT = 100 };
    float zeros[COUNT] = {0}, got[COUNT];
    ridge_tensor from = test_vector(COUNT, zeros), to = test_vector(COUNT, NULL);
    const size_t one = 1;
    uint32_t step = 0;
    ridge_random random = some_random;
    random.step_at = test_tensor(RIDGE_UINT32, 1, &one, &step);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_gaussian_noise_apply(ridge_plan_launcher(plan), 1, &random, from, to));
    for (step = 0; step < 4; step++) {
        test_put(random.step_at, &step);
        assert_ok(ridge_plan_run(plan));
        test_get(to, got);
        ridge_random host = some_random;
        host.step += step;
        for (size_t i = 0; i < COUNT; i++)
            check_normal(ridge_random_word(&host, i), got[i]);
    }
    ridge_plan_destroy(&plan);
    test_release(&random.step_at);
    test_release(&from);
    test_release(&to);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_vector(7, NULL), y = test_vector(8, NULL);
    const ridge_random *random = &some_random;
    assert_fails(ridge_gaussian_dropout_apply(test_launcher, 0.5f, random, x, y, false),
                 RIDGE_ERROR_SHAPE, "y: expected 7 elements");
    const float rates[] = {1, -0.1f, NAN, INFINITY};
    for (int i = 0; i < 4; i++)
        assert_fails(ridge_gaussian_dropout_apply(test_launcher, rates[i], random, x, x, false),
                     RIDGE_ERROR_ARGUMENT, "rate: expected [0, 1)");
    for (int i = 1; i < 4; i++)
        assert_fails(ridge_gaussian_noise_apply(test_launcher, rates[i], random, x, x),
                     RIDGE_ERROR_ARGUMENT, "deviation: expected a number from 0");
    assert_fails(ridge_gaussian_noise_apply(test_launcher, 1, NULL, x, x), RIDGE_ERROR_ARGUMENT,
                 "random");
    test_release(&x);
    test_release(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_right),
        cmocka_unit_test(quantiles_of_words),
        cmocka_unit_test(rare_words),
        cmocka_unit_test(formulas),
        cmocka_unit_test(moments),
        cmocka_unit_test(same_bits_everywhere),
        cmocka_unit_test(plan_draws_anew),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("gaussian", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Dropout, bit for bit against the words of the host: what holds here holds on every device, so
// every device draws the same masks.
#include "harness.h"

#include <math.h>
#include <ridge/random.h>
#include <stdlib.h>
#include <string.h>

static const ridge_random some_random = {
    .seed = 0xfedcba9876543210, .stream = 3, .step = 0xfffffffe};

// The definition in ridge/random.h: word < (1 - rate) 2^32, in exact arithmetic.
static bool kept(const ridge_random *random, float rate, size_t e)
{
    return ridge_random_word(random, e) < (1 - (double)rate) * 4294967296.0;
}

static float expected(const ridge_random *random, float rate, float x, size_t e)
{
    if (!kept(random, rate, e))
        return 0;
    float scale = (float)(1 / (1 - (double)rate));
    return x * scale;
}

static void check_equal(const float *got, const float *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&got[i], &wanted[i], sizeof(float)) != 0)
            fail_msg("[%zu of %zu]: expected %.9g, got %.9g", i, count, (double)wanted[i],
                     (double)got[i]);
}

static void check_length(size_t count, float rate)
{
    float *x = malloc(count * 4), *y = malloc(count * 4), *wanted = malloc(count * 4);
    test_fill(x, count, 1, 1, 2);
    test_fill(y, count, 2, -2, 2);
    ridge_tensor from = test_vector(count, x), to = test_vector(count, NULL);
    for (size_t i = 0; i < count; i++)
        wanted[i] = expected(&some_random, rate, x[i], i);
    float *got = malloc(count * 4);
    assert_ok(ridge_dropout_apply(test_launcher, rate, &some_random, from, to, false));
    test_get(to, got);
    check_equal(got, wanted, count);

    test_put(to, y);
    assert_ok(ridge_dropout_apply(test_launcher, rate, &some_random, from, to, true));
    for (size_t i = 0; i < count; i++)
        y[i] += wanted[i];
    test_get(to, got);
    check_equal(got, y, count);

    assert_ok(ridge_dropout_apply(test_launcher, rate, &some_random, from, from, false));
    test_get(from, got);
    check_equal(got, wanted, count);
    test_release(&from);
    test_release(&to);
    free(x);
    free(y);
    free(wanted);
    free(got);
}

static void all_lengths(void **state)
{
    (void)state;
    for (const size_t *n = test_lengths(); *n; n++)
        check_length(*n, 0.3f);
}

// 2^-25 and 1 - 2^-24 are the smallest and the largest rates whose complement is neither 1 nor 0 in
// the arithmetic that decides.
static void extreme_rates(void **state)
{
    (void)state;
    const float rates[] = {0, 0x1p-25f, 0.2f, 0.5f, 0.9f, 1 - 0x1p-24f};
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
        check_length(1009, rates[i]);
}

// The rate that puts the limit on the very word of an element keeps it, the next larger rate drops
// it. Rates from a half on are multiples of 2^-24, so that takes words which end in 0xff.
static void words_at_the_limit(void **state)
{
    (void)state;
    enum { COUNT = 4096 };
    float x[COUNT], got[COUNT];
    test_fill(x, COUNT, 1, 1, 2);
    ridge_tensor from = test_vector(COUNT, x), to = test_vector(COUNT, NULL);
    int found = 0;
    for (size_t e = 0; e < COUNT; e++) {
        uint32_t word = ridge_random_word(&some_random, e);
        if ((word & 0xff) != 0xff || word >= UINT32_C(1) << 31)
            continue;
        float rate = (float)(1 - (word + 1.0) / 4294967296.0);
        assert_true((1 - (double)rate) * 4294967296.0 == word + 1.0);
        assert_ok(ridge_dropout_apply(test_launcher, rate, &some_random, from, to, false));
        test_get(to, got);
        assert_true(got[e] != 0);
        assert_ok(
            ridge_dropout_apply(test_launcher, nextafterf(rate, 1), &some_random, from, to, false));
        test_get(to, got);
        assert_true(got[e] == 0);
        if (++found == 2)
            break;
    }
    assert_int_equal(found, 2);
    test_release(&from);
    test_release(&to);
}

// Rate 0 copies and rate 1 clears, whatever is there.
static void nothing_and_everything(void **state)
{
    (void)state;
    float x[130], got[130];
    test_fill(x, 130, 1, -1, 1);
    ridge_tensor from = test_vector(130, x), to = test_vector(130, NULL);
    assert_ok(ridge_dropout_apply(test_launcher, 0, &some_random, from, to, false));
    test_get(to, got);
    assert_memory_equal(got, x, sizeof(x));
    assert_ok(ridge_dropout_apply(test_launcher, 1, &some_random, from, to, true));
    test_get(to, got);
    assert_memory_equal(got, x, sizeof(x));
    x[7] = NAN;
    x[8] = INFINITY;
    test_put(from, x);
    assert_ok(ridge_dropout_apply(test_launcher, 1, &some_random, from, to, false));
    test_get(to, got);
    for (int i = 0; i < 130; i++)
        assert_true(got[i] == 0);
    test_release(&from);
    test_release(&to);
}

// Inverted dropout keeps the mean: at a rate other than 0.5 a scale by the rate would not.
static void mean_is_kept(void **state)
{
    (void)state;
    size_t count = test_small() ? 4096 : 1 << 20;
    float *x = malloc(count * 4);
    for (size_t i = 0; i < count; i++)
        x[i] = 1;
    ridge_tensor tensor = test_vector(count, x);
    const float rates[] = {0.1f, 0.25f, 0.8f};
    for (int r = 0; r < 3; r++) {
        test_put(tensor, x);
        assert_ok(
            ridge_dropout_apply(test_launcher, rates[r], &some_random, tensor, tensor, false));
        float *got = malloc(count * 4);
        test_get(tensor, got);
        double sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += got[i];
        free(got);
        // each y is 0 or 1 / (1 - rate): variance rate / (1 - rate)
        double deviation = sqrt(rates[r] / (1 - rates[r]) / (double)count);
        assert_true(fabs(sum / (double)count - 1) < 5 * deviation);
    }
    test_release(&tensor);
    free(x);
}

// A recorded plan draws anew when the step on the device has changed, and the step is the sum of
// the host's and the device's, which wraps.
static void plan_draws_anew(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    float x[COUNT], got[COUNT], wanted[COUNT];
    test_fill(x, COUNT, 1, 1, 2);
    ridge_tensor from = test_vector(COUNT, x), to = test_vector(COUNT, NULL);
    const size_t one = 1;
    uint32_t step = 0;
    ridge_random random = some_random;
    random.step_at = test_tensor(RIDGE_UINT32, 1, &one, &step);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_dropout_apply(ridge_plan_launcher(plan), 0.5f, &random, from, to, false));
    for (step = 0; step < 4; step++) {
        test_put(random.step_at, &step);
        assert_ok(ridge_plan_run(plan));
        ridge_random host = some_random;
        host.step += step;
        for (size_t i = 0; i < COUNT; i++)
            wanted[i] = expected(&host, 0.5f, x[i], i);
        test_get(to, got);
        check_equal(got, wanted, COUNT);
    }
    ridge_plan_destroy(&plan);
    test_release(&random.step_at);
    test_release(&from);
    test_release(&to);
}

// Which draw element e of [samples, channels, positions], or with channels last, takes.
static size_t draw_of(const size_t shape[3], bool channels_last, size_t e)
{
    size_t sample = e / (shape[1] * shape[2]), last = e % shape[2];
    return channels_last ? sample * shape[2] + last : e / shape[2];
}

static void check_channels(const size_t shape[3], bool channels_last, float rate)
{
    size_t count = shape[0] * shape[1] * shape[2];
    float *x = malloc(count * 4), *y = malloc(count * 4), *wanted = malloc(count * 4);
    float *got = malloc(count * 4);
    test_fill(x, count, 1, 1, 2);
    test_fill(y, count, 2, -2, 2);
    ridge_tensor from = test_tensor(RIDGE_FLOAT32, 3, shape, x), to = test_vector(count, NULL);
    for (size_t i = 0; i < count; i++)
        wanted[i] = kept(&some_random, rate, draw_of(shape, channels_last, i))
                        ? x[i] * (float)(1 / (1 - (double)rate))
                        : 0;
    assert_ok(
        ridge_dropout_channels(test_launcher, rate, &some_random, channels_last, from, to, false));
    test_get(to, got);
    check_equal(got, wanted, count);

    test_put(to, y);
    assert_ok(
        ridge_dropout_channels(test_launcher, rate, &some_random, channels_last, from, to, true));
    for (size_t i = 0; i < count; i++)
        y[i] += wanted[i];
    test_get(to, got);
    check_equal(got, y, count);

    assert_ok(ridge_dropout_channels(test_launcher, rate, &some_random, channels_last, from, from,
                                     false));
    test_get(from, got);
    check_equal(got, wanted, count);
    test_release(&from);
    test_release(&to);
    free(x);
    free(y);
    free(wanted);
    free(got);
}

static void channels(void **state)
{
    (void)state;
    const size_t shapes[][3] = {{1, 1, 1},  {3, 3, 65},  {2, 9, 3},     {131, 16, 49}, {7, 67, 3},
                                {2, 63, 1}, {1, 5, 257}, {3, 1009, 31}, {64, 65, 67}};
    size_t count = test_small() ? 3 : sizeof(shapes) / sizeof(shapes[0]);
    for (size_t i = 0; i < count; i++) {
        check_channels(shapes[i], false, 0.3f);
        check_channels(shapes[i], true, 0.3f);
    }
    check_channels(shapes[2], true, 0);
    check_channels(shapes[2], false, 1 - 0x1p-24f);
}

// What is dropped goes to zero whatever it was, and a channel that is kept shows what is in it.
static void channels_of_bad_numbers(void **state)
{
    (void)state;
    const size_t shape[3] = {3, 40, 5};
    float x[600], got[600];
    for (size_t i = 0; i < 600; i++)
        x[i] = i % 2 ? NAN : INFINITY;
    ridge_tensor tensor = test_tensor(RIDGE_FLOAT32, 3, shape, x);
    assert_ok(
        ridge_dropout_channels(test_launcher, 0.5f, &some_random, false, tensor, tensor, false));
    test_get(tensor, got);
    for (size_t i = 0; i < 600; i++)
        assert_true(kept(&some_random, 0.5f, i / 5) ? !isfinite(got[i]) : got[i] == 0);
    assert_ok(ridge_dropout_channels(test_launcher, 1, &some_random, false, tensor, tensor, false));
    test_get(tensor, got);
    for (size_t i = 0; i < 600; i++)
        assert_true(got[i] == 0);
    test_release(&tensor);
}

// What each kind gives, as a hash: the same bits on every device that the tests run on.
static void same_bits_everywhere(void **state)
{
    (void)state;
    enum { COUNT = 1020 };
    const size_t shape[3] = {4, 17, 15};
    float x[COUNT], got[COUNT];
    test_fill(x, COUNT, 1, -2, 2);
    const uint64_t wanted[] = {0xa1f9a5ef989a6464, 0x529c7ed405191ed0, 0x68345b8fec57bebd};
    for (int kind = 0; kind < 3; kind++) {
        ridge_tensor from = test_tensor(RIDGE_FLOAT32, 3, shape, x), to = test_vector(COUNT, NULL);
        const ridge_random *random = &some_random;
        if (kind == 0)
            assert_ok(ridge_dropout_apply(test_launcher, 0.3f, random, from, to, false));
        else
            assert_ok(
                ridge_dropout_channels(test_launcher, 0.3f, random, kind == 2, from, to, false));
        test_get(to, got);
        if (test_hash(got, sizeof(got)) != wanted[kind])
            fail_msg("kind %d: expected %#llx, got %#llx", kind, (unsigned long long)wanted[kind],
                     (unsigned long long)test_hash(got, sizeof(got)));
        test_release(&from);
        test_release(&to);
    }
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_vector(7, NULL), y = test_vector(8, NULL);
    ridge_random random = some_random;
    assert_fails(ridge_dropout_apply(test_launcher, 0.5f, &random, x, y, false), RIDGE_ERROR_SHAPE,
                 "y: expected 7 elements");
    assert_fails(ridge_dropout_apply(test_launcher, 1.5f, &random, x, x, false),
                 RIDGE_ERROR_ARGUMENT, "rate: expected [0, 1], got 1.5");
    assert_fails(ridge_dropout_apply(test_launcher, -0.1f, &random, x, x, false),
                 RIDGE_ERROR_ARGUMENT, "rate");
    assert_fails(ridge_dropout_apply(test_launcher, NAN, &random, x, x, false),
                 RIDGE_ERROR_ARGUMENT, "rate");
    assert_fails(ridge_dropout_apply(test_launcher, 0.5f, NULL, x, x, false), RIDGE_ERROR_ARGUMENT,
                 "random");
    assert_fails(ridge_dropout_channels(test_launcher, 0.5f, &random, false, x, x, false),
                 RIDGE_ERROR_SHAPE, "x: expected [samples, channels, positions]");
    random.step_at = y;
    assert_fails(ridge_dropout_apply(test_launcher, 0.5f, &random, x, x, false),
                 RIDGE_ERROR_ARGUMENT, "random.step_at: expected type uint32");
    test_release(&x);
    test_release(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_lengths),
        cmocka_unit_test(extreme_rates),
        cmocka_unit_test(words_at_the_limit),
        cmocka_unit_test(nothing_and_everything),
        cmocka_unit_test(mean_is_kept),
        cmocka_unit_test(plan_draws_anew),
        cmocka_unit_test(channels),
        cmocka_unit_test(channels_of_bad_numbers),
        cmocka_unit_test(same_bits_everywhere),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("dropout", tests);
}

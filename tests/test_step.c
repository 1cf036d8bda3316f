// SPDX-License-Identifier: Apache-2.0
// The state of a step: immediately, from a plan, past their largest value.
#include "harness.h"

#include <math.h>
#include <string.h>

#include <ridge/update.h>

#include "ops/step.h"

static const ridge_tensor no_rates;

static void counts(void **state)
{
    (void)state;
    const size_t two = 2;
    uint32_t got[2], start[2] = {5, 100};
    ridge_tensor counters = test_tensor(RIDGE_UINT32, 1, &two, start);
    assert_ok(ridge_step_advance(test_launcher, counters, 32, no_rates));
    test_get(counters, got);
    assert_int_equal(got[0], 6);
    assert_int_equal(got[1], 132);

    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_step_advance(ridge_plan_launcher(plan), counters, 7, no_rates));
    for (int run = 0; run < 3; run++)
        assert_ok(ridge_plan_run(plan));
    test_get(counters, got);
    assert_int_equal(got[0], 9);
    assert_int_equal(got[1], 153);

    start[0] = start[1] = UINT32_MAX;
    test_put(counters, start);
    assert_ok(ridge_plan_run(plan));
    test_get(counters, got);
    assert_int_equal(got[0], 0);
    assert_int_equal(got[1], 6);
    ridge_plan_destroy(&plan);
    test_release(&counters);
}

// A pass begins: the steps stay, all the rest is zero, but for the rate.
static void begins(void **state)
{
    (void)state;
    enum { WORDS = 17 };
    const size_t count = WORDS;
    uint32_t words[WORDS];
    for (uint32_t i = 0; i < WORDS; i++)
        words[i] = 1000 + i;
    ridge_tensor all = test_tensor(RIDGE_UINT32, 1, &count, words);
    ridge_tensor part = ridge_tensor_rows(all, 1, WORDS - 2);
    assert_ok(ridge_step_begin(test_launcher, part, 0.125f, no_rates));
    test_get(all, words);
    float rate;
    memcpy(&rate, &words[3], sizeof(rate));
    assert_true(rate == 0.125f);
    for (uint32_t i = 0; i < WORDS; i++)
        if (i != 3)
            assert_int_equal(words[i], i < 2 || i == WORDS - 1 ? 1000 + i : 0);
    test_release(&all);
}

static void takes_rates_one_by_one(void **state)
{
    (void)state;
    enum { WORDS = 6, RATES = 3 };
    const size_t count = WORDS;
    uint32_t words[WORDS] = {41, 7, 7, 7, 7, 7};
    const float table[] = {0.5f, 0.25f, 0.125f};
    ridge_tensor all = test_tensor(RIDGE_UINT32, 1, &count, words);
    ridge_tensor four = ridge_tensor_rows(all, 0, 4), rates = test_vector(RATES, table);
    assert_ok(ridge_step_begin(test_launcher, four, 0, rates));
    for (uint32_t step = 0; step < RATES + 2; step++) { // behind the last one it stays
        uint32_t at = step < RATES ? step : RATES - 1;
        float rate;
        test_get(all, words);
        memcpy(&rate, &words[2], sizeof(rate));
        assert_true(rate == table[at]);
        const uint32_t expected[] = {41 + step, step * 5, words[2], at, 7, 7};
        assert_memory_equal(words, expected, sizeof(words));
        assert_ok(ridge_step_advance(test_launcher, four, 5, rates));
    }
    test_release(&all);
    test_release(&rates);
}

// Two of three epochs, of 7 rows and 2 steps each, the second of which ends without a number. Each
// keeps its weights, or none does.
static void check_epochs(bool keeps)
{
    enum { WORDS = 9, EPOCHS = 3, PLACE = WORDS - EPOCH_WORDS + EPOCH_PLACE, WEIGHTS = 67 };
    const size_t count = WORDS, sizes[] = {EPOCHS, WORDS}, kept_sizes[] = {EPOCHS, WEIGHTS};
    uint32_t words[WORDS] = {41, 9, 9, 9, 9, 9, 100, 0, 0}, kept[EPOCHS][WORDS] = {{0}}, infinite;
    const float table[2 * EPOCHS] = {6, 5, 4, 3, 2, 1}, infinity = -INFINITY;
    ridge_tensor all = test_tensor(RIDGE_UINT32, 1, &count, words);
    ridge_tensor pass = ridge_tensor_rows(all, 0, 5), rates = test_vector(2 * EPOCHS, table);
    ridge_tensor results = test_tensor(RIDGE_UINT32, 2, sizes, kept);
    float now[WEIGHTS] = {0}, expected_copies[EPOCHS][WEIGHTS] = {{0}}, got[EPOCHS][WEIGHTS];
    ridge_tensor weights = test_vector(WEIGHTS, now), none = {0};
    ridge_tensor copies = test_tensor(RIDGE_FLOAT32, 2, kept_sizes, expected_copies);
    const struct ridge_epoch_place place = {ridge_tensor_rows(all, PLACE, 1), 7, 2};
    memcpy(&infinite, &infinity, sizeof(infinite));
    for (uint32_t i = 0; i < 2; i++) {
        assert_ok(ridge_epoch_begin(test_launcher, pass, 0, rates, &place));
        test_get(all, words);
        float rate;
        memcpy(&rate, &words[2], sizeof(rate));
        assert_true(rate == table[2 * i]);
        const uint32_t expected[] = {41, 7 * i, words[2], 2 * i, 0, words[5], 100 + i, i, 0};
        assert_memory_equal(words, expected, sizeof(words));
        words[5] = i ? infinite : 5;
        test_put(all, words);
        for (uint32_t w = 0; w < WEIGHTS; w++)
            now[w] = (float)(1000 * i + w + 1);
        test_put(weights, now);
        assert_ok(ridge_epoch_end(test_launcher, all, results, weights, keeps ? copies : none));
        test_get(results, kept);
        assert_memory_equal(kept[i], words, sizeof(words));
        if (keeps)
            memcpy(expected_copies[i], now, sizeof(now));
        test_get(copies, got);
        assert_memory_equal(got, expected_copies, sizeof(got));
    }
    test_get(all, words);
    const uint32_t expected[] = {102, 2, 1};
    assert_memory_equal(words + WORDS - EPOCH_WORDS, expected, sizeof(expected));
    test_release(&all);
    test_release(&rates);
    test_release(&results);
    test_release(&weights);
    test_release(&copies);
}

static void epochs_follow_each_other(void **state)
{
    (void)state;
    check_epochs(false);
    check_epochs(true);
}

static void bad_arguments(void **state)
{
    (void)state;
    const size_t two = 2, one = 1;
    ridge_tensor counters = test_tensor(RIDGE_UINT32, 1, &two, NULL);
    ridge_tensor short_one = test_tensor(RIDGE_UINT32, 1, &one, NULL),
                 floats = test_vector(2, NULL);
    assert_fails(ridge_step_begin(NULL, counters, 0, no_rates), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_step_begin(test_launcher, counters, 0, no_rates), RIDGE_ERROR_SHAPE,
                 "state: expected 3 elements or more, got 2");
    assert_fails(ridge_step_begin(test_launcher, floats, 0, no_rates), RIDGE_ERROR_ARGUMENT,
                 "state");
    assert_fails(ridge_step_advance(NULL, counters, 1, no_rates), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_step_advance(test_launcher, short_one, 1, no_rates), RIDGE_ERROR_SHAPE,
                 "state");
    assert_fails(ridge_step_advance(test_launcher, floats, 1, no_rates), RIDGE_ERROR_ARGUMENT,
                 "state");
    assert_fails(ridge_step_advance(test_launcher, counters, (size_t)1 << 32, no_rates),
                 RIDGE_ERROR_ARGUMENT, "rows: expected at most 4294967295, got 4294967296");
    assert_fails(ridge_step_begin(test_launcher, counters, 0, floats), RIDGE_ERROR_SHAPE,
                 "state: expected 4 elements or more, got 2");
    assert_fails(ridge_step_advance(test_launcher, counters, 1, floats), RIDGE_ERROR_SHAPE,
                 "state: expected 4 elements, got 2");
    assert_fails(ridge_step_begin(test_launcher, counters, 0, counters), RIDGE_ERROR_ARGUMENT,
                 "rates: expected type float32");
    test_release(&counters);
    test_release(&short_one);
    test_release(&floats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(begins),
        cmocka_unit_test(takes_rates_one_by_one),
        cmocka_unit_test(epochs_follow_each_other),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("step", tests);
}

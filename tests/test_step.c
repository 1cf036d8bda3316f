// SPDX-License-Identifier: Apache-2.0
// The state of a step: immediately, from a plan, past their largest value.
#include "harness.h"

#include <string.h>

static void counts(void **state)
{
    (void)state;
    const size_t two = 2;
    uint32_t got[2], start[2] = {5, 100};
    ridge_tensor counters = test_tensor(RIDGE_UINT32, 1, &two, start);
    assert_ok(ridge_step_advance(test_launcher, counters, 32));
    test_get(counters, got);
    assert_int_equal(got[0], 6);
    assert_int_equal(got[1], 132);

    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_step_advance(ridge_plan_launcher(plan), counters, 7));
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
    assert_ok(ridge_step_begin(test_launcher, part, 0.125f));
    test_get(all, words);
    float rate;
    memcpy(&rate, &words[3], sizeof(rate));
    assert_true(rate == 0.125f);
    for (uint32_t i = 0; i < WORDS; i++)
        if (i != 3)
            assert_int_equal(words[i], i < 2 || i == WORDS - 1 ? 1000 + i : 0);
    test_release(&all);
}

static void bad_arguments(void **state)
{
    (void)state;
    const size_t two = 2, one = 1;
    ridge_tensor counters = test_tensor(RIDGE_UINT32, 1, &two, NULL);
    ridge_tensor short_one = test_tensor(RIDGE_UINT32, 1, &one, NULL),
                 floats = test_vector(2, NULL);
    assert_fails(ridge_step_begin(NULL, counters, 0), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_step_begin(test_launcher, counters, 0), RIDGE_ERROR_SHAPE,
                 "state: expected 3 elements or more, got 2");
    assert_fails(ridge_step_begin(test_launcher, floats, 0), RIDGE_ERROR_ARGUMENT, "state");
    assert_fails(ridge_step_advance(NULL, counters, 1), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_step_advance(test_launcher, short_one, 1), RIDGE_ERROR_SHAPE, "state");
    assert_fails(ridge_step_advance(test_launcher, floats, 1), RIDGE_ERROR_ARGUMENT, "state");
    assert_fails(ridge_step_advance(test_launcher, counters, (size_t)1 << 32), RIDGE_ERROR_ARGUMENT,
                 "rows: expected at most 4294967295, got 4294967296");
    test_release(&counters);
    test_release(&short_one);
    test_release(&floats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(begins),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("step", tests);
}

// SPDX-License-Identifier: Apache-2.0
// The counters of a step: immediately, from a plan, past their largest value.
#include "harness.h"

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

static void bad_arguments(void **state)
{
    (void)state;
    const size_t two = 2, one = 1;
    ridge_tensor counters = test_tensor(RIDGE_UINT32, 1, &two, NULL);
    ridge_tensor short_one = test_tensor(RIDGE_UINT32, 1, &one, NULL),
                 floats = test_vector(2, NULL);
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
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("step", tests);
}

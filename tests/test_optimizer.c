// SPDX-License-Identifier: Apache-2.0
// Names, defaults, ranges and slots of the optimizers.
#include "harness.h"

#include <ridge/update.h>

static void names_and_slots(void **state)
{
    (void)state;
    assert_string_equal(ridge_optimizer_name(RIDGE_SGD), "sgd");
    assert_string_equal(ridge_optimizer_name(RIDGE_ADAM), "adam");
    assert_string_equal(ridge_optimizer_name(RIDGE_ADAMW), "adamw");
    assert_string_equal(ridge_optimizer_name(RIDGE_RMSPROP), "rmsprop");
    assert_null(ridge_optimizer_name((ridge_optimizer_kind)99));
    const struct {
        ridge_optimizer optimizer;
        unsigned slots;
    } cases[] = {
        {ridge_sgd(.rate = 1), 0},     {ridge_sgd(.momentum = 0.9f), 1},
        {ridge_adam(.rate = 1), 2},    {ridge_adamw(.rate = 1), 2},
        {ridge_rmsprop(.rate = 1), 1}, {ridge_rmsprop(.momentum = 0.9f), 2},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(ridge_optimizer_slots(&cases[i].optimizer), cases[i].slots);
}

// Completing a completed one changes nothing; a decay that was turned off stays off.
static void defaults(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        static ridge_optimizer sgd = {.kind = RIDGE_SGD}, adam = {.kind = RIDGE_ADAM};
        static ridge_optimizer adamw = {.kind = RIDGE_ADAMW}, rmsprop = {.kind = RIDGE_RMSPROP};
        static ridge_optimizer off = {.kind = RIDGE_ADAMW, .weight_decay = -1};
        assert_ok(ridge_optimizer_complete(&sgd));
        assert_true(sgd.rate == 0.01f && sgd.momentum == 0 && sgd.weight_decay == 0);
        assert_ok(ridge_optimizer_complete(&adam));
        assert_true(adam.rate == 0.001f && adam.beta1 == 0.9f && adam.beta2 == 0.999f);
        assert_true(adam.epsilon == 1e-8f && adam.weight_decay == 0);
        assert_ok(ridge_optimizer_complete(&adamw));
        assert_true(adamw.rate == 0.001f && adamw.weight_decay == 0.01f);
        assert_ok(ridge_optimizer_complete(&rmsprop));
        assert_true(rmsprop.rate == 0.01f && rmsprop.rho == 0.99f && rmsprop.epsilon == 1e-8f);
        assert_ok(ridge_optimizer_complete(&off));
        assert_true(off.weight_decay < 0);
    }
}

static void ranges(void **state)
{
    (void)state;
    const struct {
        ridge_optimizer optimizer;
        const char *message;
    } cases[] = {
        {ridge_sgd(.rate = -0.1f), "rate"},
        {ridge_sgd(.rate = NAN), "rate"},
        {ridge_sgd(.rate = INFINITY), "rate"},
        {ridge_sgd(.momentum = 1), "momentum"},
        {ridge_sgd(.momentum = -0.5f), "momentum"},
        {ridge_sgd(.nesterov = true), "nesterov"},
        {ridge_adam(.beta1 = 1), "beta1"},
        {ridge_adam(.beta2 = 1.5f), "beta2"},
        {ridge_adam(.epsilon = -1e-8f), "epsilon"},
        {ridge_rmsprop(.rho = 1), "rho"},
        {ridge_adam(.momentum = 0.9f), "momentum: adam does not take it, got 0.9"},
        {ridge_rmsprop(.momentum = 0.9f, .nesterov = true), "nesterov: rmsprop does not take it"},
        {ridge_rmsprop(.beta1 = 0.5f), "beta1: rmsprop does not take it, got 0.5"},
        {ridge_sgd(.epsilon = 1e-6f), "epsilon: sgd does not take it"},
        {ridge_adamw(.weight_decay = NAN), "weight_decay"},
        {ridge_sgd(.clip_norm = -1), "clip_norm"},
        {ridge_sgd(.clip_value = 1, .clip_global_norm = 1), "at most one of them, got 2"},
        {{.kind = (ridge_optimizer_kind)99}, "kind"},
        {{.kind = (ridge_optimizer_kind)-1}, "kind"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ridge_optimizer optimizer = cases[i].optimizer;
        assert_fails(ridge_optimizer_complete(&optimizer), RIDGE_ERROR_ARGUMENT, cases[i].message);
    }
    assert_fails(ridge_optimizer_complete(NULL), RIDGE_ERROR_ARGUMENT, "optimizer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_slots),
        cmocka_unit_test(defaults),
        cmocka_unit_test(ranges),
    };
    return cmocka_run_group_tests_name("optimizer", tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// The gradient check: right networks pass, penalties and their kinks included; a gradient that is
// wrong by a few per cent in one place is found there, and nowhere else.
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ridge/network.h>

#include "interpose.h"
#include "problems.h"

enum { INPUTS = 5, CLASSES = 3, ROWS = 20 };

// With every penalty, an activation and a bias.
static ridge_network *build(ridge_device *device)
{
    ridge_network *network = ridge_network_create(device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = 6, .activation = RIDGE_TANH, .name = "first",
                                       .weight = {.l1 = 0.01f, .l2 = 0.02f, .orthogonal = 0.5f}));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.2f));
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = 4, .name = "second", .activity_l2 = 0.05f,
                                       .bias = {.l1 = 0.03f, .l2 = 0.01f}));
    x = ridge_dense(network, x, ridge_dense_params(.units = CLASSES, .name = "third"));
    assert_ok(ridge_network_compile(
        network, x,
        ridge_compile_params(.seed = 5, .batch = ROWS,
                             .optimizer = ridge_adamw(.rate = 0.1f, .weight_decay = 0.1f))));
    return network;
}

struct outcome {
    ridge_gradient_error *errors;
    size_t count;
    bool passed;
};

static struct outcome check_with(ridge_network *network, ridge_dataset *data)
{
    struct outcome outcome;
    assert_ok(ridge_network_check_gradients(
        network, data,
        ridge_gradient_check_params(.rows = test_small() ? 4 : ROWS, .elements = test_small() ? 1
                                                                                 : test_few() ? 4
                                                                                              : 0),
        &outcome.errors, &outcome.count, &outcome.passed));
    ridge_dataset_destroy(&data);
    return outcome;
}

static struct outcome check(ridge_network *network)
{
    return check_with(network, test_blobs(ROWS, INPUTS, CLASSES, 0.5));
}

static const ridge_gradient_error *of(const struct outcome *outcome, const char *parameter)
{
    for (size_t i = 0; i < outcome->count; i++)
        if (strcmp(outcome->errors[i].parameter, parameter) == 0)
            return &outcome->errors[i];
    fail_msg("no entry for %s", parameter);
    return NULL;
}

static void passes_and_changes_nothing(void **state)
{
    (void)state;
    ridge_network *network = build(test_device);
    float before[6 * INPUTS], after[6 * INPUTS];
    assert_ok(ridge_network_get(network, "first.weight", before, 6 * INPUTS));
    struct outcome outcome = check(network);
    for (size_t i = 0; i < outcome.count; i++)
        if (!(outcome.errors[i].worst <= 1e-2))
            fail_msg("%s[%zu]: numeric %g, backward %g", outcome.errors[i].parameter,
                     outcome.errors[i].element, outcome.errors[i].numeric,
                     outcome.errors[i].backward);
    assert_true(outcome.passed);
    assert_int_equal(outcome.count, 6);
    assert_ok(ridge_network_get(network, "first.weight", after, 6 * INPUTS));
    assert_memory_equal(before, after, sizeof(before));
    free(outcome.errors);
    ridge_network_destroy(&network);
}

static void shares_of_classes(void **state)
{
    (void)state;
    ridge_network *network = build(test_device);
    struct outcome outcome = check_with(network, test_shared_blobs(ROWS, INPUTS, CLASSES, 0.5));
    assert_true(outcome.passed);
    free(outcome.errors);
    ridge_network_destroy(&network);
}

// A bias under L1 begins at 0, on the kink, and is counted as that. Away from it there is none.
static void kinks_of_l1(void **state)
{
    (void)state;
    ridge_network *network = build(test_device);
    struct outcome outcome = check(network);
    assert_int_equal(of(&outcome, "second.bias")->kinks, test_small() ? 1 : 4);
    assert_int_equal(of(&outcome, "first.weight")->kinks, 0);
    assert_true(outcome.passed);
    free(outcome.errors);
    if (!test_small()) {
        const float bias[4] = {0.5f, -0.25f, 0, 1e-3f};
        assert_ok(ridge_network_set(network, "second.bias", bias, 4));
        outcome = check(network);
        // those of the data, where curvature looks like a kink, may come to it
        assert_in_range(of(&outcome, "second.bias")->kinks, 1, 3);
        assert_true(outcome.passed);
        free(outcome.errors);
    }
    ridge_network_destroy(&network);
}

// Kinks of relu inside the steps are told from errors: half of the units sit on them.
static void kinks_of_relu(void **state)
{
    (void)state;
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = 8, .activation = RIDGE_RELU, .name = "first"));
    x = ridge_activity_penalty(network, x, ridge_activity_penalty_params(.l1 = 0.1f));
    x = ridge_dense(network, x, ridge_dense_params(.units = CLASSES));
    assert_ok(ridge_network_compile(network, x, ridge_compile_params(.seed = 5, .batch = ROWS)));
    float zeros[4 * INPUTS] = {0}, weights[8 * INPUTS];
    assert_ok(ridge_network_get(network, "first.weight", weights, 8 * INPUTS));
    memcpy(weights, zeros, sizeof(zeros));
    assert_ok(ridge_network_set(network, "first.weight", weights, 8 * INPUTS));
    struct outcome outcome = check(network);
    assert_true(of(&outcome, "first.bias")->kinks > 0);
    assert_true(outcome.passed);
    free(outcome.errors);
    ridge_network_destroy(&network);
}

// Derivatives that the layer behind multiplies by, also across an alias, from what went in (gelu)
// as from what came out; and those that it must not, where others add to the same gradient.
static void derivatives_between_layers(void **state)
{
    (void)state;
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    x = ridge_dense(network, x, ridge_dense_params(.units = 6, .activation = RIDGE_GELU));
    x = ridge_flatten(network, x, NULL);
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = 7, .activation = RIDGE_ELU,
                                       .activation_parameter = 0.5f, .no_bias = true));
    x = ridge_dense(network, x, ridge_dense_params(.units = 5, .activation = RIDGE_TANH));
    ridge_node y =
        ridge_dense(network, x, ridge_dense_params(.units = 5, .activation = RIDGE_SIGMOID));
    x = ridge_add(network, x, y, NULL);
    x = ridge_dense(network, x, ridge_dense_params(.units = 4, .activation = RIDGE_SOFTPLUS));
    x = ridge_activity_penalty(network, x, ridge_activity_penalty_params(.l2 = 0.1f));
    x = ridge_dense(network, x, ridge_dense_params(.units = CLASSES));
    assert_ok(ridge_network_compile(network, x, ridge_compile_params(.seed = 5, .batch = ROWS)));
    struct outcome outcome = check(network);
    assert_true(outcome.passed);
    free(outcome.errors);
    ridge_network_destroy(&network);
}

// What is made wrong in the kernels, and which entries must tell. The others must not.
static const struct {
    const char *from, *to;
    const char *wrong[4];
} plants[] = {
    // one element of a bias gradient, by 4 %
    {"store(total, y + part * columns, j, columns);",
     "store(total, y + part * columns, j, columns);"
     " if (j <= 2 && 2 < j + VECTOR) y[part * columns + 2] *= 1.04f;",
     {"first.bias", "second.bias", "third.bias"}},
    // an activation's derivative, by 5 %
    {"(1.0f - s) * (1.0f + s)", "(1.0f - s) * (1.05f + 1.05f * s)", {"first.weight", "first.bias"}},
    // the penalties that the update adds
    {"2.0f * l2 * w", "1.9f * l2 * w", {"first.weight", "second.bias"}},
    {"copysign((floatv)(l1), w)",
     "copysign((floatv)(0.95f * l1), w)",
     {"first.weight", "second.bias"}},
    {"-2.0f * c * total", "-1.8f * c * total", {"first.weight"}},
    {"2.0f * l2 * v",
     "1.8f * l2 * v",
     {"second.weight", "second.bias", "first.weight", "first.bias"}},
};
#define PLANTS (sizeof(plants) / sizeof(plants[0]))

static bool expected(size_t plant, const char *parameter)
{
    for (size_t i = 0; i < 4 && plants[plant].wrong[i]; i++)
        if (strcmp(plants[plant].wrong[i], parameter) == 0)
            return true;
    return false;
}

static void wrong_gradients_are_found(void **state)
{
    (void)state;
    setenv("RIDGE_CACHE", "off", 1); // no wrong program may stay in the cache
    for (size_t i = 0; i < (test_few_builds() ? 1 : PLANTS); i++) { // each a bundle anew
        ridge_device *device;
        interpose_reset();
        interpose_replace(plants[i].from, plants[i].to);
        assert_ok(ridge_device_open(NULL, &device));
        ridge_network *network = build(device);
        const float bias[4] = {0.5f, -0.25f, 0.125f, 1}; // away from the kinks
        assert_ok(ridge_network_set(network, "second.bias", bias, 4));
        struct outcome outcome = check(network);
        assert_true(interpose_replaced() > 0);
        assert_false(outcome.passed);
        for (size_t p = 0; p < outcome.count; p++) {
            const ridge_gradient_error *error = &outcome.errors[p];
            if (expected(i, error->parameter) != (error->worst > 1e-2))
                fail_msg("'%s': %s has %g: numeric %g, backward %g", plants[i].to, error->parameter,
                         error->worst, error->numeric, error->backward);
        }
        free(outcome.errors);
        ridge_network_destroy(&network);
        ridge_device_close(&device);
    }
    interpose_reset();
    unsetenv("RIDGE_CACHE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_and_changes_nothing),
        cmocka_unit_test(shares_of_classes),
        cmocka_unit_test(kinks_of_l1),
        cmocka_unit_test(kinks_of_relu),
        cmocka_unit_test(derivatives_between_layers),
        cmocka_unit_test(wrong_gradients_are_found),
    };
    // each loss is a dozen launches
    const struct CMUnitTest few_tests[] = {cmocka_unit_test(kinks_of_l1)};
    return test_few() ? TEST_MAIN("gradient_check", few_tests) : TEST_MAIN("gradient_check", tests);
}

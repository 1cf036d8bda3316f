// SPDX-License-Identifier: Apache-2.0
// Profiles: they name every launch of a step with its work, and leave no trace in the network.
#include "harness.h"

#include "interpose.h"
#include "problems.h"

#include <string.h>

#include <ridge/profile.h>
#include <ridge/training.h>

enum { ROWS = 21, INPUTS = 6, UNITS = 16, CLASSES = 4, BATCH = 8 };

static ridge_network *classifier(void)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = UNITS, .activation = RIDGE_RELU,
                                       .weight = {.l2 = 1e-3f, .max_norm = 0.5f}));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.5f));
    x = ridge_dense(network, x, ridge_dense_params(.units = CLASSES));
    assert_ok(ridge_network_compile(
        network, x,
        ridge_compile_params(.optimizer = ridge_adam(.rate = 0.01f), .seed = 5, .batch = BATCH)));
    return network;
}

// Operations of all launches with this layer and phase.
static uint64_t operations(const ridge_profile *profile, const char *layer, const char *phase)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < profile->count; i++) {
        const ridge_profile_launch *launch = &profile->launches[i];
        bool same = layer ? launch->layer && strcmp(launch->layer, layer) == 0 : !launch->layer;
        sum += same && strcmp(launch->phase, phase) == 0 ? launch->operations : 0;
    }
    return sum;
}

static void names_every_launch(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 0.4);
    ridge_network *network = classifier();
    ridge_profile profile;
    assert_ok(ridge_profile_step(network, data, ridge_profile_params(.rounds = 1), &profile));
    assert_int_equal(profile.batch, BATCH);
    assert_true(profile.step > 0 && profile.host >= 0);
    assert_true(profile.count >= 12);
    double sum = 0;
    for (size_t i = 0; i < profile.count; i++) {
        const ridge_profile_launch *launch = &profile.launches[i];
        assert_non_null(launch->phase);
        assert_non_null(launch->kernel);
        assert_true(launch->bytes > 0);
        assert_true(launch->seconds >= 0);
        sum += launch->seconds;
    }
    assert_true(sum > 0);
    assert_true(profile.timed > 0);
    assert_string_equal(profile.launches[0].phase, "gather");
    assert_string_equal(profile.launches[profile.count - 1].phase, "advance");
    // Products, biases, activations, dropout; backward twice the product, once for the first layer.
    // A dense layer may do the dropout behind it, and the derivative of the layer before.
    const uint64_t first = 2 * BATCH * INPUTS * UNITS, second = 2 * BATCH * UNITS * CLASSES;
    const uint64_t hidden = BATCH * UNITS, outputs = BATCH * CLASSES;
    const char *const phases[] = {"forward", "backward"};
    for (uint64_t i = 0; i < 2; i++)
        assert_int_equal(operations(&profile, "dense_1", phases[i]) +
                             operations(&profile, "dropout_1", phases[i]) +
                             operations(&profile, "dense_2", phases[i]),
                         first + 3 * hidden + (1 + i) * second + outputs);
    assert_true(operations(&profile, NULL, "loss") > 0);
    assert_true(operations(&profile, NULL, "update") > INPUTS * UNITS);
    ridge_profile_clear(&profile);
    assert_null(profile.launches);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// Training goes on as if there had been no profile, before the first step and between two calls.
static void leaves_no_trace(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 0.4);
    float weights[2][INPUTS * UNITS];
    for (int profiled = 0; profiled < 2; profiled++) {
        ridge_network *network = classifier();
        for (int i = 0; i < 2; i++) {
            ridge_profile profile;
            // more rows than there are
            if (profiled)
                assert_ok(ridge_profile_step(
                    network, data, ridge_profile_params(.batch = ROWS + 2, .rounds = 2), &profile));
            if (profiled)
                ridge_profile_clear(&profile);
            assert_ok(ridge_fit(network, data, NULL, NULL));
        }
        assert_ok(ridge_network_get(network, "dense_1.weight", weights[profiled], INPUTS * UNITS));
        ridge_network_destroy(&network);
    }
    assert_memory_equal(weights[0], weights[1], sizeof(weights[0]));
    ridge_dataset_destroy(&data);
}

static bool profile_inside(void *context, const ridge_epoch *epoch)
{
    (void)epoch;
    ridge_network **network = context;
    ridge_profile profile;
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 0.4);
    assert_fails(ridge_profile_step(*network, data, NULL, &profile), RIDGE_ERROR_STATE, "trains");
    ridge_dataset_destroy(&data);
    return true;
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 0.4);
    ridge_dataset *other = test_blobs(ROWS, INPUTS + 1, CLASSES, 0.4);
    ridge_network *network = classifier(), *empty = ridge_network_create(test_device);
    ridge_profile profile;
    assert_fails(ridge_profile_step(network, data, NULL, NULL), RIDGE_ERROR_ARGUMENT, "profile");
    assert_fails(ridge_profile_step(NULL, data, NULL, &profile), RIDGE_ERROR_ARGUMENT, "network");
    assert_fails(ridge_profile_step(empty, data, NULL, &profile), RIDGE_ERROR_STATE, "compiled");
    assert_fails(ridge_profile_step(network, NULL, NULL, &profile), RIDGE_ERROR_ARGUMENT, "data");
    assert_fails(ridge_profile_step(network, other, NULL, &profile), RIDGE_ERROR_SHAPE, "7");
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.on_epoch = profile_inside, .context = &network), NULL));
    ridge_profile_clear(NULL);
    ridge_network_destroy(&network);
    ridge_network_destroy(&empty);
    ridge_dataset_destroy(&data);
    ridge_dataset_destroy(&other);
}

// The device refuses something at every point: one clear failure, no leak, its own queue again.
static void device_refuses(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 0.4);
    ridge_network *network = classifier();
    const enum interpose_call calls[] = {INTERPOSE_CREATE_QUEUE, INTERPOSE_CREATE_BUFFER,
                                         INTERPOSE_LAUNCH};
    for (size_t i = 0; i < 3; i++) {
        for (size_t n = 1; n < 65; n *= 8) {
            ridge_profile profile;
            cl_command_queue queue = ridge_device_queue(test_device);
            interpose_reset();
            interpose_fail(calls[i], n, CL_OUT_OF_RESOURCES);
            ridge_status status =
                ridge_profile_step(network, data, ridge_profile_params(.rounds = 1), &profile);
            interpose_reset();
            assert_true(status || profile.launches);
            if (status)
                assert_null(profile.launches);
            ridge_profile_clear(&profile);
            assert_ptr_equal(ridge_device_queue(test_device), queue);
        }
    }
    assert_ok(ridge_fit(network, data, NULL, NULL));
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_every_launch),
        cmocka_unit_test(leaves_no_trace),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(device_refuses),
    };
    const struct CMUnitTest few_tests[] = {cmocka_unit_test(names_every_launch)};
    return test_few() ? TEST_MAIN("profile", few_tests) : TEST_MAIN("profile", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Steps as fused launches: the same bits as one launch after the other, and launches one by one
// where the fused kernel does not build or would not pay.
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ridge/training.h>

#include "device/device.h"
#include "fused_problems.h"
#include "interpose.h"

// Trains `fits` times in a row, so that the second fit goes on from the first, which has a rate for
// each step. A fit is a kernel or two of its own, which take seconds to build.
static float *train(const struct fused_problem *problem, enum ridge_fuse fuse, bool no_shuffle,
                    size_t fits, ridge_history *history, size_t *count)
{
    ridge_dataset *data = fused_data(problem);
    ridge_network *network = fused_network(problem);
    const ridge_rate_schedule schedules[2] = {{.kind = RIDGE_RATE_COSINE, .warmup_steps = 1}};
    test_device->fuse = fuse;
    for (size_t i = 0; i < fits; i++)
        assert_ok(ridge_fit(network, data,
                            ridge_fit_params(.epochs = 3 - i, .validation_split = i ? 0 : 0.3f,
                                             .no_shuffle = no_shuffle, .schedule = schedules[i]),
                            &history[i]));
    test_device->fuse = RIDGE_FUSE_AUTO;
    float *weights = fused_weights(network, count);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
    return weights;
}

static void same_bits(const struct fused_problem *problem, bool no_shuffle, size_t fits)
{
    ridge_history apart[2], fused[2];
    size_t count;
    float *expected = train(problem, RIDGE_FUSE_OFF, no_shuffle, fits, apart, &count);
    float *got = train(problem, RIDGE_FUSE_ON, no_shuffle, fits, fused, &count);
    if (memcmp(expected, got, count * sizeof(*got)) != 0)
        fail_msg("%s: the weights differ", problem->name);
    for (size_t i = 0; i < fits; i++) {
        fused_same_history(&apart[i], &fused[i]);
        ridge_history_clear(&apart[i]);
        ridge_history_clear(&fused[i]);
    }
    free(expected);
    free(got);
}

// Beside fused_small.
static const struct fused_problem small_networks[] = {
    {.name = "sgd, labels",
     .loss = RIDGE_BINARY_CROSS_ENTROPY,
     .activation = RIDGE_SIGMOID,
     .optimizer = {.kind = RIDGE_SGD, .rate = 0.1f},
     .rate = 0.2f,
     .weight = {.l1 = 1e-3f},
     .rows = 83,
     .units = 128,
     .outputs = 1,
     .batch = 32},
    {.name = "normalised",
     .activation = RIDGE_RELU,
     .optimizer = {.kind = RIDGE_ADAM, .rate = 0.01f},
     .rate = 0.2f,
     .rows = 83,
     .units = 37,
     .outputs = 4,
     .batch = 24,
     .normalises = true},
    // statistics in parts
    {.name = "normalised, many rows",
     .activation = RIDGE_RELU,
     .optimizer = {.kind = RIDGE_SGD, .rate = 0.01f},
     .rows = 2400,
     .units = 37,
     .outputs = 4,
     .batch = 1100,
     .normalises = true},
    {.name = "momentum, squares",
     .loss = RIDGE_MEAN_SQUARED_ERROR,
     .activation = RIDGE_GELU,
     .optimizer = {.kind = RIDGE_SGD, .rate = 0.01f, .momentum = 0.9f, .nesterov = true},
     .weight = {.l2 = 1e-3f},
     .rows = 83,
     .units = 40,
     .outputs = 3,
     .batch = 1},
    {.name = "adamw, huber",
     .loss = RIDGE_HUBER,
     .activation = RIDGE_SILU,
     .optimizer = {.kind = RIDGE_ADAMW, .rate = 0.01f, .weight_decay = 0.1f},
     .rate = 0.3f,
     .weight = {.max_norm = 1},
     .rows = 64,
     .units = 65,
     .outputs = 7,
     .batch = 64},
    {.name = "rmsprop, absolute",
     .loss = RIDGE_MEAN_ABSOLUTE_ERROR,
     .activation = RIDGE_SELU,
     .optimizer = {.kind = RIDGE_RMSPROP, .rate = 0.01f, .momentum = 0.5f},
     .rate = 0.9f,
     .rows = 5,
     .units = 3,
     .outputs = 40,
     .batch = 100},
    {.name = "penalties with gradients of their own",
     .activation = RIDGE_TANH,
     .rate = 0.2f,
     .optimizer = {.kind = RIDGE_ADAM, .rate = 0.01f},
     .weight = {.orthogonal = 0.1f},
     .activity_l1 = 1e-3f,
     .activity_l2 = 1e-2f,
     .rows = 83,
     .units = 37,
     .outputs = 4,
     .batch = 16},
    // more columns than a row of lanes takes, and launches of several work-groups
    {.name = "many classes",
     .activation = RIDGE_ELU,
     .rate = 0.1f,
     .optimizer = {.kind = RIDGE_ADAM, .rate = 0.01f},
     .weight = {.l1 = 1e-4f, .l2 = 1e-4f},
     .rows = 400,
     .units = 200,
     .outputs = 50,
     .batch = 128},
};

static void same_bits_on_small_networks(void **state)
{
    (void)state;
    same_bits(&fused_small, false, 2);
    for (size_t i = 0; i < sizeof(small_networks) / sizeof(small_networks[0]); i++)
        same_bits(&small_networks[i], i % 2 == 0, i < 1 ? 2 : 1);
}

// Steps of some milliseconds: an epoch is several launches.
static void same_bits_in_several_launches(void **state)
{
    (void)state;
    struct fused_problem problem = fused_small;
    problem.units = 256;
    problem.batch = 96;
    problem.rows = 96 * 14 + 5;
    same_bits(&problem, false, 2);
    problem.rows = 96 * 20; // full batches only: 14 and 6
    same_bits(&problem, false, 1);
}

static void keep_note(void *context, ridge_log_level level, const char *message)
{
    (void)level;
    if (strstr(message, "not fused"))
        snprintf(context, 64, "%s", message);
}

// The fused kernel, whose text is new, does not build: the launches run one by one, and the log
// says why.
static void falls_back(void **state)
{
    (void)state;
    const enum interpose_call calls[] = {INTERPOSE_CREATE_SOURCE, INTERPOSE_BUILD};
    for (size_t i = 0; i < 2; i++) {
        struct fused_problem problem = fused_small;
        problem.activation = i ? RIDGE_SOFTPLUS : RIDGE_LEAKY_RELU;
        problem.batch = 17;
        ridge_history apart, fused;
        size_t count;
        char note[64] = "";
        float *expected = train(&problem, RIDGE_FUSE_OFF, false, 1, &apart, &count);
        ridge_set_log(keep_note, note, RIDGE_LOG_INFO);
        interpose_reset();
        interpose_fail(calls[i], 0, CL_OUT_OF_RESOURCES);
        float *got = train(&problem, RIDGE_FUSE_ON, false, 1, &fused, &count);
        interpose_reset();
        ridge_set_log(NULL, NULL, RIDGE_LOG_WARNING);
        assert_non_null(strstr(note, "steps are not fused"));
        assert_memory_equal(expected, got, count * sizeof(*got));
        ridge_history_clear(&apart);
        ridge_history_clear(&fused);
        free(expected);
        free(got);
    }
}

static void keep_memory(void *context, const ridge_memory *memory)
{
    *(ridge_memory *)context = *memory;
}

// best: with copies of the weights for the best, one for each of several epochs.
static void check_memory(bool best)
{
    ridge_memory memory;
    ridge_dataset *data = fused_data(&fused_small);
    ridge_network *network = fused_network(&fused_small);
    uint64_t before = ridge_device_memory(test_device);
    ridge_device_memory_peak_reset(test_device);
    test_device->fuse = RIDGE_FUSE_ON;
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = 20, .validation_split = 0.3f,
                                         .early_stopping = {.restore_best = best},
                                         .on_memory = keep_memory, .context = &memory),
                        NULL));
    test_device->fuse = RIDGE_FUSE_AUTO;
    assert_int_equal(memory.total, ridge_device_memory_peak(test_device));
    assert_true(ridge_device_memory(test_device) >= before);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void memory_is_as_planned(void **state)
{
    (void)state;
    check_memory(false);
    check_memory(true);
}

// Only where it pays: a short fit does not wait for a build, nor one whose steps are long beside
// their launches.
static void fuses_where_it_pays(void **state)
{
    (void)state;
    struct fused_problem large = fused_small;
    large.units = 1024;
    large.rows = large.batch = 2048;
    const struct {
        const struct fused_problem *problem;
        size_t epochs;
        bool fuses;
    } cases[] = {{&fused_small, 1, false}, {&fused_small, 200000, true}, {&large, 200000, false}};
    for (size_t i = 0; i < 3; i++) {
        ridge_dataset *data = fused_data(cases[i].problem);
        ridge_network *network = fused_network(cases[i].problem);
        const ridge_fit_params *params = ridge_fit_params(.epochs = cases[i].epochs);
        ridge_memory automatic, apart;
        assert_ok(ridge_fit_memory(network, data, params, &automatic));
        test_device->fuse = RIDGE_FUSE_OFF;
        assert_ok(ridge_fit_memory(network, data, params, &apart));
        test_device->fuse = RIDGE_FUSE_AUTO;
        assert_int_equal(automatic.total > apart.total, cases[i].fuses);
        ridge_network_destroy(&network);
        ridge_dataset_destroy(&data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bits_on_small_networks),
        cmocka_unit_test(same_bits_in_several_launches),
        cmocka_unit_test(falls_back),
        cmocka_unit_test(memory_is_as_planned),
        cmocka_unit_test(fuses_where_it_pays),
    };
    return TEST_MAIN("fused", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Epochs as fused launches: the same bits as one launch after the other, one launch and one wait an
// epoch, and launches one by one where the fused kernel does not build.
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ridge/training.h>

#include "device/device.h"
#include "interpose.h"
#include "problems.h"

// A network and how it is trained.
struct problem {
    const char *name;
    ridge_optimizer optimizer;
    ridge_loss loss;
    ridge_activation activation;
    float rate; // of dropout, and as much or less of all else that draws
    ridge_weight_params weight;
    float activity_l1, activity_l2;
    size_t rows, units, outputs, batch;
    bool normalises; // with batch and layer normalisation
};

static ridge_network *build(const struct problem *problem)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {6}));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = problem->rate / 2));
    ridge_node first = ridge_dense(
        network, x,
        ridge_dense_params(.units = problem->units, .activation = problem->activation,
                           .weight = problem->weight, .activity_l1 = problem->activity_l1));
    x = ridge_dropout(network, first, ridge_dropout_params(.rate = problem->rate));
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = problem->units, .weight = problem->weight,
                                       .drop_connect = problem->rate / 2));
    if (problem->normalises) {
        x = ridge_batch_norm(network, x,
                             ridge_batch_norm_params(.convention = RIDGE_CONVENTION_TORCH,
                                                     .activation = RIDGE_RELU));
        x = ridge_layer_norm(network, x, NULL);
    }
    x = ridge_activation_layer(network, x, ridge_activation_params(.activation = RIDGE_TANH));
    x = ridge_alpha_dropout(network, x, ridge_alpha_dropout_params(.rate = problem->rate / 4));
    x = ridge_gaussian_dropout(network, x,
                               ridge_gaussian_dropout_params(.rate = problem->rate / 4));
    x = ridge_gaussian_noise(network, x,
                             ridge_gaussian_noise_params(.deviation = problem->rate / 4));
    x = ridge_add(network, x, first, NULL);
    if (problem->activity_l2 > 0)
        x = ridge_activity_penalty(network, x,
                                   ridge_activity_penalty_params(.l2 = problem->activity_l2));
    x = ridge_dense(network, x, ridge_dense_params(.units = problem->outputs));
    assert_ok(ridge_network_compile(network, x,
                                    ridge_compile_params(.loss = problem->loss,
                                                         .optimizer = problem->optimizer,
                                                         .batch = problem->batch, .seed = 5)));
    return network;
}

static ridge_dataset *data_of(const struct problem *problem)
{
    if (problem->loss == RIDGE_SOFTMAX_CROSS_ENTROPY)
        return test_blobs(problem->rows, 6, problem->outputs, 0.4);
    if (problem->loss == RIDGE_BINARY_CROSS_ENTROPY)
        return test_blobs(problem->rows, 6, 2, 0.4); // labels, one output
    return test_regression(problem->rows, 6, problem->outputs);
}

// All parameters, running statistics among them.
static float *weights_of(ridge_network *network, size_t *count)
{
    ridge_parameter parameter;
    *count = 0;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++)
        *count += ridge_tensor_count(&parameter.tensor);
    float *weights = malloc(*count * sizeof(*weights));
    assert_non_null(weights);
    size_t done = 0;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++) {
        assert_ok(ridge_tensor_read(test_device, parameter.tensor, weights + done));
        done += ridge_tensor_count(&parameter.tensor);
    }
    assert_int_equal(done, *count);
    return weights;
}

// Trains twice in a row, so that the second fit goes on from the first, which has a rate for each
// step.
static float *train(const struct problem *problem, enum ridge_fuse fuse, bool no_shuffle,
                    ridge_history history[2], size_t *count)
{
    ridge_dataset *data = data_of(problem);
    ridge_network *network = build(problem);
    const ridge_rate_schedule schedules[2] = {{.kind = RIDGE_RATE_COSINE, .warmup_steps = 1}};
    test_device->fuse = fuse;
    for (size_t i = 0; i < 2; i++)
        assert_ok(ridge_fit(network, data,
                            ridge_fit_params(.epochs = 3 - i, .validation_split = i ? 0 : 0.3f,
                                             .no_shuffle = no_shuffle, .schedule = schedules[i]),
                            &history[i]));
    test_device->fuse = RIDGE_FUSE_AUTO;
    float *weights = weights_of(network, count);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
    return weights;
}

static void assert_same_history(const ridge_history *a, const ridge_history *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const ridge_epoch *x = &a->epochs[i], *y = &b->epochs[i];
        assert_memory_equal(&x->loss, &y->loss, sizeof(double));
        assert_memory_equal(&x->accuracy, &y->accuracy, sizeof(double));
        assert_memory_equal(&x->val_loss, &y->val_loss, sizeof(double));
        assert_memory_equal(&x->val_accuracy, &y->val_accuracy, sizeof(double));
        assert_memory_equal(&x->penalty, &y->penalty, sizeof(double));
        assert_true(x->rate == y->rate);
        assert_int_equal(x->reduced, y->reduced);
    }
}

static void same_bits(const struct problem *problem, bool no_shuffle)
{
    ridge_history apart[2], fused[2];
    size_t count;
    float *expected = train(problem, RIDGE_FUSE_OFF, no_shuffle, apart, &count);
    float *got = train(problem, RIDGE_FUSE_ON, no_shuffle, fused, &count);
    if (memcmp(expected, got, count * sizeof(*got)) != 0)
        fail_msg("%s: the weights differ", problem->name);
    for (int i = 0; i < 2; i++) {
        assert_same_history(&apart[i], &fused[i]);
        ridge_history_clear(&apart[i]);
        ridge_history_clear(&fused[i]);
    }
    free(expected);
    free(got);
}

// 83 rows: 59 to train on and 24 to validate with, both with a smaller last batch.
static const struct problem small = {
    .name = "adam with all penalties",
    .optimizer = {.kind = RIDGE_ADAM, .rate = 0.01f},
    .activation = RIDGE_RELU,
    .rate = 0.5f,
    .weight = {.l1 = 1e-3f, .l2 = 1e-2f, .max_norm = 0.75f},
    .rows = 83,
    .units = 37,
    .outputs = 4,
    .batch = 16,
};

static void same_bits_on_small_networks(void **state)
{
    (void)state;
    const struct problem problems[] = {
        small,
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
    for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++)
        same_bits(&problems[i], i % 2);
}

// Steps of some milliseconds: an epoch is several launches.
static void same_bits_in_several_launches(void **state)
{
    (void)state;
    struct problem problem = small;
    problem.units = 256;
    problem.batch = 96;
    problem.rows = 96 * 14 + 5;
    same_bits(&problem, false);
    problem.rows = 96 * 20; // full batches only: 14 and 6
    same_bits(&problem, false);
}

// What an epoch comes to may end training, change the rates to come, or be no number; then nothing
// of the next one has happened.
static void same_bits_where_epochs_decide(void **state)
{
    (void)state;
    const ridge_early_stopping stopping = {.monitor = RIDGE_MONITOR_LOSS, .patience = 3};
    const ridge_reduce_on_plateau reducing = {
        .monitor = RIDGE_MONITOR_LOSS, .patience = 2, .factor = 0.5f, .cooldown = 1};
    const struct {
        ridge_fit_params params;
        float rate;
        ridge_stop_reason reason;
    } cases[] = {
        {{.early_stopping = stopping}, 0.5f, RIDGE_STOP_EARLY},
        {{.reduce_on_plateau = reducing}, 0.2f, RIDGE_STOP_NONE},
        {{.reduce_on_plateau = reducing,
          .schedule = {.kind = RIDGE_RATE_EXPONENTIAL, .factor = 0.9f}},
         0.2f,
         RIDGE_STOP_NONE},
        {{.norms = true, .schedule = {.kind = RIDGE_RATE_EXPONENTIAL, .factor = 1e4f}},
         0.01f,
         RIDGE_STOP_NOT_FINITE},
    };
    ridge_dataset *data = data_of(&small);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct problem problem = small;
        ridge_history history[2];
        float *weights[2];
        size_t count;
        problem.optimizer.rate = cases[i].rate;
        for (int off = 0; off < 2; off++) {
            ridge_fit_params params = cases[i].params;
            params.epochs = 40;
            params.validation_split = 0.3f;
            ridge_network *network = build(&problem);
            test_device->fuse = off ? RIDGE_FUSE_OFF : RIDGE_FUSE_ON;
            assert_ok(ridge_fit(network, data, &params, &history[off]));
            ridge_metrics metrics; // goes on from the state as it is
            assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 3), NULL));
            assert_ok(ridge_network_evaluate(network, data, &metrics));
            weights[off] = weights_of(network, &count);
            ridge_network_destroy(&network);
        }
        assert_int_equal(history[0].reason, cases[i].reason);
        assert_int_equal(history[1].reason, cases[i].reason);
        assert_true(history[0].count > 4);
        assert_same_history(&history[0], &history[1]);
        assert_memory_equal(weights[0], weights[1], count * sizeof(float));
        for (int off = 0; off < 2; off++) {
            ridge_history_clear(&history[off]);
            free(weights[off]);
        }
    }
    test_device->fuse = RIDGE_FUSE_AUTO;
    ridge_dataset_destroy(&data);
}

static bool go_on(void *context, const ridge_epoch *epoch)
{
    (void)context;
    (void)epoch;
    return true;
}

static void count_calls(size_t epochs, bool watched, size_t *creations, size_t *waits,
                        size_t *launches)
{
    ridge_dataset *data = data_of(&small);
    ridge_network *network = build(&small);
    interpose_reset();
    test_device->fuse = RIDGE_FUSE_ON;
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = epochs, .validation_split = 0.3f,
                                         .on_epoch = watched ? go_on : NULL),
                        NULL));
    test_device->fuse = RIDGE_FUSE_AUTO;
    *creations = interpose_creations();
    *waits = interpose_waits();
    *launches = interpose_count(INTERPOSE_LAUNCH);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// Where somebody looks after each epoch; else an epoch takes a share of both.
static void one_launch_and_one_wait_an_epoch(void **state)
{
    (void)state;
    enum { EPOCHS = 2500, TOGETHER = 10 }; // of four steps; so many or more are one launch
    size_t creations[2], waits[2], launches[2];
    count_calls(1, true, &creations[0], &waits[0], &launches[0]); // warms every cache
    for (int watched = 0; watched < 2; watched++) {
        size_t most = watched ? EPOCHS : EPOCHS / TOGETHER;
        for (int i = 0; i < 2; i++)
            count_calls(i ? EPOCHS : 1, watched, &creations[i], &waits[i], &launches[i]);
        assert_int_equal(creations[0], creations[1]);
        assert_true(launches[1] - launches[0] <= most - watched);
        // the results, and now and then the throttle
        assert_true(waits[1] - waits[0] <= (most - 1) + most / 16 + 1);
    }
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
        struct problem problem = small;
        problem.activation = i ? RIDGE_SOFTPLUS : RIDGE_LEAKY_RELU;
        problem.batch = 17;
        ridge_history apart[2], fused[2];
        size_t count;
        char note[64] = "";
        float *expected = train(&problem, RIDGE_FUSE_OFF, false, apart, &count);
        ridge_set_log(keep_note, note, RIDGE_LOG_INFO);
        interpose_reset();
        interpose_fail(calls[i], 0, CL_OUT_OF_RESOURCES);
        float *got = train(&problem, RIDGE_FUSE_ON, false, fused, &count);
        interpose_reset();
        ridge_set_log(NULL, NULL, RIDGE_LOG_WARNING);
        assert_non_null(strstr(note, "steps are not fused"));
        assert_memory_equal(expected, got, count * sizeof(*got));
        for (int j = 0; j < 2; j++) {
            ridge_history_clear(&apart[j]);
            ridge_history_clear(&fused[j]);
        }
        free(expected);
        free(got);
    }
}

static bool stop_later(void *context, const ridge_epoch *epoch)
{
    return epoch->epoch < *(size_t *)context;
}

// Callbacks, early stopping and the best weights as ever.
static void stops(void **state)
{
    (void)state;
    ridge_dataset *data = data_of(&small);
    for (int fuse = RIDGE_FUSE_ON; fuse <= RIDGE_FUSE_OFF; fuse++) {
        ridge_network *network = build(&small);
        ridge_history history;
        size_t last = 4;
        volatile int stop = 1;
        ridge_metrics metrics;
        test_device->fuse = (enum ridge_fuse)fuse;
        assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 9, .stop = &stop), &history));
        assert_int_equal(history.count, 0);
        assert_int_equal(history.reason, RIDGE_STOP_INTERRUPT);
        ridge_history_clear(&history);
        assert_ok(ridge_fit(network, data,
                            ridge_fit_params(.epochs = 9, .on_epoch = stop_later, .context = &last),
                            &history));
        assert_int_equal(history.count, 4);
        assert_int_equal(history.reason, RIDGE_STOP_CALLBACK);
        ridge_history_clear(&history);
        assert_ok(
            ridge_fit(network, data,
                      ridge_fit_params(.epochs = 40, .validation = data,
                                       .early_stopping = {.patience = 2, .restore_best = true}),
                      &history));
        assert_ok(ridge_network_evaluate(network, data, &metrics));
        assert_true(metrics.loss + metrics.penalty == history.epochs[history.best - 1].val_loss);
        ridge_history_clear(&history);
        ridge_network_destroy(&network);
    }
    test_device->fuse = RIDGE_FUSE_AUTO;
    ridge_dataset_destroy(&data);
}

static void keep_memory(void *context, const ridge_memory *memory)
{
    *(ridge_memory *)context = *memory;
}

static void memory_is_as_planned(void **state)
{
    (void)state;
    ridge_memory memory;
    ridge_dataset *data = data_of(&small);
    ridge_network *network = build(&small);
    uint64_t before = ridge_device_memory(test_device);
    ridge_device_memory_peak_reset(test_device);
    test_device->fuse = RIDGE_FUSE_ON;
    assert_ok(ridge_fit(
        network, data,
        ridge_fit_params(.validation_split = 0.3f, .on_memory = keep_memory, .context = &memory),
        NULL));
    test_device->fuse = RIDGE_FUSE_AUTO;
    assert_int_equal(memory.total, ridge_device_memory_peak(test_device));
    assert_true(ridge_device_memory(test_device) >= before);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// Only where it pays: a short fit does not wait for a build, nor one whose steps are long beside
// their launches.
static void fuses_where_it_pays(void **state)
{
    (void)state;
    struct problem large = small;
    large.units = 1024;
    large.rows = large.batch = 2048;
    const struct {
        const struct problem *problem;
        size_t epochs;
        bool fuses;
    } cases[] = {{&small, 1, false}, {&small, 200000, true}, {&large, 200000, false}};
    for (size_t i = 0; i < 3; i++) {
        ridge_dataset *data = data_of(cases[i].problem);
        ridge_network *network = build(cases[i].problem);
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
        cmocka_unit_test(same_bits_where_epochs_decide),
        cmocka_unit_test(one_launch_and_one_wait_an_epoch),
        cmocka_unit_test(falls_back),
        cmocka_unit_test(stops),
        cmocka_unit_test(memory_is_as_planned),
        cmocka_unit_test(fuses_where_it_pays),
    };
    // the GPU walk is never fused
    const struct CMUnitTest apart_tests[] = {cmocka_unit_test(stops)};
    return test_walks_gpu() ? TEST_MAIN("fused", apart_tests) : TEST_MAIN("fused", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Training: it learns, repeats bit for bit, and a step waits for nothing.
#include "harness.h"

#include "interpose.h"
#include "problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ridge/training.h>

#include "device/device.h"

enum { ROWS = 203 }; // not a multiple of the batch

static void learns(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 0.4);
    const ridge_optimizer optimizers[] = {
        ridge_sgd(.rate = 0.1f), ridge_sgd(.rate = 0.05f, .momentum = 0.9f, .nesterov = true),
        ridge_adam(.rate = 0.01f), ridge_adamw(.rate = 0.01f), ridge_rmsprop(.rate = 0.005f)};
    for (size_t i = test_few() ? 4 : 0; i < 5; i++) {
        ridge_network *network = test_classifier(optimizers[i], 0.2f, 1e-4f, 0);
        ridge_history history;
        ridge_metrics metrics;
        assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 15), &history));
        assert_int_equal(history.count, 15);
        assert_int_equal(history.reason, RIDGE_STOP_NONE);
        assert_true(history.epochs[14].loss < history.epochs[0].loss);
        assert_true(isnan(history.epochs[0].val_loss));
        assert_ok(ridge_network_evaluate(network, data, &metrics));
        assert_true(metrics.penalty > 0);
        if (!(metrics.accuracy > 0.97))
            fail_msg("optimizer %zu: accuracy %g", i, metrics.accuracy);
        ridge_history_clear(&history);
        ridge_network_destroy(&network);
    }
    ridge_dataset_destroy(&data);
}

// No loss is below the entropy of the shares, which is what the best probabilities come to.
static void learns_shares(void **state)
{
    (void)state;
    ridge_dataset *data = test_shared_blobs(ROWS, 6, 4, 0.2);
    ridge_network *network = test_classifier(ridge_adam(.rate = 0.02f), 0, 0, 0);
    ridge_metrics metrics;
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 30), NULL));
    assert_ok(ridge_network_evaluate(network, data, &metrics));
    double entropy = -(0.7 * log(0.7) + 0.3 * log(0.3));
    if (!(metrics.accuracy > 0.97 && metrics.loss > entropy && metrics.loss < entropy + 0.02))
        fail_msg("accuracy %g, loss %g, entropy %g", metrics.accuracy, metrics.loss, entropy);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void same_seed_same_bits(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 0.4);
    float weights[2][96];
    ridge_history history[2];
    for (int run = 0; run < 2; run++) {
        ridge_network *network = test_classifier(ridge_adam(.rate = 0.01f), 0.5f, 1e-3f, 2);
        assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 3, .validation_split = 0.2f),
                            &history[run]));
        assert_ok(ridge_network_get(network, "dense_1.weight", weights[run], 96));
        ridge_network_destroy(&network);
    }
    assert_memory_equal(weights[0], weights[1], sizeof(weights[0]));
    for (size_t i = 0; i < 3; i++) {
        assert_true(history[0].epochs[i].loss == history[1].epochs[i].loss);
        assert_true(history[0].epochs[i].val_loss == history[1].epochs[i].val_loss);
    }
    ridge_history_clear(&history[0]);
    ridge_history_clear(&history[1]);
    ridge_dataset_destroy(&data);
}

// The weights of the first layer after an epoch. `apart`: the activation is a layer of its own, so
// the dropout cannot be joined to the dense layer. A flatten in the other case keeps the layers'
// numbers, and with them the streams of the generator, equal.
static void train_joined_or_apart(const ridge_dataset *data, bool apart, float weights[96])
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {6}));
    if (apart) {
        x = ridge_dense(network, x,
                        ridge_dense_params(.units = 16, .weight = {.init = RIDGE_INIT_HE_NORMAL}));
        x = ridge_activation_layer(network, x, ridge_activation_params(.activation = RIDGE_RELU));
    } else {
        x = ridge_flatten(network, x, NULL);
        x = ridge_dense(network, x, ridge_dense_params(.units = 16, .activation = RIDGE_RELU));
    }
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.3f));
    x = ridge_dense(network, x, ridge_dense_params(.units = 4));
    assert_ok(ridge_network_compile(
        network, x,
        ridge_compile_params(.optimizer = ridge_sgd(.rate = 0.1f), .seed = 5, .batch = 16)));
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 1), NULL));
    assert_ok(ridge_network_get(network, "dense_1.weight", weights, 96));
    ridge_network_destroy(&network);
}

static void joined_dropout_is_the_same(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 0.4);
    float joined[96], apart[96];
    double expected[96];
    train_joined_or_apart(data, false, joined);
    train_joined_or_apart(data, true, apart);
    for (size_t i = 0; i < 96; i++)
        expected[i] = apart[i];
    // Both compute the same numbers in the same order; products and sums may be contracted
    // otherwise in the 13 steps, with about 30 roundings each of numbers below 4.
    test_close("weights", joined, expected, 96, 13 * 30 * 4 * TEST_EPSILON, 0);
    ridge_dataset_destroy(&data);
}

static void max_norm_holds(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 0.4);
    ridge_network *network = test_classifier(ridge_sgd(.rate = 0.5f), 0, 0, 0.75f);
    float weights[96];
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 2), NULL));
    assert_ok(ridge_network_get(network, "dense_1.weight", weights, 96));
    bool at_limit = false;
    for (size_t unit = 0; unit < 16; unit++) {
        double square = 0;
        for (size_t j = 0; j < 6; j++)
            square += (double)weights[unit * 6 + j] * weights[unit * 6 + j];
        assert_true(sqrt(square) <= 0.75 * (1 + 16 * TEST_EPSILON));
        at_limit = at_limit || sqrt(square) > 0.74;
    }
    assert_true(at_limit);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

struct seen {
    size_t epochs, stop_after;
};

static bool on_epoch(void *context, const ridge_epoch *epoch)
{
    struct seen *seen = context;
    seen->epochs++;
    return !seen->stop_after || epoch->epoch < seen->stop_after;
}

typedef ridge_network *make_network(void);

static ridge_network *dense(void)
{
    return test_classifier(ridge_adam(.rate = 0.01f), 0.5f, 1e-3f, 2);
}

// Runs epochs over so many rows; what fit does beside the steps is the same for any number of
// steps, so equal counts mean that a step itself creates nothing and waits for nothing.
static void count_calls(make_network *make, size_t count, size_t *creations, size_t *waits,
                        size_t *launches)
{
    ridge_dataset *data = test_blobs(count, 6, 4, 0.4);
    ridge_network *network = make();
    interpose_reset();
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = 2, .schedule = {.kind = RIDGE_RATE_COSINE}),
                        NULL));
    *creations = interpose_creations();
    *waits = interpose_waits();
    *launches = interpose_count(INTERPOSE_LAUNCH);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void check_calls(make_network *make)
{
    size_t creations[2], waits[2], launches[2];
    count_calls(make, 16, &creations[0], &waits[0], &launches[0]); // warms every cache
    for (int i = 0; i < 2; i++) // two steps at least: the last one of an epoch may be another
        count_calls(make, i ? 16 * 12 : 16 * 2, &creations[i], &waits[i], &launches[i]);
    assert_int_equal(creations[0], creations[1]);
    // 20 steps more: the throttle waits for what was enqueued at least 16 steps before
    assert_in_range(waits[1], waits[0], waits[0] + 2);
    assert_true(launches[1] > launches[0] + 2 * 10 * 8);
}

static void a_step_creates_and_waits_for_nothing(void **state)
{
    (void)state;
    if (strcmp(ridge_device_gemm(test_device), "clblast") == 0)
        skip(); // CLBlast makes a kernel object in each of its calls
    check_calls(dense);
    check_calls(test_convolutional);
    check_calls(test_augmented);
}

static size_t waits_of_evaluation(ridge_network *network, size_t batches)
{
    ridge_dataset *data = test_blobs(16 * batches, 6, 4, 0.4);
    ridge_metrics metrics;
    interpose_reset();
    assert_ok(ridge_network_evaluate(network, data, &metrics));
    size_t waits = interpose_waits();
    ridge_dataset_destroy(&data);
    return waits;
}

// The host gets no further ahead of the device when it evaluates than when it trains: else the
// queue would hold all launches of a long pass, a KiB each.
static void evaluation_keeps_the_queue_short(void **state)
{
    (void)state;
    ridge_network *network = test_classifier(ridge_adam(.rate = 0.001f), 0, 0, 2);
    size_t few = waits_of_evaluation(network, 2), many = waits_of_evaluation(network, 2 + 3 * 16);
    assert_in_range(many, few + 2, few + 4);
    ridge_network_destroy(&network);
}

// Bytes of this process in memory; 0 where the system does not say.
static size_t resident_bytes(void)
{
    unsigned long size, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

// Whether 10,000 steps take seconds and what they leave behind can be seen.
static bool shows_lost_memory(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return false; // keeps freed memory for a while
#else
    return !test_few() && resident_bytes() > 0;
#endif
}

enum { LONG_STEPS = 2500, LONG_EPOCHS = 5 }; // the first one warms up, 10,000 steps follow

struct residence {
    size_t bytes[LONG_EPOCHS];
    uint64_t device[LONG_EPOCHS];
};

static bool note_residence(void *context, const ridge_epoch *epoch)
{
    struct residence *seen = context;
    seen->bytes[epoch->epoch - 1] = resident_bytes();
    seen->device[epoch->epoch - 1] = ridge_device_memory_peak(test_device);
    return true;
}

// What a driver keeps for launches in its queue (1.4 KiB each on Intel's) grows to the most that
// were ever there: 32 steps where the device's threads had to wait for a core. That chance is taken
// first, by launches behind an event: four times as many, since these have few arguments.
static void fill_the_queue(void)
{
    enum { MOST = 2048 };
    cl_command_queue queue = ridge_device_queue(test_device);
    float zeros[64] = {0};
    ridge_tensor from = test_vector(64, zeros), to = test_vector(64, zeros);
    cl_event gate = clCreateUserEvent(ridge_device_context(test_device), NULL);
    assert_non_null(gate);
    assert_int_equal(clEnqueueBarrierWithWaitList(queue, 1, &gate, NULL), CL_SUCCESS);
    for (size_t i = 0; i < MOST; i++)
        assert_ok(ridge_copy(ridge_device_launcher(test_device), from, to));
    assert_int_equal(clSetUserEventStatus(gate, CL_COMPLETE), CL_SUCCESS);
    assert_ok(ridge_device_finish(test_device));
    clReleaseEvent(gate);
    ridge_tensor_destroy(test_device, &from);
    ridge_tensor_destroy(test_device, &to);
}

// The smallest piece that malloc hands out takes 32 bytes, so if each of the steps left one behind,
// it would be 320,000 bytes; half of that must not be exceeded.
static void check_long_training(enum ridge_fuse fuse)
{
    ridge_dataset *data = test_blobs((size_t)16 * LONG_STEPS, 6, 4, 0.4);
    ridge_network *network = test_classifier(ridge_adam(.rate = 0.001f), 0.5f, 1e-3f, 2);
    struct residence seen = {0};
    fill_the_queue();
    test_device->fuse = fuse;
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = LONG_EPOCHS, .no_shuffle = true,
                                         .on_epoch = note_residence, .context = &seen),
                        NULL));
    test_device->fuse = RIDGE_FUSE_AUTO;
    size_t allowed = (size_t)32 * (LONG_EPOCHS - 1) * LONG_STEPS / 2;
    print_message("resident after %d steps: %zu bytes, after %d more: %zu\n", LONG_STEPS,
                  seen.bytes[0], (LONG_EPOCHS - 1) * LONG_STEPS, seen.bytes[LONG_EPOCHS - 1]);
    assert_true(seen.bytes[LONG_EPOCHS - 1] <= seen.bytes[0] + allowed);
    assert_int_equal(seen.device[LONG_EPOCHS - 1], seen.device[0]);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void long_training_keeps_its_memory(void **state)
{
    (void)state;
    check_long_training(RIDGE_FUSE_OFF);
}

static void long_fused_training_keeps_its_memory(void **state)
{
    (void)state;
    check_long_training(RIDGE_FUSE_AUTO);
}

static void callback_stops(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 0.4);
    ridge_network *network = test_classifier(ridge_sgd(.rate = 0.1f), 0, 0, 0);
    struct seen seen = {.stop_after = 2};
    ridge_history history;
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = 9, .on_epoch = on_epoch, .context = &seen),
                        &history));
    assert_int_equal(history.count, 2);
    assert_int_equal(history.reason, RIDGE_STOP_CALLBACK);
    ridge_history_clear(&history);
    volatile int stop = 1;
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 9, .stop = &stop), &history));
    assert_int_equal(history.count, 0);
    assert_int_equal(history.reason, RIDGE_STOP_INTERRUPT);
    ridge_history_clear(&history);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void best_weights_come_back(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 1.5);
    // so large a rate that the loss goes up and down
    ridge_network *network = test_classifier(ridge_sgd(.rate = 1.5f), 0, 0, 0);
    ridge_history history;
    ridge_metrics metrics;
    ridge_dataset *held_out;
    assert_ok(ridge_dataset_slice(data, ROWS - 20, 20, &held_out));
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = 12, .validation = held_out,
                                         .early_stopping = {.patience = 3, .restore_best = true}),
                        &history));
    assert_true(history.best >= 1);
    const ridge_epoch *best = &history.epochs[history.best - 1];
    for (size_t i = 0; i < history.count; i++)
        assert_true(!(history.epochs[i].val_loss < best->val_loss));
    assert_ok(ridge_network_evaluate(network, held_out, &metrics));
    assert_true(metrics.loss == best->val_loss);
    assert_true(metrics.accuracy == best->val_accuracy);
    ridge_history_clear(&history);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&held_out);
    ridge_dataset_destroy(&data);
}

// Without patience all epochs are run; those at the beginning may be left out of account.
static void best_weights_without_patience(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 1.5);
    for (size_t skipped = 0; skipped < 8; skipped += 7) {
        ridge_network *network = test_classifier(ridge_sgd(.rate = 1.5f), 0, 0, 0);
        ridge_history history;
        ridge_metrics metrics;
        ridge_dataset *held_out;
        assert_ok(ridge_dataset_slice(data, ROWS - 20, 20, &held_out));
        assert_ok(ridge_fit(
            network, data,
            ridge_fit_params(.epochs = 10, .validation = held_out,
                             .early_stopping = {.start_from_epoch = skipped, .restore_best = true}),
            &history));
        assert_int_equal(history.count, 10);
        assert_int_equal(history.reason, RIDGE_STOP_NONE);
        assert_true(history.best > skipped);
        for (size_t i = 0; i < history.count; i++)
            assert_true(i < skipped ? !history.epochs[i].improved
                                    : history.epochs[i].val_loss >=
                                          history.epochs[history.best - 1].val_loss);
        assert_ok(ridge_network_evaluate(network, held_out, &metrics));
        assert_true(metrics.loss == history.epochs[history.best - 1].val_loss);
        ridge_history_clear(&history);
        ridge_network_destroy(&network);
        ridge_dataset_destroy(&held_out);
    }
    ridge_dataset_destroy(&data);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 0.4);
    ridge_network *network = ridge_network_create(test_device);
    assert_fails(ridge_fit(network, data, NULL, NULL), RIDGE_ERROR_STATE, "not compiled");
    ridge_network_destroy(&network);
    network = test_classifier(ridge_sgd(.rate = 0.1f), 0, 0, 0);
    assert_fails(ridge_fit(network, NULL, NULL, NULL), RIDGE_ERROR_ARGUMENT, "data");
    assert_fails(ridge_fit(network, data, ridge_fit_params(.validation_split = 1), NULL),
                 RIDGE_ERROR_ARGUMENT, "validation_split: expected [0, 1), got 1");
    assert_fails(ridge_fit(network, data, ridge_fit_params(.validation_split = 1e-9f), NULL),
                 RIDGE_ERROR_ARGUMENT, "no row");
    assert_fails(
        ridge_fit(network, data, ridge_fit_params(.early_stopping = {.min_delta = -1}), NULL),
        RIDGE_ERROR_ARGUMENT, "early_stopping: min_delta");
    assert_fails(ridge_fit(network, data,
                           ridge_fit_params(.early_stopping = {.monitor = RIDGE_MONITOR_VAL_LOSS}),
                           NULL),
                 RIDGE_ERROR_ARGUMENT, "early_stopping: monitor: expected validation data");
    assert_fails(
        ridge_fit(network, data, ridge_fit_params(.schedule = {.kind = RIDGE_RATE_STEP}), NULL),
        RIDGE_ERROR_ARGUMENT, "schedule: every");
    assert_fails(ridge_fit(network, data,
                           ridge_fit_params(.schedule = {.kind = RIDGE_RATE_ONE_CYCLE},
                                            .reduce_on_plateau = {.patience = 1}),
                           NULL),
                 RIDGE_ERROR_ARGUMENT, "reduce_on_plateau: expected a schedule of another kind");
    assert_fails(ridge_fit(network, data,
                           ridge_fit_params(.reduce_on_plateau = {.patience = 1, .factor = 1}),
                           NULL),
                 RIDGE_ERROR_ARGUMENT, "reduce_on_plateau: factor");
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// The device goes away at some launch: fit says so at once and gives back all it held.
static void device_vanishes(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 0.4);
    for (size_t n = 1; n < 200; n = n * 2 + 1) {
        ridge_network *network = test_classifier(ridge_adam(.rate = 0.01f), 0.5f, 1e-3f, 2);
        uint64_t before = ridge_device_memory(test_device);
        ridge_history history;
        interpose_reset();
        interpose_fail(INTERPOSE_LAUNCH, n, CL_DEVICE_NOT_AVAILABLE);
        assert_fails(ridge_fit(network, data, ridge_fit_params(.epochs = 4), &history),
                     RIDGE_ERROR_DEVICE, "CL_DEVICE_NOT_AVAILABLE");
        interpose_reset();
        assert_null(history.epochs);
        ridge_network_destroy(&network);
        assert_true(ridge_device_memory(test_device) <= before);
    }
    ridge_dataset_destroy(&data);
}

// All launches of training and evaluation once, for Oclgrind: two steps, the second one smaller.
static void few_steps(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(21, 6, 4, 0.4);
    ridge_network *network = test_classifier(ridge_adam(.rate = 0.01f), 0.5f, 1e-3f, 0.5f);
    assert_ok(ridge_fit(network, data, ridge_fit_params(.validation_split = 0.2f), NULL));
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns),
        cmocka_unit_test(learns_shares),
        cmocka_unit_test(same_seed_same_bits),
        cmocka_unit_test(joined_dropout_is_the_same),
        cmocka_unit_test(max_norm_holds),
        cmocka_unit_test(a_step_creates_and_waits_for_nothing),
        cmocka_unit_test(callback_stops),
        cmocka_unit_test(best_weights_come_back),
        cmocka_unit_test(best_weights_without_patience),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(device_vanishes),
        cmocka_unit_test(evaluation_keeps_the_queue_short),
        cmocka_unit_test(long_training_keeps_its_memory),
        cmocka_unit_test(long_fused_training_keeps_its_memory),
    };
    size_t count = sizeof(tests) / sizeof(tests[0]) - (shows_lost_memory() ? 0 : 2);
    const struct CMUnitTest small_tests[] = {cmocka_unit_test(few_steps)};
    return test_small() ? TEST_MAIN("training", small_tests) : test_main("training", tests, count);
}

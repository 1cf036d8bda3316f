// SPDX-License-Identifier: Apache-2.0
// Training: it learns, repeats bit for bit, stops when told to and brings the best weights back.
#include "harness.h"

#include "interpose.h"
#include "problems.h"

#include <ridge/training.h>

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
        cmocka_unit_test(callback_stops),
        cmocka_unit_test(best_weights_come_back),
        cmocka_unit_test(best_weights_without_patience),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(device_vanishes),
    };
    const struct CMUnitTest small_tests[] = {cmocka_unit_test(few_steps)};
    return test_small() ? TEST_MAIN("training", small_tests) : TEST_MAIN("training", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Epochs as fused launches: one launch and one wait where somebody looks after each, several in one
// where nobody does, and what ends training or changes it does so at once.
#include "harness.h"

#include <stdlib.h>

#include <ridge/training.h>

#include "device/device.h"
#include "fused_problems.h"
#include "interpose.h"

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
    ridge_dataset *data = fused_data(&fused_small);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fused_problem problem = fused_small;
        ridge_history history[2];
        float *weights[2];
        size_t count;
        problem.optimizer.rate = cases[i].rate;
        for (int off = 0; off < 2; off++) {
            ridge_fit_params params = cases[i].params;
            params.epochs = 40;
            params.validation_split = 0.3f;
            ridge_network *network = fused_network(&problem);
            test_device->fuse = off ? RIDGE_FUSE_OFF : RIDGE_FUSE_ON;
            assert_ok(ridge_fit(network, data, &params, &history[off]));
            ridge_metrics metrics; // goes on from the state as it is
            assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 3), NULL));
            assert_ok(ridge_network_evaluate(network, data, &metrics));
            weights[off] = fused_weights(network, &count);
            ridge_network_destroy(&network);
        }
        assert_int_equal(history[0].reason, cases[i].reason);
        assert_int_equal(history[1].reason, cases[i].reason);
        assert_true(history[0].count > 4);
        fused_same_history(&history[0], &history[1]);
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
    ridge_dataset *data = fused_data(&fused_small);
    ridge_network *network = fused_network(&fused_small);
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

static bool stop_later(void *context, const ridge_epoch *epoch)
{
    return epoch->epoch < *(size_t *)context;
}

// Callbacks, early stopping and the best weights as ever.
static void stops(void **state)
{
    (void)state;
    ridge_dataset *data = fused_data(&fused_small);
    for (int fuse = RIDGE_FUSE_ON; fuse <= RIDGE_FUSE_OFF; fuse++) {
        ridge_network *network = fused_network(&fused_small);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bits_where_epochs_decide),
        cmocka_unit_test(one_launch_and_one_wait_an_epoch),
        cmocka_unit_test(stops),
    };
    // the GPU walk is never fused
    const struct CMUnitTest apart_tests[] = {cmocka_unit_test(stops)};
    return test_walks_gpu() ? TEST_MAIN("fused_epochs", apart_tests)
                            : TEST_MAIN("fused_epochs", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Epochs as fused launches: one launch and one wait where somebody looks after each, several in one
// where nobody does, and what ends training or changes it does so at once.
#include "harness.h"

#include <stdlib.h>

#include <ridge/training.h>

#include "device/device.h"
#include "fused_problems.h"
#include "interpose.h"

// How a fit is run, and how it has to end.
struct fit_case {
    ridge_fit_params params; // 40 epochs
    float rate;
    ridge_stop_reason reason;
    bool restored;
    bool normalises; // so that there is state beside the weights
    size_t units;    // 0: few
};

// With launches of several epochs, and then one by one.
static void check_case(const struct fit_case *fit)
{
    struct fused_problem problem = fused_small;
    ridge_history history[2];
    float *weights[2];
    size_t count;
    problem.optimizer.rate = fit->rate;
    problem.normalises = fit->normalises;
    problem.units = fit->units ? fit->units : problem.units;
    ridge_dataset *data = fused_data(&problem);
    for (int off = 0; off < 2; off++) {
        ridge_fit_params params = fit->params;
        params.epochs = 40;
        params.validation_split = 0.3f;
        ridge_network *network = fused_network(&problem);
        test_device->fuse = off ? RIDGE_FUSE_OFF : RIDGE_FUSE_ON;
        assert_ok(ridge_fit(network, data, &params, &history[off]));
        ridge_metrics metrics; // goes on from the state as it is
        assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 3, .validation_split = 0.3f),
                            NULL));
        assert_ok(ridge_network_evaluate(network, data, &metrics));
        weights[off] = fused_weights(network, &count);
        ridge_network_destroy(&network);
        assert_int_equal(history[off].reason, fit->reason);
        assert_int_equal(history[off].restored, fit->restored);
    }
    assert_true(history[0].count > 4);
    fused_same_history(&history[0], &history[1]);
    assert_memory_equal(weights[0], weights[1], count * sizeof(float));
    for (int off = 0; off < 2; off++) {
        ridge_history_clear(&history[off]);
        free(weights[off]);
    }
    test_device->fuse = RIDGE_FUSE_AUTO;
    ridge_dataset_destroy(&data);
}

// Rates grow until nothing is a number any more.
#define DIVERGING .schedule = {.kind = RIDGE_RATE_EXPONENTIAL, .factor = 1e4f}

// What an epoch comes to may end training, change the rates to come, or be no number; then nothing
// of the next one has happened.
static void same_bits_where_epochs_decide(void **state)
{
    (void)state;
    const ridge_early_stopping stopping = {.monitor = RIDGE_MONITOR_LOSS, .patience = 3};
    const ridge_reduce_on_plateau reducing = {
        .monitor = RIDGE_MONITOR_LOSS, .patience = 2, .factor = 0.5f, .cooldown = 1};
    const struct fit_case cases[] = {
        {{.early_stopping = stopping}, 0.5f, RIDGE_STOP_EARLY, false, false},
        {{.reduce_on_plateau = reducing}, 0.2f, RIDGE_STOP_NONE, false, false},
        {{.reduce_on_plateau = reducing,
          .schedule = {.kind = RIDGE_RATE_EXPONENTIAL, .factor = 0.9f}},
         0.2f,
         RIDGE_STOP_NONE,
         false,
         false},
        {{.norms = true, DIVERGING}, 0.01f, RIDGE_STOP_NOT_FINITE, false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(&cases[i]);
}

// The best weights come out of the midst of a launch.
static void same_best_weights(void **state)
{
    (void)state;
    const ridge_early_stopping stopping = {.monitor = RIDGE_MONITOR_LOSS,
                                           .patience = 3,
                                           .restore_best = true},
                               accuracy = {.monitor = RIDGE_MONITOR_VAL_ACCURACY,
                                           .start_from_epoch = 2,
                                           .min_delta = 0.001f,
                                           .restore_best = true},
                               worst = {.monitor = RIDGE_MONITOR_VAL_LOSS,
                                        .mode = RIDGE_MODE_MAX,
                                        .restore_best = true},
                               best = {.restore_best = true};
    const struct fit_case cases[] = {
        {{.early_stopping = stopping}, 0.5f, RIDGE_STOP_EARLY, true, false},
        {{.early_stopping = accuracy}, 0.002f, RIDGE_STOP_NONE, true, false},
        {{.early_stopping = worst}, 0.01f, RIDGE_STOP_NONE, true, true},
        {{.early_stopping = best, .reduce_on_plateau = {.patience = 2}},
         0.5f,
         RIDGE_STOP_NONE,
         true,
         true},
        {{.early_stopping = best, DIVERGING}, 0.01f, RIDGE_STOP_NOT_FINITE, true, false},
        {{.best_if_cut_short = true, DIVERGING}, 0.01f, RIDGE_STOP_NOT_FINITE, true, true},
        {{.best_if_cut_short = true}, 0.1f, RIDGE_STOP_NONE, false, false},
        // the last epoch is the best
        {{.early_stopping = {.start_from_epoch = 39, .restore_best = true}},
         0.01f,
         RIDGE_STOP_NONE,
         true,
         false},
        // so many weights that epochs run one by one
        {{.early_stopping = best}, 0.01f, RIDGE_STOP_NONE, true, false, 254},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_case(&cases[i]);
}

static bool go_on(void *context, const ridge_epoch *epoch)
{
    (void)context;
    (void)epoch;
    return true;
}

// Each epoch is reported once, one after the other.
static void note_report(void *context, const ridge_epoch *epoch)
{
    size_t *last = context;
    assert_int_equal(epoch->epoch, *last + 1);
    *last = epoch->epoch;
}

struct calls {
    size_t creations, waits, launches;
};

static struct calls count_calls(const ridge_fit_params *of, size_t epochs)
{
    ridge_dataset *data = fused_data(&fused_small);
    ridge_network *network = fused_network(&fused_small);
    size_t reported = 0;
    ridge_fit_params params = *of;
    params.epochs = epochs;
    params.validation_split = 0.3f;
    params.context = &reported;
    interpose_reset();
    test_device->fuse = RIDGE_FUSE_ON;
    assert_ok(ridge_fit(network, data, &params, NULL));
    test_device->fuse = RIDGE_FUSE_AUTO;
    assert_int_equal(reported, params.on_report ? epochs : 0);
    struct calls calls = {interpose_creations(), interpose_waits(),
                          interpose_count(INTERPOSE_LAUNCH)};
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
    return calls;
}

// Where somebody looks after each epoch, one launch and one wait for each; else an epoch takes a
// share of both, and of a copy of the best weights.
static void launches_and_waits(void **state)
{
    (void)state;
    enum { EPOCHS = 2500, TOGETHER = 10 }; // of four steps; so many or more are one launch
    const struct {
        ridge_fit_params params;
        size_t launches, copies; // at most
    } cases[] = {
        {{.on_epoch = go_on}, EPOCHS, 0},
        {{.on_report = note_report}, EPOCHS / TOGETHER, 0},
        {{.on_report = note_report, .early_stopping = {.restore_best = true}},
         EPOCHS / TOGETHER,
         EPOCHS / TOGETHER},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t launches = cases[i].launches, copies = cases[i].copies;
        count_calls(&cases[i].params, 1); // warms every cache
        struct calls one = count_calls(&cases[i].params, 1);
        struct calls all = count_calls(&cases[i].params, EPOCHS);
        assert_int_equal(one.creations, all.creations);
        assert_true(all.launches - one.launches <= launches + copies - 1);
        // the results, and now and then the throttle
        assert_true(all.waits - one.waits <= (launches - 1) + launches / 16 + 1);
    }
}

static bool stop_later(void *context, const ridge_epoch *epoch)
{
    return epoch->epoch < *(size_t *)context;
}

static void interrupt_later(void *context, const ridge_epoch *epoch)
{
    *(volatile int *)context |= epoch->epoch == 5;
}

// Stopped from within a report, training ends with the best weights if that was wanted.
static void check_interrupt(ridge_network *network, const ridge_dataset *data)
{
    ridge_history history;
    volatile int stop = 0;
    ridge_metrics metrics;
    assert_ok(ridge_fit(
        network, data,
        ridge_fit_params(.epochs = 100000, .validation = data, .best_if_cut_short = true,
                         // the first epoch is the best, so training has moved on
                         .early_stopping = {.min_delta = 1e6f}, .on_report = interrupt_later,
                         .context = (void *)&stop, .stop = &stop),
        &history));
    assert_in_range(history.count, 5, 1000);
    assert_int_equal(history.reason, RIDGE_STOP_INTERRUPT);
    assert_int_equal(history.best, 1);
    assert_true(history.restored);
    assert_ok(ridge_network_evaluate(network, data, &metrics));
    assert_true(metrics.loss + metrics.penalty == history.epochs[0].val_loss);
    ridge_history_clear(&history);
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
        check_interrupt(network, data);
        ridge_network_destroy(&network);
    }
    test_device->fuse = RIDGE_FUSE_AUTO;
    ridge_dataset_destroy(&data);
}

// The device goes away at some launch, the copy of the best weights among them: fit says so and
// gives back all it held.
static void device_vanishes(void **state)
{
    (void)state;
    ridge_dataset *data = fused_data(&fused_small);
    test_device->fuse = RIDGE_FUSE_ON;
    for (size_t n = 2; n < 8; n++) { // the launches of each of many epochs, then a copy
        ridge_network *network = fused_network(&fused_small);
        uint64_t before = ridge_device_memory(test_device);
        interpose_reset();
        interpose_fail(INTERPOSE_LAUNCH, n, CL_DEVICE_NOT_AVAILABLE);
        assert_fails(
            ridge_fit(network, data,
                      ridge_fit_params(.epochs = 5000, .early_stopping = {.restore_best = true}),
                      NULL),
            RIDGE_ERROR_DEVICE, "CL_DEVICE_NOT_AVAILABLE");
        interpose_reset();
        ridge_network_destroy(&network);
        assert_true(ridge_device_memory(test_device) <= before);
    }
    test_device->fuse = RIDGE_FUSE_AUTO;
    ridge_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bits_where_epochs_decide),
        cmocka_unit_test(same_best_weights),
        cmocka_unit_test(launches_and_waits),
        cmocka_unit_test(stops),
        cmocka_unit_test(device_vanishes),
    };
    // the GPU walk is never fused
    const struct CMUnitTest apart_tests[] = {cmocka_unit_test(stops)};
    return test_walks_gpu() ? TEST_MAIN("fused_epochs", apart_tests)
                            : TEST_MAIN("fused_epochs", tests);
}

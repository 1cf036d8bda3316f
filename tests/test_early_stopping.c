// SPDX-License-Identifier: Apache-2.0
// Early stopping judged on made-up epochs: each rule, and how Keras judges the same values.
#include "harness.h"

#include <stdio.h>
#include <string.h>

#include "training/early_stopping.h"

#define MOST 9

static const struct ridge_watchable everything = {.validates = true, .classes = true};

// Feeds values of what is monitored until it stops; returns how many epochs ran.
static size_t epochs_until_stop(ridge_early_stopping params, const double *values, size_t count,
                                struct ridge_best *best)
{
    assert_ok(ridge_best_plan(best, &params, count, everything));
    for (size_t i = 0; i < count; i++) {
        // what is not monitored gets better all the time
        double loss = 100 - (double)i, accuracy = (double)i / 100;
        ridge_epoch epoch = {.epoch = i + 1,
                             .val_loss = loss,
                             .loss = loss,
                             .val_accuracy = accuracy,
                             .accuracy = accuracy};
        double *const places[] = {&epoch.val_loss, &epoch.val_loss, &epoch.loss,
                                  &epoch.val_accuracy, &epoch.accuracy};
        *places[params.monitor] = values[i];
        size_t before = best->epoch;
        bool stops = ridge_best_update(best, &epoch);
        assert_int_equal(epoch.improved, best->epoch != before);
        if (stops)
            return i + 1;
    }
    return count;
}

// What keras.callbacks.EarlyStopping does with the same values and patience, by its rules: the
// epoch that it stops after (or the last one) and that of the best weights, from 1.
static void as_keras(void **state)
{
    (void)state;
    static const struct {
        ridge_early_stopping params;
        double values[MOST];
        size_t count, stop, best;
    } cases[] = {
        {{.patience = 3}, {1, 0.5, 0.6, 0.6, 0.6, 0.4, 0.3}, 7, 5, 2},
        {{.patience = 4}, {1, 0.5, 0.6, 0.6, 0.6, 0.4, 0.3}, 7, 7, 7},
        {{.patience = 1}, {1, 0.5, 0.6, 0.6, 0.6, 0.4, 0.3}, 7, 3, 2},
        {{.patience = 1}, {1, 1, 1}, 3, 2, 1}, // no change is no improvement
        // a change of min_delta is none either
        {{.patience = 2, .min_delta = 0.25f}, {1, 0.75, 0.8, 0.1}, 4, 3, 1},
        // accuracies rise, whatever comes of the losses
        {{.monitor = RIDGE_MONITOR_VAL_ACCURACY, .patience = 2},
         {0.5, 0.6, 0.6, 0.7, 0.65, 0.65},
         6,
         6,
         4},
        {{.monitor = RIDGE_MONITOR_ACCURACY, .patience = 2, .min_delta = 0.25f},
         {0.5, 0.75, 1, 1.25, 1.375, 1.5},
         6,
         6,
         5},
        {{.monitor = RIDGE_MONITOR_LOSS, .patience = 1}, {3, 2, 2}, 3, 3, 2},
        {{.monitor = RIDGE_MONITOR_LOSS, .mode = RIDGE_MODE_MAX, .patience = 2},
         {0.5, 0.6, 0.6, 0.7, 0.65, 0.65},
         6,
         6,
         4},
        {{.monitor = RIDGE_MONITOR_ACCURACY, .mode = RIDGE_MODE_MIN, .patience = 3},
         {1, 0.5, 0.6, 0.6, 0.6, 0.4, 0.3},
         7,
         5,
         2},
        // improvements short of the baseline do not start patience again, nor do they stop
        {{.patience = 2, .baseline = 2.5f}, {5, 4, 3, 4, 2, 3, 3, 3}, 8, 4, 3},
        {{.patience = 2, .baseline = 1}, {5, 4.5, 4, 3.5, 3, 3.5, 3.4, 3.3}, 8, 6, 5},
        {{.patience = 7, .baseline = 1}, {5, 4.5, 4, 3.5, 3, 3.5, 3.4, 3.3}, 8, 7, 5},
        {{.monitor = RIDGE_MONITOR_VAL_ACCURACY, .patience = 2, .baseline = 0.65f},
         {0.5, 0.6, 0.55, 0.7, 0.8, 0.75, 0.75},
         7,
         3,
         2},
        // the best values of all come in epochs that are not judged
        {{.patience = 2, .start_from_epoch = 2}, {1, 2, 3, 2.5, 2.75, 2.25, 2.5, 2.5, 2}, 9, 8, 6},
        {{.patience = 3, .start_from_epoch = 2}, {1, 2, 3, 2.5, 2.75, 2.25, 2.5, 2.5, 2}, 9, 9, 9},
        {{.patience = 1, .start_from_epoch = 1}, {1, 2, 3}, 3, 3, 2},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ridge_best best;
        print_message("case %zu\n", i);
        assert_int_equal(epochs_until_stop(cases[i].params, cases[i].values, cases[i].count, &best),
                         cases[i].stop);
        assert_int_equal(best.epoch, cases[i].best);
    }
}

// In Keras that stops as patience 1 does. Here it is for those who only want the best epoch.
static void no_patience_never_stops(void **state)
{
    (void)state;
    const double losses[] = {1, 0.5, 0.6, 0.6, 0.6, 0.7, 0.8};
    struct ridge_best best;
    assert_int_equal(epochs_until_stop((ridge_early_stopping){0}, losses, 7, &best), 7);
    assert_int_equal(best.epoch, 2);
}

static void nan_never_improves(void **state)
{
    (void)state;
    const ridge_early_stopping one = {.patience = 1}, two = {.patience = 2},
                               accuracy = {.monitor = RIDGE_MONITOR_VAL_ACCURACY, .patience = 2};
    struct ridge_best best;
    const double between[] = {NAN, 0.5, NAN, 0.4};
    assert_int_equal(epochs_until_stop(two, between, 4, &best), 4);
    assert_int_equal(best.epoch, 4);
    const double rising[] = {NAN, 0.5, NAN, 0.6};
    assert_int_equal(epochs_until_stop(accuracy, rising, 4, &best), 4);
    assert_int_equal(best.epoch, 4);
    const double only[] = {NAN, NAN, NAN};
    assert_int_equal(epochs_until_stop(two, only, 3, &best), 2);
    assert_int_equal(best.epoch, 0);
    const double negative[] = {NAN, -1, -2}; // nothing is compared with the zero of "no epoch yet"
    assert_int_equal(epochs_until_stop(accuracy, negative, 3, &best), 3);
    assert_int_equal(best.epoch, 2);
    assert_int_equal(epochs_until_stop(one, between, 4, &best), 3); // not after the first epoch
    const double infinite[] = {HUGE_VAL, NAN, 2};
    assert_int_equal(epochs_until_stop(two, infinite, 3, &best), 3);
    assert_int_equal(best.epoch, 3);
}

static void what_auto_monitors(void **state)
{
    (void)state;
    ridge_early_stopping params = {0};
    struct ridge_best best;
    assert_ok(ridge_best_plan(&best, &params, 1, everything));
    assert_int_equal(best.watch.monitor, RIDGE_MONITOR_VAL_LOSS);
    assert_ok(ridge_best_plan(&best, &params, 1, (struct ridge_watchable){false, false}));
    assert_int_equal(best.watch.monitor, RIDGE_MONITOR_LOSS);
}

static void contradictions(void **state)
{
    (void)state;
    const struct ridge_watchable no_validation = {false, true}, no_classes = {true, false};
    const struct {
        ridge_early_stopping params;
        struct ridge_watchable there;
        const char *message;
    } cases[] = {
        {{.monitor = RIDGE_MONITOR_VAL_LOSS},
         no_validation,
         "monitor: expected validation data for val_loss, or loss instead, got none"},
        {{.monitor = RIDGE_MONITOR_VAL_ACCURACY}, no_validation, "or accuracy instead, got none"},
        {{.monitor = RIDGE_MONITOR_VAL_ACCURACY},
         no_classes,
         "monitor: expected val_loss or loss, for there are no classes, got val_accuracy"},
        {{.monitor = RIDGE_MONITOR_ACCURACY}, no_classes, "got accuracy"},
        {{.patience = 1, .start_from_epoch = 5},
         everything,
         "start_from_epoch: expected less than the 5 epochs of training, got 5"},
        {{.baseline = 1}, everything, "baseline: expected patience above 0 beside it, got 0"},
        {{.min_delta = -1}, everything, "min_delta: expected a number from 0, got '-1'"},
        {{.baseline = NAN}, everything, "baseline"},
        {{.monitor = (ridge_monitor)9}, everything, "monitor"},
        {{.mode = (ridge_monitor_mode)3}, everything, "mode"},
    };
    struct ridge_best best;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_fails(ridge_best_plan(&best, &cases[i].params, 5, cases[i].there),
                     RIDGE_ERROR_ARGUMENT, cases[i].message);
}

static void keep_message(void *context, ridge_log_level level, const char *message)
{
    assert_int_equal(level, RIDGE_LOG_WARNING);
    snprintf(context, 96, "%s", message);
}

// It may be meant, so it is done, but it is told.
static void the_wrong_way_round(void **state)
{
    (void)state;
    char message[96] = "";
    ridge_early_stopping params = {.mode = RIDGE_MODE_MAX};
    struct ridge_best best;
    ridge_set_log(keep_message, message, RIDGE_LOG_WARNING);
    assert_ok(ridge_best_plan(&best, &params, 5, everything));
    assert_string_equal(message, "mode max takes the highest val_loss for the best");
    message[0] = 0;
    params.mode = RIDGE_MODE_MIN;
    assert_ok(ridge_best_plan(&best, &params, 5, everything));
    assert_string_equal(message, "");
    ridge_set_log(NULL, NULL, RIDGE_LOG_WARNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_keras),           cmocka_unit_test(no_patience_never_stops),
        cmocka_unit_test(nan_never_improves), cmocka_unit_test(what_auto_monitors),
        cmocka_unit_test(contradictions),     cmocka_unit_test(the_wrong_way_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

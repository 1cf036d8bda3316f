// SPDX-License-Identifier: Apache-2.0
// Reduce on plateau: how Keras and PyTorch judge the same values, NaN, schedules, and training.
#include "golden.h"

#include <stdio.h>
#include <string.h>

#include <ridge/training.h>

#include "device/device.h"
#include "training/reduce_on_plateau.h"

static const struct ridge_watchable everything = {.validates = true, .classes = true};

// The rate of each epoch, when these are its values of what is monitored.
static void run(ridge_reduce_on_plateau params, double rate, const double *values, size_t count,
                double *rates)
{
    struct ridge_plateau plateau;
    assert_ok(ridge_plateau_plan(&plateau, &params, everything));
    for (size_t i = 0; i < count; i++) {
        rates[i] = ridge_plateau_rate(&plateau, rate);
        ridge_epoch epoch = {.epoch = i + 1, .val_loss = NAN, .accuracy = NAN, .rate = rates[i]};
        if (params.monitor == RIDGE_MONITOR_ACCURACY)
            epoch.accuracy = values[i];
        else
            epoch.val_loss = values[i];
        ridge_plateau_update(&plateau, &epoch);
        assert_int_equal(epoch.reduced, ridge_plateau_rate(&plateau, rate) < rates[i]);
    }
}

// What keras.callbacks.ReduceLROnPlateau does by its rules, with a rate of 1. Its min_delta is
// absolute, and a cooldown of 3 there is one of 2 here.
static void as_keras(void **state)
{
    (void)state;
    enum { COUNT = 13 };
    static const double losses[COUNT] = {1,    0.75, 0.75, 0.875, 0.75, 0.74, 0.74,
                                         0.74, 0.74, 0.5,  0.51,  0.52, 0.5};
    static const struct {
        ridge_reduce_on_plateau params;
        double rates[COUNT];
    } cases[] = {
        {{.patience = 2, .factor = 0.5f},
         {1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125}},
        {{.patience = 1, .factor = 0.5f},
         {1, 1, 1, 0.5, 0.25, 0.125, 0.125, 0.0625, 0.03125, 0.015625, 0.015625, 0.0078125,
          0.00390625}},
        {{.patience = 3, .factor = 0.25f, .min_delta = 0.0078125f},
         {1, 1, 1, 1, 1, 0.25, 0.25, 0.25, 0.25, 0.0625, 0.0625, 0.0625, 0.0625}},
        {{.patience = 2, .factor = 0.5f, .min_delta = 0.25f},
         {1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625, 0.03125}},
        {{.patience = 1, .factor = 0.5f, .min_rate = 0.1875f},
         {1, 1, 1, 0.5, 0.25, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875}},
        {{.patience = 1, .factor = 0.5f, .cooldown = 2},
         {1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.125, 0.125}},
        {{.patience = 1, .factor = 0.5f, .cooldown = 1},
         {1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625, 0.03125, 0.03125}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double rates[COUNT], accuracies[COUNT];
        print_message("case %zu\n", i);
        run(cases[i].params, 1, losses, COUNT, rates);
        assert_memory_equal(rates, cases[i].rates, sizeof(rates)); // powers of two
        // the same with accuracies, which have to rise
        ridge_reduce_on_plateau params = cases[i].params;
        params.monitor = RIDGE_MONITOR_ACCURACY;
        for (size_t j = 0; j < COUNT; j++)
            accuracies[j] = 1 - losses[j];
        run(params, 1, accuracies, COUNT, rates);
        assert_memory_equal(rates, cases[i].rates, sizeof(rates));
    }
}

// A patience of P there is one of P + 1 here.
static void as_pytorch(void **state)
{
    (void)state;
    enum { COUNT = 24 };
    static const struct {
        const char *name;
        ridge_reduce_on_plateau params;
    } cases[] = {
        {"plateau", {.patience = 2, .factor = 0.25f, .relative = true, .min_delta = 1e-4f}},
        {"plateau_absolute", {.patience = 3, .factor = 0.5f, .min_delta = 0.0625f, .cooldown = 2}},
        {"plateau_min",
         {.patience = 1,
          .factor = 0.5f,
          .relative = true,
          .min_delta = 1e-4f,
          .min_rate = 0.0625f,
          .cooldown = 1}},
        {"plateau_max",
         {.patience = 2,
          .factor = 0.5f,
          .relative = true,
          .mode = RIDGE_MODE_MAX,
          .monitor = RIDGE_MONITOR_ACCURACY,
          .min_delta = 0.25f}},
    };
    golden_open("schedules");
    const float *golden = golden_floats(NULL, "values");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const float *expected = golden_floats(NULL, "%s", cases[i].name);
        double values[COUNT], rates[COUNT];
        for (size_t j = 0; j < COUNT; j++)
            values[j] =
                cases[i].params.mode == RIDGE_MODE_MAX ? 1 / (double)golden[j] : (double)golden[j];
        run(cases[i].params, 0.5, values, COUNT, rates);
        for (size_t j = 0; j < COUNT; j++)
            if (rates[j] != (double)expected[j]) // powers of two
                fail_msg("%s, epoch %zu: expected %g, got %g", cases[i].name, j + 1,
                         (double)expected[j], rates[j]);
    }
    golden_close();
}

static void defaults_and_nan(void **state)
{
    (void)state;
    double rates[6];
    // a tenth of the rate, and any change counts, or those that exceed min_delta
    const double slow[] = {1, 1 - 0.9e-4, 1 - 1.8e-4, 1 - 2.6e-4, 1 - 2.7e-4, 1 - 2.9e-4};
    run((ridge_reduce_on_plateau){.patience = 1}, 1, slow, 6, rates);
    assert_true(rates[5] == 1);
    run((ridge_reduce_on_plateau){.patience = 2, .min_delta = 1e-4f}, 1, slow, 6, rates);
    assert_true(rates[4] == 1 && rates[5] == (double)0.1f);
    // NaN never improves, not even as the first value, and is no best value either
    const double nans[] = {NAN, NAN, 3, NAN, 2, 2};
    run((ridge_reduce_on_plateau){.patience = 2, .factor = 0.5f}, 1, nans, 6, rates);
    const double expected[] = {1, 1, 0.5, 0.5, 0.5, 0.5};
    assert_memory_equal(rates, expected, sizeof(rates));
}

// The floor stops reductions; where a schedule is lower by itself, it is the schedule's.
static void floor_of_reductions(void **state)
{
    (void)state;
    struct ridge_plateau plateau;
    assert_ok(ridge_plateau_plan(
        &plateau, &(ridge_reduce_on_plateau){.patience = 1, .min_rate = 0.125f}, everything));
    assert_true(ridge_plateau_rate(&plateau, 0.5) == 0.5);
    plateau.scale = 0.5;
    assert_true(ridge_plateau_rate(&plateau, 0.5) == 0.25);
    assert_true(ridge_plateau_rate(&plateau, 0.1875) == 0.125);
    assert_true(ridge_plateau_rate(&plateau, 0.0625) == 0.0625);
    assert_true(ridge_plateau_rate(&plateau, 0) == 0);
}

// One row that is 1 and a target out of reach: the gradient of the mean absolute error is -1, each
// epoch adds its rate to the weight, and no epoch improves the loss by min_delta.
static void check_training(ridge_rate_schedule schedule, enum ridge_fuse fuse,
                           const double rates[6])
{
    ridge_dataset *data;
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = (float[]){1}, .count = 1, .shape = {1},
                                                        .y = (float[]){1e4f}, .target_size = 1),
                                   &data));
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {1}));
    x = ridge_dense(
        network, x,
        ridge_dense_params(.units = 1, .no_bias = true, .weight = {.init = RIDGE_INIT_ZEROS}));
    assert_ok(ridge_network_compile(network, x,
                                    ridge_compile_params(.loss = RIDGE_MEAN_ABSOLUTE_ERROR,
                                                         .optimizer = ridge_sgd(.rate = 1))));
    test_device->fuse = fuse;
    ridge_history history;
    assert_ok(ridge_fit(
        network, data,
        ridge_fit_params(.epochs = 6, .schedule = schedule,
                         .reduce_on_plateau = {.patience = 2, .factor = 0.5f, .min_delta = 100}),
        &history));
    test_device->fuse = RIDGE_FUSE_AUTO;
    float weight;
    double sum = 0;
    assert_ok(ridge_network_get(network, "dense_1.weight", &weight, 1));
    for (size_t i = 0; i < 6; i++) {
        assert_true(history.epochs[i].rate == rates[i]);
        assert_int_equal(history.epochs[i].reduced, i == 2 || i == 4);
        sum += rates[i];
    }
    assert_true((double)weight == sum); // of powers of two
    ridge_history_clear(&history);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void training_follows(void **state)
{
    (void)state;
    const double alone[] = {1, 1, 1, 0.5, 0.5, 0.25};
    const double stepped[] = {1, 1, 0.5, 0.25, 0.125, 0.0625};
    const ridge_rate_schedule step = {.kind = RIDGE_RATE_STEP, .every = 2, .factor = 0.5f};
    for (int fuse = RIDGE_FUSE_ON; fuse <= RIDGE_FUSE_OFF; fuse++) {
        if (fuse == RIDGE_FUSE_ON && test_device->walk != RIDGE_WALK_CPU)
            continue;
        check_training((ridge_rate_schedule){0}, (enum ridge_fuse)fuse, alone);
        check_training(step, (enum ridge_fuse)fuse, stepped);
    }
}

static void contradictions(void **state)
{
    (void)state;
    static const struct {
        ridge_reduce_on_plateau params;
        const char *message;
    } cases[] = {
        {{.patience = 1, .factor = 1}, "factor: expected a number in (0, 1), got '1'"},
        {{.patience = 1, .factor = -0.5f}, "factor"},
        {{.factor = 0.5f}, "factor: expected patience above 0 beside it, got 0"},
        {{.cooldown = 2}, "cooldown: expected patience above 0 beside it, got 0"},
        {{.patience = 1, .min_delta = -1}, "min_delta: expected a number from 0, got '-1'"},
        {{.patience = 1, .min_rate = -1}, "min_rate: expected a number from 0, got '-1'"},
        {{.patience = 1, .monitor = RIDGE_MONITOR_VAL_LOSS},
         "monitor: expected validation data for val_loss, or loss instead, got none"},
        {{.patience = 1, .monitor = (ridge_monitor)7}, "monitor"},
    };
    struct ridge_plateau plateau;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_fails(ridge_plateau_plan(&plateau, &cases[i].params, (struct ridge_watchable){0}),
                     RIDGE_ERROR_ARGUMENT, cases[i].message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_keras),         cmocka_unit_test(as_pytorch),
        cmocka_unit_test(defaults_and_nan), cmocka_unit_test(floor_of_reductions),
        cmocka_unit_test(training_follows), cmocka_unit_test(contradictions),
    };
    return TEST_MAIN("reduce_on_plateau", tests);
}

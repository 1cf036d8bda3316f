// SPDX-License-Identifier: Apache-2.0
// What `ridge sweep` goes over and what it makes of results. Trains nothing; test_sweep_command.py
// does.
#include "sweep_grid.h" // before cmocka, which has a `fail` of its own
#include "sweep_summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "harness.h"

static const char network[] = "data: {path: none.csv}\n"
                              "network:\n"
                              "  - dropout: {rate: 0.2}\n"
                              "  - dense: {units: 8, l2: 0.5}\n"
                              "  - activation: {activation: relu}\n"
                              "  - dense: {units: 8, name: middle, l2: 0.5}\n"
                              "  - flatten\n"
                              "  - dense: {units: 3}\n"
                              "optimizer: adam\n";

static void open_experiment(struct experiment *experiment)
{
    const char *path = test_write("experiment.yaml", network, strlen(network));
    const struct text_list none = {0};
    assert_true(experiment_read(path, &none, experiment));
}

static void values_are_split(void **state)
{
    (void)state;
    struct sweep_axis axis;
    assert_true(sweep_axis_parse(&axis, "l2=0, 0.01,1e2"));
    assert_string_equal(axis.key, "l2");
    assert_int_equal(axis.value_count, 3);
    assert_string_equal(axis.values[1], "0.01");
    assert_true(axis.numbers[0] == 0 && axis.numbers[2] == 100);
    assert_true(sweep_axis_is_logarithmic(&axis));
    sweep_axis_clear(&axis);
    assert_true(sweep_axis_parse(&axis, "optimizer=adam,{sgd: {rate: 0.1, momentum: 0.9}}"));
    assert_int_equal(axis.value_count, 2);
    assert_string_equal(axis.values[1], "{sgd: {rate: 0.1, momentum: 0.9}}");
    assert_null(axis.numbers);
    assert_false(sweep_axis_is_logarithmic(&axis));
    sweep_axis_clear(&axis);
    assert_true(sweep_axis_parse(&axis, "rate=0,0.1,0.5"));
    assert_false(sweep_axis_is_logarithmic(&axis));
    sweep_axis_clear(&axis);
    static const char *const bad[] = {"l2",    "=1",      "l2=",      "l2=1,",
                                      "l2=,1", "l2=1,,2", "l2=0,0.0", "loss=huber,huber"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(sweep_axis_parse(&axis, bad[i]));
        sweep_axis_clear(&axis);
    }
}

// What a key must come to; NULL: refused.
static const struct {
    const char *key, *paths[4], *layers;
} keys[] = {
    {"l2", {"network.1.dense.l2", "network.3.dense.l2"}, "dense_1, middle"}, // as the file gives it
    {"l1",
     {"network.1.dense.l1", "network.3.dense.l1", "network.5.dense.l1"},
     "dense_1, middle, dense_3"},
    {"rate", {"network.0.dropout.rate"}, "dropout_1"},
    {"dense_3.l2", {"network.5.dense.l2"}, "dense_3"},
    {"middle.units", {"network.3.dense.units"}, "middle"},
    {"activation_1.activation", {"network.2.activation.activation"}, "activation_1"},
    {"optimizer.rate", {"optimizer.adam.rate"}, NULL},
    {"optimizer.adam.beta1", {"optimizer.adam.beta1"}, NULL},
    {"optimizer", {"optimizer"}, NULL},
    {"batch", {"batch"}, NULL},
    {"early_stopping.patience", {"early_stopping.patience"}, NULL},
    {"network.0.rate", {"network.0.rate"}, NULL},
    {"l22", {NULL}, NULL},
    {"name", {NULL}, NULL},
    {"momentum", {NULL}, NULL},
    {"optimizer.kind", {NULL}, NULL},
    {"optimizer.rates", {NULL}, NULL},
    {"optimizer.sgd.momentum", {NULL}, NULL},
    {"dense_2.l2", {NULL}, NULL}, // it has a name
    {"middle.rate", {NULL}, NULL},
    {"seed", {NULL}, NULL},
    {"data.validation", {NULL}, NULL},
    {"test", {NULL}, NULL},
    {"network", {NULL}, NULL},
    {".", {NULL}, NULL},
};

static void keys_are_found(void **state)
{
    (void)state;
    struct experiment experiment;
    open_experiment(&experiment);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct sweep_axis axis = {.key = strdup(keys[i].key)};
        bool expected = keys[i].paths[0] != NULL;
        if (sweep_axis_resolve(&axis, &experiment) != expected)
            fail_msg("%s", keys[i].key);
        for (size_t k = 0; k < axis.path_count; k++)
            assert_string_equal(axis.paths[k], keys[i].paths[k]);
        assert_null(keys[i].paths[axis.path_count]);
        assert_int_equal(axis.layers != NULL, keys[i].layers != NULL);
        if (axis.layers)
            assert_string_equal(axis.layers, keys[i].layers);
        sweep_axis_clear(&axis);
    }
    experiment_clear(&experiment);
}

static void points_are_applied(void **state)
{
    (void)state;
    struct experiment experiment, point;
    struct sweep_grid grid;
    const char *texts[] = {"l2=0,0.25", "optimizer.rate=0.5,0.125,2",
                           "activation_1.activation=tanh"};
    const char *changed[] = {"epochs=7"};
    const struct text_list overs = {texts, 3}, changes = {changed, 1};
    open_experiment(&experiment);
    assert_true(sweep_grid_make(&grid, &overs, &experiment));
    assert_int_equal(grid.point_count, 6);
    assert_int_equal(sweep_grid_value(&grid, 0, 4), 1);
    assert_int_equal(sweep_grid_value(&grid, 1, 4), 1);
    char *label = sweep_grid_label(&grid, 4), *options = sweep_grid_options(&grid, 4, &changes);
    assert_string_equal(label, "l2=0.25, optimizer.rate=0.125, activation_1.activation=tanh");
    assert_string_equal(options, " --set epochs=7 --set network.1.dense.l2=0.25 "
                                 "--set network.3.dense.l2=0.25 --set optimizer.adam.rate=0.125 "
                                 "--set network.2.activation.activation=tanh");
    free(label);
    free(options);

    assert_true(experiment_open(test_path("experiment.yaml"), &changes, &point));
    assert_true(sweep_grid_apply(&grid, 4, point.settings) && experiment_interpret(&point));
    const ridge_dense_params *first = point.layers[1].params, *last = point.layers[5].params;
    const ridge_activation_params *activation = point.layers[2].params;
    assert_true(first->weight.l2 == 0.25f && last->weight.l2 == 0);
    assert_true(point.compile.optimizer.rate == 0.125f && point.epochs == 7);
    assert_int_equal(point.compile.optimizer.kind, RIDGE_ADAM);
    assert_int_equal(activation->activation, RIDGE_TANH);
    experiment_clear(&point);
    sweep_grid_clear(&grid);

    const char *twice[] = {"l2=0,1", "middle.l2=1,2"},
               *within[] = {"optimizer=sgd,adam", "optimizer.rate=1,2"};
    const struct text_list same = {twice, 2}, inside = {within, 2};
    assert_false(sweep_grid_make(&grid, &same, &experiment));
    sweep_grid_clear(&grid);
    assert_false(sweep_grid_make(&grid, &inside, &experiment));
    sweep_grid_clear(&grid);
    experiment_clear(&experiment);
}

static struct sweep_result errors(double train, double validation)
{
    return (struct sweep_result){.done = true,
                                 .train_error = train,
                                 .val_error = validation,
                                 .train_loss = 1,
                                 .val_loss = 2};
}

// Of a sweep with this single point; a target of NaN: what follows from it.
static enum sweep_fit fit_of(double train, double validation, double guess, double target)
{
    struct sweep_result result = errors(train, validation);
    struct sweep_summary point = sweep_summarise(&result, 1);
    struct sweep_scale scale = {guess, target};
    sweep_diagnose(&point, 1, &scale);
    return point.fit;
}

// The tables and the exercise of the texts: a balanced set of two classes, then ten.
static void the_texts_diagnoses(void **state)
{
    (void)state;
    assert_int_equal(fit_of(0.55, 0.58, 0.5, NAN), SWEEP_UNDERFIT);
    assert_int_equal(fit_of(0.01, 0.33, 0.5, NAN), SWEEP_OVERFIT);
    assert_int_equal(fit_of(0.05, 0.06, 0.5, NAN), SWEEP_GOOD);
    assert_int_equal(fit_of(0.005, 0.13, 0.9, NAN), SWEEP_OVERFIT);
    // both high and far apart: what is more decides
    assert_int_equal(fit_of(0.15, 0.4, 0.5, NAN), SWEEP_OVERFIT);
    assert_int_equal(fit_of(0.3, 0.4, 0.5, NAN), SWEEP_UNDERFIT);
    // validation that happens to be easy is no high error
    assert_int_equal(fit_of(0.2, 0, 0.5, NAN), SWEEP_GOOD);
    // noise in the rows that no network can learn
    assert_int_equal(fit_of(0.2, 0.21, 0.5, NAN), SWEEP_UNDERFIT);
    assert_int_equal(fit_of(0.2, 0.21, 0.5, 0.2), SWEEP_GOOD);
}

// What the texts say of lambda from 0 to too large; the best value shows what the rows allow.
static void lambda_from_0_to_too_large(void **state)
{
    (void)state;
    const struct sweep_result results[] = {errors(0, 0.08), errors(0.03, 0.05), errors(0.06, 0.05),
                                           errors(0.2, 0.15), errors(0.46, 0.5)};
    const enum sweep_fit fits[] = {SWEEP_OVERFIT, SWEEP_GOOD, SWEEP_GOOD, SWEEP_UNDERFIT,
                                   SWEEP_UNDERFIT};
    struct sweep_summary points[5];
    struct sweep_scale scale = {0.5, NAN};
    for (size_t i = 0; i < 5; i++)
        points[i] = sweep_summarise(&results[i], 1);
    sweep_diagnose(points, 5, &scale);
    assert_float_equal(scale.target, 0.05, 1e-15);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(points[i].fit, fits[i]);
}

static struct sweep_summary diagnosed(const struct sweep_result *results, size_t runs)
{
    struct sweep_summary point = sweep_summarise(results, runs);
    struct sweep_scale scale = {0.5, 0};
    sweep_diagnose(&point, 1, &scale);
    return point;
}

static void means_and_spreads(void **state)
{
    (void)state;
    struct sweep_result results[5] = {errors(0, 0.1), errors(0, 0.2), errors(0, 0.3)};
    struct sweep_summary point = diagnosed(results, 5); // two have not been run
    assert_int_equal(point.runs, 3);
    assert_float_equal(point.val_error.mean, 0.2, 1e-15);
    assert_float_equal(point.val_error.deviation, 0.1, 1e-15);
    assert_float_equal(point.val_error.error, 0.1 / sqrt(3), 1e-15);
    assert_true(point.train_error.deviation == 0);
    assert_float_equal(point.high, 0.025, 1e-15);
    assert_float_equal(point.wide, 0.2 / sqrt(3), 1e-15); // 0.115: above a 20th of guessing
    assert_int_equal(point.fit, SWEEP_OVERFIT);
    results[0].val_error = 0; // mean 0.1667, 2 standard errors 0.176
    assert_int_equal(diagnosed(results, 3).fit, SWEEP_GOOD);
    assert_true(isnan(diagnosed(results, 1).val_error.deviation));
    results[1].diverged = true;
    point = diagnosed(results, 3);
    assert_int_equal(point.fit, SWEEP_DIVERGED);
    assert_int_equal(point.diverged, 1);
    assert_int_equal(diagnosed(results + 3, 2).fit, SWEEP_UNKNOWN);
}

static void the_best(void **state)
{
    (void)state;
    struct sweep_result results[4][2] = {
        {errors(0, 0.2), errors(0, 0.3)},
        {errors(0, 0.3), errors(0, 0.2)},
        {errors(0, 0.1), errors(0, 0.1)},
        {errors(0, 0.21), errors(0, 0.32)},
    };
    struct sweep_summary points[4];
    results[2][1].diverged = true;
    results[1][0].val_loss = 1; // the same mean error at a lower loss
    for (size_t i = 0; i < 4; i++)
        points[i] = sweep_summarise(results[i], 2);
    assert_int_equal(sweep_best(points, 4), 1);
    assert_int_equal(sweep_best(points + 2, 1), 1);           // none
    assert_true(sweep_are_alike(results[0], results[1], 2));  // 0.1 and -0.1
    assert_false(sweep_are_alike(results[0], results[2], 2)); // diverged
    assert_false(sweep_are_alike(results[3], results[0], 2)); // 0.01 and 0.02: 0.015 > 2 * 0.005
    assert_true(sweep_are_alike(results[0], results[0], 1));
    assert_false(sweep_are_alike(results[0], results[3], 1));
}

static double guess(const void *y, ridge_type type, size_t columns, ridge_loss loss, float delta)
{
    const float x[4] = {0};
    ridge_dataset *set = NULL;
    assert_ok(ridge_dataset_create(
        ridge_dataset_params(.x = x, .count = 4, .shape = {1}, .y = y, .y_type = type,
                             .target_size = type == RIDGE_INT32 ? 0 : columns),
        &set));
    double result = sweep_guess(set, ridge_compile_params(.loss = loss, .delta = delta));
    ridge_dataset_destroy(&set);
    return result;
}

static void errors_of_guessing(void **state)
{
    (void)state;
    const int32_t labels[] = {2, 0, 2, 1};
    const float values[] = {0, 0, 4, 4}, pairs[] = {0, 1, 1, 1, 1, 1, 1, 1};
    assert_float_equal(guess(labels, RIDGE_INT32, 1, RIDGE_SOFTMAX_CROSS_ENTROPY, 0), 0.5, 0);
    assert_float_equal(guess(values, RIDGE_FLOAT32, 1, RIDGE_MEAN_SQUARED_ERROR, 0), 4, 0);
    assert_float_equal(guess(values, RIDGE_FLOAT32, 1, RIDGE_MEAN_ABSOLUTE_ERROR, 0), 2, 0);
    assert_float_equal(guess(values, RIDGE_FLOAT32, 1, RIDGE_HUBER, 0), 1.5, 0);
    assert_float_equal(guess(values, RIDGE_FLOAT32, 1, RIDGE_HUBER, 3), 2, 0);
    // a quarter of the first column, nothing of the second
    assert_float_equal(guess(pairs, RIDGE_FLOAT32, 2, RIDGE_BINARY_CROSS_ENTROPY, 0), 0.125, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_split),
        cmocka_unit_test(keys_are_found),
        cmocka_unit_test(points_are_applied),
        cmocka_unit_test(the_texts_diagnoses),
        cmocka_unit_test(lambda_from_0_to_too_large),
        cmocka_unit_test(means_and_spreads),
        cmocka_unit_test(the_best),
        cmocka_unit_test(errors_of_guessing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// Networks with batch normalisation: what moves the running statistics and what does not, what is
// kept with them, batches of one row, settings that contradict each other.
#include "harness.h"

#include "problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ridge/training.h>

enum { INPUTS = 5, UNITS = 6, CLASSES = 3, ROWS = 25, BATCH = 8 }; // the last batch has one row

static ridge_network *build(ridge_convention convention)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    x = ridge_batch_norm(network, x,
                         ridge_batch_norm_params(.convention = convention, .momentum = 0.75f,
                                                 .no_gamma = true, .no_beta = true, .name = "in"));
    x = ridge_dense(network, x, ridge_dense_params(.units = UNITS, .no_bias = true));
    x = ridge_batch_norm(network, x,
                         ridge_batch_norm_params(.convention = convention, .activation = RIDGE_RELU,
                                                 .name = "inner"));
    x = ridge_layer_norm(network, x, ridge_layer_norm_params(.name = "layer"));
    x = ridge_dense(network, x, ridge_dense_params(.units = CLASSES));
    assert_ok(ridge_network_compile(
        network, x,
        ridge_compile_params(.optimizer = ridge_sgd(.rate = 0.05f, .momentum = 0.5f), .seed = 2,
                             .batch = BATCH)));
    return network;
}

// What is state and what is not.
static void parameters(void **state)
{
    (void)state;
    ridge_network *network = build(RIDGE_CONVENTION_KERAS3);
    static const struct {
        const char *name;
        float start;
        bool is_state;
    } expected[] = {{"in.running_mean", 0, true},
                    {"in.running_variance", 1, true},
                    {"dense_1.weight", 0, false},
                    {"inner.gamma", 1, false},
                    {"inner.beta", 0, false},
                    {"inner.running_mean", 0, true},
                    {"inner.running_variance", 1, true},
                    {"layer.gamma", 1, false},
                    {"layer.beta", 0, false}};
    ridge_parameter parameter;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        float values[INPUTS * UNITS];
        assert_true(ridge_network_parameter(network, i, &parameter));
        assert_string_equal(parameter.name, expected[i].name);
        assert_int_equal(parameter.is_state, expected[i].is_state);
        assert_ok(ridge_tensor_read(test_device, parameter.tensor, values));
        if (i != 2)
            assert_true(values[0] == expected[i].start);
    }
    assert_int_equal(ridge_network_parameter_count(network),
                     INPUTS * UNITS + 4 * UNITS + UNITS * CLASSES + CLASSES);
    ridge_layer_summary layer;
    assert_true(ridge_network_layer(network, 1, &layer));
    assert_int_equal(layer.parameters, 0);
    ridge_network_destroy(&network);
}

static void get_state(ridge_network *network, float values[4 * UNITS])
{
    static const char *const names[] = {"in.running_mean", "in.running_variance",
                                        "inner.running_mean", "inner.running_variance"};
    for (size_t i = 0; i < 4; i++)
        assert_ok(ridge_network_get(network, names[i], values + i * UNITS, i < 2 ? INPUTS : UNITS));
}

// The first layer sees the data themselves, so its running statistics are known: those of the
// batches, in their order, the last of them of one row.
static void training_moves_them(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 0.5);
    ridge_type type;
    const float *x = ridge_dataset_x(data, &type);
    for (int unbiased = 0; unbiased < 2; unbiased++) {
        ridge_network *network = build(unbiased ? RIDGE_CONVENTION_TORCH : RIDGE_CONVENTION_KERAS3);
        double mean[INPUTS] = {0}, variance[INPUTS] = {1, 1, 1, 1, 1};
        assert_ok(ridge_fit(network, data,
                            ridge_fit_params(.epochs = 2, .no_shuffle = true, .validation = data),
                            NULL));
        for (size_t step = 0; step < 2 * (ROWS / BATCH + 1); step++) {
            size_t first = step % (ROWS / BATCH + 1) * BATCH;
            double n = fmin(BATCH, (double)(ROWS - first));
            for (size_t j = 0; j < INPUTS; j++) {
                double m = 0, v = 0;
                for (size_t i = first; i < first + (size_t)n; i++)
                    m += (double)x[i * INPUTS + j] / n;
                for (size_t i = first; i < first + (size_t)n; i++)
                    v += pow((double)x[i * INPUTS + j] - m, 2) / (unbiased ? n - 1 : n);
                mean[j] = 0.75 * mean[j] + 0.25 * m;
                if (n > 1 || !unbiased)
                    variance[j] = 0.75 * variance[j] + 0.25 * v;
            }
        }
        float got[4 * UNITS];
        get_state(network, got);
        // 8 steps of a few roundings, |x| below 3
        test_close("mean", got, mean, INPUTS, 200 * TEST_EPSILON, 0);
        test_close("variance", got + UNITS, variance, INPUTS, 200 * TEST_EPSILON, 0);
        ridge_network_destroy(&network);
    }
    ridge_dataset_destroy(&data);
}

static void others_leave_them(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 0.5);
    ridge_network *network = build(RIDGE_CONVENTION_KERAS3);
    float before[4 * UNITS] = {0}, after[4 * UNITS] = {0}, outputs[ROWS * CLASSES];
    ridge_metrics metrics;
    ridge_gradient_error *errors;
    size_t count;
    bool passed;
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 2), NULL));
    get_state(network, before);
    assert_ok(ridge_network_evaluate(network, data, &metrics));
    assert_ok(ridge_network_predict(network, data, outputs));
    assert_ok(ridge_network_check_gradients(network, data,
                                            ridge_gradient_check_params(.rows = 9, .elements = 2),
                                            &errors, &count, &passed));
    assert_true(passed);
    assert_int_equal(count, 7); // state has no gradient
    free(errors);
    get_state(network, after);
    assert_memory_equal(before, after, sizeof(before));
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// In inference a row does not depend on those beside it: the last batch of one row gives the same
// as the row among others, and evaluate agrees with predict.
static void inference_by_row(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 0.5), *turned;
    ridge_type type;
    const float *x = ridge_dataset_x(data, &type);
    const int32_t *y = ridge_dataset_y(data, &type);
    float swapped[ROWS * INPUTS], straight[ROWS * CLASSES], other[ROWS * CLASSES];
    int32_t labels[ROWS];
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = y[ROWS - 1 - i];
        memcpy(swapped + i * INPUTS, x + (ROWS - 1 - i) * INPUTS, INPUTS * sizeof(float));
    }
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = swapped, .count = ROWS,
                                                        .shape = {INPUTS}, .y = labels,
                                                        .y_type = RIDGE_INT32, .classes = CLASSES),
                                   &turned));
    ridge_network *network = build(RIDGE_CONVENTION_TORCH);
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 3), NULL));
    assert_ok(ridge_network_predict(network, data, straight));
    assert_ok(ridge_network_predict(network, turned, other));
    double loss = 0;
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t c = 0; c < CLASSES; c++)
            assert_true(fabsf(straight[i * CLASSES + c] - other[(ROWS - 1 - i) * CLASSES + c]) <
                        1e-5f);
        loss -= log((double)straight[i * CLASSES + (size_t)y[i]]) / ROWS;
    }
    ridge_metrics metrics;
    assert_ok(ridge_network_evaluate(network, data, &metrics));
    assert_true(fabs(metrics.loss - loss) < 1e-5);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
    ridge_dataset_destroy(&turned);
}

// Saved, loaded and restored with the best weights: evaluation gives the bits of then.
static void kept_with_the_weights(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 2);
    ridge_network *network = build(RIDGE_CONVENTION_TORCH), *again;
    ridge_history history = {0};
    ridge_metrics metrics, loaded;
    float before[4 * UNITS] = {0}, after[4 * UNITS] = {0};
    char path[64];
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = test_small() ? 4 : 12, .validation_split = 0.4f,
                                         .early_stopping = {.patience = 20, .restore_best = true}),
                        &history));
    ridge_dataset *validation;
    assert_ok(ridge_dataset_slice(data, ROWS * 3 / 5, ROWS - ROWS * 3 / 5, &validation));
    assert_ok(ridge_network_evaluate(network, validation, &metrics));
    assert_true(metrics.loss == history.epochs[history.best - 1].val_loss);
    snprintf(path, sizeof(path), "/tmp/ridge-test-normalised-%ld", (long)getpid());
    assert_ok(ridge_network_save(network, path));
    assert_ok(ridge_network_load(test_device, path, &again));
    get_state(network, before);
    get_state(again, after);
    assert_memory_equal(before, after, sizeof(before));
    assert_ok(ridge_network_evaluate(again, validation, &loaded));
    assert_true(metrics.loss == loaded.loss);
    unlink(path);
    ridge_history_clear(&history);
    ridge_network_destroy(&network);
    ridge_network_destroy(&again);
    ridge_dataset_destroy(&validation);
    ridge_dataset_destroy(&data);
}

static void refused(const ridge_batch_norm_params *params, const char *text)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    ridge_batch_norm(network, x, params);
    assert_fails(ridge_network_status(network), RIDGE_ERROR_ARGUMENT, text);
    ridge_network_destroy(&network);
}

static void bad_arguments(void **state)
{
    (void)state;
    refused(ridge_batch_norm_params(.momentum = 1),
            "layer batch_norm_1: momentum: expected a number in (0, 1), got '1'");
    refused(ridge_batch_norm_params(.momentum = -0.1f), "momentum: expected");
    refused(ridge_batch_norm_params(.epsilon = -1, .name = "bn"),
            "layer bn: epsilon: expected a number above 0, got '-1'");
    refused(ridge_batch_norm_params(.convention = (ridge_convention)3),
            "convention: expected one of keras3, torch, keras2");
    refused(ridge_batch_norm_params(.no_gamma = true, .gamma = {.l2 = 1}),
            "gamma_l2: given, but no_gamma leaves nothing that it could act on");
    refused(ridge_batch_norm_params(.no_beta = true, .beta = {.init = RIDGE_INIT_ONES}),
            "beta_init: given, but no_beta");
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 0.5), *first;
    ridge_network *network = build(RIDGE_CONVENTION_TORCH);
    assert_fails(ridge_fit(network, data, ridge_fit_params(.batch = 1), NULL), RIDGE_ERROR_ARGUMENT,
                 "batch: layer in takes its statistics from the batch and expects 2 rows or more, "
                 "got 1");
    assert_ok(ridge_dataset_slice(data, 0, 1, &first));
    assert_fails(ridge_fit(network, first, NULL, NULL), RIDGE_ERROR_ARGUMENT, "batch: layer in");
    ridge_dataset_destroy(&first);
    ridge_dataset_destroy(&data);
    ridge_network_destroy(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters),
        cmocka_unit_test(training_moves_them),
        cmocka_unit_test(others_leave_them),
        cmocka_unit_test(inference_by_row),
        cmocka_unit_test(kept_with_the_weights),
        cmocka_unit_test(bad_arguments),
    };
    const struct CMUnitTest small_tests[] = {cmocka_unit_test(training_moves_them),
                                             cmocka_unit_test(bad_arguments)};
    return test_small() ? TEST_MAIN("normalised", small_tests) : TEST_MAIN("normalised", tests);
}

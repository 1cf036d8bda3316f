// SPDX-License-Identifier: Apache-2.0
// Norms of weights and gradients: on demand and in the history, fused or not; clipping as the
// history tells of it; NaN in a gradient is seen.
#include "harness.h"

#include <ridge/training.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 96
#define INPUTS 7
#define UNITS 13
#define CLASSES 3
#define PARAMETERS 4

static ridge_network *make(ridge_optimizer optimizer)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    x = ridge_dense(
        network, x,
        ridge_dense_params(.units = UNITS, .activation = RIDGE_TANH, .weight = {.l2 = 0.01f}));
    x = ridge_dense(network, x, ridge_dense_params(.units = CLASSES));
    assert_ok(ridge_network_compile(
        network, x, ridge_compile_params(.optimizer = optimizer, .seed = 3, .batch = 32)));
    return network;
}

static ridge_dataset *make_data(float scale)
{
    static float x[ROWS * INPUTS];
    static int32_t y[ROWS];
    for (size_t i = 0; i < ROWS * INPUTS; i++)
        x[i] = (float)test_random(1, i, -1, 1) * scale;
    for (size_t i = 0; i < ROWS; i++)
        y[i] = (int32_t)(i % CLASSES);
    ridge_dataset *data;
    assert_ok(ridge_dataset_create(ridge_dataset_params(.count = ROWS, .shape = {INPUTS}, .x = x,
                                                        .y = y, .y_type = RIDGE_INT32),
                                   &data));
    return data;
}

static double reduce(ridge_reduction reduction, const float *values, size_t count)
{
    double sum = 0, largest = 0, zeros = 0, magnitudes = 0;
    for (size_t i = 0; i < count; i++) {
        sum += (double)values[i] * values[i];
        magnitudes += fabs((double)values[i]);
        largest = fmax(largest, fabs((double)values[i]));
        zeros += values[i] == 0;
    }
    switch (reduction) {
    case RIDGE_NORM:
        return sqrt(sum);
    case RIDGE_L1:
        return magnitudes;
    case RIDGE_LARGEST:
        return largest;
    default:
        return zeros;
    }
}

// All weights in a row, parameter by parameter; returns how many.
static size_t weights_of(ridge_network *network, float *values, size_t counts[PARAMETERS])
{
    ridge_parameter parameter;
    size_t at = 0;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++) {
        counts[i] = ridge_tensor_count(&parameter.tensor);
        assert_ok(ridge_network_get(network, parameter.name, values + at, counts[i]));
        at += counts[i];
    }
    return at;
}

static void on_demand(void **state)
{
    (void)state;
    const ridge_reduction kinds[] = {RIDGE_NORM, RIDGE_L1, RIDGE_LARGEST, RIDGE_ZEROS};
    ridge_network *network = make(ridge_sgd(.rate = 0.1f));
    float values[512], units[UNITS];
    size_t counts[PARAMETERS], all = weights_of(network, values, counts);
    for (size_t k = 0; k < 4; k += test_small() ? 3 : 1) {
        double norms[PARAMETERS], total;
        assert_ok(ridge_network_norms(network, kinds[k], RIDGE_OF_WEIGHTS, norms, &total));
        size_t at = 0;
        for (size_t i = 0; i < PARAMETERS; at += counts[i++]) {
            double wanted = reduce(kinds[k], values + at, counts[i]);
            assert_true(fabs(norms[i] - wanted) <= 1e-6 * wanted);
        }
        double wanted = reduce(kinds[k], values, all);
        assert_true(fabs(total - wanted) <= 2e-6 * wanted);
        assert_ok(ridge_network_unit_norms(network, "dense_1.weight", kinds[k], RIDGE_OF_WEIGHTS,
                                           units, UNITS));
        for (size_t u = 0; u < UNITS; u++) {
            wanted = reduce(kinds[k], values + u * INPUTS, INPUTS);
            assert_true(fabs((double)units[u] - wanted) <= 1e-6 * wanted);
        }
    }
    assert_fails(ridge_network_norms(network, RIDGE_NORM, RIDGE_OF_GRADIENTS, NULL, NULL),
                 RIDGE_ERROR_STATE, "no gradients before the first fit");
    assert_fails(
        ridge_network_unit_norms(network, "dense_1.weight", RIDGE_NORM, RIDGE_OF_WEIGHTS, units, 5),
        RIDGE_ERROR_SHAPE, "expected room for 13 units, got 5");
    assert_fails(
        ridge_network_unit_norms(network, "nobody", RIDGE_NORM, RIDGE_OF_WEIGHTS, units, 5),
        RIDGE_ERROR_ARGUMENT, "no parameter is called 'nobody'");
    ridge_network_destroy(&network);
}

static void in_the_history(void **state)
{
    (void)state;
    size_t epochs = test_small() ? 1 : 3;
    ridge_network *network = make(ridge_sgd(.rate = 0.1f, .momentum = 0.9f));
    ridge_dataset *data = make_data(1);
    ridge_history history;
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = epochs, .batch = 32), &history));
    assert_null(history.norms);
    assert_true(isnan(history.epochs[0].weight_norm) && isnan(history.epochs[0].clipped));
    ridge_history_clear(&history);
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = epochs, .batch = 32, .norms = true), &history));
    assert_int_equal(history.count, epochs);
    assert_int_equal(history.parameters, PARAMETERS);
    const ridge_parameter_norms *last = history.norms + (epochs - 1) * PARAMETERS;
    const ridge_epoch *epoch = &history.epochs[epochs - 1];
    double norms[PARAMETERS], total;
    assert_ok(ridge_network_norms(network, RIDGE_NORM, RIDGE_OF_WEIGHTS, norms, &total));
    for (size_t i = 0; i < PARAMETERS; i++)
        assert_true(norms[i] == last[i].weights);
    assert_true(total == epoch->weight_norm && total > 0);
    assert_ok(ridge_network_norms(network, RIDGE_NORM, RIDGE_OF_GRADIENTS, norms, &total));
    for (size_t i = 0; i < PARAMETERS; i++)
        assert_true(norms[i] == last[i].gradients);
    assert_true(total == epoch->gradient_norm && total > 0);
    if (epochs > 1)
        assert_true(history.norms[0].weights != last[0].weights);
    ridge_history_clear(&history);
    ridge_dataset_destroy(&data);
    ridge_network_destroy(&network);
}

static void clipping(void **state)
{
    (void)state;
    const ridge_optimizer clips[] = {ridge_sgd(.rate = 0.1f, .clip_global_norm = 1e-3f),
                                     ridge_sgd(.rate = 0.1f, .clip_global_norm = 1e3f),
                                     ridge_sgd(.rate = 0.1f, .clip_norm = 0.5f),
                                     ridge_sgd(.rate = 0.1f, .clip_value = 0.5f)};
    ridge_dataset *data = make_data(1);
    for (size_t k = 0; k < (test_small() ? 1 : 4); k++) {
        ridge_network *network = make(clips[k]);
        ridge_history history;
        assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 1, .batch = 32), &history));
        const ridge_epoch *epoch = &history.epochs[0];
        assert_true(epoch->largest_gradient_norm > 0.01 && epoch->largest_gradient_norm < 100);
        assert_true(epoch->not_finite == 0);
        if (k < 2)
            assert_true(epoch->clipped == (k == 0 ? 1 : 0));
        else
            assert_true(isnan(epoch->clipped));
        ridge_history_clear(&history);
        ridge_network_destroy(&network);
    }
    ridge_dataset_destroy(&data);
}

// Weights that overflow the outputs: clipping must not hide it.
static void exploded(void **state)
{
    (void)state;
    ridge_network *network = make(ridge_sgd(.rate = 0.1f, .clip_global_norm = 1));
    ridge_dataset *data = make_data(1);
    float weights[UNITS * CLASSES];
    for (size_t i = 0; i < UNITS * CLASSES; i++)
        weights[i] = i % 2 ? INFINITY : -INFINITY;
    assert_ok(ridge_network_set(network, "dense_2.weight", weights, UNITS * CLASSES));
    ridge_history history;
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 5, .batch = 32, .norms = true),
                        &history));
    assert_int_equal(history.reason, RIDGE_STOP_NOT_FINITE);
    assert_int_equal(history.count, 1);
    assert_true(history.epochs[0].not_finite == 3);
    assert_false(isfinite(history.epochs[0].gradient_norm));
    assert_false(isfinite(history.norms[0].gradients));
    ridge_history_clear(&history);
    ridge_dataset_destroy(&data);
    ridge_network_destroy(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_demand),
        cmocka_unit_test(in_the_history),
        cmocka_unit_test(clipping),
        cmocka_unit_test(exploded),
    };
    return TEST_MAIN("norms", tests);
}

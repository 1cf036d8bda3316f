// SPDX-License-Identifier: Apache-2.0
// Penalties of networks: by parameter and layer against double precision, in the losses of training
// and validation, what they do to weights, and settings that are refused.
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include <ridge/penalty.h>
#include <ridge/training.h>

#include "problems.h"

enum { ROWS = 23, INPUTS = 4, UNITS = 5, WEIGHTS = UNITS * INPUTS, BATCH = 8 }; // a smaller batch

#define ACTIVITY_L1 0.25f
#define ACTIVITY_L2 0.125f

// One dense layer whose outputs are those of the network.
static ridge_network *build(ridge_weight_params weight, ridge_weight_params bias, float activity_l1,
                            float activity_l2, float rate)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = UNITS, .weight = weight, .bias = bias,
                                       .activity_l1 = activity_l1));
    if (activity_l2 > 0)
        x = ridge_activity_penalty(network, x, ridge_activity_penalty_params(.l2 = activity_l2));
    assert_ok(ridge_network_compile(network, x,
                                    ridge_compile_params(.loss = RIDGE_MEAN_SQUARED_ERROR,
                                                         .seed = 4, .batch = BATCH,
                                                         .optimizer = ridge_sgd(.rate = rate))));
    return network;
}

static const ridge_weight_params all = {.l1 = 0.5f, .l2 = 0.25f, .orthogonal = 2};
static const ridge_weight_params squares = {.l2 = 1};

static void sums_of(const float *x, size_t count, double sums[2])
{
    sums[0] = sums[1] = 0;
    for (size_t i = 0; i < count; i++) {
        sums[0] += fabs((double)x[i]);
        sums[1] += (double)x[i] * x[i];
    }
}

// Keras' formula for the rows of w.
static double orthogonal(const float w[WEIGHTS], double factor)
{
    double sum = 0;
    for (int i = 0; i < UNITS; i++) {
        for (int j = 0; j < UNITS; j++) {
            double product = 0, a = 0, b = 0;
            for (int k = 0; k < INPUTS && i != j; k++) {
                product += (double)w[i * INPUTS + k] * w[j * INPUTS + k];
                a += (double)w[i * INPUTS + k] * w[i * INPUTS + k];
                b += (double)w[j * INPUTS + k] * w[j * INPUTS + k];
            }
            sum += product == 0 ? 0 : fabs(product) / sqrt(a * b);
        }
    }
    return factor * 0.5 * sum / (UNITS * (UNITS - 1) / 2.0);
}

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) <= 64 * TEST_EPSILON * fabs(expected)))
        fail_msg("expected %.9g, got %.9g", expected, got);
}

static double sum_of_parts(const ridge_penalty_part *parts, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += parts[i].l1 + parts[i].l2 + parts[i].orthogonal;
    return sum;
}

static void by_part(void **state)
{
    (void)state;
    ridge_network *network = build(all, squares, ACTIVITY_L1, ACTIVITY_L2, 0.1f);
    ridge_dataset *data = test_regression(ROWS, INPUTS, UNITS);
    float w[WEIGHTS], b[UNITS] = {1, -2, 0, 0, 3}, y[ROWS * UNITS];
    double sums[2], penalty;
    assert_ok(ridge_network_get(network, "dense_1.weight", w, WEIGHTS));
    w[3] = w[7] = 0;
    assert_ok(ridge_network_set(network, "dense_1.weight", w, WEIGHTS));
    assert_ok(ridge_network_set(network, "dense_1.bias", b, UNITS));
    ridge_penalty_part *parts;
    size_t count;
    assert_ok(ridge_network_penalties(network, data, &parts, &count));
    assert_int_equal(count, 4);
    sums_of(w, WEIGHTS, sums);
    assert_string_equal(parts[0].name, "dense_1.weight");
    assert_near(parts[0].l1, 0.5 * sums[0]);
    assert_near(parts[0].l2, 0.25 * sums[1]);
    assert_near(parts[0].orthogonal, orthogonal(w, 2));
    assert_near(parts[0].zeros, 2.0 / WEIGHTS);
    assert_string_equal(parts[1].name, "dense_1.bias");
    assert_near(parts[1].l2, 14);
    assert_near(parts[1].zeros, 2.0 / UNITS);
    assert_true(parts[1].l1 == 0 && parts[1].orthogonal == 0 && !parts[1].of_output);
    assert_ok(ridge_network_predict(network, data, y));
    sums_of(y, ROWS * UNITS, sums);
    assert_string_equal(parts[2].name, "dense_1");
    assert_true(parts[2].of_output && isnan(parts[2].zeros));
    assert_near(parts[2].l1, (double)ACTIVITY_L1 * sums[0] / ROWS);
    assert_string_equal(parts[3].name, "activity_penalty_1");
    assert_near(parts[3].l2, (double)ACTIVITY_L2 * sums[1] / ROWS);
    ridge_metrics metrics;
    assert_ok(ridge_network_evaluate(network, data, &metrics));
    assert_near(metrics.penalty, sum_of_parts(parts, count));
    free(parts);
    assert_ok(ridge_network_penalties(network, NULL, &parts, &count));
    assert_int_equal(count, 2);
    assert_ok(ridge_network_penalty(network, &penalty));
    assert_near(penalty, sum_of_parts(parts, count));
    free(parts);
    assert_fails(ridge_network_penalties(network, data, NULL, &count), RIDGE_ERROR_ARGUMENT,
                 "parts");
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// With a rate that moves no weight, what an epoch tells is what evaluation says of its rows.
static void in_the_losses(void **state)
{
    (void)state;
    ridge_dataset *data = test_regression(ROWS, INPUTS, UNITS);
    for (int without = 0; without < 2; without++) {
        ridge_network *network = build(all, squares, ACTIVITY_L1, ACTIVITY_L2, 1e-30f);
        ridge_history history;
        ridge_metrics metrics;
        assert_ok(ridge_fit(
            network, data,
            ridge_fit_params(.validation = data, .epochs = 2, .val_loss_without_penalty = without),
            &history));
        assert_ok(ridge_network_evaluate(network, data, &metrics));
        const ridge_epoch *epoch = &history.epochs[1];
        assert_true(metrics.penalty > 0.1);
        assert_near(epoch->penalty, metrics.penalty);
        assert_near(epoch->loss, metrics.loss + metrics.penalty);
        assert_near(epoch->val_loss, metrics.loss + (without ? 0 : metrics.penalty));
        ridge_history_clear(&history);
        ridge_network_destroy(&network);
    }
    ridge_dataset_destroy(&data);
}

// The weights of a network of which only the penalty matters: the data ask for zeros, at zeros.
static ridge_dataset *nothing(void)
{
    float x[BATCH * INPUTS] = {0}, y[BATCH * UNITS] = {0};
    ridge_dataset *data;
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = x, .count = BATCH, .shape = {INPUTS},
                                                        .y = y, .target_size = UNITS),
                                   &data));
    return data;
}

// Four of five rows in four dimensions become orthogonal; columns, of which there are fewer, all.
static void rows_become_orthogonal(void **state)
{
    (void)state;
    ridge_dataset *data = nothing();
    const ridge_weight_params columns = {.orthogonal = 1,
                                         .orthogonal_mode = RIDGE_ORTHOGONAL_COLUMNS};
    ridge_network *network = build(columns, (ridge_weight_params){0}, 0, 0, 0.02f);
    double before, after;
    assert_ok(ridge_network_penalty(network, &before));
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 400), NULL));
    assert_ok(ridge_network_penalty(network, &after));
    assert_true(before > 0.1 && after < 0.1 * before);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// One step of plain SGD at rate r takes 2 l2 r / rows sum of y from a bias that alone makes y.
static void activity_moves_the_bias(void **state)
{
    (void)state;
    ridge_dataset *data = nothing();
    ridge_network *network =
        build((ridge_weight_params){0}, (ridge_weight_params){0}, 0, ACTIVITY_L2, 0.5f);
    float b[UNITS] = {1, -2, 0, 0.5f, 3}, got[UNITS];
    double expected[UNITS];
    assert_ok(ridge_network_set(network, "dense_1.bias", b, UNITS));
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 1), NULL));
    for (int u = 0; u < UNITS; u++) // the mean squared error's own gradient is 2 b / UNITS
        expected[u] = b[u] - 0.5 * (2.0 / UNITS + 2 * (double)ACTIVITY_L2) * b[u];
    assert_ok(ridge_network_get(network, "dense_1.bias", got, UNITS));
    test_close("bias", got, expected, UNITS, 0, 16 * TEST_EPSILON);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void keep_memory(void *context, const ridge_memory *memory)
{
    *(ridge_memory *)context = *memory;
}

// What cosines are computed in is part of the plan, in training and behind it.
static void memory_is_as_planned(void **state)
{
    (void)state;
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    x = ridge_dense(network, x, ridge_dense_params(.units = 200, .weight = {.orthogonal = 1}));
    x = ridge_dense(network, x, ridge_dense_params(.units = UNITS, .activity_l1 = 1));
    assert_ok(ridge_network_compile(
        network, x, ridge_compile_params(.loss = RIDGE_MEAN_SQUARED_ERROR, .batch = BATCH)));
    ridge_dataset *data = test_regression(ROWS, INPUTS, UNITS);
    ridge_memory memory;
    double penalty;
    ridge_device_memory_peak_reset(test_device);
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = 2, .validation = data, .on_memory = keep_memory,
                                         .context = &memory),
                        NULL));
    assert_int_equal(memory.total, ridge_device_memory_peak(test_device));
    assert_true(memory.activations >=
                ridge_orthogonal_work(RIDGE_ORTHOGONAL_ROWS, 200, INPUTS) * 4);
    assert_ok(ridge_network_penalty(network, &penalty));
    assert_int_equal(memory.total, ridge_device_memory_peak(test_device));
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void refused(void **state)
{
    (void)state;
    const struct {
        ridge_dense_params params;
        const char *text;
    } cases[] = {
        {{.units = 3, .bias = {.orthogonal = 1}},
         "layer dense_1: bias: orthogonal: expected 2 dimensions, got 1"},
        {{.units = 1, .weight = {.orthogonal = 1}},
         "orthogonal: expected at least 2 rows to compare, got 1; there are 4 columns"},
        {{.units = 3, .weight = {.orthogonal = -1}}, "orthogonal: expected a number from 0"},
        {{.units = 3, .weight = {.orthogonal_mode = (ridge_orthogonal_mode)2}},
         "orthogonal_mode: expected one of rows, columns"},
        {{.units = 3, .activity_l1 = -1}, "activity_l1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ridge_network *network = ridge_network_create(test_device);
        ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
        ridge_dense(network, x, &cases[i].params);
        assert_fails(ridge_network_status(network), RIDGE_ERROR_ARGUMENT, cases[i].text);
        ridge_network_destroy(&network);
    }
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    ridge_activity_penalty(network, x, ridge_activity_penalty_params(.l1 = 0));
    assert_fails(ridge_network_status(network), RIDGE_ERROR_ARGUMENT,
                 "layer activity_penalty_1: l1, l2: expected one above 0");
    ridge_network_destroy(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_part),
        cmocka_unit_test(in_the_losses),
        cmocka_unit_test(rows_become_orthogonal),
        cmocka_unit_test(activity_moves_the_bias),
        cmocka_unit_test(memory_is_as_planned),
        cmocka_unit_test(refused),
    };
    // Oclgrind interprets each work-item
    const struct CMUnitTest small_tests[] = {cmocka_unit_test(by_part), cmocka_unit_test(refused)};
    return test_small() ? TEST_MAIN("penalties", small_tests) : TEST_MAIN("penalties", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Networks that must not compile, what is said of them; parameters, models in files.
#include "harness.h"

#include "problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ridge/network.h>

static ridge_network *small(ridge_loss loss, size_t outputs)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {2, 2}));
    x = ridge_dense(network, x, ridge_dense_params(.units = 8, .activation = RIDGE_RELU));
    x = ridge_dense(network, x, ridge_dense_params(.units = outputs));
    assert_ok(ridge_network_compile(network, x, ridge_compile_params(.loss = loss, .seed = 1)));
    return network;
}

static void first_error_stays(void **state)
{
    (void)state;
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {4}));
    ridge_node bad = ridge_dropout(network, x, ridge_dropout_params(.rate = 1));
    assert_int_equal(bad.id, 0);
    x = ridge_dense(network, bad, ridge_dense_params(.units = 2));
    assert_int_equal(x.id, 0);
    assert_fails(ridge_network_compile(network, x, NULL), RIDGE_ERROR_ARGUMENT,
                 "layer dropout_1: rate: expected a number in [0, 1), got '1'");
    ridge_network_destroy(&network);
    assert_null(network);
}

// Nodes of another network, though it has layers of the same numbers.
static void nodes_stay_in_their_network(void **state)
{
    (void)state;
    ridge_network *network = ridge_network_create(test_device),
                  *other = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {4}));
    ridge_node y = ridge_input(other, ridge_input_params(.shape = {4}));
    ridge_dense(network, y, ridge_dense_params(.units = 2));
    assert_fails(ridge_network_status(network), RIDGE_ERROR_ARGUMENT,
                 "dense: input 0: expected a node of this network, got one of another");
    assert_fails(ridge_network_compile(other, x, NULL), RIDGE_ERROR_ARGUMENT,
                 "output: expected a node of this network, got one of another");
    assert_fails(ridge_network_compile(other, (ridge_node){0}, NULL), RIDGE_ERROR_ARGUMENT,
                 "output: expected a node, got the null node");
    y = ridge_dense(other, y, ridge_dense_params(.units = 2));
    assert_ok(ridge_network_compile(other, y, NULL));
    ridge_network_destroy(&network);
    ridge_network_destroy(&other);
}

static void misfits_are_named(void **state)
{
    (void)state;
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {4}));
    ridge_node a = ridge_dense(network, x, ridge_dense_params(.units = 2));
    ridge_node b = ridge_dense(network, x, ridge_dense_params(.units = 3));
    ridge_add(network, a, b, NULL);
    assert_fails(ridge_network_status(network), RIDGE_ERROR_SHAPE,
                 "layer add_1: expected inputs of equal shape, found 2 and 3");
    ridge_network_destroy(&network);

    network = ridge_network_create(test_device);
    ridge_layer_add(network, "convolve", NULL, 0, NULL);
    assert_fails(ridge_network_status(network), RIDGE_ERROR_ARGUMENT, "unknown layer 'convolve'");
    ridge_network_destroy(&network);

    network = ridge_network_create(test_device);
    x = ridge_input(network, ridge_input_params(.shape = {4}));
    ridge_dense(network, x, ridge_dense_params(.units = 2, .weight = {.l2 = -1}));
    assert_fails(ridge_network_status(network), RIDGE_ERROR_ARGUMENT,
                 "layer dense_1: l2: expected a number from 0, got '-1'");
    ridge_network_destroy(&network);

    network = ridge_network_create(test_device);
    x = ridge_input(network, ridge_input_params(.shape = {4}));
    ridge_dense(network, x, ridge_dense_params(.activation = RIDGE_RELU));
    assert_fails(ridge_network_status(network), RIDGE_ERROR_ARGUMENT, "units: required");
    ridge_network_destroy(&network);

    network = ridge_network_create(test_device);
    x = ridge_input(network, ridge_input_params(.shape = {4}));
    assert_fails(ridge_network_compile(network, x, NULL), RIDGE_ERROR_ARGUMENT, "nothing to train");
    ridge_network_destroy(&network);
}

static void bad_settings(void **state)
{
    (void)state;
    static const struct {
        ridge_compile_params params;
        const char *text;
    } cases[] = {
        {{.smoothing = 1}, "smoothing"},
        {{.optimizer = {.rate = -1}}, "optimizer: rate: expected a number above 0, got '-1'"},
        {{.optimizer = {.kind = RIDGE_ADAM, .beta1 = 1}}, "beta1"},
        {{.optimizer = {.kind = RIDGE_ADAM, .momentum = 0.5f}},
         "optimizer: momentum: adam does not take it, got 0.5"},
        {{.optimizer = {.rho = 0.9f}}, "optimizer: rho: sgd does not take it, got 0.9"},
        {{.loss = RIDGE_HUBER, .smoothing = 0.1f}, "smoothing: huber does not take it, got 0.1"},
        {{.delta = 2}, "delta: softmax_cross_entropy does not take it, got 2"},
        {{.loss = (ridge_loss)99}, "loss: expected one of softmax_cross_entropy, binary"},
        {{.optimizer = {.kind = (ridge_optimizer_kind)99}}, "rmsprop, got '99'"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ridge_network *network = ridge_network_create(test_device);
        ridge_node x = ridge_input(network, ridge_input_params(.shape = {4}));
        x = ridge_dense(network, x, ridge_dense_params(.units = 2));
        assert_fails(ridge_network_compile(network, x, &cases[i].params), RIDGE_ERROR_ARGUMENT,
                     cases[i].text);
        ridge_network_destroy(&network);
    }
}

static void data_that_do_not_fit(void **state)
{
    (void)state;
    ridge_network *network = small(RIDGE_SOFTMAX_CROSS_ENTROPY, 3);
    ridge_dataset *wide = test_blobs(10, 5, 3, 0.1), *many = test_blobs(10, 4, 4, 0.1);
    ridge_dataset *values = test_regression(10, 4, 3), *pairs = test_regression(10, 4, 2);
    ridge_metrics metrics;
    assert_fails(ridge_network_evaluate(network, wide, &metrics), RIDGE_ERROR_SHAPE,
                 "expects rows of shape 2x2, the data have 5");
    assert_fails(ridge_network_evaluate(network, many, &metrics), RIDGE_ERROR_SHAPE,
                 "4 classes, but the network has 3 outputs");
    assert_fails(ridge_network_evaluate(network, pairs, &metrics), RIDGE_ERROR_SHAPE,
                 "expects class labels, or a share for each of the 3 outputs of the network; the "
                 "data have 2 target values a row");
    assert_fails(ridge_network_evaluate(network, values, &metrics), RIDGE_ERROR_DATA,
                 "expects shares of classes, 0 or more; target value");
    ridge_network_destroy(&network);
    network = small(RIDGE_MEAN_SQUARED_ERROR, 2);
    assert_fails(ridge_network_evaluate(network, values, &metrics), RIDGE_ERROR_SHAPE,
                 "3 target values a row, but the network has 2 outputs");
    assert_fails(ridge_network_evaluate(network, many, &metrics), RIDGE_ERROR_DATA,
                 "expects values");
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&wide);
    ridge_dataset_destroy(&many);
    ridge_dataset_destroy(&values);
    ridge_dataset_destroy(&pairs);
}

static void initial_weights(void **state)
{
    (void)state;
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {200}));
    x = ridge_dense(network, x, ridge_dense_params(.units = 300, .activation = RIDGE_RELU));
    x = ridge_dense(network, x, ridge_dense_params(.units = 10));
    assert_ok(ridge_network_compile(network, x, ridge_compile_params(.seed = 9)));
    assert_int_equal(ridge_network_parameter_count(network), 200 * 300 + 300 + 300 * 10 + 10);
    float *he = malloc(60000 * sizeof(*he)), glorot[3000], bias[300];
    assert_ok(ridge_network_get(network, "dense_1.weight", he, 60000));
    assert_ok(ridge_network_get(network, "dense_2.weight", glorot, 3000));
    assert_ok(ridge_network_get(network, "dense_1.bias", bias, 300));
    double mean = 0, square = 0, bound = sqrt(6.0 / 310);
    for (size_t i = 0; i < 60000; i++) {
        mean += he[i] / 60000;
        square += (double)he[i] * he[i] / 60000;
    }
    // four standard errors of mean and variance of 60,000 normal draws
    assert_true(fabs(mean) < 4 * sqrt(2.0 / 200 / 60000));
    assert_true(fabs(square - 2.0 / 200) < 4 * (2.0 / 200) * sqrt(2.0 / 60000));
    for (size_t i = 0; i < 3000; i++)
        assert_true(fabs((double)glorot[i]) <= bound);
    for (size_t i = 0; i < 300; i++)
        assert_true(bias[i] == 0);
    free(he);
    ridge_network_destroy(&network);
}

static void parameters_by_name(void **state)
{
    (void)state;
    ridge_network *network = small(RIDGE_SOFTMAX_CROSS_ENTROPY, 3);
    float given[32], read[32];
    test_fill(given, 32, 1, -1, 1);
    assert_ok(ridge_network_set(network, "dense_1.weight", given, 32));
    assert_ok(ridge_network_get(network, "dense_1.weight", read, 32));
    assert_memory_equal(given, read, sizeof(given));
    assert_fails(ridge_network_set(network, "dense_9.weight", given, 32), RIDGE_ERROR_ARGUMENT,
                 "no parameter is called 'dense_9.weight'");
    assert_fails(ridge_network_set(network, "dense_1.weight", given, 31), RIDGE_ERROR_SHAPE,
                 "expected 32 values, got 31");
    ridge_parameter parameter;
    assert_true(ridge_network_parameter(network, 3, &parameter));
    assert_string_equal(parameter.name, "dense_2.bias");
    assert_false(ridge_network_parameter(network, 4, &parameter));
    ridge_network_destroy(&network);
}

static void bad_models(void **state)
{
    (void)state;
    char folder[] = "/tmp/ridge-test-XXXXXX", path[64], missing[96];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/model", folder);
    snprintf(missing, sizeof(missing), "%s/none/model", folder);
    ridge_network *network = small(RIDGE_SOFTMAX_CROSS_ENTROPY, 3), *loaded;
    assert_fails(ridge_network_save(network, missing), RIDGE_ERROR_FILE, "none/model");
    assert_fails(ridge_network_load(test_device, path, &loaded), RIDGE_ERROR_FILE, path);
    assert_ok(ridge_network_save(network, path));
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size - 4), 0);
    assert_fails(ridge_network_load(test_device, path, &loaded), RIDGE_ERROR_FORMAT, path);
    assert_null(loaded);
    ridge_network_destroy(&network);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_error_stays),    cmocka_unit_test(nodes_stay_in_their_network),
        cmocka_unit_test(misfits_are_named),    cmocka_unit_test(bad_settings),
        cmocka_unit_test(data_that_do_not_fit), cmocka_unit_test(initial_weights),
        cmocka_unit_test(parameters_by_name),   cmocka_unit_test(bad_models),
    };
    return TEST_MAIN("network", tests);
}

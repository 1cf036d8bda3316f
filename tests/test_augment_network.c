// SPDX-License-Identifier: Apache-2.0
// Networks that train on augmented rows: what they see, what evaluation sees, what files keep.
#include "harness.h"

#include <ridge/training.h>
#include <string.h>

#include "files.h"

enum { ROWS = 11, SIZE = 12, OUTPUTS = 2, WEIGHTS = OUTPUTS * SIZE };

static ridge_network *dense_network(void)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {3, 4}));
    x = ridge_dense(network, x, ridge_dense_params(.units = OUTPUTS));
    assert_ok(ridge_network_compile(network, x, ridge_compile_params(.batch = 4, .seed = 1)));
    return network;
}

static ridge_dataset *images(const float *x)
{
    float random[ROWS * SIZE];
    int32_t labels[ROWS];
    ridge_dataset *data;
    test_fill(random, ROWS * SIZE, 1, 0, 1);
    for (int32_t i = 0; i < ROWS; i++)
        labels[i] = i % OUTPUTS;
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = x ? x : random, .count = ROWS,
                                                        .shape = {3, 4}, .y = labels,
                                                        .y_type = RIDGE_INT32),
                                   &data));
    return data;
}

// A pipeline that turns every image about, and one that shifts and rotates.
static ridge_augment *always_flips(void)
{
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, ridge_augment_params(.shape = {3, 4}), &augment));
    assert_ok(ridge_augment_horizontal_flip(
        augment, ridge_augment_horizontal_flip_params(.probability = 1)));
    return augment;
}

static ridge_augment *moves(void)
{
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device,
                                   ridge_augment_params(.shape = {3, 4}, .fill = RIDGE_FILL_EDGE,
                                                        .fill_value = 0.1f, .values = {-1, 2}),
                                   &augment));
    assert_ok(ridge_augment_shift(augment, ridge_augment_shift_params(.x = {-0.3f, 0.1f})));
    assert_ok(ridge_augment_rotation(
        augment, ridge_augment_rotation_params(.degrees = {-20, 45}, .probability = 0.7f)));
    return augment;
}

// Weights after training on x, augmented or not.
static void train(const float *x, const ridge_augment *augment, size_t batch, size_t epochs,
                  float *weights)
{
    ridge_dataset *data = images(x);
    ridge_network *network = dense_network();
    assert_ok(ridge_network_augment(network, augment));
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = epochs, .batch = batch), NULL));
    assert_ok(ridge_network_get(network, "dense_1.weight", weights, WEIGHTS));
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// Training on images that are always turned about is training on images turned about before.
static void networks_train_on_augmented_rows(void **state)
{
    (void)state;
    float x[ROWS * SIZE], flipped[ROWS * SIZE], weights[2][WEIGHTS];
    test_fill(x, ROWS * SIZE, 1, 0, 1);
    for (size_t i = 0; i < ROWS * SIZE; i++)
        flipped[i / 4 * 4 + 3 - i % 4] = x[i];
    ridge_augment *augment = always_flips();
    train(x, augment, 4, 2, weights[0]);
    train(flipped, NULL, 4, 2, weights[1]);
    assert_memory_equal(weights[0], weights[1], sizeof(weights[0]));
    ridge_augment_destroy(&augment);
}

// One step over all rows: it is the same step again, and another one in the second epoch.
static void epochs_differ_and_repeat(void **state)
{
    (void)state;
    float first[WEIGHTS], again[WEIGHTS], after[2][WEIGHTS];
    ridge_augment *augment = moves();
    ridge_network *network = dense_network();
    ridge_dataset *data = images(NULL);
    train(NULL, augment, ROWS, 1, first);
    train(NULL, augment, ROWS, 1, again);
    assert_memory_equal(first, again, sizeof(first));
    // from the same weights, but the second epoch
    float initial[WEIGHTS], bias[OUTPUTS];
    assert_ok(ridge_network_get(network, "dense_1.weight", initial, WEIGHTS));
    assert_ok(ridge_network_get(network, "dense_1.bias", bias, OUTPUTS));
    assert_ok(ridge_network_augment(network, augment));
    for (int epoch = 0; epoch < 2; epoch++) {
        assert_ok(ridge_network_set(network, "dense_1.weight", initial, WEIGHTS));
        assert_ok(ridge_network_set(network, "dense_1.bias", bias, OUTPUTS));
        assert_ok(
            ridge_fit(network, data, ridge_fit_params(.batch = ROWS, .no_shuffle = true), NULL));
        assert_ok(ridge_network_get(network, "dense_1.weight", after[epoch], WEIGHTS));
    }
    assert_memory_not_equal(after[0], after[1], sizeof(first));
    ridge_augment_destroy(&augment);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// Evaluation, prediction and the gradient check see rows as they are stored.
static void only_training_augments(void **state)
{
    (void)state;
    float plain[ROWS * OUTPUTS], augmented[ROWS * OUTPUTS];
    ridge_network *network = dense_network();
    ridge_dataset *data = images(NULL);
    ridge_augment *augment = moves();
    ridge_metrics before, after;
    assert_ok(ridge_network_predict(network, data, plain));
    assert_ok(ridge_network_evaluate(network, data, &before));
    assert_ok(ridge_network_augment(network, augment));
    assert_ok(ridge_network_predict(network, data, augmented));
    assert_ok(ridge_network_evaluate(network, data, &after));
    assert_memory_equal(plain, augmented, sizeof(plain));
    assert_true(before.loss == after.loss);
    ridge_augment_destroy(&augment);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void files_keep_the_pipeline(void **state)
{
    (void)state;
    ridge_network *network = dense_network(), *loaded;
    ridge_augment *augment = moves();
    const char *path = test_path("model");
    assert_ok(ridge_network_augment(network, augment));
    assert_ok(ridge_network_save(network, path));
    assert_ok(ridge_network_load(test_device, path, &loaded));
    const ridge_augment *kept = ridge_network_augmentation(loaded);
    assert_non_null(kept);
    const ridge_augment_params *settings = ridge_augment_settings(kept);
    assert_memory_equal(settings, ridge_augment_settings(augment), sizeof(*settings));
    const void *expected, *found;
    const ridge_augmentation_info *info;
    for (size_t i = 0; (info = ridge_augment_operation(augment, i, &expected)); i++) {
        assert_ptr_equal(info, ridge_augment_operation(kept, i, &found));
        assert_memory_equal(expected, found, info->params_size);
    }
    assert_ok(ridge_network_augment(loaded, NULL));
    assert_null(ridge_network_augmentation(loaded));
    ridge_network_destroy(&loaded);
    ridge_network_destroy(&network);
    ridge_augment_destroy(&augment);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_network *network = dense_network();
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, ridge_augment_params(.shape = {5, 4}), &augment));
    assert_fails(ridge_network_augment(network, augment), RIDGE_ERROR_SHAPE,
                 "expects rows of shape 3x4, the pipeline makes 5x4");
    ridge_augment_destroy(&augment);
    // as many values, but other rows than the data have
    assert_ok(ridge_augment_create(test_device, ridge_augment_params(.shape = {4, 3}), &augment));
    assert_ok(ridge_network_augment(network, augment));
    ridge_dataset *data = images(NULL);
    assert_fails(ridge_fit(network, data, NULL, NULL), RIDGE_ERROR_SHAPE,
                 "augmentation expects rows of shape 4x3, the data have 3x4");
    assert_fails(
        ridge_augment_vertical_flip((ridge_augment *)ridge_network_augmentation(network), NULL),
        RIDGE_ERROR_STATE, "vertical_flip: the pipeline is in use");
    ridge_dataset_destroy(&data);
    ridge_augment_destroy(&augment);
    ridge_network_destroy(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_train_on_augmented_rows),
        cmocka_unit_test(epochs_differ_and_repeat),
        cmocka_unit_test(only_training_augments),
        cmocka_unit_test(files_keep_the_pipeline),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("augment_network", tests);
}

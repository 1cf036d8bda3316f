// SPDX-License-Identifier: Apache-2.0
// Networks that train on augmented rows: what they see, what evaluation sees, what files keep, what
// they learn from mixtures.
#include "harness.h"

#include <ridge/augmentations.h>
#include <ridge/training.h>
#include <string.h>

#include "files.h"
#include "problems.h"

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

enum { LARGE = 2 * 6 * 7, SMALL = 2 * 4 * 5 };

static ridge_dataset *rows_of(const float *x, const size_t shape[3])
{
    int32_t labels[ROWS];
    ridge_dataset *data;
    ridge_dataset_params params = {.x = x, .count = ROWS, .y = labels, .y_type = RIDGE_INT32};
    memcpy(params.shape, shape, 3 * sizeof(*shape));
    for (int32_t i = 0; i < ROWS; i++)
        labels[i] = i % OUTPUTS;
    assert_ok(ridge_dataset_create(&params, &data));
    return data;
}

// A network for images of 2 x 4 x 5 out of such of 2 x 6 x 7, trained on random crops.
static ridge_network *cropping_network(const ridge_dataset *data)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_augment *augment;
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {2, 4, 5}));
    x = ridge_standardise(network, x, NULL);
    x = ridge_dense(network, x, ridge_dense_params(.units = OUTPUTS));
    assert_ok(ridge_network_compile(network, x, ridge_compile_params(.batch = 4, .seed = 1)));
    assert_ok(
        ridge_augment_create(test_device, ridge_augment_params(.shape = {2, 6, 7}), &augment));
    assert_ok(ridge_augment_random_crop(augment,
                                        ridge_augment_random_crop_params(.height = 4, .width = 5)));
    assert_ok(ridge_network_augment(network, augment));
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 2, .validation = data), NULL));
    ridge_augment_destroy(&augment);
    return network;
}

// Evaluation takes the middle of large rows, or rows of the network's own size; statistics are
// those of whole images.
static void sizes_change(void **state)
{
    (void)state;
    float x[ROWS * LARGE], middle[ROWS * SMALL], mean[2];
    double sums[2] = {0};
    test_fill(x, ROWS * LARGE, 1, 0, 1);
    for (size_t i = 0; i < ROWS * LARGE; i++)
        sums[i / 42 % 2] += (double)x[i] / (ROWS * 42);
    for (size_t i = 0; i < ROWS * SMALL; i++)
        middle[i] = x[i / 20 * 42 + (i % 20 / 5 + 1) * 7 + i % 5 + 1];
    ridge_dataset *large = rows_of(x, (const size_t[]){2, 6, 7});
    ridge_dataset *small = rows_of(middle, (const size_t[]){2, 4, 5});
    ridge_network *network = cropping_network(large), *loaded;
    assert_ok(ridge_network_get(network, "standardise_1.mean", mean, 2));
    test_close("mean", mean, sums, 2, 4 * TEST_EPSILON, 0);
    const char *path = test_path("cropping");
    assert_ok(ridge_network_save(network, path));
    assert_ok(ridge_network_load(test_device, path, &loaded));
    float from_large[ROWS * OUTPUTS], from_small[ROWS * OUTPUTS];
    assert_ok(ridge_network_predict(loaded, large, from_large));
    assert_ok(ridge_network_predict(network, small, from_small));
    // Pixels differ by two roundings; 40 of them and weights below 2 make a logit.
    for (size_t i = 0; i < ROWS * OUTPUTS; i++)
        assert_true(fabs((double)from_large[i] - (double)from_small[i]) <=
                    40 * 2 * 4 * 2 * TEST_EPSILON);
    ridge_network_destroy(&network);
    ridge_network_destroy(&loaded);
    ridge_dataset_destroy(&large);
    ridge_dataset_destroy(&small);
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

static ridge_augment *mixup(ridge_augment_params params)
{
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, &params, &augment));
    assert_ok(ridge_augment_mixup(augment, ridge_augment_mixup_params(.alpha = 1)));
    return augment;
}

// Mixtures of points of a plane lie in it, if targets are mixed by the same weights as rows are.
static void networks_fit_mixtures(void **state)
{
    (void)state;
    enum { POINTS = 40, INPUTS = 3 };
    float x[POINTS * INPUTS], y[POINTS];
    test_fill(x, POINTS * INPUTS, 1, 0, 1);
    for (size_t i = 0; i < POINTS; i++)
        y[i] = x[i * INPUTS] - 0.5f * x[i * INPUTS + 1] + 2 * x[i * INPUTS + 2];
    ridge_network *network = ridge_network_create(test_device);
    ridge_node node = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    node = ridge_dense(network, node, ridge_dense_params(.units = 1));
    assert_ok(ridge_network_compile(network, node,
                                    ridge_compile_params(.loss = RIDGE_MEAN_SQUARED_ERROR,
                                                         .batch = 8, .seed = 1,
                                                         .optimizer = ridge_adam(.rate = 0.05f))));
    ridge_augment *augment = mixup((ridge_augment_params){.shape = {INPUTS}});
    assert_ok(ridge_network_augment(network, augment));
    ridge_dataset *data;
    ridge_history history;
    ridge_metrics metrics;
    assert_ok(ridge_dataset_create(
        ridge_dataset_params(.x = x, .count = POINTS, .shape = {INPUTS}, .y = y, .target_size = 1),
        &data));
    size_t epochs = test_few() ? 1 : 300;
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = epochs), &history));
    assert_ok(ridge_network_evaluate(network, data, &metrics));
    if (!test_few() && !(history.epochs[epochs - 1].loss < 1e-4 && metrics.loss < 1e-4))
        fail_msg("loss %g, evaluation %g", history.epochs[epochs - 1].loss, metrics.loss);
    ridge_history_clear(&history);
    ridge_augment_destroy(&augment);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// Labels become shares for softmax: the loss of mixtures stays above what labels alone come to.
static void networks_classify_mixtures(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(64, 6, 4, 0.2);
    ridge_network *network = test_classifier(ridge_adam(.rate = 0.02f), 0, 0, 0);
    ridge_augment *augment = mixup((ridge_augment_params){.shape = {6}, .values = {-8, 8}});
    ridge_metrics metrics;
    ridge_history history;
    assert_ok(ridge_network_augment(network, augment));
    size_t epochs = test_few() ? 1 : 30;
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = epochs), &history));
    assert_ok(ridge_network_evaluate(network, data, &metrics));
    if (!test_few()) {
        assert_true(metrics.accuracy > 0.97);
        assert_true(history.epochs[epochs - 1].loss > metrics.loss + 0.1);
    }
    ridge_history_clear(&history);
    ridge_augment_destroy(&augment);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
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
        cmocka_unit_test(sizes_change),
        cmocka_unit_test(files_keep_the_pipeline),
        cmocka_unit_test(networks_fit_mixtures),
        cmocka_unit_test(networks_classify_mixtures),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("augment_network", tests);
}

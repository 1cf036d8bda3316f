// SPDX-License-Identifier: Apache-2.0
// Small data sets for tests of networks.
#include "harness.h"

#include "problems.h"

#include <stdlib.h>

#include <ridge/augmentations.h>
#include <ridge/image_layers.h>

ridge_dataset *test_blobs(size_t count, size_t size, size_t classes, double spread)
{
    float *x = malloc(count * size * sizeof(*x));
    int32_t *y = malloc(count * sizeof(*y));
    assert_true(x && y);
    for (size_t i = 0; i < count; i++) {
        y[i] = (int32_t)(i % classes);
        for (size_t j = 0; j < size; j++)
            x[i * size + j] = (float)(test_random(77, (size_t)y[i] * size + j, -2, 2) +
                                      spread * test_random(78, i * size + j, -1, 1));
    }
    ridge_dataset *data;
    assert_ok(
        ridge_dataset_create(ridge_dataset_params(.x = x, .count = count, .shape = {size}, .y = y,
                                                  .y_type = RIDGE_INT32, .classes = classes),
                             &data));
    free(x);
    free(y);
    return data;
}

ridge_dataset *test_shared_blobs(size_t count, size_t size, size_t classes, double spread)
{
    ridge_dataset *labelled = test_blobs(count, size, classes, spread), *data;
    float *shares = calloc(count * classes, sizeof(*shares));
    ridge_type type;
    const int32_t *labels = ridge_dataset_y(labelled, &type);
    assert_non_null(shares);
    for (size_t i = 0; i < count; i++) {
        shares[i * classes + (size_t)labels[i]] = 0.7f;
        shares[i * classes + ((size_t)labels[i] + 1) % classes] = 0.3f;
    }
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = ridge_dataset_x(labelled, &type),
                                                        .count = count, .shape = {size},
                                                        .y = shares, .target_size = classes),
                                   &data));
    ridge_dataset_destroy(&labelled);
    free(shares);
    return data;
}

ridge_dataset *test_regression(size_t count, size_t size, size_t targets)
{
    float *x = malloc(count * size * sizeof(*x)), *y = malloc(count * targets * sizeof(*y));
    assert_true(x && y);
    test_fill(x, count * size, 5, -1, 1);
    for (size_t i = 0; i < count; i++)
        for (size_t t = 0; t < targets; t++)
            y[i * targets + t] = (float)tanh(x[i * size + t % size] + x[i * size]);
    ridge_dataset *data;
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = x, .count = count, .shape = {size},
                                                        .y = y, .target_size = targets),
                                   &data));
    free(x);
    free(y);
    return data;
}

ridge_network *test_classifier(ridge_optimizer optimizer, float rate, float l2, float max_norm)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {6}));
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = 16, .activation = RIDGE_RELU,
                                       .weight = {.l2 = l2, .max_norm = max_norm}));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = rate));
    x = ridge_dense(network, x, ridge_dense_params(.units = 4));
    assert_ok(ridge_network_compile(
        network, x, ridge_compile_params(.optimizer = optimizer, .seed = 5, .batch = 16)));
    return network;
}

ridge_network *test_convolutional(void)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {6}));
    x = ridge_reshape(network, x, ridge_reshape_params(.shape = {1, 2, 3}));
    for (int i = 0; i < 2; i++) {
        x = ridge_conv2d(
            network, x,
            ridge_conv2d_params(.filters = 16, .kernel = {3}, .padding = RIDGE_PADDING_SAME));
        x = ridge_batch_norm(network, x, ridge_batch_norm_params(.activation = RIDGE_RELU));
    }
    x = ridge_max_pool2d(network, x, ridge_pool2d_params(.window = {2}));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.25f));
    x = ridge_dense(network, x, ridge_dense_params(.units = 4));
    assert_ok(ridge_network_compile(
        network, x,
        ridge_compile_params(.optimizer = ridge_adam(.rate = 0.01f), .seed = 5, .batch = 16)));
    return network;
}

ridge_network *test_augmented(void)
{
    ridge_network *network = test_classifier(ridge_adam(.rate = 0.01f), 0.5f, 0, 0);
    ridge_augment *augment;
    assert_ok(ridge_augment_create(
        test_device, ridge_augment_params(.shape = {6}, .values = {-8, 8}), &augment));
    assert_ok(ridge_augment_shift(augment, ridge_augment_shift_params(.x = {-0.1f, 0.1f})));
    assert_ok(
        ridge_augment_brightness(augment, ridge_augment_brightness_params(.factor = {0.9f, 1.1f})));
    assert_ok(ridge_augment_mixup(augment, NULL));
    assert_ok(ridge_network_augment(network, augment));
    ridge_augment_destroy(&augment);
    return network;
}

// SPDX-License-Identifier: Apache-2.0
// The products of a training step, as ridge gives them to a search of parameters.
#include "harness.h"

#include <ridge/tune.h>
#include <string.h>

#include "device/device.h"
#include "interpose.h"
#include "problems.h"

enum { ROWS = 24, INPUTS = 6, CLASSES = 4, UNITS = 16, BATCH = 16, MOST = 8 };

static bool has(const ridge_tune_product *products, size_t count, ridge_gemm_shape shape)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&products[i].shape, &shape, sizeof(shape)) == 0)
            return true;
    return false;
}

// Two dense layers: both forward, both gradients of weights, one of an input. The weights' are the
// same where the product updates them.
static void of_dense_layers(void **state)
{
    (void)state;
    ridge_tune_product products[MOST];
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 0.4);
    const size_t update_from = test_device->update_from;
    for (int i = 0; i < 2; i++) {
        size_t count;
        test_device->update_from = i ? 1 : update_from;
        ridge_network *network = test_classifier(ridge_adam(.rate = 0.01f), 0.5f, 0, 0);
        interpose_reset();
        assert_ok(ridge_network_products(network, data, products, MOST, &count));
        assert_int_equal(interpose_count(INTERPOSE_LAUNCH), 0);
        assert_int_equal(interpose_count(INTERPOSE_CREATE_BUFFER), 0);
        assert_int_equal(count, 5);
        const ridge_gemm_shape expected[] = {
            {.transpose_b = true, .m = BATCH, .n = UNITS, .k = INPUTS},
            {.transpose_b = true, .m = BATCH, .n = CLASSES, .k = UNITS},
            {.transpose_a = true, .m = CLASSES, .n = UNITS, .k = BATCH},
            {.m = BATCH, .n = UNITS, .k = CLASSES},
            {.transpose_a = true, .m = UNITS, .n = INPUTS, .k = BATCH},
        };
        for (size_t j = 0; j < count; j++)
            assert_true(has(products, count, expected[j]));
        ridge_network_destroy(&network);
    }
    test_device->update_from = update_from;
    ridge_dataset_destroy(&data);
}

// Convolutions by im2col: rows of columns times filters. That of the second's input has the shape
// of its forward product, and comes once.
static void of_convolutions(void **state)
{
    (void)state;
    enum { PLACES = BATCH * 2 * 3, TAPS = 9 };
    ridge_tune_product products[MOST];
    size_t count, with_room;
    const char *conv = test_device->conv;
    ridge_dataset *data = test_blobs(ROWS, INPUTS, CLASSES, 0.4);
    test_device->conv = "im2col";
    ridge_network *network = test_convolutional();
    assert_ok(ridge_network_products(network, data, NULL, 0, &count));
    assert_int_equal(count, 7);
    assert_ok(ridge_network_products(network, data, products, MOST, &with_room));
    assert_int_equal(with_room, count);
    const ridge_gemm_shape expected[] = {
        {.m = PLACES, .n = UNITS, .k = TAPS},
        {.m = PLACES, .n = UNITS, .k = UNITS * TAPS},
        {.transpose_a = true, .m = TAPS, .n = UNITS, .k = PLACES},
        {.transpose_a = true, .m = UNITS * TAPS, .n = UNITS, .k = PLACES},
    };
    for (size_t j = 0; j < sizeof(expected) / sizeof(expected[0]); j++)
        assert_true(has(products, count, expected[j]));
    test_device->conv = conv;
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void bad_arguments(void **state)
{
    (void)state;
    size_t count;
    ridge_tune_product product;
    ridge_dataset *data = test_blobs(ROWS, INPUTS + 1, CLASSES, 0.4);
    ridge_network *network = test_classifier(ridge_adam(.rate = 0.01f), 0.5f, 0, 0);
    assert_fails(ridge_network_products(network, data, NULL, 1, &count), RIDGE_ERROR_ARGUMENT,
                 "products");
    assert_fails(ridge_network_products(network, data, &product, 1, NULL), RIDGE_ERROR_ARGUMENT,
                 "count");
    assert_fails(ridge_network_products(NULL, data, &product, 1, &count), RIDGE_ERROR_ARGUMENT,
                 "network");
    assert_fails(ridge_network_products(network, data, &product, 1, &count), RIDGE_ERROR_SHAPE,
                 "7");
    assert_int_equal(count, 0);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_dense_layers),
        cmocka_unit_test(of_convolutions),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("products", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Memory of training: as planned to the byte, and what happens where there is too little.
#include "harness.h"

#include "interpose.h"
#include "problems.h"

#include <stdio.h>
#include <string.h>

#include <ridge/training.h>

#include "device/device.h"

enum { ROWS = 203 }; // not a multiple of the batch

static void on_memory(void *context, const ridge_memory *memory)
{
    *(ridge_memory *)context = *memory;
}

// The network of `make` is trained twice: first for whatever the provider checks at first use.
static void check_plan(ridge_network *make(void))
{
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 0.4);
    ridge_network *warm = make(), *network = make();
    ridge_memory memory = {0};
    assert_ok(ridge_fit(warm, data, NULL, NULL));
    ridge_network_destroy(&warm);
    ridge_device_memory_peak_reset(test_device);
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = 2, .validation_split = 0.25f,
                                         .early_stopping = {.restore_best = true},
                                         .schedule = {.kind = RIDGE_RATE_COSINE},
                                         .on_memory = on_memory, .context = &memory),
                        NULL));
    assert_int_equal(memory.total, ridge_device_memory_peak(test_device));
    assert_int_equal(memory.total,
                     memory.parameters + memory.activations + memory.scratch + memory.data);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static ridge_network *dense(void)
{
    return test_classifier(ridge_adam(.rate = 0.01f), 0.5f, 1e-3f, 2);
}

static void memory_is_as_planned(void **state)
{
    (void)state;
    check_plan(dense);
    check_plan(test_convolutional);
    check_plan(test_augmented);
    test_device->conv = "im2col"; // which has scratch of its own beside that of the products
    check_plan(test_convolutional);
    test_device->conv = NULL;
}

// The device refuses memory at every point where fit asks for some: one clear failure, no leak,
// and the network trains when memory is back.
static void out_of_memory(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 0.4);
    for (size_t n = 1; n < 40; n++) {
        ridge_network *network = dense();
        uint64_t before = ridge_device_memory(test_device);
        interpose_reset();
        interpose_fail(INTERPOSE_CREATE_BUFFER, n, CL_MEM_OBJECT_ALLOCATION_FAILURE);
        ridge_status status = ridge_fit(network, data, ridge_fit_params(.epochs = 1), NULL);
        interpose_reset();
        if (status == RIDGE_OK) {
            assert_true(n > 5);
            n = 40;
        } else {
            assert_int_equal(status, RIDGE_ERROR_DEVICE_MEMORY);
            assert_non_null(strstr(ridge_error(), "training needs"));
            assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 1), NULL));
        }
        ridge_network_destroy(&network);
        assert_true(ridge_device_memory(test_device) <= before);
    }
    ridge_dataset_destroy(&data);
}

// A device that is too small for the batch: what is needed, and a batch that then fits, while one
// more row does not.
static void batch_that_does_not_fit(void **state)
{
    (void)state;
    ridge_dataset *data = test_blobs(ROWS, 6, 4, 0.4);
    ridge_network *network = dense();
    const ridge_device_info real = test_device->info;
    ridge_memory small, large;
    assert_ok(ridge_fit_memory(network, data, ridge_fit_params(.batch = 20), &small));
    assert_ok(ridge_fit_memory(network, data, ridge_fit_params(.batch = ROWS), &large));
    // The device may keep more scratch than these networks need, from what its products were
    // checked by.
    uint64_t most = small.activations > small.scratch ? small.activations : small.scratch;
    assert_true(large.total > small.total && large.activations > most);
    for (int kind = 0; kind < 2; kind++) {
        if (kind)
            test_device->info.largest_buffer = (most + large.activations) / 2;
        else
            test_device->info.memory = (small.total + large.total) / 2;
        assert_fails(ridge_fit(network, data, ridge_fit_params(.batch = ROWS), NULL),
                     RIDGE_ERROR_DEVICE_MEMORY, "batch: training needs ");
        const char *last = strrchr(ridge_error(), ':');
        size_t rows = 0;
        assert_int_equal(sscanf(last, ": %zu rows would fit", &rows), 1);
        assert_in_range(rows, 20, ROWS - 1);
        assert_fails(ridge_fit(network, data, ridge_fit_params(.batch = rows + 1), NULL),
                     RIDGE_ERROR_DEVICE_MEMORY, last);
        assert_ok(ridge_fit(network, data, ridge_fit_params(.batch = rows), NULL));
        test_device->info = real;
    }
    test_device->info.memory = ridge_device_memory(test_device) + 1;
    assert_fails(ridge_fit(network, data, NULL, NULL), RIDGE_ERROR_DEVICE_MEMORY,
                 "not even 1 row would fit");
    test_device->info = real;
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

int main(void)
{
    // The device keeps the scratch of convolutions, so they come last.
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_that_does_not_fit),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(memory_is_as_planned),
    };
    return TEST_MAIN("memory", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Tensors and the memory behind them: views, bounds, limits of the device, accounts.
#include "harness.h"

#include <stdio.h>
#include <string.h>

#include "device/device.h"
#include "interpose.h"

static void types(void **state)
{
    (void)state;
    static const struct {
        ridge_type type;
        size_t size;
        const char *name;
    } rows[] = {{RIDGE_FLOAT32, 4, "float32"},
                {RIDGE_UINT8, 1, "uint8"},
                {RIDGE_INT32, 4, "int32"},
                {RIDGE_UINT32, 4, "uint32"},
                {(ridge_type)99, 0, "unknown"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(ridge_type_size(rows[i].type), rows[i].size);
        assert_string_equal(ridge_type_name(rows[i].type), rows[i].name);
    }
}

static void views(void **state)
{
    (void)state;
    float data[24], got[24];
    for (int i = 0; i < 24; i++)
        data[i] = (float)i;
    ridge_tensor x = test_tensor(RIDGE_FLOAT32, 3, (const size_t[]){4, 3, 2}, data);
    assert_int_equal(ridge_tensor_count(&x), 24);
    ridge_tensor rows = ridge_tensor_rows(x, 1, 2);
    assert_int_equal(ridge_tensor_count(&rows), 12);
    assert_ok(ridge_tensor_read(test_device, rows, got));
    assert_memory_equal(got, data + 6, 12 * sizeof(float));
    ridge_tensor flat = ridge_tensor_reshaped(rows, RIDGE_SHAPE(12));
    assert_int_equal(flat.rank, 1);
    assert_ok(ridge_tensor_read(test_device, ridge_tensor_rows(flat, 11, 1), got));
    assert_true(got[0] == 17);

    // Writing through a view changes nothing else.
    const float seven[2] = {7, 7};
    assert_ok(ridge_tensor_write(test_device, ridge_tensor_rows(flat, 3, 2), seven));
    data[9] = data[10] = 7;
    test_get(x, got);
    assert_memory_equal(got, data, sizeof(data));
    test_release(&x);
    assert_null(x.buffer);
}

static void refused_shapes(void **state)
{
    (void)state;
    static const struct {
        ridge_type type;
        unsigned rank;
        size_t shape[5];
        const char *text;
    } rows[] = {
        {RIDGE_FLOAT32, 2, {3, 0}, "shape[1]: expected a size from 1"},
        {RIDGE_FLOAT32, 5, {1, 1, 1, 1, 1}, "rank: expected at most 4, got 5"},
        {(ridge_type)99, 1, {1}, "type: expected a ridge_type, got 99"},
        {RIDGE_FLOAT32, 1, {SIZE_MAX / 4 + 1}, "shape[0]"},
        {RIDGE_UINT8, 4, {1u << 16, 1u << 16, 1u << 16, 1u << 16}, "shape[3]"},
    };
    uint64_t before = ridge_device_memory(test_device);
    interpose_reset();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ridge_tensor x;
        assert_fails(
            ridge_tensor_create(test_device, rows[i].type, rows[i].rank, rows[i].shape, &x),
            RIDGE_ERROR_ARGUMENT, rows[i].text);
        assert_null(x.buffer);
    }
    ridge_tensor x;
    assert_fails(ridge_tensor_create(NULL, RIDGE_FLOAT32, 0, NULL, &x), RIDGE_ERROR_ARGUMENT,
                 "device");
    assert_fails(ridge_tensor_create(test_device, RIDGE_FLOAT32, 1, NULL, &x), RIDGE_ERROR_ARGUMENT,
                 "shape");
    assert_fails(ridge_tensor_create(test_device, RIDGE_FLOAT32, 0, NULL, NULL),
                 RIDGE_ERROR_ARGUMENT, "tensor");
    assert_int_equal(interpose_count(INTERPOSE_CREATE_BUFFER), 0);
    assert_int_equal(ridge_device_memory(test_device), before);
    ridge_tensor none = {0};
    ridge_tensor_destroy(test_device, &none);
    ridge_tensor_destroy(test_device, NULL);
}

static void refused_wraps(void **state)
{
    (void)state;
    cl_int code;
    ridge_tensor x;
    cl_mem buffer = clCreateBuffer(test_device->context, CL_MEM_READ_WRITE, 40, NULL, &code);
    assert_int_equal(code, CL_SUCCESS);
    assert_ok(ridge_tensor_wrap(test_device, buffer, 2, RIDGE_FLOAT32, RIDGE_SHAPE(8), &x));
    assert_int_equal(x.offset, 2);
    assert_ok(ridge_tensor_wrap(test_device, buffer, 0, RIDGE_UINT8, RIDGE_SHAPE(40), &x));
    static const struct {
        size_t offset, count;
    } beyond[] = {{3, 8}, {0, 11}, {10, 1}, {SIZE_MAX, 1}, {SIZE_MAX / 4 + 1, 1}, {1u << 30, 1}};
    for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
        assert_fails(ridge_tensor_wrap(test_device, buffer, beyond[i].offset, RIDGE_FLOAT32,
                                       RIDGE_SHAPE(beyond[i].count), &x),
                     RIDGE_ERROR_ARGUMENT, "buffer: expected at least");
        assert_null(x.buffer);
    }
    assert_fails(ridge_tensor_wrap(test_device, NULL, 0, RIDGE_UINT8, RIDGE_SHAPE(1), &x),
                 RIDGE_ERROR_ARGUMENT, "buffer");
    clReleaseMemObject(buffer);

    cl_context context = clCreateContext(NULL, 1, &test_device->id, NULL, NULL, &code);
    assert_int_equal(code, CL_SUCCESS);
    buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, 40, NULL, &code);
    assert_int_equal(code, CL_SUCCESS);
    assert_fails(ridge_tensor_wrap(test_device, buffer, 0, RIDGE_UINT8, RIDGE_SHAPE(1), &x),
                 RIDGE_ERROR_ARGUMENT, "buffer: expected one of the device's context");
    clReleaseMemObject(buffer);
    clReleaseContext(context);
}

static void refused_transfers(void **state)
{
    (void)state;
    float value = 1;
    ridge_tensor x = test_tensor(RIDGE_FLOAT32, 0, NULL, &value), none = {0};
    assert_fails(ridge_tensor_read(NULL, x, &value), RIDGE_ERROR_ARGUMENT, "device");
    assert_fails(ridge_tensor_read(test_device, x, NULL), RIDGE_ERROR_ARGUMENT, "data");
    assert_fails(ridge_tensor_write(test_device, x, NULL), RIDGE_ERROR_ARGUMENT, "data");
    assert_fails(ridge_tensor_write(test_device, none, &value), RIDGE_ERROR_ARGUMENT,
                 "tensor: expected a tensor, got none");
    // A view that was cut wrongly: the driver notices.
    ridge_tensor beyond = x;
    beyond.offset = 1u << 20;
    assert_fails(ridge_tensor_read(test_device, beyond, &value), RIDGE_ERROR_DEVICE,
                 "clEnqueueReadBuffer failed with CL_INVALID_VALUE");
    test_release(&x);
}

static void accounts(void **state)
{
    (void)state;
    uint64_t before = ridge_device_memory(test_device);
    ridge_device_memory_peak_reset(test_device);
    assert_int_equal(ridge_device_memory_peak(test_device), before);
    ridge_tensor a, b;
    assert_ok(ridge_tensor_create(test_device, RIDGE_FLOAT32, RIDGE_SHAPE(10, 10), &a));
    assert_ok(ridge_tensor_create(test_device, RIDGE_UINT8, RIDGE_SHAPE(50), &b));
    assert_int_equal(ridge_device_memory(test_device), before + 450);
    ridge_tensor_destroy(test_device, &a);
    assert_int_equal(ridge_device_memory(test_device), before + 50);
    assert_int_equal(ridge_device_memory_peak(test_device), before + 450);
    ridge_device_memory_peak_reset(test_device);
    assert_int_equal(ridge_device_memory_peak(test_device), before + 50);
    ridge_tensor_destroy(test_device, &b);
    assert_int_equal(ridge_device_memory(test_device), before);

    // A refused buffer is on no account, and the message says how things stand.
    interpose_reset();
    interpose_fail(INTERPOSE_CREATE_BUFFER, 1, CL_MEM_OBJECT_ALLOCATION_FAILURE);
    assert_fails(ridge_tensor_create(test_device, RIDGE_UINT8, RIDGE_SHAPE(3u << 19), &a),
                 RIDGE_ERROR_DEVICE_MEMORY, "a buffer of 1.5 MiB on ");
    assert_non_null(strstr(ridge_error(), test_device->info.name));
    assert_non_null(strstr(ridge_error(), "where ridge holds"));
    assert_int_equal(ridge_device_memory(test_device), before);
}

static void limits(void **state)
{
    (void)state;
    const ridge_device_info *info = ridge_device_get_info(test_device);
    interpose_reset();
    ridge_tensor x;
    size_t count = (size_t)info->largest_buffer + 1;
    assert_fails(ridge_tensor_create(test_device, RIDGE_UINT8, 1, &count, &x),
                 RIDGE_ERROR_DEVICE_MEMORY, "exceeds the limit of");
    char figures[64];
    snprintf(figures, sizeof(figures), "%.1f MiB for one buffer",
             (double)info->largest_buffer / 0x1p20);
    assert_non_null(strstr(ridge_error(), figures));

    // All together may not exceed the memory of the device, which is made small for this.
    uint64_t memory = test_device->info.memory;
    test_device->info.memory = ridge_device_memory(test_device) + (3u << 20);
    ridge_tensor a;
    assert_ok(ridge_tensor_create(test_device, RIDGE_UINT8, RIDGE_SHAPE(2u << 20), &a));
    assert_fails(ridge_tensor_create(test_device, RIDGE_UINT8, RIDGE_SHAPE(2u << 20), &x),
                 RIDGE_ERROR_DEVICE_MEMORY, "a buffer of 2.0 MiB does not fit on");
    assert_non_null(strstr(ridge_error(), "already"));
    test_device->info.memory = memory;
    ridge_tensor_destroy(test_device, &a);
    assert_int_equal(interpose_count(INTERPOSE_CREATE_BUFFER), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types),
        cmocka_unit_test(views),
        cmocka_unit_test(refused_shapes),
        cmocka_unit_test(refused_wraps),
        cmocka_unit_test(refused_transfers),
        cmocka_unit_test(accounts),
        cmocka_unit_test(limits),
    };
    return TEST_MAIN("tensor", tests);
}

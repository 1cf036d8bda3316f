// SPDX-License-Identifier: Apache-2.0
// Opening, wrapping and closing; one op on what a plain OpenCL program already has; and what
// happens when the device goes away at work.
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ridge/ops.h>

#include "device/device.h"
#include "interpose.h"

static void opened_device(void **state)
{
    (void)state;
    long live = interpose_live();
    ridge_device *device;
    assert_ok(ridge_device_open(NULL, &device));
    assert_ptr_not_equal(ridge_device_context(device), ridge_device_context(test_device));
    assert_non_null(ridge_device_queue(device));
    assert_string_equal(ridge_device_get_info(device)->name,
                        ridge_device_get_info(test_device)->name);
    assert_int_equal(ridge_device_memory(device), 0);
    if (getenv("RIDGE_WALK"))
        assert_string_equal(ridge_device_walk(device), getenv("RIDGE_WALK"));
    if (getenv("RIDGE_GEMM"))
        assert_string_equal(ridge_device_gemm(device), getenv("RIDGE_GEMM"));
    ridge_tensor y;
    assert_ok(ridge_tensor_create(device, RIDGE_FLOAT32, RIDGE_SHAPE(3), &y));
    assert_ok(ridge_fill(ridge_device_launcher(device), y, 2));
    assert_ok(ridge_device_finish(device));
    ridge_tensor_destroy(device, &y);
    ridge_device_close(&device);
    assert_null(device);
    assert_int_equal(interpose_live(), live);
    ridge_device_close(&device);
    ridge_device_close(NULL);
}

static void with_variable(const char *name, const char *value, ridge_status expected)
{
    char *before = getenv(name) ? strdup(getenv(name)) : NULL;
    char text[64];
    snprintf(text, sizeof(text), "%s: ", name);
    setenv(name, value, 1);
    long live = interpose_live();
    ridge_device *device;
    assert_fails(ridge_device_open(NULL, &device), expected, text);
    assert_null(device);
    assert_int_equal(interpose_live(), live);
    if (before)
        setenv(name, before, 1);
    else
        unsetenv(name);
    free(before);
}

static void refused_settings(void **state)
{
    (void)state;
    with_variable("RIDGE_WALK", "sideways", RIDGE_ERROR_ARGUMENT);
    with_variable("RIDGE_GEMM", "magic", RIDGE_ERROR_ARGUMENT);
    if (!RIDGE_HAVE_CLBLAST)
        with_variable("RIDGE_GEMM", "clblast", RIDGE_ERROR_UNSUPPORTED);
    assert_fails(ridge_device_open(NULL, NULL), RIDGE_ERROR_ARGUMENT, "device");
}

// A program with a context, a queue and a buffer of its own takes one op of ridge.
struct plain {
    cl_context context;
    cl_command_queue queue;
    cl_mem buffer;
};

static struct plain plain_program(const float *data, size_t size)
{
    struct plain plain;
    cl_int code;
    plain.context = clCreateContext(NULL, 1, &test_device->id, NULL, NULL, &code);
    assert_int_equal(code, CL_SUCCESS);
    plain.queue = clCreateCommandQueue(plain.context, test_device->id, 0, &code);
    assert_int_equal(code, CL_SUCCESS);
    plain.buffer = clCreateBuffer(plain.context, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, size,
                                  (void *)data, &code);
    assert_int_equal(code, CL_SUCCESS);
    return plain;
}

static void plain_release(struct plain *plain)
{
    clReleaseMemObject(plain->buffer);
    clReleaseCommandQueue(plain->queue);
    clReleaseContext(plain->context);
}

static void one_op_in_a_plain_program(void **state)
{
    (void)state;
    const float data[6] = {1, 2, 3, 4, 5, 6};
    float got[6];
    long live = interpose_live();
    struct plain plain = plain_program(data, sizeof(data));
    long plain_live = interpose_live();
    ridge_device *device;
    assert_ok(ridge_device_wrap(plain.context, test_device->id, plain.queue, &device));
    assert_ptr_equal(ridge_device_context(device), plain.context);
    assert_ptr_equal(ridge_device_queue(device), plain.queue);
    ridge_tensor x;
    assert_ok(ridge_tensor_wrap(device, plain.buffer, 1, RIDGE_FLOAT32, RIDGE_SHAPE(2, 2), &x));
    assert_ok(ridge_scale(ridge_device_launcher(device), 10, x));
    assert_int_equal(ridge_device_memory(device), 0); // nothing was copied
    ridge_device_close(&device);
    assert_int_equal(interpose_live(), plain_live);

    // The program goes on with what it has.
    assert_int_equal(
        clEnqueueReadBuffer(plain.queue, plain.buffer, CL_TRUE, 0, sizeof(got), got, 0, NULL, NULL),
        CL_SUCCESS);
    const float expected[6] = {1, 20, 30, 40, 50, 6};
    assert_memory_equal(got, expected, sizeof(expected));
    plain_release(&plain);
    assert_int_equal(interpose_live(), live);
}

// ridge holds what it wraps: the program may let go first.
static void wrapped_handles_are_retained(void **state)
{
    (void)state;
    const float data[1] = {4};
    float got[1];
    struct plain plain = plain_program(data, sizeof(data));
    ridge_device *device;
    assert_ok(ridge_device_wrap(plain.context, test_device->id, plain.queue, &device));
    plain_release(&plain);
    ridge_tensor y;
    assert_ok(ridge_tensor_create(device, RIDGE_FLOAT32, 0, NULL, &y));
    assert_ok(ridge_fill(ridge_device_launcher(device), y, 3));
    assert_ok(ridge_tensor_read(device, y, got));
    assert_true(got[0] == 3);
    ridge_tensor_destroy(device, &y);
    ridge_device_close(&device);
}

static void refused_wraps(void **state)
{
    (void)state;
    const float data[1] = {0};
    struct plain plain = plain_program(data, sizeof(data));
    cl_device_id id = test_device->id;
    ridge_device *device = test_device;
    assert_fails(ridge_device_wrap(test_device->context, id, plain.queue, &device),
                 RIDGE_ERROR_ARGUMENT, "queue: expected a queue of the given context");
    assert_null(device);
    assert_fails(ridge_device_wrap(NULL, id, plain.queue, &device), RIDGE_ERROR_ARGUMENT,
                 "context");
    assert_fails(ridge_device_wrap(plain.context, NULL, plain.queue, &device), RIDGE_ERROR_ARGUMENT,
                 "device");
    assert_fails(ridge_device_wrap(plain.context, id, NULL, &device), RIDGE_ERROR_ARGUMENT,
                 "queue");
    assert_fails(ridge_device_wrap(plain.context, id, plain.queue, NULL), RIDGE_ERROR_ARGUMENT,
                 "device");

    cl_int code;
    long live = interpose_live();
    cl_command_queue unordered =
        clCreateCommandQueue(plain.context, id, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
    if (code == CL_SUCCESS) { // not every driver has such queues
        assert_fails(ridge_device_wrap(plain.context, id, unordered, &device), RIDGE_ERROR_ARGUMENT,
                     "queue: expected an in-order queue");
        clReleaseCommandQueue(unordered);
    }
    assert_int_equal(interpose_live(), live);
    plain_release(&plain);
}

// What fails at work, and what is said of it.
static const struct {
    enum interpose_call call;
    cl_int code;
    ridge_status status;
    const char *text;
} failures[] = {
    {INTERPOSE_CREATE_BUFFER, CL_INVALID_CONTEXT, RIDGE_ERROR_DEVICE,
     "clCreateBuffer failed with CL_INVALID_CONTEXT (-34)"},
    {INTERPOSE_CREATE_BUFFER, CL_MEM_OBJECT_ALLOCATION_FAILURE, RIDGE_ERROR_DEVICE_MEMORY,
     "CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)"},
    {INTERPOSE_CREATE_BUFFER, CL_OUT_OF_HOST_MEMORY, RIDGE_ERROR_MEMORY,
     "CL_OUT_OF_HOST_MEMORY (-6)"},
    {INTERPOSE_WRITE, CL_DEVICE_NOT_AVAILABLE, RIDGE_ERROR_DEVICE,
     "clEnqueueWriteBuffer failed with CL_DEVICE_NOT_AVAILABLE (-2)"},
    {INTERPOSE_CREATE_SOURCE, CL_INVALID_CONTEXT, RIDGE_ERROR_DEVICE,
     "clCreateProgramWithSource failed with CL_INVALID_CONTEXT"},
    {INTERPOSE_BUILD, CL_DEVICE_NOT_AVAILABLE, RIDGE_ERROR_BUILD, "CL_DEVICE_NOT_AVAILABLE"},
    {INTERPOSE_CREATE_KERNEL, CL_OUT_OF_RESOURCES, RIDGE_ERROR_DEVICE_MEMORY,
     "elementwise.cl, kernel scale: clCreateKernel failed with CL_OUT_OF_RESOURCES (-5)"},
    {INTERPOSE_SET_ARGUMENT, CL_INVALID_MEM_OBJECT, RIDGE_ERROR_DEVICE,
     "kernel scale, argument 0: clSetKernelArg failed with CL_INVALID_MEM_OBJECT (-38)"},
    {INTERPOSE_LAUNCH, CL_OUT_OF_RESOURCES, RIDGE_ERROR_DEVICE_MEMORY,
     "kernel scale: clEnqueueNDRangeKernel failed with CL_OUT_OF_RESOURCES (-5)"},
    {INTERPOSE_READ, -9999, RIDGE_ERROR_DEVICE,
     "clEnqueueReadBuffer failed with unknown code (-9999)"},
    {INTERPOSE_FINISH, CL_INVALID_COMMAND_QUEUE, RIDGE_ERROR_DEVICE,
     "clFinish failed with CL_INVALID_COMMAND_QUEUE (-36)"},
};

// A tensor on the device, a kernel over it, and the number back.
static ridge_status quadruple(ridge_device *device, float *value)
{
    ridge_tensor x = {0};
    ridge_status status = ridge_tensor_create(device, RIDGE_FLOAT32, 0, NULL, &x);
    if (!status)
        status = ridge_tensor_write(device, x, value);
    if (!status)
        status = ridge_scale(ridge_device_launcher(device), 4, x);
    if (!status)
        status = ridge_tensor_read(device, x, value);
    if (!status)
        status = ridge_device_finish(device);
    ridge_tensor_destroy(device, &x);
    return status;
}

// The device goes away at work: each call fails with a name and a code, nothing stays behind, and
// where the device is back the next call works.
static void device_vanishes_at_work(void **state)
{
    (void)state;
    setenv("RIDGE_CACHE", "off", 1); // so that each round builds
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        long live = interpose_live();
        ridge_device *device;
        assert_ok(ridge_device_open(NULL, &device));
        for (int round = 0; round < 2; round++) {
            float value = 2;
            interpose_reset();
            if (round == 0)
                interpose_fail(failures[i].call, 0, failures[i].code);
            ridge_status status = quadruple(device, &value);
            if (round == 0)
                assert_fails(status, failures[i].status, failures[i].text);
            else
                assert_true(status == RIDGE_OK && value == 8);
            assert_int_equal(ridge_device_memory(device), 0);
        }
        ridge_device_close(&device);
        assert_int_equal(interpose_live(), live);
    }
    test_built_again = false; // for the build that was made to fail
    unsetenv("RIDGE_CACHE");
}

static void plan_survives_a_failed_run(void **state)
{
    (void)state;
    float one = 1, got;
    ridge_tensor x = test_tensor(RIDGE_FLOAT32, 0, NULL, &one);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_scale(ridge_plan_launcher(plan), 3, x));
    interpose_reset();
    interpose_fail(INTERPOSE_LAUNCH, 1, CL_DEVICE_NOT_AVAILABLE);
    assert_fails(ridge_plan_run(plan), RIDGE_ERROR_DEVICE,
                 "kernel scale: clEnqueueNDRangeKernel failed with CL_DEVICE_NOT_AVAILABLE (-2)");
    assert_ok(ridge_plan_run(plan));

    // Recording fails half-way: the plan holds what was recorded before.
    long live = interpose_live();
    interpose_fail(INTERPOSE_SET_ARGUMENT, 3, CL_OUT_OF_HOST_MEMORY);
    assert_fails(ridge_scale(ridge_plan_launcher(plan), 5, x), RIDGE_ERROR_MEMORY,
                 "kernel scale, argument 2");
    assert_int_equal(interpose_live(), live);
    assert_int_equal(ridge_plan_length(plan), 1);
    assert_ok(ridge_plan_run(plan));
    test_get(x, &got);
    assert_true(got == 9);
    ridge_plan_destroy(&plan);
    test_release(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opened_device),
        cmocka_unit_test(refused_settings),
        cmocka_unit_test(one_op_in_a_plain_program),
        cmocka_unit_test(wrapped_handles_are_retained),
        cmocka_unit_test(refused_wraps),
        cmocka_unit_test(device_vanishes_at_work),
        cmocka_unit_test(plan_survives_a_failed_run),
    };
    return TEST_MAIN("device", tests);
}

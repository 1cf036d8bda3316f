// SPDX-License-Identifier: Apache-2.0
// The bundle: programs side by side in one text, what a dense network takes from it, and that all
// goes on without it.
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#include <ridge/training.h>

#include "device/bundle.h"
#include "device/device.h"
#include "device/program.h"
#include "interpose.h"
#include "problems.h"

// A device as PoCL's is, which bundles, or as others, which do not.
static ridge_device *open_device(bool bundles)
{
    ridge_device *device;
    assert_int_equal(setenv("RIDGE_GEMM", "panel", 1), 0); // CLBlast builds programs of its own
    assert_int_equal(setenv("RIDGE_CACHE", "off", 1), 0);  // loading from it is a build, too
    assert_ok(ridge_device_open(NULL, &device));
    device->bundles = bundles;
    interpose_reset();
    return device;
}

static void train(ridge_device *device, float *weights)
{
    ridge_dataset *data = test_blobs(61, 6, 4, 0.4);
    ridge_network *network = ridge_network_create(device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {6}));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.2f));
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = 16, .activation = RIDGE_RELU,
                                       .weight = {.l2 = 1e-4f, .max_norm = 2}));
    x = ridge_dense(network, x, ridge_dense_params(.units = 4));
    assert_ok(ridge_network_compile(
        network, x,
        ridge_compile_params(.optimizer = ridge_sgd(.rate = 0.1f, .momentum = 0.9f), .seed = 5,
                             .batch = 16)));
    ridge_history history;
    assert_ok(ridge_fit(network, data, ridge_fit_params(.epochs = 2), &history));
    assert_ok(ridge_network_get(network, "dense_1.weight", weights, 96));
    ridge_history_clear(&history);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

// All of a usual network is one build; and the same network without the bundle computes the same,
// up to what a compiler may make of a b + c: a few roundings of weights below 2 in each of 8 steps.
static void one_build(void **state)
{
    (void)state;
    float bundled[96], apart[96];
    ridge_device *device = open_device(true);
    train(device, bundled);
    if (interpose_count(INTERPOSE_BUILD) != 1)
        fail_msg("%zu builds: $RIDGE_TEST_LOG shows what lib/device/bundle.c lacks",
                 interpose_count(INTERPOSE_BUILD));
    ridge_device_close(&device);
    device = open_device(false);
    train(device, apart);
    assert_true(interpose_count(INTERPOSE_BUILD) > 5);
    ridge_device_close(&device);
    double expected[96];
    for (int i = 0; i < 96; i++)
        expected[i] = apart[i];
    test_close("weight", bundled, expected, 96, 8 * 8 * 2 * TEST_EPSILON, 0);
}

static void without_a_bundle(void **state)
{
    (void)state;
    long live = interpose_live();
    ridge_device *device = open_device(true);
    cl_kernel kernel;
    device->declares = false; // else it would be built again with all declarations
    interpose_fail(INTERPOSE_BUILD, 1, CL_BUILD_PROGRAM_FAILURE);
    assert_ok(ridge_kernel_shared(device, "bias", NULL, "sum_rows", &kernel));
    assert_int_equal(interpose_count(INTERPOSE_BUILD), 2);
    assert_ok(ridge_kernel_shared(device, "step", NULL, "step_begin", &kernel));
    assert_int_equal(interpose_count(INTERPOSE_BUILD), 3);
    ridge_device_close(&device);
    assert_int_equal(interpose_live(), live);
}

// A source that is in there twice, with a macro, a type and defines of its own.
static void side_by_side(void **state)
{
    (void)state;
    static const char *const names[] = {"twice", "give", "struct_of_one", NULL};
    static const char *const macros[] = {"SUM", "RIDGE_WALK_CPU", NULL};
    static const char *const keep[] = {"RIDGE_WALK_CPU", NULL};
    const struct ridge_kernel_source source = {
        .name = "sketch",
        .text = (const unsigned char *)"#ifndef RIDGE_WALK_CPU\n#error the option is gone\n#endif\n"
                                       "#ifdef SUM\n#error defined already\n#endif\n"
                                       "#define SUM (FIRST + SECOND)\n"
                                       "struct struct_of_one { int x; };\n"
                                       "static int twice(int x) { return 2 * x; }\n"
                                       "__kernel void give(__global int *y)\n"
                                       "{ struct struct_of_one one = {SUM}; *y = twice(one.x); }",
        .names = names,
        .macros = macros,
    };
    struct ridge_text text = {0};
    ridge_bundle_append(&text, &source, "-DFIRST=1 -DSECOND=20", 3, keep);
    ridge_bundle_append(&text, &source, "-DSECOND=4 -DFIRST=300", 12, keep);
    cl_program program;
    assert_ok(ridge_program_build(test_device, "sketch", (const unsigned char *)text.data,
                                  text.length, NULL, &program));
    const struct {
        const char *name;
        int32_t expected;
    } kernels[] = {{"give_3", 42}, {"give_12", 608}};
    ridge_tensor y;
    assert_ok(ridge_tensor_create(test_device, RIDGE_INT32, 0, NULL, &y));
    for (int i = 0; i < 2; i++) {
        cl_int code;
        cl_kernel kernel = clCreateKernel(program, kernels[i].name, &code);
        assert_int_equal(code, CL_SUCCESS);
        assert_int_equal(clSetKernelArg(kernel, 0, sizeof(y.buffer), &y.buffer), CL_SUCCESS);
        assert_int_equal(clEnqueueNDRangeKernel(test_device->queue, kernel, 1, NULL, &(size_t){1},
                                                NULL, 0, NULL, NULL),
                         CL_SUCCESS);
        int32_t got;
        assert_ok(ridge_tensor_read(test_device, y, &got));
        assert_int_equal(got, kernels[i].expected);
        clReleaseKernel(kernel);
    }
    ridge_tensor_destroy(test_device, &y);
    clReleaseProgram(program);
    free(text.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(side_by_side),
        cmocka_unit_test(without_a_bundle),
        cmocka_unit_test(one_build),
    };
    // Oclgrind interprets each work-item of a training
    return test_main("bundle", tests, sizeof(tests) / sizeof(tests[0]) - test_small());
}

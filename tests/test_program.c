// SPDX-License-Identifier: Apache-2.0
// Programs: built once per name and defines, with a message that helps when one does not build.
#include "harness.h"

#include <string.h>

#include "device/device.h"
#include "device/program.h"
#include "interpose.h"

static ridge_status build(const char *text, const char *defines, cl_program *program)
{
    return ridge_program_build(test_device, "sketch", (const unsigned char *)text, strlen(text),
                               defines, program);
}

static void message_of_a_failed_build(void **state)
{
    (void)state;
    long live = interpose_live();
    cl_program program;
    assert_fails(build("__kernel void f(__global int *x)\n{\n    x[0] = undeclared_name;\n}\n",
                       "-DWIDTH=3", &program),
                 RIDGE_ERROR_BUILD, "sketch.cl does not build on ");
    assert_null(program);
    assert_non_null(strstr(ridge_error(), test_device->info.name));
    assert_non_null(strstr(ridge_error(), "-DWIDTH=3"));
    assert_non_null(strstr(ridge_error(), "-cl-std=CL1.2"));
    assert_non_null(strstr(ridge_error(), "undeclared_name")); // the compiler's own words
    assert_int_equal(interpose_live(), live);
}

// A log longer than the message may be is cut, not overrun.
static void long_build_log(void **state)
{
    (void)state;
    char text[16384] = "__kernel void f(__global int *x)\n{\n";
    for (int i = 0; i < 200; i++)
        strcat(text, "    x[0] += an_undeclared_and_rather_long_name;\n");
    strcat(text, "}\n");
    cl_program program;
    assert_fails(build(text, NULL, &program), RIDGE_ERROR_BUILD, "an_undeclared_and_rather_long");
    assert_null(program);
}

// cl/builtins.cl does not declare cbrt(), since no kernel uses it.
static void built_again_with_all_declarations(void **state)
{
    (void)state;
    cl_program program;
    bool declares = test_device->declares;
    test_device->declares = true;
    interpose_reset();
    assert_ok(build("__kernel void f(__global float *x)\n{\n    x[0] = cbrt(x[0]);\n}\n", NULL,
                    &program));
    // 1: not with clang's header
    assert_int_equal(interpose_count(INTERPOSE_BUILD), test_built_again ? 2 : 1);
    assert_true(test_built_again || !declares);
    test_built_again = false;
    clReleaseProgram(program);
    test_device->declares = declares;
}

static void unknown_names(void **state)
{
    (void)state;
    cl_kernel kernel;
    long live = interpose_live();
    assert_fails(ridge_kernel_create(test_device, "nothing", NULL, "fill", &kernel),
                 RIDGE_ERROR_BUILD, "no kernel file is called nothing.cl");
    assert_int_equal(interpose_live(), live);
    assert_ok(ridge_kernel_create(test_device, "elementwise", NULL, "fill", &kernel));
    clReleaseKernel(kernel);
    live = interpose_live();
    for (int i = 0; i < 2; i++) {
        assert_fails(ridge_kernel_create(test_device, "elementwise", NULL, "filll", &kernel),
                     RIDGE_ERROR_DEVICE, "elementwise.cl, kernel filll: clCreateKernel failed");
        assert_fails(ridge_kernel_shared(test_device, "elementwise", NULL, "filll", &kernel),
                     RIDGE_ERROR_DEVICE, "CL_INVALID_KERNEL_NAME");
    }
    assert_int_equal(interpose_live(), live);
}

static void built_once(void **state)
{
    (void)state;
    ridge_device *device;
    cl_kernel first, second, other, fresh;
    assert_ok(ridge_device_open(NULL, &device));
    interpose_reset();
    assert_ok(ridge_kernel_shared(device, "elementwise", NULL, "fill", &first));
    assert_ok(ridge_kernel_shared(device, "elementwise", "", "fill", &second));
    assert_ok(ridge_kernel_shared(device, "elementwise", NULL, "copy", &other));
    assert_ptr_equal(first, second);
    assert_ptr_not_equal(first, other);
    assert_ok(ridge_kernel_create(device, "elementwise", NULL, "fill", &fresh));
    assert_ptr_not_equal(first, fresh);
    clReleaseKernel(fresh);
    assert_int_equal(interpose_count(INTERPOSE_BUILD), 1);
    assert_int_equal(interpose_count(INTERPOSE_CREATE_KERNEL), 3);

    // Other defines are another program; the first one stays.
    assert_ok(ridge_kernel_shared(device, "elementwise", "-DOTHER=1", "fill", &other));
    assert_ptr_not_equal(first, other);
    assert_int_equal(interpose_count(INTERPOSE_BUILD), 2);
    assert_ok(ridge_kernel_shared(device, "elementwise", NULL, "fill", &second));
    assert_ptr_equal(first, second);
    assert_int_equal(interpose_count(INTERPOSE_BUILD), 2);
    ridge_device_close(&device);
}

static void every_source_is_there(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct ridge_kernel_source *source = ridge_kernel_sources; source->name; source++) {
        assert_true(source->size > 0);
        assert_int_equal(source->text[source->size], 0);
        assert_null(strstr((const char *)source->text, "#include"));
        count++;
    }
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_of_a_failed_build),
        cmocka_unit_test(long_build_log),
        cmocka_unit_test(built_again_with_all_declarations),
        cmocka_unit_test(unknown_names),
        cmocka_unit_test(built_once),
        cmocka_unit_test(every_source_is_there),
    };
    return TEST_MAIN("program", tests);
}

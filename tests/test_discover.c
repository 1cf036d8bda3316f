// SPDX-License-Identifier: Apache-2.0
// Finding devices where drivers are absent, broken, or lose their device meanwhile: ridge says so
// once, leaks nothing, and goes on with the others.
#include "harness.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "device/device.h"
#include "files.h"
#include "interpose.h"

static char warnings[4096];

static void keep_warnings(void *context, ridge_log_level level, const char *message)
{
    (void)context;
    if (level == RIDGE_LOG_WARNING)
        strncat(warnings, message, sizeof(warnings) - strlen(warnings) - 1);
}

static int start(void **state)
{
    (void)state;
    interpose_reset();
    warnings[0] = 0;
    ridge_set_log(keep_warnings, NULL, RIDGE_LOG_WARNING);
    return 0;
}

static size_t count_usable(const char *selector)
{
    ridge_device_info *list;
    size_t count, usable = 0, index;
    assert_ok(ridge_device_list(&list, &count));
    while (ridge_device_choose(selector, list, count, &index) == RIDGE_OK) {
        list[index].usable = false;
        usable++;
    }
    ridge_device_list_free(&list);
    assert_null(list);
    return usable;
}

static void lists_the_device(void **state)
{
    (void)state;
    const ridge_device_info *mine = ridge_device_get_info(test_device);
    ridge_device_info *list;
    size_t count;
    bool found = false;
    assert_ok(ridge_device_list(&list, &count));
    for (size_t i = 0; i < count; i++) {
        const ridge_device_info *info = &list[i];
        assert_true(info->reason[0]);
        assert_true(info->usable == (info->score > 0));
        if (info->platform != mine->platform || info->device != mine->device)
            continue;
        found = true;
        assert_string_equal(info->name, mine->name);
        assert_true(info->usable);
        assert_true(info->name[0] && info->vendor[0] && info->driver[0] && info->version[0]);
        assert_true(info->compute_units && info->lanes && info->largest_group);
        assert_true(info->memory && info->largest_buffer && info->local_memory);
    }
    assert_true(found);
    ridge_device_list_free(&list);
    ridge_device_list_free(NULL);
    assert_fails(ridge_device_list(NULL, &count), RIDGE_ERROR_ARGUMENT, "list");
}

// A simulator that claims to be a CPU and a GPU at once must not pass for either.
static void simulators_are_accelerators(void **state)
{
    (void)state;
    cl_device_type type;
    assert_int_equal(clGetDeviceInfo(test_device->id, CL_DEVICE_TYPE, sizeof(type), &type, NULL),
                     CL_SUCCESS);
    type &= CL_DEVICE_TYPE_CPU | CL_DEVICE_TYPE_GPU;
    ridge_device_type expected = type == CL_DEVICE_TYPE_CPU   ? RIDGE_DEVICE_CPU
                                 : type == CL_DEVICE_TYPE_GPU ? RIDGE_DEVICE_GPU
                                                              : RIDGE_DEVICE_ACCELERATOR;
    assert_int_equal(ridge_device_get_info(test_device)->type, expected);
}

static void broken_platform_is_skipped(void **state)
{
    (void)state;
    cl_platform_id platform;
    assert_int_equal(
        clGetDeviceInfo(test_device->id, CL_DEVICE_PLATFORM, sizeof(platform), &platform, NULL),
        CL_SUCCESS);
    const ridge_device_info *mine = ridge_device_get_info(test_device);
    ridge_device_info *before, *after;
    size_t before_count, after_count, others = 0;
    assert_ok(ridge_device_list(&before, &before_count));
    interpose_fail_platform(platform, CL_INVALID_PLATFORM);
    assert_ok(ridge_device_list(&after, &after_count));
    for (size_t i = 0; i < before_count; i++) {
        if (before[i].platform == mine->platform)
            continue;
        assert_string_equal(after[others].name, before[i].name);
        assert_int_equal(after[others].platform, before[i].platform);
        others++;
    }
    assert_int_equal(after_count, others);
    assert_non_null(strstr(warnings, mine->platform_name));
    assert_non_null(strstr(warnings, "is skipped: clGetDeviceIDs failed with CL_INVALID_PLATFORM"));
    ridge_device_list_free(&before);
    ridge_device_list_free(&after);

    ridge_device *device;
    assert_fails(ridge_device_open(mine->platform_name, &device), RIDGE_ERROR_NO_DEVICE,
                 others ? mine->platform_name : "no OpenCL device");
    assert_null(device);
}

// A platform without devices is nothing to warn of.
static void platforms_without_devices(void **state)
{
    (void)state;
    interpose_fail(INTERPOSE_GET_DEVICES, 0, CL_DEVICE_NOT_FOUND);
    ridge_device *device;
    assert_int_equal(count_usable(NULL), 0);
    assert_string_equal(warnings, "");
    assert_fails(ridge_device_open("gpu", &device), RIDGE_ERROR_NO_DEVICE, "no OpenCL device");
}

static ridge_device *open_after(enum interpose_call call, size_t n, cl_int code,
                                const char *selector)
{
    ridge_device *device;
    interpose_reset();
    interpose_fail(call, n, code);
    ridge_status status = ridge_device_open(selector, &device);
    assert_true((status == RIDGE_OK) == (device != NULL));
    if (!device)
        assert_int_equal(status, RIDGE_ERROR_NO_DEVICE);
    interpose_reset();
    return device;
}

// The best device does not open: the next one that fits is taken, and if there is none the message
// says what happened.
static void best_device_does_not_open(void **state)
{
    (void)state;
    long live = interpose_live();
    static const enum interpose_call calls[] = {INTERPOSE_CREATE_CONTEXT, INTERPOSE_CREATE_QUEUE};
    for (int i = 0; i < 2; i++) {
        for (int only_mine = 0; only_mine < 2; only_mine++) {
            char number[32];
            const ridge_device_info *mine = ridge_device_get_info(test_device);
            snprintf(number, sizeof(number), "%u:%u", mine->platform, mine->device);
            const char *selector = only_mine ? number : ""; // all that fit $RIDGE_DEVICE
            warnings[0] = 0;
            size_t usable = count_usable(selector);
            ridge_device *device = open_after(calls[i], 1, CL_DEVICE_NOT_AVAILABLE, selector);
            assert_true((device != NULL) == (usable > 1));
            assert_non_null(strstr(warnings, "is skipped"));
            assert_non_null(strstr(warnings, "CL_DEVICE_NOT_AVAILABLE (-2)"));
            if (!device)
                assert_non_null(strstr(ridge_error(), "CL_DEVICE_NOT_AVAILABLE (-2)"));
            ridge_device_close(&device);
            assert_int_equal(interpose_live(), live);
        }
    }
}

// The device is in the list and gone when it is opened.
static void device_vanishes_meanwhile(void **state)
{
    (void)state;
    const ridge_device_info *mine = ridge_device_get_info(test_device);
    char selector[32];
    snprintf(selector, sizeof(selector), "%u:%u", mine->platform, mine->device);
    count_usable(selector);
    size_t listing = interpose_count(INTERPOSE_GET_DEVICES);
    assert_null(open_after(INTERPOSE_GET_DEVICES, listing + 1, CL_DEVICE_NOT_FOUND, selector));
    assert_non_null(strstr(ridge_error(), "is gone"));
}

static void no_platform(void **state)
{
    (void)state;
    if (test_small())
        skip(); // Oclgrind is a platform without being installed as one
    const char *empty = test_path("no-drivers");
    assert_int_equal(mkdir(empty, 0777), 0);
    setenv("OCL_ICD_VENDORS", empty, 1);
    unsetenv("OCL_ICD_FILENAMES");
    extern char **environ;
    char *arguments[] = {"/proc/self/exe", "child", NULL};
    pid_t child;
    int status;
    assert_int_equal(posix_spawn(&child, arguments[0], NULL, NULL, arguments, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

// In a process of its own, since loaders read their folder once.
static void child_without_platform(void **state)
{
    (void)state;
    ridge_device_info *list;
    size_t count = 99;
    assert_ok(ridge_device_list(&list, &count));
    assert_int_equal(count, 0);
    ridge_device_list_free(&list);
    ridge_device *device;
    assert_fails(ridge_device_open(NULL, &device), RIDGE_ERROR_NO_DEVICE,
                 "no OpenCL device: no driver offers one; install");
    assert_null(device);
    assert_string_equal(warnings, "");
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lists_the_device, start),
        cmocka_unit_test_setup(simulators_are_accelerators, start),
        cmocka_unit_test_setup(broken_platform_is_skipped, start),
        cmocka_unit_test_setup(platforms_without_devices, start),
        cmocka_unit_test_setup(best_device_does_not_open, start),
        cmocka_unit_test_setup(device_vanishes_meanwhile, start),
        cmocka_unit_test_setup(no_platform, start),
    };
    const struct CMUnitTest child_tests[] = {
        cmocka_unit_test_setup(child_without_platform, start),
    };
    if (count > 1 && strcmp(arguments[1], "child") == 0)
        return cmocka_run_group_tests(child_tests, NULL, NULL);
    return TEST_MAIN("discover", tests);
}

// SPDX-License-Identifier: Apache-2.0
// The disk cache: a program comes back from its file, and whatever is wrong with file, folder or
// driver, it is built from source again and computes the right thing.
#include "harness.h"

#include <glob.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device/cache_file.h"
#include "device/device.h"
#include "device/program.h"
#include "device/program_cache.h"
#include "files.h"
#include "interpose.h"

static const char text[] = "__kernel void give(__global float *x) { x[0] = VALUE; }\n";

// Builds the program for one value, with the given driver version (NULL: the true one), and fails
// unless the kernel gives that value. Returns whether the program came from source.
static bool build(int value, const char *driver)
{
    ridge_device *device;
    assert_ok(ridge_device_open(NULL, &device));
    if (driver)
        snprintf(device->info.driver, sizeof(device->info.driver), "%s", driver);
    char defines[32];
    snprintf(defines, sizeof(defines), "-DVALUE=%d", value);
    cl_program program;
    size_t before = interpose_count(INTERPOSE_CREATE_SOURCE);
    assert_ok(ridge_program_build(device, "give", (const unsigned char *)text, sizeof(text) - 1,
                                  defines, &program));
    size_t sources = interpose_count(INTERPOSE_CREATE_SOURCE) - before;
    cl_int code;
    cl_kernel kernel = clCreateKernel(program, "give", &code);
    assert_int_equal(code, CL_SUCCESS);
    ridge_tensor x;
    assert_ok(ridge_tensor_create(device, RIDGE_FLOAT32, 0, NULL, &x));
    assert_int_equal(clSetKernelArg(kernel, 0, sizeof(x.buffer), &x.buffer), CL_SUCCESS);
    size_t one = 1;
    assert_int_equal(
        clEnqueueNDRangeKernel(device->queue, kernel, 1, NULL, &one, &one, 0, NULL, NULL),
        CL_SUCCESS);
    float got;
    assert_ok(ridge_tensor_read(device, x, &got));
    assert_true(got == (float)value);
    ridge_tensor_destroy(device, &x);
    clReleaseKernel(kernel);
    clReleaseProgram(program);
    ridge_device_close(&device);
    return sources == 1;
}

// An empty cache under this name in the scratch folder.
static void fresh_cache(const char *name)
{
    assert_int_equal(setenv("XDG_CACHE_HOME", test_path(name), 1), 0);
    assert_int_equal(setenv("RIDGE_CACHE", "on", 1), 0);
    interpose_reset();
}

// The number of files in the cache's folder, temporary ones too, and the path of the first.
static size_t cache_files(const char **first)
{
    static char path[4096];
    glob_t found;
    snprintf(path, sizeof(path), "%s/ridge/*.bin*", getenv("XDG_CACHE_HOME"));
    size_t count = glob(path, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
    if (count)
        snprintf(path, sizeof(path), "%s", found.gl_pathv[0]);
    globfree(&found);
    if (first)
        *first = path;
    return count;
}

static unsigned char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *data = malloc(*size);
    assert_int_equal(fread(data, 1, *size, file), *size);
    fclose(file);
    return data;
}

static void write_file(const char *path, const unsigned char *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void stored_and_loaded(void **state)
{
    (void)state;
    fresh_cache("plain");
    long live = interpose_live();
    assert_true(build(1, NULL));
    assert_int_equal(cache_files(NULL), 1);
    assert_int_equal(interpose_count(INTERPOSE_GET_BINARIES), 2);
    assert_false(build(1, NULL));
    assert_int_equal(interpose_count(INTERPOSE_CREATE_BINARY), 1);
    assert_int_equal(interpose_count(INTERPOSE_GET_BINARIES), 2);

    // Other options and another driver are other programs.
    assert_true(build(2, NULL));
    assert_true(build(1, "another version"));
    assert_int_equal(cache_files(NULL), 3);
    assert_false(build(2, NULL));
    assert_int_equal(interpose_live(), live);
}

static void switched_off(void **state)
{
    (void)state;
    fresh_cache("off");
    setenv("RIDGE_CACHE", "off", 1);
    assert_true(build(1, NULL));
    assert_true(build(1, NULL));
    assert_int_equal(cache_files(NULL), 0);
    assert_int_equal(interpose_count(INTERPOSE_GET_BINARIES), 0);

    setenv("RIDGE_CACHE", "perhaps", 1);
    ridge_device *device;
    assert_fails(ridge_device_open(NULL, &device), RIDGE_ERROR_ARGUMENT,
                 "RIDGE_CACHE: expected on or off, got 'perhaps'");
    assert_null(device);

    // Left to itself it is off where the driver has a cache of its own.
    ridge_device_info info = {.platform_name = "Portable Computing Language"};
    assert_false(ridge_program_cache_helps(&info));
    info = (ridge_device_info){.platform_name = "rusticl"};
    assert_true(ridge_program_cache_helps(&info));
}

static void damaged_files_are_replaced(void **state)
{
    (void)state;
    fresh_cache("damaged");
    assert_true(build(1, NULL));
    const char *path;
    assert_int_equal(cache_files(&path), 1);
    size_t size;
    unsigned char *good = read_file(path, &size);
    unsigned char *bad = malloc(size + 1);
    uint32_t key_size;
    memcpy(&key_size, good + 8, sizeof(key_size));

    // PoCL takes 256 MiB to hand out a binary, so only the last of these programs is stored.
    interpose_fail(INTERPOSE_GET_BINARIES, 0, CL_OUT_OF_HOST_MEMORY);
    const size_t lengths[] = {0, 1, 23, 24, size / 2, size - 1, size + 1};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        memcpy(bad, good, size);
        bad[size] = 0;
        write_file(path, bad, lengths[i]);
        assert_true(build(1, NULL));
    }
    // magic, its version, size of the key, checksum, size of the binary, key, binary
    const size_t flips[] = {0, 6, 8, 11, 12, 16, 23, 24, 24 + key_size, size - 1};
    for (size_t i = 0; i < sizeof(flips) / sizeof(flips[0]); i++) {
        memcpy(bad, good, size);
        bad[flips[i]] ^= 0x80;
        write_file(path, bad, size);
        assert_true(build(1, NULL));
    }
    assert_int_equal(interpose_count(INTERPOSE_CREATE_BINARY), 0);
    interpose_reset();
    assert_true(build(1, NULL));
    assert_int_equal(cache_files(NULL), 1);
    assert_false(build(1, NULL));
    free(good);
    free(bad);
}

// Two programs whose hashes collide, or a cache that was copied from elsewhere: a sound file under
// the wrong name.
static void wrong_program_is_not_taken(void **state)
{
    (void)state;
    fresh_cache("wrong");
    const char *path;
    assert_true(build(1, NULL));
    assert_int_equal(cache_files(&path), 1);
    size_t size;
    unsigned char *one = read_file(path, &size);
    remove(path);
    assert_true(build(2, NULL));
    assert_int_equal(cache_files(&path), 1);
    write_file(path, one, size);
    assert_true(build(2, NULL));
    assert_false(build(2, NULL));
    free(one);
}

static void driver_refuses(void **state)
{
    (void)state;
    fresh_cache("refused");
    long live = interpose_live();
    for (size_t n = 1; n <= 2; n++) { // their sizes, and they themselves
        interpose_fail(INTERPOSE_GET_BINARIES, n, CL_OUT_OF_HOST_MEMORY);
        assert_true(build(1, NULL));
        assert_int_equal(cache_files(NULL), 0);
    }
    assert_true(build(1, NULL));
    assert_int_equal(cache_files(NULL), 1);
    interpose_fail(INTERPOSE_CREATE_BINARY, 1, CL_INVALID_BINARY);
    assert_true(build(1, NULL));
    interpose_fail(INTERPOSE_BUILD, 1, CL_BUILD_PROGRAM_FAILURE);
    assert_true(build(1, NULL));
    assert_false(build(1, NULL));
    assert_int_equal(interpose_live(), live);
}

static void unusable_folders(void **state)
{
    (void)state;
    fresh_cache("folders");
    setenv("XDG_CACHE_HOME", test_write("file", "", 0), 1); // a file where the folder should be
    assert_true(build(1, NULL));
    assert_true(build(1, NULL));

    fresh_cache("taken"); // a folder where the file should be
    const char *path;
    assert_true(build(1, NULL));
    assert_int_equal(cache_files(&path), 1);
    assert_int_equal(remove(path), 0);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_true(build(1, NULL));
    assert_int_equal(cache_files(NULL), 1);

    fresh_cache("nowhere");
    char *home = getenv("HOME") ? strdup(getenv("HOME")) : NULL;
    unsetenv("HOME");
    setenv("XDG_CACHE_HOME", "relative", 1);
    assert_true(build(1, NULL));
    assert_int_not_equal(access("relative", F_OK), 0);
    setenv("HOME", test_path("home"), 1);
    assert_true(build(1, NULL));
    assert_false(build(1, NULL));
    assert_int_equal(access(test_path("home/.cache/ridge"), F_OK), 0);
    if (home)
        setenv("HOME", home, 1);
    else
        unsetenv("HOME");
    free(home);
}

static void processes_share_a_cold_cache(void **state)
{
    (void)state;
    enum { COUNT = 8 };
    fresh_cache("shared");
    pid_t children[COUNT];
    char *arguments[] = {"/proc/self/exe", "child", NULL};
    extern char **environ;
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(posix_spawn(&children[i], arguments[0], NULL, NULL, arguments, environ),
                         0);
    int failed = 0;
    for (int i = 0; i < COUNT; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        failed += status != 0;
    }
    assert_int_equal(failed, 0);
    assert_int_equal(cache_files(NULL), 1);
    assert_false(build(8, NULL));
}

// Somebody who was stopped while he held the lock is waited for once, and not before each build.
static void a_stopped_builder_stops_nobody(void **state)
{
    (void)state;
    const unsigned few = 3;
    ridge_device *device;
    fresh_cache("stopped");
    assert_ok(ridge_device_open(NULL, &device));
    int held = ridge_cache_open("lock");
    assert_int_equal(flock(held, LOCK_EX), 0);
    device->lock_waits = few;
    int lock = ridge_program_cache_lock(device); // -1: a driver that needs none
    assert_int_equal(device->lock_waits, lock < 0 ? few : 0);
    ridge_program_cache_unlock(lock);
    close(held);
    ridge_device_close(&device);
}

// One of several processes that start at once: 0 when its program computes the right thing.
static void child(void **state)
{
    (void)state;
    build(8, NULL);
}

// The drivers' own caches stay where they are when XDG_CACHE_HOME moves.
static void keep_driver_caches(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char path[4096];
    if (cache)
        snprintf(path, sizeof(path), "%s", cache);
    else
        snprintf(path, sizeof(path), "%s/.cache", home ? home : "/tmp");
    setenv("MESA_SHADER_CACHE_DIR", path, 0);
    strncat(path, "/pocl", sizeof(path) - strlen(path) - 1);
    setenv("POCL_CACHE_DIR", path, 0);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_and_loaded),
        cmocka_unit_test(switched_off),
        cmocka_unit_test(damaged_files_are_replaced),
        cmocka_unit_test(wrong_program_is_not_taken),
        cmocka_unit_test(driver_refuses),
        cmocka_unit_test(unusable_folders),
        cmocka_unit_test(processes_share_a_cold_cache),
        cmocka_unit_test(a_stopped_builder_stops_nobody),
    };
    const struct CMUnitTest child_tests[] = {cmocka_unit_test(child)};
    keep_driver_caches();
    if (count > 1 && strcmp(arguments[1], "child") == 0)
        return TEST_MAIN("child", child_tests);
    return TEST_MAIN("program cache", tests);
}

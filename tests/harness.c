// SPDX-License-Identifier: Apache-2.0
// Shared parts of the device tests.
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 64 // elements on each side, also keeps the tensor's offset from being zero
#define POISON_BYTE 0xA5

ridge_device *test_device;
ridge_launcher *test_launcher;
bool test_built_again;

bool test_small(void)
{
    return getenv("RIDGE_TEST_SMALL") != NULL;
}

bool test_few(void)
{
    return test_small() || getenv("RIDGE_TEST_FEW") != NULL;
}

bool test_few_builds(void)
{
    return getenv("RIDGE_TEST_FEW_BUILDS") != NULL;
}

bool test_walks_gpu(void)
{
    ridge_device *device;
    if (ridge_device_open(NULL, &device))
        return false; // test_main says so
    bool gpu = strcmp(ridge_device_walk(device), "gpu") == 0;
    ridge_device_close(&device);
    return gpu;
}

const size_t *test_lengths(void)
{
    static const size_t all[] = {1, 7, 63, 64, 65, 127, 256, 1009, 65537, 1000003, 0};
    static const size_t few[] = {1, 7, 65, 257, 0};
    return test_small() ? few : all;
}

static void print_log(void *context, ridge_log_level level, const char *message)
{
    const bool *verbose = context;
    test_built_again |= strstr(message, "built again with all declarations") != NULL;
    if (*verbose || level <= RIDGE_LOG_WARNING)
        fprintf(stderr, "ridge[%d]: %s\n", (int)level, message);
}

int test_main(const char *name, const struct CMUnitTest *tests, size_t count)
{
    static bool verbose; // devices may be closed when this function has returned
    verbose = getenv("RIDGE_TEST_LOG") != NULL;
    ridge_set_log(print_log, &verbose, verbose ? RIDGE_LOG_DEBUG : RIDGE_LOG_INFO);
    ridge_status status = ridge_device_open(NULL, &test_device);
    if (status == RIDGE_ERROR_NO_DEVICE) {
        printf("SKIP: %s\n", ridge_error());
        return 77;
    }
    if (status != RIDGE_OK) {
        printf("cannot open the device: %s\n", ridge_error());
        return 1;
    }
    test_launcher = ridge_device_launcher(test_device);
    int failed = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
    ridge_device_close(&test_device);
    if (test_built_again)
        printf("a kernel needs a function that cl/builtins.cl does not declare\n");
    return failed || test_built_again ? 1 : 0;
}

void test_expect_failure(const char *file, int line, const char *call, ridge_status got,
                         ridge_status expected, const char *text)
{
    if (got == expected && strstr(ridge_error(), text))
        return;
    print_error("%s: expected status %s with \"%s\", got %s with \"%s\"\n", call,
                ridge_status_name(expected), text, ridge_status_name(got),
                got ? ridge_error() : "");
    _fail(file, line);
}

double test_random(uint64_t seed, uint64_t i, double low, double high)
{
    // splitmix64: independent of the generator under test
    uint64_t z = seed * 0xD1342543DE82EF95u + i * 0x9E3779B97F4A7C15u + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return low + (high - low) * ((double)(z >> 11) * 0x1p-53);
}

void test_fill(float *data, size_t count, uint64_t seed, double low, double high)
{
    for (size_t i = 0; i < count; i++)
        data[i] = (float)test_random(seed, i, low, high);
}

// The buffer with its guards.
static ridge_tensor whole_of(ridge_tensor tensor)
{
    size_t padded = ridge_tensor_count(&tensor) + 2 * GUARD;
    tensor.offset = 0;
    return ridge_tensor_reshaped(tensor, 1, &padded);
}

void test_put(ridge_tensor tensor, const void *data)
{
    size_t count = ridge_tensor_count(&tensor), size = ridge_type_size(tensor.type);
    unsigned char *bytes = malloc((count + 2 * GUARD) * size);
    assert_non_null(bytes);
    memset(bytes, POISON_BYTE, (count + 2 * GUARD) * size);
    if (data)
        memcpy(bytes + GUARD * size, data, count * size);
    float poison = NAN;
    for (size_t i = 0; !data && tensor.type == RIDGE_FLOAT32 && i < count; i++)
        memcpy(bytes + (GUARD + i) * size, &poison, size);
    assert_ok(ridge_tensor_write(test_device, whole_of(tensor), bytes));
    free(bytes);
}

ridge_tensor test_tensor(ridge_type type, unsigned rank, const size_t *shape, const void *data)
{
    ridge_tensor tensor = {.type = type, .rank = rank};
    for (unsigned d = 0; d < rank; d++)
        tensor.shape[d] = shape[d];
    size_t padded = ridge_tensor_count(&tensor) + 2 * GUARD;
    ridge_tensor whole;
    assert_ok(ridge_tensor_create(test_device, type, 1, &padded, &whole));
    tensor.buffer = whole.buffer;
    tensor.offset = GUARD;
    test_put(tensor, data);
    return tensor;
}

ridge_tensor test_vector(size_t count, const float *data)
{
    return test_tensor(RIDGE_FLOAT32, 1, &count, data);
}

ridge_tensor test_matrix(size_t rows, size_t columns, const float *data)
{
    return test_tensor(RIDGE_FLOAT32, 2, (const size_t[]){rows, columns}, data);
}

void test_get(ridge_tensor tensor, void *data)
{
    size_t count = ridge_tensor_count(&tensor), size = ridge_type_size(tensor.type);
    unsigned char *bytes = malloc((count + 2 * GUARD) * size);
    assert_non_null(bytes);
    assert_ok(ridge_tensor_read(test_device, whole_of(tensor), bytes));
    for (size_t i = 0; i < GUARD * size; i++)
        if (bytes[i] != POISON_BYTE || bytes[(GUARD + count) * size + i] != POISON_BYTE)
            fail_msg("a guard byte was overwritten, %zu bytes from the %s of the tensor",
                     bytes[i] != POISON_BYTE ? GUARD * size - i : i,
                     bytes[i] != POISON_BYTE ? "start" : "end");
    memcpy(data, bytes + GUARD * size, count * size);
    free(bytes);
}

void test_release(ridge_tensor *tensor)
{
    tensor->offset = 0;
    ridge_tensor_destroy(test_device, tensor);
}

void test_close(const char *what, const float *actual, const double *expected, size_t count,
                double absolute, double relative)
{
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)actual[i] - expected[i]);
        if (isfinite(actual[i]) && difference <= absolute + relative * fabs(expected[i]))
            continue;
        if (!isfinite(expected[i]) && (double)actual[i] == expected[i])
            continue;
        fail_msg("%s[%zu of %zu]: expected %.9g, got %.9g (difference %.3g, allowed %.3g)", what, i,
                 count, expected[i], (double)actual[i], difference,
                 absolute + relative * fabs(expected[i]));
    }
}

uint64_t test_hash(const void *bytes, size_t size)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
    return hash;
}

// SPDX-License-Identifier: Apache-2.0
// What device tests share: a device from the environment, tensors with guard bytes and poison,
// comparisons that NaN cannot pass, and random numbers that are the same everywhere.
#ifndef RIDGE_TESTS_HARNESS_H
#define RIDGE_TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <ridge/device.h>
#include <ridge/tensor.h>

// The device of the footing ($RIDGE_DEVICE), open for the whole program. Set by test_main.
extern ridge_device *test_device;
extern ridge_launcher *test_launcher; // its immediate launcher

// A program was built a second time, for want of a declaration in cl/builtins.cl: then test_main
// fails, unless the test that meant it has set this back.
extern bool test_built_again;

// True under Oclgrind: keep to small shapes.
bool test_small(void);

// True where launches are slow, on rusticl and Oclgrind: keep to few.
bool test_few(void);

// True where kernels take seconds to build, on PoCL's GPU walk: keep to few. rusticl has them all.
bool test_few_builds(void);

// Whether the device of the footing takes the GPU walk; also before test_main.
bool test_walks_gpu(void);

// Opens the device, runs the group, closes. Returns 77 (skipped) when there is no such device.
// Use as:  int main(void) { return test_main(tests, count); }
int test_main(const char *name, const struct CMUnitTest *tests, size_t count);
#define TEST_MAIN(name, tests) test_main(name, tests, sizeof(tests) / sizeof((tests)[0]))

// The lengths that every elementwise or row-wise op is tried with; ends at 0. Fewer when small.
const size_t *test_lengths(void);

// Fails the test with ridge_error() unless `call` returned RIDGE_OK.
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        ridge_status test_status = (call);                                                         \
        if (test_status != RIDGE_OK)                                                               \
            fail_msg("%s: %s: %s", #call, ridge_status_name(test_status), ridge_error());          \
    } while (0)

// Fails unless `call` returned `status` with a message that contains `text`.
#define assert_fails(call, status, text)                                                           \
    test_expect_failure(__FILE__, __LINE__, #call, (call), (status), (text))
void test_expect_failure(const char *file, int line, const char *call, ridge_status got,
                         ridge_status expected, const char *text);

// Deterministic numbers: uniform in [low, high), element `i` of stream `seed`.
double test_random(uint64_t seed, uint64_t i, double low, double high);
void test_fill(float *data, size_t count, uint64_t seed, double low, double high);

// A tensor with guard elements before and behind it, made from `data` (NULL: poisoned with NaN or
// 0xA5 bytes). `test_get` copies it back and fails the test when a guard has changed.
ridge_tensor test_tensor(ridge_type type, unsigned rank, const size_t *shape, const void *data);
ridge_tensor test_vector(size_t count, const float *data);                // float32 [count]
ridge_tensor test_matrix(size_t rows, size_t columns, const float *data); // float32
void test_get(ridge_tensor tensor, void *data);
// Writes new data, and the guards anew. (Oclgrind 21.10 takes data that the host writes at an
// offset into a buffer for uninitialised, so this writes the whole buffer.)
void test_put(ridge_tensor tensor, const void *data);
void test_release(ridge_tensor *tensor);

// Fails unless every actual[i] is finite (or equal to a non-finite expected[i]) and within
// absolute + relative * |expected[i]|. Tolerances are derived where they are used: a sum of n
// float32 products has a relative error of about n * 6e-8 in the worst case.
void test_close(const char *what, const float *actual, const double *expected, size_t count,
                double absolute, double relative);

// FNV-1a, 64 bits: stands for bytes that have to be the same on every device.
uint64_t test_hash(const void *bytes, size_t size);

#define TEST_EPSILON 5.9604644775390625e-08 // half the distance from 1 to the next float

#endif

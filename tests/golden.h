// SPDX-License-Identifier: Apache-2.0
// Golden values from PyTorch: the files of tests/golden, as tensors and as what is expected.
#ifndef RIDGE_TESTS_GOLDEN_H
#define RIDGE_TESTS_GOLDEN_H

#include "harness.h"

// Makes tests/golden/NAME.safetensors the file that the calls below read, until golden_close.
void golden_open(const char *name);
void golden_close(void);

// Values by name, printf-like; a name that is not in the file fails the test. The number of values
// goes to *count where that is wanted. Valid until golden_close.
const float *golden_floats(size_t *count, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const int32_t *golden_ints(size_t *count, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// The size of one dimension.
size_t golden_size(unsigned dimension, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// The same values on the device, in the stored shape, with guards. Released with test_release.
ridge_tensor golden_tensor(const char *format, ...) __attribute__((format(printf, 1, 2)));

// The largest magnitude of the values, for tolerances.
double golden_largest(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Fails unless the tensor holds the golden values, within absolute + relative * |expected|.
void golden_expect(ridge_tensor actual, double absolute, double relative, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif

// SPDX-License-Identifier: Apache-2.0
// Reads golden values.
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "files/safetensors.h"

static struct ridge_safetensors golden;
static void *copies[256]; // aligned copies of what has been asked for
static size_t copy_count;

void golden_open(const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "tests/golden/%s.safetensors", name);
    assert_ok(ridge_safetensors_read(test_source_path(path), &golden));
}

void golden_close(void)
{
    while (copy_count > 0)
        free(copies[--copy_count]);
    ridge_safetensors_free(&golden);
}

static const struct ridge_safetensor *find(const char *format, va_list arguments)
{
    char name[128];
    vsnprintf(name, sizeof(name), format, arguments);
    const struct ridge_safetensor *tensor = ridge_safetensors_find(&golden, name);
    if (!tensor)
        fail_msg("the golden file has no %s", name);
    return tensor;
}

static const void *values(const struct ridge_safetensor *tensor, ridge_type type, size_t *count)
{
    assert_int_equal(tensor->type, type);
    assert_true(copy_count < sizeof(copies) / sizeof(copies[0]));
    void *copy = malloc(tensor->size);
    assert_non_null(copy);
    copies[copy_count++] = copy;
    memcpy(copy, tensor->data, tensor->size);
    if (count)
        *count = tensor->size / ridge_type_size(type);
    return copy;
}

const float *golden_floats(size_t *count, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const struct ridge_safetensor *tensor = find(format, arguments);
    va_end(arguments);
    return values(tensor, RIDGE_FLOAT32, count);
}

const int32_t *golden_ints(size_t *count, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const struct ridge_safetensor *tensor = find(format, arguments);
    va_end(arguments);
    return values(tensor, RIDGE_INT32, count);
}

size_t golden_size(unsigned dimension, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const struct ridge_safetensor *tensor = find(format, arguments);
    va_end(arguments);
    assert_true(dimension < tensor->rank);
    return tensor->shape[dimension];
}

ridge_tensor golden_tensor(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const struct ridge_safetensor *tensor = find(format, arguments);
    va_end(arguments);
    return test_tensor(tensor->type, tensor->rank, tensor->shape, tensor->data);
}

double golden_largest(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t count;
    const float *data = values(find(format, arguments), RIDGE_FLOAT32, &count);
    va_end(arguments);
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)data[i]));
    return largest;
}

void golden_expect(ridge_tensor actual, double absolute, double relative, const char *format, ...)
{
    char what[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof(what), format, arguments);
    va_end(arguments);
    size_t count;
    const float *expected = golden_floats(&count, "%s", what);
    assert_int_equal(ridge_tensor_count(&actual), count);
    float *got = malloc(count * sizeof(*got));
    double *reference = malloc(count * sizeof(*reference));
    assert_non_null(got);
    assert_non_null(reference);
    for (size_t i = 0; i < count; i++)
        reference[i] = (double)expected[i];
    test_get(actual, got);
    test_close(what, got, reference, count, absolute, relative);
    free(got);
    free(reference);
}

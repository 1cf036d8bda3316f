// SPDX-License-Identifier: Apache-2.0
// Shared parts of the fuzz targets.
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void fuzz_require(int condition)
{
    if (!condition)
        abort();
}

void fuzz_touch(const void *data, size_t size)
{
    static volatile unsigned char sum;
    for (size_t i = 0; i < size; i++)
        sum = (unsigned char)(sum + ((const unsigned char *)data)[i]);
}

static void check_floats(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fuzz_require(isfinite(values[i]));
}

static void check_values(const ridge_dataset *set)
{
    size_t shape[RIDGE_MAX_RANK], count = ridge_dataset_count(set), features = 1;
    ridge_type x_type, y_type = RIDGE_FLOAT32;
    size_t rank = ridge_dataset_shape(set, shape);
    fuzz_require(rank >= 1 && rank <= RIDGE_MAX_RANK && count >= 1);
    for (size_t d = 0; d < rank; d++)
        features *= shape[d];
    const void *x = ridge_dataset_x(set, &x_type), *y = ridge_dataset_y(set, &y_type);
    fuzz_touch(x, count * features * ridge_type_size(x_type));
    if (x_type == RIDGE_FLOAT32)
        check_floats(x, count * features);
    fuzz_require((y != NULL) == (ridge_dataset_target_size(set) > 0));
    if (y && y_type == RIDGE_FLOAT32)
        check_floats(y, count * ridge_dataset_target_size(set));
    for (size_t i = 0; y && y_type == RIDGE_INT32 && i < count; i++)
        fuzz_require(((const int32_t *)y)[i] >= 0 &&
                     (size_t)((const int32_t *)y)[i] < ridge_dataset_classes(set));
}

void fuzz_check(ridge_status status, ridge_dataset **dataset)
{
    fuzz_require((status == RIDGE_OK) == (*dataset != NULL));
    if (status) {
        fuzz_require(ridge_error()[0] != 0);
        return;
    }
    ridge_dataset *last = NULL;
    check_values(*dataset);
    fuzz_require(!ridge_dataset_slice(*dataset, ridge_dataset_count(*dataset) - 1, 1, &last));
    ridge_dataset_destroy(dataset);
    check_values(last);
    ridge_dataset_destroy(&last);
}

void fuzz_split(const uint8_t *data, size_t size, struct ridge_source *first,
                struct ridge_source *second)
{
    size_t length = 0;
    if (size >= 2) {
        length = data[0] | (size_t)data[1] << 8;
        data += 2;
        size -= 2;
    }
    length = length < size ? length : size;
    *first = (struct ridge_source){.name = "first", .data = data, .size = length};
    *second = (struct ridge_source){.name = "second", .data = data + length, .size = size - length};
}

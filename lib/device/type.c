// SPDX-License-Identifier: Apache-2.0
// Element types: their names and sizes. Apart from tensors, since files and data sets, which know
// no device, have them too.
#include <ridge/tensor.h>

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [RIDGE_FLOAT32] = {"float32", 4},
    [RIDGE_UINT8] = {"uint8", 1},
    [RIDGE_INT32] = {"int32", 4},
    [RIDGE_UINT32] = {"uint32", 4},
};
#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

size_t ridge_type_size(ridge_type type)
{
    return (size_t)type < TYPE_COUNT ? types[type].size : 0;
}

const char *ridge_type_name(ridge_type type)
{
    return (size_t)type < TYPE_COUNT ? types[type].name : "unknown";
}

// SPDX-License-Identifier: Apache-2.0
// NPY, NumPy's file of one array: for data sets, predictions and test values.
#ifndef RIDGE_FILES_NUMPY_H
#define RIDGE_FILES_NUMPY_H

#include <ridge/tensor.h>

#define RIDGE_NPY_MAX_RANK (RIDGE_MAX_RANK + 1) // rows of tensors

// The element types that ridge reads, each little-endian.
enum ridge_npy_type {
    RIDGE_NPY_FLOAT32,
    RIDGE_NPY_FLOAT64,
    RIDGE_NPY_UINT8,
    RIDGE_NPY_INT32,
    RIDGE_NPY_INT64
};

// A view into the bytes of a file.
struct ridge_npy {
    enum ridge_npy_type type;
    unsigned rank;
    size_t shape[RIDGE_NPY_MAX_RANK];
    size_t count;              // product of shape
    const unsigned char *data; // at any alignment
};

// NumPy's name of the type, e.g. "<f4".
const char *ridge_npy_type_name(enum ridge_npy_type type);

// Parses versions 1 to 3. `name` is the file's name in messages. Errors: RIDGE_ERROR_FORMAT, and
// RIDGE_ERROR_UNSUPPORTED for Fortran order, other types and higher ranks.
ridge_status ridge_npy_parse(const char *name, const unsigned char *bytes, size_t size,
                             struct ridge_npy *array);

// Writes one array; `path` keeps its earlier content on failure.
ridge_status ridge_npy_write(const char *path, ridge_type type, unsigned rank, const size_t *shape,
                             const void *data);

#endif

// SPDX-License-Identifier: Apache-2.0
// Tensors: a typed, shaped view of device memory.
//
// A tensor is a small value and owns nothing by itself: copy it, cut rows out of it, pass it on.
// Only ridge_tensor_create() allocates, and ridge_tensor_destroy() releases what it made.
#ifndef RIDGE_TENSOR_H
#define RIDGE_TENSOR_H

#include <ridge/base.h>
#include <ridge/device.h>
#ifdef __cplusplus
#include <initializer_list>
#endif

RIDGE_API_BEGIN

#define RIDGE_MAX_RANK 4

typedef enum ridge_type { RIDGE_FLOAT32 = 0, RIDGE_UINT8, RIDGE_INT32, RIDGE_UINT32 } ridge_type;

// Bytes of one element; 0 for a value outside the enum.
RIDGE_API size_t ridge_type_size(ridge_type type);
// "float32", "uint8", ...; NULL for a value outside the enum. Static.
RIDGE_API const char *ridge_type_name(ridge_type type);

// Elements lie densely, the last dimension fastest. rank 0 is one scalar. The tensor whose buffer
// is NULL stands for "no tensor".
typedef struct ridge_tensor {
    cl_mem buffer;
    size_t offset; // of the first element from the start of the buffer, in elements
    ridge_type type;
    unsigned rank;
    size_t shape[RIDGE_MAX_RANK];
} ridge_tensor;

// Sizes for the calls below, up to RIDGE_MAX_RANK of them:  RIDGE_SHAPE(128, 784)
#ifdef __cplusplus
#define RIDGE_SHAPE(...)                                                                           \
    (std::initializer_list<size_t>{__VA_ARGS__}.size()),                                           \
        (std::initializer_list<size_t>{__VA_ARGS__}.begin())
#else
#define RIDGE_SHAPE(...)                                                                           \
    (sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t)), ((const size_t[]){__VA_ARGS__})
#endif

// Allocates a tensor; its content is undefined. Errors: RIDGE_ERROR_ARGUMENT (rank, a size of 0),
// RIDGE_ERROR_DEVICE_MEMORY (with what was asked and what the device allows).
RIDGE_API ridge_status ridge_tensor_create(ridge_device *device, ridge_type type, unsigned rank,
                                           const size_t *shape, ridge_tensor *tensor);

// Releases the buffer that ridge_tensor_create made and clears the view; all copies of it are
// stale afterwards. "No tensor" is fine.
RIDGE_API void ridge_tensor_destroy(ridge_device *device, ridge_tensor *tensor);

// A view of the caller's buffer, `offset` elements in. The buffer stays the caller's and must
// outlive every use. Errors: RIDGE_ERROR_ARGUMENT when the buffer is too small for the view or
// belongs to another context.
RIDGE_API ridge_status ridge_tensor_wrap(ridge_device *device, cl_mem buffer, size_t offset,
                                         ridge_type type, unsigned rank, const size_t *shape,
                                         ridge_tensor *tensor);

// Number of elements.
RIDGE_API size_t ridge_tensor_count(const ridge_tensor *tensor);

// The same elements under another shape, and rows [first, first + count) of the first dimension.
// Plain arithmetic: nothing is checked.
RIDGE_API ridge_tensor ridge_tensor_reshaped(ridge_tensor tensor, unsigned rank,
                                             const size_t *shape);
RIDGE_API ridge_tensor ridge_tensor_rows(ridge_tensor tensor, size_t first, size_t count);

// Copies all elements from or to the host, `data` having room for ridge_tensor_count elements of
// the tensor's type, and waits until that is done. Errors: RIDGE_ERROR_ARGUMENT,
// RIDGE_ERROR_DEVICE.
RIDGE_API ridge_status ridge_tensor_write(ridge_device *device, ridge_tensor tensor,
                                          const void *data);
RIDGE_API ridge_status ridge_tensor_read(ridge_device *device, ridge_tensor tensor, void *data);

RIDGE_API_END

#endif

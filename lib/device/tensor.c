// SPDX-License-Identifier: Apache-2.0
// Tensors: views of device memory, and copies from and to the host.
#include <ridge/tensor.h>

#include "base/error.h"
#include "device/device.h"

static ridge_status make_view(ridge_type type, unsigned rank, const size_t *shape,
                              ridge_tensor *tensor, size_t *bytes)
{
    if (!tensor || (rank && !shape))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "shape, tensor: expected pointers, got NULL");
    *tensor = (ridge_tensor){.type = type, .rank = rank};
    if (!ridge_type_size(type))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "type: expected a ridge_type, got %d", (int)type);
    if (rank > RIDGE_MAX_RANK)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "rank: expected at most %d, got %u", RIDGE_MAX_RANK,
                          rank);
    size_t total = ridge_type_size(type);
    for (unsigned d = 0; d < rank; d++) {
        if (shape[d] == 0 || total > SIZE_MAX / shape[d])
            return ridge_fail(RIDGE_ERROR_ARGUMENT,
                              "shape[%u]: expected a size from 1 that memory can hold, got %zu", d,
                              shape[d]);
        total *= shape[d];
        tensor->shape[d] = shape[d];
    }
    *bytes = total;
    return RIDGE_OK;
}

ridge_status ridge_tensor_create(ridge_device *device, ridge_type type, unsigned rank,
                                 const size_t *shape, ridge_tensor *tensor)
{
    size_t bytes;
    if (!device)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "device: expected a handle, got NULL");
    RIDGE_TRY(make_view(type, rank, shape, tensor, &bytes));
    return ridge_buffer_create(device, bytes, NULL, &tensor->buffer);
}

void ridge_tensor_destroy(ridge_device *device, ridge_tensor *tensor)
{
    if (!tensor)
        return;
    ridge_buffer_release(device, &tensor->buffer);
    *tensor = (ridge_tensor){0};
}

ridge_status ridge_tensor_wrap(ridge_device *device, cl_mem buffer, size_t offset, ridge_type type,
                               unsigned rank, const size_t *shape, ridge_tensor *tensor)
{
    size_t bytes, there;
    cl_context context;
    if (!device || !buffer)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "device, buffer: expected handles, got NULL");
    RIDGE_TRY(make_view(type, rank, shape, tensor, &bytes));
    RIDGE_TRY_CL("clGetMemObjectInfo",
                 clGetMemObjectInfo(buffer, CL_MEM_CONTEXT, sizeof(context), &context, NULL));
    RIDGE_TRY_CL("clGetMemObjectInfo",
                 clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof(there), &there, NULL));
    if (context != device->context)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "buffer: expected one of the device's context, got one of another");
    size_t skipped = offset * ridge_type_size(type);
    if (offset > there || skipped > there || bytes > there - skipped)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "buffer: expected at least %zu bytes behind offset %zu, got %zu in all",
                          bytes, skipped, there);
    tensor->buffer = buffer;
    tensor->offset = offset;
    return RIDGE_OK;
}

size_t ridge_tensor_count(const ridge_tensor *tensor)
{
    size_t count = 1;
    for (unsigned d = 0; d < tensor->rank; d++)
        count *= tensor->shape[d];
    return count;
}

ridge_tensor ridge_tensor_reshaped(ridge_tensor tensor, unsigned rank, const size_t *shape)
{
    tensor.rank = rank;
    for (unsigned d = 0; d < rank; d++)
        tensor.shape[d] = shape[d];
    return tensor;
}

ridge_tensor ridge_tensor_rows(ridge_tensor tensor, size_t first, size_t count)
{
    size_t row = ridge_tensor_count(&tensor) / tensor.shape[0];
    tensor.offset += first * row;
    tensor.shape[0] = count;
    return tensor;
}

static ridge_status check_transfer(const ridge_device *device, ridge_tensor tensor,
                                   const void *data)
{
    if (!device || !data)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "device, data: expected pointers, got NULL");
    if (!tensor.buffer)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "tensor: expected a tensor, got none");
    return RIDGE_OK;
}

static ridge_status write_tensor(ridge_device *device, ridge_tensor tensor, const void *data,
                                 cl_bool wait)
{
    RIDGE_TRY(check_transfer(device, tensor, data));
    size_t size = ridge_type_size(tensor.type);
    RIDGE_TRY_CL("clEnqueueWriteBuffer",
                 clEnqueueWriteBuffer(device->queue, tensor.buffer, wait, tensor.offset * size,
                                      ridge_tensor_count(&tensor) * size, data, 0, NULL, NULL));
    return RIDGE_OK;
}

ridge_status ridge_tensor_write(ridge_device *device, ridge_tensor tensor, const void *data)
{
    return write_tensor(device, tensor, data, CL_TRUE);
}

ridge_status ridge_tensor_write_later(ridge_device *device, ridge_tensor tensor, const void *data)
{
    return write_tensor(device, tensor, data, CL_FALSE);
}

ridge_status ridge_tensor_read(ridge_device *device, ridge_tensor tensor, void *data)
{
    RIDGE_TRY(check_transfer(device, tensor, data));
    size_t size = ridge_type_size(tensor.type);
    RIDGE_TRY_CL("clEnqueueReadBuffer",
                 clEnqueueReadBuffer(device->queue, tensor.buffer, CL_TRUE, tensor.offset * size,
                                     ridge_tensor_count(&tensor) * size, data, 0, NULL, NULL));
    return RIDGE_OK;
}

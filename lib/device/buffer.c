// SPDX-License-Identifier: Apache-2.0
// Device memory with a count of what is held, tensors as views of it, and OpenCL's error names.
#include <stdlib.h>
#include <string.h>

#include <ridge/tensor.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"

static const struct {
    cl_int code;
    const char *name;
} code_names[] = {
    {CL_DEVICE_NOT_FOUND, "CL_DEVICE_NOT_FOUND"},
    {CL_DEVICE_NOT_AVAILABLE, "CL_DEVICE_NOT_AVAILABLE"},
    {CL_COMPILER_NOT_AVAILABLE, "CL_COMPILER_NOT_AVAILABLE"},
    {CL_MEM_OBJECT_ALLOCATION_FAILURE, "CL_MEM_OBJECT_ALLOCATION_FAILURE"},
    {CL_OUT_OF_RESOURCES, "CL_OUT_OF_RESOURCES"},
    {CL_OUT_OF_HOST_MEMORY, "CL_OUT_OF_HOST_MEMORY"},
    {CL_BUILD_PROGRAM_FAILURE, "CL_BUILD_PROGRAM_FAILURE"},
    {CL_INVALID_VALUE, "CL_INVALID_VALUE"},
    {CL_INVALID_DEVICE, "CL_INVALID_DEVICE"},
    {CL_INVALID_CONTEXT, "CL_INVALID_CONTEXT"},
    {CL_INVALID_COMMAND_QUEUE, "CL_INVALID_COMMAND_QUEUE"},
    {CL_INVALID_MEM_OBJECT, "CL_INVALID_MEM_OBJECT"},
    {CL_INVALID_BINARY, "CL_INVALID_BINARY"},
    {CL_INVALID_BUILD_OPTIONS, "CL_INVALID_BUILD_OPTIONS"},
    {CL_INVALID_PROGRAM_EXECUTABLE, "CL_INVALID_PROGRAM_EXECUTABLE"},
    {CL_INVALID_KERNEL_NAME, "CL_INVALID_KERNEL_NAME"},
    {CL_INVALID_ARG_INDEX, "CL_INVALID_ARG_INDEX"},
    {CL_INVALID_ARG_VALUE, "CL_INVALID_ARG_VALUE"},
    {CL_INVALID_ARG_SIZE, "CL_INVALID_ARG_SIZE"},
    {CL_INVALID_KERNEL_ARGS, "CL_INVALID_KERNEL_ARGS"},
    {CL_INVALID_WORK_GROUP_SIZE, "CL_INVALID_WORK_GROUP_SIZE"},
    {CL_INVALID_WORK_ITEM_SIZE, "CL_INVALID_WORK_ITEM_SIZE"},
    {CL_INVALID_BUFFER_SIZE, "CL_INVALID_BUFFER_SIZE"},
};

ridge_status ridge_fail_opencl(const char *call, cl_int code)
{
    const char *name = "unknown code";
    for (size_t i = 0; i < sizeof(code_names) / sizeof(code_names[0]); i++)
        if (code_names[i].code == code)
            name = code_names[i].name;
    ridge_error_set("%s failed with %s (%d)", call, name, code);
    bool memory = code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_RESOURCES ||
                  code == CL_INVALID_BUFFER_SIZE;
    return memory ? RIDGE_ERROR_DEVICE_MEMORY : RIDGE_ERROR_DEVICE;
}

ridge_status ridge_buffer_create(ridge_device *device, size_t bytes, const void *data,
                                 cl_mem *buffer)
{
    const ridge_device_info *info = &device->info;
    *buffer = NULL;
    if (bytes > info->largest_buffer)
        return ridge_fail(RIDGE_ERROR_DEVICE_MEMORY,
                          "a buffer of %.1f MiB exceeds the limit of %s, %.1f MiB for one buffer",
                          (double)bytes / 0x1p20, info->name,
                          (double)info->largest_buffer / 0x1p20);
    cl_int code;
    cl_mem_flags flags = CL_MEM_READ_WRITE | (data ? CL_MEM_COPY_HOST_PTR : 0);
    cl_mem made = clCreateBuffer(device->context, flags, bytes, (void *)data, &code);
    if (code != CL_SUCCESS) {
        ridge_fail_opencl("clCreateBuffer", code);
        return ridge_fail_within(
            RIDGE_ERROR_DEVICE_MEMORY,
            "a buffer of %.1f MiB on %s, where ridge holds %.1f MiB of %.1f MiB already",
            (double)bytes / 0x1p20, info->name, (double)device->memory / 0x1p20,
            (double)info->memory / 0x1p20);
    }
    device->memory += bytes;
    if (device->memory > device->memory_peak)
        device->memory_peak = device->memory;
    *buffer = made;
    return RIDGE_OK;
}

void ridge_buffer_release(ridge_device *device, cl_mem *buffer)
{
    if (!*buffer)
        return;
    size_t bytes = 0;
    if (clGetMemObjectInfo(*buffer, CL_MEM_SIZE, sizeof(bytes), &bytes, NULL) == CL_SUCCESS)
        device->memory -= bytes;
    clReleaseMemObject(*buffer);
    *buffer = NULL;
}

ridge_status ridge_scratch_reserve(ridge_device *device, size_t bytes)
{
    if (device->scratch && bytes <= device->scratch->bytes)
        return RIDGE_OK;
    // Launches that use the old buffer keep it alive until they are done.
    ridge_scratch_release(device, &device->scratch);
    struct ridge_scratch_area *area = ridge_allocate(1, sizeof(*area));
    if (!area)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = ridge_buffer_create(device, bytes, NULL, &area->buffer);
    if (status) {
        free(area);
        return status;
    }
    area->bytes = bytes;
    area->holders = 1;
    device->scratch = area;
    return RIDGE_OK;
}

void ridge_scratch_release(ridge_device *device, struct ridge_scratch_area **area)
{
    if (*area && --(*area)->holders == 0) {
        ridge_buffer_release(device, &(*area)->buffer);
        free(*area);
    }
    *area = NULL;
}

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
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "buffer: it belongs to another context");
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

ridge_status ridge_tensor_write(ridge_device *device, ridge_tensor tensor, const void *data)
{
    size_t size = ridge_type_size(tensor.type);
    RIDGE_TRY_CL("clEnqueueWriteBuffer",
                 clEnqueueWriteBuffer(device->queue, tensor.buffer, CL_TRUE, tensor.offset * size,
                                      ridge_tensor_count(&tensor) * size, data, 0, NULL, NULL));
    return RIDGE_OK;
}

ridge_status ridge_tensor_read(ridge_device *device, ridge_tensor tensor, void *data)
{
    size_t size = ridge_type_size(tensor.type);
    RIDGE_TRY_CL("clEnqueueReadBuffer",
                 clEnqueueReadBuffer(device->queue, tensor.buffer, CL_TRUE, tensor.offset * size,
                                     ridge_tensor_count(&tensor) * size, data, 0, NULL, NULL));
    return RIDGE_OK;
}

// SPDX-License-Identifier: Apache-2.0
// Device memory: buffers with a count of what is held, and the scratch that ops share.
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"

#define HUGE_PAGE (2u << 20)

// Memory of huge pages for a large buffer of a CPU, where the system has them on demand: a step
// goes through more small pages than a core keeps addresses of, and a virtual machine looks up each
// twice. NULL: the driver's own memory will do.
static void *huge_pages(const ridge_device *device, size_t bytes)
{
#ifdef MADV_HUGEPAGE
    void *memory;
    size_t whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    if (device->info.type != RIDGE_DEVICE_CPU || bytes < HUGE_PAGE / 4 ||
        posix_memalign(&memory, HUGE_PAGE, whole))
        return NULL;
    madvise(memory, whole, MADV_HUGEPAGE); // a hint: without them it is memory as any other
    return memory;
#else
    (void)device, (void)bytes;
    return NULL;
#endif
}

static void CL_CALLBACK free_memory(cl_mem buffer, void *memory)
{
    (void)buffer;
    free(memory);
}

static cl_mem create(const ridge_device *device, size_t bytes, const void *data, cl_int *code)
{
    void *memory = huge_pages(device, bytes);
    if (!memory)
        return clCreateBuffer(device->context,
                              CL_MEM_READ_WRITE | (data ? CL_MEM_COPY_HOST_PTR : 0), bytes,
                              (void *)data, code);
    if (data)
        memcpy(memory, data, bytes);
    cl_mem made = clCreateBuffer(device->context, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes,
                                 memory, code);
    if (made) {
        *code = clSetMemObjectDestructorCallback(made, free_memory, memory);
        if (*code == CL_SUCCESS)
            return made;
        clReleaseMemObject(made);
    }
    free(memory);
    return NULL;
}

ridge_status ridge_buffer_create(ridge_device *device, size_t bytes, const void *data,
                                 cl_mem *buffer)
{
    const ridge_device_info *info = &device->info;
    *buffer = NULL;
    if (info->largest_buffer && bytes > info->largest_buffer)
        return ridge_fail(RIDGE_ERROR_DEVICE_MEMORY,
                          "a buffer of %.1f MiB exceeds the limit of %s, %.1f MiB for one buffer",
                          (double)bytes / 0x1p20, info->name,
                          (double)info->largest_buffer / 0x1p20);
    // Drivers that run on host memory promise more than there is and die of it later.
    if (info->memory && device->memory + bytes > info->memory)
        return ridge_fail(RIDGE_ERROR_DEVICE_MEMORY,
                          "a buffer of %.1f MiB does not fit on %s: ridge holds %.1f MiB of %.1f "
                          "MiB already",
                          (double)bytes / 0x1p20, info->name, (double)device->memory / 0x1p20,
                          (double)info->memory / 0x1p20);
    cl_int code;
    cl_mem made = create(device, bytes, data, &code);
    if (code != CL_SUCCESS) {
        ridge_status status = ridge_fail_opencl("clCreateBuffer", code);
        return ridge_fail_within(
            status, "a buffer of %.1f MiB on %s, where ridge holds %.1f MiB of %.1f MiB already",
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

ridge_status ridge_scratch_reserve(ridge_device *device, enum ridge_scratch_kind kind, size_t bytes)
{
    if (bytes == 0 || (device->scratch[kind] && bytes <= device->scratch[kind]->bytes))
        return RIDGE_OK;
    // Launches that use the old buffer keep it alive until they are done.
    ridge_scratch_release(device, &device->scratch[kind]);
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
    device->scratch[kind] = area;
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

size_t ridge_scratch_bytes(const ridge_device *device)
{
    size_t bytes = 0;
    for (int kind = 0; kind < RIDGE_SCRATCHES; kind++)
        bytes += device->scratch[kind] ? device->scratch[kind]->bytes : 0;
    return bytes;
}

ridge_status ridge_scratch_hold(ridge_device *device, enum ridge_scratch_kind kind, size_t bytes,
                                struct ridge_scratch_hold *hold, cl_mem *buffer)
{
    RIDGE_TRY(ridge_scratch_reserve(device, kind, bytes));
    struct ridge_scratch_area *area = device->scratch[kind];
    *buffer = area->buffer;
    for (size_t i = hold->count; i-- > 0;)
        if (hold->areas[i] == area)
            return RIDGE_OK;
    RIDGE_TRY(ridge_grow(&hold->areas, &hold->capacity, hold->count + 1, sizeof(*hold->areas)));
    area->holders++;
    hold->areas[hold->count++] = area;
    return RIDGE_OK;
}

void ridge_scratch_let_go(ridge_device *device, struct ridge_scratch_hold *hold)
{
    for (size_t i = 0; i < hold->count; i++)
        ridge_scratch_release(device, &hold->areas[i]);
    free(hold->areas);
    *hold = (struct ridge_scratch_hold){0};
}

// SPDX-License-Identifier: Apache-2.0
// Which platforms and devices there are and what they can do. Drivers may fail at any point; one
// that does is skipped, and the others go on.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"

static void device_text(cl_device_id id, cl_device_info key, char *text, size_t size)
{
    size_t length = 0;
    text[0] = 0;
    if (clGetDeviceInfo(id, key, 0, NULL, &length) != CL_SUCCESS || length == 0)
        return;
    char *whole = ridge_allocate(length + 1, 1);
    if (whole && clGetDeviceInfo(id, key, length, whole, NULL) == CL_SUCCESS)
        snprintf(text, size, "%s", whole + strspn(whole, " "));
    free(whole);
}

static uint64_t device_number(cl_device_id id, cl_device_info key)
{
    // Answers come as cl_uint, cl_bool, size_t or cl_ulong; on little-endian hosts a zeroed
    // cl_ulong takes each of them.
    cl_ulong number = 0;
    if (clGetDeviceInfo(id, key, sizeof(number), &number, NULL) != CL_SUCCESS)
        return 0;
    return number;
}

static void platform_text(cl_platform_id id, char *text, size_t size)
{
    char whole[256] = "";
    if (clGetPlatformInfo(id, CL_PLATFORM_NAME, sizeof(whole), whole, NULL) != CL_SUCCESS)
        snprintf(whole, sizeof(whole), "without a name");
    snprintf(text, size, "%.127s", whole);
}

// A device that claims to be several things at once is a simulator. It must not pass for a GPU.
static ridge_device_type device_type(uint64_t bits)
{
    switch (bits & (CL_DEVICE_TYPE_CPU | CL_DEVICE_TYPE_GPU | CL_DEVICE_TYPE_ACCELERATOR)) {
    case 0:
        return RIDGE_DEVICE_OTHER;
    case CL_DEVICE_TYPE_CPU:
        return RIDGE_DEVICE_CPU;
    case CL_DEVICE_TYPE_GPU:
        return RIDGE_DEVICE_GPU;
    default:
        return RIDGE_DEVICE_ACCELERATOR;
    }
}

static const char *unusable_reason(cl_device_id id, const ridge_device_info *info)
{
    int major = 0, minor = 0;
    if (sscanf(info->version, "OpenCL %d.%d", &major, &minor) != 2)
        return "it does not say its OpenCL version";
    if (major < 1 || (major == 1 && minor < 2))
        return "OpenCL 1.2 is needed";
    if (!device_number(id, CL_DEVICE_AVAILABLE))
        return "the driver calls it unavailable";
    if (!device_number(id, CL_DEVICE_COMPILER_AVAILABLE))
        return "it has no compiler for kernels";
    if (!device_number(id, CL_DEVICE_ENDIAN_LITTLE))
        return "it is big-endian";
    if (info->type == RIDGE_DEVICE_OTHER)
        return "it is of a custom type";
    return NULL;
}

void ridge_device_describe(cl_platform_id platform, cl_device_id id, ridge_device_info *info)
{
    platform_text(platform, info->platform_name, sizeof(info->platform_name));
    device_text(id, CL_DEVICE_NAME, info->name, sizeof(info->name));
    device_text(id, CL_DEVICE_VENDOR, info->vendor, sizeof(info->vendor));
    device_text(id, CL_DRIVER_VERSION, info->driver, sizeof(info->driver));
    device_text(id, CL_DEVICE_VERSION, info->version, sizeof(info->version));
    info->type = device_type(device_number(id, CL_DEVICE_TYPE));
    info->compute_units = (unsigned)device_number(id, CL_DEVICE_MAX_COMPUTE_UNITS);
    info->clock_mhz = (unsigned)device_number(id, CL_DEVICE_MAX_CLOCK_FREQUENCY);
    if (info->type == RIDGE_DEVICE_CPU)
        info->lanes = (unsigned)device_number(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT);
    info->memory = device_number(id, CL_DEVICE_GLOBAL_MEM_SIZE);
    info->largest_buffer = device_number(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    info->local_memory = device_number(id, CL_DEVICE_LOCAL_MEM_SIZE);
    info->cache = device_number(id, CL_DEVICE_GLOBAL_MEM_CACHE_SIZE);
    info->largest_group = (size_t)device_number(id, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    info->has_fp64 = device_number(id, CL_DEVICE_DOUBLE_FP_CONFIG) != 0;
    info->unified_memory = device_number(id, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0;
    const char *reason = unusable_reason(id, info);
    info->usable = reason == NULL;
    if (reason)
        snprintf(info->reason, sizeof(info->reason), "%s", reason);
    else
        ridge_device_rate(info);
}

// The platforms, or a count of zero where there is no OpenCL.
static cl_platform_id *platforms(cl_uint *count)
{
    *count = 0;
    cl_int code = clGetPlatformIDs(0, NULL, count);
    cl_platform_id *ids = code || !*count ? NULL : ridge_allocate(*count, sizeof(*ids));
    if (ids)
        code = clGetPlatformIDs(*count, ids, NULL);
    if (code != CL_SUCCESS && code != RIDGE_PLATFORM_NOT_FOUND)
        ridge_log(RIDGE_LOG_WARNING, "no platforms: clGetPlatformIDs failed with %s (%d)",
                  ridge_opencl_code_name(code), code);
    if (code != CL_SUCCESS || !ids)
        *count = 0;
    return ids;
}

static cl_device_id *devices(cl_platform_id platform, unsigned number, cl_uint *count)
{
    *count = 0;
    cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, count);
    cl_device_id *ids = code || !*count ? NULL : ridge_allocate(*count, sizeof(*ids));
    if (ids)
        code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, *count, ids, NULL);
    if (code == CL_SUCCESS && ids)
        return ids;
    *count = 0;
    char name[128];
    platform_text(platform, name, sizeof(name));
    if (code == CL_SUCCESS || code == CL_DEVICE_NOT_FOUND)
        ridge_log(RIDGE_LOG_INFO, "platform %u (%s) has no device", number, name);
    else
        ridge_log(RIDGE_LOG_WARNING,
                  "platform %u (%s) is skipped: clGetDeviceIDs failed with %s (%d)", number, name,
                  ridge_opencl_code_name(code), code);
    return ids;
}

ridge_status ridge_device_list(ridge_device_info **list, size_t *count)
{
    if (!list || !count)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "list, count: expected pointers, got NULL");
    ridge_device_info *found = NULL;
    size_t capacity = 0, length = 0;
    ridge_status status = RIDGE_OK;
    cl_uint platform_count;
    cl_platform_id *platform_ids = platforms(&platform_count);
    for (cl_uint p = 0; p < platform_count && !status; p++) {
        cl_uint device_count;
        cl_device_id *device_ids = devices(platform_ids[p], p, &device_count);
        status = ridge_grow(&found, &capacity, length + device_count, sizeof(*found));
        for (cl_uint d = 0; d < device_count && !status; d++, length++) {
            found[length].platform = p;
            found[length].device = d;
            ridge_device_describe(platform_ids[p], device_ids[d], &found[length]);
        }
        free(device_ids);
    }
    free(platform_ids);
    if (status) {
        free(found);
        return status;
    }
    *list = found;
    *count = length;
    return RIDGE_OK;
}

void ridge_device_list_free(ridge_device_info **list)
{
    if (!list)
        return;
    free(*list);
    *list = NULL;
}

ridge_status ridge_device_find(unsigned platform, unsigned device, cl_platform_id *platform_id,
                               cl_device_id *device_id)
{
    cl_uint platform_count, device_count = 0;
    cl_platform_id *platform_ids = platforms(&platform_count);
    cl_device_id *device_ids = NULL;
    if (platform < platform_count)
        device_ids = devices(platform_ids[platform], platform, &device_count);
    bool found = device < device_count;
    if (found) {
        *platform_id = platform_ids[platform];
        *device_id = device_ids[device];
    }
    free(device_ids);
    free(platform_ids);
    return found ? RIDGE_OK
                 : ridge_fail(RIDGE_ERROR_NO_DEVICE, "device %u:%u is gone", platform, device);
}

// SPDX-License-Identifier: Apache-2.0
// Which platforms and devices there are, what they can do, and which one is best.
#include <ctype.h>
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

// Discrete GPUs before integrated ones before CPUs before the rest; within a class by compute
// units times clock.
static void score(ridge_device_info *info)
{
    static const struct {
        const char *name;
        double weight;
    } classes[] = {{"accelerator", 1}, {"CPU", 2}, {"integrated GPU", 3}, {"discrete GPU", 4}};
    size_t class = 0;
    if (info->type == RIDGE_DEVICE_CPU)
        class = 1;
    else if (info->type == RIDGE_DEVICE_GPU)
        class = info->unified_memory ? 2 : 3;
    double speed = (double)info->compute_units * (info->clock_mhz ? info->clock_mhz : 1);
    info->score = classes[class].weight * 1e9 + speed;
    snprintf(info->reason, sizeof(info->reason), "%s, %u compute units at %u MHz",
             classes[class].name, info->compute_units, info->clock_mhz);
}

void ridge_device_describe(cl_platform_id platform, cl_device_id id, ridge_device_info *info)
{
    size_t length = 0;
    char name[256] = "";
    if (clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof(name) - 1, name, &length) ==
        CL_SUCCESS)
        snprintf(info->platform_name, sizeof(info->platform_name), "%.127s", name);
    device_text(id, CL_DEVICE_NAME, info->name, sizeof(info->name));
    device_text(id, CL_DEVICE_VENDOR, info->vendor, sizeof(info->vendor));
    device_text(id, CL_DRIVER_VERSION, info->driver, sizeof(info->driver));
    device_text(id, CL_DEVICE_VERSION, info->version, sizeof(info->version));
    uint64_t type = device_number(id, CL_DEVICE_TYPE);
    info->type = type & CL_DEVICE_TYPE_GPU           ? RIDGE_DEVICE_GPU
                 : type & CL_DEVICE_TYPE_CPU         ? RIDGE_DEVICE_CPU
                 : type & CL_DEVICE_TYPE_ACCELERATOR ? RIDGE_DEVICE_ACCELERATOR
                                                     : RIDGE_DEVICE_OTHER;
    info->compute_units = (unsigned)device_number(id, CL_DEVICE_MAX_COMPUTE_UNITS);
    info->clock_mhz = (unsigned)device_number(id, CL_DEVICE_MAX_CLOCK_FREQUENCY);
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
        score(info);
}

// The platforms, or a count of zero where there is no OpenCL. The loader says "no platform" with
// an extension's code, and some without an error.
static cl_platform_id *platforms(cl_uint *count)
{
    *count = 0;
    if (clGetPlatformIDs(0, NULL, count) != CL_SUCCESS || *count == 0) {
        *count = 0;
        return NULL;
    }
    cl_platform_id *ids = ridge_allocate(*count, sizeof(*ids));
    if (!ids || clGetPlatformIDs(*count, ids, NULL) != CL_SUCCESS)
        *count = 0;
    return ids;
}

static cl_device_id *devices(cl_platform_id platform, unsigned number, cl_uint *count)
{
    *count = 0;
    cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, count);
    if (code != CL_SUCCESS && code != CL_DEVICE_NOT_FOUND)
        ridge_log(RIDGE_LOG_WARNING, "platform %u is skipped: clGetDeviceIDs fails with code %d",
                  number, code);
    if (code != CL_SUCCESS || *count == 0) {
        *count = 0;
        return NULL;
    }
    cl_device_id *ids = ridge_allocate(*count, sizeof(*ids));
    if (!ids || clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, *count, ids, NULL) != CL_SUCCESS)
        *count = 0;
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

static bool contains(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; *text; text++) {
        size_t i = 0;
        while (i < length && text[i] &&
               tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
            i++;
        if (i == length)
            return true;
    }
    return length == 0;
}

static bool matches(const char *selector, const ridge_device_info *info)
{
    unsigned platform, device;
    int end = 0;
    if (!selector || !*selector)
        return true;
    if (sscanf(selector, "%u:%u%n", &platform, &device, &end) == 2 && selector[end] == 0)
        return info->platform == platform && info->device == device;
    if (strcmp(selector, "gpu") == 0)
        return info->type == RIDGE_DEVICE_GPU;
    if (strcmp(selector, "cpu") == 0)
        return info->type == RIDGE_DEVICE_CPU;
    return contains(info->name, selector) || contains(info->vendor, selector) ||
           contains(info->platform_name, selector);
}

static ridge_status no_device(const char *selector, const ridge_device_info *list, size_t count)
{
    struct ridge_text text = {0};
    for (size_t i = 0; i < count; i++)
        ridge_text_append(&text, "%s%u:%u %s (%s)", i ? "; " : "", list[i].platform, list[i].device,
                          list[i].name, list[i].usable ? "usable" : list[i].reason);
    ridge_status status = ridge_fail(
        RIDGE_ERROR_NO_DEVICE, "no usable OpenCL device matches '%s'; there is: %s",
        selector && *selector ? selector : "any",
        text.data && *text.data ? text.data : "no device at all; install a driver, e.g. PoCL");
    free(text.data);
    return status;
}

ridge_status ridge_device_choose(const char *selector, const ridge_device_info *list, size_t count,
                                 size_t *index)
{
    if (!index || (count && !list))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "list, index: expected pointers, got NULL");
    if (!selector || !*selector)
        selector = getenv("RIDGE_DEVICE");
    size_t best = count;
    for (size_t i = 0; i < count; i++)
        if (list[i].usable && matches(selector, &list[i]) &&
            (best == count || list[i].score > list[best].score))
            best = i;
    if (best == count)
        return no_device(selector, list, count);
    *index = best;
    return RIDGE_OK;
}

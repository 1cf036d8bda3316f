// SPDX-License-Identifier: Apache-2.0
// Opening, wrapping and closing a device.
#include "device/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/program.h"
#include "device/program_cache.h"

#define UPDATE_FROM (64 * 1024) // elements, whose gradient is an eighth of a second cache

// The index in `names`, which end with NULL, of what $variable says; `fallback` when it is unset.
static ridge_status choice(const char *variable, const char *const names[], int fallback,
                           int *chosen)
{
    const char *value = getenv(variable);
    *chosen = fallback;
    if (!value || !*value)
        return RIDGE_OK;
    struct ridge_text expected = {0};
    for (*chosen = 0; names[*chosen]; ++*chosen) {
        if (strcmp(value, names[*chosen]) == 0) {
            free(expected.data);
            return RIDGE_OK;
        }
        ridge_text_append(&expected, "%s%s", *chosen ? " or " : "", names[*chosen]);
    }
    ridge_error_set("%s: expected %s, got '%s'", variable,
                    expected.data ? expected.data : "another", value);
    free(expected.data);
    return RIDGE_ERROR_ARGUMENT;
}

// 64 MiB, or a sixteenth of a small device's memory.
static size_t conv_workspace(const ridge_device_info *info)
{
    uint64_t bytes = 64 << 20;
    if (info->memory && info->memory / 16 < bytes)
        bytes = info->memory / 16;
    if (info->largest_buffer && info->largest_buffer / 4 < bytes)
        bytes = info->largest_buffer / 4;
    return bytes;
}

// What the environment may decide about a device whose info is known.
static ridge_status choose_ways(ridge_device *device)
{
    static const char *const walks[] = {"cpu", "gpu", NULL};
    static const char *const gemms[] = {"panel", "clblast", "plain", NULL};
    static const char *const convs[] = {"auto",   "winograd", "depthwise", "panel",
                                        "im2col", "tiled",    "plain",     NULL};
    static const char *const caches[] = {"on", "off", NULL};
    static const char *const fuses[] = {"auto", "on", "off", NULL};
    bool cpu = device->info.type == RIDGE_DEVICE_CPU;
    int walk, gemm, conv, cache, fuse;
    RIDGE_TRY(choice("RIDGE_WALK", walks, cpu ? RIDGE_WALK_CPU : RIDGE_WALK_GPU, &walk));
    RIDGE_TRY(choice("RIDGE_GEMM", gemms, !cpu && RIDGE_HAVE_CLBLAST, &gemm));
    RIDGE_TRY(choice("RIDGE_CONV", convs, 0, &conv));
    RIDGE_TRY(choice("RIDGE_CACHE", caches, !ridge_program_cache_helps(&device->info), &cache));
    RIDGE_TRY(choice("RIDGE_FUSE", fuses, RIDGE_FUSE_AUTO, &fuse));
    if (!RIDGE_HAVE_CLBLAST && strcmp(gemms[gemm], "clblast") == 0)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                          "RIDGE_GEMM: this library was built without CLBlast; use panel");
    device->walk = (enum ridge_walk)walk;
    device->gemm = gemms[gemm];
    device->conv = conv ? convs[conv] : NULL;
    device->conv_workspace = conv_workspace(&device->info);
    device->update_from = UPDATE_FROM;
    device->program_cache = cache == 0;
    device->lock_waits = RIDGE_LOCK_WAITS;
    device->fuse = (enum ridge_fuse)fuse;
    const char *asked = getenv("RIDGE_CACHE");
    device->keeps_notes = !asked || strcmp(asked, "off") != 0;
    device->bundles = ridge_program_bundle_helps(&device->info);
    device->declares = ridge_program_declares(&device->info);
    return RIDGE_OK;
}

// A device with nothing but its info and ways.
static ridge_status make(const ridge_device_info *info, ridge_device **out)
{
    ridge_device *device = ridge_allocate(1, sizeof(*device));
    if (!device)
        return RIDGE_ERROR_MEMORY;
    ridge_immediate_init(&device->immediate, device);
    device->info = *info;
    ridge_status status = choose_ways(device);
    if (status)
        free(device);
    else
        *out = device;
    return status;
}

static ridge_status create_queue(ridge_device *device)
{
    const ridge_device_info *info = &device->info;
    cl_platform_id platform;
    RIDGE_TRY(ridge_device_find(info->platform, info->device, &platform, &device->id));
    clRetainDevice(device->id);
    const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM,
                                                (cl_context_properties)platform, 0};
    cl_int code;
    cl_context context = clCreateContext(properties, 1, &device->id, NULL, NULL, &code);
    if (code != CL_SUCCESS)
        return ridge_fail_opencl("clCreateContext", code);
    device->context = context;
    cl_command_queue queue = clCreateCommandQueue(context, device->id, 0, &code);
    if (code != CL_SUCCESS)
        return ridge_fail_opencl("clCreateCommandQueue", code);
    device->queue = queue;
    ridge_log(RIDGE_LOG_INFO, "device %u:%u %s, %s walk, %s GEMM", info->platform, info->device,
              info->name, ridge_device_walk(device), device->gemm);
    return RIDGE_OK;
}

// Opens the best device of the list that opens; marks those that do not.
static ridge_status open_best(const char *selector, ridge_device_info *list, size_t count,
                              ridge_device **out)
{
    for (;;) {
        size_t index;
        ridge_device *device;
        RIDGE_TRY(ridge_device_choose(selector, list, count, &index));
        RIDGE_TRY(make(&list[index], &device));
        if (create_queue(device) == RIDGE_OK) {
            *out = device;
            return RIDGE_OK;
        }
        ridge_device_close(&device);
        list[index].usable = false;
        snprintf(list[index].reason, sizeof(list[index].reason), "%s", ridge_error());
        ridge_log(RIDGE_LOG_WARNING, "device %u:%u %s is skipped: %s", list[index].platform,
                  list[index].device, list[index].name, list[index].reason);
    }
}

ridge_status ridge_device_open(const char *selector, ridge_device **out)
{
    if (!out)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "device: expected a pointer, got NULL");
    *out = NULL;
    ridge_device_info *list;
    size_t count;
    RIDGE_TRY(ridge_device_list(&list, &count));
    ridge_status status = open_best(selector, list, count, out);
    ridge_device_list_free(&list);
    return status;
}

static ridge_status check_wrapped(cl_context context, cl_device_id id, cl_command_queue queue)
{
    cl_context queue_context;
    cl_device_id queue_device;
    cl_command_queue_properties properties;
    RIDGE_TRY_CL("clGetCommandQueueInfo",
                 clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof(queue_context),
                                       &queue_context, NULL));
    RIDGE_TRY_CL(
        "clGetCommandQueueInfo",
        clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof(queue_device), &queue_device, NULL));
    RIDGE_TRY_CL(
        "clGetCommandQueueInfo",
        clGetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES, sizeof(properties), &properties, NULL));
    if (queue_context != context || queue_device != id)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "queue: expected a queue of the given context and device");
    if (properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "queue: expected an in-order queue");
    return RIDGE_OK;
}

ridge_status ridge_device_wrap(cl_context context, cl_device_id id, cl_command_queue queue,
                               ridge_device **out)
{
    if (!context || !id || !queue || !out)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "context, device, queue: expected handles, got NULL");
    *out = NULL;
    RIDGE_TRY(check_wrapped(context, id, queue));
    cl_platform_id platform;
    RIDGE_TRY_CL("clGetDeviceInfo",
                 clGetDeviceInfo(id, CL_DEVICE_PLATFORM, sizeof(platform), &platform, NULL));
    ridge_device_info info = {0};
    ridge_device_describe(platform, id, &info);
    if (!info.usable)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "device '%s' cannot be used: %s", info.name,
                          info.reason);
    ridge_device *device;
    RIDGE_TRY(make(&info, &device));
    clRetainContext(context);
    clRetainDevice(id);
    clRetainCommandQueue(queue);
    device->context = context;
    device->id = id;
    device->queue = queue;
    *out = device;
    return RIDGE_OK;
}

void ridge_device_close(ridge_device **slot)
{
    if (!slot || !*slot)
        return;
    ridge_device *device = *slot;
    if (device->queue)
        clFinish(device->queue);
    if (device->mark)
        clReleaseEvent(device->mark);
    for (int kind = 0; kind < RIDGE_SCRATCHES; kind++)
        ridge_scratch_release(device, &device->scratch[kind]);
    ridge_programs_release(device);
    if (device->queue)
        clReleaseCommandQueue(device->queue);
    if (device->context)
        clReleaseContext(device->context);
    if (device->id)
        clReleaseDevice(device->id);
    free(device->tuning);
    free(device);
    *slot = NULL;
}

const ridge_device_info *ridge_device_get_info(const ridge_device *device)
{
    return &device->info;
}

cl_context ridge_device_context(const ridge_device *device)
{
    return device->context;
}

cl_command_queue ridge_device_queue(const ridge_device *device)
{
    return device->queue;
}

ridge_status ridge_device_finish(ridge_device *device)
{
    RIDGE_TRY_CL("clFinish", clFinish(device->queue));
    return RIDGE_OK;
}

// Steps between two marks: at least that many and at most twice as many are in the queue.
#define STEPS_A_MARK 16

ridge_status ridge_device_throttle(ridge_device *device)
{
    RIDGE_TRY_CL("clFlush", clFlush(device->queue));
    if (++device->since_mark < STEPS_A_MARK)
        return RIDGE_OK;
    device->since_mark = 0;
    cl_event before = device->mark;
    RIDGE_TRY_CL("clEnqueueMarkerWithWaitList",
                 clEnqueueMarkerWithWaitList(device->queue, 0, NULL, &device->mark));
    if (!before)
        return RIDGE_OK;
    cl_int code = clWaitForEvents(1, &before);
    clReleaseEvent(before);
    return code == CL_SUCCESS ? RIDGE_OK : ridge_fail_opencl("clWaitForEvents", code);
}

uint64_t ridge_device_memory(const ridge_device *device)
{
    return device->memory;
}

uint64_t ridge_device_memory_peak(const ridge_device *device)
{
    return device->memory_peak;
}

void ridge_device_memory_peak_reset(ridge_device *device)
{
    device->memory_peak = device->memory;
}

const char *ridge_device_walk(const ridge_device *device)
{
    return device->walk == RIDGE_WALK_CPU ? "cpu" : "gpu";
}

const char *ridge_device_gemm(const ridge_device *device)
{
    return device->gemm;
}

ridge_launcher *ridge_device_launcher(ridge_device *device)
{
    return &device->immediate;
}

// SPDX-License-Identifier: Apache-2.0
// The OpenCL functions of interpose.h: each counts, fails when told to, else asks the real one.
#include "interpose.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "replace.h"

static struct {
    size_t count;
    size_t fail_at; // the count at which the call fails; 0: never
    bool fail_always;
    cl_int code;
} calls[INTERPOSE_CALL_COUNT];

static struct {
    cl_platform_id platform;
    cl_int code;
} broken;

static struct {
    const char *from, *to;
    size_t count;
} replacement;

static long live;

// Calls of the driver that have not returned. What a driver calls by itself is not the program's:
// Oclgrind has a blocking write call clFinish, and a buffer retain its context.
static _Thread_local int inside;

void interpose_reset(void)
{
    memset(calls, 0, sizeof(calls));
    memset(&broken, 0, sizeof(broken));
    memset(&replacement, 0, sizeof(replacement));
}

size_t interpose_count(enum interpose_call call)
{
    return calls[call].count;
}

size_t interpose_waits(void)
{
    return calls[INTERPOSE_BLOCKING].count + calls[INTERPOSE_FINISH].count +
           calls[INTERPOSE_WAIT].count;
}

size_t interpose_creations(void)
{
    return calls[INTERPOSE_CREATE_CONTEXT].count + calls[INTERPOSE_CREATE_QUEUE].count +
           calls[INTERPOSE_CREATE_BUFFER].count + calls[INTERPOSE_CREATE_SOURCE].count +
           calls[INTERPOSE_CREATE_BINARY].count + calls[INTERPOSE_CREATE_KERNEL].count;
}

void interpose_fail(enum interpose_call call, size_t n, cl_int code)
{
    calls[call].fail_at = n ? calls[call].count + n : 0;
    calls[call].fail_always = n == 0;
    calls[call].code = code;
}

void interpose_fail_platform(cl_platform_id platform, cl_int code)
{
    broken.platform = platform;
    broken.code = code;
}

void interpose_replace(const char *from, const char *to)
{
    replacement.from = from;
    replacement.to = to;
}

size_t interpose_replaced(void)
{
    return replacement.count;
}

long interpose_live(void)
{
    return live;
}

// Counts the call; the code with which it has to fail, else CL_SUCCESS.
static cl_int enter(enum interpose_call call)
{
    if (inside)
        return CL_SUCCESS;
    calls[call].count++;
    bool fails = calls[call].fail_always || calls[call].count == calls[call].fail_at;
    return fails ? calls[call].code : CL_SUCCESS;
}

// The driver's function behind ours. C has no cast from an object to a function pointer.
static void resolve(const char *name, void *function)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    memcpy(function, &symbol, sizeof(symbol));
}

#define RESOLVE(name)                                                                              \
    static __typeof__(name) *real;                                                                 \
    if (!real)                                                                                     \
    resolve(#name, &real)

// For functions that give a code.
#define ENTER(call, name)                                                                          \
    RESOLVE(name);                                                                                 \
    cl_int failure = enter(call);                                                                  \
    if (failure != CL_SUCCESS)                                                                     \
    return failure

// For functions that create something and give the code by a pointer.
#define ENTER_CREATE(call, name, code)                                                             \
    RESOLVE(name);                                                                                 \
    cl_int failure = enter(call);                                                                  \
    if (failure != CL_SUCCESS) {                                                                   \
        if (code)                                                                                  \
            *(code) = failure;                                                                     \
        return NULL;                                                                               \
    }

// Defines `result` as what the driver's function gives.
#define CALL(type, result, ...)                                                                    \
    inside++;                                                                                      \
    type result = __VA_ARGS__;                                                                     \
    inside--

static void count_blocking(cl_bool blocking)
{
    calls[INTERPOSE_BLOCKING].count += blocking != CL_FALSE && !inside;
}

static void count_live(bool done, int change)
{
    live += done && !inside ? change : 0;
}

cl_int clGetDeviceIDs(cl_platform_id platform, cl_device_type type, cl_uint size,
                      cl_device_id *devices, cl_uint *count)
{
    ENTER(INTERPOSE_GET_DEVICES, clGetDeviceIDs);
    if (broken.platform && broken.platform == platform)
        return broken.code;
    CALL(cl_int, code, real(platform, type, size, devices, count));
    return code;
}

cl_context clCreateContext(const cl_context_properties *properties, cl_uint count,
                           const cl_device_id *devices,
                           void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *),
                           void *data, cl_int *code)
{
    ENTER_CREATE(INTERPOSE_CREATE_CONTEXT, clCreateContext, code)
    CALL(cl_context, made, real(properties, count, devices, notify, data, code));
    count_live(made != NULL, 1);
    return made;
}

cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device,
                                      cl_command_queue_properties properties, cl_int *code)
{
    ENTER_CREATE(INTERPOSE_CREATE_QUEUE, clCreateCommandQueue, code)
    CALL(cl_command_queue, made, real(context, device, properties, code));
    count_live(made != NULL, 1);
    return made;
}

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size, void *data, cl_int *code)
{
    ENTER_CREATE(INTERPOSE_CREATE_BUFFER, clCreateBuffer, code)
    CALL(cl_mem, made, real(context, flags, size, data, code));
    count_live(made != NULL, 1);
    return made;
}

cl_mem clCreateSubBuffer(cl_mem buffer, cl_mem_flags flags, cl_buffer_create_type type,
                         const void *info, cl_int *code)
{
    ENTER_CREATE(INTERPOSE_CREATE_BUFFER, clCreateSubBuffer, code)
    CALL(cl_mem, made, real(buffer, flags, type, info, code));
    count_live(made != NULL, 1);
    return made;
}

cl_program clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts,
                                     const size_t *sizes, cl_int *code)
{
    ENTER_CREATE(INTERPOSE_CREATE_SOURCE, clCreateProgramWithSource, code)
    const char *now[2];
    size_t sizes_now[2];
    char *changed = NULL;
    if (replacement.from && count <= 2 && !inside) {
        memcpy(now, texts, count * sizeof(*now));
        memcpy(sizes_now, sizes, count * sizeof(*sizes_now));
        changed = replace_last(count, now, sizes_now, replacement.from, replacement.to,
                               &replacement.count);
    }
    CALL(cl_program, made,
         real(context, count, changed ? now : texts, changed ? sizes_now : sizes, code));
    free(changed);
    count_live(made != NULL, 1);
    return made;
}

cl_program clCreateProgramWithBinary(cl_context context, cl_uint count, const cl_device_id *devices,
                                     const size_t *sizes, const unsigned char **binaries,
                                     cl_int *states, cl_int *code)
{
    ENTER_CREATE(INTERPOSE_CREATE_BINARY, clCreateProgramWithBinary, code)
    CALL(cl_program, made, real(context, count, devices, sizes, binaries, states, code));
    count_live(made != NULL, 1);
    return made;
}

cl_int clBuildProgram(cl_program program, cl_uint count, const cl_device_id *devices,
                      const char *options, void(CL_CALLBACK *notify)(cl_program, void *),
                      void *data)
{
    ENTER(INTERPOSE_BUILD, clBuildProgram);
    CALL(cl_int, code, real(program, count, devices, options, notify, data));
    return code;
}

cl_int clGetProgramInfo(cl_program program, cl_program_info key, size_t size, void *value,
                        size_t *needed)
{
    RESOLVE(clGetProgramInfo);
    bool binaries = key == CL_PROGRAM_BINARY_SIZES || key == CL_PROGRAM_BINARIES;
    cl_int failure = binaries ? enter(INTERPOSE_GET_BINARIES) : CL_SUCCESS;
    if (failure != CL_SUCCESS)
        return failure;
    CALL(cl_int, code, real(program, key, size, value, needed));
    return code;
}

cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *code)
{
    ENTER_CREATE(INTERPOSE_CREATE_KERNEL, clCreateKernel, code)
    CALL(cl_kernel, made, real(program, name, code));
    count_live(made != NULL, 1);
    return made;
}

cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value)
{
    ENTER(INTERPOSE_SET_ARGUMENT, clSetKernelArg);
    CALL(cl_int, code, real(kernel, index, size, value));
    return code;
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions,
                              const size_t *offset, const size_t *global, const size_t *local,
                              cl_uint count, const cl_event *wait, cl_event *event)
{
    ENTER(INTERPOSE_LAUNCH, clEnqueueNDRangeKernel);
    CALL(cl_int, code, real(queue, kernel, dimensions, offset, global, local, count, wait, event));
    return code;
}

cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset,
                           size_t size, void *data, cl_uint count, const cl_event *wait,
                           cl_event *event)
{
    ENTER(INTERPOSE_READ, clEnqueueReadBuffer);
    count_blocking(blocking);
    CALL(cl_int, code, real(queue, buffer, blocking, offset, size, data, count, wait, event));
    return code;
}

cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset,
                            size_t size, const void *data, cl_uint count, const cl_event *wait,
                            cl_event *event)
{
    ENTER(INTERPOSE_WRITE, clEnqueueWriteBuffer);
    count_blocking(blocking);
    CALL(cl_int, code, real(queue, buffer, blocking, offset, size, data, count, wait, event));
    return code;
}

void *clEnqueueMapBuffer(cl_command_queue queue, cl_mem buffer, cl_bool blocking,
                         cl_map_flags flags, size_t offset, size_t size, cl_uint count,
                         const cl_event *wait, cl_event *event, cl_int *code)
{
    RESOLVE(clEnqueueMapBuffer);
    count_blocking(blocking);
    CALL(void *, mapped,
         real(queue, buffer, blocking, flags, offset, size, count, wait, event, code));
    return mapped;
}

cl_int clFinish(cl_command_queue queue)
{
    ENTER(INTERPOSE_FINISH, clFinish);
    CALL(cl_int, code, real(queue));
    return code;
}

cl_int clWaitForEvents(cl_uint count, const cl_event *events)
{
    ENTER(INTERPOSE_WAIT, clWaitForEvents);
    CALL(cl_int, code, real(count, events));
    return code;
}

// Retains and releases, for interpose_live.
#define REFERENCE(name, type, change)                                                              \
    cl_int name(type object)                                                                       \
    {                                                                                              \
        RESOLVE(name);                                                                             \
        CALL(cl_int, code, real(object));                                                          \
        count_live(code == CL_SUCCESS, change);                                                    \
        return code;                                                                               \
    }

REFERENCE(clRetainContext, cl_context, 1)
REFERENCE(clReleaseContext, cl_context, -1)
REFERENCE(clRetainCommandQueue, cl_command_queue, 1)
REFERENCE(clReleaseCommandQueue, cl_command_queue, -1)
REFERENCE(clRetainMemObject, cl_mem, 1)
REFERENCE(clReleaseMemObject, cl_mem, -1)
REFERENCE(clRetainProgram, cl_program, 1)
REFERENCE(clReleaseProgram, cl_program, -1)
REFERENCE(clRetainKernel, cl_kernel, 1)
REFERENCE(clReleaseKernel, cl_kernel, -1)

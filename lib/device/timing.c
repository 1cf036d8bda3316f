// SPDX-License-Identifier: Apache-2.0
// Timing the launches of a plan with the events of a profiling queue.
#include "device/timing.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

// The events of one launch. A host call has none of its own: markers stand around it.
struct events {
    cl_event marker, last; // marker NULL: `last` is the kernel's
};

ridge_status ridge_timing_begin(struct ridge_timing *timing, ridge_device *device)
{
    *timing = (struct ridge_timing){.device = device};
    cl_command_queue_properties there;
    RIDGE_TRY_CL("clGetDeviceInfo", clGetDeviceInfo(device->id, CL_DEVICE_QUEUE_PROPERTIES,
                                                    sizeof(there), &there, NULL));
    if (!(there & CL_QUEUE_PROFILING_ENABLE))
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "device '%s' has no queue that keeps times",
                          device->info.name);
    RIDGE_TRY(ridge_device_finish(device));
    cl_int code;
    cl_command_queue queue =
        clCreateCommandQueue(device->context, device->id, CL_QUEUE_PROFILING_ENABLE, &code);
    if (code != CL_SUCCESS)
        return ridge_fail_opencl("clCreateCommandQueue", code);
    timing->before = device->queue;
    device->queue = queue;
    return RIDGE_OK;
}

void ridge_timing_end(struct ridge_timing *timing)
{
    if (!timing->before)
        return;
    clFinish(timing->device->queue);
    clReleaseCommandQueue(timing->device->queue);
    timing->device->queue = timing->before;
    timing->before = NULL;
}

static ridge_status place_marker(ridge_device *device, cl_event *marker)
{
    RIDGE_TRY_CL("clEnqueueMarkerWithWaitList",
                 clEnqueueMarkerWithWaitList(device->queue, 0, NULL, marker));
    return RIDGE_OK;
}

static ridge_status enqueue(ridge_device *device, const ridge_plan *plan, size_t index,
                            struct events *events)
{
    if (ridge_plan_entry(plan, index)->program)
        return ridge_plan_enqueue(plan, index, &events->last);
    RIDGE_TRY(place_marker(device, &events->marker));
    RIDGE_TRY(ridge_plan_enqueue(plan, index, &events->last));
    return place_marker(device, &events->last);
}

static ridge_status read_time(cl_event event, cl_profiling_info what, cl_ulong *nanoseconds)
{
    RIDGE_TRY_CL("clGetEventProfilingInfo",
                 clGetEventProfilingInfo(event, what, sizeof(cl_ulong), nanoseconds, NULL));
    return RIDGE_OK;
}

struct interval {
    cl_ulong start, end; // nanoseconds
};

static ridge_status read_interval(const struct events *events, struct interval *interval)
{
    bool marked = events->marker != NULL;
    RIDGE_TRY(read_time(marked ? events->marker : events->last,
                        marked ? CL_PROFILING_COMMAND_END : CL_PROFILING_COMMAND_START,
                        &interval->start));
    return read_time(events->last, CL_PROFILING_COMMAND_END, &interval->end);
}

static double seconds_of(const struct interval *interval)
{
    bool forward = interval->end > interval->start;
    return forward ? 1e-9 * (double)(interval->end - interval->start) : 0;
}

static ridge_status read_times(const struct events *events, size_t count, size_t times,
                               double *seconds, double *whole)
{
    struct interval all = {0};
    for (size_t i = 0; i < count; i++)
        seconds[i] = 0;
    for (size_t i = 0; i < times * count; i++) {
        struct interval one;
        RIDGE_TRY(read_interval(&events[i], &one));
        seconds[i % count] += seconds_of(&one) / (double)times;
        all.start = i ? all.start : one.start;
        all.end = one.end;
    }
    *whole = seconds_of(&all) / (double)times;
    return RIDGE_OK;
}

static ridge_status run(ridge_device *device, const ridge_plan *plan, struct events *events,
                        size_t times)
{
    size_t count = ridge_plan_length(plan);
    for (size_t i = 0; i < times * count; i++)
        RIDGE_TRY(enqueue(device, plan, i % count, &events[i]));
    return ridge_device_finish(device);
}

ridge_status ridge_timing_run(const struct ridge_timing *timing, const ridge_plan *plan,
                              size_t times, double *seconds, double *whole)
{
    size_t count = ridge_plan_length(plan);
    struct events *events = ridge_allocate(times * count, sizeof(*events));
    if (!events)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = run(timing->device, plan, events, times);
    if (!status)
        status = read_times(events, count, times, seconds, whole);
    for (size_t i = 0; i < times * count; i++) {
        if (events[i].marker)
            clReleaseEvent(events[i].marker);
        if (events[i].last)
            clReleaseEvent(events[i].last);
    }
    free(events);
    return status;
}

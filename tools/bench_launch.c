// SPDX-License-Identifier: Apache-2.0
// The job launch: what a launch costs the host, of a replayed plan and of the driver by itself,
// while the device has other work, as within a training step; and of a plan on an idle device,
// whose threads then take every launch from the host's hands and want its locks and its memory.
// And how soon one launch follows the other: what a kernel that does next to nothing takes.
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "bench.h"
#include "command.h"

#define LAUNCHES 64 // of a plan
#define ROUNDS 201

// A kernel like ridge's fill: as many arguments of the same kinds, one work-item.
static const char source[] =
    "__kernel void fill(__global float *y, ulong offset, float value, ulong count)"
    "{ for (ulong i = get_global_id(0); i < count; i += get_global_size(0)) y[offset + i] = value; "
    "}";

struct launches {
    ridge_plan *plan;
    cl_program program;
    cl_kernel kernel;
    ridge_tensor y;
};

static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool make_plan(struct bench *bench, struct launches *launches)
{
    bool made = bench_numbers(bench, 1, 1, &launches->y) &&
                !ridge_plan_create(bench->device, &launches->plan);
    for (int i = 0; i < LAUNCHES && made; i++)
        made = !ridge_fill(ridge_plan_launcher(launches->plan), launches->y, 1);
    if (!made)
        fail_library();
    return made;
}

static bool make_kernel(struct bench *bench, struct launches *launches)
{
    cl_context context = ridge_device_context(bench->device);
    const char *text = source;
    cl_ulong offset = 0, count = 1;
    float value = 1;
    cl_int code;
    launches->program = clCreateProgramWithSource(context, 1, &text, NULL, &code);
    if (launches->program && !clBuildProgram(launches->program, 0, NULL, "", NULL, NULL))
        launches->kernel = clCreateKernel(launches->program, "fill", &code);
    cl_kernel kernel = launches->kernel;
    if (kernel && !clSetKernelArg(kernel, 0, sizeof(cl_mem), &launches->y.buffer) &&
        !clSetKernelArg(kernel, 1, sizeof(offset), &offset) &&
        !clSetKernelArg(kernel, 2, sizeof(value), &value) &&
        !clSetKernelArg(kernel, 3, sizeof(count), &count))
        return true;
    fail("cannot make a kernel of its own");
    return false;
}

static ridge_status replay(struct bench *bench, const struct launches *launches)
{
    (void)bench;
    return ridge_plan_run(launches->plan);
}

static ridge_status enqueue(struct bench *bench, const struct launches *launches)
{
    const size_t one = 1;
    cl_command_queue queue = ridge_device_queue(bench->device);
    for (int i = 0; i < LAUNCHES; i++)
        if (clEnqueueNDRangeKernel(queue, launches->kernel, 1, NULL, &one, &one, 0, NULL, NULL))
            return RIDGE_ERROR_DEVICE;
    return RIDGE_OK;
}

// Keeps the device from what is enqueued next until the event is set. NULL after a message.
static cl_event hold(struct bench *bench)
{
    cl_int code;
    cl_event event = clCreateUserEvent(ridge_device_context(bench->device), &code);
    if (event && !clEnqueueBarrierWithWaitList(ridge_device_queue(bench->device), 1, &event, NULL))
        return event;
    fail("cannot make the device wait");
    if (event)
        clReleaseEvent(event);
    return NULL;
}

// Seconds of the host's CPU for one launch; the wait behind them does not count.
static bool measure(struct bench *bench, const struct launches *launches, bool idle,
                    ridge_status (*run)(struct bench *, const struct launches *), double *seconds)
{
    cl_event held = idle ? NULL : hold(bench);
    if (!idle && !held)
        return false;
    double start = cpu_seconds();
    ridge_status status = run(bench, launches);
    *seconds = (cpu_seconds() - start) / LAUNCHES;
    if (held) {
        clSetUserEventStatus(held, CL_COMPLETE);
        clReleaseEvent(held);
    }
    if (!status)
        status = ridge_device_finish(bench->device);
    if (status)
        fail_library();
    return !status;
}

// Seconds from launch to launch, where each is done before the next may begin.
static bool measure_pace(struct bench *bench, const struct launches *launches, double *seconds)
{
    double start = seconds_now();
    ridge_status status = replay(bench, launches);
    if (!status)
        status = ridge_device_finish(bench->device);
    *seconds = (seconds_now() - start) / LAUNCHES;
    if (status)
        fail_library();
    return !status;
}

enum figure { OF_RIDGE, OF_DRIVER, ON_IDLE_DEVICE, PACE, FIGURES };

static void report(const struct bench *bench, const struct timing figures[FIGURES])
{
    const struct timing *ridge = &figures[OF_RIDGE], *driver = &figures[OF_DRIVER];
    // Where the driver is all of it, the difference is noise of either sign.
    double own = fmax(ridge->median - driver->median, 0);
    if (!bench->json) {
        printf("launch, CPU time of the host for one of a plan\n"
               "  %.2f us  (%.2f to %.2f), of which the driver takes %.2f us  (%.2f to %.2f) and "
               "ridge %.2f us; on an idle device %.2f us\n"
               "  from one to the next: %.1f us  (%.1f to %.1f)\n",
               1e6 * ridge->median, 1e6 * ridge->lower, 1e6 * ridge->upper, 1e6 * driver->median,
               1e6 * driver->lower, 1e6 * driver->upper, 1e6 * own,
               1e6 * figures[ON_IDLE_DEVICE].median, 1e6 * figures[PACE].median,
               1e6 * figures[PACE].lower, 1e6 * figures[PACE].upper);
        return;
    }
    cJSON *object = bench_object(bench, "launch");
    cJSON_AddNumberToObject(object, "us", 1e6 * ridge->median);
    cJSON_AddNumberToObject(object, "us_lower_quartile", 1e6 * ridge->lower);
    cJSON_AddNumberToObject(object, "us_upper_quartile", 1e6 * ridge->upper);
    cJSON_AddNumberToObject(object, "us_of_driver", 1e6 * driver->median);
    cJSON_AddNumberToObject(object, "us_of_ridge", 1e6 * own);
    cJSON_AddNumberToObject(object, "us_on_idle_device", 1e6 * figures[ON_IDLE_DEVICE].median);
    cJSON_AddNumberToObject(object, "us_from_one_to_the_next", 1e6 * figures[PACE].median);
    print_json(object);
}

static bool measure_round(struct bench *bench, const struct launches *launches,
                          double seconds[FIGURES][ROUNDS], int round)
{
    return measure(bench, launches, false, replay, &seconds[OF_RIDGE][round]) &&
           measure(bench, launches, false, enqueue, &seconds[OF_DRIVER][round]) &&
           measure(bench, launches, true, replay, &seconds[ON_IDLE_DEVICE][round]) &&
           measure_pace(bench, launches, &seconds[PACE][round]);
}

bool bench_launch(struct bench *bench)
{
    struct launches launches = {0};
    double seconds[FIGURES][ROUNDS];
    bool measured = make_plan(bench, &launches) && make_kernel(bench, &launches) &&
                    measure_round(bench, &launches, seconds, 0); // warms up
    for (int i = 0; i < ROUNDS && measured; i++)
        measured = measure_round(bench, &launches, seconds, i);
    if (measured) {
        struct timing figures[FIGURES];
        for (int f = 0; f < FIGURES; f++)
            figures[f] = bench_quartiles(seconds[f], ROUNDS);
        report(bench, figures);
    }
    if (launches.kernel)
        clReleaseKernel(launches.kernel);
    if (launches.program)
        clReleaseProgram(launches.program);
    ridge_plan_destroy(&launches.plan);
    ridge_tensor_destroy(bench->device, &launches.y);
    return measured;
}

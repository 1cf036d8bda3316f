// The job launch: what a launch costs the host, of a replayed plan and of the driver by itself,
// while the device has other work, as within a training step; and of a plan on an idle device,
// whose threads then take every launch from the host's hands and want its locks and its memory.
// And how soon one launch follows the other. Each for a kernel of few arguments that does next to
// nothing, and for a product, which has many.
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "command.h"

#define LAUNCHES 64 // of a plan
#define ROUNDS 201

// The job for one op. buffers, pairs: arguments of its kernel on CPUs.
struct form {
    const char *name, *what;
    int buffers, pairs;
    ridge_status (*record)(ridge_launcher *on, const ridge_tensor tensors[]);
};

static ridge_status record_fill(ridge_launcher *on, const ridge_tensor tensors[])
{
    return ridge_fill(on, tensors[0], 1);
}

enum { ROWS = 32, WIDTH = 128 };

static ridge_status record_product(ridge_launcher *on, const ridge_tensor tensors[])
{
    const ridge_gemm_shape shape = {.m = ROWS, .n = WIDTH, .k = WIDTH};
    return ridge_gemm(on, &shape, 1, tensors[0], tensors[1], 0, tensors[2], NULL);
}

enum { FORMS = 2, TENSORS = 3 };

static const struct form forms[FORMS] = {
    {"fill", "a fill", 1, 2, record_fill},
    {"product", "a product of 32x128x128", 6, 12, record_product},
};

struct launches {
    const struct form *form;
    ridge_plan *plan;
    cl_program program;
    cl_kernel kernel;
    ridge_tensor tensors[TENSORS];
};

static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool make_plan(struct bench *bench, struct launches *launches)
{
    static const size_t sizes[TENSORS] = {ROWS * WIDTH, WIDTH * WIDTH, ROWS * WIDTH};
    bool made = true;
    for (uint32_t i = 0; i < TENSORS && made; i++)
        made = bench_numbers(bench, sizes[i], i, &launches->tensors[i]);
    if (!made)
        return false;
    ridge_status status = ridge_plan_create(bench->device, &launches->plan);
    for (int i = 0; i < LAUNCHES && !status; i++)
        status = launches->form->record(ridge_plan_launcher(launches->plan), launches->tensors);
    if (status)
        fail_library();
    return !status;
}

// A kernel that does nothing, with so many arguments.
static bool make_program(struct bench *bench, struct launches *launches)
{
    char source[1024] = "__kernel void nothing(";
    for (int i = 0; i < launches->form->buffers; i++)
        sprintf(source + strlen(source), "__global float *buffer_%d, ", i);
    for (int i = 0; i < launches->form->pairs; i++)
        sprintf(source + strlen(source), "%sulong2 pair_%d", i ? ", " : "", i);
    strcat(source, ") {}");
    const char *text = source;
    cl_int code;
    launches->program =
        clCreateProgramWithSource(ridge_device_context(bench->device), 1, &text, NULL, &code);
    if (launches->program && !clBuildProgram(launches->program, 0, NULL, "", NULL, NULL))
        launches->kernel = clCreateKernel(launches->program, "nothing", &code);
    return launches->kernel;
}

static bool make_kernel(struct bench *bench, struct launches *launches)
{
    bool made = make_program(bench, launches);
    const cl_ulong2 zeros = {0};
    int buffers = launches->form->buffers, count = buffers + launches->form->pairs;
    for (int i = 0; i < count && made; i++) {
        const cl_mem *buffer = &launches->tensors[i % TENSORS].buffer;
        made = !(i < buffers ? clSetKernelArg(launches->kernel, (cl_uint)i, sizeof(cl_mem), buffer)
                             : clSetKernelArg(launches->kernel, (cl_uint)i, sizeof(zeros), &zeros));
    }
    if (!made)
        fail("cannot make a kernel of its own");
    return made;
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

static void report(const struct bench *bench, const struct form *form,
                   const struct timing figures[FIGURES])
{
    const struct timing *ridge = &figures[OF_RIDGE], *driver = &figures[OF_DRIVER];
    // Where the driver is all of it, the difference is noise of either sign.
    double own = fmax(ridge->median - driver->median, 0);
    if (!bench->json) {
        printf("launch of %s, CPU time of the host for one of a plan\n"
               "  %.2f us  (%.2f to %.2f), of which the driver takes %.2f us  (%.2f to %.2f) and "
               "ridge %.2f us; on an idle device %.2f us\n"
               "  from one to the next: %.1f us  (%.1f to %.1f)\n",
               form->what, 1e6 * ridge->median, 1e6 * ridge->lower, 1e6 * ridge->upper,
               1e6 * driver->median, 1e6 * driver->lower, 1e6 * driver->upper, 1e6 * own,
               1e6 * figures[ON_IDLE_DEVICE].median, 1e6 * figures[PACE].median,
               1e6 * figures[PACE].lower, 1e6 * figures[PACE].upper);
        return;
    }
    cJSON *object = bench_object(bench, "launch");
    cJSON_AddStringToObject(object, "op", form->name);
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

static bool bench_form(struct bench *bench, const struct form *form)
{
    struct launches launches = {.form = form};
    double seconds[FIGURES][ROUNDS];
    bool measured = make_plan(bench, &launches) && make_kernel(bench, &launches) &&
                    measure_round(bench, &launches, seconds, 0); // warms up
    for (int i = 0; i < ROUNDS && measured; i++)
        measured = measure_round(bench, &launches, seconds, i);
    if (measured) {
        struct timing figures[FIGURES];
        for (int f = 0; f < FIGURES; f++)
            figures[f] = bench_quartiles(seconds[f], ROUNDS);
        report(bench, form, figures);
    }
    if (launches.kernel)
        clReleaseKernel(launches.kernel);
    if (launches.program)
        clReleaseProgram(launches.program);
    ridge_plan_destroy(&launches.plan);
    for (int i = 0; i < TENSORS; i++)
        ridge_tensor_destroy(bench->device, &launches.tensors[i]);
    return measured;
}

bool bench_launch(struct bench *bench)
{
    bool measured = true;
    for (int i = 0; i < FORMS && measured; i++)
        measured = bench_form(bench, &forms[i]);
    return measured;
}

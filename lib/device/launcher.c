// SPDX-License-Identifier: Apache-2.0
// The three launchers: immediate, recording (a plan), measuring.
#include "device/launcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "device/device.h"
#include "device/fusion.h"
#include "device/program.h"

ridge_status ridge_launch(ridge_launcher *on, const struct ridge_launch *launch)
{
    return on->launch(on, launch);
}

ridge_status ridge_launch_call(ridge_launcher *on, const struct ridge_call *call)
{
    return on->call(on, call);
}

ridge_status ridge_scratch(ridge_launcher *on, size_t bytes, cl_mem *buffer)
{
    return on->scratch(on, RIDGE_SCRATCH_INNER, bytes, buffer);
}

ridge_status ridge_outer_scratch(ridge_launcher *on, size_t bytes, cl_mem *buffer)
{
    return on->scratch(on, RIDGE_SCRATCH_OUTER, bytes, buffer);
}

static ridge_status enqueue(ridge_device *device, cl_kernel kernel, const char *name,
                            const size_t global[2], const size_t local[2], cl_event *event)
{
    cl_int code = clEnqueueNDRangeKernel(device->queue, kernel, global[1] ? 2 : 1, NULL, global,
                                         local, 0, NULL, event);
    if (code == CL_SUCCESS)
        return RIDGE_OK;
    ridge_status status = ridge_fail_opencl("clEnqueueNDRangeKernel", code);
    return ridge_fail_within(status, "kernel %s", name);
}

// Immediate.

static ridge_status immediate_launch(ridge_launcher *self, const struct ridge_launch *launch)
{
    cl_kernel kernel;
    RIDGE_TRY(ridge_kernel_shared(self->device, launch->program, launch->defines, launch->kernel,
                                  &kernel));
    RIDGE_TRY(ridge_arguments_set(self->device, kernel, launch->kernel, launch->arguments));
    return enqueue(self->device, kernel, launch->kernel, launch->global, launch->local, NULL);
}

static ridge_status immediate_call(ridge_launcher *self, const struct ridge_call *call)
{
    return call->function(self->device, call->context);
}

static ridge_status immediate_scratch(ridge_launcher *self, enum ridge_scratch_kind kind,
                                      size_t bytes, cl_mem *buffer)
{
    RIDGE_TRY(ridge_scratch_reserve(self->device, kind, bytes));
    *buffer = self->device->scratch[kind]->buffer;
    return RIDGE_OK;
}

void ridge_immediate_init(struct ridge_launcher *launcher, ridge_device *device)
{
    *launcher = (struct ridge_launcher){
        .device = device,
        .launch = immediate_launch,
        .call = immediate_call,
        .scratch = immediate_scratch,
    };
}

// Recording.

struct step {
    struct ridge_plan_entry entry;
    cl_kernel kernel; // NULL: a host call
    size_t global[2], local[2];
    ridge_status (*function)(ridge_device *device, const void *context);
    void *context;
};

// What a plan is given when it is one launch.
struct fused {
    struct ridge_fusion *fusion;
    bool tried; // to build it
    ridge_status built;
};

struct ridge_plan {
    struct ridge_launcher launcher; // first: the launcher's functions find the plan by it
    struct step *steps;
    size_t count, capacity;
    struct ridge_scratch_hold scratches; // those that recorded kernels refer to
    struct fused *fused;                 // NULL: launches are enqueued one by one
};

static ridge_status plan_launch(ridge_launcher *self, const struct ridge_launch *launch)
{
    ridge_plan *plan = (ridge_plan *)self;
    RIDGE_TRY(ridge_grow(&plan->steps, &plan->capacity, plan->count + 1, sizeof(*plan->steps)));
    cl_kernel kernel;
    RIDGE_TRY(ridge_kernel_create(self->device, launch->program, launch->defines, launch->kernel,
                                  &kernel));
    ridge_status status =
        ridge_arguments_set(self->device, kernel, launch->kernel, launch->arguments);
    if (status) {
        clReleaseKernel(kernel);
        return status;
    }
    struct step *step = &plan->steps[plan->count++];
    *step = (struct step){
        .entry = {launch->program, launch->kernel, self->part, launch->work},
        .kernel = kernel,
    };
    memcpy(step->global, launch->global, sizeof(step->global));
    memcpy(step->local, launch->local, sizeof(step->local));
    return RIDGE_OK;
}

static ridge_status plan_call(ridge_launcher *self, const struct ridge_call *call)
{
    ridge_plan *plan = (ridge_plan *)self;
    RIDGE_TRY(ridge_grow(&plan->steps, &plan->capacity, plan->count + 1, sizeof(*plan->steps)));
    void *copy = ridge_allocate(call->size, 1);
    if (!copy)
        return RIDGE_ERROR_MEMORY;
    if (call->size)
        memcpy(copy, call->context, call->size);
    plan->steps[plan->count++] = (struct step){
        .entry = {NULL, call->name, self->part, call->work},
        .function = call->function,
        .context = copy,
    };
    return RIDGE_OK;
}

static ridge_status plan_scratch(ridge_launcher *self, enum ridge_scratch_kind kind, size_t bytes,
                                 cl_mem *buffer)
{
    ridge_plan *plan = (ridge_plan *)self;
    return ridge_scratch_hold(self->device, kind, bytes, &plan->scratches, buffer);
}

ridge_status ridge_plan_create(ridge_device *device, ridge_plan **out)
{
    if (!device || !out)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "device, plan: expected pointers, got NULL");
    *out = ridge_allocate(1, sizeof(**out));
    if (!*out)
        return RIDGE_ERROR_MEMORY;
    (*out)->launcher = (struct ridge_launcher){
        .device = device,
        .launch = plan_launch,
        .call = plan_call,
        .scratch = plan_scratch,
    };
    return RIDGE_OK;
}

ridge_launcher *ridge_plan_launcher(ridge_plan *plan)
{
    return plan->fused ? ridge_fusion_launcher(plan->fused->fusion) : &plan->launcher;
}

static void destroy_fused(struct fused *fused)
{
    if (fused)
        ridge_fusion_destroy(&fused->fusion);
    free(fused);
}

ridge_status ridge_plan_fuse(ridge_plan *plan)
{
    if (!plan || plan->count > 0 || plan->fused)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "plan: expected one that nothing was recorded in");
    struct fused *fused = ridge_allocate(1, sizeof(*fused));
    if (!fused)
        return RIDGE_ERROR_MEMORY;
    size_t all;
    ridge_status status = ridge_fusion_create(plan->launcher.device, &fused->fusion);
    if (!status)
        status = ridge_fusion_part(fused->fusion, &all);
    if (!status)
        status = ridge_fusion_turn(fused->fusion, all, 1);
    if (status)
        destroy_fused(fused);
    else
        plan->fused = fused;
    plan->launcher.fuses = !status;
    return status;
}

static ridge_status run_fused(struct fused *fused)
{
    if (fused->tried && fused->built)
        return ridge_fail(fused->built, "plan: its kernel was not built at the first run");
    if (!fused->tried) {
        fused->tried = true;
        fused->built = ridge_fusion_build(fused->fusion);
        RIDGE_TRY(fused->built);
    }
    return ridge_fusion_run(fused->fusion, 0, 1, 1);
}

size_t ridge_plan_length(const ridge_plan *plan)
{
    return plan->fused ? 1 : plan->count;
}

static ridge_status run_step(ridge_device *device, const struct step *step, cl_event *event)
{
    if (!step->kernel)
        return step->function(device, step->context);
    return enqueue(device, step->kernel, step->entry.name, step->global, step->local, event);
}

ridge_status ridge_plan_run(const ridge_plan *plan)
{
    ridge_device *device = plan->launcher.device;
    if (plan->fused)
        return run_fused(plan->fused);
    for (const struct step *step = plan->steps, *end = step + plan->count; step < end; step++)
        RIDGE_TRY(run_step(device, step, NULL));
    return RIDGE_OK;
}

const struct ridge_plan_entry *ridge_plan_entry(const ridge_plan *plan, size_t index)
{
    return &plan->steps[index].entry;
}

ridge_status ridge_plan_enqueue(const ridge_plan *plan, size_t index, cl_event *event)
{
    *event = NULL;
    return run_step(plan->launcher.device, &plan->steps[index], event);
}

void ridge_plan_destroy(ridge_plan **slot)
{
    if (!slot || !*slot)
        return;
    ridge_plan *plan = *slot;
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->steps[i].kernel)
            clReleaseKernel(plan->steps[i].kernel);
        free(plan->steps[i].context);
    }
    destroy_fused(plan->fused);
    ridge_scratch_let_go(plan->launcher.device, &plan->scratches);
    free(plan->steps);
    free(plan);
    *slot = NULL;
}

// Estimates.

#define OPERATIONS_A_SECOND 60e9
#define BYTES_A_SECOND 40e9
#define SECONDS_A_CORE 12.5e-6 // at least

double ridge_work_seconds(const struct ridge_work *work)
{
    return (double)work->operations / OPERATIONS_A_SECOND + (double)work->bytes / BYTES_A_SECOND;
}

size_t ridge_work_cores(const ridge_device *device, const struct ridge_work *work)
{
    double cores = ridge_work_seconds(work) / SECONDS_A_CORE;
    if (cores >= device->info.compute_units)
        return device->info.compute_units;
    return cores < 1 ? 1 : (size_t)cores;
}

// Measuring.

static ridge_status measure_work(ridge_launcher *self, const struct ridge_work *work)
{
    struct ridge_measure *measure = (struct ridge_measure *)self;
    measure->launches++;
    measure->work.bytes += work->bytes;
    measure->work.operations += work->operations;
    return RIDGE_OK;
}

static ridge_status measure_launch(ridge_launcher *self, const struct ridge_launch *launch)
{
    struct ridge_measure *measure = (struct ridge_measure *)self;
    size_t items = launch->global[0] * (launch->global[1] ? launch->global[1] : 1);
    size_t group = launch->local[0] * (launch->global[1] ? launch->local[1] : 1);
    measure->shared += items > group;
    return measure_work(self, &launch->work);
}

static ridge_status measure_call(ridge_launcher *self, const struct ridge_call *call)
{
    return measure_work(self, &call->work);
}

static ridge_status measure_scratch(ridge_launcher *self, enum ridge_scratch_kind kind,
                                    size_t bytes, cl_mem *buffer)
{
    struct ridge_measure *measure = (struct ridge_measure *)self;
    if (bytes > measure->scratch_bytes[kind])
        measure->scratch_bytes[kind] = bytes;
    *buffer = NULL;
    return RIDGE_OK;
}

void ridge_measure_init(struct ridge_measure *measure, ridge_device *device)
{
    *measure = (struct ridge_measure){.launcher = {
                                          .device = device,
                                          .launch = measure_launch,
                                          .call = measure_call,
                                          .scratch = measure_scratch,
                                      }};
}

// Work sizes. They depend on the device and the count alone, so that a repeated run groups its
// sums in the same way.

static size_t minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void set_groups(const ridge_device *device, struct ridge_launch *launch, size_t groups,
                       size_t items)
{
    if (device->walk == RIDGE_WALK_CPU)
        items = 1;
    items = minimum(items, device->info.largest_group);
    launch->local[0] = items;
    launch->global[0] = (groups ? groups : 1) * items;
}

void ridge_launch_elements(const ridge_device *device, struct ridge_launch *launch, size_t count)
{
    size_t units = device->info.compute_units;
    // CPU: waking a second thread pays from about 16 Ki elements; a few chunks a core even out
    // what other processes take. GPU: enough groups to fill the device, then loops.
    if (device->walk == RIDGE_WALK_CPU)
        set_groups(device, launch, minimum(ridge_divide_up(count, 16384), units * 4), 1);
    else
        set_groups(device, launch, minimum(ridge_divide_up(count, 256 * 4), units * 16), 256);
}

void ridge_launch_rows(const ridge_device *device, struct ridge_launch *launch, size_t rows,
                       size_t row_size)
{
    size_t units = device->info.compute_units;
    if (device->walk == RIDGE_WALK_CPU) {
        size_t groups = minimum(ridge_divide_up(rows * row_size, 16384), units * 4);
        set_groups(device, launch, minimum(groups, rows), 1);
    } else {
        // two sizes, as some drivers build a kernel anew for each
        set_groups(device, launch, minimum(rows, 65535), row_size > 256 ? 256 : 64);
    }
}

bool ridge_launch_narrow_rows(const ridge_device *device, struct ridge_launch *launch, size_t rows,
                              size_t row_size)
{
    if (row_size > 32) {
        ridge_launch_rows(device, launch, rows, row_size);
        return false;
    }
    size_t units = device->info.compute_units;
    if (device->walk == RIDGE_WALK_CPU)
        set_groups(device, launch, minimum(ridge_divide_up(rows * row_size, 4096), units * 4), 1);
    else
        set_groups(device, launch, ridge_divide_up(rows, 64 * 4), 64);
    return true;
}

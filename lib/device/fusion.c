// SPDX-License-Identifier: Apache-2.0
// Fused launches: recording them, the table, running.
#include "device/fusion.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "device/fusion_source.h"
#include "device/launcher.h"
#include "device/program.h"

// The table, in 64-bit words: launches, as below, then turns of TURN_WORDS: the first launch, how
// many, how often.
enum { TURN_WORDS = 3 };

struct part {
    size_t first, count; // launches
    cl_uint units;       // of work; known when the kernel is built
};

struct turn {
    size_t part, times;
};

struct ridge_fusion {
    struct ridge_launcher launcher; // first: the launcher's functions find the fusion by it
    struct ridge_fusion_source source;
    cl_ulong (*launches)[RIDGE_FUSION_LAUNCH_WORDS];
    size_t launch_count, launch_capacity;
    struct part *parts;
    size_t part_count, part_capacity;
    struct turn *turns;
    size_t turn_count, turn_capacity;
    cl_mem *buffers; // what the launches refer to, each once
    size_t buffer_count, buffer_capacity;
    struct ridge_scratch_hold scratches; // those among them
    size_t groups;                       // work-groups that share the units of a run
    size_t most_cores;                   // that a launch is worth
    cl_mem table, progress;
    cl_uint units;     // what progress stands at, all runs that were enqueued included
    ridge_tensor halt; // the word that ends a run; "no tensor": none does
    cl_kernel kernel;
};

static ridge_status buffer_number(struct ridge_fusion *fusion, cl_mem buffer, cl_ulong *number)
{
    for (size_t i = 0; i < fusion->buffer_count; i++) {
        *number = i;
        if (fusion->buffers[i] == buffer)
            return RIDGE_OK;
    }
    RIDGE_TRY(ridge_grow(&fusion->buffers, &fusion->buffer_capacity, fusion->buffer_count + 1,
                         sizeof(*fusion->buffers)));
    *number = fusion->buffer_count;
    fusion->buffers[fusion->buffer_count++] = buffer;
    return RIDGE_OK;
}

// The word of the table that stands for an argument.
static ridge_status argument_word(struct ridge_fusion *fusion,
                                  const struct ridge_argument *argument, cl_ulong *word)
{
    if (argument->kind == RIDGE_ARGUMENT_LOCAL)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "it takes local memory");
    if (argument->kind != RIDGE_ARGUMENT_BUFFER) {
        *word = ridge_argument_word(argument);
        return RIDGE_OK;
    }
    cl_mem buffer;
    memcpy(&buffer, argument->value, sizeof(buffer));
    return buffer_number(fusion, buffer, word);
}

static ridge_status fusion_launch(ridge_launcher *self, const struct ridge_launch *launch)
{
    struct ridge_fusion *fusion = (struct ridge_fusion *)self;
    size_t items = launch->local[0] * (launch->global[1] ? launch->local[1] : 1);
    if (items != 1)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "kernel %s has groups of %zu work-items",
                          launch->kernel, items);
    RIDGE_TRY(ridge_grow(&fusion->launches, &fusion->launch_capacity, fusion->launch_count + 1,
                         sizeof(*fusion->launches)));
    cl_ulong *words = fusion->launches[fusion->launch_count];
    RIDGE_TRY(ridge_fusion_source_add(&fusion->source, launch, &words[RIDGE_FUSION_CALLEE]));
    words[RIDGE_FUSION_GROUPS] = launch->global[0];
    words[RIDGE_FUSION_GROUPS + 1] = launch->global[1] ? launch->global[1] : 1;
    for (size_t i = 0; i < RIDGE_MAX_ARGUMENTS && launch->arguments[i].size; i++) {
        ridge_status status =
            argument_word(fusion, &launch->arguments[i], &words[RIDGE_FUSION_ARGUMENTS + i]);
        if (status)
            return ridge_fail_within(status, "kernel %s, argument %zu", launch->kernel, i);
    }
    fusion->most_cores =
        ridge_larger(fusion->most_cores, ridge_work_cores(fusion->launcher.device, &launch->work));
    fusion->launch_count++;
    fusion->parts[fusion->part_count - 1].count++;
    return RIDGE_OK;
}

static ridge_status fusion_call(ridge_launcher *self, const struct ridge_call *call)
{
    (void)self;
    return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "%s is a call on the host", call->name);
}

static ridge_status fusion_scratch(ridge_launcher *self, enum ridge_scratch_kind kind, size_t bytes,
                                   cl_mem *buffer)
{
    struct ridge_fusion *fusion = (struct ridge_fusion *)self;
    return ridge_scratch_hold(self->device, kind, bytes, &fusion->scratches, buffer);
}

ridge_status ridge_fusion_create(ridge_device *device, struct ridge_fusion **out)
{
    *out = NULL;
    if (device->walk != RIDGE_WALK_CPU)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED, "launches are fused on the CPU walk only");
    struct ridge_fusion *fusion = ridge_allocate(1, sizeof(*fusion));
    if (!fusion)
        return RIDGE_ERROR_MEMORY;
    fusion->most_cores = 1;
    fusion->launcher = (struct ridge_launcher){
        .device = device,
        .fuses = true,
        .launch = fusion_launch,
        .call = fusion_call,
        .scratch = fusion_scratch,
    };
    *out = fusion;
    return RIDGE_OK;
}

void ridge_fusion_destroy(struct ridge_fusion **slot)
{
    if (!slot || !*slot)
        return;
    struct ridge_fusion *fusion = *slot;
    if (fusion->kernel)
        clReleaseKernel(fusion->kernel);
    ridge_buffer_release(fusion->launcher.device, &fusion->table);
    ridge_buffer_release(fusion->launcher.device, &fusion->progress);
    ridge_scratch_let_go(fusion->launcher.device, &fusion->scratches);
    ridge_fusion_source_release(&fusion->source);
    free(fusion->buffers);
    free(fusion->turns);
    free(fusion->parts);
    free(fusion->launches);
    free(fusion);
    *slot = NULL;
}

ridge_launcher *ridge_fusion_launcher(struct ridge_fusion *fusion)
{
    return &fusion->launcher;
}

ridge_status ridge_fusion_part(struct ridge_fusion *fusion, size_t *part)
{
    RIDGE_TRY(ridge_grow(&fusion->parts, &fusion->part_capacity, fusion->part_count + 1,
                         sizeof(*fusion->parts)));
    *part = fusion->part_count;
    fusion->parts[fusion->part_count++] = (struct part){.first = fusion->launch_count};
    return RIDGE_OK;
}

ridge_status ridge_fusion_turn(struct ridge_fusion *fusion, size_t part, size_t times)
{
    RIDGE_TRY(ridge_grow(&fusion->turns, &fusion->turn_capacity, fusion->turn_count + 1,
                         sizeof(*fusion->turns)));
    fusion->turns[fusion->turn_count++] = (struct turn){part, times};
    return RIDGE_OK;
}

// Elements of the table.
static size_t table_size(size_t launches, size_t turns)
{
    return launches * RIDGE_FUSION_LAUNCH_WORDS + turns * TURN_WORDS;
}

// Words of progress, for as many groups as there may be; the last one stays zero.
static size_t progress_size(const ridge_device *device)
{
    return (2 + device->info.compute_units) * RIDGE_FUSION_APART;
}

size_t ridge_fusion_bytes(const ridge_device *device, size_t launches, size_t turns)
{
    return table_size(launches, turns) * sizeof(cl_ulong) + progress_size(device) * sizeof(cl_uint);
}

static cl_ulong group_count(const cl_ulong *launch)
{
    return launch[RIDGE_FUSION_GROUPS] * launch[RIDGE_FUSION_GROUPS + 1];
}

// Divides a part into units of work. What has one group stays on one core, as one chain, since what
// a launch reads is mostly what the one before has written.
static void divide(struct ridge_fusion *fusion, struct part *part)
{
    size_t stop = part->first + part->count;
    for (size_t i = part->first; i < stop;) {
        cl_ulong *launch = fusion->launches[i], groups = group_count(launch), chain = 1;
        while (groups == 1 && i + chain < stop && group_count(fusion->launches[i + chain]) == 1)
            chain++;
        launch[RIDGE_FUSION_CHAIN] = chain;
        part->units += (cl_uint)groups;
        if (groups > fusion->groups)
            fusion->groups = groups;
        i += chain;
    }
}

static ridge_status create_table(struct ridge_fusion *fusion)
{
    size_t size = table_size(fusion->launch_count, fusion->turn_count);
    cl_ulong *table = ridge_allocate(size, sizeof(*table));
    if (!table)
        return RIDGE_ERROR_MEMORY;
    memcpy(table, fusion->launches, table_size(fusion->launch_count, 0) * sizeof(*table));
    cl_ulong *words = table + table_size(fusion->launch_count, 0);
    for (size_t i = 0; i < fusion->turn_count; i++, words += TURN_WORDS) {
        words[0] = fusion->parts[fusion->turns[i].part].first;
        words[1] = fusion->parts[fusion->turns[i].part].count;
        words[2] = fusion->turns[i].times;
    }
    ridge_status status =
        ridge_buffer_create(fusion->launcher.device, size * sizeof(*table), table, &fusion->table);
    free(table);
    return status;
}

static ridge_status create_progress(struct ridge_fusion *fusion)
{
    ridge_device *device = fusion->launcher.device;
    size_t size = progress_size(device);
    cl_uint *zeros = ridge_allocate(size, sizeof(*zeros));
    if (!zeros)
        return RIDGE_ERROR_MEMORY;
    ridge_status status =
        ridge_buffer_create(device, size * sizeof(*zeros), zeros, &fusion->progress);
    free(zeros);
    if (!fusion->halt.buffer)
        fusion->halt = (ridge_tensor){.buffer = fusion->progress, .offset = size - 1};
    return status;
}

void ridge_fusion_halt(struct ridge_fusion *fusion, ridge_tensor word)
{
    fusion->halt = word;
}

static ridge_status set_argument(const struct ridge_fusion *fusion, size_t index, size_t size,
                                 const void *value)
{
    RIDGE_TRY_CL("clSetKernelArg", clSetKernelArg(fusion->kernel, (cl_uint)index, size, value));
    return RIDGE_OK;
}

ridge_status ridge_fusion_build(struct ridge_fusion *fusion)
{
    char *text = ridge_fusion_source_text(&fusion->source, fusion->buffer_count);
    if (!text)
        return RIDGE_ERROR_MEMORY;
    ridge_status status =
        ridge_kernel_create_from(fusion->launcher.device, "fused", text, "-DRIDGE_FUSED=1",
                                 RIDGE_FUSION_KERNEL, &fusion->kernel);
    free(text);
    RIDGE_TRY(status);
    fusion->groups = 1;
    for (size_t i = 0; i < fusion->part_count; i++)
        divide(fusion, &fusion->parts[i]);
    fusion->groups = ridge_smaller(fusion->groups, fusion->most_cores);
    RIDGE_TRY(create_table(fusion));
    RIDGE_TRY(create_progress(fusion));
    cl_ulong halt_offset = fusion->halt.offset;
    RIDGE_TRY(set_argument(fusion, RIDGE_FUSION_TABLE, sizeof(cl_mem), &fusion->table));
    RIDGE_TRY(set_argument(fusion, RIDGE_FUSION_PROGRESS, sizeof(cl_mem), &fusion->progress));
    RIDGE_TRY(set_argument(fusion, RIDGE_FUSION_HALT, sizeof(cl_mem), &fusion->halt.buffer));
    RIDGE_TRY(set_argument(fusion, RIDGE_FUSION_HALT + 1, sizeof(halt_offset), &halt_offset));
    for (size_t i = 0; i < fusion->buffer_count; i++)
        RIDGE_TRY(set_argument(fusion, RIDGE_FUSION_FIRST_BUFFER + i, sizeof(cl_mem),
                               &fusion->buffers[i]));
    return RIDGE_OK;
}

ridge_status ridge_fusion_run(struct ridge_fusion *fusion, size_t first, size_t count,
                              size_t rounds)
{
    cl_ulong at = table_size(fusion->launch_count, first), turns = count, times = rounds;
    RIDGE_TRY(set_argument(fusion, RIDGE_FUSION_FIRST_TURN, sizeof(at), &at));
    RIDGE_TRY(set_argument(fusion, RIDGE_FUSION_TURNS, sizeof(turns), &turns));
    RIDGE_TRY(set_argument(fusion, RIDGE_FUSION_ROUNDS, sizeof(times), &times));
    RIDGE_TRY(set_argument(fusion, RIDGE_FUSION_BEGIN, sizeof(cl_uint), &fusion->units));
    const size_t one = 1;
    RIDGE_TRY_CL("clEnqueueNDRangeKernel",
                 clEnqueueNDRangeKernel(fusion->launcher.device->queue, fusion->kernel, 1, NULL,
                                        &fusion->groups, &one, 0, NULL, NULL));
    cl_uint units = 0;
    for (size_t i = first; i < first + count; i++)
        units += fusion->parts[fusion->turns[i].part].units * (cl_uint)fusion->turns[i].times;
    fusion->units += units * (cl_uint)rounds; // modulo 2^32, as on the device
    return RIDGE_OK;
}

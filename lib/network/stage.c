// SPDX-License-Identifier: Apache-2.0
// A ring of batches on the host: while one is on its way to the device, threads read the next two.
// The device has room for one, since its queue runs steps and writes in order.
#include "network/stage.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "data/row_pool.h"
#include "device/device.h"

#define AHEAD 2           // batches that are read while one is taken
#define SLOTS (AHEAD + 2) // and one more may still be on its way

struct slot {
    struct ridge_row_job job;
    unsigned char *x, *y;
    cl_event written; // NULL: nothing is on its way
};

struct ridge_stage {
    ridge_device *device;
    const ridge_dataset *data;
    struct ridge_row_pool *pool;
    ridge_tensor x, y;
    struct slot slots[SLOTS];
    const uint32_t *order;
    size_t batch;        // of this pass
    size_t begun, taken; // batches
    size_t skipped;      // rows that could not be read before this stage
};

static ridge_status allocate(struct ridge_stage *stage)
{
    size_t rows = stage->x.shape[0], row = ridge_dataset_row_bytes(stage->data);
    size_t target = ridge_dataset_target_bytes(stage->data);
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &stage->slots[i];
        slot->x = ridge_allocate(rows, row);
        slot->y = stage->y.buffer ? ridge_allocate(rows, target) : NULL;
        if (!slot->x || (stage->y.buffer && !slot->y))
            return RIDGE_ERROR_MEMORY;
    }
    return RIDGE_OK;
}

ridge_status ridge_stage_create(ridge_device *device, const ridge_dataset *data, ridge_tensor x,
                                ridge_tensor y, struct ridge_stage **stage)
{
    struct ridge_stage *made = *stage = ridge_allocate(1, sizeof(**stage));
    if (!made)
        return RIDGE_ERROR_MEMORY;
    made->device = device;
    made->data = data;
    made->x = x;
    made->y = y;
    made->skipped = ridge_dataset_skipped(data);
    ridge_status status = allocate(made);
    if (!status)
        status = ridge_row_pool_create(data, &made->pool);
    if (status)
        ridge_stage_destroy(stage);
    return status;
}

// Until what the slot holds is on the device.
static ridge_status wait_written(struct slot *slot)
{
    if (!slot->written)
        return RIDGE_OK;
    cl_int code = clWaitForEvents(1, &slot->written);
    clReleaseEvent(slot->written);
    slot->written = NULL;
    return code == CL_SUCCESS ? RIDGE_OK : ridge_fail_opencl("clWaitForEvents", code);
}

// Has the batch after those begun read, where there is one.
static ridge_status begin_batch(struct ridge_stage *stage)
{
    size_t count = ridge_dataset_count(stage->data), first = stage->begun * stage->batch;
    struct slot *slot = &stage->slots[stage->begun % SLOTS];
    if (first >= count)
        return RIDGE_OK;
    RIDGE_TRY(wait_written(slot));
    slot->job = (struct ridge_row_job){.order = stage->order,
                                       .first = first,
                                       .count = ridge_smaller(stage->batch, count - first),
                                       .x = slot->x,
                                       .y = slot->y};
    ridge_row_pool_begin(stage->pool, &slot->job);
    stage->begun++;
    return RIDGE_OK;
}

static void forget(struct ridge_stage *stage)
{
    if (stage->pool)
        ridge_row_pool_cancel(stage->pool);
    for (size_t i = 0; i < SLOTS; i++) {
        free(stage->slots[i].job.message);
        stage->slots[i].job.message = NULL;
    }
}

ridge_status ridge_stage_begin(struct ridge_stage *stage, const uint32_t *order, size_t batch)
{
    forget(stage);
    stage->order = order;
    stage->batch = batch;
    stage->begun = stage->taken = 0;
    for (size_t i = 0; i < AHEAD; i++)
        RIDGE_TRY(begin_batch(stage));
    return RIDGE_OK;
}

static ridge_status enqueue(struct ridge_stage *stage, struct slot *slot)
{
    cl_command_queue queue = stage->device->queue;
    size_t rows = slot->job.count, row = ridge_dataset_row_bytes(stage->data);
    bool targets = slot->y != NULL;
    // The queue is in order: the second write is behind the first.
    RIDGE_TRY_CL("clEnqueueWriteBuffer",
                 clEnqueueWriteBuffer(queue, stage->x.buffer, CL_FALSE, 0, rows * row, slot->x, 0,
                                      NULL, targets ? NULL : &slot->written));
    if (!targets)
        return RIDGE_OK;
    RIDGE_TRY_CL("clEnqueueWriteBuffer",
                 clEnqueueWriteBuffer(queue, stage->y.buffer, CL_FALSE, 0,
                                      rows * ridge_dataset_target_bytes(stage->data), slot->y, 0,
                                      NULL, &slot->written));
    return RIDGE_OK;
}

ridge_status ridge_stage_next(struct ridge_stage *stage)
{
    struct slot *slot = &stage->slots[stage->taken % SLOTS];
    if (stage->taken == stage->begun)
        return ridge_fail(RIDGE_ERROR_STATE, "all %zu rows of the pass have been taken",
                          ridge_dataset_count(stage->data));
    RIDGE_TRY(begin_batch(stage)); // so that the threads have work while this waits
    RIDGE_TRY(ridge_row_pool_wait(stage->pool, &slot->job));
    stage->taken++;
    return enqueue(stage, slot);
}

void ridge_stage_destroy(struct ridge_stage **stage)
{
    struct ridge_stage *old = *stage;
    if (!old)
        return;
    forget(old);
    ridge_row_pool_destroy(&old->pool);
    if (old->taken) // a write may be without an event, after a failure
        clFinish(old->device->queue);
    for (size_t i = 0; i < SLOTS; i++) {
        wait_written(&old->slots[i]);
        free(old->slots[i].x);
        free(old->slots[i].y);
    }
    size_t skipped = ridge_dataset_skipped(old->data) - old->skipped;
    if (skipped)
        ridge_log(RIDGE_LOG_WARNING, "%zu files could not be read; other rows took their places",
                  skipped);
    free(old);
    *stage = NULL;
}

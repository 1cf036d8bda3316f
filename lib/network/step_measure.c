// SPDX-License-Identifier: Apache-2.0
// What a step needs, found in a dry run before anything for it is allocated.
#include "base/error.h"
#include "device/device.h"
#include "network/step.h"

// Ops check that tensors are there, so in a dry run the state's buffer stands in for each.
static void stand_in(const struct ridge_network *network, ridge_tensor *tensor, size_t count)
{
    if (tensor->buffer)
        return;
    *tensor = (ridge_tensor){.buffer = network->state.buffer,
                             .type = tensor->type,
                             .rank = tensor->rank ? tensor->rank : 1};
    tensor->shape[0] = count;
}

// A table of `rows` rows of 32-bit words; none without rows.
static void stand_in_table(const struct ridge_network *network, ridge_tensor *tensor, size_t rows,
                           size_t columns)
{
    if (tensor->buffer || !rows)
        return;
    tensor->type = RIDGE_UINT32;
    tensor->rank = columns > 1 ? 2 : 1;
    stand_in(network, tensor, rows);
    if (columns > 1)
        tensor->shape[1] = columns;
}

static void stand_in_arena(const struct ridge_network *network, struct ridge_arena *arena)
{
    stand_in(network, &arena->gradients, arena->size);
    unsigned slots = ridge_optimizer_slots(&network->settings.optimizer);
    for (unsigned i = 0; i < slots; i++)
        stand_in(network, &arena->slots[i], arena->size);
    stand_in_table(network, &arena->segments, network->parameter_count, sizeof(ridge_segment) / 4);
    stand_in_table(network, &arena->pieces, ridge_arena_pieces(network, false).count, 3);
}

// Hands the launches of a step to `on`, which launches nothing.
static ridge_status record_dry(struct ridge_network *network, const struct ridge_feed *feed,
                               enum ridge_step_mode mode, size_t batch, size_t *workspace,
                               ridge_launcher *on)
{
    struct ridge_schedule schedule;
    RIDGE_TRY(ridge_step_schedule(feed, mode, batch, &schedule));
    struct ridge_network dry = *network;
    struct ridge_feed dry_feed = *feed;
    stand_in(network, &dry.workspace, schedule.elements);
    stand_in_arena(network, &dry.arena);
    if (!dry_feed.x.buffer)
        dry_feed.x.buffer = dry_feed.y.buffer = network->state.buffer;
    ridge_status status = ridge_step_record(&dry, &dry_feed, mode, &schedule, on);
    *workspace = schedule.elements;
    ridge_schedule_release(&schedule);
    return status;
}

ridge_status ridge_step_measure(struct ridge_network *network, const struct ridge_feed *feed,
                                enum ridge_step_mode mode, size_t batch, size_t *workspace,
                                struct ridge_measure *measure)
{
    ridge_measure_init(measure, network->device);
    return record_dry(network, feed, mode, batch, workspace, &measure->launcher);
}

ridge_status ridge_step_products(struct ridge_network *network, const struct ridge_feed *feed,
                                 size_t batch, struct ridge_gemm_notes *notes)
{
    struct ridge_measure measure;
    size_t workspace;
    ridge_measure_init(&measure, network->device);
    measure.launcher.notes = notes;
    return record_dry(network, feed, RIDGE_STEP_TRAIN, batch, &workspace, &measure.launcher);
}

// SPDX-License-Identifier: Apache-2.0
// Using a network: evaluate, predict, penalty; and the state that passes over data share.
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/feed.h"
#include "network/step.h"

#include <stdlib.h>

ridge_tensor ridge_state_view(const struct ridge_network *network, enum ridge_state_word word,
                              ridge_type type, size_t count)
{
    ridge_tensor view = ridge_tensor_reshaped(network->state, RIDGE_SHAPE(count));
    view.type = type;
    view.offset += word;
    return view;
}

ridge_status ridge_state_begin(struct ridge_network *network, float rate)
{
    uint32_t words[RIDGE_STATE_WORDS - RIDGE_STATE_POSITION] = {0};
    memcpy(&words[RIDGE_STATE_RATE - RIDGE_STATE_POSITION], &rate, sizeof(rate));
    return ridge_tensor_write(network->device,
                              ridge_state_view(network, RIDGE_STATE_POSITION, RIDGE_UINT32,
                                               RIDGE_STATE_WORDS - RIDGE_STATE_POSITION),
                              words);
}

ridge_status ridge_state_totals(struct ridge_network *network, double *loss, double *right)
{
    float totals[4];
    RIDGE_TRY(ridge_tensor_read(
        network->device, ridge_state_view(network, RIDGE_STATE_TOTALS, RIDGE_FLOAT32, 4), totals));
    *loss = (double)totals[0] + totals[1];
    *right = (double)totals[2] + totals[3];
    return RIDGE_OK;
}

ridge_status ridge_workspace_reserve(struct ridge_network *network, size_t elements)
{
    if (network->workspace.buffer && ridge_tensor_count(&network->workspace) >= elements)
        return RIDGE_OK;
    ridge_tensor_destroy(network->device, &network->workspace);
    ridge_status status = ridge_tensor_create(network->device, RIDGE_FLOAT32, RIDGE_SHAPE(elements),
                                              &network->workspace);
    return status ? ridge_fail_within(status, "workspace for activations; a smaller batch "
                                              "needs less")
                  : RIDGE_OK;
}

// A feed for one use, ready to run in batches of the planned size.
static ridge_status open_feed(ridge_network *network, const ridge_dataset *data,
                              enum ridge_step_mode mode, struct ridge_feed *feed)
{
    bool targets = mode != RIDGE_STEP_PREDICT;
    RIDGE_TRY(ridge_network_check_compiled(network));
    RIDGE_TRY(ridge_feed_check(network, data, targets));
    ridge_feed_describe(network, data, targets, feed);
    ridge_status status = ridge_feed_upload(feed, data);
    if (status)
        ridge_feed_release(feed);
    return status;
}

ridge_status ridge_network_evaluate(ridge_network *network, const ridge_dataset *data,
                                    ridge_metrics *metrics)
{
    if (!metrics)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "metrics: expected a pointer, got NULL");
    struct ridge_feed feed;
    RIDGE_TRY(open_feed(network, data, RIDGE_STEP_EVALUATE, &feed));
    ridge_status status = ridge_feed_evaluate(&feed, network->settings.batch, metrics);
    ridge_feed_release(&feed);
    return status;
}

static ridge_status predict(struct ridge_feed *feed, float *outputs)
{
    struct ridge_network *network = feed->network;
    size_t batch = network->settings.batch, size = ridge_network_output_size(network);
    RIDGE_TRY(ridge_state_begin(network, 0));
    for (size_t done = 0; done < feed->count; done += batch) {
        const struct ridge_feed_plan *plan;
        size_t rows = feed->count - done < batch ? feed->count - done : batch;
        RIDGE_TRY(ridge_feed_run(feed, RIDGE_STEP_PREDICT, rows, &plan));
        ridge_tensor y = ridge_block_view(network, plan->schedule.layers[network->output].value,
                                          RIDGE_FLOAT32, RIDGE_SHAPE(rows, size));
        RIDGE_TRY(ridge_tensor_read(network->device, y, outputs + done * size));
    }
    return RIDGE_OK;
}

ridge_status ridge_network_predict(ridge_network *network, const ridge_dataset *data,
                                   float *outputs)
{
    if (!outputs)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "outputs: expected a pointer, got NULL");
    struct ridge_feed feed;
    RIDGE_TRY(open_feed(network, data, RIDGE_STEP_PREDICT, &feed));
    ridge_status status = predict(&feed, outputs);
    ridge_feed_release(&feed);
    return status;
}

ridge_status ridge_penalty_record(struct ridge_network *network, ridge_launcher *on)
{
    const struct ridge_arena *arena = &network->arena;
    if (!arena->penalty_segments.buffer)
        return RIDGE_OK;
    size_t count = arena->penalty_segments.shape[0];
    ridge_tensor sums = ridge_tensor_reshaped(arena->penalty_sums, RIDGE_SHAPE(count));
    RIDGE_TRY(
        ridge_reduce_segments(on, RIDGE_L1, arena->parameters, arena->penalty_segments, sums));
    sums.offset += count;
    return ridge_reduce_segments(on, RIDGE_SQUARES, arena->parameters, arena->penalty_segments,
                                 sums);
}

ridge_status ridge_network_penalty(ridge_network *network, double *penalty)
{
    RIDGE_TRY(ridge_network_check_compiled(network));
    if (!penalty)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "penalty: expected a pointer, got NULL");
    *penalty = 0;
    const struct ridge_arena *arena = &network->arena;
    if (!arena->penalty_segments.buffer)
        return RIDGE_OK;
    size_t count = arena->penalty_segments.shape[0], row = 0;
    float *sums = ridge_allocate(2 * count, sizeof(*sums));
    if (!sums)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = ridge_penalty_record(network, ridge_device_launcher(network->device));
    if (!status)
        status = ridge_tensor_read(network->device, arena->penalty_sums, sums);
    for (size_t i = 0; i < network->parameter_count && !status; i++) {
        const ridge_weight_params *treatment = network->parameters[i].spec->treatment;
        if (treatment->l1 <= 0 && treatment->l2 <= 0)
            continue;
        *penalty += (double)treatment->l1 * sums[row] + (double)treatment->l2 * sums[count + row];
        row++;
    }
    free(sums);
    return status;
}

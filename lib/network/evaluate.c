// SPDX-License-Identifier: Apache-2.0
// Using a network: evaluate and predict; and the workspace.
#include "base/error.h"
#include "device/device.h"
#include "network/feed.h"
#include "network/step.h"

ridge_status ridge_workspace_reserve(struct ridge_network *network, size_t elements)
{
    if (!elements)
        return RIDGE_OK;
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
    RIDGE_TRY(ridge_state_begin(network, ridge_device_launcher(network->device), 0));
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

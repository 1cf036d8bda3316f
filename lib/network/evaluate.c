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

ridge_status ridge_network_evaluate(ridge_network *network, const ridge_dataset *data,
                                    ridge_metrics *metrics)
{
    if (!metrics)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "metrics: expected a pointer, got NULL");
    struct ridge_feed feed;
    RIDGE_TRY(ridge_feed_open(network, data, RIDGE_STEP_EVALUATE, &feed));
    ridge_status status = ridge_feed_evaluate(&feed, network->settings.batch, metrics);
    ridge_feed_release(&feed);
    return status;
}

ridge_status ridge_network_predict(ridge_network *network, const ridge_dataset *data,
                                   float *outputs)
{
    if (!outputs)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "outputs: expected a pointer, got NULL");
    struct ridge_feed feed;
    RIDGE_TRY(ridge_feed_open(network, data, RIDGE_STEP_PREDICT, &feed));
    ridge_status status = ridge_state_begin(network, ridge_device_launcher(network->device), 0);
    if (!status)
        status = ridge_feed_outputs(&feed, RIDGE_STEP_PREDICT, outputs);
    ridge_feed_release(&feed);
    return status;
}

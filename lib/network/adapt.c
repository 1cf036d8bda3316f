// SPDX-License-Identifier: Apache-2.0
// What layers learn from the data before training.
#include "network/adapt.h"

#include "base/error.h"
#include "device/device.h"
#include "network/augment.h"

static bool adapts(const struct ridge_layer *layer)
{
    return layer->used && layer->class->adapt;
}

ridge_status ridge_adapt_wanted(const struct ridge_network *network, bool *wanted)
{
    *wanted = false;
    for (size_t i = 0; i < network->layer_count && !*wanted; i++) {
        const struct ridge_layer *layer = &network->layers[i];
        if (!adapts(layer))
            continue;
        float first;
        unsigned last = layer->first_parameter + layer->plan.parameter_count - 1;
        ridge_tensor state =
            ridge_arena_view(network->arena.parameters, &network->parameters[last]);
        RIDGE_TRY(ridge_tensor_read(network->device, ridge_tensor_rows(state, 0, 1), &first));
        *wanted = first == 0;
    }
    return RIDGE_OK;
}

// Rows as they are stored: the pipeline's where it takes such, else the network's.
static struct ridge_row_shape stored_row(const struct ridge_network *network,
                                         const struct ridge_feed *feed)
{
    if (network->augment) {
        struct ridge_row_shape row = ridge_augment_stored_row(network->augment);
        if (ridge_row_count(&row) == feed->x.shape[1])
            return row;
    }
    return network->layers[network->input].plan.output;
}

static ridge_status adapt(const struct ridge_network *network, const struct ridge_layer *layer,
                          const struct ridge_feed *feed, ridge_launcher *on)
{
    if (feed->staged)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                          "layer %s learns from all rows before training and expects them on the "
                          "device; these are read batch by batch",
                          layer->name);
    struct ridge_row_shape stored = stored_row(network, feed);
    struct ridge_layer_run run = {.on = on,
                                  .params = layer->params,
                                  .plan = &layer->plan,
                                  .batch = feed->count,
                                  .input_row = {&stored}};
    for (unsigned i = 0; i < layer->plan.parameter_count; i++)
        run.parameter[i] = ridge_arena_view(network->arena.parameters,
                                            &network->parameters[layer->first_parameter + i]);
    on->part = (struct ridge_part){layer->name, "adapt"};
    ridge_status status = layer->class->adapt(&run, feed->x, feed->scale, feed->shift);
    return status ? ridge_fail_within(status, "layer %s", layer->name) : RIDGE_OK;
}

ridge_status ridge_adapt_record(const struct ridge_network *network, const struct ridge_feed *feed,
                                ridge_launcher *on)
{
    for (size_t i = 0; i < network->layer_count; i++)
        if (adapts(&network->layers[i]))
            RIDGE_TRY(adapt(network, &network->layers[i], feed, on));
    return RIDGE_OK;
}

ridge_status ridge_network_adapt(ridge_network *network, const ridge_dataset *data)
{
    struct ridge_feed feed;
    RIDGE_TRY(ridge_feed_open(network, data, RIDGE_STEP_PREDICT, &feed));
    ridge_status status =
        ridge_adapt_record(network, &feed, ridge_device_launcher(network->device));
    if (!status)
        status = ridge_device_finish(network->device);
    ridge_feed_release(&feed);
    return status;
}

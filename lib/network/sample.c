// SPDX-License-Identifier: Apache-2.0
// Monte-Carlo prediction: passes with the random layers on. Sample s is the same whatever their
// number: its batch b draws for step s * batches + b, from streams that training does not use.
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/device.h"
#include "network/feed.h"
#include "network/step.h"

// Running mean and sum of squared differences from it (Welford 1962), of every output.
struct sums {
    double *mean, *squares;
    float *outputs; // of one sample
    size_t count;
};

static void add_sample(struct sums *sums, size_t samples)
{
    for (size_t i = 0; i < sums->count; i++) {
        double before = (double)sums->outputs[i] - sums->mean[i];
        sums->mean[i] += before / (double)samples;
        sums->squares[i] += before * ((double)sums->outputs[i] - sums->mean[i]);
    }
}

static ridge_status add_samples(struct ridge_feed *feed, size_t samples, struct sums *sums)
{
    struct ridge_network *network = feed->network;
    ridge_launcher *on = ridge_device_launcher(network->device);
    RIDGE_TRY(ridge_state_begin(network, on, 0));
    // From the second sample on only the position begins anew; the steps go on.
    ridge_tensor counters = ridge_state_view(network, RIDGE_STATE_EVALUATION, RIDGE_UINT32, 3);
    for (size_t s = 1; s <= samples; s++) {
        if (s > 1)
            RIDGE_TRY(ridge_step_begin(on, counters, 0, (ridge_tensor){0}));
        RIDGE_TRY(ridge_feed_outputs(feed, RIDGE_STEP_SAMPLE, sums->outputs));
        add_sample(sums, s);
    }
    return RIDGE_OK;
}

static ridge_status sample(struct ridge_feed *feed, size_t samples, float *mean, float *deviation)
{
    size_t count = feed->count * ridge_network_output_size(feed->network);
    struct sums sums = {.mean = ridge_allocate(count, sizeof(double)),
                        .squares = ridge_allocate(count, sizeof(double)),
                        .outputs = ridge_allocate(count, sizeof(float)),
                        .count = count};
    bool allocated = sums.mean && sums.squares && sums.outputs;
    ridge_status status = allocated ? add_samples(feed, samples, &sums) : RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < count && !status; i++) {
        mean[i] = (float)sums.mean[i];
        if (deviation)
            deviation[i] = (float)sqrt(sums.squares[i] / (double)(samples - 1));
    }
    free(sums.mean);
    free(sums.squares);
    free(sums.outputs);
    return status;
}

static bool draws(const struct ridge_network *network)
{
    for (size_t i = 0; i < network->layer_count; i++) {
        const struct ridge_layer *layer = &network->layers[i];
        if (layer->used && layer->class->is_random && layer->class->is_random(layer->params))
            return true;
    }
    return false;
}

ridge_status ridge_network_predict_samples(ridge_network *network, const ridge_dataset *data,
                                           const ridge_sample_params *params, float *mean,
                                           float *deviation)
{
    RIDGE_TRY(ridge_network_check_compiled(network));
    if (!params || !mean)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "params, mean: expected pointers, got NULL");
    size_t least = deviation ? 2 : 1;
    if (params->samples < least)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "samples: expected %zu or more%s, got %zu", least,
                          deviation ? " for a deviation" : "", params->samples);
    if (!draws(network))
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "samples: expected a network that draws random numbers (dropout with a "
                          "rate above 0, ...); in this one all samples are equal");
    struct ridge_feed feed;
    RIDGE_TRY(ridge_feed_open(network, data, RIDGE_STEP_SAMPLE, &feed));
    if (params->seed)
        feed.seed = params->seed;
    ridge_status status = sample(&feed, params->samples, mean, deviation);
    ridge_feed_release(&feed);
    return status;
}

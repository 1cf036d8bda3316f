// SPDX-License-Identifier: Apache-2.0
// The rows of a batch: gathered as they are stored, or augmented on the way.
#include "network/gather.h"

#include "augment/pipeline.h"
#include "base/error.h"
#include "ops/gather.h"
#include "ops/step.h"

bool ridge_feed_mixes(const struct ridge_feed *feed, enum ridge_step_mode mode)
{
    const ridge_augment *augment = feed->network->augment;
    return ridge_step_trains(mode) && augment && ridge_augment_mixes(augment);
}

// Training steps see augmented rows; others only where rows must change their size.
static bool augments(const struct ridge_feed *feed, enum ridge_step_mode mode)
{
    const struct ridge_network *network = feed->network;
    if (!network->augment || ridge_step_trains(mode))
        return network->augment;
    return feed->x.shape[1] != ridge_row_count(&network->layers[network->input].plan.output);
}

static ridge_status augment(const struct ridge_feed *feed, enum ridge_step_mode mode,
                            ridge_launcher *on, ridge_tensor position, ridge_tensor x,
                            ridge_tensor targets)
{
    ridge_augment_batch batch = {
        .x = feed->x,
        .index = feed->order,
        .position = position,
        .seed = feed->seed,
        .epoch_at = ridge_state_epoch(feed->network, EPOCH_NUMBER, 1),
        .evaluation = !ridge_step_trains(mode),
        .staged = feed->staged,
        .scale = feed->scale,
        .shift = feed->shift,
        .y = x,
    };
    if (ridge_feed_mixes(feed, mode)) {
        batch.targets = feed->y;
        batch.mixed_targets = targets;
    }
    return ridge_augment_apply(on, feed->network->augment, &batch);
}

// Augmented rows, and what has to follow them.
static ridge_status gather_augmented(const struct ridge_feed *feed, enum ridge_step_mode mode,
                                     ridge_tensor position, const struct ridge_layer_run *input,
                                     ridge_tensor targets)
{
    RIDGE_TRY(augment(feed, mode, input->on, position, input->output, targets));
    if (input->dropout_rate > 0)
        RIDGE_TRY(ridge_dropout_apply(input->on, input->dropout_rate, &input->dropout_random,
                                      input->output, input->output, false));
    if (!targets.buffer || ridge_feed_mixes(feed, mode))
        return RIDGE_OK;
    if (feed->staged)
        return ridge_gather(input->on, feed->y, (ridge_tensor){0}, 0, (ridge_tensor){0}, 1, 0,
                            targets);
    return ridge_gather(input->on, feed->y, feed->order, 0, position, 1, 0, targets);
}

ridge_status ridge_feed_gather(const struct ridge_feed *feed, enum ridge_step_mode mode,
                               ridge_tensor position, const struct ridge_layer_run *input,
                               ridge_tensor targets)
{
    if (augments(feed, mode))
        return gather_augmented(feed, mode, position, input, targets);
    struct ridge_batch batch = {
        .source = feed->x,
        .index = feed->order,
        .position = position,
        .scale = feed->scale,
        .shift = feed->shift,
        .dropout_rate = input->dropout_rate,
        .random = input->dropout_random,
        .target_source = feed->y,
    };
    if (feed->staged) // x and y hold the batch alone
        batch.index = batch.position = (ridge_tensor){0};
    return ridge_gather_batch(input->on, &batch, input->output, targets);
}

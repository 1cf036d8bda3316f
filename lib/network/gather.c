// SPDX-License-Identifier: Apache-2.0
// The rows of a batch: gathered as they are stored, or augmented on the way.
#include "network/gather.h"

#include "augment/pipeline.h"
#include "base/error.h"

bool ridge_feed_mixes(const struct ridge_feed *feed, enum ridge_step_mode mode)
{
    const ridge_augment *augment = feed->network->augment;
    return mode == RIDGE_STEP_TRAIN && augment && ridge_augment_mixes(augment);
}

// Training steps see augmented rows; others only where rows must change their size.
static bool augments(const struct ridge_feed *feed, enum ridge_step_mode mode)
{
    const struct ridge_network *network = feed->network;
    if (!network->augment || mode == RIDGE_STEP_TRAIN)
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
        .epoch_at = ridge_state_epoch(feed->network),
        .evaluation = mode != RIDGE_STEP_TRAIN,
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

ridge_status ridge_feed_gather(const struct ridge_feed *feed, enum ridge_step_mode mode,
                               ridge_launcher *on, ridge_tensor position, ridge_tensor x,
                               ridge_tensor targets)
{
    bool changes = augments(feed, mode);
    ridge_tensor index = feed->order;
    if (changes)
        RIDGE_TRY(augment(feed, mode, on, position, x, targets));
    if (feed->staged) // x and y hold the batch alone
        index = position = (ridge_tensor){0};
    if (!changes)
        RIDGE_TRY(ridge_gather(on, feed->x, index, 0, position, feed->scale, feed->shift, x));
    if (!targets.buffer || ridge_feed_mixes(feed, mode))
        return RIDGE_OK;
    return ridge_gather(on, feed->y, index, 0, position, 1, 0, targets);
}

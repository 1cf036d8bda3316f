// SPDX-License-Identifier: Apache-2.0
// One step over a batch, as launches: recorded into a plan, or only measured.
#ifndef RIDGE_NETWORK_STEP_H
#define RIDGE_NETWORK_STEP_H

#include "network/feed.h"
#include "network/schedule.h"

enum ridge_step_mode {
    RIDGE_STEP_TRAIN,    // gather, forward, loss, backward, update, advance
    RIDGE_STEP_EVALUATE, // gather, forward, loss, advance; dropout off
    RIDGE_STEP_PREDICT,  // gather, forward, probabilities, advance; dropout off
    RIDGE_STEP_CHECK     // gather, forward, loss, backward; dropout on, nothing changes
};

// Hands the launches of one step to `on`. `schedule` was made for the same mode and batch, and the
// workspace holds it.
ridge_status ridge_step_record(struct ridge_network *network, const struct ridge_feed *feed,
                               enum ridge_step_mode mode, const struct ridge_schedule *schedule,
                               ridge_launcher *on);

// What a step of this kind needs, before anything for it is allocated. `feed` needs only its
// shapes and types.
ridge_status ridge_step_measure(struct ridge_network *network, const struct ridge_feed *feed,
                                enum ridge_step_mode mode, size_t batch, size_t *workspace,
                                size_t *scratch_bytes);

// The part of the workspace that a block takes.
ridge_tensor ridge_block_view(const struct ridge_network *network,
                              const struct ridge_memory_block *block, ridge_type type,
                              unsigned rank, const size_t *shape);

#endif

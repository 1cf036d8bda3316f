// SPDX-License-Identifier: Apache-2.0
// Where everything of one step lies in the workspace.
#ifndef RIDGE_NETWORK_SCHEDULE_H
#define RIDGE_NETWORK_SCHEDULE_H

#include "network/memory_plan.h"
#include "network/network.h"

// The blocks of one layer.
struct ridge_layer_place {
    unsigned root; // the layer whose memory it uses: itself, or an input that it is an alias of
    struct ridge_memory_block *value, *gradient, *saved; // of the root; size 0: not needed
    struct ridge_memory_block *drawn;
};

struct ridge_schedule {
    size_t batch;
    struct ridge_pass pass;
    // What tells of kinks, outputs and choices, outlives the step, for the gradient check.
    bool keeps_kinks;
    struct ridge_layer_place *layers;
    struct ridge_memory_block *target, *row_loss, *row_right;
    struct ridge_memory_block *penalty; // what orthogonal penalties work in, behind backward
    struct ridge_memory_block *blocks;  // owns all of the above
    size_t elements;                    // of the workspace
};

// Whether the layer before dropout i does its work in such a step. Not in a gradient check, which
// looks at what lies between the two.
bool ridge_schedule_joins(const struct ridge_network *network,
                          const struct ridge_schedule *schedule, unsigned i);

// Whether the layer before normalisation i does its work in such a step: in inference, where making
// other weights is no more than it saves.
bool ridge_schedule_folds(const struct ridge_network *network,
                          const struct ridge_schedule *schedule, unsigned i);

// Whether layer i may multiply the gradient of its input by the derivative of the layer whose
// memory that is, *before: nobody else adds to that gradient.
bool ridge_schedule_derives(const struct ridge_network *network,
                            const struct ridge_schedule *schedule, unsigned i, unsigned *before);

// Plans a step whose targets have `target_size` values a row. The caller sets batch, training and
// keeps_kinks, zero elsewhere.
ridge_status ridge_schedule_create(const struct ridge_network *network, size_t target_size,
                                   struct ridge_schedule *schedule);
void ridge_schedule_release(struct ridge_schedule *schedule);

// The part of the workspace that a block takes.
ridge_tensor ridge_block_view(const struct ridge_network *network,
                              const struct ridge_memory_block *block, ridge_type type,
                              unsigned rank, const size_t *shape);

#endif

// SPDX-License-Identifier: Apache-2.0
// Batches as a step takes them, in one launch.
#ifndef RIDGE_OPS_GATHER_H
#define RIDGE_OPS_GATHER_H

#include <ridge/random.h>

// Where rows come from, see ridge_gather, and what else the launch does.
struct ridge_batch {
    ridge_tensor source, index, position;
    size_t first;
    float scale, shift;
    // What ridge_dropout_apply would leave of y. Rate 0: all.
    float dropout_rate;
    ridge_random random;
    // Of the same rows, int32 or float32.
    ridge_tensor target_source;
};

// y as by ridge_gather and then ridge_dropout_apply, the same bits; in `targets` copies of those
// rows of batch->target_source, unless it is "no tensor". One launch, or two where there are many
// targets a row.
ridge_status ridge_gather_batch(ridge_launcher *on, const struct ridge_batch *batch, ridge_tensor y,
                                ridge_tensor targets);

#endif

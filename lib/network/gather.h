// SPDX-License-Identifier: Apache-2.0
// The rows of a batch on their way from a feed into a step.
#ifndef RIDGE_NETWORK_GATHER_H
#define RIDGE_NETWORK_GATHER_H

#include "network/feed.h"

// Whether the targets of such a step are mixtures: float32, a value for each output of the network.
bool ridge_feed_mixes(const struct ridge_feed *feed, enum ridge_step_mode mode);

// The launches that bring a batch: input->output [batch, row], augmented in training and where rows
// must change their size, and then dropped out where `input` says so; and targets; "no tensor":
// none. `position`: uint32 [1], where in the feed's order the batch begins.
ridge_status ridge_feed_gather(const struct ridge_feed *feed, enum ridge_step_mode mode,
                               ridge_tensor position, const struct ridge_layer_run *input,
                               ridge_tensor targets);

#endif

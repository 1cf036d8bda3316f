// SPDX-License-Identifier: Apache-2.0
// The l1 and l2 of a layer, as an experiment file writes them: `l2: 0.01`, or a textbook's lambda,
// `l2: {lambda: 0.7, convention: lambda/2m}`. What they come to depends on the training rows.
#ifndef RIDGE_TOOLS_EXPERIMENT_PENALTY_H
#define RIDGE_TOOLS_EXPERIMENT_PENALTY_H

#include "experiment.h"

// Whether a field of this name is a strength that a lambda may stand for.
bool experiment_is_penalty(const char *name);

// Reads such a field, in either form, into the layer's lambdas. False after a message.
bool experiment_read_penalty(const struct experiment *experiment, struct experiment_layer *layer,
                             const struct setting *entry);

// Sets the fields in `params`, a copy of the layer's, for so many training rows. False after a
// message.
bool experiment_set_penalties(const struct experiment_layer *layer, size_t rows, void *params);

#endif

// SPDX-License-Identifier: Apache-2.0
// The section `augment` of an experiment file: a list of operations, each by name with its fields,
// as `- rotation: {degrees: 15}`. The first item may be `settings`, which hold for all of them.
#ifndef RIDGE_TOOLS_EXPERIMENT_AUGMENT_H
#define RIDGE_TOOLS_EXPERIMENT_AUGMENT_H

#include "experiment.h"

// False after a message.
bool experiment_read_augment(struct experiment *experiment, const struct setting *section);

// The pipeline for rows as in `rows`, for the caller to destroy; *augment is NULL where the file
// has none. False after a message.
bool experiment_make_augment(const struct experiment *experiment, ridge_device *device,
                             const ridge_dataset *rows, ridge_augment **augment);

#endif

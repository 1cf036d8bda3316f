// SPDX-License-Identifier: Apache-2.0
// The augmentation of a network's training steps.
#ifndef RIDGE_NETWORK_AUGMENT_H
#define RIDGE_NETWORK_AUGMENT_H

#include <ridge/network.h>

#include "augment/pipeline.h"

// A row as the pipeline takes it.
struct ridge_row_shape ridge_augment_stored_row(const ridge_augment *augment);
// Whether the network has a pipeline and these are the rows that it takes.
bool ridge_augment_takes(const ridge_network *network, const ridge_dataset *data);

#endif

// SPDX-License-Identifier: Apache-2.0
// The network of an experiment file: reading its list of layers.
#ifndef RIDGE_TOOLS_EXPERIMENT_NETWORK_H
#define RIDGE_TOOLS_EXPERIMENT_NETWORK_H

#include "experiment.h"

// Reads the section `network`. False after a message.
bool experiment_read_network(struct experiment *experiment, const struct setting *section);

#endif

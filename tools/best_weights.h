// SPDX-License-Identifier: Apache-2.0
// A copy of a network's parameters in host memory, so that training that is cut short can end with
// the best weights even if the experiment does not ask for restore_best.
#ifndef RIDGE_TOOLS_BEST_WEIGHTS_H
#define RIDGE_TOOLS_BEST_WEIGHTS_H

#include <ridge/network.h>
#include <stdbool.h>

// Zero-initialise.
struct best_weights {
    float *values; // of all parameters, one after the other; NULL: nothing kept
};

// Both return false after a message.
bool best_weights_keep(struct best_weights *best, ridge_network *network);
bool best_weights_restore(const struct best_weights *best, ridge_network *network);
void best_weights_clear(struct best_weights *best);

#endif

// SPDX-License-Identifier: Apache-2.0
// From the key of --over to places in an experiment.
#ifndef RIDGE_TOOLS_SWEEP_KEY_H
#define RIDGE_TOOLS_SWEEP_KEY_H

#include "experiment.h"

struct sweep_places {
    char **paths; // as --set takes them, "network.0.dense.l2"
    size_t count;
    char *layers; // "dense_1, dense_2"; NULL for a place outside layers
};

// False after a message that says which keys there are. The caller frees the places in both cases.
bool sweep_key_find(const char *key, const struct experiment *experiment,
                    struct sweep_places *places);

#endif

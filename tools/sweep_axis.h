// SPDX-License-Identifier: Apache-2.0
// What a sweep goes over: `--over KEY=VALUE,VALUE,...`. A key that is one word means a key at the
// top of the experiment file, or else a field of layers: in the layers that give it, or where none
// does, in all that have it. `optimizer.rate` and `dense_1.l2` mean what they say; other keys with
// dots are as `--set` takes them.
#ifndef RIDGE_TOOLS_SWEEP_AXIS_H
#define RIDGE_TOOLS_SWEEP_AXIS_H

#include "experiment.h"

struct sweep_axis {
    char *key;
    char **values;
    size_t value_count;
    double *numbers; // of the values; NULL unless all are numbers
    char **paths;    // the places that the key means, as --set takes them
    size_t path_count;
    char *layers; // the names of the layers it is set in; NULL for keys outside layers
};

// "l2=0,0.1,1"; commas inside brackets do not separate. False after a message; clear in both cases.
bool sweep_axis_parse(struct sweep_axis *axis, const char *text);
// Finds the places that the key means. False after a message that says which keys there are.
bool sweep_axis_resolve(struct sweep_axis *axis, const struct experiment *experiment);
void sweep_axis_clear(struct sweep_axis *axis);

// Whether a picture had better show the values by their logarithms (0 at the left edge).
bool sweep_axis_is_logarithmic(const struct sweep_axis *axis);

#endif

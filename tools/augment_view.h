// SPDX-License-Identifier: Apache-2.0
// What `ridge augment` shows: stored images of an experiment, and what its pipeline makes of them.
#ifndef RIDGE_TOOLS_AUGMENT_VIEW_H
#define RIDGE_TOOLS_AUGMENT_VIEW_H

#include "augment_grid.h"
#include "experiment_augment.h"

struct augment_view {
    struct experiment experiment;
    struct experiment_data data;
    ridge_device *device;
    ridge_augment *augment;
    ridge_tensor x, index, y;    // the stored images, which of them are drawn, what becomes of them
    ridge_tensor labels, shares; // the stored ones; those of the classes in what becomes of them
    size_t *chosen;              // the same numbers on the host
    struct augment_grid grid;
};

// Fills the cells of the grid, whose sizes are given: rows become fewer where the data have fewer.
// False after a message; clear in both cases.
bool augment_view_fill(struct augment_view *view);
void augment_view_clear(struct augment_view *view);

#endif

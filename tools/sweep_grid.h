// SPDX-License-Identifier: Apache-2.0
// All combinations of the values of several axes. The last axis changes fastest.
#ifndef RIDGE_TOOLS_SWEEP_GRID_H
#define RIDGE_TOOLS_SWEEP_GRID_H

#include "sweep_axis.h"

#define MOST_POINTS 10000

struct sweep_grid {
    struct sweep_axis *axes;
    size_t axis_count, point_count;
};

// From the texts of --over. False after a message; clear in both cases.
bool sweep_grid_make(struct sweep_grid *grid, const struct text_list *overs,
                     const struct experiment *experiment);
void sweep_grid_clear(struct sweep_grid *grid);

// Which value of the axis the point has.
size_t sweep_grid_value(const struct sweep_grid *grid, size_t axis, size_t point);

// Changes the settings to those of the point. False after a message.
bool sweep_grid_apply(const struct sweep_grid *grid, size_t point, struct setting *settings);

// "l2=0.1, optimizer.rate=0.01"; the caller frees it.
char *sweep_grid_label(const struct sweep_grid *grid, size_t point);
// " --set network.0.dense.l2=0.1 --set ...", for ridge train, after these changes; likewise.
char *sweep_grid_options(const struct sweep_grid *grid, size_t point,
                         const struct text_list *changes);

#endif

// SPDX-License-Identifier: Apache-2.0
// Where the points of a sweep stand in its picture: the values of the first axis from left to
// right, and the choices of the other axes as series of curves.
#ifndef RIDGE_TOOLS_SWEEP_SERIES_H
#define RIDGE_TOOLS_SWEEP_SERIES_H

#include "sweep.h"

#define MOST_SERIES 6

struct sweep_series {
    size_t stride;  // from one value of the first axis to the next: how many series there are
    size_t count;   // of the values
    size_t *order;  // of the values, from left to right
    double *places; // of the values, in that order: what x is
    size_t first[MOST_SERIES]; // the first points of the series that are drawn
    size_t drawn;              // all, or where they are too many those with the best points
};

void sweep_series_make(struct sweep_series *series, const struct sweep *sweep);
void sweep_series_clear(struct sweep_series *series);

const struct sweep_summary *sweep_series_point(const struct sweep_series *series,
                                               const struct sweep *sweep, size_t which,
                                               size_t place);

#endif

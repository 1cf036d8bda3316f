// SPDX-License-Identifier: Apache-2.0
// Batch normalisation in parts of the rows: statistics or sums of each part, a launch that joins
// them (batch_norm.c), one over the elements.
#ifndef RIDGE_OPS_BATCH_NORM_H
#define RIDGE_OPS_BATCH_NORM_H

#include "ops/normalisation.h"
#include "ops/strips.h"

// What a forward pass over a batch works on.
struct ridge_norm_forward {
    const ridge_normalisation *norm;
    struct ridge_strips strips;
    ridge_tensor x, y, gamma, beta, statistics, running_mean, running_variance;
    float parameter, momentum, share, unbias;
    cl_uint flags;
    const char *defines;
};

struct ridge_norm_backward {
    const ridge_normalisation *norm;
    const ridge_normalisation_gradients *wanted;
    struct ridge_strips strips;
    ridge_tensor x, dy, gamma, beta, statistics;
    ridge_tensor dx, dgamma, dbeta; // something else where they are not wanted
    float parameter;
    cl_uint flags;
    const char *defines;
};

// How the rows are cut. partials [parts, 2, channels] come from parts of `height` rows.
struct ridge_norm_parts {
    size_t height, parts;
    size_t repeat; // panels: rows that make a wide row
    size_t lanes;  // panels: floats of a wide row; strips: 0
};

// A way through the parts.
struct ridge_norm_way {
    struct ridge_norm_parts (*cut)(const ridge_device *device, const struct ridge_strips *strips);
    ridge_status (*moments)(ridge_launcher *on, const struct ridge_norm_forward *f,
                            const struct ridge_norm_parts *cut, ridge_tensor lanes,
                            ridge_tensor partials);
    // y from statistics: three rows of a batch, or mean and variance that lie apart.
    ridge_status (*apply)(ridge_launcher *on, const struct ridge_norm_forward *f, ridge_tensor mean,
                          ridge_tensor rest, ridge_tensor variance);
    ridge_status (*sums)(ridge_launcher *on, const struct ridge_norm_backward *b,
                         const struct ridge_norm_parts *cut, ridge_tensor lanes,
                         ridge_tensor partials);
    ridge_status (*pass_back)(ridge_launcher *on, const struct ridge_norm_backward *b,
                              ridge_tensor totals);
};

// Down strips of 16 channels, cl/strips.h: any walk and layout.
extern const struct ridge_norm_way ridge_norm_strips;
// Through panels of wide rows, cl/batch_norm_panels.h: CPU walk, neighbouring channels.
extern const struct ridge_norm_way ridge_norm_panels;

struct ridge_work ridge_norm_forward_work(const struct ridge_norm_forward *f, unsigned operations);
// How often the kernel goes over x and dy counts in operations only: the second time they lie in a
// cache.
struct ridge_work ridge_norm_backward_work(const struct ridge_norm_backward *b, unsigned times);

#endif

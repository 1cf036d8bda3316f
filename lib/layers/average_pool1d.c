// SPDX-License-Identifier: Apache-2.0
// The mean of each window of signals.
#include "base/error.h"
#include "layers/pool.h"

RIDGE_POOL_CLASS_FUNCTIONS(ridge_pool1d_params, 1, ridge_pool1d_of, ridge_average_pool_layer)

static const ridge_field fields[] = {
    RIDGE_POOL1D_FIELDS,
    RIDGE_COUNTS_PADDING_FIELD(ridge_pool1d_params),
    RIDGE_NAME_FIELD(ridge_pool1d_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_average_pool1d = {
    .info = {"average_pool1d", "the mean of each window of signals", fields,
             sizeof(ridge_pool1d_params), 1},
    .order = order,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

// SPDX-License-Identifier: Apache-2.0
// The mean of each window of images.
#include "base/error.h"
#include "layers/pool.h"

RIDGE_POOL_CLASS_FUNCTIONS(ridge_pool2d_params, 2, ridge_pool2d_of, ridge_average_pool_layer)

static const ridge_field fields[] = {
    RIDGE_POOL2D_FIELDS,
    RIDGE_COUNTS_PADDING_FIELD(ridge_pool2d_params),
    RIDGE_NAME_FIELD(ridge_pool2d_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_average_pool2d = {
    .info = {"average_pool2d", "the mean of each window of images", fields,
             sizeof(ridge_pool2d_params), 1},
    .order = order,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

// SPDX-License-Identifier: Apache-2.0
// The mean of each channel.
#include "base/error.h"
#include "layers/pool.h"

RIDGE_POOL_CLASS_FUNCTIONS(ridge_global_pool_params, 0, ridge_global_pool_of,
                           ridge_average_pool_layer)

static const ridge_field fields[] = {
    RIDGE_GLOBAL_POOL_FIELDS,
    RIDGE_NAME_FIELD(ridge_global_pool_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_global_average_pool = {
    .info = {"global_average_pool", "the mean of each channel of images or signals", fields,
             sizeof(ridge_global_pool_params), 1},
    .order = order,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

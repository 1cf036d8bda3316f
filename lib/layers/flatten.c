// SPDX-License-Identifier: Apache-2.0
// Flatten: the same elements as one dimension. Never launches anything.
#include "layers/layer.h"

static bool is_alias(const void *params, struct ridge_pass pass)
{
    (void)params;
    (void)pass;
    return true;
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    (void)params;
    plan->output = (struct ridge_row_shape){1, {ridge_row_count(&inputs[0])}};
    return RIDGE_OK;
}

static const ridge_field fields[] = {
    RIDGE_NAME_FIELD(ridge_flatten_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_flatten = {
    .info = {"flatten", "all dimensions of a row in one", fields, sizeof(ridge_flatten_params), 1},
    .is_alias = is_alias,
    .setup = setup,
};

// SPDX-License-Identifier: Apache-2.0
// The input: where gathered rows arrive. It launches nothing itself.
#include "layers/layer.h"

// The launch that gathers the rows does it.
static bool takes_dropout(const void *params)
{
    (void)params;
    return true;
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_input_params *input = params;
    (void)inputs;
    for (unsigned d = 0; d < RIDGE_MAX_RANK && input->shape[d]; d++)
        plan->output.size[plan->output.rank++] = input->shape[d];
    return RIDGE_OK;
}

static const ridge_field fields[] = {
    {"shape", RIDGE_FIELD_SHAPE, offsetof(ridge_input_params, shape), .required = true,
     .help = "shape of one row"},
    RIDGE_NAME_FIELD(ridge_input_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_input = {
    .info = {"input", "where rows of data come in", fields, sizeof(ridge_input_params), 0},
    .takes_dropout = takes_dropout,
    .setup = setup,
};

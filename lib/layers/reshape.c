// SPDX-License-Identifier: Apache-2.0
// Reshape: the same elements, in the same order, under another shape. Never launches anything.
#include "base/error.h"
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
    const ridge_reshape_params *reshape = params;
    struct ridge_row_shape *output = &plan->output;
    char from[96], to[96];
    while (output->rank < RIDGE_MAX_RANK - 1 && reshape->shape[output->rank]) {
        output->size[output->rank] = reshape->shape[output->rank];
        output->rank++;
    }
    if (reshape->shape[RIDGE_MAX_RANK - 1])
        return ridge_fail(RIDGE_ERROR_SHAPE, "shape: expected at most %d dimensions, got %d",
                          RIDGE_MAX_RANK - 1, RIDGE_MAX_RANK);
    if (ridge_row_count(output) != ridge_row_count(&inputs[0]))
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "shape: expected the %zu elements of a row of %s, got the %zu of %s",
                          ridge_row_count(&inputs[0]), ridge_row_text(&inputs[0], from),
                          ridge_row_count(output), ridge_row_text(output, to));
    return RIDGE_OK;
}

static const ridge_field fields[] = {
    {"shape", RIDGE_FIELD_SHAPE, offsetof(ridge_reshape_params, shape), .required = true,
     .help = "shape of a row of the output"},
    RIDGE_NAME_FIELD(ridge_reshape_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_reshape = {
    .info = {"reshape", "the same elements under another shape", fields,
             sizeof(ridge_reshape_params), 1},
    .is_alias = is_alias,
    .setup = setup,
};

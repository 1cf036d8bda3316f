// SPDX-License-Identifier: Apache-2.0
// Reorder: the same rows in the other memory order, see struct ridge_row_shape. Networks put it
// where the next layer wants its rows that way.
#include <ridge/ops.h>

#include "base/error.h"
#include "layers/layer.h"

typedef struct ridge_reorder_params {
    const char *name;
} ridge_reorder_params;

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    (void)params;
    char text[96];
    if (ridge_row_has_one_order(&inputs[0]))
        return ridge_fail(RIDGE_ERROR_SHAPE, "expected rows that have two orders, got %s",
                          ridge_row_text(&inputs[0], text));
    plan->output = inputs[0];
    plan->output.interleaved = !inputs[0].interleaved;
    return RIDGE_OK;
}

// [batch, rows, columns] of the side that is plain, or of the interleaved one.
static ridge_tensor as_matrices(const struct ridge_layer_run *run, ridge_tensor tensor,
                                bool interleaved)
{
    const struct ridge_row_shape *row = &run->plan->output;
    size_t first = row->size[0], rest = ridge_row_count(row) / first;
    return ridge_tensor_reshaped(
        tensor, RIDGE_SHAPE(run->batch, interleaved ? rest : first, interleaved ? first : rest));
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    bool interleaved = run->plan->output.interleaved;
    return ridge_transpose(run->on, as_matrices(run, run->input[0], !interleaved), run->output,
                           false);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    bool interleaved = run->plan->output.interleaved;
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    return ridge_transpose(run->on, as_matrices(run, run->output_gradient, interleaved),
                           run->input_gradient[0], run->accumulate[0]);
}

static const ridge_field fields[] = {
    RIDGE_NAME_FIELD(ridge_reorder_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_reorder = {
    .info = {"reorder", "rows in the other memory order; put in by the network where needed",
             fields, sizeof(ridge_reorder_params), 1},
    .order = ridge_order_any,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

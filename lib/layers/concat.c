// SPDX-License-Identifier: Apache-2.0
// Concat: the channels of two inputs side by side.
#include <ridge/image_layers.h>
#include <ridge/ops.h>

#include "base/error.h"
#include "layers/layer.h"

static enum ridge_memory_order order(const void *params, const struct ridge_row_shape *input)
{
    (void)input;
    const ridge_concat_params *p = params;
    return p->channels_last ? RIDGE_ORDER_PLAIN : RIDGE_ORDER_ANY;
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_concat_params *p = params;
    const struct ridge_row_shape *a = &inputs[0], *b = &inputs[1];
    unsigned channels = p->channels_last ? a->rank - 1 : 0;
    bool fits = a->rank == b->rank;
    for (unsigned d = 0; d < a->rank && fits; d++)
        fits = d == channels || a->size[d] == b->size[d];
    if (!fits) {
        char first[96], second[96];
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "expected inputs that differ in channels only, the %s dimension, found "
                          "%s and %s",
                          p->channels_last ? "last" : "first", ridge_row_text(a, first),
                          ridge_row_text(b, second));
    }
    plan->output = *a;
    plan->output.size[channels] += b->size[channels];
    // One of them may say that it has a single order.
    plan->output.interleaved = a->interleaved || b->interleaved;
    return RIDGE_OK;
}

// How many values of input i lie side by side, in each row of the tensors as matrices.
static size_t columns_of(const struct ridge_layer_run *run, int i)
{
    const ridge_concat_params *p = run->params;
    const struct ridge_row_shape *row = run->input_row[i];
    if (p->channels_last)
        return row->size[row->rank - 1];
    return run->plan->output.interleaved ? row->size[0] : ridge_row_count(row);
}

static ridge_tensor as_matrix(ridge_tensor tensor, size_t columns)
{
    return ridge_tensor_reshaped(tensor,
                                 RIDGE_SHAPE(ridge_tensor_count(&tensor) / columns, columns));
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    const size_t columns[2] = {columns_of(run, 0), columns_of(run, 1)};
    ridge_tensor y = as_matrix(run->output, columns[0] + columns[1]);
    for (int i = 0; i < 2; i++)
        RIDGE_TRY(ridge_copy_columns(run->on, as_matrix(run->input[i], columns[i]), 0, y,
                                     i ? columns[0] : 0, columns[i], false));
    return RIDGE_OK;
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    const size_t columns[2] = {columns_of(run, 0), columns_of(run, 1)};
    ridge_tensor dy = as_matrix(run->output_gradient, columns[0] + columns[1]);
    for (int i = 0; i < 2; i++)
        if (run->input_gradient[i].buffer)
            RIDGE_TRY(ridge_copy_columns(run->on, dy, i ? columns[0] : 0,
                                         as_matrix(run->input_gradient[i], columns[i]), 0,
                                         columns[i], run->accumulate[i]));
    return RIDGE_OK;
}

static const ridge_field fields[] = {
    {"channels_last", RIDGE_FIELD_BOOL, offsetof(ridge_concat_params, channels_last),
     .help = "join the last dimension of rows, else the first"},
    RIDGE_NAME_FIELD(ridge_concat_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_concat = {
    .info = {"concat", "the channels of a and then those of b", fields, sizeof(ridge_concat_params),
             2},
    .order = order,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

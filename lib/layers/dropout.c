// SPDX-License-Identifier: Apache-2.0
// Inverted dropout, of elements or of whole channels. Backward draws the same mask again;
// inference is the identity.
#include "base/error.h"
#include "layers/layer.h"

static float rate_of(const ridge_dropout_params *dropout)
{
    return dropout->keep_prob > 0 ? (float)(1 - (double)dropout->keep_prob) : dropout->rate;
}

static float dropout_rate(const void *params)
{
    const ridge_dropout_params *dropout = params;
    return dropout->whole_channels ? 0 : rate_of(dropout);
}

static bool is_random(const void *params)
{
    return rate_of(params) > 0;
}

static bool is_alias(const void *params, struct ridge_pass pass)
{
    return !pass.random || !is_random(params);
}

// Rows [..., channels] have to lie as they are named; [channels, ...] may be interleaved.
static enum ridge_memory_order order(const void *params, const struct ridge_row_shape *input)
{
    (void)input;
    const ridge_dropout_params *dropout = params;
    return dropout->channels_last ? RIDGE_ORDER_PLAIN : RIDGE_ORDER_ANY;
}

static ridge_status check_channels(const ridge_dropout_params *dropout,
                                   const struct ridge_row_shape *input)
{
    char text[96];
    if (dropout->channels_last && !dropout->whole_channels)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "channels_last: expected whole_channels with it, which says that whole "
                          "channels are dropped");
    if (dropout->whole_channels && input->rank < 2)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "whole_channels: expected rows of shape %s, got %s; without "
                          "whole_channels any shape fits",
                          dropout->channels_last ? "[..., channels]" : "[channels, ...]",
                          ridge_row_text(input, text));
    return RIDGE_OK;
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_dropout_params *dropout = params;
    if (dropout->rate > 0 && dropout->keep_prob > 0)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "rate, keep_prob: expected one of them (rate = 1 - keep_prob), got rate "
                          "%g and keep_prob %g",
                          (double)dropout->rate, (double)dropout->keep_prob);
    if (rate_of(dropout) >= 1)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "keep_prob: expected 6e-8 or more, so that 1 - keep_prob is below 1 in "
                          "float32, got %g",
                          (double)dropout->keep_prob);
    plan->output = inputs[0];
    return check_channels(dropout, &inputs[0]);
}

static ridge_status apply(const struct ridge_layer_run *run, ridge_tensor x, ridge_tensor y,
                          bool accumulate)
{
    const ridge_dropout_params *dropout = run->params;
    const struct ridge_row_shape *row = &run->plan->output;
    if (!dropout->whole_channels)
        return ridge_dropout_apply(run->on, rate_of(dropout), &run->random, x, y, accumulate);
    size_t channels = row->size[dropout->channels_last ? row->rank - 1 : 0];
    size_t positions = ridge_row_count(row) / channels;
    bool last = dropout->channels_last || row->interleaved;
    x = ridge_tensor_reshaped(x, RIDGE_SHAPE(run->batch, channels, positions));
    if (last)
        x = ridge_tensor_reshaped(x, RIDGE_SHAPE(run->batch, positions, channels));
    return ridge_dropout_channels(run->on, rate_of(dropout), &run->random, last, x, y, accumulate);
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    return apply(run, run->input[0], run->output, false);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    if (!run->input_gradient[0].buffer)
        return RIDGE_OK;
    return apply(run, run->output_gradient, run->input_gradient[0], run->accumulate[0]);
}

static const ridge_field fields[] = {
    {"rate", RIDGE_FIELD_FLOAT, offsetof(ridge_dropout_params, rate), 0, 1,
     .maximum_excluded = true, .help = "share of elements dropped in training"},
    {"keep_prob", RIDGE_FIELD_FLOAT, offsetof(ridge_dropout_params, keep_prob), 0, 1,
     .help = "instead of rate: share of elements kept, 1 - rate"},
    {"whole_channels", RIDGE_FIELD_BOOL, offsetof(ridge_dropout_params, whole_channels),
     .help = "one draw for each row and channel: rows are [channels, ...]"},
    {"channels_last", RIDGE_FIELD_BOOL, offsetof(ridge_dropout_params, channels_last),
     .help = "with whole_channels: rows are [..., channels]"},
    RIDGE_NAME_FIELD(ridge_dropout_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_dropout = {
    .info = {"dropout", "inverted dropout: y = x / (1 - rate) where kept, else 0", fields,
             sizeof(ridge_dropout_params), 1},
    .order = order,
    .is_alias = is_alias,
    .is_random = is_random,
    .dropout_rate = dropout_rate,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

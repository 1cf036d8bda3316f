// SPDX-License-Identifier: Apache-2.0
// Group normalisation: groups of channels of each row by their own mean and variance, in training
// as in inference.
#include "base/error.h"
#include "layers/normalised.h"
#include "ops/activation.h"

// Rows [..., channels] have to lie as they are named; [channels, ...] may be interleaved.
static enum ridge_memory_order order(const void *params, const struct ridge_row_shape *input)
{
    (void)input;
    const ridge_group_norm_params *p = params;
    return p->channels_last ? RIDGE_ORDER_PLAIN : RIDGE_ORDER_ANY;
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_group_norm_params *p = params;
    size_t channels = ridge_normalised_channels(&inputs[0], p->channels_last);
    char text[96];
    if (channels % p->groups)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "groups: expected a number that divides %zu channels, the %s dimension "
                          "of rows %s, got %zu",
                          channels, p->channels_last ? "last" : "first",
                          ridge_row_text(&inputs[0], text), p->groups);
    plan->output = inputs[0];
    RIDGE_TRY(ridge_normalised_parameters("group_norm", params, channels,
                                          p->no_gamma ? NULL : &p->gamma,
                                          p->no_beta ? NULL : &p->beta, plan));
    plan->keeps_input = true;
    plan->saved_size = 3 * p->groups; // statistics
    plan->has_kink = ridge_activation_has_kink(p->activation);
    return RIDGE_OK;
}

static ridge_normalisation normalisation_of(const struct ridge_layer_run *run)
{
    const ridge_group_norm_params *p = run->params;
    return ridge_normalised_formula(run, ridge_convention_epsilon(p->convention, p->epsilon),
                                    p->activation, p->activation_parameter);
}

// [batch, channels, places], or [batch, places, channels] where channels are neighbours.
static ridge_tensor by_channel(const struct ridge_layer_run *run, bool *neighbours)
{
    const ridge_group_norm_params *p = run->params;
    const struct ridge_row_shape *row = &run->plan->output;
    size_t channels = ridge_normalised_channels(row, p->channels_last);
    size_t places = ridge_row_count(row) / channels;
    *neighbours = ridge_normalised_neighbours(row, p->channels_last);
    if (*neighbours)
        return ridge_tensor_reshaped(run->input[0], RIDGE_SHAPE(run->batch, places, channels));
    return ridge_tensor_reshaped(run->input[0], RIDGE_SHAPE(run->batch, channels, places));
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    const ridge_group_norm_params *p = run->params;
    ridge_normalisation norm = normalisation_of(run);
    bool neighbours;
    ridge_tensor x = by_channel(run, &neighbours);
    return ridge_group_norm_forward(run->on, &norm, p->groups, neighbours, x, run->output,
                                    run->saved);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    const ridge_group_norm_params *p = run->params;
    ridge_normalisation norm = normalisation_of(run);
    ridge_normalisation_gradients wanted = ridge_normalised_gradients(run);
    bool neighbours;
    ridge_tensor x = by_channel(run, &neighbours);
    return ridge_group_norm_backward(run->on, &norm, p->groups, neighbours, x, run->saved,
                                     run->output_gradient, &wanted);
}

static const ridge_field fields[] = {
    {"groups", RIDGE_FIELD_SIZE, offsetof(ridge_group_norm_params, groups), 1, 1 << 24,
     .required = true,
     .help = "parts of the channels; as many as channels: instance normalisation"},
    {"convention", RIDGE_FIELD_NAME, offsetof(ridge_group_norm_params, convention),
     .choices = ridge_convention_choices, .help = "whose epsilon"},
    {"channels_last", RIDGE_FIELD_BOOL, offsetof(ridge_group_norm_params, channels_last),
     .help = "rows are [..., channels], else [channels, ...]"},
    RIDGE_NORMALISED_FIELDS(ridge_group_norm_params),
    RIDGE_NAME_FIELD(ridge_group_norm_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_group_norm = {
    .info = {"group_norm",
             "y = f(gamma (x - mean) / sqrt(variance + epsilon) + beta) by row and group of "
             "channels",
             fields, sizeof(ridge_group_norm_params), 1},
    .order = order,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

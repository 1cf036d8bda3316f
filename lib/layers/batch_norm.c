// SPDX-License-Identifier: Apache-2.0
// Batch normalisation. Training takes the statistics of the batch and moves the running ones,
// inference takes those. Backward reads the input alone.
#include "base/error.h"
#include "layers/normalised.h"
#include "ops/activation.h"

// The state: running mean and variance.
static void add_state(struct ridge_layer_plan *plan, const char *name, size_t count,
                      ridge_init start)
{
    static const ridge_weight_params untreated;
    plan->parameters[plan->parameter_count++] = (struct ridge_parameter_spec){
        .name = name,
        .is_state = true,
        .rank = 1,
        .shape = {count},
        .treatment = &untreated,
        .fallback = start,
    };
}

// Rows [..., channels] have to lie as they are named; [channels, ...] may be interleaved.
static enum ridge_memory_order order(const void *params, const struct ridge_row_shape *input)
{
    (void)input;
    const ridge_batch_norm_params *p = params;
    return p->channels_last ? RIDGE_ORDER_PLAIN : RIDGE_ORDER_ANY;
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_batch_norm_params *p = params;
    size_t channels = ridge_normalised_channels(&inputs[0], p->channels_last);
    plan->output = inputs[0];
    RIDGE_TRY(ridge_normalised_parameters("batch_norm", params, channels,
                                          p->no_gamma ? NULL : &p->gamma,
                                          p->no_beta ? NULL : &p->beta, plan));
    add_state(plan, "running_mean", channels, RIDGE_INIT_ZEROS);
    add_state(plan, "running_variance", channels, RIDGE_INIT_ONES);
    plan->keeps_input = true;
    plan->saved_once = 3 * channels; // statistics of the batch
    plan->has_kink = ridge_activation_has_kink(p->activation);
    // From one value no layer learns: its distance to the mean is 0.
    plan->smallest_batch = ridge_row_count(&inputs[0]) == channels ? 2 : 1;
    return RIDGE_OK;
}

static ridge_normalisation normalisation_of(const struct ridge_layer_run *run)
{
    const ridge_batch_norm_params *p = run->params;
    return ridge_normalised_formula(run, ridge_convention_epsilon(p->convention, p->epsilon),
                                    p->activation, p->activation_parameter);
}

static ridge_running_statistics running_of(const struct ridge_layer_run *run)
{
    const ridge_batch_norm_params *p = run->params;
    float usual = p->convention == RIDGE_CONVENTION_TORCH ? 0.9f : 0.99f;
    return (ridge_running_statistics){
        .mean = ridge_normalised_tensor(run, run->parameter, "running_mean"),
        .variance = ridge_normalised_tensor(run, run->parameter, "running_variance"),
        .momentum = p->momentum > 0 ? p->momentum : usual,
        .unbiased = p->convention != RIDGE_CONVENTION_KERAS3,
    };
}

// [batch, channels, all behind them], or [batch places, channels] where channels are neighbours.
static ridge_tensor by_channel(const struct ridge_layer_run *run, ridge_tensor tensor)
{
    const ridge_batch_norm_params *p = run->params;
    const struct ridge_row_shape *row = &run->plan->output;
    size_t channels = ridge_normalised_channels(row, p->channels_last);
    size_t places = ridge_row_count(row) / channels;
    if (ridge_normalised_neighbours(row, p->channels_last))
        return ridge_tensor_reshaped(tensor, RIDGE_SHAPE(run->batch * places, channels));
    return ridge_tensor_reshaped(tensor, RIDGE_SHAPE(run->batch, channels, places));
}

// Inference behind a layer whose units are these channels.
static bool fold(const struct ridge_layer_run *run, size_t units, struct ridge_fold *fold)
{
    const ridge_batch_norm_params *p = run->params;
    const struct ridge_row_shape *row = &run->plan->output;
    size_t channels = ridge_normalised_channels(row, p->channels_last);
    bool neighbours = ridge_normalised_neighbours(row, p->channels_last);
    if (channels != units || !(neighbours || ridge_row_count(row) == channels))
        return false;
    ridge_running_statistics running = running_of(run);
    *fold = (struct ridge_fold){normalisation_of(run), running.mean, running.variance};
    return true;
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    ridge_normalisation norm = normalisation_of(run);
    ridge_running_statistics running = running_of(run);
    ridge_tensor x = by_channel(run, run->input[0]);
    if (!run->pass.training)
        return ridge_batch_norm_inference(run->on, &norm, running.mean, running.variance, x,
                                          run->output);
    return ridge_batch_norm_forward(run->on, &norm, run->pass.moves_state ? &running : NULL, x,
                                    run->output, run->saved_once);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    ridge_normalisation norm = normalisation_of(run);
    ridge_normalisation_gradients wanted = ridge_normalised_gradients(run);
    return ridge_batch_norm_backward(run->on, &norm, by_channel(run, run->input[0]),
                                     run->saved_once, run->output_gradient, &wanted);
}

static const ridge_field fields[] = {
    {"convention", RIDGE_FIELD_NAME, offsetof(ridge_batch_norm_params, convention),
     .choices = ridge_convention_choices,
     .help = "whose epsilon, momentum and running variance: biased in keras3"},
    {"momentum", RIDGE_FIELD_FLOAT, offsetof(ridge_batch_norm_params, momentum), 0, 1,
     .minimum_excluded = true, .maximum_excluded = true, .fallback = "0.99, torch 0.9",
     .help = "share of the running statistics that a step keeps (PyTorch's momentum is 1 - this)"},
    {"channels_last", RIDGE_FIELD_BOOL, offsetof(ridge_batch_norm_params, channels_last),
     .help = "rows are [..., channels], else [channels, ...]"},
    RIDGE_NORMALISED_FIELDS(ridge_batch_norm_params),
    RIDGE_NAME_FIELD(ridge_batch_norm_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_batch_norm = {
    .info = {"batch_norm", "y = f(gamma (x - mean) / sqrt(variance + epsilon) + beta) by channel",
             fields, sizeof(ridge_batch_norm_params), 1},
    .order = order,
    .fold = fold,
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

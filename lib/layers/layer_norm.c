// SPDX-License-Identifier: Apache-2.0
// Layer normalisation: each row by its own mean and variance, in training as in inference.
#include "base/error.h"
#include "layers/normalised.h"
#include "ops/activation.h"

// How many values are normalised together.
static size_t columns_of(const ridge_layer_norm_params *params, const struct ridge_row_shape *row)
{
    return params->whole_row ? ridge_row_count(row) : row->size[row->rank - 1];
}

static ridge_status setup(const void *params, const struct ridge_row_shape *inputs,
                          struct ridge_layer_plan *plan)
{
    const ridge_layer_norm_params *p = params;
    size_t columns = columns_of(p, &inputs[0]);
    plan->output = inputs[0];
    RIDGE_TRY(ridge_normalised_parameters("layer_norm", params, columns,
                                          p->no_gamma ? NULL : &p->gamma,
                                          p->no_beta ? NULL : &p->beta, plan));
    plan->keeps_input = true;
    plan->saved_size = 3 * (ridge_row_count(&inputs[0]) / columns); // statistics
    plan->has_kink = ridge_activation_has_kink(p->activation);
    return RIDGE_OK;
}

static ridge_normalisation normalisation_of(const struct ridge_layer_run *run)
{
    const ridge_layer_norm_params *p = run->params;
    return ridge_normalised_formula(run, ridge_convention_epsilon(p->convention, p->epsilon),
                                    p->activation, p->activation_parameter);
}

// [rows, columns]
static ridge_tensor by_row(const struct ridge_layer_run *run, ridge_tensor tensor)
{
    const struct ridge_row_shape *row = &run->plan->output;
    size_t columns = columns_of(run->params, row);
    return ridge_tensor_reshaped(
        tensor, RIDGE_SHAPE(run->batch * (ridge_row_count(row) / columns), columns));
}

static ridge_status forward(const struct ridge_layer_run *run)
{
    ridge_normalisation norm = normalisation_of(run);
    return ridge_layer_norm_forward(run->on, &norm, by_row(run, run->input[0]), run->output,
                                    run->saved);
}

static ridge_status backward(const struct ridge_layer_run *run)
{
    ridge_normalisation norm = normalisation_of(run);
    ridge_normalisation_gradients wanted = ridge_normalised_gradients(run);
    return ridge_layer_norm_backward(run->on, &norm, by_row(run, run->input[0]), run->saved,
                                     run->output_gradient, &wanted);
}

static const ridge_field fields[] = {
    {"convention", RIDGE_FIELD_NAME, offsetof(ridge_layer_norm_params, convention),
     .choices = ridge_convention_choices, .help = "whose epsilon"},
    {"whole_row", RIDGE_FIELD_BOOL, offsetof(ridge_layer_norm_params, whole_row),
     .help = "over all dimensions of a row; else over the last one"},
    RIDGE_NORMALISED_FIELDS(ridge_layer_norm_params),
    RIDGE_NAME_FIELD(ridge_layer_norm_params),
    {0},
};

const struct ridge_layer_class ridge_layer_class_layer_norm = {
    .info = {"layer_norm", "y = f(gamma (x - mean) / sqrt(variance + epsilon) + beta) by row",
             fields, sizeof(ridge_layer_norm_params), 1},
    .setup = setup,
    .forward = forward,
    .backward = backward,
};

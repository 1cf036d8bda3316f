// SPDX-License-Identifier: Apache-2.0
// What the layers of batch, layer and group normalisation share.
#include "layers/normalised.h"

#include <string.h>

#include "base/error.h"

const char *const ridge_convention_choices[] = {"keras3", "torch", "keras2", NULL};

float ridge_convention_epsilon(ridge_convention convention, float epsilon)
{
    if (epsilon > 0)
        return epsilon;
    return convention == RIDGE_CONVENTION_TORCH ? 1e-5f : 1e-3f;
}

size_t ridge_normalised_channels(const struct ridge_row_shape *row, bool channels_last)
{
    return row->size[channels_last ? row->rank - 1 : 0];
}

bool ridge_normalised_neighbours(const struct ridge_row_shape *row, bool channels_last)
{
    return channels_last || row->interleaved;
}

static ridge_status refuse_fields(const ridge_field *fields, const void *params, const char *prefix)
{
    size_t length = strlen(prefix);
    for (const ridge_field *field = fields; field->name; field++)
        if (strncmp(field->name, prefix, length) == 0 && !ridge_field_is_default(field, params))
            return ridge_fail(RIDGE_ERROR_ARGUMENT,
                              "%s: given, but no_%.*s leaves nothing that it could act on",
                              field->name, (int)length - 1, prefix);
    return RIDGE_OK;
}

static void add(struct ridge_layer_plan *plan, const char *name, size_t count,
                const ridge_weight_params *treatment, ridge_init fallback)
{
    plan->parameters[plan->parameter_count++] = (struct ridge_parameter_spec){
        .name = name,
        .rank = 1,
        .shape = {count},
        .fan_in = 1,
        .fan_out = 1,
        .treatment = treatment,
        .fallback = fallback,
    };
}

ridge_status ridge_normalised_parameters(const char *kind, const void *params, size_t count,
                                         const ridge_weight_params *gamma,
                                         const ridge_weight_params *beta,
                                         struct ridge_layer_plan *plan)
{
    const ridge_field *fields = ridge_layer_find(kind)->fields;
    if (gamma)
        add(plan, "gamma", count, gamma, RIDGE_INIT_ONES);
    else
        RIDGE_TRY(refuse_fields(fields, params, "gamma_"));
    if (beta)
        add(plan, "beta", count, beta, RIDGE_INIT_ZEROS);
    else
        RIDGE_TRY(refuse_fields(fields, params, "beta_"));
    return RIDGE_OK;
}

ridge_tensor ridge_normalised_tensor(const struct ridge_layer_run *run, const ridge_tensor *tensors,
                                     const char *name)
{
    for (unsigned i = 0; i < run->plan->parameter_count; i++)
        if (strcmp(run->plan->parameters[i].name, name) == 0)
            return tensors[i];
    return (ridge_tensor){.offset = 0};
}

ridge_normalisation ridge_normalised_formula(const struct ridge_layer_run *run, float epsilon,
                                             ridge_activation activation, float parameter)
{
    return (ridge_normalisation){
        .gamma = ridge_normalised_tensor(run, run->parameter, "gamma"),
        .beta = ridge_normalised_tensor(run, run->parameter, "beta"),
        .epsilon = epsilon,
        .activation = activation,
        .parameter = parameter,
    };
}

ridge_normalisation_gradients ridge_normalised_gradients(const struct ridge_layer_run *run)
{
    return (ridge_normalisation_gradients){
        .x = run->input_gradient[0],
        .accumulate = run->accumulate[0],
        .gamma = ridge_normalised_tensor(run, run->parameter_gradient, "gamma"),
        .beta = ridge_normalised_tensor(run, run->parameter_gradient, "beta"),
    };
}

// SPDX-License-Identifier: Apache-2.0
// What the layers of batch, layer and group normalisation share: conventions, gamma and beta.
#ifndef RIDGE_LAYERS_NORMALISED_H
#define RIDGE_LAYERS_NORMALISED_H

#include <math.h> // HUGE_VAL

#include "layers/layer.h"
#include "ops/activation.h"

extern const char *const ridge_convention_choices[];

// How many channels a row [..., channels] or [channels, ...] has, and whether they are neighbours
// in memory.
size_t ridge_normalised_channels(const struct ridge_row_shape *row, bool channels_last);
bool ridge_normalised_neighbours(const struct ridge_row_shape *row, bool channels_last);

// The epsilon that counts: the convention's where it is 0.
float ridge_convention_epsilon(ridge_convention convention, float epsilon);

// Adds gamma and beta of `count` values to the plan, where they are not left out. A field of one
// that is left out is refused by its name among the fields of this kind of
// layer.
ridge_status ridge_normalised_parameters(const char *kind, const void *params, size_t count,
                                         const ridge_weight_params *gamma, // NULL: left out
                                         const ridge_weight_params *beta,
                                         struct ridge_layer_plan *plan);

// Which of the layer's tensors belongs to the parameter of this name; "no tensor" if none does.
ridge_tensor ridge_normalised_tensor(const struct ridge_layer_run *run, const ridge_tensor *tensors,
                                     const char *name);

// What a run computes, and what its backward is to find.
ridge_normalisation ridge_normalised_formula(const struct ridge_layer_run *run, float epsilon,
                                             ridge_activation activation, float parameter);
ridge_normalisation_gradients ridge_normalised_gradients(const struct ridge_layer_run *run);

// Epsilon, the activation, the fields of gamma and beta.
#define RIDGE_NORMALISED_FIELDS(params)                                                            \
    {"epsilon",                                                                                    \
     RIDGE_FIELD_FLOAT,                                                                            \
     offsetof(params, epsilon),                                                                    \
     .maximum = HUGE_VAL,                                                                          \
     .minimum_excluded = true,                                                                     \
     .fallback = "1e-3, torch 1e-5",                                                               \
     .help = "added to the variance"},                                                             \
        {"activation", RIDGE_FIELD_NAME, offsetof(params, activation),                             \
         .choices = ridge_activation_choices, .help = "applied to the result"},                    \
        {"activation_parameter",                                                                   \
         RIDGE_FIELD_FLOAT,                                                                        \
         offsetof(params, activation_parameter),                                                   \
         .minimum = -HUGE_VAL,                                                                     \
         .maximum = HUGE_VAL,                                                                      \
         .help = "slope of leaky_relu (0.01), alpha of elu (1)"},                                  \
        RIDGE_WEIGHT_FIELDS("gamma_", params, gamma, "gammas"),                                    \
        RIDGE_WEIGHT_FIELDS("beta_", params, beta, "betas"),                                       \
        {"no_gamma", RIDGE_FIELD_BOOL, offsetof(params, no_gamma),                                 \
         .help = "leave gamma out: no scale"},                                                     \
    {                                                                                              \
        "no_beta", RIDGE_FIELD_BOOL, offsetof(params, no_beta), .help = "leave beta out: no shift" \
    }

#endif

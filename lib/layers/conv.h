// SPDX-License-Identifier: Apache-2.0
// What convolution layers share, of one dimension or two.
#ifndef RIDGE_LAYERS_CONV_H
#define RIDGE_LAYERS_CONV_H

#include "layers/image.h"
#include "layers/linear.h"

// What a class makes of its params and the row that comes in.
struct ridge_conv_layer {
    ridge_conv_shape shape; // without the batch, until a run says it
    unsigned dimensions;    // of the kernel: 1 or 2
    struct ridge_row_shape output;
    struct ridge_linear linear;
};

// Fails unless `groups` (0: 1) divides both.
ridge_status ridge_conv_layer_groups(size_t groups, size_t channels, size_t filters);
// Puts the kernel on the image: shape and output, from dimensions and linear.units, the filters.
ridge_status ridge_conv_layer_place(struct ridge_conv_layer *conv, struct ridge_window *kernel,
                                    bool same, const struct ridge_image *image, size_t groups,
                                    bool channels_last);

void ridge_conv_layer_setup(const struct ridge_conv_layer *conv, const ridge_weight_params *weight,
                            const ridge_weight_params *bias, struct ridge_layer_plan *plan);
ridge_status ridge_conv_layer_forward(struct ridge_conv_layer *conv,
                                      const struct ridge_layer_run *run);
ridge_status ridge_conv_layer_backward(struct ridge_conv_layer *conv,
                                       const struct ridge_layer_run *run);

// The fields of a convolution, of `filters`, `groups` and what a dense layer has as well.
#define RIDGE_CONV_FIELDS(params)                                                                  \
    {"filters",                                                                                    \
     RIDGE_FIELD_SIZE,                                                                             \
     offsetof(params, filters),                                                                    \
     1,                                                                                            \
     1 << 24,                                                                                      \
     .required = true,                                                                             \
     .help = "number of channels of the output"},                                                  \
        {"groups",                                                                                 \
         RIDGE_FIELD_SIZE,                                                                         \
         offsetof(params, groups),                                                                 \
         1,                                                                                        \
         1 << 24,                                                                                  \
         .fallback = "1",                                                                          \
         .help = "parts of the channels that do not meet; as many as channels: depthwise"},        \
        {"activation", RIDGE_FIELD_NAME, offsetof(params, activation),                             \
         .choices = ridge_activation_choices, .help = "applied to the result"},                    \
        {"activation_parameter",                                                                   \
         RIDGE_FIELD_FLOAT,                                                                        \
         offsetof(params, activation_parameter),                                                   \
         -HUGE_VAL,                                                                                \
         HUGE_VAL,                                                                                 \
         .help = "slope of leaky_relu (0.01), alpha of elu (1)"},                                  \
        RIDGE_WEIGHT_FIELDS("", params, weight, "weights"),                                        \
        RIDGE_WEIGHT_FIELDS("bias_", params, bias, "biases"),                                      \
    {                                                                                              \
        "no_bias", RIDGE_FIELD_BOOL, offsetof(params, no_bias), .help = "leave the bias out"       \
    }

#endif

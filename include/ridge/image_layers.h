// SPDX-License-Identifier: Apache-2.0
// Layers on images and signals.
//
// Rows are [channels, height, width], as in PyTorch, or with channels_last [height, width,
// channels], as in Keras; signals [channels, length] or [length, channels]. A row [height, width]
// or [length] has one channel. Inside a network such rows lie interleaved, the channels of a place
// side by side; what comes in and goes out, and what other layers see, lies as it is named.
#ifndef RIDGE_IMAGE_LAYERS_H
#define RIDGE_IMAGE_LAYERS_H

#include <ridge/base.h>
#include <ridge/network.h>

RIDGE_API_BEGIN

// What stands around an image.
typedef enum ridge_padding {
    RIDGE_PADDING_VALID = 0, // nothing but what pad_height and pad_width say
    RIDGE_PADDING_SAME       // as many zeros as give ceil(size / stride) outputs; an odd one comes
                             // behind (below, right), as in Keras and TensorFlow
} ridge_padding;

typedef struct ridge_conv2d_params {
    size_t filters;                // required
    size_t kernel[RIDGE_MAX_RANK]; // height, width; one number: both. Required
    size_t stride[RIDGE_MAX_RANK], dilation[RIDGE_MAX_RANK]; // the same; default 1
    ridge_padding padding;
    size_t pad_height, pad_width; // zeros on both sides, as PyTorch's padding
    size_t groups;                // 0: 1. As many as channels: depthwise
    bool channels_last;
    ridge_activation activation; // default: linear
    float activation_parameter;  // see ridge_activation; 0: its default
    ridge_weight_params weight, bias;
    bool no_bias;
    const char *name;
} ridge_conv2d_params;

// Convolution, see ridge_conv_shape. Parameters "NAME.weight" [filters, channels / groups, height,
// width] and "NAME.bias" [filters]; a unit, for constraints, is a filter.
RIDGE_API ridge_node ridge_conv2d(ridge_network *network, ridge_node x,
                                  const ridge_conv2d_params *params);
#define ridge_conv2d_params(...) RIDGE_PARAMS(ridge_conv2d_params, __VA_ARGS__)

RIDGE_API_END

#endif

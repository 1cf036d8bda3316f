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
#include <ridge/layers.h>

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

typedef struct ridge_conv1d_params {
    size_t filters, kernel;  // required
    size_t stride, dilation; // 0: 1
    ridge_padding padding;
    size_t pad;    // zeros on both sides
    size_t groups; // 0: 1
    bool channels_last;
    ridge_activation activation; // default: linear
    float activation_parameter;  // see ridge_activation; 0: its default
    ridge_weight_params weight, bias;
    bool no_bias;
    const char *name;
} ridge_conv1d_params;

// The same for signals. Weights [filters, channels / groups, kernel].
RIDGE_API ridge_node ridge_conv1d(ridge_network *network, ridge_node x,
                                  const ridge_conv1d_params *params);
#define ridge_conv1d_params(...) RIDGE_PARAMS(ridge_conv1d_params, __VA_ARGS__)

typedef struct ridge_conv2d_transpose_params {
    size_t filters;                // required
    size_t kernel[RIDGE_MAX_RANK]; // height, width; one number: both. Required
    size_t stride[RIDGE_MAX_RANK], dilation[RIDGE_MAX_RANK]; // the same; default 1
    ridge_padding padding;          // same: the image, times the stride, as in Keras
    size_t pad_height, pad_width;   // what is cut off on both sides, as PyTorch's padding
    size_t more_height, more_width; // rows below and columns right, less than the stride: PyTorch's
                                    // output_padding
    size_t groups;                  // 0: 1
    bool channels_last;
    ridge_activation activation; // default: linear
    float activation_parameter;  // see ridge_activation; 0: its default
    ridge_weight_params weight, bias;
    bool no_bias;
    const char *name;
} ridge_conv2d_transpose_params;

// Transposed convolution, which spreads each place of x over the kernel: the gradient of a
// convolution of the output. Weights [channels, filters / groups, height, width]; a unit, for
// constraints, is a channel of x.
//   out = (size - 1) stride - 2 pad + dilation (kernel - 1) + 1 + more
RIDGE_API ridge_node ridge_conv2d_transpose(ridge_network *network, ridge_node x,
                                            const ridge_conv2d_transpose_params *params);
#define ridge_conv2d_transpose_params(...) RIDGE_PARAMS(ridge_conv2d_transpose_params, __VA_ARGS__)

typedef struct ridge_pool2d_params {
    size_t window[RIDGE_MAX_RANK]; // height, width; one number: both. Required
    size_t stride[RIDGE_MAX_RANK]; // the same; default: the window
    ridge_padding padding;
    size_t pad_height, pad_width; // on both sides, at most half the window, as PyTorch's padding
    bool channels_last;
    bool counts_padding; // average: padding counts as zeros, as by default in PyTorch; else not,
                         // as in Keras
    const char *name;
} ridge_pool2d_params;
#define ridge_pool2d_params(...) RIDGE_PARAMS(ridge_pool2d_params, __VA_ARGS__)

// Pooling: the largest value, or the mean, of each window of images, channel by channel. Padding is
// never the largest. See ridge_pooling_shape.
RIDGE_API ridge_node ridge_max_pool2d(ridge_network *network, ridge_node x,
                                      const ridge_pool2d_params *params);
RIDGE_API ridge_node ridge_average_pool2d(ridge_network *network, ridge_node x,
                                          const ridge_pool2d_params *params);

typedef struct ridge_pool1d_params {
    size_t window; // required
    size_t stride; // 0: the window
    ridge_padding padding;
    size_t pad; // on both sides, at most half the window
    bool channels_last;
    bool counts_padding; // see above
    const char *name;
} ridge_pool1d_params;
#define ridge_pool1d_params(...) RIDGE_PARAMS(ridge_pool1d_params, __VA_ARGS__)

// The same for signals.
RIDGE_API ridge_node ridge_max_pool1d(ridge_network *network, ridge_node x,
                                      const ridge_pool1d_params *params);
RIDGE_API ridge_node ridge_average_pool1d(ridge_network *network, ridge_node x,
                                          const ridge_pool1d_params *params);

typedef struct ridge_global_pool_params {
    bool channels_last;
    const char *name;
} ridge_global_pool_params;
#define ridge_global_pool_params(...) RIDGE_PARAMS(ridge_global_pool_params, __VA_ARGS__)

// The largest value, or the mean, of each channel of images or signals: rows [channels]. params may
// be NULL.
RIDGE_API ridge_node ridge_global_max_pool(ridge_network *network, ridge_node x,
                                           const ridge_global_pool_params *params);
RIDGE_API ridge_node ridge_global_average_pool(ridge_network *network, ridge_node x,
                                               const ridge_global_pool_params *params);

typedef struct ridge_upsample2d_params {
    size_t factor[RIDGE_MAX_RANK]; // of height and width; one number: both. Required
    bool channels_last;
    const char *name;
} ridge_upsample2d_params;
#define ridge_upsample2d_params(...) RIDGE_PARAMS(ridge_upsample2d_params, __VA_ARGS__)

// Images `factor` times as large, each place repeated (mode nearest of Keras and PyTorch).
RIDGE_API ridge_node ridge_upsample2d(ridge_network *network, ridge_node x,
                                      const ridge_upsample2d_params *params);

typedef struct ridge_concat_params {
    bool channels_last; // join the last dimension of rows; else the first
    const char *name;
} ridge_concat_params;
#define ridge_concat_params(...) RIDGE_PARAMS(ridge_concat_params, __VA_ARGS__)

// The channels of a and then those of b; all other dimensions are equal. Rows of one dimension are
// joined as they are. params may be NULL.
RIDGE_API ridge_node ridge_concat(ridge_network *network, ridge_node a, ridge_node b,
                                  const ridge_concat_params *params);

RIDGE_API_END

#endif

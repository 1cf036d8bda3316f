// SPDX-License-Identifier: Apache-2.0
// What layers on images share: rows as images, windows over them, padding.
#ifndef RIDGE_LAYERS_IMAGE_H
#define RIDGE_LAYERS_IMAGE_H

#include <ridge/image.h>
#include <ridge/image_layers.h>

#include "layers/layer.h"

// Signals have a height of 1.
struct ridge_image {
    size_t height, width, channels;
};

// The row as an image of 1 or 2 dimensions. A row without a dimension for channels has one channel.
ridge_status ridge_image_of(const struct ridge_row_shape *row, unsigned dimensions,
                            bool channels_last, struct ridge_image *image);
// And back. Rows that are named with channels first are interleaved.
struct ridge_row_shape ridge_image_row(const struct ridge_image *image, unsigned dimensions,
                                       bool channels_last);
// What the class's `order` returns. Rows of one channel that they do not name are plain.
enum ridge_memory_order ridge_image_order(const struct ridge_row_shape *input, unsigned dimensions,
                                          bool channels_last);
// The tensor as [batch, height, width, channels].
ridge_tensor ridge_image_tensor(const struct ridge_image *image, size_t batch, ridge_tensor tensor);

// A kernel or window that goes over an image, by height and width. As fields have it: one size
// counts for both, none is 1.
struct ridge_window {
    const char *name; // "kernel", for messages
    size_t size[2], stride[2], dilation[2];
    size_t pad_before[2], pad_after[2]; // in: pad_before, unless `same`
    size_t output[2];                   // out
};

// The pair that a field of 1 or 2 sizes stands for; 0 becomes `fallback`.
void ridge_window_pair(const size_t *field, size_t fallback, size_t pair[2]);
// Finds padding and output. Errors: RIDGE_ERROR_SHAPE where the window does not fit, with what
// would.
ridge_status ridge_window_place(struct ridge_window *window, const struct ridge_image *image,
                                bool same);

// A window that has its place, as a convolution.
ridge_conv_shape ridge_window_conv_shape(const struct ridge_window *window,
                                         const struct ridge_image *image, size_t filters,
                                         size_t groups);

extern const char *const ridge_padding_choices[];

// The fields of a window: `size` is the member that holds its sizes.
#define RIDGE_WINDOW_FIELDS(params, size, size_is_required, size_help, stride_help)                \
    {#size, RIDGE_FIELD_SHAPE, offsetof(params, size), .required = size_is_required,               \
     .help = size_help},                                                                           \
        {"stride", RIDGE_FIELD_SHAPE, offsetof(params, stride), .help = stride_help},              \
        {"padding", RIDGE_FIELD_NAME, offsetof(params, padding), .choices = ridge_padding_choices, \
         .help = "same: ceil(size / stride) outputs, as in Keras"},                                \
        {"pad_height",                                                                             \
         RIDGE_FIELD_SIZE,                                                                         \
         offsetof(params, pad_height),                                                             \
         0,                                                                                        \
         1 << 20,                                                                                  \
         .help = "rows added above and below"},                                                    \
        {"pad_width", RIDGE_FIELD_SIZE, offsetof(params, pad_width),                               \
         0,           1 << 20,          .help = "columns added left and right"},                   \
    {                                                                                              \
        "channels_last", RIDGE_FIELD_BOOL, offsetof(params, channels_last),                        \
            .help = "rows are [height, width, channels], else [channels, height, width]"           \
    }

// The same of signals: all numbers are single.
#define RIDGE_SIGNAL_WINDOW_FIELDS(params, size, size_help, stride_help, stride_fallback)          \
    {#size,   RIDGE_FIELD_SIZE, offsetof(params, size), 1,                                         \
     1 << 30, .required = true, .help = size_help},                                                \
        {"stride",                                                                                 \
         RIDGE_FIELD_SIZE,                                                                         \
         offsetof(params, stride),                                                                 \
         1,                                                                                        \
         1 << 30,                                                                                  \
         .fallback = stride_fallback,                                                              \
         .help = stride_help},                                                                     \
        {"padding", RIDGE_FIELD_NAME, offsetof(params, padding), .choices = ridge_padding_choices, \
         .help = "same: ceil(length / stride) outputs, as in Keras"},                              \
        {"pad", RIDGE_FIELD_SIZE, offsetof(params, pad),                                           \
         0,     1 << 20,          .help = "places added on both sides"},                           \
    {                                                                                              \
        "channels_last", RIDGE_FIELD_BOOL, offsetof(params, channels_last),                        \
            .help = "rows are [length, channels], else [channels, length]"                         \
    }

#endif

// SPDX-License-Identifier: Apache-2.0
// Rows as images, and windows over them.
#include "layers/image.h"

#include "base/error.h"

const char *const ridge_padding_choices[] = {"valid", "same", NULL};

static const char *names_of(unsigned dimensions, bool channels_last)
{
    static const char *const names[2][2] = {
        {"[channels, length]", "[length, channels]"},
        {"[channels, height, width]", "[height, width, channels]"}};
    return names[dimensions - 1][channels_last];
}

ridge_status ridge_image_of(const struct ridge_row_shape *row, unsigned dimensions,
                            bool channels_last, struct ridge_image *image)
{
    char text[96];
    if (row->rank != dimensions && row->rank != dimensions + 1)
        return ridge_fail(
            RIDGE_ERROR_SHAPE,
            "expected rows of shape %s, got %s; a layer reshape can say what they are",
            names_of(dimensions, channels_last), ridge_row_text(row, text));
    bool one = row->rank == dimensions;
    const size_t *size = row->size + (!one && !channels_last);
    *image = (struct ridge_image){
        .height = dimensions == 2 ? size[0] : 1,
        .width = size[dimensions - 1],
        .channels = one ? 1 : row->size[channels_last ? dimensions : 0],
    };
    return RIDGE_OK;
}

struct ridge_row_shape ridge_image_row(const struct ridge_image *image, unsigned dimensions,
                                       bool channels_last)
{
    struct ridge_row_shape row = {dimensions + 1, {0}, !channels_last};
    size_t *size = row.size + !channels_last;
    if (dimensions == 2)
        *size++ = image->height;
    *size++ = image->width;
    *(channels_last ? size : row.size) = image->channels;
    return row;
}

enum ridge_memory_order ridge_image_order(const struct ridge_row_shape *input, unsigned dimensions,
                                          bool channels_last)
{
    bool plain = channels_last || input->rank == dimensions;
    return plain ? RIDGE_ORDER_PLAIN : RIDGE_ORDER_INTERLEAVED;
}

ridge_tensor ridge_image_tensor(const struct ridge_image *image, size_t batch, ridge_tensor tensor)
{
    return ridge_tensor_reshaped(tensor,
                                 RIDGE_SHAPE(batch, image->height, image->width, image->channels));
}

void ridge_window_pair(const size_t *field, size_t fallback, size_t pair[2])
{
    pair[0] = field[0] ? field[0] : fallback;
    pair[1] = field[0] && field[1] ? field[1] : pair[0];
}

static ridge_status refuse(const struct ridge_window *window, const struct ridge_image *image,
                           const size_t size[2], const size_t reach[2])
{
    bool dilated = window->dilation[0] > 1 || window->dilation[1] > 1;
    return ridge_fail(RIDGE_ERROR_SHAPE,
                      "%s: expected one that fits the image of %zux%zu (%zux%zu with padding), got "
                      "%zux%zu%s; a smaller %s, padding: same, or fewer or smaller strides before "
                      "would fit",
                      window->name, image->height, image->width, size[0], size[1], reach[0],
                      reach[1], dilated ? " with dilation" : "", window->name);
}

ridge_status ridge_window_place(struct ridge_window *window, const struct ridge_image *image,
                                bool same)
{
    const size_t sizes[2] = {image->height, image->width};
    size_t padded[2], reach[2];
    if (same && (window->pad_before[0] || window->pad_before[1]))
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "padding: expected same, or pad_height and pad_width, got both");
    for (int d = 0; d < 2; d++) {
        reach[d] = window->dilation[d] * (window->size[d] - 1) + 1;
        window->pad_after[d] = window->pad_before[d];
        if (same) {
            size_t outputs = (sizes[d] + window->stride[d] - 1) / window->stride[d];
            size_t wanted = (outputs - 1) * window->stride[d] + reach[d];
            size_t total = wanted > sizes[d] ? wanted - sizes[d] : 0;
            window->pad_before[d] = total / 2;
            window->pad_after[d] = total - total / 2;
        }
        padded[d] = sizes[d] + window->pad_before[d] + window->pad_after[d];
    }
    if (reach[0] > padded[0] || reach[1] > padded[1])
        return refuse(window, image, padded, reach);
    for (int d = 0; d < 2; d++)
        window->output[d] = (padded[d] - reach[d]) / window->stride[d] + 1;
    return RIDGE_OK;
}

ridge_conv_shape ridge_window_conv_shape(const struct ridge_window *window,
                                         const struct ridge_image *image, size_t filters,
                                         size_t groups)
{
    ridge_conv_shape shape = {.height = image->height,
                              .width = image->width,
                              .channels = image->channels,
                              .filters = filters,
                              .groups = groups};
    for (int d = 0; d < 2; d++) {
        shape.kernel[d] = window->size[d];
        shape.stride[d] = window->stride[d];
        shape.dilation[d] = window->dilation[d];
        shape.pad_before[d] = window->pad_before[d];
        shape.pad_after[d] = window->pad_after[d];
    }
    return shape;
}

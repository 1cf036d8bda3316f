// SPDX-License-Identifier: Apache-2.0
// Ops on images. What stands in ops.h of launchers, tensors and errors holds here too.
//
// Images are interleaved in memory: x [batch, height, width, channels], so that all channels of a
// place are neighbours. Sequences are images of height 1.
#ifndef RIDGE_IMAGE_H
#define RIDGE_IMAGE_H

#include <ridge/base.h>
#include <ridge/ops.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

// Pooling: x [batch, height, width, channels] to y [batch, out height, out width, channels], each
// channel for itself. Pairs are height, width. Padding lies above and left (before), below and
// right (after), each less than the window, so that every window holds a place of the image:
//
//   out = (size + pad before + pad after - window) / stride + 1, rounded down
//
// A window as large as the image pools all of it (global pooling).
typedef struct ridge_pooling_shape {
    size_t batch, height, width, channels; // of x
    size_t window[2], stride[2];           // >= 1
    size_t pad_before[2], pad_after[2];
    bool counts_padding; // average: padding counts as zeros, as by default in PyTorch; else the
                         // mean is over the places inside the image, as in Keras
} ridge_pooling_shape;

// Height and width of y; both 0 where the window is larger than the padded image, or a size is 0.
RIDGE_API void ridge_pooling_output(const ridge_pooling_shape *shape, size_t output[2]);

// Type of the index that backward needs: RIDGE_UINT8 where a window has up to 256 places, else
// RIDGE_INT32.
RIDGE_API ridge_type ridge_pooling_index_type(const ridge_pooling_shape *shape);

// y = the largest value of each window, NaN where it holds one. Padding is never the largest.
// index, as many elements as y: which place of its window that is, counted row by row; the first
// where several are equal. "No tensor": not wanted.
RIDGE_API ridge_status ridge_max_pool_forward(ridge_launcher *on, const ridge_pooling_shape *shape,
                                              ridge_tensor x, ridge_tensor y, ridge_tensor index);
// dx = the sum of dy over the windows where a value was the largest; dx += when `accumulate`.
RIDGE_API ridge_status ridge_max_pool_backward(ridge_launcher *on, const ridge_pooling_shape *shape,
                                               ridge_tensor index, ridge_tensor dy, bool accumulate,
                                               ridge_tensor dx);

// y = the mean of each window.
RIDGE_API ridge_status ridge_average_pool_forward(ridge_launcher *on,
                                                  const ridge_pooling_shape *shape, ridge_tensor x,
                                                  ridge_tensor y);
// dx = the sum over the windows that a place lies in of dy / places; dx += when `accumulate`.
RIDGE_API ridge_status ridge_average_pool_backward(ridge_launcher *on,
                                                   const ridge_pooling_shape *shape,
                                                   ridge_tensor dy, bool accumulate,
                                                   ridge_tensor dx);

// Upsampling by whole factors (height, width), each place repeated ("nearest"):
//   y[b, i, j, c] = x[b, i / factor[0], j / factor[1], c]
// x [batch, height, width, channels], y [batch, factor[0] height, factor[1] width, channels].
RIDGE_API ridge_status ridge_upsample_forward(ridge_launcher *on, const size_t factor[2],
                                              ridge_tensor x, ridge_tensor y);
// dx = the sum of dy over the places that repeat one; dx += when `accumulate`.
RIDGE_API ridge_status ridge_upsample_backward(ridge_launcher *on, const size_t factor[2],
                                               ridge_tensor dy, bool accumulate, ridge_tensor dx);

RIDGE_API_END

#endif

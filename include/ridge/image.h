// SPDX-License-Identifier: Apache-2.0
// Ops on images. What ridge/ops.h says of launchers, tensors and errors holds here as well.
//
// Images are interleaved: [batch, height, width, channels], the channels of a place side by side.
// Signals of one dimension are images of height 1.
#ifndef RIDGE_IMAGE_H
#define RIDGE_IMAGE_H

#include <ridge/base.h>
#include <ridge/device.h>
#include <ridge/gemm.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

// A convolution (cross-correlation, as every framework has it): x [batch, height, width, channels],
// w [filters, channels / groups, kernel[0], kernel[1]] (PyTorch's order),
// y [batch, out_height, out_width, filters], with
//   out = (size + pad_before + pad_after - dilation (kernel - 1) - 1) / stride + 1, rounded down
//   y[n, i, j, f] = sum over a, b, c of
//       x[n, i stride[0] + a dilation[0] - pad_before[0],
//            j stride[1] + b dilation[1] - pad_before[1], g channels / groups + c] w[f, c, a, b]
// where g = f / (filters / groups), and x is 0 outside of the image. The pairs are height, width.
//
// On CPUs, where it is faster, kernels of 3 x 3 in steps of 1 are computed by Winograd's minimal
// filtering, whose errors are those of tiles of 4 x 4 outputs rather than of single ones: at most
// 562 (channels + 26) channels max|w| max|x| 2^-24 (max of the tile; to first order), where the sum
// itself has 9 (9 channels + 3) channels; in the mean of random values twice that of the sum. NaN
// and infinity show in all outputs of the tiles that see them. $RIDGE_CONV=panel refuses it
// (ridge/device.h).
typedef struct ridge_conv_shape {
    size_t batch, height, width, channels;
    size_t filters;
    size_t kernel[2];
    size_t stride[2], dilation[2]; // 0: 1
    size_t pad_before[2];          // zeros above and left
    size_t pad_after[2];           // below and right
    size_t groups;                 // divides channels and filters; 0: 1
} ridge_conv_shape;

// Height and width of y. Errors: RIDGE_ERROR_SHAPE for a size of 0, groups that do not divide, a
// kernel larger than the padded image (with what would fit).
RIDGE_API ridge_status ridge_conv_output(const ridge_conv_shape *shape, size_t output[2]);

// y = f(convolution of x by w + bias). epilogue: bias [filters], activation; NULL: neither. Here
// and below `saved` and `row_sums` are RIDGE_ERROR_UNSUPPORTED.
RIDGE_API ridge_status ridge_conv_forward(ridge_launcher *on, const ridge_conv_shape *shape,
                                          ridge_tensor x, ridge_tensor w, ridge_tensor y,
                                          const ridge_gemm_epilogue *epilogue);
// dx = f(what dy gives x through the convolution + bias), or dx += it when `accumulate`. With an
// epilogue, of bias [channels], this is the transposed convolution of dy.
RIDGE_API ridge_status ridge_conv_input_gradient(ridge_launcher *on, const ridge_conv_shape *shape,
                                                 ridge_tensor dy, ridge_tensor w, bool accumulate,
                                                 ridge_tensor dx,
                                                 const ridge_gemm_epilogue *epilogue);
// dw, over all of the batch, and db [filters], the sums of dy, which is the gradient of a bias; "no
// tensor": not wanted.
RIDGE_API ridge_status ridge_conv_weight_gradient(ridge_launcher *on, const ridge_conv_shape *shape,
                                                  ridge_tensor x, ridge_tensor dy, ridge_tensor dw,
                                                  ridge_tensor db);

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

// SPDX-License-Identifier: Apache-2.0
// The shape of a convolution, see ridge_conv_shape.
#ifndef RIDGE_CL_CONV_H
#define RIDGE_CL_CONV_H

#include "gemm.h"

struct conv_shape {
    ulong batch;
    uint height, width, channels, out_height, out_width, filters, groups;
    uint kernel_y, kernel_x, stride_y, stride_x, dilation_y, dilation_x, pad_y, pad_x;
};

// The kernel arguments that make a conv_shape; the host's side is RIDGE_CONV_SHAPE of conv.h.
#define CONV_SHAPE                                                                                 \
    ulong batch, uint height, uint width, uint channels, uint out_height, uint out_width,          \
        uint filters, uint groups, uint kernel_y, uint kernel_x, uint stride_y, uint stride_x,     \
        uint dilation_y, uint dilation_x, uint pad_y, uint pad_x
#define MAKE_CONV_SHAPE                                                                            \
    {                                                                                              \
        batch, height, width, channels, out_height, out_width, filters, groups, kernel_y,          \
            kernel_x, stride_y, stride_x, dilation_y, dilation_x, pad_y, pad_x                     \
    }

#endif

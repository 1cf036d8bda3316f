// SPDX-License-Identifier: Apache-2.0
// Providers of convolution.
#ifndef RIDGE_OPS_CONV_H
#define RIDGE_OPS_CONV_H

#include <ridge/image.h>

#include "device/launcher.h"
#include "ops/gemm.h"

enum ridge_conv_pass { RIDGE_CONV_FORWARD, RIDGE_CONV_INPUT_GRADIENT, RIDGE_CONV_WEIGHT_GRADIENT };

// A checked call, with nothing left to default. `from` is read and `to` written, besides w, which
// the weight gradient does not have:
//   forward: from x to y;  input gradient: from dy to dx;  weight gradient: from x and dy to dw.
struct ridge_conv_call {
    enum ridge_conv_pass pass;
    ridge_conv_shape shape;
    size_t output[2]; // height and width of y
    ridge_tensor from, w, dy, to;
    ridge_tensor db;              // with dw; "no tensor": not wanted
    float beta;                   // 1: add to what is there
    ridge_gemm_epilogue epilogue; // not for the weight gradient
};

struct ridge_conv_provider {
    const char *name;
    bool (*can)(const ridge_device *device, const struct ridge_conv_call *call);
    // Whether it is the one to take where it can and none before it is. NULL: always.
    bool (*suits)(const ridge_device *device, const struct ridge_conv_call *call);
    ridge_status (*run)(ridge_launcher *on, const struct ridge_conv_call *call);
    bool sums_bias; // finds db, which is summed up by another op for the others
};

// In the order in which they are asked; the last one can everything. A NULL name ends the table.
extern const struct ridge_conv_provider ridge_conv_providers[];

bool ridge_conv_winograd_can(const ridge_device *device, const struct ridge_conv_call *call);
bool ridge_conv_winograd_suits(const ridge_device *device, const struct ridge_conv_call *call);
ridge_status ridge_conv_winograd(ridge_launcher *on, const struct ridge_conv_call *call);
bool ridge_conv_panel_can(const ridge_device *device, const struct ridge_conv_call *call);
ridge_status ridge_conv_panel(ridge_launcher *on, const struct ridge_conv_call *call);
bool ridge_conv_depthwise_can(const ridge_device *device, const struct ridge_conv_call *call);
ridge_status ridge_conv_depthwise(ridge_launcher *on, const struct ridge_conv_call *call);
bool ridge_conv_plain_can(const ridge_device *device, const struct ridge_conv_call *call);
ridge_status ridge_conv_plain(ridge_launcher *on, const struct ridge_conv_call *call);

// cl/conv_im2col.cl, any walk: columns in memory, by the provider of products.
bool ridge_conv_im2col_can(const ridge_device *device, const struct ridge_conv_call *call);
bool ridge_conv_im2col_suits(const ridge_device *device, const struct ridge_conv_call *call);
ridge_status ridge_conv_im2col(ridge_launcher *on, const struct ridge_conv_call *call);
// cl/conv_tiled.cl, GPU walk: columns that no memory sees.
bool ridge_conv_tiled_can(const ridge_device *device, const struct ridge_conv_call *call);
ridge_status ridge_conv_tiled(ridge_launcher *on, const struct ridge_conv_call *call);

// Forward that adds to y, without an epilogue: the gradient of a transposed convolution.
ridge_status ridge_conv_forward_add(ridge_launcher *on, const ridge_conv_shape *shape,
                                    ridge_tensor x, ridge_tensor w, ridge_tensor y);

// What the call takes, whoever computes it.
struct ridge_work ridge_conv_work(const struct ridge_conv_call *call);
// The write-out of y or dx as that of a product whose rows are places, for RIDGE_GEMM_WRITE_OUT.
struct ridge_gemm_call ridge_conv_write_out(const struct ridge_conv_call *call);

// The kernel arguments CONV_SHAPE of cl/conv.h.
#define RIDGE_CONV_SHAPE(call)                                                                     \
    RIDGE_ARG_ULONG((call)->shape.batch), RIDGE_ARG_UINT((call)->shape.height),                    \
        RIDGE_ARG_UINT((call)->shape.width), RIDGE_ARG_UINT((call)->shape.channels),               \
        RIDGE_ARG_UINT((call)->output[0]), RIDGE_ARG_UINT((call)->output[1]),                      \
        RIDGE_ARG_UINT((call)->shape.filters), RIDGE_ARG_UINT((call)->shape.groups),               \
        RIDGE_ARG_UINT((call)->shape.kernel[0]), RIDGE_ARG_UINT((call)->shape.kernel[1]),          \
        RIDGE_ARG_UINT((call)->shape.stride[0]), RIDGE_ARG_UINT((call)->shape.stride[1]),          \
        RIDGE_ARG_UINT((call)->shape.dilation[0]), RIDGE_ARG_UINT((call)->shape.dilation[1]),      \
        RIDGE_ARG_UINT((call)->shape.pad_before[0]), RIDGE_ARG_UINT((call)->shape.pad_before[1])

#endif

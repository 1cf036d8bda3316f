// SPDX-License-Identifier: Apache-2.0
// Convolution by plain kernels: what other providers are compared with, and the last to fall back
// on.
#include "device/device.h"
#include "ops/conv.h"
#include "ops/gemm.h"

bool ridge_conv_plain_can(const ridge_device *device, const struct ridge_conv_call *call)
{
    (void)device;
    (void)call;
    return true;
}

static ridge_status weight_gradient(ridge_launcher *on, const struct ridge_conv_call *call)
{
    struct ridge_launch launch = {
        .program = "conv_plain",
        .kernel = "conv_weight_gradient",
        .defines = ridge_gemm_define(RIDGE_LINEAR),
        .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_TENSOR(call->dy),
                      RIDGE_CONV_SHAPE(call), RIDGE_ARG_TENSOR(call->to)},
        .work = ridge_conv_work(call),
    };
    ridge_launch_elements(on->device, &launch, ridge_tensor_count(&call->to));
    return ridge_launch(on, &launch);
}

ridge_status ridge_conv_plain(ridge_launcher *on, const struct ridge_conv_call *call)
{
    if (call->pass == RIDGE_CONV_WEIGHT_GRADIENT)
        return weight_gradient(on, call);
    bool forward = call->pass == RIDGE_CONV_FORWARD;
    struct ridge_gemm_call out = ridge_conv_write_out(call);
    struct ridge_launch launch = {
        .program = "conv_plain",
        .kernel = forward ? "conv_forward" : "conv_input_gradient",
        .defines = ridge_gemm_define(call->epilogue.activation),
        .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_TENSOR(call->w),
                      RIDGE_CONV_SHAPE(call), RIDGE_GEMM_WRITE_OUT(&out)},
        .work = ridge_conv_work(call),
    };
    ridge_launch_elements(on->device, &launch, ridge_tensor_count(&call->to));
    return ridge_launch(on, &launch);
}

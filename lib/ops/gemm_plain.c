// SPDX-License-Identifier: Apache-2.0
// GEMM by one plain kernel: what other providers are compared with, and the last to fall back on.
#include "base/error.h"
#include "device/device.h"
#include "device/program.h"
#include "ops/gemm.h"

ridge_status ridge_gemm_plain(ridge_launcher *on, const struct ridge_gemm_call *call)
{
    const ridge_gemm_shape *shape = &call->shape;
    struct ridge_gemm_strides strides = ridge_gemm_strides(shape);
    struct ridge_launch launch = {
        .program = "gemm_plain",
        .kernel = "gemm_plain",
        .defines = ridge_gemm_define(call->epilogue.activation),
        .arguments = {RIDGE_ARG_TENSOR(call->a), RIDGE_ARG_ULONG(strides.a_row),
                      RIDGE_ARG_ULONG(strides.a_column), RIDGE_ARG_TENSOR(call->b),
                      RIDGE_ARG_ULONG(strides.b_row), RIDGE_ARG_ULONG(strides.b_column),
                      RIDGE_ARG_ULONG(shape->m), RIDGE_ARG_ULONG(shape->k),
                      RIDGE_GEMM_WRITE_OUT(call)},
        .work = ridge_gemm_work(call),
    };
    ridge_launch_elements(on->device, &launch, shape->m * shape->n);
    RIDGE_TRY(ridge_gemm_row_sums(on, call));
    return ridge_launch(on, &launch);
}

void ridge_gemm_plain_identify(ridge_device *device, struct ridge_text *key)
{
    (void)device;
    ridge_program_identify("gemm_plain", key);
}

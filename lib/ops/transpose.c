// SPDX-License-Identifier: Apache-2.0
// Matrices the other way round.
#include <ridge/ops.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

ridge_status ridge_transpose(ridge_launcher *on, ridge_tensor x, ridge_tensor y, bool accumulate)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    if (x.rank != 3)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "x: expected [batch, rows, columns], got %u dimensions", x.rank);
    size_t count = ridge_tensor_count(&x);
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, count));
    struct ridge_launch launch = {
        .program = "transpose",
        .kernel = "transpose_matrices",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_ULONG(x.shape[0]),
                      RIDGE_ARG_ULONG(x.shape[1]), RIDGE_ARG_ULONG(x.shape[2]),
                      RIDGE_ARG_UINT(accumulate)},
        .work = {(accumulate ? 3 : 2) * count * sizeof(float), accumulate ? count : 0},
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

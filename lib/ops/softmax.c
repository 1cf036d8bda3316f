// SPDX-License-Identifier: Apache-2.0
// Softmax by itself: shares for predictions. With a loss it is part of the loss's kernel.
#include <ridge/activation.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

ridge_status ridge_softmax(ridge_launcher *on, ridge_tensor x, ridge_tensor y)
{
    size_t rows, columns;
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_rows("x", x, &rows, &columns));
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, rows * columns));
    struct ridge_launch launch = {
        .program = "softmax",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_ULONG(rows),
                      RIDGE_ARG_ULONG(columns)},
        .work = {2 * rows * columns * sizeof(float), 5 * rows * columns},
    };
    bool narrow = ridge_launch_narrow_rows(on->device, &launch, rows, columns);
    launch.kernel = narrow ? "softmax_narrow" : "softmax";
    return ridge_launch(on, &launch);
}

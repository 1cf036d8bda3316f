// SPDX-License-Identifier: Apache-2.0
// Running totals of loss and right rows.
#include <ridge/ops.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

ridge_status ridge_loss_accumulate(ridge_launcher *on, ridge_tensor row_loss,
                                   ridge_tensor row_right, ridge_tensor totals)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("row_loss", row_loss, RIDGE_FLOAT32, 0));
    size_t rows = ridge_tensor_count(&row_loss);
    RIDGE_TRY(ridge_check_tensor("row_right", row_right, RIDGE_FLOAT32, rows));
    RIDGE_TRY(ridge_check_tensor("totals", totals, RIDGE_FLOAT32, 4));
    struct ridge_launch launch = {
        .program = "metrics",
        .kernel = "loss_accumulate",
        .arguments = {RIDGE_ARG_TENSOR(row_loss), RIDGE_ARG_TENSOR(row_right),
                      RIDGE_ARG_TENSOR(totals), RIDGE_ARG_ULONG(rows)},
        .work = {(2 * rows + 8) * sizeof(float), 2 * rows},
    };
    ridge_launch_rows(on->device, &launch, 1, rows);
    return ridge_launch(on, &launch);
}

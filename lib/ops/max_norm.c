// SPDX-License-Identifier: Apache-2.0
// The max-norm constraint, over all limited rows of an arena at once.
#include <ridge/ops.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

ridge_status ridge_max_norm(ridge_launcher *on, ridge_tensor w, ridge_tensor rows,
                            ridge_tensor limits)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("w", w, RIDGE_FLOAT32, 0));
    RIDGE_TRY(ridge_check_tensor("rows", rows, RIDGE_UINT32, 0));
    if (rows.rank != 2 || rows.shape[1] != 2)
        return ridge_fail(RIDGE_ERROR_SHAPE, "rows: expected [n, 2], got %zu elements of rank %u",
                          ridge_tensor_count(&rows), rows.rank);
    size_t count = rows.shape[0];
    RIDGE_TRY(ridge_check_tensor("limits", limits, RIDGE_FLOAT32, count));
    struct ridge_launch launch = {
        .program = "max_norm",
        .kernel = "max_norm",
        .arguments = {RIDGE_ARG_TENSOR(w), RIDGE_ARG_TENSOR(rows), RIDGE_ARG_TENSOR(limits),
                      RIDGE_ARG_ULONG(count)},
        // all rows read; few need writing
        .work = {(ridge_tensor_count(&w) + 3 * count) * sizeof(float), 2 * ridge_tensor_count(&w)},
    };
    ridge_launch_rows(on->device, &launch, count, ridge_tensor_count(&w) / count);
    return ridge_launch(on, &launch);
}

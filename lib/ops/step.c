// SPDX-License-Identifier: Apache-2.0
// The counters that a replayed step reads.
#include <ridge/ops.h>

#include <inttypes.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

ridge_status ridge_step_begin(ridge_launcher *on, ridge_tensor state, float rate)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("state", state, RIDGE_UINT32, 0));
    size_t count = ridge_tensor_count(&state);
    if (count < 3)
        return ridge_fail(RIDGE_ERROR_SHAPE, "state: expected 3 elements or more, got %zu", count);
    return ridge_launch(on, &(struct ridge_launch){
                                .program = "step",
                                .kernel = "step_begin",
                                .arguments = {RIDGE_ARG_TENSOR(state), RIDGE_ARG_FLOAT(rate),
                                              RIDGE_ARG_ULONG(count)},
                                .global = {1},
                                .local = {1},
                                .work = {(count - 1) * sizeof(uint32_t), 0},
                            });
}

ridge_status ridge_step_advance(ridge_launcher *on, ridge_tensor state, size_t rows)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("state", state, RIDGE_UINT32, 2));
    if (rows > UINT32_MAX)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "rows: expected at most %" PRIu32 ", got %zu",
                          UINT32_MAX, rows);
    return ridge_launch(on, &(struct ridge_launch){
                                .program = "step",
                                .kernel = "step_advance",
                                .arguments = {RIDGE_ARG_TENSOR(state), RIDGE_ARG_UINT(rows)},
                                .global = {1},
                                .local = {1},
                                .work = {4 * sizeof(uint32_t), 0},
                            });
}

// SPDX-License-Identifier: Apache-2.0
// Running totals of loss and right rows, and the end of a step.
#include <ridge/loss.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"
#include "ops/step.h"

static ridge_status accumulate(ridge_launcher *on, ridge_tensor row_loss, ridge_tensor row_right,
                               ridge_tensor totals, ridge_tensor state, ridge_tensor rates)
{
    RIDGE_TRY(ridge_check_tensor("row_loss", row_loss, RIDGE_FLOAT32, 0));
    size_t rows = ridge_tensor_count(&row_loss), rate_count = 0;
    RIDGE_TRY(ridge_check_tensor("row_right", row_right, RIDGE_FLOAT32, rows));
    RIDGE_TRY(ridge_check_tensor("totals", totals, RIDGE_FLOAT32, 4));
    bool advances = state.buffer != NULL;
    if (advances)
        RIDGE_TRY(ridge_check_step(state, rows, &rates, &rate_count));
    else // the kernel wants some buffers
        state = rates = (ridge_tensor){.buffer = totals.buffer};
    struct ridge_launch launch = {
        .program = "metrics",
        .kernel = "loss_accumulate",
        .arguments = {RIDGE_ARG_TENSOR(row_loss), RIDGE_ARG_TENSOR(row_right),
                      RIDGE_ARG_TENSOR(totals), RIDGE_ARG_ULONG(rows), RIDGE_ARG_UINT(advances),
                      RIDGE_ARG_TENSOR(state), RIDGE_ARG_TENSOR(rates),
                      RIDGE_ARG_ULONG(rate_count)},
        .work = {(2 * rows + 8 + (advances ? 4 : 0)) * sizeof(float), 2 * rows},
    };
    ridge_launch_rows(on->device, &launch, 1, rows);
    return ridge_launch(on, &launch);
}

ridge_status ridge_loss_accumulate(ridge_launcher *on, ridge_tensor row_loss,
                                   ridge_tensor row_right, ridge_tensor totals)
{
    RIDGE_TRY(ridge_check_launcher(on));
    return accumulate(on, row_loss, row_right, totals, (ridge_tensor){0}, (ridge_tensor){0});
}

ridge_status ridge_step_end(ridge_launcher *on, ridge_tensor row_loss, ridge_tensor row_right,
                            ridge_tensor totals, ridge_tensor state, ridge_tensor rates)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("state", state, RIDGE_UINT32, 0));
    return accumulate(on, row_loss, row_right, totals, state, rates);
}

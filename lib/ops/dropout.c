// SPDX-License-Identifier: Apache-2.0
// Inverted dropout with masks that are drawn again instead of stored.
#include <ridge/ops.h>

#include <math.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"
#include "ops/dropout.h"

float ridge_dropout_scale(float rate)
{
    return (float)(1 / (1 - (double)rate));
}

ridge_status ridge_dropout_apply(ridge_launcher *on, float rate, const ridge_random *random,
                                 ridge_tensor x, ridge_tensor y, bool accumulate)
{
    RIDGE_TRY(ridge_check_launcher(on));
    if (!(rate >= 0 && rate <= 1))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "rate: expected [0, 1], got %g", (double)rate);
    if (!random)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "random: expected a pointer, got NULL");
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    size_t count = ridge_tensor_count(&x);
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, count));
    bool has_step_at = random->step_at.buffer != NULL;
    if (has_step_at)
        RIDGE_TRY(ridge_check_tensor("random.step_at", random->step_at, RIDGE_UINT32, 1));
    if (rate == 1) // nothing is kept, and there is no scale
        return accumulate ? RIDGE_OK : ridge_fill(on, y, 0);

    double keep = 1 - (double)rate;
    // Of the 2^32 words those below keep 2^32 are kept, at least one: the largest of them fits.
    uint32_t limit = (uint32_t)(ceil(keep * 0x1p32) - 1);
    ridge_tensor step_at = has_step_at ? random->step_at : y;
    struct ridge_launch launch = {
        .program = "dropout",
        .kernel = "dropout",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_TENSOR(step_at),
                      RIDGE_ARG_UINT(has_step_at), RIDGE_ARG_UINT(random->seed),
                      RIDGE_ARG_UINT(random->seed >> 32), RIDGE_ARG_UINT(random->step),
                      RIDGE_ARG_UINT(random->stream), RIDGE_ARG_UINT(limit),
                      RIDGE_ARG_FLOAT(ridge_dropout_scale(rate)), RIDGE_ARG_UINT(accumulate),
                      RIDGE_ARG_ULONG(count)},
        // the words are integers
        .work = {(accumulate ? 3 : 2) * count * sizeof(float), (accumulate ? 2 : 1) * count},
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

// SPDX-License-Identifier: Apache-2.0
// Gaussian dropout and Gaussian noise, drawn again instead of stored.
#include <ridge/random.h>

#include <math.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"
#include "ops/random.h"

static ridge_status launch(ridge_launcher *on, float deviation, bool multiply,
                           const ridge_random *random, ridge_tensor x, ridge_tensor y,
                           bool accumulate)
{
    ridge_tensor step_at;
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_random(random, y, &step_at));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    size_t count = ridge_tensor_count(&x);
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, count));
    // 53: what normal_of of cl/normal.h takes
    uint64_t operations = 53 + 1 + (multiply ? 2 : 1) + (accumulate ? 1 : 0);
    struct ridge_launch launch = {
        .program = "gaussian",
        .kernel = "gaussian",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_RANDOM(random, step_at),
                      RIDGE_ARG_FLOAT(deviation), RIDGE_ARG_UINT(multiply),
                      RIDGE_ARG_UINT(accumulate), RIDGE_ARG_ULONG(count)},
        .work = {(accumulate ? 3 : 2) * count * sizeof(float), operations * count},
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

ridge_status ridge_gaussian_dropout_apply(ridge_launcher *on, float rate,
                                          const ridge_random *random, ridge_tensor x,
                                          ridge_tensor y, bool accumulate)
{
    if (!(rate >= 0 && rate < 1))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "rate: expected [0, 1), got %g", (double)rate);
    double deviation = sqrt((double)rate / (1 - (double)rate));
    return launch(on, (float)deviation, true, random, x, y, accumulate);
}

ridge_status ridge_gaussian_noise_apply(ridge_launcher *on, float deviation,
                                        const ridge_random *random, ridge_tensor x, ridge_tensor y)
{
    if (!(deviation >= 0 && deviation < HUGE_VALF))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "deviation: expected a number from 0, got %g",
                          (double)deviation);
    return launch(on, deviation, false, random, x, y, false);
}

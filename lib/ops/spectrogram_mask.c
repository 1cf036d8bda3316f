// SPDX-License-Identifier: Apache-2.0
// Masks over spectrograms: one launch forward and one backward, which draws the same masks again.
#include <ridge/audio.h>

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/size.h"
#include "device/device.h"
#include "ops/check.h"
#include "ops/random.h"

// What becomes of masked elements, MEAN of cl/spectrogram_mask.cl.
enum masked { TO_ZERO, TO_MEAN, SPREAD };

static ridge_status check(ridge_launcher *on, const ridge_spectrogram_mask_params *params,
                          const ridge_random *random, ridge_tensor x, ridge_tensor y,
                          ridge_tensor *step_at)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_random(random, y, step_at));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    if (x.rank != 4)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "x: expected [rows, channels, bands, frames], got %u dimensions", x.rank);
    if (!params || params->time_masks > RIDGE_MOST_MASKS ||
        params->frequency_masks > RIDGE_MOST_MASKS)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "time_masks, frequency_masks: expected at most %d of either",
                          RIDGE_MOST_MASKS);
    if (!(params->time_share >= 0) || !(params->time_share <= 1))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "time_share: expected 0 to 1, got %g",
                          (double)params->time_share);
    if (ridge_tensor_count(&x) / x.shape[0] > UINT32_MAX)
        return ridge_fail(RIDGE_ERROR_SHAPE, "x: expected rows below 2^32 elements");
    return ridge_check_tensor("y", y, RIDGE_FLOAT32, ridge_tensor_count(&x));
}

static ridge_status launch(ridge_launcher *on, const ridge_spectrogram_mask_params *params,
                           const ridge_random *random, ridge_tensor x, ridge_tensor y,
                           enum masked masked, bool accumulate)
{
    ridge_tensor step_at;
    RIDGE_TRY(check(on, params, random, x, y, &step_at));
    size_t rows = x.shape[0], bands = x.shape[2], frames = x.shape[3];
    double share = params->time_share > 0 ? (double)params->time_share : 1;
    size_t widest = (size_t)floor(share * (double)frames + 1e-4); // for what float does to 0.7
    size_t count = ridge_tensor_count(&x);
    char defines[16];
    snprintf(defines, sizeof(defines), "-DMEAN=%d", masked);
    struct ridge_launch launch = {
        .program = "spectrogram_mask",
        .kernel = "spectrogram_mask",
        .defines = defines,
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_RANDOM(random, step_at),
                      RIDGE_ARG_UINT(params->time_masks), RIDGE_ARG_UINT(params->frequency_masks),
                      RIDGE_ARG_UINT(ridge_smaller(params->time_width, widest)),
                      RIDGE_ARG_UINT(ridge_smaller(params->frequency_width, bands)),
                      RIDGE_ARG_UINT(accumulate), RIDGE_ARG_ULONG(rows), RIDGE_ARG_UINT(x.shape[1]),
                      RIDGE_ARG_UINT(bands), RIDGE_ARG_UINT(frames)},
        .work = {(accumulate ? 3 : 2) * count * sizeof(float), masked == TO_ZERO ? 0 : count},
    };
    ridge_launch_rows(on->device, &launch, rows, count / rows);
    return ridge_launch(on, &launch);
}

ridge_status ridge_spectrogram_mask_apply(ridge_launcher *on,
                                          const ridge_spectrogram_mask_params *params,
                                          const ridge_random *random, ridge_tensor x,
                                          ridge_tensor y)
{
    bool mean = params && params->mean;
    return launch(on, params, random, x, y, mean ? TO_MEAN : TO_ZERO, false);
}

ridge_status ridge_spectrogram_mask_backward(ridge_launcher *on,
                                             const ridge_spectrogram_mask_params *params,
                                             const ridge_random *random, ridge_tensor dy,
                                             ridge_tensor dx, bool accumulate)
{
    bool mean = params && params->mean;
    return launch(on, params, random, dy, dx, mean ? SPREAD : TO_ZERO, accumulate);
}

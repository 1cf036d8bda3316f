// SPDX-License-Identifier: Apache-2.0
// The counters that a replayed step reads.
#include "ops/step.h"

#include <inttypes.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

// The table of rates as arguments; without one the state stands in, which is not read then.
static ridge_status check_rates(ridge_tensor state, ridge_tensor *rates, size_t *count)
{
    *count = rates->buffer ? ridge_tensor_count(rates) : 0;
    if (*count)
        return ridge_check_tensor("rates", *rates, RIDGE_FLOAT32, 0);
    *rates = (ridge_tensor){.buffer = state.buffer};
    return RIDGE_OK;
}

ridge_status ridge_check_step(ridge_tensor state, size_t rows, ridge_tensor *rates, size_t *count)
{
    RIDGE_TRY(ridge_check_tensor("state", state, RIDGE_UINT32, rates->buffer ? 4 : 2));
    RIDGE_TRY(check_rates(state, rates, count));
    if (rows > UINT32_MAX)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "rows: expected at most %" PRIu32 ", got %zu",
                          UINT32_MAX, rows);
    return RIDGE_OK;
}

ridge_status ridge_epoch_begin(ridge_launcher *on, ridge_tensor state, float rate,
                               ridge_tensor rates, const struct ridge_epoch_place *epoch)
{
    size_t rate_count;
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("state", state, RIDGE_UINT32, 0));
    size_t count = ridge_tensor_count(&state);
    RIDGE_TRY(check_rates(state, &rates, &rate_count));
    if (count < 3u + (rate_count > 0))
        return ridge_fail(RIDGE_ERROR_SHAPE, "state: expected %u elements or more, got %zu",
                          3u + (rate_count > 0), count);
    return ridge_launch(
        on, &(struct ridge_launch){
                .program = "step",
                .kernel = "step_begin",
                .arguments = {RIDGE_ARG_TENSOR(state), RIDGE_ARG_FLOAT(rate),
                              RIDGE_ARG_ULONG(count), RIDGE_ARG_TENSOR(rates),
                              RIDGE_ARG_ULONG(rate_count), RIDGE_ARG_TENSOR(epoch->place),
                              RIDGE_ARG_UINT(epoch->rows), RIDGE_ARG_UINT(epoch->steps)},
                .global = {1},
                .local = {1},
                .work = {(count - 1) * sizeof(uint32_t), 0},
            });
}

ridge_status ridge_step_begin(ridge_launcher *on, ridge_tensor state, float rate,
                              ridge_tensor rates)
{
    return ridge_epoch_begin(on, state, rate, rates,
                             &(struct ridge_epoch_place){{.buffer = state.buffer}, 0, 0});
}

ridge_status ridge_epoch_end(ridge_launcher *on, ridge_tensor state, ridge_tensor results,
                             ridge_tensor weights, ridge_tensor kept)
{
    size_t count = ridge_tensor_count(&state);
    size_t size = kept.buffer ? ridge_tensor_count(&weights) : 0;
    if (!size) // the state stands in, which is not touched then
        weights = kept = (ridge_tensor){.buffer = state.buffer};
    return ridge_launch(on, &(struct ridge_launch){
                                .program = "step",
                                .kernel = "epoch_end",
                                .arguments = {RIDGE_ARG_TENSOR(state), RIDGE_ARG_ULONG(count),
                                              RIDGE_ARG_TENSOR(results), RIDGE_ARG_TENSOR(weights),
                                              RIDGE_ARG_TENSOR(kept), RIDGE_ARG_ULONG(size)},
                                .global = {1},
                                .local = {1},
                                .work = {2 * (count + size) * sizeof(uint32_t), 0},
                            });
}

ridge_status ridge_step_advance(ridge_launcher *on, ridge_tensor state, size_t rows,
                                ridge_tensor rates)
{
    size_t rate_count;
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_step(state, rows, &rates, &rate_count));
    return ridge_launch(on, &(struct ridge_launch){
                                .program = "step",
                                .kernel = "step_advance",
                                .arguments = {RIDGE_ARG_TENSOR(state), RIDGE_ARG_UINT(rows),
                                              RIDGE_ARG_TENSOR(rates), RIDGE_ARG_ULONG(rate_count)},
                                .global = {1},
                                .local = {1},
                                .work = {4 * sizeof(uint32_t), 0},
                            });
}

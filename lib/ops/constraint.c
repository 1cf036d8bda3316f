// SPDX-License-Identifier: Apache-2.0
// Constraints on weights: what a constraint may be, and the op that puts rows under one.
#include "ops/constraint.h"

#include <math.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

ridge_status ridge_constraint_check(const ridge_constraint *constraint)
{
    float low = constraint->min_norm, high = constraint->max_norm, rate = constraint->norm_rate;
    if (!(low >= 0 && low < HUGE_VALF))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "min_norm: expected a number from 0, got %g",
                          (double)low);
    if (!(high >= 0 && high < HUGE_VALF))
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "max_norm: expected a number above 0, or 0 for no limit, got %g",
                          (double)high);
    if (high > 0 && low > high)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "min_norm: expected at most max_norm, %g, got %g",
                          (double)high, (double)low);
    if (!(rate >= 0 && rate <= 1))
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "norm_rate: expected a number in (0, 1], or 0 for 1, got %g",
                          (double)rate);
    if (rate > 0 && low == 0 && high == 0)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "norm_rate: expected min_norm or max_norm with it, got neither");
    return RIDGE_OK;
}

ridge_status ridge_constrain(ridge_launcher *on, const ridge_constraint *constraint, ridge_tensor w,
                             ridge_tensor rows)
{
    RIDGE_TRY(ridge_check_launcher(on));
    if (!constraint)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "constraint: expected a pointer, got NULL");
    RIDGE_TRY(ridge_constraint_check(constraint));
    RIDGE_TRY(ridge_check_tensor("w", w, RIDGE_FLOAT32, 0));
    RIDGE_TRY(ridge_check_tensor("rows", rows, RIDGE_UINT32, 0));
    if (rows.rank != 2 || rows.shape[1] != 2)
        return ridge_fail(RIDGE_ERROR_SHAPE, "rows: expected [n, 2], got %zu elements of rank %u",
                          ridge_tensor_count(&rows), rows.rank);
    size_t count = rows.shape[0], elements = ridge_tensor_count(&w);
    struct ridge_launch launch = {
        .program = "constraint",
        .kernel = "constrain",
        .arguments = {RIDGE_ARG_TENSOR(w), RIDGE_ARG_TENSOR(rows),
                      RIDGE_ARG_UINT(constraint->non_negative),
                      RIDGE_ARG_FLOAT(constraint->min_norm), RIDGE_ARG_FLOAT(constraint->max_norm),
                      RIDGE_ARG_FLOAT(constraint->norm_rate), RIDGE_ARG_ULONG(count)},
        // all rows read; few need writing
        .work = {(elements + 2 * count) * sizeof(float), 2 * elements},
    };
    ridge_launch_rows(on->device, &launch, count, elements / count);
    return ridge_launch(on, &launch);
}

// SPDX-License-Identifier: Apache-2.0
// Penalties: the meanings of lambda.
#include <ridge/penalty.h>

#include <math.h>

#include "base/error.h"

// The factor before lambda: a half or one, divided by m or not.
static const struct convention {
    const char *name;
    double factor;
    bool over_m;
} conventions[] = {
    [RIDGE_LAMBDA] = {"lambda", 1, false},
    [RIDGE_LAMBDA_HALF] = {"lambda/2", 0.5, false},
    [RIDGE_LAMBDA_OVER_M] = {"lambda/m", 1, true},
    [RIDGE_LAMBDA_OVER_2M] = {"lambda/2m", 0.5, true},
};
#define CONVENTIONS (sizeof(conventions) / sizeof(conventions[0]))

const char *ridge_lambda_name(ridge_lambda convention)
{
    return (size_t)convention < CONVENTIONS ? conventions[convention].name : NULL;
}

ridge_status ridge_penalty_from(ridge_lambda convention, double lambda, size_t m,
                                ridge_penalty *penalty)
{
    if (!penalty)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "penalty: expected a pointer, got NULL");
    if (!ridge_lambda_name(convention))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "convention: expected 0 to %zu, got %d",
                          CONVENTIONS - 1, (int)convention);
    if (!(lambda >= 0) || !isfinite(lambda))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "lambda: expected a number from 0, got %g", lambda);
    const struct convention *meaning = &conventions[convention];
    if (meaning->over_m && !m)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "m: expected the number of training rows for %s, got 0", meaning->name);
    float strength = (float)(lambda * meaning->factor / (meaning->over_m ? (double)m : 1));
    if (isinf(strength))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "lambda: expected what float32 can hold, got %g",
                          lambda);
    *penalty = (ridge_penalty){strength, strength};
    return RIDGE_OK;
}

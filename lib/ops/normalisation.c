// SPDX-License-Identifier: Apache-2.0
// What batch and layer normalisation share.
#include "ops/normalisation.h"

#include <math.h>

#include "base/error.h"
#include "ops/activation.h"
#include "ops/check.h"

ridge_status ridge_normalisation_check(const ridge_normalisation *norm, size_t count)
{
    if (!norm)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "norm: expected a pointer, got NULL");
    if (!(norm->epsilon > 0 && isfinite(norm->epsilon)))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "norm.epsilon: expected a number above 0, got %g",
                          (double)norm->epsilon);
    RIDGE_TRY(ridge_activation_check(norm->activation));
    if (!(norm->parameter >= 0 && isfinite(norm->parameter)))
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "norm.parameter: expected a number above 0, or 0 for the default, got %g",
                          (double)norm->parameter);
    if (norm->gamma.buffer)
        RIDGE_TRY(ridge_check_tensor("norm.gamma", norm->gamma, RIDGE_FLOAT32, count));
    if (norm->beta.buffer)
        RIDGE_TRY(ridge_check_tensor("norm.beta", norm->beta, RIDGE_FLOAT32, count));
    return RIDGE_OK;
}

ridge_status ridge_normalisation_check_gradients(const ridge_normalisation_gradients *wanted,
                                                 size_t size, size_t count)
{
    if (!wanted)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "wanted: expected a pointer, got NULL");
    if (wanted->x.buffer)
        RIDGE_TRY(ridge_check_tensor("wanted.x", wanted->x, RIDGE_FLOAT32, size));
    if (wanted->gamma.buffer)
        RIDGE_TRY(ridge_check_tensor("wanted.gamma", wanted->gamma, RIDGE_FLOAT32, count));
    if (wanted->beta.buffer)
        RIDGE_TRY(ridge_check_tensor("wanted.beta", wanted->beta, RIDGE_FLOAT32, count));
    return RIDGE_OK;
}

unsigned ridge_normalisation_flags(const ridge_normalisation *norm,
                                   const ridge_normalisation_gradients *wanted)
{
    unsigned flags = (norm->gamma.buffer ? HAS_GAMMA : 0) | (norm->beta.buffer ? HAS_BETA : 0);
    if (!wanted)
        return flags;
    flags |= wanted->gamma.buffer ? GAMMA_GRADIENT : 0;
    flags |= wanted->beta.buffer ? BETA_GRADIENT : 0;
    flags |= wanted->x.buffer ? INPUT_GRADIENT : 0;
    return flags | (wanted->accumulate ? ACCUMULATE : 0);
}

ridge_status ridge_normalisation_join(ridge_launcher *on, const char *program, const char *defines,
                                      const ridge_normalisation_gradients *wanted,
                                      ridge_tensor partials, size_t parts, size_t count,
                                      ridge_tensor totals)
{
    ridge_tensor gamma = wanted->gamma.buffer ? wanted->gamma : totals;
    ridge_tensor beta = wanted->beta.buffer ? wanted->beta : totals;
    unsigned flags = ridge_normalisation_flags(&(ridge_normalisation){0}, wanted);
    struct ridge_launch launch = {
        .program = program,
        .kernel = "join_sums",
        .defines = defines,
        .arguments = {RIDGE_ARG_TENSOR(partials), RIDGE_ARG_TENSOR(totals), RIDGE_ARG_TENSOR(gamma),
                      RIDGE_ARG_TENSOR(beta), RIDGE_ARG_UINT(parts), RIDGE_ARG_UINT(flags),
                      RIDGE_ARG_ULONG(count)},
        .work = {2 * (parts + 2) * count * sizeof(float), 2 * parts * count},
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

// SPDX-License-Identifier: Apache-2.0
// Normalisation in the weights before it.
#include "ops/folding.h"

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"
#include "ops/normalisation.h"

ridge_status ridge_fold_weights(ridge_launcher *on, const ridge_normalisation *norm,
                                ridge_tensor mean, ridge_tensor variance, ridge_tensor weights,
                                ridge_tensor bias, ridge_tensor folded)
{
    size_t units, size;
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_rows("weights", weights, &units, &size));
    RIDGE_TRY(ridge_normalisation_check(norm, units));
    RIDGE_TRY(ridge_check_tensor("mean", mean, RIDGE_FLOAT32, units));
    RIDGE_TRY(ridge_check_tensor("variance", variance, RIDGE_FLOAT32, units));
    RIDGE_TRY(ridge_check_tensor("folded", folded, RIDGE_FLOAT32, units * size + units));
    if (bias.buffer)
        RIDGE_TRY(ridge_check_tensor("bias", bias, RIDGE_FLOAT32, units));
    // An argument must be there even where the kernel does not touch it.
    ridge_tensor gamma = norm->gamma.buffer ? norm->gamma : mean;
    ridge_tensor beta = norm->beta.buffer ? norm->beta : mean;
    unsigned flags = ridge_normalisation_flags(norm, NULL) | (bias.buffer ? HAS_BIAS : 0);
    if (!bias.buffer)
        bias = mean;
    struct ridge_launch launch = {
        .program = "folding",
        .kernel = "folding",
        .arguments = {RIDGE_ARG_TENSOR(weights), RIDGE_ARG_TENSOR(bias), RIDGE_ARG_TENSOR(gamma),
                      RIDGE_ARG_TENSOR(beta), RIDGE_ARG_TENSOR(mean), RIDGE_ARG_TENSOR(variance),
                      RIDGE_ARG_TENSOR(folded), RIDGE_ARG_FLOAT(norm->epsilon),
                      RIDGE_ARG_UINT(flags), RIDGE_ARG_ULONG(units), RIDGE_ARG_ULONG(size)},
        .work = {(2 * size + 6) * units * sizeof(float), (size + 6) * units},
    };
    ridge_launch_rows(on->device, &launch, units, size);
    return ridge_launch(on, &launch);
}

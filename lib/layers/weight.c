// SPDX-License-Identifier: Apache-2.0
// How weights are treated: what may stand together in ridge_weight_params.
#include "base/error.h"
#include "layers/layer.h"
#include "ops/constraint.h"

ridge_constraint ridge_weight_constraint(const ridge_weight_params *treatment)
{
    return (ridge_constraint){
        .non_negative = treatment->non_negative,
        .min_norm = treatment->unit_norm ? 1 : treatment->min_norm,
        .max_norm = treatment->unit_norm ? 1 : treatment->max_norm,
        .norm_rate = treatment->norm_rate,
    };
}

ridge_status ridge_weight_check(const ridge_weight_params *treatment)
{
    if (treatment->proximal && treatment->l1 == 0)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "proximal: expected l1 above 0, which the proximal step applies, got 0");
    if (treatment->unit_norm && (treatment->min_norm > 0 || treatment->max_norm > 0))
        return ridge_fail(
            RIDGE_ERROR_ARGUMENT,
            "unit_norm: expected neither min_norm nor max_norm with it, got %g and %g",
            (double)treatment->min_norm, (double)treatment->max_norm);
    ridge_constraint constraint = ridge_weight_constraint(treatment);
    return ridge_constraint_check(&constraint);
}

ridge_status ridge_orthogonal_check(const struct ridge_parameter_spec *spec)
{
    const ridge_weight_params *treatment = spec->treatment;
    bool columns = treatment->orthogonal_mode == RIDGE_ORTHOGONAL_COLUMNS;
    if (treatment->orthogonal == 0)
        return RIDGE_OK;
    if (spec->rank != 2)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "orthogonal: expected 2 dimensions, got %u",
                          spec->rank);
    if (spec->shape[columns] < 2)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "orthogonal: expected at least 2 %s to compare, got 1; there are %zu %s",
                          columns ? "columns" : "rows", spec->shape[!columns],
                          columns ? "rows" : "columns");
    return RIDGE_OK;
}

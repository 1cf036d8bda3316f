// SPDX-License-Identifier: Apache-2.0
// What a constraint does to a unit's weights, shared by the update and the op for itself.
#ifndef RIDGE_CL_CONSTRAINT_H
#define RIDGE_CL_CONSTRAINT_H

#include "common.h"

// As struct ridge_constraint.
struct constraint {
    uint non_negative;
    float min_norm, max_norm, rate; // max_norm 0: no limit; rate 0: 1
};

// Whether norms of units matter.
static inline bool limits_norm(const struct constraint *constraint)
{
    return constraint->min_norm > 0.0f || constraint->max_norm > 0.0f;
}

// NaN stays: it must be seen.
static inline floatv signs_kept(floatv w, const struct constraint *constraint)
{
    return constraint->non_negative ? select(w, (floatv)(0.0f), w < 0.0f) : w;
}

// What the weights of a unit of this norm are multiplied by. Those within the limits keep their
// bits, and so do those without a direction (all zero) and those with NaN or too large a norm.
static inline float norm_factor(float norm, const struct constraint *constraint)
{
    float limit = norm < constraint->min_norm ? constraint->min_norm : norm;
    if (constraint->max_norm > 0.0f && norm > constraint->max_norm)
        limit = constraint->max_norm;
    if (limit == norm || !isfinite(norm) || norm == 0.0f)
        return 1.0f;
    float factor = limit / norm, rate = constraint->rate;
    return rate > 0.0f ? rate * factor + (1.0f - rate) : factor;
}

#endif

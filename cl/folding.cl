// SPDX-License-Identifier: Apache-2.0
// A normalisation with known statistics, put into the weights before it: with scale = gamma /
// sqrt(variance + epsilon) of each unit
//   folded [units, size] = weights scale, and behind that [units] (bias - mean) scale + beta
#include "common.h"
#include "normalisation_constants.h"

// One row for a group. Launched by ridge_launch_rows.
__kernel void folding(IN(float, weights), IN(float, bias), IN(float, gamma), IN(float, beta),
                      IN(float, mean), IN(float, variance), OUT(float, folded), float epsilon,
                      uint flags, ulong units, ulong size)
{
    AT(weights);
    AT(bias);
    AT(gamma);
    AT(beta);
    AT(mean);
    AT(variance);
    AT(folded);
    FOR_EACH_ROW(unit, units)
    {
        float scale = (flags & HAS_GAMMA ? gamma[unit] : 1.0f) / sqrt(variance[unit] + epsilon);
        FOR_EACH_IN_ROW(i, size)
        {
            floatv weight = load(weights + unit * size, i, size);
            store(weight * scale, folded + unit * size, i, size);
        }
        if (get_local_id(0) == 0) {
            float shift = (flags & HAS_BIAS ? bias[unit] : 0.0f) - mean[unit];
            folded[units * size + unit] = shift * scale + (flags & HAS_BETA ? beta[unit] : 0.0f);
        }
    }
}

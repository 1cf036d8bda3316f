// SPDX-License-Identifier: Apache-2.0
// A constraint on rows of weights: one work-group per row of a table, (first, count) each. Launched
// by ridge_launch_rows.
#include "constraint.h"
#include "reduce.h"

__kernel void constrain(INOUT(float, w), IN(uint, table), uint non_negative, float min_norm,
                        float max_norm, float rate, ulong rows)
{
    GROUP_ARRAY(float, partial);
    AT(w);
    AT(table);
    const struct constraint constraint = {non_negative, min_norm, max_norm, rate};
    FOR_EACH_ROW(row, rows)
    {
        __global float *unit = w + table[2 * row];
        ulong count = table[2 * row + 1];
        floatv squares = (floatv)(0.0f);
        FOR_EACH_IN_ROW(i, count)
        {
            floatv x = load(unit, i, count);
            if (non_negative) {
                x = signs_kept(x, &constraint);
                store(x, unit, i, count);
            }
            squares += x * x;
        }
        if (!limits_norm(&constraint))
            continue;
        float factor = norm_factor(sqrt(group_sum(sum_of(squares), partial)), &constraint);
        FOR_EACH_IN_ROW(i, count)
        {
            store(load(unit, i, count) * factor, unit, i, count);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Max-norm: rows longer than their limit are scaled back to it. One work-group per row; rows of a
// table, (first, count) each. Launched by ridge_launch_rows.
#include "reduce.h"

__kernel void max_norm(INOUT(float, w), IN(uint, table), IN(float, limits), ulong rows)
{
    GROUP_ARRAY(float, partial);
    AT(w);
    AT(table);
    AT(limits);
    FOR_EACH_ROW(row, rows)
    {
        __global float *unit = w + table[2 * row];
        ulong count = table[2 * row + 1];
        floatv squares = (floatv)(0.0f);
        FOR_EACH_IN_ROW(i, count)
        {
            floatv x = load(unit, i, count);
            squares += x * x;
        }
        float norm = sqrt(group_sum(sum_of(squares), partial));
        float limit = limits[row];
        // A row with NaN or of infinite norm is left alone: it must be seen, not scaled to zero.
        float factor = norm > limit && isfinite(norm) ? limit / norm : 1.0f;
        FOR_EACH_IN_ROW(i, count)
        {
            store(load(unit, i, count) * factor, unit, i, count);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// Sums of a batch's row losses and right rows, added to running totals that carry their rounding
// errors: the total is total[0] + total[1]; and the end of the step, where `advances`. One
// work-group.
#include "reduce.h"
#include "step.h"

GROUP_FUNCTION void add_rows(__global const float *of_row, ulong rows, __global float *total,
                             __local pair *shared)
{
    floatv sum = 0.0f, lost = 0.0f;
    FOR_EACH_IN_ROW(i, rows)
    {
        accumulate(&sum, &lost, load(of_row, i, rows));
    }
    pair all = {0.0f, 0.0f};
    add_lanes(&all, sum, lost);
    group_add_pairs(&all, shared);
    if (get_local_id(0) == 0)
        add_to_total(&all, total);
}

// state is that of step.h, as are rates; not read unless `advances`.
__kernel void loss_accumulate(IN(float, row_loss), IN(float, row_right), INOUT(float, totals),
                              ulong rows, uint advances, INOUT(uint, state), IN(float, rates),
                              ulong rate_count)
{
    GROUP_ARRAY(pair, shared);
    AT(row_loss);
    AT(row_right);
    AT(totals);
    AT(state);
    AT(rates);
    add_rows(row_loss, rows, totals, shared);
    add_rows(row_right, rows, totals + 2, shared);
    if (get_local_id(0) == 0 && advances)
        advance(state, (uint)rows, rates, rate_count);
}

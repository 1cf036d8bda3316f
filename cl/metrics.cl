// SPDX-License-Identifier: Apache-2.0
// Sums of a batch's row losses and right rows, added to running totals that carry their rounding
// errors. One work-group.
#include "reduce.h"

// total[0] + total[1] += value, as a pair: total[1] is what rounding took from total[0].
static inline void add_to(__global float *total, float value)
{
    float sum = total[0] + value;
    float of_value = sum - total[0];
    float lost = (total[0] - (sum - of_value)) + (value - of_value);
    // With an infinite or NaN sum, `lost` would be NaN and hide which it was.
    total[1] = isfinite(sum) ? total[1] + lost : 0.0f;
    total[0] = sum;
}

__kernel void loss_accumulate(IN(float, row_loss), IN(float, row_right), INOUT(float, totals),
                              ulong rows)
{
    GROUP_ARRAY(float, partial);
    AT(row_loss);
    AT(row_right);
    AT(totals);
    floatv loss = (floatv)(0.0f), right = (floatv)(0.0f);
    FOR_EACH_IN_ROW(i, rows)
    {
        loss += load(row_loss, i, rows);
        right += load(row_right, i, rows);
    }
    float loss_sum = group_sum(sum_of(loss), partial);
    float right_sum = group_sum(sum_of(right), partial);
    if (get_local_id(0) == 0) {
        add_to(totals, loss_sum);
        add_to(totals + 2, right_sum);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Softmax of every row: exp(x - largest) / sum of the same. NaN and infinity in a row make it NaN.
// x and y may be the same.
#include "reduce.h"

// One work-group per row. Launched by ridge_launch_rows.
__kernel void softmax(INOUT(const float, x), INOUT(float, y), ulong rows, ulong columns)
{
    GROUP_ARRAY(float, partial);
    AT(x);
    AT(y);
    FOR_EACH_ROW(row, rows)
    {
        __global const float *from = x + row * columns;
        floatv most = (floatv)(-INFINITY);
        FOR_EACH_IN_ROW(i, columns)
        {
            most = fmax(most, load_or(from, i, columns, -INFINITY));
        }
        float largest = group_max(max_of(most), partial);
        floatv sum = (floatv)(0.0f);
        FOR_EACH_IN_ROW(i, columns)
        {
            sum += exp(load_or(from, i, columns, -INFINITY) - largest);
        }
        float total = group_sum(sum_of(sum), partial);
        FOR_EACH_IN_ROW(i, columns)
        {
            store(exp(load(from, i, columns) - largest) / total, y + row * columns, i, columns);
        }
    }
}

// VECTOR narrow rows per work-item. Launched by ridge_launch_narrow_rows.
__kernel void softmax_narrow(INOUT(const float, x), INOUT(float, y), ulong rows, ulong columns)
{
    AT(x);
    AT(y);
    FOR_EACH_VECTOR(row, rows)
    {
        floatv largest = (floatv)(-INFINITY), total = (floatv)(0.0f);
        for (ulong j = 0; j < columns; j++)
            largest = fmax(largest, load_column(x, row, j, rows, columns));
        for (ulong j = 0; j < columns; j++)
            total += exp(load_column(x, row, j, rows, columns) - largest);
        for (ulong j = 0; j < columns; j++) {
            floatv share = exp(load_column(x, row, j, rows, columns) - largest) / total;
            store_column(share, y, row, j, rows, columns);
        }
    }
}

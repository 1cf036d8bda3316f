// SPDX-License-Identifier: Apache-2.0
// Columns of a matrix to columns of another: parts of wider rows, put together or taken apart.
#include "places.h"

// y[r, to + j] = x[r, from + j], added to what is there when `accumulate`; j < count. x [rows,
// x columns], y [rows, y columns]. A group takes `height` rows. Launched by ridge_launch_rows.
__kernel void copy_columns(IN(float, x), OUT(float, y), ulong from, ulong x_columns, ulong to,
                           ulong y_columns, uint count, uint accumulate, uint height, ulong rows)
{
    AT(x);
    AT(y);
    ulong blocks = (rows + height - 1) / height;
    FOR_EACH_LINE(block, blocks)
    {
        ulong first = block * height;
        __global const float *source = x + first * x_columns + from;
        __global float *target = y + first * y_columns + to;
        uint here = (uint)min(rows - first, (ulong)height);
        FOR_EACH_PLACE(r, j, here, count)
        {
            floatv value = load(source + r * x_columns, j, count);
            if (accumulate)
                value += load(target + r * y_columns, j, count);
            store(value, target + r * y_columns, j, count);
        }
    }
}

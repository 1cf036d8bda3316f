// SPDX-License-Identifier: Apache-2.0
// Sums down the columns of a matrix: the gradient of a bias, alone or together with that of the
// activation that follows it. ACTIVATION selects the function, see activation.h.
#include "strips.h"

// y[part, j] = sum of x[i, j] over the rows of the part: [part * height, (part + 1) * height).
// x [rows, columns], rows ld elements apart; the first dimension of the work walks over strips of
// columns, the second is the part. Sums of blocks of rows are added up, so that the error does not
// grow with each row.
__kernel void sum_rows(IN(float, x), ulong ld, OUT(float, y), ulong rows, ulong columns,
                       ulong height)
{
    GROUP_ARRAY(floatv, shared);
    AT(x);
    AT(y);
    ulong part = get_group_id(1);
    ulong stop = min(rows, (part + 1) * height);
    FOR_EACH_STRIP(j, columns)
    {
        floatv total = 0.0f;
        FOR_EACH_BLOCK(block, part * height, stop)
        {
            floatv sum = 0.0f;
            FOR_EACH_ROW_OF(block, i, stop)
            {
                sum += load(x + i * ld, j, columns);
            }
            total += sum;
        }
        sum_strip(&total, shared);
        if (ROW == 0)
            store(total, y + part * columns, j, columns);
    }
}

// dy becomes dz = scale dy f'(z), and y the sums of that as above.
__kernel void activation_sum_rows(INOUT(const float, saved), INOUT(float, dy), OUT(float, y),
                                  float parameter, float scale, ulong rows, ulong columns,
                                  ulong height)
{
    GROUP_ARRAY(floatv, shared);
    AT(saved);
    AT(dy);
    AT(y);
    ulong part = get_group_id(1);
    ulong stop = min(rows, (part + 1) * height);
    FOR_EACH_STRIP(j, columns)
    {
        floatv total = 0.0f;
        FOR_EACH_BLOCK(block, part * height, stop)
        {
            floatv sum = 0.0f;
            FOR_EACH_ROW_OF(block, i, stop)
            {
                floatv dz = scale * load(dy + i * columns, j, columns) *
                            derivative(load(saved + i * columns, j, columns), parameter);
                store(dz, dy + i * columns, j, columns);
                sum += dz;
            }
            total += sum;
        }
        sum_strip(&total, shared);
        if (ROW == 0)
            store(total, y + part * columns, j, columns);
    }
}

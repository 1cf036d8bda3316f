// SPDX-License-Identifier: Apache-2.0
// Sums down the columns of a matrix: the gradient of a bias.
#include "common.h"

// y[part, j] = sum of x[i, j] over the rows of the part: [part * height, (part + 1) * height).
// x [rows, columns]; the first dimension of the work walks over columns, the second is the part.
// Sums of BLOCK rows are added up, so that the error does not grow with each row.
#define BLOCK 64

__kernel void sum_rows(IN(float, x), OUT(float, y), ulong rows, ulong columns, ulong height)
{
    AT(x);
    AT(y);
    ulong part = get_group_id(1);
    ulong stop = min(rows, (part + 1) * height);
    FOR_EACH_VECTOR(j, columns)
    {
        floatv total = 0.0f;
        for (ulong block = part * height; block < stop; block += BLOCK) {
            floatv sum = 0.0f;
            for (ulong i = block; i < min(stop, block + BLOCK); i++)
                sum += load(x + i * columns, j, columns);
            total += sum;
        }
        store(total, y + part * columns, j, columns);
    }
}

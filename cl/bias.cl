// SPDX-License-Identifier: Apache-2.0
// Sums down the columns of a matrix: the gradient of a bias, alone or together with that of the
// activation that follows it. ACTIVATION selects the function, see activation.h.
#include "activation.h"

// y[part, j] = sum of x[i, j] over the rows of the part: [part * height, (part + 1) * height).
// x [rows, columns], rows ld elements apart; the first dimension of the work walks over columns,
// the second is the part. Sums of BLOCK rows are added up, so that the error does not grow with
// each row.
#define BLOCK 64

__kernel void sum_rows(IN(float, x), ulong ld, OUT(float, y), ulong rows, ulong columns,
                       ulong height)
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
                sum += load(x + i * ld, j, columns);
            total += sum;
        }
        store(total, y + part * columns, j, columns);
    }
}

// dy becomes dz = scale dy f'(z), and y the sums of that as above.
__kernel void activation_sum_rows(INOUT(const float, saved), INOUT(float, dy), OUT(float, y),
                                  float parameter, float scale, ulong rows, ulong columns,
                                  ulong height)
{
    AT(saved);
    AT(dy);
    AT(y);
    ulong part = get_group_id(1);
    ulong stop = min(rows, (part + 1) * height);
    FOR_EACH_VECTOR(j, columns)
    {
        floatv total = 0.0f;
        for (ulong block = part * height; block < stop; block += BLOCK) {
            floatv sum = 0.0f;
            for (ulong i = block; i < min(stop, block + BLOCK); i++) {
                floatv dz = scale * load(dy + i * columns, j, columns) *
                            derivative(load(saved + i * columns, j, columns), parameter);
                store(dz, dy + i * columns, j, columns);
                sum += dz;
            }
            total += sum;
        }
        store(total, y + part * columns, j, columns);
    }
}

// SPDX-License-Identifier: Apache-2.0
// The product and the write-out of gemm.h, one element after the other, nothing clever: other
// ways to compute it are compared with this one.
#include "gemm.h"

// op(A)[i, l] = a[i a_row + l a_column], op(B)[l, j] = b[l b_row + j b_column].
__kernel void gemm_plain(IN(float, a), ulong a_row, ulong a_column, IN(float, b), ulong b_row,
                         ulong b_column, ulong m, ulong k, WRITE_OUT)
{
    AT(a);
    AT(b);
    const struct write_out out = MAKE_WRITE_OUT;
    for (ulong e = get_global_id(0); e < m * n; e += get_global_size(0)) {
        ulong i = e / n, j = e - i * n;
        float sum = 0.0f;
        for (ulong l = 0; l < k; l++)
            sum += a[i * a_row + l * a_column] * b[l * b_row + j * b_column];
        write_one(&out, sum, i, j);
    }
}

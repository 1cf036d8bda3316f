// SPDX-License-Identifier: Apache-2.0
// The orthogonal penalty. With X the vectors that are to be orthogonal, [n, size], and P the
// cosines between them:
//
//   P[i, j]  = X[i] X[j]^T / (|X[i]| |X[j]|), 0 for i = j
//   penalty  = c sum |P|                            c = factor / (n (n - 1))
//   gradient = T X,  T[i, j] = 2 c sign(P[i, j]) / (|X[i]| |X[j]|),
//                    T[i, i] = -2 c sum over j of |P[i, j]| / |X[i]|^2
//
// The diagonal of T is what flows through the normalisation. A vector of zeros has cosines of 0.
// The products X X^T arrive in `m` [n, n], and T takes their place.
#include "reduce.h"

// scales[i] = 1 / |X[i]|, from the diagonal; 0 for a vector of zeros. Launched by
// ridge_launch_elements.
__kernel void orthogonal_scales(IN(float, m), OUT(float, scales), ulong n)
{
    AT(m);
    AT(scales);
    FOR_EACH_VECTOR(i, n)
    {
        float part[VECTOR];
        for (uint j = 0; j < VECTOR; j++) {
            float square = i + j < n ? m[(i + j) * (n + 1)] : 0.0f;
            part[j] = square == 0.0f ? 0.0f : 1.0f / sqrt(square); // NaN stays NaN
        }
        store(VLOAD(0, part), scales, i, n);
    }
}

// m becomes T, and penalties[i] = c sum over j of |P[i, j]|. One work-group per row, launched by
// ridge_launch_rows.
__kernel void orthogonal_rows(INOUT(float, m), IN(float, scales), OUT(float, penalties), float c,
                              ulong n)
{
    GROUP_ARRAY(pair, shared);
    AT(m);
    AT(scales);
    AT(penalties);
    FOR_EACH_ROW(row, n)
    {
        __global float *products = m + row * n;
        float own = scales[row];
        floatv sum = 0.0f, lost = 0.0f;
        FOR_EACH_IN_ROW(i, n)
        {
            intv elsewhere = as_intv(LANES) != (intv)((int)(row - i)); // not on the diagonal
            floatv scale = own * load(scales, i, n);
            floatv cosine = select((floatv)(0.0f), load(products, i, n) * scale, elsewhere);
            accumulate(&sum, &lost, fabs(cosine));
            store(2.0f * c * scale * sign(cosine), products, i, n);
        }
        pair all = {0.0f, 0.0f};
        add_lanes(&all, sum, lost);
        group_add_pairs(&all, shared);
        float total = all.sum + all.rest;
        // by the work-item that has written the diagonal already
        FOR_EACH_IN_ROW(i, n)
        {
            if (i <= row && row < i + VECTOR) {
                products[row] = -2.0f * c * total * own * own;
                penalties[row] = c * total;
            }
        }
    }
}

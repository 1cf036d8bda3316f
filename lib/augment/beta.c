// SPDX-License-Identifier: Apache-2.0
// Quantiles of Beta(alpha, alpha), by bisection of the distribution function.
#include "augment/beta.h"

#include <math.h>

#include "cl/augment_words.h"

// The share of Beta(a, a) below x in [0, 1/2]: the continued fraction of the incomplete beta
// function (DLMF 8.17.22), from its end. So many terms leave an error below 10^-9.
static double share_below(double a, double scale, double x)
{
    if (x <= 0)
        return 0;
    double fraction = 1;
    for (int k = 20 + (int)(5 * sqrt(a)); k > 0; k--) {
        double m = k / 2, at = a + 2 * m;
        double term = k % 2 ? -(a + m) * (2 * a + m) * x / (at * (at + 1))
                            : m * (a - m) * x / ((at - 1) * at);
        fraction = 1 + term / fraction;
    }
    return exp(a * (log(x) + log1p(-x)) - scale) / fraction;
}

void ridge_beta_table(double alpha, float *table)
{
    double scale = 2 * lgamma(alpha) - lgamma(2 * alpha) + log(alpha), low = 0;
    table[0] = 0;
    table[BETA_CELLS] = 0.5f;
    for (int k = 1; k < BETA_CELLS; k++) {
        double high = 0.5, wanted = 0.5 * k / BETA_CELLS;
        for (int step = 0; step < 36; step++) {
            double middle = 0.5 * (low + high);
            if (share_below(alpha, scale, middle) < wanted)
                low = middle;
            else
                high = middle;
        }
        table[k] = (float)low;
    }
}

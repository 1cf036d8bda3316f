// SPDX-License-Identifier: Apache-2.0
// Matrix products of the providers against double precision.
#ifndef RIDGE_TESTS_GEMM_HARNESS_H
#define RIDGE_TESTS_GEMM_HARNESS_H

#include <ridge/gemm.h>

struct product {
    ridge_gemm_shape shape;
    float alpha, beta;
    ridge_gemm_epilogue epilogue; // bias and saved are made where `biased`, `derived`
    bool biased, derived;
    bool summed; // with row_sums
};

// Runs the product of random matrices at once, again, and out of a plan: three times the same bits,
// each element within its bound of the reference. Once when small.
void product_check(const struct product *product);

// The product in all four transpositions.
void product_check_transposed(struct product product);

// The cases with the provider of the footing, and with the others that every build has.
void with_each_provider(void (*cases)(void));

#endif

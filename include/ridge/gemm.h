// SPDX-License-Identifier: Apache-2.0
// Matrix products. What ridge/ops.h says of launchers, tensors and errors holds here.
#ifndef RIDGE_GEMM_H
#define RIDGE_GEMM_H

#include <ridge/activation.h>
#include <ridge/base.h>
#include <ridge/device.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

typedef struct ridge_gemm_shape {
    bool transpose_a, transpose_b;
    size_t m, n, k;       // op(A) is m x k, op(B) is k x n, C is m x n
    size_t lda, ldb, ldc; // elements from row to row as stored; 0: dense
} ridge_gemm_shape;

typedef struct ridge_gemm_epilogue {
    ridge_tensor bias; // [n], added to every row; "no tensor" for none
    ridge_activation activation;
    float parameter; // of the activation; 0: its default
    // With this tensor, which has the places of C (ldc apart, too), the activation's derivative is
    // multiplied by instead of the activation being applied: what its backward needs, z or f(z),
    // see ridge_activation_needs_input.
    ridge_tensor saved;
    float scale; // with `saved`: another factor; 0: 1
    // [m], becomes the sums of op(A)'s rows, for which A has to be transposed: where A is the
    // gradient dz [k, m] of a layer's outputs, dz^T x is that of the weights, and this that of the
    // bias. "No tensor": not wanted.
    ridge_tensor row_sums;
} ridge_gemm_epilogue;

// C = f(x), x = alpha op(A) op(B) + beta C + bias, row-major, f elementwise; with `saved` in the
// epilogue C = scale x f'(z), the gradient of what f was applied to out of that of f(z). With beta
// 0 C is not read, so it may hold NaN. epilogue NULL: no bias, no activation. Offsets come with the
// tensors. a, b, c and saved need not have the shape of the matrices, only room for them.
// The provider is the device's (see ridge_device_gemm); its first use on a device is compared with
// a plain kernel, and one that gives wrong products is replaced with a warning.
RIDGE_API ridge_status ridge_gemm(ridge_launcher *on, const ridge_gemm_shape *shape, float alpha,
                                  ridge_tensor a, ridge_tensor b, float beta, ridge_tensor c,
                                  const ridge_gemm_epilogue *epilogue);

// db[j] = sum over i of dy[i, j]: the gradient of a bias. dy [rows, columns], db [columns].
RIDGE_API ridge_status ridge_bias_gradient(ridge_launcher *on, ridge_tensor dy, ridge_tensor db);

RIDGE_API_END

#endif

// SPDX-License-Identifier: Apache-2.0
// Losses, and penalties on outputs and on weights. What ridge/ops.h says of launchers, tensors and
// errors holds here.
#ifndef RIDGE_LOSS_H
#define RIDGE_LOSS_H

#include <ridge/base.h>
#include <ridge/device.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

typedef enum ridge_loss {
    RIDGE_SOFTMAX_CROSS_ENTROPY = 0, // -sum q' log softmax(x): q' the smoothed target, or one-hot
    RIDGE_BINARY_CROSS_ENTROPY,      // max(x, 0) - x t + log(1 + exp(-|x|)): x is a logit
    RIDGE_MEAN_SQUARED_ERROR,        // (x - t)^2
    RIDGE_MEAN_ABSOLUTE_ERROR,       // |x - t|
    RIDGE_HUBER                      // |e| <= delta ? e^2 / 2 : delta (|e| - delta / 2), e = x - t
} ridge_loss;

RIDGE_API const char *ridge_loss_name(ridge_loss loss); // "softmax_cross_entropy", ...

typedef struct ridge_loss_params {
    ridge_loss loss;
    // Label smoothing s of the cross-entropies (Szegedy et al. 2016), [0, 1). softmax: q' =
    // (1 - s) q + s sum(q) / classes, q the target or the one-hot of a label; binary:
    // t (1 - s) + s / 2.
    float smoothing;
    float delta; // huber; 0 means 1
} ridge_loss_params;
#define ridge_loss_params(...) RIDGE_PARAMS(ridge_loss_params, __VA_ARGS__)

// Loss, gradient and correctness of every row in one launch.
//
// x         [rows, columns]  outputs of the network (logits for the two cross-entropies)
// target    int32 [rows]     labels in [0, columns) for softmax; 0 or 1 for binary with columns 1
//           [rows, columns]  float32 values, for every loss. For softmax the classes' shares q;
//                            a row whose sum is not 1 counts sum(q) times, as sum(q) rows would
// gradient  [rows, columns]  d(mean loss) / dx: softmax divides by rows, the others by
//                            rows * columns. May be x itself; "no tensor": not wanted
// row_loss  [rows]           loss of the row; others than softmax: mean over its columns
// row_right [rows]           softmax: 1 where the largest x (the first of equals) is at the
//                            label, or at the largest q (the first of equals); binary: share of
//                            columns where x > 0 agrees with t > 0.5; others: 0
// A row that holds NaN, or whose label does not exist, gives a NaN loss and 0 right.
RIDGE_API ridge_status ridge_loss_forward(ridge_launcher *on, const ridge_loss_params *params,
                                          ridge_tensor x, ridge_tensor target,
                                          ridge_tensor gradient, ridge_tensor row_loss,
                                          ridge_tensor row_right);

// totals[0] += sum of row_loss, totals[2] += sum of row_right; totals[1] and totals[3] carry what
// float32 would lose (compensated sums: the total is totals[0] + totals[1]). totals: float32 [4].
RIDGE_API ridge_status ridge_loss_accumulate(ridge_launcher *on, ridge_tensor row_loss,
                                             ridge_tensor row_right, ridge_tensor totals);

// Activity penalty: l1 sum|x| + l2 sum x^2 over the output of a layer, divided by its rows.

// totals[0] += sum of |x|, totals[2] += sum of x^2; totals[1] and totals[3] carry what float32
// would lose, as in ridge_loss_accumulate. totals: float32 [4].
RIDGE_API ridge_status ridge_activity_penalty_sums(ridge_launcher *on, ridge_tensor x,
                                                   ridge_tensor totals);
// dx += (l1 sign(x) + 2 l2 x) / rows, sign(0) = 0. x, dx [rows, ...], apart from each other.
RIDGE_API ridge_status ridge_activity_penalty_gradient(ridge_launcher *on, float l1, float l2,
                                                       ridge_tensor x, ridge_tensor dx);

// Orthogonal penalty on a matrix, as Keras' OrthogonalRegularizer: with P the cosines between its n
// rows (or columns), 0 on the diagonal,
//
//   penalty = factor sum |P| / 2 / (n (n - 1) / 2)
//
// which is the factor for parallel rows and 0 for orthogonal ones. The gradient flows through the
// normalisation of the rows. A row of zeros has cosines of 0 and no gradient.
typedef enum ridge_orthogonal_mode {
    RIDGE_ORTHOGONAL_ROWS = 0,
    RIDGE_ORTHOGONAL_COLUMNS
} ridge_orthogonal_mode;

// Elements of the memory that the op works in: n (n + 2).
RIDGE_API size_t ridge_orthogonal_work(ridge_orthogonal_mode mode, size_t rows, size_t columns);

// penalty[0] = the penalty of w [rows, columns]; gradient += its gradient. "No tensor" for what is
// not wanted. work: float32 [ridge_orthogonal_work], overwritten. Errors: RIDGE_ERROR_SHAPE for a
// single row, which is orthogonal to nothing.
RIDGE_API ridge_status ridge_orthogonal_penalty(ridge_launcher *on, float factor,
                                                ridge_orthogonal_mode mode, ridge_tensor w,
                                                ridge_tensor work, ridge_tensor penalty,
                                                ridge_tensor gradient);

RIDGE_API_END

#endif

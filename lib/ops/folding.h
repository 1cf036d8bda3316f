// SPDX-License-Identifier: Apache-2.0
// Normalisation with known statistics, put into the weights before it.
#ifndef RIDGE_OPS_FOLDING_H
#define RIDGE_OPS_FOLDING_H

#include <ridge/normalisation.h>

// With scale = gamma / sqrt(variance + epsilon) of each unit: folded [units, size] = weights scale,
// and behind that [units] (bias - mean) scale + beta. weights [units, ...]; bias [units], "no
// tensor": 0. The activation of `norm` is not looked at.
ridge_status ridge_fold_weights(ridge_launcher *on, const ridge_normalisation *norm,
                                ridge_tensor mean, ridge_tensor variance, ridge_tensor weights,
                                ridge_tensor bias, ridge_tensor folded);

#endif

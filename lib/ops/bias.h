// SPDX-License-Identifier: Apache-2.0
// The gradient of a bias, also of a part of larger rows, and with that of the activation behind it
// in one pass.
#ifndef RIDGE_OPS_BIAS_H
#define RIDGE_OPS_BIAS_H

#include <ridge/activation.h>

// y[j] = sum over i of x[i, j], x [rows, columns], ld elements from row to row; y [columns]. The
// error grows with 64 + rows / 64 additions, or fewer.
ridge_status ridge_sum_rows(ridge_launcher *on, ridge_tensor x, size_t ld, size_t rows,
                            size_t columns, ridge_tensor y);

// For y = f(z), z = x + bias: dy becomes dz = scale dy f'(z), and db[j] = sum over i of dz[i, j].
// dy [rows, columns]; `saved` is z or y, as for ridge_activation_backward; `parameter` likewise.
ridge_status ridge_activation_bias_gradient(ridge_launcher *on, ridge_activation activation,
                                            float parameter, float scale, ridge_tensor saved,
                                            ridge_tensor dy, ridge_tensor db);

#endif

// SPDX-License-Identifier: Apache-2.0
// What layers need to know of dropout.
#ifndef RIDGE_OPS_DROPOUT_H
#define RIDGE_OPS_DROPOUT_H

#include <ridge/ops.h>

// What ridge_dropout_apply multiplies the elements by that it keeps: 1 / (1 - rate).
float ridge_dropout_scale(float rate);

#endif

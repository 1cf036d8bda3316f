// SPDX-License-Identifier: Apache-2.0
// What layers and other ops need to know of dropout.
#ifndef RIDGE_OPS_DROPOUT_H
#define RIDGE_OPS_DROPOUT_H

#include <ridge/random.h>

// What ridge_dropout_apply multiplies the elements by that it keeps: 1 / (1 - rate).
float ridge_dropout_scale(float rate);
// The largest word of an element that it keeps.
uint32_t ridge_dropout_limit(float rate);

#endif

// SPDX-License-Identifier: Apache-2.0
// The activations of ridge/activation.h and their derivatives in double precision.
#ifndef RIDGE_TESTS_ACTIVATION_REFERENCE_H
#define RIDGE_TESTS_ACTIVATION_REFERENCE_H

#include <ridge/activation.h>

// f(x), and f'(x), which at a kink is the one from the left. parameter 0: the function's default.
double activation_at(ridge_activation activation, double parameter, double x);
double activation_slope(ridge_activation activation, double parameter, double x);

#endif

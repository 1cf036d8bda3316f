// SPDX-License-Identifier: Apache-2.0
// What other ops need to know of activation functions.
#ifndef RIDGE_OPS_ACTIVATION_H
#define RIDGE_OPS_ACTIVATION_H

#include <ridge/activation.h>

// Names in the order of ridge_activation, NULL-terminated, for field tables.
extern const char *const ridge_activation_choices[];

// Fails for a value outside the enum.
ridge_status ridge_activation_check(ridge_activation activation);
// Fails for what is no parameter where a derivative is wanted: that tells the side of the kink by
// the sign of y, which a parameter must not turn.
ridge_status ridge_activation_check_parameter(float parameter);
// The parameter, or the activation's default where it is 0.
float ridge_activation_parameter(ridge_activation activation, float parameter);
// The text of the define that selects the function in cl/activation.h. Static.
const char *ridge_activation_define(ridge_activation activation);
// Operations of f on one element, and of dy f', see struct ridge_work.
unsigned ridge_activation_operations(ridge_activation activation);
unsigned ridge_activation_backward_operations(ridge_activation activation);
// Whether the derivative jumps at 0 (elu: unless its parameter is 1).
bool ridge_activation_has_kink(ridge_activation activation);
// Whether weights before it begin with He's variance, since it lets about half of it through.
bool ridge_activation_rectifies(ridge_activation activation);

#endif

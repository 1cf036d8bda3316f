// SPDX-License-Identifier: Apache-2.0
// The names of the optimizers as field choices.
#ifndef RIDGE_OPS_OPTIMIZER_H
#define RIDGE_OPS_OPTIMIZER_H

#include <ridge/fields.h>

// In the order of ridge_optimizer_kind, NULL-terminated.
extern const char *const ridge_optimizer_choices[];

#endif

// SPDX-License-Identifier: Apache-2.0
// What other files need to know of the optimizers.
#ifndef RIDGE_OPS_OPTIMIZER_H
#define RIDGE_OPS_OPTIMIZER_H

#include <ridge/fields.h>
#include <ridge/update.h>

// Names in the order of ridge_optimizer_kind, NULL-terminated, for field tables.
extern const char *const ridge_optimizer_choices[];

// Operations of the change of one element, without penalties and decay, see struct ridge_work.
unsigned ridge_optimizer_operations(const ridge_optimizer *optimizer);

#endif

// SPDX-License-Identifier: Apache-2.0
// The check of a constraint, for whoever takes one.
#ifndef RIDGE_OPS_CONSTRAINT_H
#define RIDGE_OPS_CONSTRAINT_H

#include <ridge/update.h>

// Fails where limits contradict each other or are out of range.
ridge_status ridge_constraint_check(const ridge_constraint *constraint);

#endif

// SPDX-License-Identifier: Apache-2.0
// Names of the modes of the orthogonal penalty, for field tables.
#ifndef RIDGE_OPS_ORTHOGONAL_H
#define RIDGE_OPS_ORTHOGONAL_H

// NULL-terminated, in the order of ridge_orthogonal_mode.
extern const char *const ridge_orthogonal_choices[];

#endif

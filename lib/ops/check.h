// SPDX-License-Identifier: Apache-2.0
// The checks at the door of every op.
#ifndef RIDGE_OPS_CHECK_H
#define RIDGE_OPS_CHECK_H

#include <ridge/tensor.h>

// Fails unless the launcher is there.
ridge_status ridge_check_launcher(const ridge_launcher *on);
// Fails unless the tensor is there, has this type and, where `count` is not 0, so many elements.
// `name` is the argument's name for the message.
ridge_status ridge_check_tensor(const char *name, ridge_tensor tensor, ridge_type type,
                                size_t count);
// The same for float32 with a first dimension: `rows`, and `columns` elements in each.
ridge_status ridge_check_rows(const char *name, ridge_tensor tensor, size_t *rows, size_t *columns);

#endif

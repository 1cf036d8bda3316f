// SPDX-License-Identifier: Apache-2.0
// What batch and layer normalisation share.
#ifndef RIDGE_OPS_NORMALISATION_H
#define RIDGE_OPS_NORMALISATION_H

#include <ridge/normalisation.h>

#include "cl/normalisation_constants.h"
#include "device/launcher.h"

// Fails unless epsilon, activation and parameter are in their ranges, and gamma and beta, where
// they are there, have `count` elements.
ridge_status ridge_normalisation_check(const ridge_normalisation *norm, size_t count);
// The same for the gradients that are wanted of x with `size` elements.
ridge_status ridge_normalisation_check_gradients(const ridge_normalisation_gradients *wanted,
                                                 size_t size, size_t count);

// Flags (cl/normalisation_constants.h) of what is there and what is wanted (NULL: forward).
unsigned ridge_normalisation_flags(const ridge_normalisation *norm,
                                   const ridge_normalisation_gradients *wanted);

// The gradients of gamma and beta, where wanted, from partials [parts, 2, count], by the kernel
// join_sums of cl/strips.h, which `program` includes; the sums as well as totals [2, count].
ridge_status ridge_normalisation_join(ridge_launcher *on, const char *program, const char *defines,
                                      const ridge_normalisation_gradients *wanted,
                                      ridge_tensor partials, size_t parts, size_t count,
                                      ridge_tensor totals);

#endif

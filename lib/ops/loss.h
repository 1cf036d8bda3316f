// SPDX-License-Identifier: Apache-2.0
// The names of the losses as field choices.
#ifndef RIDGE_OPS_LOSS_H
#define RIDGE_OPS_LOSS_H

#include <ridge/loss.h>

// In the order of ridge_loss, NULL-terminated.
extern const char *const ridge_loss_choices[];

#endif

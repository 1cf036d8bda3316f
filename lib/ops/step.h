// SPDX-License-Identifier: Apache-2.0
// What ops share that end a step.
#ifndef RIDGE_OPS_STEP_H
#define RIDGE_OPS_STEP_H

#include <ridge/update.h>

// Fails unless ridge_step_advance takes it. The table of rates as arguments of a kernel: without
// one the state stands in, which is not read then, and *count is 0.
ridge_status ridge_check_step(ridge_tensor state, size_t rows, ridge_tensor *rates, size_t *count);

// ridge_loss_accumulate and ridge_step_advance by as many rows, in one launch.
ridge_status ridge_step_end(ridge_launcher *on, ridge_tensor row_loss, ridge_tensor row_right,
                            ridge_tensor totals, ridge_tensor state, ridge_tensor rates);

#endif

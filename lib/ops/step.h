// SPDX-License-Identifier: Apache-2.0
// What ops share that end a step, and epochs that follow each other on the device.
#ifndef RIDGE_OPS_STEP_H
#define RIDGE_OPS_STEP_H

#include <ridge/update.h>

#include "cl/step_constants.h"

// Fails unless ridge_step_advance takes it. The table of rates as arguments of a kernel: without
// one the state stands in, which is not read then, and *count is 0.
ridge_status ridge_check_step(ridge_tensor state, size_t rows, ridge_tensor *rates, size_t *count);

// ridge_loss_accumulate and ridge_step_advance by as many rows, in one launch.
ridge_status ridge_step_end(ridge_launcher *on, ridge_tensor row_loss, ridge_tensor row_right,
                            ridge_tensor totals, ridge_tensor state, ridge_tensor rates);

// One of several epochs whose orders and rates lie one behind the other.
struct ridge_epoch_place {
    ridge_tensor place; // uint32 [1]: which one it is
    size_t rows, steps; // of each
};

// ridge_step_begin, but state[1] begins at the epoch's first row, and rates has those of all.
ridge_status ridge_epoch_begin(ridge_launcher *on, ridge_tensor state, float rate,
                               ridge_tensor rates, const struct ridge_epoch_place *epoch);

// results[place] = state, whose last words are those of cl/step_constants.h, and kept[place] =
// weights; then number and place += 1, and halt is 1 where any word of the state is, as a float32,
// NaN or infinite, else 0. state: uint32 [n]; results: uint32 [epochs, n]; weights: float32 [m];
// kept: float32 [epochs, m], or "no tensor".
ridge_status ridge_epoch_end(ridge_launcher *on, ridge_tensor state, ridge_tensor results,
                             ridge_tensor weights, ridge_tensor kept);

#endif

// SPDX-License-Identifier: Apache-2.0
// Which epoch is the best, and whether to go on.
#ifndef RIDGE_TRAINING_EARLY_STOPPING_H
#define RIDGE_TRAINING_EARLY_STOPPING_H

#include "training/monitor.h"

struct ridge_best {
    ridge_early_stopping params;
    struct ridge_watch watch;
    double value; // of the best epoch
    size_t epoch; // its number; 0: none yet
    size_t wait;  // epochs since the last improvement, the judged ones
};

// Checks the params for a training of so many epochs.
ridge_status ridge_best_plan(struct ridge_best *best, const ridge_early_stopping *params,
                             size_t epochs, struct ridge_watchable there);

// Judges an epoch: sets epoch->improved, returns whether patience has run out.
bool ridge_best_update(struct ridge_best *best, ridge_epoch *epoch);

// So many epochs from now on can follow each other before one ends training; 1 or more.
size_t ridge_best_patience(const struct ridge_best *best);

#endif

// SPDX-License-Identifier: Apache-2.0
// Which epoch is the best, and whether to go on.
#ifndef RIDGE_TRAINING_EARLY_STOPPING_H
#define RIDGE_TRAINING_EARLY_STOPPING_H

#include <ridge/training.h>

struct ridge_best {
    const ridge_early_stopping *params;
    bool validates; // false: val_loss falls back to loss, val_accuracy to accuracy
    double value;   // of the best epoch
    size_t epoch;   // its number; 0: none yet
    size_t wait;    // epochs since the last improvement
};

// Judges an epoch: sets epoch->improved, returns whether patience has run out.
bool ridge_best_update(struct ridge_best *best, ridge_epoch *epoch);

#endif

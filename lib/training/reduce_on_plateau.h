// SPDX-License-Identifier: Apache-2.0
// Lower rates where a monitored value no longer improves.
#ifndef RIDGE_TRAINING_REDUCE_ON_PLATEAU_H
#define RIDGE_TRAINING_REDUCE_ON_PLATEAU_H

#include "training/monitor.h"

struct ridge_plateau {
    ridge_reduce_on_plateau params; // defaults filled in
    struct ridge_watch watch;
    bool judged;     // `best` is a value that was seen
    double best;     // value so far
    size_t wait;     // epochs since the last improvement or reduction
    size_t cooldown; // epochs to come that do not count
    double scale;    // what the reductions so far multiply the rate by
};

// Checks the params. Without patience nothing is ever reduced.
ridge_status ridge_plateau_plan(struct ridge_plateau *plateau,
                                const ridge_reduce_on_plateau *params,
                                struct ridge_watchable there);

// Whether rates can be reduced at all.
bool ridge_plateau_acts(const struct ridge_plateau *plateau);

// Judges an epoch: sets epoch->reduced.
void ridge_plateau_update(struct ridge_plateau *plateau, ridge_epoch *epoch);

// So many epochs from now on can follow each other before one reduces the rate; 1 or more.
size_t ridge_plateau_patience(const struct ridge_plateau *plateau);

// What has become of a rate that a schedule gives.
double ridge_plateau_rate(const struct ridge_plateau *plateau, double rate);

#endif

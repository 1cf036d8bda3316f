// SPDX-License-Identifier: Apache-2.0
// Which value of an epoch is watched, and when one is better than another.
#ifndef RIDGE_TRAINING_MONITOR_H
#define RIDGE_TRAINING_MONITOR_H

#include <ridge/training.h>

extern const char *const ridge_monitor_choices[];
extern const char *const ridge_monitor_mode_choices[];

struct ridge_watch {
    ridge_monitor monitor; // never RIDGE_MONITOR_AUTO
    bool higher;           // is better
};

// What an epoch of a fit has to offer.
struct ridge_watchable {
    bool validates; // there is a validation set
    bool classes;   // there are accuracies
};

// Finds out what to watch; fails where an epoch does not have it.
ridge_status ridge_watch_plan(struct ridge_watch *watch, ridge_monitor monitor,
                              ridge_monitor_mode mode, struct ridge_watchable there);

double ridge_watch_value(const struct ridge_watch *watch, const ridge_epoch *epoch);

// Whether `value` is better than `than` by more than `delta`; NaN never is.
bool ridge_watch_better(const struct ridge_watch *watch, double value, double than, double delta);

#endif

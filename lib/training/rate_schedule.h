// SPDX-License-Identifier: Apache-2.0
// The learning rate as a function of the step. (lib/network/schedule.h is something else: in which
// order the layers of one step run.)
#ifndef RIDGE_TRAINING_RATE_SCHEDULE_H
#define RIDGE_TRAINING_RATE_SCHEDULE_H

#include <ridge/training.h>

// A schedule in its place.
struct ridge_rates {
    ridge_rate_schedule schedule; // defaults filled in
    double rate;                  // the optimizer's
    double steps;                 // of an epoch
    double total;                 // steps of all epochs
    double warmup;                // steps of the warm-up, fewer than `total`
};

// Checks a schedule for so many epochs and fills in its defaults.
ridge_status ridge_rates_plan(struct ridge_rates *rates, const ridge_rate_schedule *schedule,
                              float rate, size_t epochs, size_t steps);

// Whether the rate ever changes.
bool ridge_rates_vary(const struct ridge_rates *rates);

// The rate of a step, counted from 0 over all epochs.
double ridge_rate_at(const struct ridge_rates *rates, size_t step);

#endif

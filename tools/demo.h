// SPDX-License-Identifier: Apache-2.0
// The demo's parts: the same small network trained plain and regularised, and a picture of it.
#ifndef RIDGE_TOOLS_DEMO_H
#define RIDGE_TOOLS_DEMO_H

#include <ridge/ridge.h>
#include <stdbool.h>

#include "half_moons.h"

#define MOONS_RUNS 4
#define MOONS_WEIGHTS 3 // weight matrices
#define MOONS_COLUMNS 241
#define MOONS_ROWS 203
#define MOONS_X_FROM (-2.0)
#define MOONS_X_TO 3.0
#define MOONS_Y_FROM (-1.5)
#define MOONS_Y_TO 2.0

// One way to train the network, and what came of it.
struct moons_run {
    const char *name;
    ridge_weight_params weight; // of the two hidden layers
    float dropout;              // behind each of them
    ridge_history history;
    double seconds;
    ridge_metrics train, validation;         // at the end, dropout off
    double norms[MOONS_WEIGHTS];             // Frobenius
    double zeros, small;                     // shares of weights: exactly 0; below 1e-3
    float field[MOONS_ROWS * MOONS_COLUMNS]; // probability of class 1 over the plane
};

struct moons {
    struct half_moons data;
    struct moons_run runs[MOONS_RUNS];
};

// All return false after a message.
bool demo_moons(ridge_device *device, const char *data, struct moons *moons);
bool demo_picture(const struct moons *moons, const char *path);
bool demo_digits(ridge_device *device, const char *data);

void moons_clear(struct moons *moons);

#endif

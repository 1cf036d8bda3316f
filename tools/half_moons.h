// SPDX-License-Identifier: Apache-2.0
// The half moons that the demo and ridge-gap train on: the last points are held out.
#ifndef RIDGE_TOOLS_HALF_MOONS_H
#define RIDGE_TOOLS_HALF_MOONS_H

#include <ridge/ridge.h>
#include <stdbool.h>

#define HELD_OUT 20

struct half_moons {
    ridge_dataset *all, *train, *held_out;
};

// Reads moons.csv of a folder. False after a message; half_moons_clear is due all the same.
bool half_moons_read(const char *folder, struct half_moons *moons);
void half_moons_clear(struct half_moons *moons);

#endif

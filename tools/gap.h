// SPDX-License-Identifier: Apache-2.0
// What each technique does to the gap between training and validation, on the half moons.
#ifndef RIDGE_TOOLS_GAP_H
#define RIDGE_TOOLS_GAP_H

#include <ridge/ridge.h>
#include <stdbool.h>

#define GAP_EPOCHS 2000
#define GAP_EVERY 10 // epochs from one point of a curve to the next
#define GAP_POINTS (GAP_EPOCHS / GAP_EVERY)
#define GAP_LAST 10 // points
#define GAP_SEEDS 5

// One technique at one strength; the network is the same for all.
struct gap_way {
    const char *name;
    ridge_weight_params weight; // of the two hidden layers
    float dropout;              // behind each of them
    float noise;                // deviation of Gaussian noise on the inputs
    float decay;                // decoupled
    enum { GAP_NO_NORM, GAP_BATCH_NORM, GAP_LAYER_NORM } norm; // before their relu
    ridge_early_stopping early_stopping;
};

// What came of it. Losses are without penalties and with everything random off, on the training
// rows as well, so that the two compare. "At the end" is the mean of the last GAP_LAST points.
struct gap_result {
    const struct gap_way *way;
    double train[GAP_POINTS], held_out[GAP_POINTS]; // losses, of each point the median of the seeds
    double train_end, held_out_end;                 // of these
    double train_right, held_out_right;             // at the end, means of the seeds
    double zeros;                                   // share of weights that are exactly 0, mean
    double seconds;                                 // of a run, mean
    double epochs;                                  // mean; less than GAP_EPOCHS: stopped early
};

// Draws small multiples with shared axes. False after a message.
bool gap_picture(const struct gap_result *results, size_t count, const char *path);

#endif

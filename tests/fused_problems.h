// SPDX-License-Identifier: Apache-2.0
// Networks that are trained with and without fused launches.
#ifndef RIDGE_TESTS_FUSED_PROBLEMS_H
#define RIDGE_TESTS_FUSED_PROBLEMS_H

#include <ridge/network.h>
#include <ridge/training.h>

// A network and how it is trained.
struct fused_problem {
    const char *name;
    ridge_optimizer optimizer;
    ridge_loss loss;
    ridge_activation activation;
    float rate; // of dropout, and as much or less of all else that draws
    ridge_weight_params weight;
    float activity_l1, activity_l2;
    size_t rows, units, outputs, batch;
    bool normalises; // with batch and layer normalisation
};

// 83 rows: 59 to train on and 24 to validate with, both with a smaller last batch.
extern const struct fused_problem fused_small;

ridge_network *fused_network(const struct fused_problem *problem);
ridge_dataset *fused_data(const struct fused_problem *problem);

// All parameters, running statistics among them; the caller frees them.
float *fused_weights(ridge_network *network, size_t *count);

// That both have the same bits, times aside.
void fused_same_history(const ridge_history *a, const ridge_history *b);

#endif

// SPDX-License-Identifier: Apache-2.0
// Penalties on weights in the gradient check: what the device makes of them, and differences of
// their formulas in double precision on the host.
#ifndef RIDGE_NETWORK_GRADIENT_PENALTY_H
#define RIDGE_NETWORK_GRADIENT_PENALTY_H

#include "network/network.h"

// Whether the parameter has a penalty with a gradient. An L1 that is a proximal step has none.
bool ridge_penalty_has_gradient(const struct ridge_network_parameter *parameter);

// What an update takes for the gradient: that of the arena with those of all penalties, as the
// launches of training make it. values: as many as the arena has. Changes the arena of gradients
// and the state's rate; the parameters stay.
ridge_status ridge_penalty_total_gradients(struct ridge_network *network, float *values);

// The slopes of a parameter's penalty along one of its elements.
struct ridge_penalty_slopes {
    double left, right;
    double noise; // what float32 may make of the gradient
    bool kinked;  // left and right differ by nature: a weight or a cosine of 0
};
struct ridge_penalty_slopes ridge_penalty_slopes(const struct ridge_network_parameter *parameter,
                                                 const float *values, size_t element);

#endif

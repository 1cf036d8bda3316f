// SPDX-License-Identifier: Apache-2.0
// What each layer is handed in a step.
#ifndef RIDGE_NETWORK_LAYER_RUN_H
#define RIDGE_NETWORK_LAYER_RUN_H

#include "network/feed.h"
#include "network/schedule.h"

// What a layer's gradient holds as backward comes along.
struct ridge_gradient_state {
    bool written; // something already
    bool derived; // that of what the activation is applied to, see struct ridge_derivative
};

// A step that is being recorded.
struct ridge_recording {
    struct ridge_network *network;
    const struct ridge_feed *feed;
    const struct ridge_schedule *schedule;
    ridge_launcher *on;
    enum ridge_step_mode mode;
    struct ridge_gradient_state *gradients; // by layer
};

// A block of layer i as [batch, row shape].
ridge_tensor ridge_recording_layer(const struct ridge_recording *r,
                                   const struct ridge_memory_block *block, unsigned i);

// Where this kind of step counts steps and keeps its position.
enum ridge_state_word ridge_recording_counter(const struct ridge_recording *r);

// Whether layers update what they can by themselves in this step.
bool ridge_recording_updates(const struct ridge_recording *r);

// What layer i takes in any pass: all but the gradients of its output and input, and what the
// functions below add.
void ridge_layer_run_fill(const struct ridge_recording *r, unsigned i, struct ridge_layer_run *run);

// Has layer i do the normalisation behind it, where the schedule says so: `fold` is what `run`
// points to then.
void ridge_layer_run_fold(const struct ridge_recording *r, unsigned i, struct ridge_layer_run *run,
                          struct ridge_fold *fold);

// Has layer i multiply by the derivative of the one before, where both can do with that:
// `derivative` is what `run` points to then.
void ridge_layer_run_derive(const struct ridge_recording *r, unsigned i,
                            struct ridge_layer_run *run, struct ridge_derivative *derivative);

// Has layer i update those of its parameters that it can: `updates`, one for each parameter, is
// what `run` points to then.
void ridge_layer_run_update(const struct ridge_recording *r, unsigned i,
                            struct ridge_layer_run *run, struct ridge_weight_update *updates);

#endif

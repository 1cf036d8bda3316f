// SPDX-License-Identifier: Apache-2.0
// What a run of ridge_fit holds.
#ifndef RIDGE_TRAINING_FIT_H
#define RIDGE_TRAINING_FIT_H

#include <ridge/training.h>

#include "device/fusion.h"
#include "network/feed.h"
#include "ops/step.h"
#include "training/early_stopping.h"
#include "training/rate_schedule.h"
#include "training/reduce_on_plateau.h"

// What the launches of an epoch come to.
struct ridge_epoch_work {
    double launches, shared; // shared: those of several work-groups
    double seconds;          // an estimate for one core, without what launches cost
    size_t recorded;         // distinct launches, those of a step once
};

// An epoch as a few launches, or several as one; see training/fused.c.
struct ridge_fused {
    struct ridge_fusion *fusion; // NULL: the launches run one by one
    size_t chunk, chunks;        // full batches in a launch of their own; how many such launches
    ridge_tensor results; // uint32 [epochs, words]: the state after each of those in the tables
    float *results_copy;
    ridge_tensor kept; // float32 [epochs, weights]: and the weights; "no tensor": nobody needs them
};

// What the device takes for epochs to come: in which order the rows come and, where the rate
// changes, that of each step. The device reads it while an epoch runs.
struct ridge_tables {
    size_t epochs; // that they hold: 1, or as many as the feed says
    size_t place;  // which of them comes next; `epochs`: they have to be written anew
    // Orders on the host: while epochs run by one, the other gets those of the epochs behind the
    // tables. NULL: rows come as they lie.
    uint32_t *order[2];
    unsigned next;               // which is written next
    uint32_t shuffled;           // it has the orders from this epoch on, counted from 1; 0: none
    float *rates;                // NULL: the rate does not change
    uint32_t words[EPOCH_WORDS]; // see ridge_epoch_end; those of the first epoch
};

struct ridge_fit {
    ridge_network *network;
    ridge_fit_params params; // batch and epochs filled in
    // The rows to train on and to validate with; slices made here, or the caller's sets.
    const ridge_dataset *train, *validation;
    ridge_dataset *owned[2];
    struct ridge_feed train_feed, validation_feed;
    bool adapts; // layers learn from the training rows first
    ridge_memory memory;
    struct ridge_epoch_work work;
    struct ridge_fused fused;
    size_t workspace;                // elements: the most that any step needs
    size_t scratch[RIDGE_SCRATCHES]; // bytes, likewise
    struct ridge_tables tables;
    struct ridge_rates rates;
    struct ridge_plateau plateau;
    ridge_tensor best_weights; // "no tensor": they are not wanted
    struct ridge_best best;
    size_t history_capacity, norm_capacity; // of the arrays in the history
};

// Checks the arguments, holds out the validation rows and finds what memory is needed.
// ridge_fit_release must follow, also after a failure.
ridge_status ridge_fit_plan(struct ridge_fit *fit, ridge_network *network,
                            const ridge_dataset *train, const ridge_fit_params *params);
// A kind of step in a pass over rows, and how often it comes.
struct ridge_fit_step {
    enum ridge_step_mode mode;
    size_t batch, times;
};
// The kinds of steps of a pass, in this order: full batches, and a last one that is smaller or
// leaves all gradients. mode: RIDGE_STEP_TRAIN or RIDGE_STEP_EVALUATE.
size_t ridge_fit_steps(const struct ridge_feed *feed, enum ridge_step_mode mode, size_t batch,
                       struct ridge_fit_step steps[2]);
// Whether the weights of the best epoch are kept, for the end.
bool ridge_fit_keeps_best(const struct ridge_fit *fit);
// Finds memory, workspace, scratch and work of what is planned.
ridge_status ridge_fit_measure(struct ridge_fit *fit);
// Where that does not fit the device and most of it is rows, leaves them on the host if the rest
// fits.
ridge_status ridge_fit_save_memory(struct ridge_fit *fit);
// Fails unless that fits the device, with what is needed and which batch would fit.
ridge_status ridge_fit_check_memory(const struct ridge_fit *fit);
// Whether there are accuracies.
bool ridge_fit_has_classes(const struct ridge_fit *fit);
// Allocates it all and records the plans.
ridge_status ridge_fit_prepare(struct ridge_fit *fit);
void ridge_fit_release(struct ridge_fit *fit);

// The launches that end an epoch: sums of penalties, and norms where they are wanted.
ridge_status ridge_fit_record_end(const struct ridge_fit *fit, ridge_launcher *on);
// Takes the norms of an epoch that ended from the state, which was read, and from `sums`; those of
// each parameter go to the history, where the epoch is about to be remembered.
ridge_status ridge_history_norms(struct ridge_fit *fit, const struct ridge_sums *sums,
                                 ridge_history *history, ridge_epoch *epoch);

// Has the tables hold the orders and rates of so many epochs; 0: of one, as nobody asks which.
void ridge_fit_set_epochs(struct ridge_fit *fit, size_t epochs);
// Room for them on the host.
ridge_status ridge_tables_create(struct ridge_fit *fit);
void ridge_tables_release(struct ridge_fit *fit);
// Sees to it that the tables are there for `*count` epochs from number `epoch` on, or as many as
// they hold.
ridge_status ridge_tables_begin(struct ridge_fit *fit, size_t epoch, size_t *count);
// What can be done for later epochs while these `count` run.
void ridge_tables_look_ahead(struct ridge_fit *fit, size_t count);
// The rate of the last step of epoch `index` of those that run, from 0.
double ridge_tables_rate(const struct ridge_fit *fit, size_t index);
// `count` epochs are done. stale: what the tables hold of others no longer counts.
void ridge_tables_end(struct ridge_fit *fit, size_t count, bool stale);

// Whether to fuse: it would take less time, what it takes to build the kernel included.
bool ridge_fused_pays(const struct ridge_fit *fit);
// Bytes on the device.
uint64_t ridge_fused_bytes(const struct ridge_fit *fit);
// Fuses the epoch; where that fails it says so in the log, and fused.fusion stays NULL.
void ridge_fused_prepare(struct ridge_fit *fit);
// How many epochs may be one launch.
size_t ridge_fused_epochs(const struct ridge_fit *fit);
// Enqueues what comes next of an epoch of which *rows are done: nothing is left to do, validation
// and penalties included, when *rows is the number of rows. epochs: so many are enqueued at once;
// if *rows is not the number of rows after the first call, it has to be 1.
ridge_status ridge_fused_run(const struct ridge_fit *fit, size_t epochs, size_t *rows);
// Reads the states that the epochs enqueued last have left, which waits for them. *halted: the last
// one that was done came to a halt, and *epochs is how many they are.
ridge_status ridge_fused_read(struct ridge_fit *fit, size_t *epochs, bool *halted);
// The state that epoch `index` of those has left.
const float *ridge_fused_state(const struct ridge_fit *fit, size_t index);
// Whether each epoch leaves a copy of its weights, and where; valid until the tables are told that
// the epochs are done.
bool ridge_fused_keeps(const struct ridge_fit *fit);
ridge_tensor ridge_fused_weights(const struct ridge_fit *fit, size_t index);
void ridge_fused_release(struct ridge_fit *fit);

#endif

// SPDX-License-Identifier: Apache-2.0
// What a run of ridge_fit holds.
#ifndef RIDGE_TRAINING_FIT_H
#define RIDGE_TRAINING_FIT_H

#include <ridge/training.h>

#include "device/fusion.h"
#include "network/feed.h"
#include "training/early_stopping.h"
#include "training/rate_schedule.h"
#include "training/reduce_on_plateau.h"

// What the launches of an epoch come to.
struct ridge_epoch_work {
    double launches, shared; // shared: those of several work-groups
    double seconds;          // an estimate for one core, without what launches cost
    size_t recorded;         // distinct launches, those of a step once
};

// An epoch as a few launches; see training/fused.c.
struct ridge_fused {
    struct ridge_fusion *fusion; // NULL: the launches run one by one
    size_t chunk, chunks;        // full batches in a launch of their own; how many such launches
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
    // Shuffled rows on the host: those of an epoch are written while it runs, and meanwhile the
    // other array gets the next epoch's.
    uint32_t *order[2];
    unsigned next_order;  // which array holds
    uint32_t order_epoch; // the order of this epoch, counted from 1 as epochs_done will be
    uint32_t epoch;       // its number for augmentation, on its way to the device
    // Where the rate changes: those of an epoch's steps. The device reads them while the epoch
    // runs; they are written anew after the wait at its end.
    struct ridge_rates rates;
    struct ridge_plateau plateau;
    float *step_rates;
    ridge_tensor best_weights; // "no tensor" unless restore_best
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

// Whether to fuse: it would take less time, what it takes to build the kernel included.
bool ridge_fused_pays(const struct ridge_fit *fit);
// Bytes on the device.
uint64_t ridge_fused_bytes(const struct ridge_fit *fit);
// Fuses the epoch; where that fails it says so in the log, and fused.fusion stays NULL.
void ridge_fused_prepare(struct ridge_fit *fit);
// Enqueues what comes next of an epoch of which *rows are done: nothing is left to do, validation
// and penalties included, when *rows is the number of rows.
ridge_status ridge_fused_run(const struct ridge_fit *fit, size_t *rows);

#endif

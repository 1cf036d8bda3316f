// SPDX-License-Identifier: Apache-2.0
// Training: fit, early stopping, history.
#ifndef RIDGE_TRAINING_H
#define RIDGE_TRAINING_H

#include <ridge/base.h>
#include <ridge/data.h>
#include <ridge/network.h>

RIDGE_API_BEGIN

// One epoch, as the history holds it and callbacks see it. NaN: not there.
typedef struct ridge_epoch {
    size_t epoch;                  // from 1
    double loss, accuracy;         // means over the rows, dropout on; the loss plus the penalty
    double val_loss, val_accuracy; // on the validation set, dropout off; the loss with the penalty,
                                   // unless val_loss_without_penalty
    double penalty;                // at the end of the epoch; of activities, mean over its rows
    double rate;                   // of the last step
    double seconds;                // of this epoch, validation included; short ones may run as one,
                                   // of which each has its share
    bool improved;                 // the value that early_stopping monitors is the best so far
    bool reduced;                  // reduce_on_plateau makes the rates after this epoch lower

    // Norms, where ridge_fit_params asks for them: of all trained parameters at the end of the
    // epoch, and of the gradients of its last step.
    double weight_norm, gradient_norm;
    // Where gradients are clipped: the largest norm of the gradients of a step, penalties included,
    // before clipping; the share of steps that clip_global_norm clipped; how many steps had NaN or
    // infinity in their gradients.
    double largest_gradient_norm, clipped, not_finite;
} ridge_epoch;

typedef enum ridge_stop_reason {
    RIDGE_STOP_NONE = 0,  // all epochs done
    RIDGE_STOP_EARLY,     // patience ran out
    RIDGE_STOP_CALLBACK,  // a callback said so
    RIDGE_STOP_INTERRUPT, // *stop was set
    RIDGE_STOP_NOT_FINITE // the training loss became NaN or infinite
} ridge_stop_reason;

typedef struct ridge_history {
    ridge_epoch *epochs; // owned by the history
    size_t count;
    size_t best; // number of the epoch with the best monitored value; 0: none
    ridge_stop_reason reason;
    bool restored; // the best weights were wanted, and the network holds them
    // Norms of each parameter after each epoch, [count, parameters] in the order of
    // ridge_network_parameter; NULL unless ridge_fit_params asked for them. Owned by the history.
    ridge_parameter_norms *norms;
    size_t parameters;
} ridge_history;

// Releases what is inside and clears the history.
RIDGE_API void ridge_history_clear(ridge_history *history);

// A value of an epoch that is watched. RIDGE_ERROR_ARGUMENT where epochs do not have it.
typedef enum ridge_monitor {
    RIDGE_MONITOR_AUTO = 0, // val_loss, without a validation set loss
    RIDGE_MONITOR_VAL_LOSS,
    RIDGE_MONITOR_LOSS,
    RIDGE_MONITOR_VAL_ACCURACY,
    RIDGE_MONITOR_ACCURACY
} ridge_monitor;

// Which of two values is the better one.
typedef enum ridge_monitor_mode {
    RIDGE_MODE_AUTO = 0, // the lower loss, the higher accuracy
    RIDGE_MODE_MIN,
    RIDGE_MODE_MAX
} ridge_monitor_mode;

// Early stopping (Prechelt 1998) with the rules of Keras, NaN aside. An epoch improves on the best
// before it when its value is better by more than min_delta (v + min_delta < best, or
// v - min_delta > best); the first epoch that is judged improves, unless its value is NaN, which
// never does. An epoch that does not improve ends training when it is the patience-th since the
// last one that did (and beat the baseline).
typedef struct ridge_early_stopping {
    ridge_monitor monitor;
    ridge_monitor_mode mode;
    size_t patience; // 0: no early stopping; the best epoch is found all the same
    float min_delta; // >= 0
    float baseline;  // patience begins again only at an improvement that is also better than
                     // this by more than min_delta; 0: none
    size_t start_from_epoch; // so many epochs are not judged; fewer than there are
    bool restore_best;       // at the end take the weights of the best epoch, stopped early or not
} ridge_early_stopping;

// Fields of ridge_early_stopping, for files.
RIDGE_API const ridge_field *ridge_early_stopping_fields(void);

// Learning rates. r: the optimizer's rate; e: epochs since the schedule began, a fraction inside an
// epoch; E: those until the end of training, or `over`.
typedef enum ridge_rate_kind {
    RIDGE_RATE_CONSTANT = 0, // r
    RIDGE_RATE_STEP,         // r factor^floor(e / every)
    RIDGE_RATE_EXPONENTIAL,  // r factor^(e / every)
    RIDGE_RATE_COSINE,       // final + (r - final) (1 + cos(pi e / E)) / 2, without restarts
                             // (Loshchilov, Hutter 2017, SGDR); `final` from E on
    RIDGE_RATE_LINEAR,       // r + (final - r) e / E; `final` from E on
    RIDGE_RATE_ONE_CYCLE     // half a cosine from r / start_divisor up to r and one down to
                             // r / (start_divisor final_divisor), which the last step has, as
                             // PyTorch's OneCycleLR (Smith, Topin 2018); momentum is not cycled
} ridge_rate_kind;

// How the rate changes from step to step. It is computed in double precision for each step of an
// epoch before the epoch begins. Counted from the beginning of this call of ridge_fit.
//
// With a warm-up of W steps the rate of step t < W is r (warmup_start + (1 - warmup_start) t / W)
// (gradual warm-up, Goyal et al. 2017), and the schedule begins after it: e is 0 at step W, as in
// PyTorch's SequentialLR. one_cycle has one of its own and takes none.
//
// A field that a kind does not take must be zero.
typedef struct ridge_rate_schedule {
    ridge_rate_kind kind;
    float factor;                // step, 0: 0.1; exponential, required
    size_t every;                // step: epochs, required; exponential, 0: 1
    float final;                 // cosine, linear: a rate, >= 0
    size_t over;                 // cosine, linear: epochs; 0: all that are left after the warm-up
    bool by_epoch;               // exponential, cosine, linear: e is rounded down to whole epochs
    float rise;                  // one_cycle: share of the steps before the peak; 0: 0.3
    float start_divisor;         // one_cycle: >= 1; 0: 25
    float final_divisor;         // one_cycle: >= 1; 0: 10000
    size_t warmup, warmup_steps; // epochs or steps, not both; fewer than there are
    float warmup_start;          // [0, 1); 0: 0.1
} ridge_rate_schedule;

// Fields of ridge_rate_schedule, for files.
RIDGE_API const ridge_field *ridge_rate_schedule_fields(void);
// Its name in files, and what it does, where help is not NULL. NULL: no such kind.
RIDGE_API const char *ridge_rate_kind_name(ridge_rate_kind kind, const char **help);

// Multiplies the rates to come by `factor` when the monitored value has not improved for `patience`
// epochs, whatever schedule they come from. Better than the best b before it is a value v with
// v + d < b, or v - d > b, where d is min_delta, or min_delta |b|. NaN is never better.
//
// Keras: the same with relative false; a cooldown of C > 0 there is one of C - 1 here. PyTorch: the
// same with relative true; a patience of P there is one of P + 1 here; `eps` is left out.
typedef struct ridge_reduce_on_plateau {
    ridge_monitor monitor;
    ridge_monitor_mode mode;
    size_t patience; // 0: nothing is reduced
    float factor;    // (0, 1); 0: 0.1
    float min_delta; // >= 0 (Keras, PyTorch: 1e-4 by default)
    bool relative;   // min_delta is a share of the best value
    size_t cooldown; // epochs after a reduction that are not counted
    float min_rate;  // reductions do not go below it, while a schedule still may
} ridge_reduce_on_plateau;

// Fields of ridge_reduce_on_plateau, for files.
RIDGE_API const ridge_field *ridge_reduce_on_plateau_fields(void);

// Where training stands, for a progress line.
typedef struct ridge_progress {
    size_t epoch, epochs;    // from 1
    size_t rows, rows_total; // of this epoch
    double loss;             // mean over the rows so far, without the penalty
    double accuracy;         // NaN for losses without classes
    double seconds;          // of this epoch so far
} ridge_progress;

// Device bytes of training, known before it starts.
typedef struct ridge_memory {
    uint64_t parameters;  // with gradients, optimizer state and copies for the best weights
    uint64_t activations; // workspace of the largest batch, gradients of activations included
    uint64_t scratch;     // of the ops
    uint64_t data;        // the data sets
    uint64_t total;       // the peak of ridge_device_memory, if nothing else is on the device
} ridge_memory;

typedef struct ridge_fit_params {
    size_t epochs; // 0: 1
    size_t batch;  // 0: that of compile; the last batch of an epoch may be smaller
    const ridge_dataset *validation; // or NULL
    float validation_split;          // share of the last rows held out instead, [0, 1); as Keras,
                                     // cut off before any shuffling
    bool no_shuffle;
    bool norms; // the history holds norms of weights and gradients: four launches an epoch
    // val_loss is the loss on the data alone. As Keras, it includes the penalties by default, so
    // that early stopping sees them.
    bool val_loss_without_penalty;
    ridge_early_stopping early_stopping;
    // As restore_best, but only where training is cut short: by *stop, or by a loss that is NaN or
    // infinite.
    bool best_if_cut_short;
    // The learning rate. Zero: the optimizer's throughout.
    ridge_rate_schedule schedule;
    ridge_reduce_on_plateau reduce_on_plateau; // not with a one_cycle schedule
    // Called after each epoch, when the network is as that epoch left it; returning false ends
    // training. So the next epoch has to wait for it, which can take as long as a short epoch does.
    bool (*on_epoch)(void *context, const ridge_epoch *epoch);
    // Called for each epoch as well, before on_epoch: for those who only want to tell of it. Short
    // epochs need not wait, but follow each other for up to some 10 ms; then they are reported one
    // by one, when the network is as the last of them left it.
    void (*on_report)(void *context, const ridge_epoch *epoch);
    // Called at most ten times a second inside an epoch (each call reads from the device); NULL:
    // nothing is read inside an epoch.
    void (*on_progress)(void *context, const ridge_progress *progress);
    // Called once before the first step.
    void (*on_memory)(void *context, const ridge_memory *memory);
    void *context;            // for the four
    const volatile int *stop; // training ends soon after *stop becomes non-zero, within an epoch
} ridge_fit_params;
#define ridge_fit_params(...) RIDGE_PARAMS(ridge_fit_params, __VA_ARGS__)

// Trains a compiled network. Steps continue from earlier calls (Adam's correction, dropout masks).
// The same seed, data and device give the same bits. history may be NULL, else it is overwritten;
// clear it with ridge_history_clear. Ending early is not a failure; see history->reason.
// Errors: RIDGE_ERROR_SHAPE, RIDGE_ERROR_DATA when the data do not fit the network;
// RIDGE_ERROR_DEVICE_MEMORY with what is needed and the largest batch that would fit, before
// anything is allocated; RIDGE_ERROR_DEVICE.
RIDGE_API ridge_status ridge_fit(ridge_network *network, const ridge_dataset *train,
                                 const ridge_fit_params *params, ridge_history *history);

// K-fold cross-validation: the rows are dealt to `folds` parts; each of them is held out once while
// the others train.
typedef struct ridge_fold_params {
    size_t folds;    // K, from 2 to the number of rows. Required.
    size_t index;    // which part is held out, from 0 to folds - 1
    uint64_t seed;   // of the shuffle before the rows are dealt
    bool stratified; // every class is dealt evenly; for labels only
} ridge_fold_params;
#define ridge_fold_params(...) RIDGE_PARAMS(ridge_fold_params, __VA_ARGS__)

// Makes the two data sets of one fold, which copy their rows and keep their order. The parts are a
// function of (data, folds, seed, stratified): each row is held out by exactly one index. Their
// sizes differ by at most 1; stratified, so do those of each class. The caller destroys both; they
// are NULL on failure. Errors: RIDGE_ERROR_ARGUMENT, RIDGE_ERROR_MEMORY.
RIDGE_API ridge_status ridge_dataset_fold(const ridge_dataset *dataset,
                                          const ridge_fold_params *params, ridge_dataset **train,
                                          ridge_dataset **held_out);

// The memory that ridge_fit with these arguments will need. Errors: as ridge_fit, before training.
RIDGE_API ridge_status ridge_fit_memory(ridge_network *network, const ridge_dataset *train,
                                        const ridge_fit_params *params, ridge_memory *memory);

RIDGE_API_END

#endif

// SPDX-License-Identifier: Apache-2.0
// A data set on the device, and the plans of the steps that read it.
#ifndef RIDGE_NETWORK_FEED_H
#define RIDGE_NETWORK_FEED_H

#include "network/schedule.h"
#include "network/stage.h"

enum ridge_step_mode {
    RIDGE_STEP_TRAIN,      // gather, forward, loss, backward, update, advance
    RIDGE_STEP_TRAIN_LAST, // the same, to the bit; gradients of all parameters are left
    RIDGE_STEP_EVALUATE,   // gather, forward, loss, advance; dropout off
    RIDGE_STEP_PREDICT,    // gather, forward, probabilities, advance; dropout off
    RIDGE_STEP_SAMPLE,     // the same, dropout on
    RIDGE_STEP_CHECK       // gather, forward, loss, backward; dropout on, nothing changes
};

static inline bool ridge_step_trains(enum ridge_step_mode mode)
{
    return mode == RIDGE_STEP_TRAIN || mode == RIDGE_STEP_TRAIN_LAST;
}

// Whether a step of this kind gives outputs as ridge_network_predict does, and needs no targets.
static inline bool ridge_step_predicts(enum ridge_step_mode mode)
{
    return mode == RIDGE_STEP_PREDICT || mode == RIDGE_STEP_SAMPLE;
}

// A recorded step and where its results lie.
struct ridge_feed_plan {
    enum ridge_step_mode mode;
    struct ridge_schedule schedule;
    ridge_plan *plan;
};

struct ridge_feed {
    struct ridge_network *network;
    size_t count;       // rows
    ridge_tensor x;     // [count, row], in its stored type
    ridge_tensor y;     // int32 [count] or float32 [count, target_size]; "no tensor": none
    size_t target_size; // values a row in the workspace; 0: none
    bool shuffled;
    ridge_tensor order; // uint32 [count]; "no tensor" unless shuffled: as they lie
    uint64_t seed;      // of random layers; the network's unless the caller sets another
    ridge_tensor rates; // float32, the rate of each step of a pass; "no tensor": the optimizer's
    // `order` and `rates` are those of so many epochs, and the state says which comes next. 0: of
    // one, which it need not say.
    size_t epochs;
    float scale, shift; // the network sees x * scale + shift
    // The rows do not lie on the device: x and y hold a batch, that of the step that runs, and
    // row r of x is row r of the batch. Sample numbers come from `order` all the same.
    bool staged;
    struct ridge_stage *stage; // once uploaded
    struct ridge_feed_plan *plans;
    size_t plan_count, plan_capacity;
};

// Fails unless the rows (and, where wanted, the targets) are what the network takes.
ridge_status ridge_feed_check(const struct ridge_network *network, const ridge_dataset *data,
                              bool targets);

// Shapes and types only: enough for ridge_step_measure. The caller may set `shuffled` then, and
// type and shape of `rates`.
void ridge_feed_describe(struct ridge_network *network, const ridge_dataset *data, bool targets,
                         struct ridge_feed *feed);
// Has the rows come batch by batch, `batch` at most, instead of lying on the device.
void ridge_feed_describe_staged(struct ridge_feed *feed, size_t batch);
// Bytes that ridge_feed_upload will allocate.
uint64_t ridge_feed_bytes(const struct ridge_feed *feed);
// Puts the data on the device. After a failure the feed must still be released.
ridge_status ridge_feed_upload(struct ridge_feed *feed, const ridge_dataset *data);
// A feed for one use, in batches of the network's size: checked, described and uploaded.
ridge_status ridge_feed_open(ridge_network *network, const ridge_dataset *data,
                             enum ridge_step_mode mode, struct ridge_feed *feed);
void ridge_feed_release(struct ridge_feed *feed);

// Where rows come batch by batch: begins a pass over all of them, in this order (NULL: as they
// lie), which must stay as it is until the next. Nothing elsewhere.
ridge_status ridge_feed_rewind(struct ridge_feed *feed, const uint32_t *order, size_t batch);
// Puts the first batch there, for those who run its plan by themselves.
ridge_status ridge_feed_fill(struct ridge_feed *feed, size_t batch);

// Before a pass that trains: positions and totals are zero, the rate is that of the first step.
ridge_status ridge_feed_begin(const struct ridge_feed *feed, ridge_launcher *on);

// The plan of a step over `batch` rows; recorded when it is new. Valid until the next call.
ridge_status ridge_feed_plan(struct ridge_feed *feed, enum ridge_step_mode mode, size_t batch,
                             const struct ridge_feed_plan **plan);
// The same, run at once, over the next batch of the pass.
ridge_status ridge_feed_run(struct ridge_feed *feed, enum ridge_step_mode mode, size_t batch,
                            const struct ridge_feed_plan **plan);

// Enqueues the steps of a pass over all rows that does not train, `batch` at a time.
ridge_status ridge_feed_pass(struct ridge_feed *feed, size_t batch);
// A pass over all rows that predicts; outputs [count, output size]. The position is zero before.
// Waits.
ridge_status ridge_feed_outputs(struct ridge_feed *feed, enum ridge_step_mode mode, float *outputs);
// Loss and accuracy over all rows. Waits.
ridge_status ridge_feed_evaluate(struct ridge_feed *feed, size_t batch, ridge_metrics *metrics);

#endif

// SPDX-License-Identifier: Apache-2.0
// What a network is made of: the graph, the arenas of its parameters, its workspace on the device.
#ifndef RIDGE_NETWORK_NETWORK_H
#define RIDGE_NETWORK_NETWORK_H

#include <ridge/network.h>

#include "layers/layer.h"

// A layer in its place. Layers are kept in the order of building, so inputs come before users.
struct ridge_layer {
    const struct ridge_layer_class *class;
    char *name;
    void *params;
    unsigned inputs[RIDGE_MAX_LAYER_INPUTS]; // indices of layers
    unsigned input_count;
    struct ridge_layer_plan plan;
    unsigned first_parameter; // index of its first parameter in the network
    bool used;                // the output depends on it
    bool wants_gradient;      // a parameter lies in it or before it
    unsigned dropout;         // the layer behind it whose work it does in training; 0: none
    unsigned fold;            // the normalisation behind it that it does in inference; 0: none
    unsigned activity;        // the number of its activity penalty, from 1; 0: none
};

// A trained tensor, or state: its place in the arena.
struct ridge_network_parameter {
    char *name; // "dense_1.weight"
    const struct ridge_parameter_spec *spec;
    size_t first, count; // elements
    // Its layer may update it by itself, where it computes the gradient: nothing else has to see
    // that before.
    bool by_layer;
};

// Everything that is trained, in arenas of equal layout: parameters, gradients, optimizer slots.
struct ridge_arena {
    size_t size; // elements; a multiple of RIDGE_SEGMENT_ALIGNMENT
    ridge_tensor parameters;
    // Made when training is prepared.
    ridge_tensor gradients, slots[2];
    ridge_tensor segments, pieces; // see ridge_update
    // Made at compile where any parameter has a penalty.
    ridge_tensor penalty_segments; // uint32 [n, 2]
    ridge_tensor penalty_sums;     // where they begin in the state, behind the activity penalties
    ridge_tensor norm_segments;    // uint32 [m, 2]: the trained parameters. Made at compile
};

// 32-bit words of the device state that a replayed step reads and advances.
enum ridge_state_word {
    RIDGE_STATE_STEP,           // uint32: training steps done
    RIDGE_STATE_POSITION,       // uint32: rows of this epoch that are done
    RIDGE_STATE_RATE,           // float32
    RIDGE_STATE_PASS_STEP,      // uint32: steps of this epoch; counted where rates are scheduled
    RIDGE_STATE_TOTALS = 4,     // float32 [4], see ridge_loss_accumulate
    RIDGE_STATE_EVALUATION = 8, // uint32 [2]: steps and position of a pass that does not train
    RIDGE_STATE_EVALUATION_TOTALS = 12, // float32 [4]
    // float32 [activities, 2, 4]: see ridge_activity_penalty_sums, of training and of a pass that
    // does not train; then float32 [RIDGE_NOTES], see ridge_update; then what
    // ridge_state_penalties gives; then float32 [2, m]: norms of the m trained parameters and of
    // their gradients; at last uint32 [EPOCH_WORDS], see ridge_epoch_end
    RIDGE_STATE_ACTIVITY = 16
};

// What the state says of the steps since ridge_state_begin, and of the weights.
struct ridge_sums {
    double loss, right;                       // over the rows that were trained on
    double evaluation_loss, evaluation_right; // over those of a pass that did not train
    double activity, evaluation_activity;     // activity penalties, sums over the same rows
    double penalty;                           // as of the latest ridge_penalty_record
    double largest_norm, clipped, not_finite; // see ridge_update: notes on gradients
};

struct ridge_network {
    ridge_device *device;
    ridge_status status; // of the first failed builder
    char *message;

    struct ridge_layer *layers;
    size_t layer_count, layer_capacity;

    // From here on: after compile.
    bool compiled;
    bool busy; // inside ridge_fit
    ridge_compile_params settings;
    unsigned input, output; // layers
    struct ridge_network_parameter *parameters;
    size_t parameter_count;
    struct ridge_arena arena;
    unsigned activity_count; // layers with an activity penalty
    ridge_tensor state;      // uint32, see ridge_state_word
    float *state_copy;       // where the host reads it to
    ridge_tensor workspace;  // float32: activations and their gradients, any plan
    uint32_t epochs_done;    // tells the shuffles and the augmentations of epochs apart
    ridge_augment *augment;  // of training steps, or NULL
};

// Streams of the generator; layers take RIDGE_STREAM_LAYER + their index, and where they draw in
// Monte-Carlo prediction RIDGE_STREAM_SAMPLE + it.
enum {
    RIDGE_STREAM_INIT = 1,
    RIDGE_STREAM_SHUFFLE = 2,
    RIDGE_STREAM_FOLD = 3,
    RIDGE_STREAM_LAYER = 16,
    RIDGE_STREAM_SAMPLE = 1 << 30
};

// Whether the node is one of the network's.
ridge_status ridge_graph_check(const ridge_network *network, ridge_node node);

// The same rows in plain memory order: adds a layer where they are interleaved.
ridge_status ridge_graph_plain(ridge_network *network, ridge_node *node);

// A view of words of the state.
ridge_tensor ridge_state_view(const struct ridge_network *network, enum ridge_state_word word,
                              ridge_type type, size_t count);
// The totals of an activity penalty, float32 [4].
ridge_tensor ridge_activity_totals(const struct ridge_network *network, unsigned activity,
                                   bool training);
// What updates note, see ridge_update.
ridge_tensor ridge_state_notes(const struct ridge_network *network);
// Norms as epochs end, float32 [2, m].
ridge_tensor ridge_state_norms(const struct ridge_network *network);
// `count` of the words that ridge_epoch_end knows, from `word` on, uint32.
ridge_tensor ridge_state_epoch(const struct ridge_network *network, unsigned word, size_t count);
// What those of a pass that did not train held when ridge_state_read read them: sums of |y|, y^2.
void ridge_activity_sums(const struct ridge_network *network, unsigned activity, double sums[2]);
// Makes the state, all zero.
ridge_status ridge_state_create(struct ridge_network *network);
void ridge_state_release(struct ridge_network *network);
// Before a pass over data: positions and totals are zero, the rate is `rate`.
ridge_status ridge_state_begin(struct ridge_network *network, ridge_launcher *on, float rate);
// The same, but the rate is the first of `rates` unless that is "no tensor".
ridge_status ridge_state_begin_scheduled(struct ridge_network *network, ridge_launcher *on,
                                         float rate, ridge_tensor rates);
// The same where the orders and rates of several epochs lie one behind the other, `rows` and
// `steps` each: it begins the one whose place the state has.
ridge_status ridge_state_begin_next(struct ridge_network *network, ridge_launcher *on, float rate,
                                    ridge_tensor rates, size_t rows, size_t steps);
// Reads the state, which waits for the device.
ridge_status ridge_state_read(struct ridge_network *network, struct ridge_sums *sums);
// The same from a state that ridge_epoch_end left.
void ridge_state_take(struct ridge_network *network, const float *state, struct ridge_sums *sums);
// Whether ridge_epoch_end said halt then.
bool ridge_state_halts(const struct ridge_network *network, const float *state);

// Sums of penalties, as the state has them: float32 [2, n], the L1 norm and the squares of each
// parameter with l1 or l2, and then one orthogonal penalty for each that has it. How many they are,
// those that ridge_state_read has read, and what they come to.
size_t ridge_penalty_count(const struct ridge_network *network);
const float *ridge_state_penalties(const struct ridge_network *network);
double ridge_penalty_of(const struct ridge_network *network, const float *sums);
// The elements of memory that the largest orthogonal penalty works in; 0: there is none.
size_t ridge_penalty_work(const struct ridge_network *network);

// Fails unless the network is compiled.
ridge_status ridge_network_check_compiled(const struct ridge_network *network);

// What the state, as read last, holds of norms: for each parameter, and for all together.
void ridge_norms_read(const struct ridge_network *network, ridge_parameter_norms *norms,
                      ridge_parameter_norms *total);

// Fails, with the name, where no parameter is called so.
ridge_status ridge_parameter_find(const ridge_network *network, const char *name,
                                  const struct ridge_network_parameter **parameter);
// How many units' weights it holds, one behind the other; a vector is one unit.
size_t ridge_parameter_units(const struct ridge_network_parameter *parameter);

// Arena: layout and initial values at compile; gradients, slots and tables before training.
ridge_status ridge_arena_create(struct ridge_network *network);
ridge_status ridge_arena_prepare(struct ridge_network *network);
// Makes the tables of an update: one segment for each parameter, and their pieces.
ridge_status ridge_arena_write_segments(struct ridge_network *network,
                                        const ridge_segment *segments, ridge_tensor *table,
                                        ridge_tensor *pieces);
// Bytes that ridge_arena_prepare has yet to allocate.
uint64_t ridge_arena_missing_bytes(const struct ridge_network *network);
// The pieces that an update is cut into, see ridge_update_pieces, and their elements: of the whole
// arena, or of what layers do not update by themselves, which comes first in the table.
struct ridge_arena_pieces {
    size_t count, elements;
};
struct ridge_arena_pieces ridge_arena_pieces(const struct ridge_network *network,
                                             bool without_layers);
void ridge_arena_release(struct ridge_network *network);
// The part of an arena that belongs to a parameter, with its shape.
ridge_tensor ridge_arena_view(ridge_tensor arena, const struct ridge_network_parameter *parameter);

// Makes the workspace at least `elements` large. Plans recorded before are stale then.
ridge_status ridge_workspace_reserve(struct ridge_network *network, size_t elements);

#endif

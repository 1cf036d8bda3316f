// SPDX-License-Identifier: Apache-2.0
// Optimizers: updates of a whole arena of parameters in one launch. What ridge/ops.h says of
// launchers, tensors and errors holds here.
#ifndef RIDGE_UPDATE_H
#define RIDGE_UPDATE_H

#include <ridge/base.h>
#include <ridge/device.h>
#include <ridge/fields.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

typedef enum ridge_optimizer_kind {
    RIDGE_SGD = 0, // v = mu v + g; w -= rate v     (nesterov: w -= rate (g + mu v)); as PyTorch.
                   // Sutskever et al. 2013 have the rate inside v
    RIDGE_ADAM,    // m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2;
                   // w -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps); as PyTorch
                   // (Kingma, Ba 2015)
    RIDGE_ADAMW,   // Adam, and decoupled weight decay 0.01 by default (Loshchilov, Hutter 2019)
    RIDGE_RMSPROP  // v = rho v + (1 - rho) g^2; u = g / (sqrt(v) + eps); with momentum mu > 0:
                   // b = mu b + u, u = b; w -= rate u; as PyTorch (Tieleman, Hinton 2012)
} ridge_optimizer_kind;

// Zero means the default. Made by ridge_sgd(.rate = 0.1f, .momentum = 0.9f) and its kin below. A
// field that the kind does not take must be zero (or its default).
typedef struct ridge_optimizer {
    ridge_optimizer_kind kind;
    float rate;         // > 0; default 0.01, adam and adamw 0.001
    float momentum;     // sgd, rmsprop: [0, 1); default 0
    bool nesterov;      // sgd
    float beta1, beta2; // adam, adamw: (0, 1); default 0.9, 0.999
    float rho;          // rmsprop: (0, 1); default 0.99
    float epsilon;      // adam, adamw, rmsprop: > 0; default 1e-8
    float weight_decay; // decoupled, weights only: w -= rate weight_decay w beside the update;
                        // default 0, adamw 0.01; negative, in files also 0: none
    // Clipping of gradients, penalties included; at most one, 0: none.
    float clip_value;       // each element to [-clip_value, clip_value]
    float clip_norm;        // each tensor with a Euclidean norm above it is scaled to it
    float clip_global_norm; // all tensors together (Pascanu et al. 2013)
} ridge_optimizer;

#define ridge_sgd(...) RIDGE_VALUE(ridge_optimizer, .kind = RIDGE_SGD, __VA_ARGS__)
#define ridge_adam(...) RIDGE_VALUE(ridge_optimizer, .kind = RIDGE_ADAM, __VA_ARGS__)
#define ridge_adamw(...) RIDGE_VALUE(ridge_optimizer, .kind = RIDGE_ADAMW, __VA_ARGS__)
#define ridge_rmsprop(...) RIDGE_VALUE(ridge_optimizer, .kind = RIDGE_RMSPROP, __VA_ARGS__)

// The fields of ridge_optimizer, for files.
RIDGE_API const ridge_field *ridge_optimizer_fields(void);
// Checks the ranges and replaces zeros by the defaults. Errors: RIDGE_ERROR_ARGUMENT with the
// field, what was expected and what came.
RIDGE_API ridge_status ridge_optimizer_complete(ridge_optimizer *optimizer);
RIDGE_API const char *ridge_optimizer_name(ridge_optimizer_kind kind); // "sgd", "adam", ...
// Arenas of state beside the parameters: 0 (sgd without momentum) to 2.
RIDGE_API unsigned ridge_optimizer_slots(const ridge_optimizer *optimizer);

// What weights must satisfy after each update (projected, never through the gradient). All zero: no
// constraint. First signs, then norms; norms are Euclidean, of each unit apart.
//
// Keras divides by norm + 1e-7 and so changes weights that satisfy the limit already; here they
// keep their bits, as in Srivastava et al. 2014. A unit whose weights are all zero stays so under
// every limit, and one whose norm is NaN or too large for float32 stays as it is, to be seen.
typedef struct ridge_constraint {
    uint32_t non_negative; // 1: w = max(w, 0)
    float min_norm;        // norms below are scaled up to it, >= 0
    float max_norm;        // norms above are scaled down to it; 0: no limit
    float norm_rate; // how far a norm goes towards its limit: w *= rate limit / norm + 1 - rate,
                     // (0, 1]; 0: 1
} ridge_constraint;

// Puts each row w[first .. first + count) under the constraint. rows: uint32 [n, 2] of
// (first, count), inside w and apart from each other.
RIDGE_API ridge_status ridge_constrain(ridge_launcher *on, const ridge_constraint *constraint,
                                       ridge_tensor w, ridge_tensor rows);

// How one tensor of the arena is treated. Tensors start at multiples of RIDGE_SEGMENT_ALIGNMENT
// elements; the gap behind one belongs to it and stays zero.
#define RIDGE_SEGMENT_ALIGNMENT 256
typedef struct ridge_segment {
    uint32_t first, count; // elements
    uint32_t unit;         // elements of a unit, for the constraint; 0: all
    float l1, l2;          // penalty l1 sum|w| + l2 sum w^2: l1 sign(w) + 2 l2 w joins the gradient
    float proximal_l1;     // penalty l1 sum|w| by a proximal step instead, see ridge_update
    float decay;           // factor on the optimizer's weight_decay: 1 for weights, 0 for the rest
    ridge_constraint constraint;
} ridge_segment;

// Cuts the tensors of an arena into the pieces that work-groups take: units where units have limits
// on their norms, else some thousand elements. Writes (first, count, segment) of each to `pieces`,
// unless it is NULL, and returns how many there are.
RIDGE_API size_t ridge_update_pieces(const ridge_segment *segments, size_t count, uint32_t *pieces);

// What ridge_update notes, float32 [6], zero at first.
enum {
    RIDGE_NOTE_NORM,       // norm of all gradients together, penalties included, before clipping;
                           // 0 where nothing is clipped
    RIDGE_NOTE_LARGEST,    // the largest of these since the note was zero
    RIDGE_NOTE_CLIPPED,    // steps whose gradient was clipped by its global norm
    RIDGE_NOTE_NOT_FINITE, // steps whose norm was NaN or infinite
    RIDGE_NOTE_DECAY,      // two words: decay that is due, but too small to count yet
    RIDGE_NOTES = 6
};

typedef struct ridge_update_params {
    const ridge_optimizer *optimizer;   // completed
    ridge_tensor parameters, gradients; // the arenas, n elements each
    ridge_tensor slots[2]; // as many as ridge_optimizer_slots, n elements, zero at first
    ridge_tensor segments; // the table as 32-bit words: uint32 [segments, 11], as ridge_segment
    ridge_tensor pieces;   // uint32 [pieces, 3], see ridge_update_pieces
    ridge_tensor rate;     // float32 [1]: the rate that counts, instead of the optimizer's
    ridge_tensor step;     // uint32 [1]: steps done before this one
    ridge_tensor notes;    // float32 [RIDGE_NOTES]
} ridge_update_params;
#define ridge_update_params(...) RIDGE_PARAMS(ridge_update_params, __VA_ARGS__)

// One step of the optimizer over the whole arena in one launch; with clipping, in two:
//
//   g  = gradient + l1 sign(w) + 2 l2 w, clipped
//   w -= rate u(g) + rate weight_decay decay w         u: the optimizer's, see its kind
//   w  = sign(w) max(|w| - rate p proximal_l1, 0)
//   w  under its constraint
//
// p is what u comes to for a steady gradient of 1: 1 / (1 - momentum) for sgd, 1 / (sqrt(v) + eps)
// for adam (v corrected). With it weights come to rest just where loss + l1 sum|w| is smallest, as
// with the subgradient, but those that do not matter are exactly zero (proximal gradient method
// with the optimizer's own metric: Parikh, Boyd 2014; Yun et al. 2021).
//
// Decay that would take less than 2^-17 of a weight in a step adds up in the notes and is taken
// when it has come to that, since float32 would lose it: w (1 - 1e-8) is w.
//
// Denormal numbers (below 2^-126) become zero, in weights and in slots.
//
// A gradient with NaN or infinity in it is not clipped, so that it shows in the weights and in the
// loss; the notes count the steps where clipping met one.
RIDGE_API ridge_status ridge_update(ridge_launcher *on, const ridge_update_params *params);

// A pass over data begins: all words of state from state[1] on become 0, but state[2] becomes the
// bits of rates[0], or of `rate` where `rates` is "no tensor". state: uint32, 3 words or more, with
// rates 4. rates: float32, a learning rate for each step of the pass.
RIDGE_API ridge_status ridge_step_begin(ridge_launcher *on, ridge_tensor state, float rate,
                                        ridge_tensor rates);

// state[0] += 1 (the step), state[1] += rows (the position in the epoch). state: uint32 [2]. With
// rates, uint32 [4]: state[3] += 1 (the step of the pass), but not beyond the last of rates, and
// state[2] becomes the bits of rates[state[3]].
RIDGE_API ridge_status ridge_step_advance(ridge_launcher *on, ridge_tensor state, size_t rows,
                                          ridge_tensor rates);

RIDGE_API_END

#endif

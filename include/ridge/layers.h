// SPDX-License-Identifier: Apache-2.0
// Layers that take rows of any shape; those on images stand in image_layers.h, on sounds in
// audio.h.
//
// Builders return a node. After a failure they return the null node and the first error stays with
// the network, so that one check, at ridge_network_compile, is enough.
#ifndef RIDGE_LAYERS_H
#define RIDGE_LAYERS_H

#include <ridge/activation.h>
#include <ridge/base.h>
#include <ridge/fields.h>
#include <ridge/loss.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

// What layers are built into, see network.h.
typedef struct ridge_network ridge_network;

// A layer's output inside its network; those of others are refused. All zero: the null node.
typedef struct ridge_node {
    unsigned id; // from 1
    const ridge_network *network;
} ridge_node;

// Initial weights, all drawn from the seed of ridge_network_compile. fan_in and fan_out are the
// layer's inputs and units.
typedef enum ridge_init {
    RIDGE_INIT_DEFAULT = 0,   // weights: He normal before relu and its kin, else Glorot uniform;
                              // biases: zeros
    RIDGE_INIT_HE_NORMAL,     // N(0, 2 / fan_in)                              (He et al. 2015)
    RIDGE_INIT_HE_UNIFORM,    // U(-a, a), a = sqrt(6 / fan_in)
    RIDGE_INIT_GLOROT_NORMAL, // N(0, 2 / (fan_in + fan_out))                  (Glorot, Bengio 2010)
    RIDGE_INIT_GLOROT_UNIFORM, // U(-a, a), a = sqrt(6 / (fan_in + fan_out))
    RIDGE_INIT_ZEROS,
    RIDGE_INIT_ONES
} ridge_init;

// How a tensor of weights or biases begins and is regularised. Zero: nothing.
typedef struct ridge_weight_params {
    ridge_init init;
    float l1, l2;  // adds l1 sum|w| + l2 sum w^2 to the loss; >= 0
    bool proximal; // l1 by a proximal step instead of its gradient, which gives exact zeros; see
                   // ridge_update

    // Constraints, put on after each update; norms are the Euclidean norms of the incoming weights
    // of each unit (of all biases together). See ridge_constraint.
    float max_norm;    // norms above are scaled down to it; 0: no limit
    float min_norm;    // norms below are scaled up to it; 0: no limit
    float norm_rate;   // how far towards the limit, (0, 1]; 0: 1
    bool unit_norm;    // every norm is scaled to 1; without max_norm and min_norm
    bool non_negative; // negative weights become 0

    // Weights only: adds a penalty on the cosines between the rows (the incoming weights of each
    // unit) or the columns, see ridge_orthogonal_penalty. For a dense layer Keras' "rows" are the
    // columns here, since its kernel lies the other way round.
    float orthogonal; // its factor, >= 0
    ridge_orthogonal_mode orthogonal_mode;
} ridge_weight_params;

typedef struct ridge_input_params {
    size_t shape[RIDGE_MAX_RANK]; // of one row; ends at the first zero. Required.
    const char *name;             // every layer: copied; NULL: its kind and a number, "dense_1"
} ridge_input_params;

// Where rows of data come in. A network has exactly one.
RIDGE_API ridge_node ridge_input(ridge_network *network, const ridge_input_params *params);
#define ridge_input_params(...) RIDGE_PARAMS(ridge_input_params, __VA_ARGS__)

typedef struct ridge_dense_params {
    size_t units;                // required
    ridge_activation activation; // default: linear
    float activation_parameter;  // see ridge_activation; 0: its default
    ridge_weight_params weight, bias;
    bool no_bias;
    const char *name;
    float drop_connect;             // share of weights dropped in training, [0, 1); 0: none
    float activity_l1, activity_l2; // penalty on the output, see ridge_activity_penalty
} ridge_dense_params;

// y = f(x W^T + b): x [batch, inputs], W [units, inputs] as in PyTorch, b [units]. Inputs of more
// dimensions are taken as flat. Parameters "NAME.weight", "NAME.bias".
//
// drop_connect (Wan et al. 2013): in training the product is with W mask / (1 - drop_connect), and
// the gradient of W passes the same mask. One mask for each step, shared by the rows of the batch
// (the paper draws one for each row), a function of (seed, layer, step, element). In inference W as
// it is, which is the mean over the masks (the paper draws from a normal distribution there).
RIDGE_API ridge_node ridge_dense(ridge_network *network, ridge_node x,
                                 const ridge_dense_params *params);
#define ridge_dense_params(...) RIDGE_PARAMS(ridge_dense_params, __VA_ARGS__)

typedef struct ridge_activation_params {
    ridge_activation activation;
    float parameter; // 0: the activation's default
    const char *name;
} ridge_activation_params;

// y = f(x), see ridge/activation.h.
RIDGE_API ridge_node ridge_activation_layer(ridge_network *network, ridge_node x,
                                            const ridge_activation_params *params);
#define ridge_activation_params(...) RIDGE_PARAMS(ridge_activation_params, __VA_ARGS__)

typedef struct ridge_dropout_params {
    float rate; // share of elements dropped in training, [0, 1)
    const char *name;
    float keep_prob;     // instead of rate, as many texts have it: rate = 1 - keep_prob, (0, 1];
                         // 0: not given
    bool whole_channels; // one draw for each row of the batch and channel: rows are [channels, ...]
    bool channels_last;  // with it: rows are [..., channels]
} ridge_dropout_params;

// Inverted dropout, one draw per element and step: y = x / (1 - rate) where kept, else 0. In
// inference it is the identity. The mask is a function of (seed, layer, step, element).
RIDGE_API ridge_node ridge_dropout(ridge_network *network, ridge_node x,
                                   const ridge_dropout_params *params);
#define ridge_dropout_params(...) RIDGE_PARAMS(ridge_dropout_params, __VA_ARGS__)

// The other layers that draw random numbers; the identity in inference as well, and functions of
// (seed, layer, step, element) in training. Formulas stand at the ops of the same name in
// ridge/random.h.

typedef struct ridge_gaussian_dropout_params {
    float rate; // [0, 1)
    const char *name;
} ridge_gaussian_dropout_params;

// y = x N(1, rate / (1 - rate)).
RIDGE_API ridge_node ridge_gaussian_dropout(ridge_network *network, ridge_node x,
                                            const ridge_gaussian_dropout_params *params);
#define ridge_gaussian_dropout_params(...) RIDGE_PARAMS(ridge_gaussian_dropout_params, __VA_ARGS__)

typedef struct ridge_alpha_dropout_params {
    float rate; // [0, 1)
    const char *name;
} ridge_alpha_dropout_params;

// For behind selu: what is dropped becomes the value that selu tends to, and then mean and variance
// are put right.
RIDGE_API ridge_node ridge_alpha_dropout(ridge_network *network, ridge_node x,
                                         const ridge_alpha_dropout_params *params);
#define ridge_alpha_dropout_params(...) RIDGE_PARAMS(ridge_alpha_dropout_params, __VA_ARGS__)

typedef struct ridge_gaussian_noise_params {
    float deviation; // standard deviation, >= 0
    const char *name;
} ridge_gaussian_noise_params;

// y = x + N(0, deviation^2).
RIDGE_API ridge_node ridge_gaussian_noise(ridge_network *network, ridge_node x,
                                          const ridge_gaussian_noise_params *params);
#define ridge_gaussian_noise_params(...) RIDGE_PARAMS(ridge_gaussian_noise_params, __VA_ARGS__)

typedef struct ridge_flatten_params {
    const char *name;
} ridge_flatten_params;

// y = x with all dimensions of a row in one. params may be NULL.
RIDGE_API ridge_node ridge_flatten(ridge_network *network, ridge_node x,
                                   const ridge_flatten_params *params);
#define ridge_flatten_params(...) RIDGE_PARAMS(ridge_flatten_params, __VA_ARGS__)

typedef struct ridge_reshape_params {
    size_t shape[RIDGE_MAX_RANK]; // of a row of the output; up to 3 dimensions. Required
    const char *name;
} ridge_reshape_params;

// y = x with rows of another shape of as many elements: a table of 784 columns becomes images with
// shape {1, 28, 28}.
RIDGE_API ridge_node ridge_reshape(ridge_network *network, ridge_node x,
                                   const ridge_reshape_params *params);
#define ridge_reshape_params(...) RIDGE_PARAMS(ridge_reshape_params, __VA_ARGS__)

typedef struct ridge_add_params {
    const char *name;
} ridge_add_params;

// y = a + b, of equal shapes; so branches can join. params may be NULL.
RIDGE_API ridge_node ridge_add(ridge_network *network, ridge_node a, ridge_node b,
                               const ridge_add_params *params);
#define ridge_add_params(...) RIDGE_PARAMS(ridge_add_params, __VA_ARGS__)

typedef struct ridge_activity_penalty_params {
    float l1, l2; // >= 0, one of them above
    const char *name;
} ridge_activity_penalty_params;

// y = x, and (l1 sum|y| + l2 sum y^2) / rows of the batch joins the loss, in validation as well. As
// Keras' ActivityRegularization, which divides by the rows; penalties on weights are not divided.
RIDGE_API ridge_node ridge_activity_penalty(ridge_network *network, ridge_node x,
                                            const ridge_activity_penalty_params *params);
#define ridge_activity_penalty_params(...) RIDGE_PARAMS(ridge_activity_penalty_params, __VA_ARGS__)

// Over what a mean and a deviation are taken.
typedef enum ridge_statistics_of {
    RIDGE_STATISTICS_AUTO = 0, // rows of one dimension: features; of two (grey images): all; of
                               // more: channels
    RIDGE_STATISTICS_CHANNEL,  // each channel: rows are [channels, ...]
    RIDGE_STATISTICS_FEATURE,  // each element of a row
    RIDGE_STATISTICS_ALL       // all elements of all rows
} ridge_statistics_of;

typedef struct ridge_standardise_params {
    ridge_statistics_of of;
    bool channels_last; // rows are [..., channels]
    const char *name;
} ridge_standardise_params;

// y = (x - mean) / deviation, with the mean and the deviation of the training rows (z-scores;
// Keras' Normalization); a deviation of 0 counts as 1. Only directly behind the input. The first
// ridge_fit finds both on the device, from the rows it trains on and not from those that validate;
// ridge_network_adapt finds them anew, from any rows, and ridge_network_set takes given ones. Until
// then y = x. State "NAME.mean",
// "NAME.deviation", saved and restored with the weights: a model from a file predicts the same, and
// training that goes on with it keeps them. params may be NULL.
RIDGE_API ridge_node ridge_standardise(ridge_network *network, ridge_node x,
                                       const ridge_standardise_params *params);
#define ridge_standardise_params(...) RIDGE_PARAMS(ridge_standardise_params, __VA_ARGS__)

// Whose defaults normalisation takes.
typedef enum ridge_convention {
    RIDGE_CONVENTION_KERAS3 = 0, // epsilon 1e-3, momentum 0.99, running variance divided by n
    RIDGE_CONVENTION_TORCH,      // epsilon 1e-5, momentum 0.9, running variance divided by n - 1
    RIDGE_CONVENTION_KERAS2      // epsilon 1e-3, momentum 0.99, running variance divided by n - 1
} ridge_convention;

typedef struct ridge_batch_norm_params {
    ridge_convention convention;
    float epsilon;      // added to the variance; 0: the convention's
    float momentum;     // share of the running statistics that a step keeps, as in Keras; PyTorch's
                        // momentum is 1 - this. (0, 1); 0: the convention's
    bool channels_last; // rows are [..., channels], else [channels, ...]
    ridge_activation activation; // default: linear
    float activation_parameter;  // see ridge_activation; 0: its default
    ridge_weight_params gamma, beta;
    bool no_gamma, no_beta;
    const char *name;
} ridge_batch_norm_params;

// Batch normalisation (Ioffe, Szegedy 2015): y = f(gamma (x - mean) / sqrt(variance + epsilon) +
// beta), mean and variance of each channel. Channels are the first dimension of a row, or the last
// one; behind a dense layer they are its units. Training takes mean and biased variance of the
// batch, inference the running ones. Parameters "NAME.gamma", "NAME.beta"; state, saved and
// restored with them, "NAME.running_mean", "NAME.running_variance". Penalties and decay only where
// they are asked for. ridge_fit refuses batches of 1 row where a channel has one value in each; in
// a last, smaller batch of 1 row y is f(beta), and a running variance of n - 1 stays as it is.
// params may be NULL.
RIDGE_API ridge_node ridge_batch_norm(ridge_network *network, ridge_node x,
                                      const ridge_batch_norm_params *params);
#define ridge_batch_norm_params(...) RIDGE_PARAMS(ridge_batch_norm_params, __VA_ARGS__)

typedef struct ridge_layer_norm_params {
    ridge_convention convention; // of epsilon
    float epsilon;               // added to the variance; 0: the convention's
    bool whole_row;              // over all dimensions of a row; else over the last one
    ridge_activation activation; // default: linear
    float activation_parameter;  // see ridge_activation; 0: its default
    ridge_weight_params gamma, beta;
    bool no_gamma, no_beta;
    const char *name;
} ridge_layer_norm_params;

// Layer normalisation (Ba et al. 2016): the same formula with mean and biased variance of each row,
// or of each line of its last dimension. gamma and beta have a value for each element that is
// normalised together. Inference does what training does. params may be NULL.
RIDGE_API ridge_node ridge_layer_norm(ridge_network *network, ridge_node x,
                                      const ridge_layer_norm_params *params);
#define ridge_layer_norm_params(...) RIDGE_PARAMS(ridge_layer_norm_params, __VA_ARGS__)

typedef struct ridge_group_norm_params {
    size_t groups;               // required; as many as channels: instance normalisation
    ridge_convention convention; // of epsilon
    float epsilon;               // added to the variance; 0: the convention's
    bool channels_last;          // rows are [..., channels], else [channels, ...]
    ridge_activation activation; // default: linear
    float activation_parameter;  // see ridge_activation; 0: its default
    ridge_weight_params gamma, beta;
    bool no_gamma, no_beta;
    const char *name;
} ridge_group_norm_params;

// Group normalisation (Wu, He 2018): the same formula with mean and biased variance of each row and
// group of neighbouring channels, over all places. gamma and beta have a value for each channel.
// Inference does what training does.
RIDGE_API ridge_node ridge_group_norm(ridge_network *network, ridge_node x,
                                      const ridge_group_norm_params *params);
#define ridge_group_norm_params(...) RIDGE_PARAMS(ridge_group_norm_params, __VA_ARGS__)

// Layers by name, for programs that read networks from files.

typedef struct ridge_layer_info {
    const char *name;          // "dense"
    const char *help;          // one line
    const ridge_field *fields; // of the params struct
    size_t params_size;        // sizeof the params struct
    unsigned inputs;           // how many nodes it takes
} ridge_layer_info;

// The kinds of layers, for i = 0, 1, ...; NULL behind the last. And by name; NULL when unknown.
RIDGE_API const ridge_layer_info *ridge_layer_at(size_t index);
RIDGE_API const ridge_layer_info *ridge_layer_find(const char *name);
// Adds a layer of this kind; `params` is its params struct, NULL for all defaults.
RIDGE_API ridge_node ridge_layer_add(ridge_network *network, const char *kind,
                                     const ridge_node *inputs, size_t count, const void *params);

RIDGE_API_END

#endif

// SPDX-License-Identifier: Apache-2.0
// Networks: a graph of layers, compiled for a device, then trained (training.h), saved and used.
//
// Builders return a node. After a failure they return the null node and the first error stays with
// the network, so that one check, at ridge_network_compile, is enough.
#ifndef RIDGE_NETWORK_H
#define RIDGE_NETWORK_H

#include <ridge/activation.h>
#include <ridge/augment.h>
#include <ridge/base.h>
#include <ridge/data.h>
#include <ridge/device.h>
#include <ridge/fields.h>
#include <ridge/loss.h>
#include <ridge/ops.h>
#include <ridge/tensor.h>
#include <ridge/update.h>

RIDGE_API_BEGIN

typedef struct ridge_network ridge_network;

// A layer's output inside its network. All zero: the null node.
typedef struct ridge_node {
    unsigned id;
} ridge_node;

// An empty network. The device must outlive it. NULL on failure (RIDGE_ERROR_MEMORY, _ARGUMENT).
RIDGE_API ridge_network *ridge_network_create(ridge_device *device);
RIDGE_API void ridge_network_destroy(ridge_network **network);

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
    float keep_prob;     // instead of rate, for those who think so: rate = 1 - keep_prob, (0, 1];
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
#define ridge_flatten_params(...) (&(ridge_flatten_params){__VA_ARGS__})

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
#define ridge_add_params(...) (&(ridge_add_params){__VA_ARGS__})

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
                        // momentum is 1 - this. [0, 1); 0: the convention's
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

// The status and, through ridge_error(), the text of the first failed builder; RIDGE_OK if none.
RIDGE_API ridge_status ridge_network_status(const ridge_network *network);

typedef struct ridge_compile_params {
    ridge_loss loss;           // default: softmax cross-entropy, of labels or of shares of classes
    float smoothing, delta;    // of the loss, see ridge_loss_params
    ridge_optimizer optimizer; // default: sgd with rate 0.01
    uint64_t seed;             // of initial weights, dropout and shuffling
    size_t batch;              // largest batch that memory is planned for; 0: 128
} ridge_compile_params;
#define ridge_compile_params(...) RIDGE_PARAMS(ridge_compile_params, __VA_ARGS__)

// Infers shapes, lays out the parameters in one arena and draws the initial weights. NULL params:
// all defaults. To be called once. Errors: the first builder's; RIDGE_ERROR_SHAPE naming layer,
// expected and found shape; RIDGE_ERROR_ARGUMENT for a node of another network or no input.
RIDGE_API ridge_status ridge_network_compile(ridge_network *network, ridge_node output,
                                             const ridge_compile_params *params);

// The fields of ridge_compile_params that tell of the loss, for files.
RIDGE_API const ridge_field *ridge_loss_fields(void);

RIDGE_API ridge_device *ridge_network_device(const ridge_network *network);
// What a row of input and output looks like; return the rank. After compile.
RIDGE_API size_t ridge_network_input_shape(const ridge_network *network,
                                           size_t shape[RIDGE_MAX_RANK]);
RIDGE_API size_t ridge_network_output_size(const ridge_network *network);
RIDGE_API const ridge_compile_params *ridge_network_settings(const ridge_network *network);

// Layers as built, in order of building: kind, name, shape of a row of output, own trained values.
typedef struct ridge_layer_summary {
    const char *kind, *name;
    size_t rank, shape[RIDGE_MAX_RANK];
    size_t parameters;
} ridge_layer_summary;
// False behind the last layer.
RIDGE_API bool ridge_network_layer(const ridge_network *network, size_t index,
                                   ridge_layer_summary *summary);

// Parameters, in the order of the arena.
typedef struct ridge_parameter {
    const char *name; // "dense_1.weight"
    ridge_tensor tensor;
    ridge_tensor gradient; // of the last step of an epoch; "no tensor" before the first training
                           // step is planned
    bool is_weight;        // false: a bias, or state
    bool is_state;         // kept and saved like the rest, but not trained: no gradient, no penalty
    const ridge_weight_params *treatment; // owned by the network
} ridge_parameter;
// False behind the last parameter.
RIDGE_API bool ridge_network_parameter(const ridge_network *network, size_t index,
                                       ridge_parameter *parameter);
// Number of trained values in all; state does not count.
RIDGE_API size_t ridge_network_parameter_count(const ridge_network *network);
// Replaces or reads the values of one parameter by name; `count` is checked. Waits.
RIDGE_API ridge_status ridge_network_set(ridge_network *network, const char *name,
                                         const float *values, size_t count);
RIDGE_API ridge_status ridge_network_get(const ridge_network *network, const char *name,
                                         float *values, size_t count);

// The penalty of all parameters: sum over tensors of l1 sum|w| + l2 sum w^2 and the orthogonal
// penalty. Waits. By parameter: ridge_network_penalties.
RIDGE_API ridge_status ridge_network_penalty(ridge_network *network, double *penalty);

// Norms of each trained parameter, Frobenius: as epochs end, see ridge_fit_params.
typedef struct ridge_parameter_norms {
    double weights, gradients; // NaN for state
} ridge_parameter_norms;

typedef enum ridge_norm_source {
    RIDGE_OF_WEIGHTS = 0,
    RIDGE_OF_GRADIENTS // as the last step of the latest whole epoch left them: before L1 and L2 of
                       // weights and before clipping. Within an epoch those of dense layers may
                       // never be written
} ridge_norm_source;

// Norms (or any reduction: L1, Frobenius, largest magnitude, exact zeros) of parameters or of their
// gradients. norms, or NULL: one for each parameter in the order of ridge_network_parameter, NaN
// for state. total, or NULL: of all trained parameters taken as one vector. Waits.
// Errors: RIDGE_ERROR_STATE for gradients before the first fit.
RIDGE_API ridge_status ridge_network_norms(ridge_network *network, ridge_reduction reduction,
                                           ridge_norm_source source, double *norms, double *total);
// The same for each unit of a parameter: the incoming weights of a unit, as constraints take them;
// a bias is one unit. count: room in norms, must be the number of units. Waits.
RIDGE_API ridge_status ridge_network_unit_norms(ridge_network *network, const char *name,
                                                ridge_reduction reduction, ridge_norm_source source,
                                                float *norms, size_t count);

typedef struct ridge_metrics {
    double loss;     // mean over rows, without the penalty
    double penalty;  // see ridge_network_penalty, and activity penalties, means over these rows
    double accuracy; // share of rows that are right; NaN for losses without classes
} ridge_metrics;

// Layers that learn from the data before training (standardise) do so, from these rows, whatever
// they knew before. Nothing happens where there are none. Errors: RIDGE_ERROR_SHAPE,
// RIDGE_ERROR_DEVICE.
RIDGE_API ridge_status ridge_network_adapt(ridge_network *network, const ridge_dataset *data);

// Loss and accuracy on a data set, dropout off. The data set must fit the network:
// RIDGE_ERROR_SHAPE or RIDGE_ERROR_DATA say what does not.
RIDGE_API ridge_status ridge_network_evaluate(ridge_network *network, const ridge_dataset *data,
                                              ridge_metrics *metrics);

// Training steps of the network see augmented rows from now on, whose draws are functions of (seed
// of the network, epoch, number of the row in the data set that trains). Evaluation and prediction
// do not, but for operations that change the size, which take their deterministic form there; data
// are then rows as the pipeline takes them, or as the network does. The network takes a copy, saved
// with the model. NULL: none. After compile, not inside ridge_fit. Errors: RIDGE_ERROR_SHAPE where
// what comes out of the pipeline is no row of the network's input; RIDGE_ERROR_STATE.
RIDGE_API ridge_status ridge_network_augment(ridge_network *network, const ridge_augment *augment);
// The network's own pipeline, or NULL.
RIDGE_API const ridge_augment *ridge_network_augmentation(const ridge_network *network);

// Outputs for every row, [count, output_size], dropout off: probabilities where the loss is a
// cross-entropy (softmax, or sigmoid for binary), else the plain outputs. Targets are not needed.
RIDGE_API ridge_status ridge_network_predict(ridge_network *network, const ridge_dataset *data,
                                             float *outputs);

typedef struct ridge_sample_params {
    size_t samples; // passes over the data; required
    uint64_t seed;  // of what is drawn; 0: the network's
} ridge_sample_params;
#define ridge_sample_params(...) RIDGE_PARAMS(ridge_sample_params, __VA_ARGS__)

// Monte-Carlo prediction (Gal, Ghahramani 2016): outputs as ridge_network_predict gives them, but
// with dropout and all other random layers on, `samples` times. mean[i] and deviation[i] are over
// the samples of output i (probabilities where the loss is a cross-entropy), summed in double; the
// deviation divides by samples - 1. Both [count, output_size]; deviation may be NULL. The same seed
// and batch give the same samples on one device, the first of them whatever their number. Nothing
// else is as in training: normalisation uses its running statistics, and no state changes.
// RIDGE_ERROR_ARGUMENT for fewer than 2 samples (1 without a deviation), or where no layer draws.
RIDGE_API ridge_status ridge_network_predict_samples(ridge_network *network,
                                                     const ridge_dataset *data,
                                                     const ridge_sample_params *params, float *mean,
                                                     float *deviation);

// Saves description, settings and parameters as safetensors; the file appears only when complete.
// Errors: RIDGE_ERROR_FILE; an earlier file is then as it was.
RIDGE_API ridge_status ridge_network_save(ridge_network *network, const char *path);
// Makes the network of such a file, compiled and with its parameters, ready to predict or to train
// on. Errors: RIDGE_ERROR_FILE, RIDGE_ERROR_FORMAT, and those of the builders.
RIDGE_API ridge_status ridge_network_load(ridge_device *device, const char *path,
                                          ridge_network **network);

// Central differences against backward, on the first rows of a data set, dropout masks frozen. The
// loss on the data (activity penalties included) and the penalties on weights are compared apart,
// the latter as an update adds them to the gradient.
typedef struct ridge_gradient_error {
    const char *parameter;    // owned by the network
    double worst;             // largest |numeric - backward| / max(|numeric|, |backward|, floor)
    double numeric, backward; // of the part of the gradient where it is
    size_t element;           // where it is
    size_t checked;           // how many elements were compared
    size_t kinks; // how often a kink lay within the step, so that slopes were not compared: an
                  // output of relu at 0, or for the penalty, compared apart, a weight under L1
} ridge_gradient_error;

typedef struct ridge_gradient_check_params {
    size_t rows;      // of the data set; 0: 32
    size_t elements;  // at most so many of each tensor, evenly spread; 0: 64
    double step;      // of the central difference; 0: 1e-2 times the scale of the tensor
    double tolerance; // 0: 1e-2 (float32 losses; the sums over rows are in double)
} ridge_gradient_check_params;

// *errors has one entry for each trained parameter and is the caller's to free(). RIDGE_OK with
// *passed false when an error exceeds the tolerance. NULL params: all defaults.
RIDGE_API ridge_status ridge_network_check_gradients(ridge_network *network,
                                                     const ridge_dataset *data,
                                                     const ridge_gradient_check_params *params,
                                                     ridge_gradient_error **errors, size_t *count,
                                                     bool *passed);

RIDGE_API_END

#endif

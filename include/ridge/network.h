// SPDX-License-Identifier: Apache-2.0
// Networks: a graph of layers (layers.h, image_layers.h, audio.h), compiled for a device, then
// trained (training.h), saved and used.
#ifndef RIDGE_NETWORK_H
#define RIDGE_NETWORK_H

#include <ridge/augment.h>
#include <ridge/base.h>
#include <ridge/data.h>
#include <ridge/device.h>
#include <ridge/fields.h>
#include <ridge/layers.h>
#include <ridge/loss.h>
#include <ridge/ops.h>
#include <ridge/tensor.h>
#include <ridge/update.h>

RIDGE_API_BEGIN

// An empty network. The device must outlive it. NULL on failure (RIDGE_ERROR_MEMORY, _ARGUMENT).
RIDGE_API ridge_network *ridge_network_create(ridge_device *device);
// Releases the network and sets *network to NULL. NULL and a NULL handle are fine.
RIDGE_API void ridge_network_destroy(ridge_network **network);

// The status and, through ridge_error(), the text of the first failed builder; RIDGE_OK if none.
RIDGE_API ridge_status ridge_network_status(const ridge_network *network);

typedef struct ridge_compile_params {
    ridge_loss loss;           // default: softmax cross-entropy, of labels or of shares of classes
    float smoothing, delta;    // of the loss, see ridge_loss_params; 0 where it has none
    ridge_optimizer optimizer; // default: sgd with rate 0.01
    uint64_t seed;             // of initial weights, dropout and shuffling
    size_t batch;              // largest batch that memory is planned for; 0: 128
} ridge_compile_params;
#define ridge_compile_params(...) RIDGE_PARAMS(ridge_compile_params, __VA_ARGS__)

// Infers shapes, lays out the parameters in one arena and draws the initial weights. NULL params:
// all defaults. To be called once. Errors: the first builder's; RIDGE_ERROR_SHAPE naming layer,
// expected and found shape; RIDGE_ERROR_ARGUMENT for a node that is not there or no input.
RIDGE_API ridge_status ridge_network_compile(ridge_network *network, ridge_node output,
                                             const ridge_compile_params *params);

// The fields of ridge_compile_params that tell of the loss, for files.
RIDGE_API const ridge_field *ridge_loss_fields(void);

// The device that it was made for.
RIDGE_API ridge_device *ridge_network_device(const ridge_network *network);
// After compile: the shape of a row of input, of which the rank is returned; values of a row of
// output; the params of compile, completed and owned by the network.
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
// Replaces or reads the values of one parameter by name, `count` of them in the order of its
// tensor. Waits. Errors: RIDGE_ERROR_ARGUMENT for a name that is not there, RIDGE_ERROR_SHAPE for
// another count, RIDGE_ERROR_STATE before compile, RIDGE_ERROR_DEVICE.
RIDGE_API ridge_status ridge_network_set(ridge_network *network, const char *name,
                                         const float *values, size_t count);
RIDGE_API ridge_status ridge_network_get(const ridge_network *network, const char *name,
                                         float *values, size_t count);

// The penalty of all parameters: sum over tensors of l1 sum|w| + l2 sum w^2 and the orthogonal
// penalty. Waits. By parameter: ridge_network_penalties. Errors: RIDGE_ERROR_STATE before compile;
// what the ops fail with.
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
// Errors: RIDGE_ERROR_STATE before compile, for gradients before the first fit.
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

// Loss and accuracy on a data set, dropout off. Waits. Errors: RIDGE_ERROR_SHAPE, RIDGE_ERROR_DATA
// when the data do not fit the network; RIDGE_ERROR_STATE before compile.
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
// Errors: RIDGE_ERROR_SHAPE for rows of another shape, RIDGE_ERROR_STATE before compile.
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
// on. The caller destroys *network; it is NULL on failure. Errors: RIDGE_ERROR_FILE,
// RIDGE_ERROR_FORMAT, and those of the builders.
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
#define ridge_gradient_check_params(...) RIDGE_PARAMS(ridge_gradient_check_params, __VA_ARGS__)

// *errors has one entry for each trained parameter and is the caller's to free(). RIDGE_OK with
// *passed false when an error exceeds the tolerance. NULL params: all defaults. Errors: as
// ridge_network_evaluate.
RIDGE_API ridge_status ridge_network_check_gradients(ridge_network *network,
                                                     const ridge_dataset *data,
                                                     const ridge_gradient_check_params *params,
                                                     ridge_gradient_error **errors, size_t *count,
                                                     bool *passed);

RIDGE_API_END

#endif

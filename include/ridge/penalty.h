// SPDX-License-Identifier: Apache-2.0
// Penalties: what a textbook's lambda comes to, and what each penalty adds to a network's loss.
#ifndef RIDGE_PENALTY_H
#define RIDGE_PENALTY_H

#include <ridge/base.h>
#include <ridge/data.h>
#include <ridge/network.h>

RIDGE_API_BEGIN

// What stands before the sum of |w| or of w^2 where a text adds it to the mean loss; m is the
// number of training rows, never that of a batch. One lambda means four different things:
//
//                  before sum |w|     before sum w^2              derivative of the latter
// slides           lambda / m         lambda / 2m                 lambda / m w
// lecture notes    lambda / 2m        lambda / 2m                 lambda / m w
// Keras tutorial   lambda             lambda / 2, then lambda     -
// L2 by A. Ng      lambda / m         lambda / 2m                 lambda / m w
// overview         lambda             lambda                      -
// Keras            lambda             lambda                      2 lambda w
// PyTorch          -                  lambda / 2 (weight_decay)   lambda w
//
// ridge's own l1 and l2 are RIDGE_LAMBDA: the same as Keras'. PyTorch's coupled weight_decay is
// 2 l2.
typedef enum ridge_lambda {
    RIDGE_LAMBDA = 0,     // lambda
    RIDGE_LAMBDA_HALF,    // lambda / 2
    RIDGE_LAMBDA_OVER_M,  // lambda / m
    RIDGE_LAMBDA_OVER_2M, // lambda / 2m
} ridge_lambda;

// "lambda", "lambda/2", "lambda/m", "lambda/2m"; NULL for a value outside the enum.
RIDGE_API const char *ridge_lambda_name(ridge_lambda convention);

typedef struct ridge_penalty {
    float l1; // where the text has the lambda before sum |w|
    float l2; // where it has it before sum w^2
} ridge_penalty;

// The strengths that a lambda of this convention comes to. m counts the training rows, without
// those held out to validate; only the conventions with an m read it. Errors:
// RIDGE_ERROR_ARGUMENT for a lambda below 0 or not finite, or an m of 0 that is needed.
RIDGE_API ridge_status ridge_penalty_from(ridge_lambda convention, double lambda, size_t m,
                                          ridge_penalty *penalty);

// What one penalty adds to the loss of a network.
typedef struct ridge_penalty_part {
    const char *name; // of a parameter, "dense_1.weight", or of a layer; owned by the network
    bool of_output;   // an activity penalty on the layer's output, mean over the rows of the data
    double l1, l2, orthogonal;
    double zeros; // share of the parameter's values that are exactly zero; NaN for outputs
} ridge_penalty_part;

// Every trained parameter, in the order of the arena, and then, where `data` is not NULL, every
// layer with an activity penalty, dropout off; together they are the penalty of
// ridge_network_evaluate. *parts is the caller's to free(). Waits. Errors: as
// ridge_network_evaluate.
RIDGE_API ridge_status ridge_network_penalties(ridge_network *network, const ridge_dataset *data,
                                               ridge_penalty_part **parts, size_t *count);

RIDGE_API_END

#endif

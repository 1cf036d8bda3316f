// SPDX-License-Identifier: Apache-2.0
// Normalisation and standardisation. What ridge/ops.h says of launchers, tensors and errors holds
// here.
//
// Normalisation: y = f(gamma normal(x) + beta), normal(x) = (x - mean) / sqrt(variance + epsilon).
//
// Statistics are found in two passes from the distances to one of the values, so that they do not
// cancel where values lie far from 0; what rounding takes from a mean is kept beside it. Backward
// computes everything from x again and needs neither y nor what f was applied to. NaN and infinity
// in what a mean is taken of show in all that it is used for.
#ifndef RIDGE_NORMALISATION_H
#define RIDGE_NORMALISATION_H

#include <ridge/activation.h>
#include <ridge/base.h>
#include <ridge/device.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

typedef struct ridge_normalisation {
    ridge_tensor gamma, beta; // "no tensor": 1 and 0
    float epsilon;            // > 0
    ridge_activation activation;
    float parameter; // of the activation; 0: its default
} ridge_normalisation;

// What backward is to find; "no tensor" for what is not wanted. x may be dy itself.
typedef struct ridge_normalisation_gradients {
    ridge_tensor x;
    bool accumulate; // add to x; the others are always replaced
    ridge_tensor gamma, beta;
} ridge_normalisation_gradients;

// Running statistics of batch normalisation, each [channels]:
//   mean = momentum mean + (1 - momentum) batch mean, variance likewise.
typedef struct ridge_running_statistics {
    ridge_tensor mean, variance;
    float momentum; // share of the old value that is kept: [0, 1)
    bool unbiased;  // the batch's variance is divided by n - 1, else by n. Where n is 1 there is no
                    // such variance, and the running one stays as it is
} ridge_running_statistics;

// Batch normalisation (Ioffe, Szegedy 2015): x, y [batch, channels, ...], mean and biased variance
// of each channel over the batch and all dimensions behind the channels. gamma, beta [channels].
// running: what to bring up to date; NULL: nothing. statistics [3, channels], for backward: mean,
// what the mean has lost, variance; "no tensor": not wanted.
RIDGE_API ridge_status ridge_batch_norm_forward(ridge_launcher *on, const ridge_normalisation *norm,
                                                const ridge_running_statistics *running,
                                                ridge_tensor x, ridge_tensor y,
                                                ridge_tensor statistics);
// The same with a mean and a variance that are known, [channels]: one elementwise launch.
RIDGE_API ridge_status ridge_batch_norm_inference(ridge_launcher *on,
                                                  const ridge_normalisation *norm,
                                                  ridge_tensor mean, ridge_tensor variance,
                                                  ridge_tensor x, ridge_tensor y);
// With n values of x and dy in a channel, dz = dy f'(z):
//   beta  = sum of dz,  gamma = sum of dz normal(x)
//   x     = gamma / sqrt(variance + epsilon)
//           (dz - (sum of dz) / n - normal(x) (sum of dz normal(x)) / n)
RIDGE_API ridge_status ridge_batch_norm_backward(ridge_launcher *on,
                                                 const ridge_normalisation *norm, ridge_tensor x,
                                                 ridge_tensor statistics, ridge_tensor dy,
                                                 const ridge_normalisation_gradients *wanted);

// Layer normalisation (Ba et al. 2016): x, y [rows, columns], mean and biased variance of each row.
// gamma, beta [columns]. statistics [3, rows], for backward, as above; "no tensor": not wanted.
RIDGE_API ridge_status ridge_layer_norm_forward(ridge_launcher *on, const ridge_normalisation *norm,
                                                ridge_tensor x, ridge_tensor y,
                                                ridge_tensor statistics);
// With n columns, dz = dy f'(z), g = gamma dz:
//   beta = sum over rows of dz,  gamma = sum over rows of dz normal(x)
//   x    = (g - (sum of g) / n - normal(x) (sum of g normal(x)) / n) / sqrt(variance + epsilon)
RIDGE_API ridge_status ridge_layer_norm_backward(ridge_launcher *on,
                                                 const ridge_normalisation *norm, ridge_tensor x,
                                                 ridge_tensor statistics, ridge_tensor dy,
                                                 const ridge_normalisation_gradients *wanted);

// Group normalisation (Wu, He 2018): x, y [batch, channels, places], or with channels_last [batch,
// places, channels]; mean and biased variance of each sample's groups of channels / groups
// neighbouring channels, over all places. gamma, beta [channels]. statistics [3, batch, groups],
// for backward, as above; "no tensor": not wanted.
RIDGE_API ridge_status ridge_group_norm_forward(ridge_launcher *on, const ridge_normalisation *norm,
                                                size_t groups, bool channels_last, ridge_tensor x,
                                                ridge_tensor y, ridge_tensor statistics);
// As layer normalisation, with n values in a group:
//   beta = sum over batch and places of dz,  gamma = the same of dz normal(x), by channel
RIDGE_API ridge_status ridge_group_norm_backward(ridge_launcher *on,
                                                 const ridge_normalisation *norm, size_t groups,
                                                 bool channels_last, ridge_tensor x,
                                                 ridge_tensor statistics, ridge_tensor dy,
                                                 const ridge_normalisation_gradients *wanted);

// Standardisation. x [rows, channels, ...]; mean, deviation float32 [channels].
//
// find: of x * scale + shift, x uint8 or float32, over all rows and all places of a channel; the
// deviation is that of the population, sqrt(mean of (x - mean)^2), and 1 where all values are
// equal. apply: y = (x - mean) / deviation in float32; a deviation of 0 divides by 1. y may be x.
RIDGE_API ridge_status ridge_standardise_find(ridge_launcher *on, ridge_tensor x, float scale,
                                              float shift, ridge_tensor mean,
                                              ridge_tensor deviation);
RIDGE_API ridge_status ridge_standardise_apply(ridge_launcher *on, ridge_tensor x,
                                               ridge_tensor mean, ridge_tensor deviation,
                                               ridge_tensor y);

RIDGE_API_END

#endif

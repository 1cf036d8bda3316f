// SPDX-License-Identifier: Apache-2.0
// What of log-mel spectrograms their layer needs to know.
#ifndef RIDGE_OPS_LOG_MEL_H
#define RIDGE_OPS_LOG_MEL_H

#include <ridge/audio.h>

#define RIDGE_LOG_MEL_WINDOW 16384 // the longest

// The params with their defaults.
struct ridge_log_mel_sizes {
    size_t window, hop, bands;
    size_t transform; // length of the Fourier transform, a power of two
    size_t before;    // zeros in front of a row
    double low, high;
};
struct ridge_log_mel_sizes ridge_log_mel_sizes(const ridge_log_mel_params *params);

// Edge 0 ... bands + 1, in Hz.
double ridge_log_mel_edge(const ridge_log_mel_params *params, size_t edge);

ridge_status ridge_log_mel_check(const ridge_log_mel_params *params, size_t samples);

#endif

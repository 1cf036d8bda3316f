// SPDX-License-Identifier: Apache-2.0
// What `ridge train` tells while it trains: the network, its memory, progress, epochs.
#ifndef RIDGE_TOOLS_TRAINING_REPORT_H
#define RIDGE_TOOLS_TRAINING_REPORT_H

#include <ridge/training.h>
#include <stdbool.h>

struct training_report {
    bool json;           // epochs as objects on stdout instead of lines on stderr
    bool rates;          // epochs are told with their learning rate
    size_t epochs, rows; // of the training; of an epoch
    double started;      // seconds_now() before the first step
    double last_line;    // and when the last epoch was told
};

// Layers with their shapes and numbers of parameters, on stderr.
void report_network(const ridge_network *network);
void report_memory(const ridge_memory *memory);
void report_progress(const struct training_report *report, const ridge_progress *progress);
void report_epoch(struct training_report *report, const ridge_epoch *epoch);

// Epochs as comma-separated values, through a temporary name. False after a message.
bool write_history(const char *path, const ridge_history *history, const ridge_network *network);

#endif

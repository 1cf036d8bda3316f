// SPDX-License-Identifier: Apache-2.0
// A sweep: the same experiment trained with all combinations of some values, several seeds and
// folds each, to find the best values and to see what they do. The parts in order of their use:
// sweep_axis, sweep_key and sweep_grid (what to run), sweep_file (what has been run), sweep_run,
// sweep_summary (means and diagnosis), sweep_table, sweep_advice and sweep_picture.
#ifndef RIDGE_TOOLS_SWEEP_H
#define RIDGE_TOOLS_SWEEP_H

#include "command.h"
#include "sweep_file.h"
#include "sweep_grid.h"
#include "sweep_summary.h"

struct sweep {
    // What was asked for.
    const char *experiment_path;
    size_t seeds, folds; // folds 0: the experiment's own validation rows
    struct text_list changes;

    // What that comes to.
    struct experiment base;
    struct sweep_grid grid;
    struct experiment *points;         // [point_count]
    ridge_dataset *train, *validation; // with folds all rows are in `train`
    uint64_t rows;                     // a hash of both
    ridge_device *device;
    struct sweep_file file;
    size_t runs;    // of each point: seeds, times folds
    bool has_share; // errors are shares of wrong rows; else they are the losses

    // What came of it.
    struct sweep_result *results;    // [point_count][runs]
    struct sweep_summary *summaries; // [point_count]
    struct sweep_scale scale;
    size_t best; // a point; point_count: there is none
};

// Trains what has not been run. False after a message, or when `interrupted`.
bool sweep_run(struct sweep *sweep);

static inline struct sweep_result *sweep_results(const struct sweep *sweep, size_t point)
{
    return &sweep->results[point * sweep->runs];
}

// Results on stdout: a row, or an object, for each point.
void sweep_print_table(const struct sweep *sweep);
void sweep_print_json(const struct sweep *sweep, const char *picture);

// What the best point and its diagnosis are, and what to try next, in lines on stdout.
void sweep_print_advice(const struct sweep *sweep);

// Draws errors and losses over the values of the first axis. False after a message. Where ridge is
// built without cairo there is none: *drawn is false then.
bool sweep_picture(const struct sweep *sweep, const char *path, bool *drawn);

#endif

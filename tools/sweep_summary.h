// SPDX-License-Identifier: Apache-2.0
// What the runs of a sweep come to: means, spreads, the best point, and the diagnosis of the texts
// (underfit, overfit, good fit) by rules that are stated here.
//
// Errors are shares of wrong rows, or the loss where the targets are values. Every one of them is
// measured after training, dropout off and without the penalty, so that they compare.
//
// G is the error of guessing (always the most frequent class, or the mean of the targets). T is the
// error to aim at: what the caller says, or else the lowest validation error of the sweep, which
// shows what these rows allow, but at most G / 4. A difference is large when it is above a 20th of
// G - T and, where there are several runs, above 2 standard errors of its mean over them:
//   underfit (high bias)      training error - T and validation error - T are large
//   overfit  (high variance)  validation error - training error, the gap, is large
//   good fit                  neither
// Where both hold, training error - T or the gap decides, whichever is more.
#ifndef RIDGE_TOOLS_SWEEP_SUMMARY_H
#define RIDGE_TOOLS_SWEEP_SUMMARY_H

#include <ridge/ridge.h>

// One run: a network trained with a point's settings, a seed and a fold.
struct sweep_result {
    bool done, diverged; // the training loss became NaN or infinite: no figures
    double train_error, val_error, train_loss, val_loss;
    double epochs, seconds;
};

struct sweep_mean {
    double mean, deviation; // of single runs; NaN for less than two
    double error;           // standard error of the mean: deviation / sqrt(runs); 0 for one run
};

enum sweep_fit { SWEEP_UNKNOWN, SWEEP_DIVERGED, SWEEP_UNDERFIT, SWEEP_OVERFIT, SWEEP_GOOD };

// All runs of one point.
struct sweep_summary {
    size_t runs, diverged;
    struct sweep_mean train_error, val_error, train_loss, val_loss;
    struct sweep_mean gap; // validation error - training error
    // By sweep_diagnose: above which error - T and the gap are large, and what follows.
    double high, wide;
    enum sweep_fit fit;
};

// What errors are measured against.
struct sweep_scale {
    double guess, target;
};

// The error of guessing on these rows, by the loss of these settings.
double sweep_guess(const ridge_dataset *rows, const ridge_compile_params *settings);

// The means.
struct sweep_summary sweep_summarise(const struct sweep_result *results, size_t runs);

// The diagnosis of every point. A target of NaN is replaced by what follows from the points.
void sweep_diagnose(struct sweep_summary *points, size_t count, struct sweep_scale *scale);

const char *sweep_fit_name(enum sweep_fit fit);

// The point of the lowest mean validation error; of equals the one of the lowest loss. Points with
// a run that diverged do not count. `count` if there is none.
size_t sweep_best(const struct sweep_summary *points, size_t count);

// Whether two points cannot be told apart: their validation errors differ by at most 2 standard
// errors of the mean difference between runs of the same seed and fold. True for a single run only
// when the errors are equal.
bool sweep_are_alike(const struct sweep_result *a, const struct sweep_result *b, size_t runs);

#endif

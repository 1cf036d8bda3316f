// SPDX-License-Identifier: Apache-2.0
// The file in which a sweep keeps what its finished runs came to, one JSON object a line, so that a
// sweep that was cut off goes on where it was. A line says what was run in full: every setting, the
// version of ridge, a hash of the rows, seed and fold; only a run that is equal in all of them
// takes its result from the file. Not part of it: the device.
#ifndef RIDGE_TOOLS_SWEEP_FILE_H
#define RIDGE_TOOLS_SWEEP_FILE_H

#include <stdint.h>

#include "settings.h"
#include "sweep_summary.h"

struct sweep_file {
    int descriptor;
    char *path;
    char **runs; // of the lines that could be read
    struct sweep_result *results;
    size_t count, ignored; // lines; those that could not
};

// What a run is, in one text.
struct sweep_run {
    const struct setting *settings; // the whole experiment; its seed does not count
    uint64_t rows;                  // their hash
    size_t seed, folds, fold;       // folds 0: none
};
char *sweep_run_text(const struct sweep_run *run);

// Of everything that is stored. `hash` goes on from an earlier one; 0 to begin with.
uint64_t sweep_hash_rows(const ridge_dataset *rows, uint64_t hash);

// Opens or makes the file in the folder and reads it; `fresh` empties it first. Only one sweep at a
// time may have it. False after a message; close in both cases.
bool sweep_file_open(struct sweep_file *file, const char *folder, bool fresh);
void sweep_file_close(struct sweep_file *file);

// The result of the run, if the file has it.
bool sweep_file_find(const struct sweep_file *file, const char *run, struct sweep_result *result);
// Adds a line. False after a message.
bool sweep_file_add(const struct sweep_file *file, const char *run,
                    const struct sweep_result *result);

#endif

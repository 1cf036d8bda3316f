// SPDX-License-Identifier: Apache-2.0
// Rows that are made when they are needed, from files above all.
#ifndef RIDGE_DATA_ROW_SOURCE_H
#define RIDGE_DATA_ROW_SOURCE_H

#include <ridge/base.h>
#include <stdatomic.h>

struct ridge_row_source;

struct ridge_row_source_class {
    // What one thread needs to read rows; NULL with a message on failure.
    void *(*open)(const struct ridge_row_source *source);
    // Makes a row, at `x`. Any number of threads, each with a `reader` of its own.
    ridge_status (*read)(const struct ridge_row_source *source, void *reader, size_t row, void *x);
    void (*close)(void *reader);
    // Frees the source itself and what is its own.
    void (*destroy)(struct ridge_row_source *source);
};

// The first member of what a kind of source is.
struct ridge_row_source {
    const struct ridge_row_source_class *class;
    atomic_size_t references;
    size_t count;        // rows
    size_t workers;      // threads that read them; 0: one a processor
    bool skips;          // a row that cannot be read is left out; else it is a failure
    atomic_bool *broken; // [count] rows that could not be read
    atomic_size_t skipped;
};

// Fills in the common part, with one reference.
ridge_status ridge_row_source_init(struct ridge_row_source *source,
                                   const struct ridge_row_source_class *class, size_t count);
// One reference less; the last one destroys it. NULL is fine.
void ridge_row_source_release(struct ridge_row_source *source);

// Reads a row; where rows are skipped not twice what could not be read: then it fails without a
// message. *news says whether this failure is the first of the row.
ridge_status ridge_row_source_read(struct ridge_row_source *source, void *reader, size_t row,
                                   void *x, bool *news);

#endif

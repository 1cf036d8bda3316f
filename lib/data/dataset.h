// SPDX-License-Identifier: Apache-2.0
// What readers and those who feed networks know of a data set.
#ifndef RIDGE_DATA_DATASET_H
#define RIDGE_DATA_DATASET_H

#include <ridge/data.h>

#include "data/row_source.h"

// The names of classes, shared by all data sets that came from one.
struct ridge_class_names {
    atomic_size_t references;
    size_t count;
    char **names; // [count]
};

// Rows, shared by a data set and its slices; freed with the last of them.
struct ridge_storage {
    atomic_size_t references;
    void *x, *y;                     // x is NULL where there is a source
    struct ridge_row_source *source; // or NULL
    size_t *rows;                    // of the source, by row here; NULL: the same
    struct ridge_class_names *names; // or NULL
    size_t skipped;                  // rows that could not be read, without a source
};

struct ridge_dataset {
    struct ridge_storage *storage;
    size_t first, count; // rows of the storage
    unsigned rank;
    size_t shape[RIDGE_MAX_RANK];
    size_t features; // product of shape
    ridge_type x_type, y_type;
    size_t target_size, classes;
    float scale, shift;
};

void ridge_storage_release(struct ridge_storage *storage);

// What a new data set takes over, also on failure.
struct ridge_dataset_parts {
    // Instead of params->x: rows in a block of the heap, or a source of them.
    void *x;
    struct ridge_row_source *source;
    void *y;                         // instead of params->y
    struct ridge_class_names *names; // or NULL
    size_t skipped;                  // rows that could not be read
};

// As ridge_dataset_create, without copies. params->x and y are not looked at.
ridge_status ridge_dataset_adopt(const ridge_dataset_params *params,
                                 struct ridge_dataset_parts *parts, ridge_dataset **dataset);

void ridge_dataset_parts_release(struct ridge_dataset_parts *parts);
// A copy in memory of a data set with a source, by the source's threads. Rows that cannot be read
// are left out, with a warning for each and one for their number, or are a failure, as the source
// says; `params` has the callback.
ridge_status ridge_dataset_load(const ridge_dataset *stream, const ridge_read_params *params,
                                ridge_dataset **dataset);

// Takes over the names, an array on the heap, also on failure.
ridge_status ridge_class_names_create(char **names, size_t count, struct ridge_class_names **made);
void ridge_class_names_release(struct ridge_class_names *names);

// Where rows are made; NULL where they lie in memory.
struct ridge_row_source *ridge_dataset_source(const ridge_dataset *dataset);
// Bytes of a row, and of its target.
size_t ridge_dataset_row_bytes(const ridge_dataset *dataset);
size_t ridge_dataset_target_bytes(const ridge_dataset *dataset);
// Copies or makes a row. `reader` is one of the source's, or NULL.
ridge_status ridge_dataset_read_row(const ridge_dataset *dataset, void *reader, size_t row, void *x,
                                    bool *news);

#endif

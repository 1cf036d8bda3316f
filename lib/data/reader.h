// SPDX-License-Identifier: Apache-2.0
// What a file format brings: a descriptor in the table below. Each format also parses from memory,
// so that tests and fuzzers need no files.
#ifndef RIDGE_DATA_READER_H
#define RIDGE_DATA_READER_H

#include <ridge/data.h>

#include "data/gzip.h"

struct ridge_data_reader {
    const char *name; // as in ridge_dataset_read
    const char *help; // one line
    // `params` is never NULL; `path` may be.
    ridge_status (*read)(const char *path, const ridge_read_params *params,
                         ridge_dataset **dataset);
};

extern const struct ridge_data_reader ridge_reader_csv, ridge_reader_idx, ridge_reader_npy;

// All of them; ends with NULL.
extern const struct ridge_data_reader *const ridge_data_readers[];

// `labels` and `targets` may be NULL: a data set without targets.
ridge_status ridge_csv_parse(const struct ridge_source *source, const ridge_read_params *params,
                             ridge_dataset **dataset);
ridge_status ridge_idx_parse(const struct ridge_source *images, const struct ridge_source *labels,
                             ridge_dataset **dataset);
ridge_status ridge_npy_parse_dataset(const struct ridge_source *features,
                                     const struct ridge_source *targets, ridge_dataset **dataset);

#endif

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
extern const struct ridge_data_reader ridge_reader_audio;
extern const struct ridge_data_reader ridge_reader_cifar10, ridge_reader_cifar100;
extern const struct ridge_data_reader ridge_reader_images;

// All of them; ends with NULL.
extern const struct ridge_data_reader *const ridge_data_readers[];

// `labels` and `targets` may be NULL: a data set without targets.
ridge_status ridge_csv_parse(const struct ridge_source *source, const ridge_read_params *params,
                             ridge_dataset **dataset);
ridge_status ridge_idx_parse(const struct ridge_source *images, const struct ridge_source *labels,
                             ridge_dataset **dataset);
ridge_status ridge_npy_parse_dataset(const struct ridge_source *features,
                                     const struct ridge_source *targets, ridge_dataset **dataset);

// What sets the two kinds of CIFAR apart. Lists end with NULL where they are not full.
struct ridge_cifar_format {
    const char *name;
    struct {
        const char *name;
        unsigned classes;
    } labels[2]; // a byte each before the pixels; the last one is the target
    const char *train[5], *test[5];
};
extern const struct ridge_cifar_format ridge_cifar10, ridge_cifar100;

// The rows of `count` files, one after the other.
ridge_status ridge_cifar_parse(const struct ridge_cifar_format *format,
                               const struct ridge_source *sources, size_t count,
                               ridge_dataset **dataset);

#endif

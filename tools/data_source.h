// SPDX-License-Identifier: Apache-2.0
// Where rows of data come from, as experiment files and options of the command tell it.
#ifndef RIDGE_TOOLS_DATA_SOURCE_H
#define RIDGE_TOOLS_DATA_SOURCE_H

#include <ridge/data.h>
#include <ridge/fields.h>
#include <stdbool.h>

struct data_source {
    const char *format; // NULL: what the path looks like
    const char *path;
    ridge_read_params read;
    float validation; // rows held out from the end, or a share of them below 1; 0: none
};

// The part "test" where nobody asked for it: folders of classes need not have it.
extern const char data_source_test_part[];

// Fields of struct data_source.
extern const ridge_field data_source_fields[];

// Rows of an option table for commands that take a data set.
#define DATA_SOURCE_OPTIONS(source)                                                                \
    {"format", OPTION_TEXT, &(source).format, "NAME", "idx, csv, ...; else as DATA looks"},        \
        {"part", OPTION_TEXT, &(source).read.part, "NAME",                                         \
         "of idx, cifar: train or test (default: test)"},                                          \
        {"label", OPTION_TEXT, &(source).read.label, "COLUMN",                                     \
         "csv: name or number of the target, or none"},                                            \
        {"channels", OPTION_COUNT, &(source).read.channels, "N", "images: 1 or 3 (default: 3)"},   \
        {"height", OPTION_COUNT, &(source).read.height, "N", "images: resized to it"},             \
        {"width", OPTION_COUNT, &(source).read.width, "N", "images: likewise"},                    \
        {"sample-rate", OPTION_COUNT, &(source).read.sample_rate, "N",                             \
         "audio: samples a second, as in training"},                                               \
        {"seconds", OPTION_ABOVE, &(source).read.seconds, "S",                                     \
         "audio: length of rows, as in training"},                                                 \
    {                                                                                              \
        "targets", OPTION_TEXT, &(source).read.targets, "FILE", "npy: file of the targets"         \
    }

// Finds source->path (as it is if absolute, else in `folder`, else in $RIDGE_DATA) and reads it.
// NULL with a message in *reason, which the caller frees. `folder` NULL: the working folder.
ridge_dataset *data_source_read(const struct data_source *source, const char *folder,
                                char **reason);

// The same in the working folder, for commands: NULL after a message.
ridge_dataset *data_source_open(const struct data_source *source);

// Whether the source is a folder with several parts (train, test).
bool data_source_has_parts(const struct data_source *source, const char *folder);

// How many of `count` rows `validation` holds out.
size_t data_source_held_out(const struct data_source *source, size_t count);

#endif

// SPDX-License-Identifier: Apache-2.0
// Options of a program or subcommand as a table, from which parsing and --help both come.
#ifndef RIDGE_TOOLS_OPTIONS_H
#define RIDGE_TOOLS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

// Texts of an option that may come several times.
struct text_list {
    const char **items;
    size_t count;
};

enum option_kind {
    OPTION_FLAG,  // bool *
    OPTION_TEXT,  // const char **
    OPTION_COUNT, // size_t *, at least 1
    OPTION_ABOVE, // float *, above 0
    OPTION_LIST   // struct text_list *; the caller frees its items
};

struct option_row {
    const char *name; // without the dashes; NULL ends a table
    enum option_kind kind;
    void *target;
    const char *value; // what help calls the value, e.g. "FILE"; NULL for flags
    const char *help;
};

struct usage {
    const char *command;   // "ridge train"
    const char *arguments; // "FILE.yaml"; "" for none
    const char *help;      // what it does, one or more lines
    size_t least, most;    // how many arguments beside the options
    const struct option_row *options;
};

#define OPTIONS_PARSED (-1)

// Fills the targets and points *arguments to what is not an option. Returns OPTIONS_PARSED, or the
// exit status with which to end: after --help, or after a message on wrong usage.
int options_parse(const struct usage *usage, int argc, char **argv, char ***arguments,
                  size_t *count);

// Points the reader to --help. Returns STATUS_USAGE.
int options_refuse(const struct usage *usage, const char *text, ...);

#endif

// SPDX-License-Identifier: Apache-2.0
// Files that appear under their name only when complete, so that a failure leaves the earlier file.
#ifndef RIDGE_TOOLS_FILE_H
#define RIDGE_TOOLS_FILE_H

#include <stdbool.h>
#include <stdio.h>

// A file on its way: what is written goes to `temporary`, beside `path`.
struct new_file {
    FILE *stream;
    char *path, *temporary;
};

// False after a message.
bool file_begin(struct new_file *file, const char *path);
// Gives the file its name; false after a message. Must follow file_begin, also after a failure to
// write, for it is here that a full disk is noticed.
bool file_end(struct new_file *file);

// Makes a folder and its missing parents and tries that a file can be made in it. False after a
// message.
bool folder_prepare(const char *path);

#endif

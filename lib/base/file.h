// SPDX-License-Identifier: Apache-2.0
// Whole files: read with a limit, written so that nothing is lost on failure.
#ifndef RIDGE_BASE_FILE_H
#define RIDGE_BASE_FILE_H

#include <ridge/base.h>
#include <stdio.h>

// Reads a whole file. `*data` is the caller's to free() and has a zero byte behind `*size` bytes.
// More than `limit` bytes (0: no limit) is RIDGE_ERROR_FORMAT.
ridge_status ridge_file_read(const char *path, size_t limit, unsigned char **data, size_t *size);

// The same into a block that is used again: *data has room for *capacity bytes and grows where that
// is too little; *data is the caller's to free(), also after a failure. No zero byte behind.
ridge_status ridge_file_read_again(const char *path, size_t limit, unsigned char **data,
                                   size_t *capacity, size_t *size);

// A file that replaces `path` only when ridge_file_commit succeeds; until then everything goes to
// a temporary name in the same folder. `ridge_file_discard` forgets it. Exactly one of the two
// must follow a successful open. Zero-initialise.
struct ridge_file_writer {
    FILE *file;
    char *path, *temporary;
    bool disposable; // set after opening: can be made again, so commit does not wait for the disk
};

ridge_status ridge_file_open(struct ridge_file_writer *writer, const char *path);
ridge_status ridge_file_append(struct ridge_file_writer *writer, const void *data, size_t size);
ridge_status ridge_file_commit(struct ridge_file_writer *writer);
void ridge_file_discard(struct ridge_file_writer *writer);

// Makes a folder and its missing parents.
ridge_status ridge_folder_make(const char *path);

#endif

// SPDX-License-Identifier: Apache-2.0
// A file's content in memory, unpacked where it is gzip, so that no reader needs to know.
#ifndef RIDGE_DATA_GZIP_H
#define RIDGE_DATA_GZIP_H

#include <ridge/base.h>

// A gzip file that unpacks to more is refused: a few kilobytes could otherwise fill the memory.
#define RIDGE_UNPACKED_LIMIT ((size_t)1 << 31)

// What the readers parse: bytes and the name that messages give them.
struct ridge_source {
    const char *name;
    const unsigned char *data;
    size_t size;
};

// Reads a whole file and unpacks it where its first bytes say gzip. `source->name` is `path`
// itself; release with ridge_source_free. Nothing to release after a failure.
ridge_status ridge_source_read(const char *path, struct ridge_source *source);
void ridge_source_free(struct ridge_source *source);

// Unpacks all members of a gzip file in memory. `*data` is the caller's to free(). More than
// `limit` bytes, a cut or damaged member, a wrong checksum: RIDGE_ERROR_FORMAT.
ridge_status ridge_gunzip(const struct ridge_source *packed, size_t limit, unsigned char **data,
                          size_t *size);

#endif

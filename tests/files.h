// SPDX-License-Identifier: Apache-2.0
// Files for tests: a scratch folder that is removed when the program ends, files of the source
// tree, and data sets that may be absent.
#ifndef RIDGE_TESTS_FILES_H
#define RIDGE_TESTS_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "data/gzip.h"

// Paths stay valid until sixteen more have been asked for.

// NAME inside the scratch folder; the file need not exist.
const char *test_path(const char *name);

// Writes a file there, as it is or packed with gzip, and returns its path.
const char *test_write(const char *name, const void *data, size_t size);
const char *test_write_gzip(const char *name, const void *data, size_t size);

// Packs into memory, the caller's to free(), as one member of a gzip file.
unsigned char *test_gzip(const void *data, size_t size, size_t *packed_size);

// True when the file holds exactly these bytes.
bool test_holds(const char *path, const void *data, size_t size);

// Number of entries of the scratch folder: a failed writer must not leave any.
size_t test_file_count(void);

// A file of the source tree, e.g. "examples/data/moons.csv".
const char *test_source_path(const char *name);

// A data set that is not part of the source tree, e.g. "mnist": in $RIDGE_DATA, else in
// ../shared/data beside the source tree. NULL when it is not there.
const char *test_data_path(const char *name);

// Bytes in a block of exactly their size, so that AddressSanitizer sees every read past the end.
// Released with ridge_source_free.
struct ridge_source test_source(const char *name, const void *data, size_t size);

#endif

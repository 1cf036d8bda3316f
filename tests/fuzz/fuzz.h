// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets check beside what the sanitizers see.
#ifndef RIDGE_TESTS_FUZZ_H
#define RIDGE_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "data/reader.h"

// Called by libFuzzer.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Stops the program unless `condition` holds.
void fuzz_require(int condition);

// Checks what a reader gave: a data set whose every value can be read and trained on, or a message
// and no data set. Destroys the set.
void fuzz_check(ridge_status status, ridge_dataset **dataset);

// Reads all bytes, for the sanitizers' sake.
void fuzz_touch(const void *data, size_t size);

// Cuts an input in two files: two bytes (little-endian) say how long the first one is.
void fuzz_split(const uint8_t *data, size_t size, struct ridge_source *first,
                struct ridge_source *second);

#endif

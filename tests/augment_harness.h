// SPDX-License-Identifier: Apache-2.0
// Pipelines on the device of the footing: what they draw, what they make of rows, and whether that
// is what the reference makes of them.
#ifndef RIDGE_TESTS_AUGMENT_HARNESS_H
#define RIDGE_TESTS_AUGMENT_HARNESS_H

#include "augment_reference.h"
#include "harness.h"

#define AUGMENT_SEED 0x123456789abcdef0
#define AUGMENT_EPOCH 5

// The programs of the rows `numbers`, as the device draws them. The caller frees them.
uint32_t *augment_draw(ridge_augment *augment, const uint32_t *numbers, size_t rows);

// Fails unless the programs that the device draws for some rows have this hash, so that all devices
// that the tests run on are compared.
void augment_check_programs(ridge_augment *augment, uint64_t wanted);

// Rows of the result for `count` stored rows x. The caller frees them.
float *augment_rows(ridge_augment *augment, ridge_type type, const void *x, size_t count,
                    const uint32_t *numbers, size_t rows, float scale, float shift);

// Fails unless random images come out as the reference has it, from the programs that the device
// draws, to within `bound` in units. Returns how many elements nothing can be said of.
size_t augment_check(ridge_augment *augment, ridge_type type, double bound);

#endif

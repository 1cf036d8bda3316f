// SPDX-License-Identifier: Apache-2.0
// The generator behind ridge_random_word, for those who have a counter instead of an element.
#ifndef RIDGE_OPS_RANDOM_H
#define RIDGE_OPS_RANDOM_H

#include <ridge/ops.h>

// One block of Philox4x32-10.
void ridge_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]);

// What ridge_random_uniform and ridge_random_normal give for the elements from `first` on, the same
// bits several times as fast.
void ridge_random_uniforms(const ridge_random *random, uint64_t first, size_t count,
                           double *values);
void ridge_random_normals(const ridge_random *random, uint64_t first, size_t count, double *values);

#endif

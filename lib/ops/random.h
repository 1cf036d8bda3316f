// SPDX-License-Identifier: Apache-2.0
// The generator behind ridge_random_word, for those who have a counter instead of an element; what
// ops that draw share.
#ifndef RIDGE_OPS_RANDOM_H
#define RIDGE_OPS_RANDOM_H

#include <ridge/random.h>

#include "device/launcher.h"

// Fails unless a kernel can draw with it. *step_at is what RIDGE_ARG_RANDOM wants: its own, or
// `other`, any tensor, where it has none.
ridge_status ridge_check_random(const ridge_random *random, ridge_tensor other,
                                ridge_tensor *step_at);
// The arguments behind RANDOM of cl/philox.h.
#define RIDGE_ARG_RANDOM(random, step_at)                                                          \
    RIDGE_ARG_TENSOR(step_at), RIDGE_ARG_UINT((random)->step_at.buffer != NULL),                   \
        RIDGE_ARG_UINT((random)->seed), RIDGE_ARG_UINT((random)->seed >> 32),                      \
        RIDGE_ARG_UINT((random)->step), RIDGE_ARG_UINT((random)->stream)

// One block of Philox4x32-10.
void ridge_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]);

// What ridge_random_uniform and ridge_random_normal give for the elements from `first` on, the same
// bits several times as fast.
void ridge_random_uniforms(const ridge_random *random, uint64_t first, size_t count,
                           double *values);
void ridge_random_normals(const ridge_random *random, uint64_t first, size_t count, double *values);

#endif

// SPDX-License-Identifier: Apache-2.0
// What the tests of updates share: an arena of segments of odd sizes, its tensors, and the
// definitions of ridge/update.h in double precision.
#ifndef RIDGE_TESTS_UPDATE_REFERENCE_H
#define RIDGE_TESTS_UPDATE_REFERENCE_H

#include <ridge/update.h>

#define STEPS 10 // 2 of them under Oclgrind
#define ALIGNMENT RIDGE_SEGMENT_ALIGNMENT
#define SEGMENTS 8
#define SMALL_SEGMENTS 6 // those of Oclgrind

struct arena {
    size_t segments, size; // elements with the gaps
    ridge_segment table[SEGMENTS];
    uint32_t *owner;      // of each block of ALIGNMENT elements
    float *w, *g, *rates; // g: the gradients of all steps
};

// Sizes around the alignment and single elements; each with its own penalties and decay.
extern const ridge_segment update_penalties[SEGMENTS];

// Weights lie in +-[2, 3] and change by less than 2, so that no rounding turns the sign that the l1
// penalty asks for. The first weight of each segment is zero and has no gradient.
struct arena arena_make(const ridge_segment *kinds);
void arena_release(struct arena *a);

size_t test_steps(void);

// Whether the optimizer is tried: where kernels should be few, three of the six are built.
bool test_optimizer(const ridge_optimizer *o);

// One element of the definitions in ridge/update.h, without penalty and constraint.
void reference_element(const ridge_optimizer *o, const ridge_segment *segment, double rate,
                       double t, double g, double *w, double slots[2]);

// The weights after all steps; norms[STEPS]: of the gradients, where wanted. The caller's to free.
double *reference_steps(const struct arena *a, const ridge_optimizer *o, double *norms);

struct tensors {
    ridge_update_params update;
    ridge_tensor counters; // the step and the position
};

struct tensors tensors_upload(const struct arena *a, const ridge_optimizer *o, uint32_t step);
void tensors_release(struct tensors *t);

#endif

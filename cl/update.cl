// SPDX-License-Identifier: Apache-2.0
// One step of an optimizer over the arena, penalties and decoupled decay included.
//
// OPTIMIZER is the number from enum ridge_optimizer_kind. MOMENTUM 1: sgd and rmsprop keep a
// running update. NESTEROV 1: sgd looks ahead. `first` and `second` are the optimizer's slots; one
// that is not used is never read. `count` is a multiple of SEGMENT_ALIGNMENT, so that each vector
// lies in one segment. Launched by ridge_launch_elements.
#include "common.h"

#define SGD 0
#define ADAM 1
#define ADAMW 2
#define RMSPROP 3

#ifndef OPTIMIZER
#define OPTIMIZER SGD
#endif
#ifndef MOMENTUM
#define MOMENTUM 0
#endif
#ifndef NESTEROV
#define NESTEROV 0
#endif
#if OPTIMIZER == SGD
#define SLOTS MOMENTUM
#elif OPTIMIZER == RMSPROP
#define SLOTS (1 + MOMENTUM)
#else
#define SLOTS 2
#endif
#ifndef SEGMENT_ALIGNMENT
#define SEGMENT_ALIGNMENT 256
#endif
#ifndef SEGMENT_WORDS
#define SEGMENT_WORDS 5
#endif

// As struct ridge_segment: first, count, l1, l2, decay.
static inline floatv with_penalty(floatv g, floatv w, __global const uint *segment)
{
    float l1 = as_float(segment[2]), l2 = as_float(segment[3]);
    return g + l1 * sign(w) + 2.0f * l2 * w;
}

__kernel void update(INOUT(float, parameters), IN(float, gradients), INOUT(float, first),
                     INOUT(float, second), IN(uint, segments), IN(uint, owner), IN(float, rate_at),
                     IN(uint, step_at), float momentum, float beta1, float beta2, float log_beta1,
                     float log_beta2, float epsilon, float weight_decay, ulong count)
{
    AT(parameters);
    AT(gradients);
#if SLOTS > 0
    AT(first);
#endif
#if SLOTS > 1
    AT(second);
#endif
    AT(segments);
    AT(owner);
    AT(rate_at);
    float rate = rate_at[0];
#if OPTIMIZER == ADAM || OPTIMIZER == ADAMW
    AT(step_at);
    // 1 - beta^t without the cancellation that 1 - pow() has while t is small
    float t = (float)step_at[0] + 1.0f;
    float unbias1 = 1.0f / -expm1(t * log_beta1), unbias2 = 1.0f / -expm1(t * log_beta2);
#endif
    FOR_EACH_VECTOR(i, count)
    {
        __global const uint *segment = segments + owner[i / SEGMENT_ALIGNMENT] * SEGMENT_WORDS;
        floatv w = VLOAD(0, parameters + i);
        floatv g = with_penalty(VLOAD(0, gradients + i), w, segment);
        floatv change;
#if OPTIMIZER == SGD
        change = g;
#if MOMENTUM
        floatv v = momentum * VLOAD(0, first + i) + g;
        put(v, first + i);
        change = NESTEROV ? g + momentum * v : v;
#endif
#elif OPTIMIZER == RMSPROP
        floatv v = beta2 * VLOAD(0, first + i) + (1.0f - beta2) * g * g;
        put(v, first + i);
        change = g / (sqrt(v) + epsilon);
#if MOMENTUM
        change = momentum * VLOAD(0, second + i) + change;
        put(change, second + i);
#endif
#else
        floatv m = beta1 * VLOAD(0, first + i) + (1.0f - beta1) * g;
        floatv v = beta2 * VLOAD(0, second + i) + (1.0f - beta2) * g * g;
        put(m, first + i);
        put(v, second + i);
        change = m * unbias1 / (sqrt(v * unbias2) + epsilon);
#endif
        float decay = weight_decay * as_float(segment[4]);
        put(w - rate * (change + decay * w), parameters + i);
    }
}

// SPDX-License-Identifier: Apache-2.0
// What the kernels of batch normalisation share, whichever way they go through the rows.
#ifndef RIDGE_CL_BATCH_NORM_H
#define RIDGE_CL_BATCH_NORM_H

#include "strips.h"

// mean + rest is the mean.
typedef struct {
    floatv mean, rest, variance;
} moments;

static inline void load_moments(moments *m, __global const float *statistics, ulong c,
                                ulong channels)
{
    m->mean = load(statistics, c, channels);
    m->rest = load(statistics + channels, c, channels);
    m->variance = load(statistics + 2 * channels, c, channels);
}

static inline void store_moments(const moments *m, __global float *statistics, ulong c,
                                 ulong channels)
{
    store(m->mean, statistics, c, channels);
    store(m->rest, statistics + channels, c, channels);
    store(m->variance, statistics + 2 * channels, c, channels);
}

// What is done to the rows of a strip.
typedef struct {
    floatv mean, rest, scale; // scale: 1 / sqrt(variance + epsilon)
    floatv gamma, beta;
} transform;

static inline void make_transform(transform *t, const moments *m, __global const float *gamma,
                                  __global const float *beta, float epsilon, uint flags, ulong c,
                                  ulong channels)
{
    t->mean = m->mean;
    t->rest = m->rest;
    t->scale = 1.0f / sqrt(m->variance + epsilon);
    t->gamma = flags & HAS_GAMMA ? load(gamma, c, channels) : (floatv)(1.0f);
    t->beta = flags & HAS_BETA ? load(beta, c, channels) : (floatv)(0.0f);
}

static inline floatv normal_of(floatv x, const transform *t)
{
    return ((x - t->mean) - t->rest) * t->scale;
}

// The gradient before the activation, from that behind it.
static inline floatv inner_gradient(floatv dy, floatv normal, const transform *t, float parameter)
{
    return dy * derivative_within(normal * t->gamma + t->beta, parameter);
}

// What distances from the origin say; the two-sum of origin and mean loses nothing.
static inline void settle(moments *m, floatv origin, floatv mean, floatv squares, ulong rows)
{
    m->mean = origin + mean;
    floatv of_mean = m->mean - origin;
    m->rest = (origin - (m->mean - of_mean)) + (mean - of_mean);
    m->variance = squares / (float)rows;
}

// running = momentum running + share new; unbias is what makes the batch's variance that of the
// running one, n / (n - 1) or 1; 0: there is no such variance, and the running one stays.
static inline void keep_running(const moments *m, __global float *running_mean,
                                __global float *running_variance, float momentum, float share,
                                float unbias, ulong c, ulong channels)
{
    store(momentum * load(running_mean, c, channels) + share * m->mean, running_mean, c, channels);
    if (unbias == 0.0f)
        return;
    floatv variance = unbias * m->variance;
    store(momentum * load(running_variance, c, channels) + share * variance, running_variance, c,
          channels);
}

#endif

// SPDX-License-Identifier: Apache-2.0
// What the kernels of batch and group normalisation share.
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

// Mean, as distance from the origin, and sum of squared distances from it, of rows begin .. end
// - 1.
GROUP_FUNCTION void find_moments(__global const float *x, ulong begin, ulong end, ulong c,
                                 const layout *of, floatv origin, floatv *mean, floatv *squares,
                                 __local floatv *shared)
{
    float count = (float)(end - begin);
    floatv sum = 0.0f, total = 0.0f;
    FOR_EACH_BLOCK(block, begin, end)
    {
        sum = 0.0f;
        FOR_EACH_ROW_OF(block, r, end)
        {
            sum += take(x, r, c, of) - origin;
        }
        total += sum;
    }
    sum_strip(&total, shared);
    floatv middle = total / count;
    floatv rest = 0.0f, all = 0.0f;
    FOR_EACH_BLOCK(block, begin, end)
    {
        floatv distances = 0.0f;
        sum = 0.0f;
        FOR_EACH_ROW_OF(block, r, end)
        {
            floatv distance = (take(x, r, c, of) - origin) - middle;
            distances += distance;
            sum += distance * distance;
        }
        rest += distances;
        all += sum;
    }
    sum_strip(&rest, shared);
    sum_strip(&all, shared);
    rest /= count;
    all -= rest * rest * count;
    *mean = middle + rest;
    *squares = all < 0.0f ? (floatv)(0.0f) : all; // keeps NaN
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

static inline void apply(__global const float *x, __global float *y, ulong begin, ulong end,
                         ulong c, const layout *of, const transform *t, float parameter)
{
    for (ulong r = begin + ROW; r < end; r += ROWS) {
        floatv z = normal_of(take(x, r, c, of), t) * t->gamma + t->beta;
        give(activate(z, parameter), y, r, c, of);
    }
}

// Sums of dz and of dz times the normalised x over rows begin .. end - 1, z being what the
// activation is applied to.
GROUP_FUNCTION void find_sums(__global const float *x, __global const float *dy, ulong begin,
                              ulong end, ulong c, const layout *of, const transform *t,
                              float parameter, floatv *sum, floatv *product, __local floatv *shared)
{
    floatv sums = 0.0f, products = 0.0f;
    FOR_EACH_BLOCK(block, begin, end)
    {
        floatv some = 0.0f, others = 0.0f;
        FOR_EACH_ROW_OF(block, r, end)
        {
            floatv normal = normal_of(take(x, r, c, of), t);
            floatv dz = inner_gradient(take(dy, r, c, of), normal, t, parameter);
            some += dz;
            others += dz * normal;
        }
        sums += some;
        products += others;
    }
    sum_strip(&sums, shared);
    sum_strip(&products, shared);
    *sum = sums;
    *product = products;
}

#endif

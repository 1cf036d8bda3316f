// SPDX-License-Identifier: Apache-2.0
// Batch normalisation: y = f(gamma (x - mean) / sqrt(variance + epsilon) + beta) by channel, with
// mean and variance over the `rows` of each channel of x [batch, channels, inner]. See strips.h for
// the walk, activation.h for ACTIVATION.
//
// Statistics are three rows [3, channels]: the mean, what rounding has taken from it, the variance.
// Everything is computed from x - origin, origin being the channel's first value, and in a second
// pass from the distance to the mean found so: with values far from 0 nothing cancels, since the
// origin is at most sqrt(rows) deviations away from the mean.
//
// Few rows: one launch does it all. Many: parts of `height` rows each, joined in their order.
#include "batch_norm.h"
#if RIDGE_WALK_CPU && FLAT
#include "batch_norm_panels.h"
#endif

// Statistics, running statistics and y in one launch.
__kernel void batch_norm_forward(IN(float, x), OUT(float, y), IN(float, gamma), IN(float, beta),
                                 INOUT(float, statistics), INOUT(float, running_mean),
                                 INOUT(float, running_variance), float epsilon, float parameter,
                                 float momentum, float share, float unbias, uint flags, ulong rows,
                                 ulong channels, ulong inner)
{
    GROUP_ARRAY(floatv, shared);
    AT(x);
    AT(y);
    AT(gamma);
    AT(beta);
    AT(statistics);
    AT(running_mean);
    AT(running_variance);
    const layout of = {rows, channels, inner};
    FOR_EACH_STRIP(c, channels)
    {
        floatv origin = take(x, 0, c, &of), mean, squares;
        find_moments(x, 0, rows, c, &of, origin, &mean, &squares, shared);
        moments m;
        settle(&m, origin, mean, squares, rows);
        if (ROW == 0) {
            store_moments(&m, statistics, c, channels);
            if (flags & HAS_STATE)
                keep_running(&m, running_mean, running_variance, momentum, share, unbias, c,
                             channels);
        }
        transform t;
        make_transform(&t, &m, gamma, beta, epsilon, flags, c, channels);
        apply(x, y, 0, rows, c, &of, &t, parameter);
    }
}

// partials [parts, 2, channels]: mean, as distance from the first row's value, and sum of squared
// distances from it, of each part.
__kernel void batch_norm_moments(IN(float, x), OUT(float, partials), ulong height, ulong rows,
                                 ulong channels, ulong inner)
{
    GROUP_ARRAY(floatv, shared);
    AT(x);
    AT(partials);
    const layout of = {rows, channels, inner};
    ulong part = get_group_id(1);
    ulong begin = part * height;
    partials += part * 2 * channels;
    FOR_EACH_STRIP(c, channels)
    {
        floatv mean, squares;
        find_moments(x, begin, min(rows, begin + height), c, &of, take(x, 0, c, &of), &mean,
                     &squares, shared);
        if (ROW == 0) {
            store(mean, partials, c, channels);
            store(squares, partials + channels, c, channels);
        }
    }
}

// The moments of all rows from those of the parts (Chan et al. 1983), and what follows from them.
// Launched by ridge_launch_elements over the channels.
__kernel void batch_norm_join(IN(float, x), IN(float, partials), INOUT(float, statistics),
                              INOUT(float, running_mean), INOUT(float, running_variance),
                              float momentum, float share, float unbias, uint flags, ulong height,
                              ulong rows, ulong channels, ulong inner)
{
    AT(x);
    AT(partials);
    AT(statistics);
    AT(running_mean);
    AT(running_variance);
    const layout of = {rows, channels, inner};
    FOR_EACH_VECTOR(c, channels)
    {
        floatv mean = 0.0f, rest = 0.0f, squares = 0.0f;
        for (ulong part = 0; part * height < rows; part++) {
            float count = (float)(min(rows, (part + 1) * height) - part * height);
            mean += load(partials + part * 2 * channels, c, channels) * (count / (float)rows);
        }
        for (ulong part = 0; part * height < rows; part++) {
            __global const float *from = partials + part * 2 * channels;
            float count = (float)(min(rows, (part + 1) * height) - part * height);
            floatv distance = load(from, c, channels) - mean;
            rest += distance * (count / (float)rows);
            squares += load(from + channels, c, channels) + count * distance * distance;
        }
        squares -= rest * rest * (float)rows;
        moments m;
        settle(&m, take(x, 0, c, &of), mean + rest, squares < 0.0f ? (floatv)(0.0f) : squares,
               rows);
        store_moments(&m, statistics, c, channels);
        if (flags & HAS_STATE)
            keep_running(&m, running_mean, running_variance, momentum, share, unbias, c, channels);
    }
}

// y from statistics that are known, the second dimension of the work walks over parts of the rows.
__kernel void batch_norm_apply(IN(float, x), OUT(float, y), IN(float, gamma), IN(float, beta),
                               IN(float, mean), IN(float, rest), IN(float, variance), float epsilon,
                               float parameter, uint flags, ulong height, ulong rows,
                               ulong channels, ulong inner)
{
    AT(x);
    AT(y);
    AT(gamma);
    AT(beta);
    AT(mean);
    AT(rest);
    AT(variance);
    const layout of = {rows, channels, inner};
    ulong begin = get_group_id(1) * height;
    FOR_EACH_STRIP(c, channels)
    {
        moments m = {load(mean, c, channels), 0.0f, load(variance, c, channels)};
        if (flags & HAS_REST)
            m.rest = load(rest, c, channels);
        transform t;
        make_transform(&t, &m, gamma, beta, epsilon, flags, c, channels);
        apply(x, y, begin, min(rows, begin + height), c, &of, &t, parameter);
    }
}

// dx = gamma scale (dz - mean of dz - normal x times the mean of dz times normal x)
static inline void pass_back(__global const float *x, __global const float *dy, __global float *dx,
                             ulong begin, ulong end, ulong c, const layout *of, const transform *t,
                             floatv sum, floatv product, float parameter, uint flags)
{
    floatv factor = t->gamma * t->scale;
    sum /= (float)of->rows;
    product /= (float)of->rows;
    for (ulong r = begin + ROW; r < end; r += ROWS) {
        floatv normal = normal_of(take(x, r, c, of), t);
        floatv dz = inner_gradient(take(dy, r, c, of), normal, t, parameter);
        floatv result = factor * ((dz - sum) - normal * product);
        if (flags & ACCUMULATE)
            result += take(dx, r, c, of);
        give(result, dx, r, c, of);
    }
}

// All gradients in one launch.
__kernel void batch_norm_backward(INOUT(const float, x), INOUT(const float, dy), INOUT(float, dx),
                                  IN(float, gamma), IN(float, beta), IN(float, statistics),
                                  OUT(float, gamma_gradient), OUT(float, beta_gradient),
                                  float epsilon, float parameter, uint flags, ulong rows,
                                  ulong channels, ulong inner)
{
    GROUP_ARRAY(floatv, shared);
    AT(x);
    AT(dy);
    AT(dx);
    AT(gamma);
    AT(beta);
    AT(statistics);
    AT(gamma_gradient);
    AT(beta_gradient);
    const layout of = {rows, channels, inner};
    FOR_EACH_STRIP(c, channels)
    {
        moments m;
        load_moments(&m, statistics, c, channels);
        transform t;
        make_transform(&t, &m, gamma, beta, epsilon, flags, c, channels);
        floatv sum, product;
        find_sums(x, dy, 0, rows, c, &of, &t, parameter, &sum, &product, shared);
        if (ROW == 0 && (flags & BETA_GRADIENT))
            store(sum, beta_gradient, c, channels);
        if (ROW == 0 && (flags & GAMMA_GRADIENT))
            store(product, gamma_gradient, c, channels);
        if (flags & INPUT_GRADIENT)
            pass_back(x, dy, dx, 0, rows, c, &of, &t, sum, product, parameter, flags);
    }
}

// partials [parts, 2, channels]: the sums of each part.
__kernel void batch_norm_sums(IN(float, x), IN(float, dy), IN(float, gamma), IN(float, beta),
                              IN(float, statistics), OUT(float, partials), float epsilon,
                              float parameter, uint flags, ulong height, ulong rows, ulong channels,
                              ulong inner)
{
    GROUP_ARRAY(floatv, shared);
    AT(x);
    AT(dy);
    AT(gamma);
    AT(beta);
    AT(statistics);
    AT(partials);
    const layout of = {rows, channels, inner};
    ulong part = get_group_id(1);
    ulong begin = part * height;
    partials += part * 2 * channels;
    FOR_EACH_STRIP(c, channels)
    {
        moments m;
        load_moments(&m, statistics, c, channels);
        transform t;
        make_transform(&t, &m, gamma, beta, epsilon, flags, c, channels);
        floatv sum, product;
        find_sums(x, dy, begin, min(rows, begin + height), c, &of, &t, parameter, &sum, &product,
                  shared);
        if (ROW == 0) {
            store(sum, partials, c, channels);
            store(product, partials + channels, c, channels);
        }
    }
}

// dx from totals; the second dimension of the work walks over parts of the rows.
__kernel void batch_norm_pass_back(INOUT(const float, x), INOUT(const float, dy), INOUT(float, dx),
                                   IN(float, gamma), IN(float, beta), IN(float, statistics),
                                   IN(float, totals), float epsilon, float parameter, uint flags,
                                   ulong height, ulong rows, ulong channels, ulong inner)
{
    AT(x);
    AT(dy);
    AT(dx);
    AT(gamma);
    AT(beta);
    AT(statistics);
    AT(totals);
    const layout of = {rows, channels, inner};
    ulong begin = get_group_id(1) * height;
    FOR_EACH_STRIP(c, channels)
    {
        moments m;
        load_moments(&m, statistics, c, channels);
        transform t;
        make_transform(&t, &m, gamma, beta, epsilon, flags, c, channels);
        pass_back(x, dy, dx, begin, min(rows, begin + height), c, &of, &t,
                  load(totals, c, channels), load(totals + channels, c, channels), parameter,
                  flags);
    }
}

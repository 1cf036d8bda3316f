// SPDX-License-Identifier: Apache-2.0
// Group normalisation: y = f(gamma (x - mean) / sqrt(variance + epsilon) + beta), mean and variance
// by sample and group of neighbouring channels; gamma, beta by channel. x is [batch, places,
// channels] (FLAT 1) or [batch, channels, places] (FLAT 0), a sample is a part of strips.h.
//
// First the moments of each channel of a sample, as in batch_norm.cl, then those of its groups:
// statistics [3, batch, groups] are the mean, what rounding has taken from it, the variance.
#include "batch_norm.h"

// A sample: the second dimension of the work.
#define SAMPLE_AT(x) x += get_group_id(1) * places * channels
#define SAMPLE_LAYOUT                                                                              \
    {                                                                                              \
        places, channels, FLAT ? 1 : places                                                        \
    }

// of_channels [batch, 3, channels]: mean, its rest, variance.
__kernel void group_norm_moments(IN(float, x), OUT(float, of_channels), ulong places,
                                 ulong channels)
{
    GROUP_ARRAY(floatv, shared);
    AT(x);
    AT(of_channels);
    SAMPLE_AT(x);
    of_channels += get_group_id(1) * 3 * channels;
    const layout of = SAMPLE_LAYOUT;
    FOR_EACH_STRIP(c, channels)
    {
        floatv origin = take(x, 0, c, &of), mean, squares;
        find_moments(x, 0, places, c, &of, origin, &mean, &squares, shared);
        moments m;
        settle(&m, origin, mean, squares, places);
        if (ROW == 0)
            store_moments(&m, of_channels, c, channels);
    }
}

// Of groups of `width` channels, which have as many values each. Launched by ridge_launch_elements
// over `count` = batch groups, one to a work-item.
__kernel void group_norm_join(IN(float, of_channels), OUT(float, statistics), ulong width,
                              ulong groups, ulong count)
{
    AT(of_channels);
    AT(statistics);
    ulong channels = width * groups;
    for (ulong i = get_global_id(0); i < count; i += get_global_size(0)) {
        // (no remainder of i beside a quotient: Oclgrind 21.10 knows no freeze)
        __global const float *from = of_channels + i * width + i / groups * 2 * channels;
        float sum = 0.0f, rest = 0.0f, variance = 0.0f;
        for (ulong c = 0; c < width; c++)
            sum += (from[c] - from[0]) + from[channels + c];
        float middle = sum / (float)width;
        for (ulong c = 0; c < width; c++) {
            float distance = ((from[c] - from[0]) - middle) + from[channels + c];
            rest += distance;
            variance += from[2 * channels + c] + distance * distance;
        }
        rest /= (float)width;
        variance = variance / (float)width - rest * rest;
        float distance = middle + rest, mean = from[0] + distance, of_mean = mean - from[0];
        statistics[i] = mean;
        statistics[count + i] = (from[0] - (mean - of_mean)) + (distance - of_mean);
        statistics[2 * count + i] = variance < 0.0f ? 0.0f : variance; // keeps NaN
    }
}

// The values of the groups that the channels from c on belong to.
static inline floatv of_groups(__global const float *x, ulong c, ulong channels, ulong width)
{
    float part[VECTOR];
    for (uint j = 0; j < VECTOR; j++)
        part[j] = x[min(c + j, channels - 1) / width];
    return VLOAD(0, part);
}

static inline void group_transform(transform *t, __global const float *statistics, ulong samples,
                                   ulong sample, __global const float *gamma,
                                   __global const float *beta, float epsilon, uint flags, ulong c,
                                   ulong channels, ulong width)
{
    ulong groups = channels / width, count = samples * groups;
    statistics += sample * groups;
    moments m;
    m.mean = of_groups(statistics, c, channels, width);
    m.rest = of_groups(statistics + count, c, channels, width);
    m.variance = of_groups(statistics + 2 * count, c, channels, width);
    make_transform(t, &m, gamma, beta, epsilon, flags, c, channels);
}

__kernel void group_norm_apply(IN(float, x), OUT(float, y), IN(float, gamma), IN(float, beta),
                               IN(float, statistics), float epsilon, float parameter, uint flags,
                               ulong places, ulong channels, ulong width, ulong samples)
{
    AT(x);
    AT(y);
    AT(gamma);
    AT(beta);
    AT(statistics);
    SAMPLE_AT(x);
    SAMPLE_AT(y);
    const layout of = SAMPLE_LAYOUT;
    FOR_EACH_STRIP(c, channels)
    {
        transform t;
        group_transform(&t, statistics, samples, get_group_id(1), gamma, beta, epsilon, flags, c,
                        channels, width);
        apply(x, y, 0, places, c, &of, &t, parameter);
    }
}

// partials [batch, 2, channels]: sums of dz and of dz normal(x) over the places, for the gradients
// of beta and gamma and for join_sums.
__kernel void group_norm_sums(IN(float, x), IN(float, dy), IN(float, gamma), IN(float, beta),
                              IN(float, statistics), OUT(float, partials), float epsilon,
                              float parameter, uint flags, ulong places, ulong channels,
                              ulong width, ulong samples)
{
    GROUP_ARRAY(floatv, shared);
    AT(x);
    AT(dy);
    AT(gamma);
    AT(beta);
    AT(statistics);
    AT(partials);
    SAMPLE_AT(x);
    SAMPLE_AT(dy);
    ulong sample = get_group_id(1);
    partials += sample * 2 * channels;
    const layout of = SAMPLE_LAYOUT;
    FOR_EACH_STRIP(c, channels)
    {
        transform t;
        group_transform(&t, statistics, samples, sample, gamma, beta, epsilon, flags, c, channels,
                        width);
        floatv sum, product;
        find_sums(x, dy, 0, places, c, &of, &t, parameter, &sum, &product, shared);
        if (ROW == 0) {
            store(sum, partials, c, channels);
            store(product, partials + channels, c, channels);
        }
    }
}

// totals [2, batch, groups]: means of g = gamma dz and of g normal(x) over a group. Launched as
// group_norm_join.
__kernel void group_norm_join_groups(IN(float, partials), IN(float, gamma), OUT(float, totals),
                                     uint flags, ulong places, ulong width, ulong groups,
                                     ulong count)
{
    AT(partials);
    AT(gamma);
    AT(totals);
    ulong channels = width * groups;
    for (ulong i = get_global_id(0); i < count; i += get_global_size(0)) {
        ulong sample = i / groups, first = i * width - sample * channels;
        __global const float *from = partials + i * width + sample * channels;
        float sum = 0.0f, product = 0.0f;
        for (ulong c = 0; c < width; c++) {
            float scale = flags & HAS_GAMMA ? gamma[first + c] : 1.0f;
            sum += scale * from[c];
            product += scale * from[channels + c];
        }
        totals[i] = sum / (float)(places * width);
        totals[count + i] = product / (float)(places * width);
    }
}

// dx = (g - mean of g - normal(x) times the mean of g normal(x)) / sqrt(variance + epsilon)
__kernel void group_norm_pass_back(INOUT(const float, x), INOUT(const float, dy), INOUT(float, dx),
                                   IN(float, gamma), IN(float, beta), IN(float, statistics),
                                   IN(float, totals), float epsilon, float parameter, uint flags,
                                   ulong places, ulong channels, ulong width, ulong samples)
{
    AT(x);
    AT(dy);
    AT(dx);
    AT(gamma);
    AT(beta);
    AT(statistics);
    AT(totals);
    SAMPLE_AT(x);
    SAMPLE_AT(dy);
    SAMPLE_AT(dx);
    ulong sample = get_group_id(1), groups = channels / width;
    totals += sample * groups;
    const layout of = SAMPLE_LAYOUT;
    FOR_EACH_STRIP(c, channels)
    {
        transform t;
        group_transform(&t, statistics, samples, sample, gamma, beta, epsilon, flags, c, channels,
                        width);
        floatv sum = of_groups(totals, c, channels, width);
        floatv product = of_groups(totals + samples * groups, c, channels, width);
        for (ulong r = ROW; r < places; r += ROWS) {
            floatv normal = normal_of(take(x, r, c, &of), &t);
            floatv dz = inner_gradient(take(dy, r, c, &of), normal, &t, parameter);
            floatv result = t.scale * ((t.gamma * dz - sum) - normal * product);
            if (flags & ACCUMULATE)
                result += take(dx, r, c, &of);
            give(result, dx, r, c, &of);
        }
    }
}

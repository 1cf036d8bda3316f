// SPDX-License-Identifier: Apache-2.0
// Batch normalisation of many rows of neighbouring channels (images with the channels last) on
// CPUs, part of batch_norm.cl. x [rows, channels] is taken as wide rows of `lanes` = repeat
// channels elements, `repeat` being the least that makes them whole panels: so every load is a
// whole vector, whatever the number of channels, and lane l belongs to channel l % channels. The
// last rows % repeat rows are no wide row; the last part has them.
//
// A group takes a part, `height` wide rows, panel by panel: as many streams through memory, or one
// where a wide row is one panel.
#ifndef RIDGE_CL_BATCH_NORM_PANELS_H
#define RIDGE_CL_BATCH_NORM_PANELS_H

#include "batch_norm.h"

#define PANEL 2 // vectors, whose sums do not wait for each other
#define PANEL_LANES (PANEL * VECTOR)
#define FOR_EACH_PANEL(lane, lanes) for (ulong lane = 0; lane < (lanes); lane += PANEL_LANES)
#define FOR_EACH_IN_PANEL(j) _Pragma("unroll") for (uint j = 0; j < PANEL; j++)

// Rows of a part, in elements of x: `begin` to `end` are its wide rows; what follows up to `stop`
// is no wide row.
typedef struct {
    ulong begin, end, stop, lanes, channels;
} part_of;

static inline part_of find_part(ulong part, ulong height, ulong repeat, ulong rows, ulong channels)
{
    part_of p = {.lanes = repeat * channels, .channels = channels};
    p.begin = part * height * p.lanes;
    p.end = min((part + 1) * height, rows / repeat) * p.lanes;
    p.stop = min((part + 1) * height * p.lanes, rows * channels);
    return p;
}

// The values of VECTOR lanes, from one for each channel.
static inline floatv spread(__global const float *x, ulong lane, const part_of *p)
{
    if (p->lanes == p->channels)
        return VLOAD(0, x + lane);
    ulong c = lane % p->channels;
    float part[VECTOR];
    for (uint j = 0; j < VECTOR; j++) {
        part[j] = x[c];
        c = c + 1 == p->channels ? 0 : c + 1;
    }
    return VLOAD(0, part);
}

static inline void spread_transforms(transform t[PANEL], __global const float *mean,
                                     __global const float *rest, __global const float *variance,
                                     __global const float *gamma, __global const float *beta,
                                     float epsilon, uint flags, ulong lane, const part_of *p)
{
    FOR_EACH_IN_PANEL(j)
    {
        ulong l = lane + j * VECTOR;
        t[j].mean = spread(mean, l, p);
        t[j].rest = flags & HAS_REST ? spread(rest, l, p) : (floatv)(0.0f);
        t[j].scale = 1.0f / sqrt(spread(variance, l, p) + epsilon);
        t[j].gamma = flags & HAS_GAMMA ? spread(gamma, l, p) : (floatv)(1.0f);
        t[j].beta = flags & HAS_BETA ? spread(beta, l, p) : (floatv)(0.0f);
    }
}

// Mean, as distance from the origin, and sum of squared distances from it, so far.
typedef struct {
    floatv mean, squares;
} progress;

// Joins `count` more values to `before` of them.
static inline void join_moments(progress *so_far, floatv mean, floatv squares, float before,
                                float count)
{
    floatv distance = mean - so_far->mean;
    so_far->mean += distance * (count / (before + count));
    so_far->squares += squares + distance * distance * (before * count / (before + count));
}

// The moments of a panel's lanes. Each block of 64 wide rows is gone over twice, the second time
// in the first cache.
static inline void find_panel(progress so_far[PANEL], __global const float *x,
                              const floatv origin[PANEL], ulong lane, const part_of *p)
{
    for (ulong block = p->begin; block < p->end; block += 64 * p->lanes) {
        ulong stop = min(p->end, block + 64 * p->lanes);
        float count = (float)((stop - block) / p->lanes);
        floatv sum[PANEL], rest[PANEL], squares[PANEL];
        FOR_EACH_IN_PANEL(j) sum[j] = rest[j] = squares[j] = 0.0f;
        for (ulong r = block + lane; r < stop; r += p->lanes)
            FOR_EACH_IN_PANEL(j) sum[j] += VLOAD(0, x + r + j * VECTOR) - origin[j];
        FOR_EACH_IN_PANEL(j) sum[j] /= count;
        for (ulong r = block + lane; r < stop; r += p->lanes)
            FOR_EACH_IN_PANEL(j)
            {
                floatv distance = (VLOAD(0, x + r + j * VECTOR) - origin[j]) - sum[j];
                rest[j] += distance;
                squares[j] += distance * distance;
            }
        FOR_EACH_IN_PANEL(j)
        {
            rest[j] /= count;
            squares[j] -= rest[j] * rest[j] * count;
            squares[j] = squares[j] < 0.0f ? (floatv)(0.0f) : squares[j]; // keeps NaN
            join_moments(&so_far[j], sum[j] + rest[j], squares[j],
                         (float)((block - p->begin) / p->lanes), count);
        }
    }
}

// The channels' moments from those of a part's lanes [2, lanes], and from the rows behind them.
static inline void fold_moments(__global const float *lanes, __global const float *x,
                                __global float *partials, const part_of *p)
{
    for (ulong c = 0; c < p->channels; c += VECTOR) {
        float each = (float)((p->end - p->begin) / p->lanes), count = 0.0f;
        progress all = {0.0f, 0.0f};
        for (ulong l = c; l < p->lanes && each > 0.0f; l += p->channels, count += each)
            join_moments(&all, load(lanes + l - c, c, p->channels),
                         load(lanes + p->lanes + l - c, c, p->channels), count, each);
        floatv origin = load(x, c, p->channels);
        for (ulong r = p->end; r < p->stop; r += p->channels, count += 1.0f)
            join_moments(&all, load(x + r, c, p->channels) - origin, 0.0f, count, 1.0f);
        store(all.mean, partials, c, p->channels);
        store(all.squares, partials + p->channels, c, p->channels);
    }
}

// partials [parts, 2, channels] as of batch_norm_moments; lanes [parts, 2, lanes]. One group for
// each part.
__kernel void batch_norm_panel_moments(IN(float, x), INOUT(float, lanes), OUT(float, partials),
                                       ulong height, ulong repeat, ulong rows, ulong channels)
{
    AT(x);
    AT(lanes);
    AT(partials);
    ulong part = get_group_id(0);
    part_of p = find_part(part, height, repeat, rows, channels);
    lanes += part * 2 * p.lanes;
    FOR_EACH_PANEL(lane, p.lanes)
    {
        progress so_far[PANEL];
        floatv origin[PANEL];
        FOR_EACH_IN_PANEL(j)
        {
            so_far[j].mean = so_far[j].squares = 0.0f;
            origin[j] = spread(x, lane + j * VECTOR, &p);
        }
        find_panel(so_far, x, origin, lane, &p);
        FOR_EACH_IN_PANEL(j)
        {
            put(so_far[j].mean, lanes + lane + j * VECTOR);
            put(so_far[j].squares, lanes + p.lanes + lane + j * VECTOR);
        }
    }
    fold_moments(lanes, x, partials + part * 2 * channels, &p);
}

static inline floatv normalise(floatv x, const transform *t, float parameter)
{
    return activate(normal_of(x, t) * t->gamma + t->beta, parameter);
}

// y from statistics that are known.
__kernel void batch_norm_panel_apply(IN(float, x), OUT(float, y), IN(float, gamma), IN(float, beta),
                                     IN(float, mean), IN(float, rest), IN(float, variance),
                                     float epsilon, float parameter, uint flags, ulong height,
                                     ulong repeat, ulong rows, ulong channels)
{
    AT(x);
    AT(y);
    AT(gamma);
    AT(beta);
    AT(mean);
    AT(rest);
    AT(variance);
    part_of p = find_part(get_group_id(0), height, repeat, rows, channels);
    FOR_EACH_PANEL(lane, p.lanes)
    {
        transform t[PANEL];
        spread_transforms(t, mean, rest, variance, gamma, beta, epsilon, flags, lane, &p);
        for (ulong r = p.begin + lane; r < p.end; r += p.lanes)
            FOR_EACH_IN_PANEL(j)
            {
                ulong i = r + j * VECTOR;
                put(normalise(VLOAD(0, x + i), &t[j], parameter), y + i);
            }
        FOR_EACH_IN_PANEL(j)
        {
            ulong i = p.end + lane + j * VECTOR;
            if (i < p.stop)
                store(normalise(load(x, i, p.stop), &t[j], parameter), y, i, p.stop);
        }
    }
}

// dz and normal(x) of a vector.
static inline floatv look_back(floatv x, floatv dy, const transform *t, float parameter,
                               floatv *normal)
{
    *normal = normal_of(x, t);
    return inner_gradient(dy, *normal, t, parameter);
}

// The channels' sums from those of a part's lanes [2, lanes].
static inline void fold_sums(__global const float *lanes, __global float *partials,
                             const part_of *p)
{
    for (ulong c = 0; c < p->channels; c += VECTOR) {
        floatv sum = 0.0f, product = 0.0f;
        for (ulong l = c; l < p->lanes; l += p->channels) {
            sum += load(lanes + l - c, c, p->channels);
            product += load(lanes + p->lanes + l - c, c, p->channels);
        }
        store(sum, partials, c, p->channels);
        store(product, partials + p->channels, c, p->channels);
    }
}

// The sums of dz and of dz normal(x) of a panel's lanes.
static inline void sum_panel(floatv sum[PANEL], floatv product[PANEL], __global const float *x,
                             __global const float *dy, const transform t[PANEL], float parameter,
                             ulong lane, const part_of *p)
{
    floatv normal, dz;
    for (ulong block = p->begin; block < p->end; block += 64 * p->lanes) {
        ulong stop = min(p->end, block + 64 * p->lanes);
        floatv some[PANEL], others[PANEL];
        FOR_EACH_IN_PANEL(j) some[j] = others[j] = 0.0f;
        for (ulong r = block + lane; r < stop; r += p->lanes)
            FOR_EACH_IN_PANEL(j)
            {
                ulong i = r + j * VECTOR;
                dz = look_back(VLOAD(0, x + i), VLOAD(0, dy + i), &t[j], parameter, &normal);
                some[j] += dz;
                others[j] += dz * normal;
            }
        FOR_EACH_IN_PANEL(j)
        {
            sum[j] += some[j];
            product[j] += others[j];
        }
    }
    FOR_EACH_IN_PANEL(j)
    {
        ulong i = p->end + lane + j * VECTOR;
        if (i >= p->stop)
            continue;
        dz = look_back(load(x, i, p->stop), load(dy, i, p->stop), &t[j], parameter, &normal);
        dz = select((floatv)(0.0f), dz, below(i, p->stop));
        sum[j] += dz;
        product[j] += select((floatv)(0.0f), dz * normal, below(i, p->stop));
    }
}

// partials [parts, 2, channels] as of batch_norm_sums; lanes [parts, 2, lanes].
__kernel void batch_norm_panel_sums(IN(float, x), IN(float, dy), IN(float, gamma), IN(float, beta),
                                    IN(float, statistics), INOUT(float, lanes),
                                    OUT(float, partials), float epsilon, float parameter,
                                    uint flags, ulong height, ulong repeat, ulong rows,
                                    ulong channels)
{
    AT(x);
    AT(dy);
    AT(gamma);
    AT(beta);
    AT(statistics);
    AT(lanes);
    AT(partials);
    ulong part = get_group_id(0);
    part_of p = find_part(part, height, repeat, rows, channels);
    lanes += part * 2 * p.lanes;
    FOR_EACH_PANEL(lane, p.lanes)
    {
        transform t[PANEL];
        floatv sum[PANEL], product[PANEL];
        FOR_EACH_IN_PANEL(j) sum[j] = product[j] = 0.0f;
        spread_transforms(t, statistics, statistics + channels, statistics + 2 * channels, gamma,
                          beta, epsilon, flags | HAS_REST, lane, &p);
        sum_panel(sum, product, x, dy, t, parameter, lane, &p);
        FOR_EACH_IN_PANEL(j)
        {
            put(sum[j], lanes + lane + j * VECTOR);
            put(product[j], lanes + p.lanes + lane + j * VECTOR);
        }
    }
    fold_sums(lanes, partials + part * 2 * channels, &p);
}

// dx of a vector; see pass_back.
static inline floatv gradient_of(floatv x, floatv dy, const transform *t, floatv sum,
                                 floatv product, float parameter)
{
    floatv normal, dz = look_back(x, dy, t, parameter, &normal);
    return t->gamma * t->scale * ((dz - sum) - normal * product);
}

// dx from totals [2, channels].
__kernel void batch_norm_panel_pass_back(INOUT(const float, x), INOUT(const float, dy),
                                         INOUT(float, dx), IN(float, gamma), IN(float, beta),
                                         IN(float, statistics), IN(float, totals), float epsilon,
                                         float parameter, uint flags, ulong height, ulong repeat,
                                         ulong rows, ulong channels)
{
    AT(x);
    AT(dy);
    AT(dx);
    AT(gamma);
    AT(beta);
    AT(statistics);
    AT(totals);
    part_of p = find_part(get_group_id(0), height, repeat, rows, channels);
    FOR_EACH_PANEL(lane, p.lanes)
    {
        transform t[PANEL];
        floatv sum[PANEL], product[PANEL];
        spread_transforms(t, statistics, statistics + channels, statistics + 2 * channels, gamma,
                          beta, epsilon, flags | HAS_REST, lane, &p);
        FOR_EACH_IN_PANEL(j)
        {
            sum[j] = spread(totals, lane + j * VECTOR, &p) / (float)rows;
            product[j] = spread(totals + channels, lane + j * VECTOR, &p) / (float)rows;
        }
        for (ulong r = p.begin + lane; r < p.end; r += p.lanes)
            FOR_EACH_IN_PANEL(j)
            {
                ulong i = r + j * VECTOR;
                floatv result = gradient_of(VLOAD(0, x + i), VLOAD(0, dy + i), &t[j], sum[j],
                                            product[j], parameter);
                if (flags & ACCUMULATE)
                    result += VLOAD(0, dx + i);
                put(result, dx + i);
            }
        FOR_EACH_IN_PANEL(j)
        {
            ulong i = p.end + lane + j * VECTOR;
            if (i >= p.stop)
                continue;
            floatv result = gradient_of(load(x, i, p.stop), load(dy, i, p.stop), &t[j], sum[j],
                                        product[j], parameter);
            if (flags & ACCUMULATE)
                result += load(dx, i, p.stop);
            store(result, dx, i, p.stop);
        }
    }
}

#endif

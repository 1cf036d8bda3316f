// SPDX-License-Identifier: Apache-2.0
// Layer normalisation: y = f(gamma (x - mean) / sqrt(variance + epsilon) + beta) with mean and
// variance of each row of x [rows, columns]. See strips.h for the walk down columns, activation.h
// for ACTIVATION.
//
// Statistics are three rows [3, rows]: the mean, what rounding has taken from it, the variance. As
// in batch_norm.cl they come from distances to the row's first value, in two passes.
#include "strips.h"

#if RIDGE_WALK_CPU
#define ITEM 0
#define ITEMS 1
#else
#define ITEM get_local_id(0)
#define ITEMS get_local_size(0)
#endif

// A row's vectors, shared out over the work-items, in blocks whose sums are added up.
#define FOR_EACH_PIECE(block, size)                                                                \
    for (ulong block = 0; block < (size); block += 64 * ITEMS * VECTOR)
#define FOR_EACH_IN_PIECE(block, i, size)                                                          \
    for (ulong i = block + ITEM * VECTOR,                                                          \
               i##_stop = min((ulong)(size), block + 64 * ITEMS * VECTOR);                         \
         i < i##_stop; i += ITEMS * VECTOR)

// What is done to a row.
typedef struct {
    float mean, rest, scale; // scale: 1 / sqrt(variance + epsilon)
} transform;

static inline floatv normal_of(floatv x, float mean, float rest, float scale)
{
    return ((x - mean) - rest) * scale;
}

static inline floatv gamma_of(__global const float *gamma, ulong i, ulong columns, uint flags)
{
    return flags & HAS_GAMMA ? load(gamma, i, columns) : (floatv)(1.0f);
}

static inline floatv beta_of(__global const float *beta, ulong i, ulong columns, uint flags)
{
    return flags & HAS_BETA ? load(beta, i, columns) : (floatv)(0.0f);
}

// Mean, as distance from the origin, and variance of a row, by the whole group.
GROUP_FUNCTION void find_moments(__global const float *x, ulong columns, float origin, float *mean,
                                 float *variance, __local float *shared)
{
    floatv total = 0.0f;
    FOR_EACH_PIECE(block, columns)
    {
        floatv sum = 0.0f;
        FOR_EACH_IN_PIECE(block, i, columns)
        {
            sum += load_or(x, i, columns, origin) - origin;
        }
        total += sum;
    }
    float middle = group_sum(sum_of(total), shared) / (float)columns;
    floatv rests = 0.0f, squares = 0.0f;
    FOR_EACH_PIECE(block, columns)
    {
        floatv some = 0.0f, others = 0.0f;
        FOR_EACH_IN_PIECE(block, i, columns)
        {
            floatv distance = (load_or(x, i, columns, origin) - origin) - middle;
            distance = select((floatv)(0.0f), distance, below(i, columns));
            some += distance;
            others += distance * distance;
        }
        rests += some;
        squares += others;
    }
    float rest = group_sum(sum_of(rests), shared) / (float)columns;
    float spread = group_sum(sum_of(squares), shared) / (float)columns - rest * rest;
    *mean = middle + rest;
    *variance = spread < 0.0f ? 0.0f : spread; // keeps NaN
}

// One row for a group. Launched by ridge_launch_rows.
__kernel void layer_norm_forward(IN(float, x), OUT(float, y), IN(float, gamma), IN(float, beta),
                                 OUT(float, statistics), float epsilon, float parameter, uint flags,
                                 ulong rows, ulong columns)
{
    GROUP_ARRAY(float, shared);
    AT(x);
    AT(y);
    AT(gamma);
    AT(beta);
    AT(statistics);
    FOR_EACH_ROW(row, rows)
    {
        __global const float *from = x + row * columns;
        float origin = from[0], distance, variance;
        find_moments(from, columns, origin, &distance, &variance, shared);
        // a two-sum, which loses nothing
        float mean = origin + distance;
        float of_mean = mean - origin;
        float rest = (origin - (mean - of_mean)) + (distance - of_mean);
        float scale = 1.0f / sqrt(variance + epsilon);
        if (ITEM == 0 && (flags & HAS_STATE)) {
            statistics[row] = mean;
            statistics[rows + row] = rest;
            statistics[2 * rows + row] = variance;
        }
        FOR_EACH_IN_ROW(i, columns)
        {
            floatv normal = normal_of(load(from, i, columns), mean, rest, scale);
            floatv z =
                normal * gamma_of(gamma, i, columns, flags) + beta_of(beta, i, columns, flags);
            store(activate(z, parameter), y + row * columns, i, columns);
        }
    }
}

// normal(x) and dz, the gradient of what the activation is applied to, of one vector.
static inline void look_back(floatv x, floatv dy, const transform *t, floatv gamma, floatv beta,
                             float parameter, floatv *normal, floatv *dz)
{
    *normal = normal_of(x, t->mean, t->rest, t->scale);
    *dz = dy * derivative_within(*normal * gamma + beta, parameter);
}

static inline void load_transform(transform *t, __global const float *statistics, ulong row,
                                  ulong rows, float epsilon)
{
    t->mean = statistics[row];
    t->rest = statistics[rows + row];
    t->scale = 1.0f / sqrt(statistics[2 * rows + row] + epsilon);
}

// dx. One row for a group. Launched by ridge_launch_rows.
__kernel void layer_norm_backward(INOUT(const float, x), INOUT(const float, dy), INOUT(float, dx),
                                  IN(float, gamma), IN(float, beta), IN(float, statistics),
                                  float epsilon, float parameter, uint flags, ulong rows,
                                  ulong columns)
{
    GROUP_ARRAY(float, shared);
    AT(x);
    AT(dy);
    AT(dx);
    AT(gamma);
    AT(beta);
    AT(statistics);
    FOR_EACH_ROW(row, rows)
    {
        __global const float *from = x + row * columns, *back = dy + row * columns;
        __global float *to = dx + row * columns;
        transform t;
        load_transform(&t, statistics, row, rows, epsilon);
        floatv sums = 0.0f, products = 0.0f, normal, dz;
        FOR_EACH_PIECE(block, columns)
        {
            floatv some = 0.0f, others = 0.0f;
            FOR_EACH_IN_PIECE(block, i, columns)
            {
                floatv scale = gamma_of(gamma, i, columns, flags);
                look_back(load(from, i, columns), load(back, i, columns), &t, scale,
                          beta_of(beta, i, columns, flags), parameter, &normal, &dz);
                some += dz * scale;
                others += dz * scale * normal;
            }
            sums += some;
            products += others;
        }
        float sum = group_sum(sum_of(sums), shared) / (float)columns;
        float product = group_sum(sum_of(products), shared) / (float)columns;
        FOR_EACH_IN_ROW(i, columns)
        {
            floatv scale = gamma_of(gamma, i, columns, flags);
            look_back(load(from, i, columns), load(back, i, columns), &t, scale,
                      beta_of(beta, i, columns, flags), parameter, &normal, &dz);
            floatv result = t.scale * ((dz * scale - sum) - normal * product);
            if (flags & ACCUMULATE)
                result += load(to, i, columns);
            store(result, to, i, columns);
        }
    }
}

// partials [parts, 2, columns]: sums of dz and of dz normal(x) over `height` rows each, for the
// gradients of beta and gamma.
__kernel void layer_norm_sums(IN(float, x), IN(float, dy), IN(float, gamma), IN(float, beta),
                              IN(float, statistics), OUT(float, partials), float epsilon,
                              float parameter, uint flags, ulong height, ulong rows, ulong columns)
{
    GROUP_ARRAY(floatv, shared);
    AT(x);
    AT(dy);
    AT(gamma);
    AT(beta);
    AT(statistics);
    AT(partials);
    ulong part = get_group_id(1);
    ulong begin = part * height;
    ulong end = min(rows, begin + height);
    partials += part * 2 * columns;
    FOR_EACH_STRIP(c, columns)
    {
        floatv scale = gamma_of(gamma, c, columns, flags), shift = beta_of(beta, c, columns, flags);
        floatv sums = 0.0f, products = 0.0f;
        FOR_EACH_BLOCK(block, begin, end)
        {
            floatv some = 0.0f, others = 0.0f;
            FOR_EACH_ROW_OF(block, r, end)
            {
                transform t;
                floatv normal, dz;
                load_transform(&t, statistics, r, rows, epsilon);
                look_back(load(x + r * columns, c, columns), load(dy + r * columns, c, columns), &t,
                          scale, shift, parameter, &normal, &dz);
                some += dz;
                others += dz * normal;
            }
            sums += some;
            products += others;
        }
        sum_strip(&sums, shared);
        sum_strip(&products, shared);
        if (ROW == 0) {
            store(sums, partials, c, columns);
            store(products, partials + columns, c, columns);
        }
    }
}

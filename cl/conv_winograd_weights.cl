// SPDX-License-Identifier: Apache-2.0
// The gradient of the weights of Winograd's convolution: see winograd.h. CPU walk.
#include "winograd.h"

#if RIDGE_WALK_CPU

// d = A y, one line.
static inline void spread(const float16 y[STEP], float16 d[EDGE])
{
    float16 even = fma(P2, y[2], y[0]), odd = fma(P2, y[3], y[1]);
    d[0] = y[0];
    d[1] = fma(P, odd, even);
    d[2] = fma(-P, odd, even);
    even = fma(Q2, y[2], y[0]);
    odd = fma(Q2, y[3], y[1]);
    d[3] = fma(Q, odd, even);
    d[4] = fma(-Q, odd, even);
    d[5] = y[3];
}

// w = G' s, one line.
static inline void gather_taps(const float16 s[EDGE], float16 w[TAPS])
{
    float16 p_sum = P_SCALE * (s[1] + s[2]), p_difference = P_SCALE * (s[1] - s[2]);
    float16 q_sum = Q_SCALE * (s[3] + s[4]), q_difference = Q_SCALE * (s[3] - s[4]);
    w[0] = fma(1.0f / P2Q2, s[0], p_sum + q_sum);
    w[1] = fma(P, p_difference, Q * q_difference);
    w[2] = fma(P2, p_sum, fma(Q2, q_sum, s[5]));
}

// A dy A' of one tile for 16 filters. place: where its 4 x 4 gradients lie, filter 0. They are
// added to total as well.
static inline void transform_gradient(__global const float *const place[STEP * STEP], ulong f,
                                      __global float *d, ulong stride, __global float *total)
{
    float16 part[EDGE][STEP], sum = 0.0f;
#pragma unroll
    for (uint j = 0; j < STEP; j++) {
        float16 line[STEP], points[EDGE];
#pragma unroll
        for (uint i = 0; i < STEP; i++)
            line[i] = vload16(0, place[i * STEP + j] + f);
        sum += (line[0] + line[1]) + (line[2] + line[3]);
        spread(line, points);
#pragma unroll
        for (uint i = 0; i < EDGE; i++)
            part[i][j] = points[i];
    }
    put(sum + vload16(0, total), total);
#pragma unroll
    for (uint i = 0; i < EDGE; i++) {
        float16 points[EDGE];
        spread(part[i], points);
#pragma unroll
        for (uint j = 0; j < EDGE; j++)
            put(points[j], d + (i * EDGE + j) * stride);
    }
}

// d[point, tile, f] for `count` tiles from `first` on, rows `row` apart. totals: vectors of sums by
// filter; the last one ends at the last filter, as those that are transformed do.
static inline void transform_gradients(const struct image *dy, ulong first, ulong count,
                                       __global const float *zeros, __global float *d, ulong row,
                                       ulong stride, __global float *totals)
{
    for (ulong t = 0; t < count; t++) {
        __global const float *place[STEP * STEP];
        find_places(dy, first + t, STEP, zeros, place);
        for (ulong f = 0; f < dy->channels; f += 16) {
            ulong at = min(f, dy->channels - 16);
            transform_gradient(place, at, d + t * row + at, stride, totals + f);
        }
    }
}

// sum[c, f] += v[t, c] d[t, f] summed over `count` tiles, for LINES channels and COLUMNS filters.
static inline void multiply_lines(__global const float *v, ulong channels, __global const float *d,
                                  ulong row, ulong count, __global float *sum)
{
    float16 done[LINES][2];
#pragma unroll
    for (uint r = 0; r < LINES; r++)
        done[r][0] = done[r][1] = 0.0f;
    for (ulong t = 0; t < count; t++) {
        float16 d0 = vload16(0, d), d1 = vload16(1, d);
#pragma unroll
        for (uint r = 0; r < LINES; r++) {
            float16 x = v[r];
            done[r][0] = fma(x, d0, done[r][0]);
            done[r][1] = fma(x, d1, done[r][1]);
        }
        v += channels;
        d += row;
    }
#pragma unroll
    for (uint r = 0; r < LINES; r++) {
        put(done[r][0] + vload16(2 * r, sum), sum + r * COLUMNS);
        put(done[r][1] + vload16(2 * r + 1, sum), sum + r * COLUMNS + 16);
    }
}

// Sums over the tiles of each group: the totals of dy in vectors [group, filters], then [group,
// point, strip, part, LINES, COLUMNS], where the parts are of LINES channels and the last one ends
// at the last channel. Behind the sums each group has
// scratch of its own: zeros [channels or filters], v [POINTS, block, channels], d [POINTS, block,
// filters], rows of d `row` apart.
__kernel void winograd_products(IN(float, x), ulong height, ulong width, ulong channels,
                                ulong batch, ulong top, ulong left, IN(float, dy), ulong y_height,
                                ulong y_width, ulong filters, __global float *scratch, ulong block)
{
    ulong down = (y_height + STEP - 1) / STEP, across = (y_width + STEP - 1) / STEP;
    const struct image image = {x + x_offset, height, width, channels, down, across, top, left};
    const struct image y = {dy + dy_offset, y_height, y_width, filters, down, across, 0, 0};
    ulong strips = (filters + COLUMNS - 1) / COLUMNS, parts = (channels + LINES - 1) / LINES;
    ulong row = strips * COLUMNS, zero = max(channels, filters);
    ulong v_stride = block * channels + SPACING, d_stride = block * row + SPACING;
    ulong size = POINTS * strips * parts * LINES * COLUMNS, vectors = (filters + 15) / 16;
    __global float *totals = scratch + get_group_id(0) * vectors * 16;
    scratch += get_num_groups(0) * vectors * 16;
    __global float *sums = scratch + get_group_id(0) * size;
    __global float *zeros = scratch + get_num_groups(0) * size +
                            get_group_id(0) * (zero + POINTS * (v_stride + d_stride));
    __global float *v = zeros + zero, *d = v + POINTS * v_stride;
    clear(totals, vectors * 16);
    clear(sums, size);
    clear(zeros, zero);
    clear(d, POINTS * d_stride); // columns behind the last filter stay so
    ulong tiles = batch * down * across;
    ulong stop = (get_group_id(0) + 1) * tiles / get_num_groups(0);
    for (ulong t = get_group_id(0) * tiles / get_num_groups(0); t < stop; t += block) {
        ulong count = min(block, stop - t);
        transform_tiles(&image, t, count, zeros, v, v_stride);
        transform_gradients(&y, t, count, zeros, d, row, d_stride, totals);
        __global float *sum = sums;
        for (uint p = 0; p < POINTS; p++)
            for (ulong f = 0; f < filters; f += COLUMNS)
                for (ulong part = 0; part < parts; part++) {
                    ulong c = min(part * LINES, channels - LINES);
                    multiply_lines(v + p * v_stride + c, channels, d + p * d_stride + f, row, count,
                                   sum);
                    sum += LINES * COLUMNS;
                }
    }
}

// db[f] from the totals of `groups` groups, for the vector of filters from f on.
static inline void join_totals(__global const float *totals, ulong groups, ulong f, ulong filters,
                               __global float *db)
{
    ulong row = (filters + 15) / 16 * 16, at = min(f, filters - 16);
    float16 sum = vload16(0, totals + f);
    for (ulong g = 1; g < groups; g++)
        sum += vload16(0, totals + g * row + f);
    put(sum, db + at);
}

// dw[f, c, tap] = G' s G, s: the sums of `groups` groups; and db, where wanted.
__kernel void winograd_weight_gradient(__global const float *sums, ulong groups, ulong channels,
                                       ulong filters, OUT(float, dw), INOUT(float, db),
                                       uint wants_db)
{
    AT(dw);
    AT(db);
    __global const float *totals = sums;
    sums += groups * ((filters + 15) / 16) * 16;
    ulong strips = (filters + COLUMNS - 1) / COLUMNS, parts = (channels + LINES - 1) / LINES;
    ulong point = strips * parts * LINES * COLUMNS;
    ulong count = (filters + 15) / 16 * channels;
    ulong stop = (get_group_id(0) + 1) * count / get_num_groups(0);
    for (ulong i = get_group_id(0) * count / get_num_groups(0); i < stop; i++) {
        ulong f = i / channels * 16, c = i % channels;
        if (wants_db && c == 0)
            join_totals(totals, groups, f, filters, db);
        ulong part = c / LINES, line = c - min(part * LINES, channels - LINES);
        __global const float *from =
            sums + ((f / COLUMNS * parts + part) * LINES + line) * COLUMNS + f % COLUMNS;
        float16 lines[TAPS][EDGE];
#pragma unroll
        for (uint j = 0; j < EDGE; j++) {
            float16 s[EDGE], w[TAPS];
#pragma unroll
            for (uint k = 0; k < EDGE; k++)
                s[k] = vload16(0, from + (k * EDGE + j) * point);
            for (ulong g = 1; g < groups; g++) {
#pragma unroll
                for (uint k = 0; k < EDGE; k++)
                    s[k] += vload16(0, from + (g * POINTS + k * EDGE + j) * point);
            }
            gather_taps(s, w);
#pragma unroll
            for (uint k = 0; k < TAPS; k++)
                lines[k][j] = w[k];
        }
#pragma unroll
        for (uint k = 0; k < TAPS; k++) {
            float16 w[TAPS];
            gather_taps(lines[k], w);
#pragma unroll
            for (uint j = 0; j < TAPS; j++) {
                float out[16];
                vstore16(w[j], 0, out);
                for (uint lane = 0; lane < 16 && f + lane < filters; lane++)
                    dw[((f + lane) * channels + c) * TAPS * TAPS + k * TAPS + j] = out[lane];
            }
        }
    }
}

#endif

// SPDX-License-Identifier: Apache-2.0
// Winograd's convolution forward, and backward to its input: see winograd.h. CPU walk.
#include "winograd.h"

#if RIDGE_WALK_CPU

// u = G w, one line.
static inline void weigh(const float16 w[TAPS], float16 u[EDGE])
{
    float16 even = P_SCALE * fma(P2, w[2], w[0]), odd = P_SCALE * P * w[1];
    u[0] = w[0] * (1.0f / P2Q2);
    u[1] = even + odd;
    u[2] = even - odd;
    even = Q_SCALE * fma(Q2, w[2], w[0]);
    odd = Q_SCALE * Q * w[1];
    u[3] = even + odd;
    u[4] = even - odd;
    u[5] = w[2];
}

// w[lane stride] for 16 lanes; those of `lanes` and behind repeat the last one.
static inline float16 gather(__global const float *w, ulong stride, ulong lanes)
{
#define LANE(i) w[min((ulong)i, lanes - 1) * stride]
    return (float16)(LANE(0), LANE(1), LANE(2), LANE(3), LANE(4), LANE(5), LANE(6), LANE(7),
                     LANE(8), LANE(9), LANE(10), LANE(11), LANE(12), LANE(13), LANE(14), LANE(15));
#undef LANE
}

// u[strip, point, c, COLUMNS] = G w G' for strips of COLUMNS filters, the points SPACING apart;
// what stands behind the last filter does not matter. w: filters to_filter apart, channels
// to_channel apart; `turned`: the taps in reverse order.
__kernel void winograd_weights(IN(float, w), ulong filters, ulong channels, ulong to_filter,
                               ulong to_channel, uint turned, __global float *u)
{
    AT(w);
    ulong count = (filters + 15) / 16 * channels, stride = channels * COLUMNS + SPACING;
    ulong stop = (get_group_id(0) + 1) * count / get_num_groups(0);
    for (ulong i = get_group_id(0) * count / get_num_groups(0); i < stop; i++) {
        ulong f = i / channels * 16, c = i % channels;
        float16 lines[EDGE][TAPS];
#pragma unroll
        for (uint j = 0; j < TAPS; j++) {
            float16 line[TAPS], points[EDGE];
#pragma unroll
            for (uint k = 0; k < TAPS; k++) {
                uint tap = k * TAPS + j;
                tap = turned ? TAPS * TAPS - 1 - tap : tap;
                line[k] = gather(w + f * to_filter + c * to_channel + tap, to_filter, filters - f);
            }
            weigh(line, points);
#pragma unroll
            for (uint k = 0; k < EDGE; k++)
                lines[k][j] = points[k];
        }
        __global float *to = u + f / COLUMNS * POINTS * stride + c * COLUMNS + f % COLUMNS;
#pragma unroll
        for (uint k = 0; k < EDGE; k++) {
            float16 points[EDGE];
            weigh(lines[k], points);
#pragma unroll
            for (uint j = 0; j < EDGE; j++)
                put(points[j], to + (k * EDGE + j) * stride);
        }
    }
}

// y = A' m, one line.
static inline void from_points(const float16 m[EDGE], float16 y[STEP])
{
    float16 p_sum = m[1] + m[2], p_difference = m[1] - m[2];
    float16 q_sum = m[3] + m[4], q_difference = m[3] - m[4];
    y[0] = m[0] + p_sum + q_sum;
    y[1] = fma(P, p_difference, Q * q_difference);
    y[2] = fma(P2, p_sum, Q2 * q_sum);
    y[3] = fma(P3, p_difference, fma(Q3, q_difference, m[5]));
}

// Writes A' m A of one tile for the 16 filters from f on.
static inline void write_tile(const struct image *outputs, const struct write_out *out,
                              const struct corner *at, __global const float *m, ulong stride,
                              ulong f)
{
    float16 part[STEP][EDGE];
#pragma unroll
    for (uint j = 0; j < EDGE; j++) {
        float16 line[EDGE], y[STEP];
#pragma unroll
        for (uint i = 0; i < EDGE; i++)
            line[i] = vload16(0, m + (i * EDGE + j) * stride);
        from_points(line, y);
#pragma unroll
        for (uint i = 0; i < STEP; i++)
            part[i][j] = y[i];
    }
    ulong place = (at->number * outputs->height + at->y) * outputs->width + at->x;
#pragma unroll
    for (uint i = 0; i < STEP; i++) {
        if (at->y + i >= outputs->height)
            break;
        float16 line[STEP];
        from_points(part[i], line);
#pragma unroll
        for (uint j = 0; j < STEP; j++) {
            if (at->x + j >= outputs->width)
                break;
            if (f + 16 <= out->n)
                write_whole(out, line[j], place + i * outputs->width + j, f);
            else
                write_vector(out, line[j], place + i * outputs->width + j, f);
        }
    }
}

// m[point, tile, f] = v[point, tile, c] u[point, c, f] summed over channels, for the tiles of a
// block, in multiples of ROWS, and one strip of filters.
static inline void multiply_points(__global const float *v, ulong v_stride, ulong channels,
                                   __global const float *u, ulong count, __global float *m,
                                   ulong m_stride)
{
    for (uint p = 0; p < POINTS; p++) {
        for (ulong t = 0; t < count; t += ROWS) {
            float16 done[ROWS][2];
            multiply(v + p * v_stride + t * channels, channels, u, channels, done);
#pragma unroll
            for (uint r = 0; r < ROWS; r++) {
                put(done[r][0], m + p * m_stride + (t + r) * COLUMNS);
                put(done[r][1], m + p * m_stride + (t + r) * COLUMNS + 16);
            }
        }
        u += channels * COLUMNS + SPACING;
    }
}

// y = f(x convolved with the kernels that winograd_weights has left at the start of scratch +
// bias). Each group has an equal share of the tiles and does `block` of them at a time, a multiple
// of ROWS, in scratch of its own: zeros [channels], v [POINTS, block, channels],
// m [POINTS, block, COLUMNS].
__kernel void winograd_convolve(IN(float, x), ulong height, ulong width, ulong channels,
                                ulong batch, ulong top, ulong left, ulong y_height, ulong y_width,
                                __global float *scratch, ulong block, WRITE_OUT)
{
    const struct write_out out = MAKE_WRITE_OUT;
    ulong down = (y_height + STEP - 1) / STEP, across = (y_width + STEP - 1) / STEP;
    const struct image image = {x + x_offset, height, width, channels, down, across, top, left};
    const struct image y = {0, y_height, y_width, n, down, across, 0, 0};
    ulong strip = POINTS * (channels * COLUMNS + SPACING), strips = (n + COLUMNS - 1) / COLUMNS;
    ulong v_stride = block * channels + SPACING, m_stride = block * COLUMNS + SPACING;
    __global float *zeros =
        scratch + strips * strip + get_group_id(0) * (channels + POINTS * (v_stride + m_stride));
    __global float *v = zeros + channels, *m = v + POINTS * v_stride;
    clear(zeros, channels);
    ulong tiles = batch * down * across;
    ulong stop = (get_group_id(0) + 1) * tiles / get_num_groups(0);
    for (ulong t = get_group_id(0) * tiles / get_num_groups(0); t < stop; t += block) {
        ulong count = min(block, stop - t), full = (count + ROWS - 1) / ROWS * ROWS;
        transform_tiles(&image, t, count, zeros, v, v_stride);
        for (uint p = 0; p < POINTS; p++) // no numbers from before, which may be slow ones
            clear(v + p * v_stride + count * channels, (full - count) * channels);
        for (ulong f = 0; f < n; f += COLUMNS) {
            multiply_points(v, v_stride, channels, scratch + f / COLUMNS * strip, count, m,
                            m_stride);
            for (ulong i = 0; i < count; i++) {
                const struct corner at = corner_of(&y, t + i);
                write_tile(&y, &out, &at, m + i * COLUMNS, m_stride, f);
                if (f + 16 < n)
                    write_tile(&y, &out, &at, m + i * COLUMNS + 16, m_stride, f + 16);
            }
        }
    }
}

#endif

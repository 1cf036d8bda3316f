// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution: groups == channels, so that each filter sees one channel, filter f channel
// f / multiplier. Bytes bound it, so all work goes along rows of places in vectors of filters, with
// the weights as [taps, filters], tap a kernel_x + b. Formulas: ridge/image.h.
//
// KERNEL_Y, KERNEL_X, STRIDE_Y, STRIDE_X: those of small kernels, whose weights stay in registers;
// what is not defined comes as an argument.
// SPREAD 0: the multiplier is 1.
//
// A group has a row of places, on GPUs work-items [filters, places]; see conv_depthwise.c.
#include "conv.h"
#include "places.h"

#ifndef SPREAD
#define SPREAD 0
#endif
#ifdef KERNEL_Y
#define TAPS (KERNEL_Y * KERNEL_X)
#else
#define KERNEL_Y kernel_y
#define KERNEL_X kernel_x
#define STRIDE_Y stride_y
#define STRIDE_X stride_x
#endif

#if RIDGE_WALK_CPU
#define FOR_EACH_CHANNEL(c, channels) for (uint c = 0; c < (channels); c += VECTOR)
#define FOR_EACH_ALONG(p, places) for (uint p = 0; p < (places); p++)
#else
#define FOR_EACH_CHANNEL(c, channels)                                                              \
    for (uint c = get_local_id(0) * VECTOR; c < (channels); c += get_local_size(0) * VECTOR)
#define FOR_EACH_ALONG(p, places)                                                                  \
    for (uint p = get_local_id(1); p < (places); p += get_local_size(1))
#endif

// packed [taps, filters] from w [filters, taps]. Launched by ridge_launch_elements.
__kernel void conv_depthwise_pack(IN(float, w), OUT(float, packed), ulong filters, uint taps)
{
    AT(w);
    AT(packed);
    for (ulong f = get_global_id(0); f < filters; f += get_global_size(0))
        for (uint t = 0; t < taps; t++)
            packed[t * filters + f] = w[f * taps + t];
}

// Windows that lie inside of the image are read without a question, on GPUs where all vectors begin
// at a multiple of 16 bytes.
#if RIDGE_WALK_CPU
#define SEEN_WHOLE(p) VLOAD(0, p)
#define READS_WHOLE(x, channels) true
#else
#define SEEN_WHOLE(p) (*(__global const floatv *)(p))
#define READS_WHOLE(x, channels) ((channels) % VECTOR == 0 && AT_VECTOR(x))
#endif

// What the filters from f on see of a place.
static inline floatv load_seen(__global const float *x, uint f, uint filters, uint multiplier)
{
#if SPREAD
    float part[VECTOR];
    for (uint j = 0; j < VECTOR; j++)
        part[j] = f + j < filters ? x[(f + j) / multiplier] : 0.0f;
    return VLOAD(0, part);
#else
    return load(x, f, filters);
#endif
}

// Taps whose loops are unrolled.
#define FOR_EACH_TAP(a, b)                                                                         \
    _Pragma("unroll") for (uint a = 0; a < KERNEL_Y; a++)                                          \
        _Pragma("unroll") for (uint b = 0; b < KERNEL_X; b++)
// Those of a kernel that begins at (top, left) that lie inside of the image.
#define FOR_EACH_TAP_INSIDE(a, b, top, left)                                                       \
    for (uint a = 0; a < KERNEL_Y; a++)                                                            \
        for (uint b = 0; b < KERNEL_X; b++)                                                        \
            if ((uint)((top) + (int)(a * dilation_y)) < height &&                                  \
                (uint)((left) + (int)(b * dilation_x)) < width)

// y = f(convolution of x + bias). flip: taps in the opposite order, which makes of dy the gradient
// of x where strides and multiplier are 1. Lines: rows of y.
__kernel void conv_depthwise_forward(IN(float, x), IN(float, packed), CONV_SHAPE, uint flip,
                                     WRITE_OUT, ulong lines)
{
    AT(x);
    AT(packed);
    const struct write_out out = MAKE_WRITE_OUT;
    const uint multiplier = filters / channels, last = KERNEL_Y * KERNEL_X - 1;
    const long right = (long)dilation_x * channels, down = (long)dilation_y * width * channels;
    FOR_EACH_LINE(line, lines)
    {
        ulong image = line / out_height;
        int top = (int)((uint)(line - image * out_height) * STRIDE_Y) - (int)pad_y;
        __global const float *row = x + ((long)(image * height) + top) * width * channels;
        FOR_EACH_CHANNEL(f, filters)
        {
#ifdef TAPS
            floatv weights[TAPS];
#pragma unroll
            for (uint t = 0; t < TAPS; t++)
                weights[t] = load(packed + (flip ? last - t : t) * filters, f, filters);
            bool whole = top >= 0 && top + (KERNEL_Y - 1) * dilation_y < height &&
                         f + VECTOR <= filters && READS_WHOLE(x, channels);
#endif
            FOR_EACH_ALONG(place, out_width)
            {
                int left = (int)(place * STRIDE_X) - (int)pad_x;
                __global const float *at = row + (long)left * channels;
                floatv sum = (floatv)(0.0f);
#ifdef TAPS
                if (whole && left >= 0 && left + (KERNEL_X - 1) * dilation_x < width) {
                    FOR_EACH_TAP(a, b)
                    {
                        sum +=
                            weights[a * KERNEL_X + b] * SEEN_WHOLE(at + a * down + b * right + f);
                    }
                } else
#endif
                    FOR_EACH_TAP_INSIDE(a, b, top, left)
                    {
                        ulong t = a * KERNEL_X + b;
                        sum += load(packed + (flip ? last - t : t) * filters, f, filters) *
                               load_seen(at + a * down + b * right, f, filters, multiplier);
                    }
                write_vector(&out, sum, line * out_width + place, f);
            }
        }
    }
}

// The gradients of all that the filters of a channel have seen of a place, c being the first
// channel of the vector: the sum over its filters of weight times dy.
static inline floatv sum_filters(__global const float *dy, __global const float *tap, uint c,
                                 uint channels, uint multiplier)
{
#if SPREAD
    float part[VECTOR];
    for (uint j = 0; j < VECTOR; j++) {
        part[j] = 0.0f;
        ulong first = (ulong)(c + j) * multiplier;
        for (uint k = 0; k < multiplier && c + j < channels; k++)
            part[j] += dy[first + k] * tap[first + k];
    }
    return VLOAD(0, part);
#else
    return load(dy, c, channels) * load(tap, c, channels);
#endif
}

// dx = f(what dy gives x + bias), whatever the multiplier. Strides are 1 or dilations are, so of
// the taps every stride's meets an output: tap k at place p meets output (p + pad - k) / stride,
// and tap k + stride the one that is `dilation` before. Outputs that do not exist, below 0 as well,
// are not below their number. Lines: rows of x.
__kernel void conv_depthwise_input(IN(float, dy), IN(float, packed), CONV_SHAPE, WRITE_OUT,
                                   ulong lines)
{
    AT(dy);
    AT(packed);
    const struct write_out out = MAKE_WRITE_OUT;
    const uint multiplier = filters / channels;
    FOR_EACH_LINE(line, lines)
    {
        ulong image = line / height;
        uint y = (uint)(line - image * height), first = (y + pad_y) / STRIDE_Y;
        FOR_EACH_CHANNEL(c, channels)
        {
            FOR_EACH_ALONG(q, (width - 1 + pad_x) / STRIDE_X + 1)
            {
#pragma unroll
                for (uint r = 0; r < STRIDE_X; r++) {
                    uint place = q * STRIDE_X + r - pad_x;
                    if (place >= width)
                        continue;
                    floatv sum = (floatv)(0.0f);
                    for (uint i = first, a = y + pad_y - first * STRIDE_Y; a < KERNEL_Y;
                         a += STRIDE_Y, i -= dilation_y) {
                        if (i >= out_height)
                            continue;
                        __global const float *row =
                            dy + (image * out_height + i) * out_width * filters;
                        __global const float *taps = packed + (ulong)(a * KERNEL_X) * filters;
#pragma unroll
                        for (uint b = r, j = q; b < KERNEL_X; b += STRIDE_X, j -= dilation_x)
                            if (j < out_width)
                                sum +=
                                    sum_filters(row + (ulong)j * filters, taps + (ulong)b * filters,
                                                c, channels, multiplier);
                    }
                    write_vector(&out, sum, line * width + place, c);
                }
            }
        }
    }
}

// partials [parts, taps, filters]: sums of dy x over `height_of_part` rows of places each. A row's
// sums are added up, so that errors do not grow with each place. The first dimension of the work
// walks over filters, the second is the part.
__kernel void conv_depthwise_weights(IN(float, x), IN(float, dy), CONV_SHAPE, OUT(float, partials),
                                     ulong lines, ulong height_of_part)
{
    AT(x);
    AT(dy);
    AT(partials);
    const uint multiplier = filters / channels;
    const long right = (long)dilation_x * channels, down = (long)dilation_y * width * channels;
    const ulong begin = get_group_id(1) * height_of_part, end = min(lines, begin + height_of_part);
    partials += get_group_id(1) * KERNEL_Y * KERNEL_X * filters;
    for (ulong line = begin; line < end; line++) {
        ulong image = line / out_height;
        int top = (int)((uint)(line - image * out_height) * STRIDE_Y) - (int)pad_y;
        __global const float *row = x + ((long)(image * height) + top) * width * channels;
        __global const float *back = dy + line * out_width * filters;
        FOR_EACH_VECTOR(f, filters)
        {
            if (line == begin)
                for (uint t = 0; t < KERNEL_Y * KERNEL_X; t++)
                    store((floatv)(0.0f), partials + (ulong)t * filters, f, filters);
#ifdef TAPS
            floatv sums[TAPS];
#pragma unroll
            for (uint t = 0; t < TAPS; t++)
                sums[t] = (floatv)(0.0f);
            bool whole = top >= 0 && top + (KERNEL_Y - 1) * dilation_y < height &&
                         f + VECTOR <= filters && READS_WHOLE(x, channels);
#endif
            for (uint place = 0; place < out_width; place++) {
                int left = (int)(place * STRIDE_X) - (int)pad_x;
                __global const float *at = row + (long)left * channels;
                floatv gradient = load(back + (ulong)place * filters, f, filters);
#ifdef TAPS
                if (whole && left >= 0 && left + (KERNEL_X - 1) * dilation_x < width) {
                    FOR_EACH_TAP(a, b)
                    {
                        sums[a * KERNEL_X + b] +=
                            gradient * SEEN_WHOLE(at + a * down + b * right + f);
                    }
                } else
#endif
                    FOR_EACH_TAP_INSIDE(a, b, top, left)
                    {
                        __global float *to = partials + (ulong)(a * KERNEL_X + b) * filters;
                        floatv seen = load_seen(at + a * down + b * right, f, filters, multiplier);
                        store(load(to, f, filters) + gradient * seen, to, f, filters);
                    }
            }
#ifdef TAPS
#pragma unroll
            for (uint t = 0; t < TAPS; t++) {
                __global float *to = partials + (ulong)t * filters;
                store(load(to, f, filters) + sums[t], to, f, filters);
            }
#endif
        }
    }
}

// dw [filters, taps] = the sums of the parts. Launched by ridge_launch_elements.
__kernel void conv_depthwise_join(IN(float, partials), OUT(float, dw), ulong filters, uint taps,
                                  ulong parts)
{
    AT(partials);
    AT(dw);
    for (ulong f = get_global_id(0); f < filters; f += get_global_size(0))
        for (uint t = 0; t < taps; t++) {
            float sum = 0.0f;
            for (ulong part = 0; part < parts; part++)
                sum += partials[(part * taps + t) * filters + f];
            dw[f * taps + t] = sum;
        }
}

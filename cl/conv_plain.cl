// SPDX-License-Identifier: Apache-2.0
// Convolution, one result after the other, nothing clever: other ways to compute it are compared
// with this one. Formulas: ridge/image.h.
#include "conv.h"

// Numbers of a place that are counted with the last one fastest: e = ((a n1 + b) n2 + c) n3 + d.
struct four {
    ulong a, b, c, d;
};

static inline void divide(ulong e, ulong n1, ulong n2, ulong n3, struct four *place)
{
    ulong ab = e / n3 / n2, abc = e / n3;
    place->a = ab / n1;
    place->b = ab - place->a * n1;
    place->c = abc - ab * n2;
    place->d = e - abc * n3;
}

// One element of y: filter f at place (i, j) of image n.
static inline float conv_output(const struct conv_shape *s, __global const float *x,
                                __global const float *w, ulong n, ulong i, ulong j, ulong f)
{
    ulong depth = s->channels / s->groups, first = f / (s->filters / s->groups) * depth;
    float sum = 0.0f;
    for (uint a = 0; a < s->kernel_y; a++)
        for (uint b = 0; b < s->kernel_x; b++) {
            long y = (long)(i * s->stride_y + a * s->dilation_y) - s->pad_y;
            long z = (long)(j * s->stride_x + b * s->dilation_x) - s->pad_x;
            if (y < 0 || y >= s->height || z < 0 || z >= s->width)
                continue;
            __global const float *at =
                x + ((n * s->height + y) * s->width + z) * s->channels + first;
            for (ulong c = 0; c < depth; c++)
                sum += at[c] * w[((f * depth + c) * s->kernel_y + a) * s->kernel_x + b];
        }
    return sum;
}

__kernel void conv_forward(IN(float, x), IN(float, w), CONV_SHAPE, WRITE_OUT)
{
    AT(x);
    AT(w);
    const struct conv_shape shape = MAKE_CONV_SHAPE;
    const struct write_out out = MAKE_WRITE_OUT;
    ulong count = batch * out_height * out_width * filters;
    for (ulong e = get_global_id(0); e < count; e += get_global_size(0)) {
        struct four at;
        divide(e, out_height, out_width, filters, &at);
        write_one(&out, conv_output(&shape, x, w, at.a, at.b, at.c, at.d), e / filters, at.d);
    }
}

// Where output i must be for tap a to meet input y; -1: nowhere.
static inline long met_by(ulong y, uint a, uint stride, uint dilation, uint pad, uint outputs)
{
    long from = (long)(y + pad) - (long)a * dilation;
    long i = from / (long)stride;
    return from >= 0 && i * stride == from && i < outputs ? i : -1;
}

// One element of dx: channel c at place (y, z) of image n.
static inline float conv_input(const struct conv_shape *s, __global const float *dy,
                               __global const float *w, ulong n, ulong y, ulong z, ulong c)
{
    ulong depth = s->channels / s->groups, share = s->filters / s->groups;
    ulong group = c / depth, within = c - group * depth;
    float sum = 0.0f;
    for (uint a = 0; a < s->kernel_y; a++)
        for (uint b = 0; b < s->kernel_x; b++) {
            long i = met_by(y, a, s->stride_y, s->dilation_y, s->pad_y, s->out_height);
            long j = met_by(z, b, s->stride_x, s->dilation_x, s->pad_x, s->out_width);
            if (i < 0 || j < 0)
                continue;
            __global const float *at =
                dy + ((n * s->out_height + i) * s->out_width + j) * s->filters;
            for (ulong f = group * share; f < (group + 1) * share; f++)
                sum += at[f] * w[((f * depth + within) * s->kernel_y + a) * s->kernel_x + b];
        }
    return sum;
}

__kernel void conv_input_gradient(IN(float, dy), IN(float, w), CONV_SHAPE, WRITE_OUT)
{
    AT(dy);
    AT(w);
    const struct conv_shape shape = MAKE_CONV_SHAPE;
    const struct write_out out = MAKE_WRITE_OUT;
    ulong count = batch * height * width * channels;
    for (ulong e = get_global_id(0); e < count; e += get_global_size(0)) {
        struct four at;
        divide(e, height, width, channels, &at);
        write_one(&out, conv_input(&shape, dy, w, at.a, at.b, at.c, at.d), e / channels, at.d);
    }
}

// What image n gives the weight of filter f for channel c of x at tap (a, b).
static inline float conv_weight(const struct conv_shape *s, __global const float *x,
                                __global const float *dy, ulong n, ulong f, ulong c, uint a, uint b)
{
    float sum = 0.0f;
    for (ulong i = 0; i < s->out_height; i++) {
        long y = (long)(i * s->stride_y + a * s->dilation_y) - s->pad_y;
        for (ulong j = 0; j < s->out_width; j++) {
            long z = (long)(j * s->stride_x + b * s->dilation_x) - s->pad_x;
            if (y >= 0 && y < s->height && z >= 0 && z < s->width)
                sum += dy[((n * s->out_height + i) * s->out_width + j) * s->filters + f] *
                       x[((n * s->height + y) * s->width + z) * s->channels + c];
        }
    }
    return sum;
}

__kernel void conv_weight_gradient(IN(float, x), IN(float, dy), CONV_SHAPE, OUT(float, dw))
{
    AT(x);
    AT(dy);
    AT(dw);
    const struct conv_shape shape = MAKE_CONV_SHAPE;
    ulong depth = channels / groups, count = filters * depth * kernel_y * kernel_x;
    for (ulong e = get_global_id(0); e < count; e += get_global_size(0)) {
        struct four at;
        divide(e, depth, kernel_y, kernel_x, &at);
        ulong c = at.a / (filters / groups) * depth + at.b;
        float sum = 0.0f;
        for (ulong n = 0; n < batch; n++)
            sum += conv_weight(&shape, x, dy, n, at.a, c, at.c, at.d);
        dw[e] = sum;
    }
}

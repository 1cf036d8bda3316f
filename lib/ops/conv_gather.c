// SPDX-License-Identifier: Apache-2.0
// Phases of a convolution, and weights in the order of its columns.
#include "ops/conv_gather.h"

#include "device/device.h"

static size_t greatest_divisor(size_t a, size_t b)
{
    return b ? greatest_divisor(b, a % b) : a;
}

void ridge_conv_gather_make(struct ridge_conv_gather *gather, const struct ridge_conv_call *call)
{
    const ridge_conv_shape *s = &call->shape;
    size_t depth = s->channels / s->groups, share = s->filters / s->groups;
    size_t taps = s->kernel[0] * s->kernel[1];
    bool back = call->pass == RIDGE_CONV_INPUT_GRADIENT;
    *gather = (struct ridge_conv_gather){
        .call = call,
        .source_channels = back ? s->filters : s->channels,
        .target_channels = back ? s->channels : s->filters,
        .depth = back ? share : depth,
        .share = back ? depth : share,
        .w_group = share * depth * taps,
        .w_column = back ? taps : depth * taps,
        .w_depth = back ? depth * taps : taps,
    };
    const size_t image[2] = {s->height, s->width};
    for (int d = 0; d < 2; d++) {
        gather->source[d] = back ? call->output[d] : image[d];
        gather->target[d] = back ? image[d] : call->output[d];
        gather->phases[d] = !back ? 1 : s->stride[d] < image[d] ? s->stride[d] : image[d];
    }
}

static void all_of_result(const ridge_conv_shape *s, const struct ridge_conv_gather *gather, int d,
                          struct ridge_conv_phase *phase)
{
    phase->places[d] = gather->target[d];
    phase->every[d] = 1;
    phase->taps[d] = s->kernel[d];
    phase->tap_every[d] = 1;
    phase->step[d] = (ptrdiff_t)s->stride[d];
    phase->tap_step[d] = (ptrdiff_t)s->dilation[d];
    phase->base[d] = -(ptrdiff_t)s->pad_before[d];
}

// Place r + stride p of dx meets tap t at (r + stride p + pad - dilation t) / stride of dy, where
// that is whole: for one t of `period`, or for none.
static void every_stride(const ridge_conv_shape *s, const struct ridge_conv_gather *gather, int d,
                         size_t r, struct ridge_conv_phase *phase)
{
    size_t stride = s->stride[d], divisor = greatest_divisor(stride, s->dilation[d]);
    size_t period = stride / divisor, tap = 0;
    size_t at = r + s->pad_before[d];
    while (tap < period && (at + tap * (stride - 1) * s->dilation[d]) % stride != 0)
        tap++;
    phase->places[d] = (gather->target[d] - r - 1) / stride + 1;
    phase->first[d] = r;
    phase->every[d] = stride;
    phase->tap_first[d] = tap;
    phase->tap_every[d] = period;
    phase->taps[d] = tap < period && tap < s->kernel[d] ? (s->kernel[d] - tap - 1) / period + 1 : 0;
    phase->step[d] = 1;
    phase->tap_step[d] = -(ptrdiff_t)(s->dilation[d] / divisor);
    phase->base[d] = ((ptrdiff_t)at - (ptrdiff_t)(tap * s->dilation[d])) / (ptrdiff_t)stride;
}

struct ridge_conv_phase ridge_conv_phase(const struct ridge_conv_gather *gather, size_t index)
{
    const ridge_conv_shape *s = &gather->call->shape;
    const size_t r[2] = {index / gather->phases[1], index % gather->phases[1]};
    struct ridge_conv_phase phase = {.places = {0}};
    for (int d = 0; d < 2; d++)
        if (gather->call->pass == RIDGE_CONV_INPUT_GRADIENT)
            every_stride(s, gather, d, r[d], &phase);
        else
            all_of_result(s, gather, d, &phase);
    return phase;
}

size_t ridge_conv_columns(const struct ridge_conv_gather *gather,
                          const struct ridge_conv_phase *phase)
{
    return phase->taps[0] * phase->taps[1] * gather->depth;
}

size_t ridge_conv_rows(const struct ridge_conv_gather *gather, const struct ridge_conv_phase *phase)
{
    return gather->call->shape.batch * phase->places[0] * phase->places[1];
}

bool ridge_conv_gather_fits(const struct ridge_conv_gather *gather)
{
    const ridge_conv_shape *s = &gather->call->shape;
    double most = 0x1p31, images = (double)s->batch;
    double weights = (double)s->groups * (double)gather->w_group;
    for (int d = 0; d < 2; d++)
        if ((double)gather->source[d] + (double)s->pad_before[d] + (double)s->pad_after[d] +
                (double)s->stride[d] * (double)gather->target[d] >=
            most)
            return false;
    return images * (double)gather->target[0] * (double)gather->target[1] < most && weights < most;
}

// The kernel arguments WEIGHTS of cl/conv_im2col.cl.
#define WEIGHTS(g, p)                                                                              \
    RIDGE_ARG_UINT((g)->share), RIDGE_ARG_UINT((g)->depth), RIDGE_ARG_UINT((p)->taps[0]),          \
        RIDGE_ARG_UINT((p)->taps[1]), RIDGE_ARG_UINT((p)->tap_first[0]),                           \
        RIDGE_ARG_UINT((p)->tap_first[1]), RIDGE_ARG_UINT((p)->tap_every[0]),                      \
        RIDGE_ARG_UINT((p)->tap_every[1]), RIDGE_ARG_UINT((g)->call->shape.kernel[1]),             \
        RIDGE_ARG_UINT((g)->w_group), RIDGE_ARG_UINT((g)->w_column), RIDGE_ARG_UINT((g)->w_depth)

ridge_status ridge_conv_pack_weights(ridge_launcher *on, const struct ridge_conv_gather *gather,
                                     const struct ridge_conv_phase *phase, ridge_tensor packed)
{
    size_t groups = gather->call->shape.groups;
    size_t count = groups * ridge_conv_columns(gather, phase) * gather->share;
    struct ridge_launch launch = {
        .program = "conv_im2col",
        .kernel = "pack_weights",
        .defines = ridge_gemm_define(RIDGE_LINEAR),
        .arguments = {RIDGE_ARG_TENSOR(gather->call->w), WEIGHTS(gather, phase),
                      RIDGE_ARG_ULONG(count), RIDGE_ARG_TENSOR(packed)},
        .work = {2 * count * sizeof(float), 0},
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

ridge_status ridge_conv_unpack_weights(ridge_launcher *on, const struct ridge_conv_gather *gather,
                                       ridge_tensor packed, size_t parts)
{
    struct ridge_conv_phase phase = ridge_conv_phase(gather, 0);
    size_t count = ridge_tensor_count(&gather->call->to);
    struct ridge_launch launch = {
        .program = "conv_im2col",
        .kernel = "unpack_weights",
        .defines = ridge_gemm_define(RIDGE_LINEAR),
        .arguments = {RIDGE_ARG_TENSOR(packed), RIDGE_ARG_UINT(parts), WEIGHTS(gather, &phase),
                      RIDGE_ARG_ULONG(count), RIDGE_ARG_TENSOR(gather->call->to)},
        .work = {(parts + 1) * count * sizeof(float), parts * count},
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

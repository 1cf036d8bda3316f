// SPDX-License-Identifier: Apache-2.0
// Depthwise convolution: groups == channels.
#include <stdio.h>

#include "base/error.h"
#include "base/size.h"
#include "device/device.h"
#include "ops/conv.h"

#define MOST_TAPS 25   // whose weights and sums are kept in registers
#define MOST_PARTS 256 // of the sums of a weight gradient
#define PART_CPU 16384 // elements of a part, for which a second thread pays
#define PART_GPU 1     // every row of places is a part, up to the most

bool ridge_conv_depthwise_can(const ridge_device *device, const struct ridge_conv_call *call)
{
    (void)device;
    const ridge_conv_shape *s = &call->shape;
    bool gradient = call->pass == RIDGE_CONV_INPUT_GRADIENT;
    for (int d = 0; d < 2; d++)
        if (gradient && s->stride[d] > 1 && s->dilation[d] > 1)
            return false;
    return s->groups == s->channels && s->channels > 1;
}

static size_t taps_of(const ridge_conv_shape *s)
{
    return s->kernel[0] * s->kernel[1];
}

// `text` holds 192 characters.
static const char *defines_of(const struct ridge_conv_call *call, char *text)
{
    const ridge_conv_shape *s = &call->shape;
    bool spread = s->filters != s->channels;
    int length =
        snprintf(text, 192, "%s -DSPREAD=%d", ridge_gemm_define(call->epilogue.activation), spread);
    if (!spread && taps_of(s) <= MOST_TAPS)
        snprintf(text + length, 192 - (size_t)length,
                 " -DKERNEL_Y=%uu -DKERNEL_X=%uu -DSTRIDE_Y=%uu -DSTRIDE_X=%uu",
                 (unsigned)s->kernel[0], (unsigned)s->kernel[1], (unsigned)s->stride[0],
                 (unsigned)s->stride[1]);
    return text;
}

// The smallest power of two that holds `count` vectors of 4, up to `most`.
static size_t work_items(size_t count, size_t most)
{
    size_t items = 1;
    while (items * 4 < count && items < most)
        items *= 2;
    return items;
}

// A group for each of `lines` rows of places with so many columns.
static void size_lines(const ridge_device *device, struct ridge_launch *launch, size_t lines,
                       size_t places, size_t columns)
{
    ridge_launch_rows(device, launch, lines, places * columns);
    if (device->walk == RIDGE_WALK_CPU)
        return;
    size_t groups = launch->global[0] / launch->local[0];
    size_t most = ridge_smaller(256, device->info.largest_group);
    launch->local[0] = work_items(columns, ridge_smaller(32, most));
    launch->local[1] = work_items(4 * places, most / launch->local[0]);
    launch->global[0] = groups * launch->local[0];
    launch->global[1] = launch->local[1];
}

// The weights as [taps, filters].
static ridge_status pack(ridge_launcher *on, const struct ridge_conv_call *call,
                         ridge_tensor *packed)
{
    size_t taps = taps_of(&call->shape), filters = call->shape.filters;
    char defines[192];
    *packed = (ridge_tensor){.offset = 0};
    RIDGE_TRY(ridge_scratch(on, taps * filters * sizeof(float), &packed->buffer));
    struct ridge_launch launch = {
        .program = "conv_depthwise",
        .kernel = "conv_depthwise_pack",
        .defines = defines_of(call, defines),
        .arguments = {RIDGE_ARG_TENSOR(call->w), RIDGE_ARG_TENSOR(*packed),
                      RIDGE_ARG_ULONG(filters), RIDGE_ARG_UINT(taps)},
    };
    ridge_launch_elements(on->device, &launch, filters);
    return ridge_launch(on, &launch);
}

static ridge_status run_forward(ridge_launcher *on, const struct ridge_conv_call *call, bool flip,
                                struct ridge_work work)
{
    char defines[192];
    ridge_tensor packed;
    struct ridge_gemm_call out = ridge_conv_write_out(call);
    size_t lines = call->shape.batch * call->output[0];
    RIDGE_TRY(pack(on, call, &packed));
    struct ridge_launch launch = {
        .program = "conv_depthwise",
        .kernel = "conv_depthwise_forward",
        .defines = defines_of(call, defines),
        .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_TENSOR(packed),
                      RIDGE_CONV_SHAPE(call), RIDGE_ARG_UINT(flip), RIDGE_GEMM_WRITE_OUT(&out),
                      RIDGE_ARG_ULONG(lines)},
        .work = work,
    };
    size_lines(on->device, &launch, lines, call->output[1], call->shape.filters);
    return ridge_launch(on, &launch);
}

// With strides of 1 and one filter a channel, dx is the convolution of dy by the taps in opposite
// order, where no padding is larger than the kernel reaches.
static bool turns_round(const ridge_conv_shape *s)
{
    for (int d = 0; d < 2; d++)
        if (s->stride[d] != 1 || s->pad_before[d] > s->dilation[d] * (s->kernel[d] - 1))
            return false;
    return s->filters == s->channels;
}

static ridge_status input_gradient(ridge_launcher *on, const struct ridge_conv_call *call)
{
    const ridge_conv_shape *s = &call->shape;
    if (turns_round(s)) {
        struct ridge_conv_call turned = *call;
        const size_t size[2] = {s->height, s->width};
        turned.shape.height = call->output[0];
        turned.shape.width = call->output[1];
        for (int d = 0; d < 2; d++) {
            turned.output[d] = size[d];
            turned.shape.pad_before[d] = s->dilation[d] * (s->kernel[d] - 1) - s->pad_before[d];
        }
        return run_forward(on, &turned, true, ridge_conv_work(call));
    }
    char defines[192];
    ridge_tensor packed;
    struct ridge_gemm_call out = ridge_conv_write_out(call);
    size_t lines = s->batch * s->height;
    RIDGE_TRY(pack(on, call, &packed));
    struct ridge_launch launch = {
        .program = "conv_depthwise",
        .kernel = "conv_depthwise_input",
        .defines = defines_of(call, defines),
        .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_TENSOR(packed),
                      RIDGE_CONV_SHAPE(call), RIDGE_GEMM_WRITE_OUT(&out), RIDGE_ARG_ULONG(lines)},
        .work = ridge_conv_work(call),
    };
    size_lines(on->device, &launch, lines, s->width, s->channels);
    return ridge_launch(on, &launch);
}

static ridge_status join(ridge_launcher *on, const struct ridge_conv_call *call,
                         ridge_tensor partials, size_t parts)
{
    size_t filters = call->shape.filters;
    char defines[192];
    struct ridge_launch launch = {
        .program = "conv_depthwise",
        .kernel = "conv_depthwise_join",
        .defines = defines_of(call, defines),
        .arguments = {RIDGE_ARG_TENSOR(partials), RIDGE_ARG_TENSOR(call->to),
                      RIDGE_ARG_ULONG(filters), RIDGE_ARG_UINT(taps_of(&call->shape)),
                      RIDGE_ARG_ULONG(parts)},
    };
    ridge_launch_elements(on->device, &launch, filters);
    return ridge_launch(on, &launch);
}

static ridge_status weight_gradient(ridge_launcher *on, const struct ridge_conv_call *call)
{
    const ridge_conv_shape *s = &call->shape;
    bool cpu = on->device->walk == RIDGE_WALK_CPU;
    size_t lines = s->batch * call->output[0], line = call->output[1] * s->filters;
    size_t height = ((cpu ? PART_CPU : PART_GPU) + line - 1) / line;
    size_t least = (lines + MOST_PARTS - 1) / MOST_PARTS;
    height = height > least ? height : least;
    size_t parts = (lines + height - 1) / height;
    char defines[192];
    ridge_tensor partials = {.offset = 0};
    RIDGE_TRY(ridge_scratch(on, parts * taps_of(s) * s->filters * sizeof(float), &partials.buffer));
    struct ridge_launch launch = {
        .program = "conv_depthwise",
        .kernel = "conv_depthwise_weights",
        .defines = defines_of(call, defines),
        .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_TENSOR(call->dy),
                      RIDGE_CONV_SHAPE(call), RIDGE_ARG_TENSOR(partials), RIDGE_ARG_ULONG(lines),
                      RIDGE_ARG_ULONG(height)},
        .local = {cpu ? 1 : work_items(s->filters, 32), 1},
        .work = ridge_conv_work(call),
    };
    size_t groups = (s->filters + 4 * launch.local[0] - 1) / (4 * launch.local[0]);
    launch.global[0] = cpu ? 1 : groups * launch.local[0];
    launch.global[1] = parts;
    RIDGE_TRY(ridge_launch(on, &launch));
    return join(on, call, partials, parts);
}

ridge_status ridge_conv_depthwise(ridge_launcher *on, const struct ridge_conv_call *call)
{
    switch (call->pass) {
    case RIDGE_CONV_FORWARD:
        return run_forward(on, call, false, ridge_conv_work(call));
    case RIDGE_CONV_INPUT_GRADIENT:
        return input_gradient(on, call);
    default:
        return weight_gradient(on, call);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Convolution on the CPU walk: products whose left operand is read out of bands of the images,
// which each work-group copies with their padding to where its second cache keeps them.
#include "base/error.h"
#include "device/device.h"
#include "ops/activation.h"
#include "ops/conv.h"

// As in cl/panel.h.
#define TILE_ROWS 12
#define TILE_COLUMNS 32

#define BAND (96 * 1024) // elements of a copied band: a part of the second cache
#define ENOUGH 384       // places in a band that make the last, partly empty tile cheap

// struct walk of cl/conv_band.h, and struct target of cl/conv_panel.cl.
struct walk {
    size_t batch, size[2], channels, groups; // what is walked over
    size_t grid[2], taps[2], step[2], dilation[2];
    long pad[2];
    size_t rows, images; // of a band
    size_t to[2], apart[2], first[2];
    size_t first_tap[2]; // of the kernel
    size_t columns;      // of the result, all groups together
    size_t work_groups;
};

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

// Lines and places of x that so many places of the grid reach.
static size_t reach(const struct walk *walk, int d, size_t places)
{
    return (places - 1) * walk->step[d] + walk->taps[d] * walk->dilation[d] + 1 - walk->dilation[d];
}

// Elements of a copied band of `rows` rows.
static size_t band_size(const struct walk *walk, size_t rows)
{
    return reach(walk, 0, rows) * reach(walk, 1, walk->grid[1]) * (walk->channels / walk->groups);
}

static size_t band_count(const struct walk *walk)
{
    return divide_up(walk->batch, walk->images) * walk->groups *
           divide_up(walk->grid[0], walk->rows);
}

// As many rows as the cache holds; whole images together where they are small, as long as each
// work-group still gets some bands. Two work-groups for each core even out what other processes
// take.
static void cut_bands(const ridge_device *device, struct walk *walk)
{
    size_t cores = 2 * device->info.compute_units, all = walk->grid[0];
    walk->rows = all;
    walk->images = 1;
    while (walk->rows > 1 && band_size(walk, walk->rows) > BAND)
        walk->rows = divide_up(walk->rows, 2);
    while (walk->rows > 1 && band_count(walk) < cores && walk->rows * walk->grid[1] > 8 * TILE_ROWS)
        walk->rows = divide_up(walk->rows, 2);
    if (walk->rows == all) {
        size_t wanted = divide_up(ENOUGH, all * walk->grid[1]);
        size_t held = BAND / (band_size(walk, all) ? band_size(walk, all) : 1);
        size_t shared = walk->batch * walk->groups / (4 * cores);
        walk->images = smaller(smaller(wanted, held), shared);
        walk->images = walk->images ? walk->images : 1;
    }
    walk->work_groups = smaller(cores, band_count(walk));
}

static size_t strips_of(const struct walk *walk)
{
    return divide_up(walk->columns / walk->groups, TILE_COLUMNS);
}

// Elements of the packed weights.
static size_t packed_size(const struct walk *walk)
{
    return walk->groups * strips_of(walk) * walk->taps[0] * walk->taps[1] *
           (walk->channels / walk->groups) * TILE_COLUMNS;
}

// Elements of a work-group's sums for dw and db.
static size_t part_size(const struct walk *walk)
{
    return packed_size(walk) + walk->groups * strips_of(walk) * TILE_COLUMNS;
}

static struct walk forward_walk(const struct ridge_conv_call *call)
{
    const ridge_conv_shape *s = &call->shape;
    struct walk walk = {
        .batch = s->batch,
        .size = {s->height, s->width},
        .channels = s->channels,
        .groups = s->groups,
        .columns = s->filters,
        .apart = {1, 1},
    };
    for (int d = 0; d < 2; d++) {
        walk.grid[d] = walk.to[d] = call->output[d];
        walk.taps[d] = s->kernel[d];
        walk.step[d] = s->stride[d];
        walk.dilation[d] = s->dilation[d];
        walk.pad[d] = (long)s->pad_before[d];
    }
    return walk;
}

// The places of dx whose number is phase[d] modulo the stride, which all meet the same taps of the
// kernel: t, t + stride, ... Read backwards, those walk over dy in steps of 1. With a stride of 1
// there is one phase, and the dilation stays.
static struct walk backward_walk(const struct ridge_conv_call *call, const size_t phase[2])
{
    const ridge_conv_shape *s = &call->shape;
    struct walk walk = {
        .batch = s->batch,
        .size = {call->output[0], call->output[1]},
        .channels = s->filters,
        .groups = s->groups,
        .to = {s->height, s->width},
        .columns = s->channels,
    };
    for (int d = 0; d < 2; d++) {
        size_t stride = s->stride[d], at = phase[d] + s->pad_before[d], t = at % stride;
        walk.taps[d] = t < s->kernel[d] ? divide_up(s->kernel[d] - t, stride) : 0;
        walk.step[d] = 1;
        walk.dilation[d] = s->dilation[d];
        walk.pad[d] = ((long)walk.taps[d] - 1) * (long)walk.dilation[d] - (long)(at / stride);
        walk.apart[d] = stride;
        walk.first[d] = phase[d];
        walk.first_tap[d] = t;
        walk.grid[d] = divide_up(walk.to[d] - phase[d], stride);
    }
    return walk;
}

// The kernel arguments WALK of cl/conv_band.h.
#define WALK(walk)                                                                                 \
    RIDGE_ARG_ULONG((walk)->batch), RIDGE_ARG_UINT((walk)->size[0]),                               \
        RIDGE_ARG_UINT((walk)->size[1]), RIDGE_ARG_UINT((walk)->channels),                         \
        RIDGE_ARG_UINT((walk)->groups), RIDGE_ARG_UINT((walk)->taps[0]),                           \
        RIDGE_ARG_UINT((walk)->taps[1]), RIDGE_ARG_UINT((walk)->step[0]),                          \
        RIDGE_ARG_UINT((walk)->step[1]), RIDGE_ARG_UINT((walk)->dilation[0]),                      \
        RIDGE_ARG_UINT((walk)->dilation[1]), RIDGE_ARG_UINT((walk)->pad[0]),                       \
        RIDGE_ARG_UINT((walk)->pad[1]), RIDGE_ARG_UINT((walk)->rows),                              \
        RIDGE_ARG_UINT((walk)->images)

static ridge_status pack_weights(ridge_launcher *on, const struct ridge_conv_call *call,
                                 const struct walk *walk, cl_mem scratch)
{
    const ridge_conv_shape *s = &call->shape;
    bool back = call->pass == RIDGE_CONV_INPUT_GRADIENT;
    size_t rows = packed_size(walk) / TILE_COLUMNS;
    if (!rows)
        return RIDGE_OK;
    return ridge_launch(
        on, &(struct ridge_launch){
                .program = "conv_panel",
                .kernel = "conv_pack_weights",
                .defines = ridge_activation_define(call->epilogue.activation),
                .arguments = {RIDGE_ARG_TENSOR(call->w), RIDGE_ARG_BUFFER(scratch),
                              RIDGE_ARG_UINT(s->filters), RIDGE_ARG_UINT(s->channels / s->groups),
                              RIDGE_ARG_UINT(s->kernel[0]), RIDGE_ARG_UINT(s->kernel[1]),
                              RIDGE_ARG_UINT(s->groups), RIDGE_ARG_UINT(walk->taps[0]),
                              RIDGE_ARG_UINT(walk->taps[1]), RIDGE_ARG_UINT(walk->first_tap[0]),
                              RIDGE_ARG_UINT(walk->first_tap[1]), RIDGE_ARG_UINT(walk->apart[0]),
                              RIDGE_ARG_UINT(walk->apart[1]), RIDGE_ARG_UINT(back)},
                .global = {rows < 64 ? 1 : 2 * on->device->info.compute_units},
                .local = {1},
            });
}

static ridge_status run_walk(ridge_launcher *on, const struct ridge_conv_call *call,
                             struct walk *walk, struct ridge_work work)
{
    ridge_tensor to = call->to, bias = call->epilogue.bias.buffer ? call->epilogue.bias : to;
    cut_bands(on->device, walk);
    size_t packed = packed_size(walk), room = walk->images * band_size(walk, walk->rows);
    cl_mem scratch;
    RIDGE_TRY(ridge_scratch(on, (packed + walk->work_groups * room + 1) * sizeof(float), &scratch));
    RIDGE_TRY(pack_weights(on, call, walk, scratch));
    return ridge_launch(
        on,
        &(struct ridge_launch){
            .program = "conv_panel",
            .kernel = "conv_panel",
            .defines = ridge_activation_define(call->epilogue.activation),
            .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_BUFFER(scratch), WALK(walk),
                          RIDGE_ARG_UINT(walk->to[0]), RIDGE_ARG_UINT(walk->to[1]),
                          RIDGE_ARG_UINT(walk->apart[0]), RIDGE_ARG_UINT(walk->apart[1]),
                          RIDGE_ARG_UINT(walk->first[0]), RIDGE_ARG_UINT(walk->first[1]),
                          RIDGE_ARG_UINT(walk->columns), RIDGE_ARG_TENSOR(to),
                          RIDGE_ARG_TENSOR(bias),
                          RIDGE_ARG_UINT(call->epilogue.bias.buffer != NULL),
                          RIDGE_ARG_FLOAT(call->beta), RIDGE_ARG_FLOAT(call->epilogue.parameter)},
            .global = {walk->work_groups},
            .local = {1},
            .work = work,
        });
}

static ridge_status run_backward(ridge_launcher *on, const struct ridge_conv_call *call)
{
    struct ridge_work work = ridge_conv_work(call);
    size_t phases = call->shape.stride[0] * call->shape.stride[1], phase[2];
    work.bytes /= phases;
    work.operations /= phases;
    for (phase[0] = 0; phase[0] < smaller(call->shape.stride[0], call->shape.height); phase[0]++)
        for (phase[1] = 0; phase[1] < smaller(call->shape.stride[1], call->shape.width);
             phase[1]++) {
            struct walk walk = backward_walk(call, phase);
            RIDGE_TRY(run_walk(on, call, &walk, work));
        }
    return RIDGE_OK;
}

static ridge_status sum_weights(ridge_launcher *on, const struct ridge_conv_call *call,
                                const struct walk *walk, cl_mem parts)
{
    const ridge_conv_shape *s = &call->shape;
    size_t rows = part_size(walk) / TILE_COLUMNS;
    ridge_tensor db = call->db.buffer ? call->db : call->to;
    return ridge_launch(
        on, &(struct ridge_launch){
                .program = "conv_panel_weights",
                .kernel = "conv_sum_weights",
                .arguments = {RIDGE_ARG_BUFFER(parts), RIDGE_ARG_ULONG(walk->work_groups),
                              RIDGE_ARG_UINT(s->filters), RIDGE_ARG_UINT(s->channels / s->groups),
                              RIDGE_ARG_UINT(s->kernel[0] * s->kernel[1]),
                              RIDGE_ARG_UINT(s->groups), RIDGE_ARG_TENSOR(call->to),
                              RIDGE_ARG_TENSOR(db), RIDGE_ARG_UINT(call->db.buffer != NULL)},
                .global = {rows < 64 ? 1 : 2 * on->device->info.compute_units},
                .local = {1},
            });
}

static ridge_status run_weights(ridge_launcher *on, const struct ridge_conv_call *call)
{
    struct walk walk = forward_walk(call);
    cut_bands(on->device, &walk);
    walk.work_groups = smaller(walk.work_groups, band_count(&walk) / walk.groups);
    size_t places = walk.images * walk.rows * walk.grid[1];
    size_t room = walk.images * band_size(&walk, walk.rows) + places * TILE_COLUMNS;
    cl_mem scratch;
    RIDGE_TRY(
        ridge_scratch(on, walk.work_groups * (part_size(&walk) + room) * sizeof(float), &scratch));
    RIDGE_TRY(ridge_launch(
        on, &(struct ridge_launch){
                .program = "conv_panel_weights",
                .kernel = "conv_panel_weights",
                .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_TENSOR(call->dy),
                              RIDGE_ARG_BUFFER(scratch), WALK(&walk), RIDGE_ARG_UINT(walk.grid[0]),
                              RIDGE_ARG_UINT(walk.grid[1]), RIDGE_ARG_UINT(walk.columns)},
                .global = {walk.work_groups},
                .local = {1},
                .work = ridge_conv_work(call),
            }));
    return sum_weights(on, call, &walk, scratch);
}

// A dilated kernel that goes in larger steps meets the places of dx in too many ways.
bool ridge_conv_panel_can(const ridge_device *device, const struct ridge_conv_call *call)
{
    const ridge_conv_shape *s = &call->shape;
    if (device->walk != RIDGE_WALK_CPU)
        return false;
    if (call->pass != RIDGE_CONV_INPUT_GRADIENT)
        return true;
    return (s->stride[0] == 1 || s->dilation[0] == 1) && (s->stride[1] == 1 || s->dilation[1] == 1);
}

ridge_status ridge_conv_panel(ridge_launcher *on, const struct ridge_conv_call *call)
{
    switch (call->pass) {
    case RIDGE_CONV_FORWARD: {
        struct walk walk = forward_walk(call);
        return run_walk(on, call, &walk, ridge_conv_work(call));
    }
    case RIDGE_CONV_INPUT_GRADIENT:
        return run_backward(on, call);
    case RIDGE_CONV_WEIGHT_GRADIENT:
        return run_weights(on, call);
    }
    return RIDGE_OK;
}

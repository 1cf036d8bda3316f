// SPDX-License-Identifier: Apache-2.0
// Convolution with 3 x 3 kernels in steps of 1, with a quarter of the multiplications: Winograd's
// F(4 x 4, 3 x 3), see cl/winograd.h. CPU walk.
#include "base/error.h"
#include "base/size.h"
#include "cl/conv_panel_constants.h"
#include "cl/winograd_constants.h"
#include "device/device.h"
#include "ops/conv.h"

#define VECTOR 16 // of the CPU walk

#define NEAR (320 * 1024) // elements that the second cache holds beside what passes through
#define FAR (4096 * 1024) // transformed weights, beyond which they come from memory

// What is convolved: x [batch, size, channels] to y [batch, output, columns].
struct tiling {
    size_t batch, size[2], channels, pad[2], output[2], columns;
    size_t tiles, block, groups;
};

// The input gradient is the convolution of dy with turned kernels, filters and channels exchanged.
static struct tiling tiling_of(const struct ridge_conv_call *call)
{
    const ridge_conv_shape *s = &call->shape;
    bool back = call->pass == RIDGE_CONV_INPUT_GRADIENT;
    struct tiling t = {
        .batch = s->batch,
        .channels = back ? s->filters : s->channels,
        .columns = back ? s->channels : s->filters,
    };
    const size_t sizes[] = {s->height, s->width};
    for (int d = 0; d < 2; d++) {
        t.size[d] = back ? call->output[d] : sizes[d];
        t.output[d] = back ? sizes[d] : call->output[d];
        t.pad[d] = back ? TAPS - 1 - s->pad_before[d] : s->pad_before[d];
    }
    t.tiles = t.batch * ridge_divide_up(t.output[0], STEP) * ridge_divide_up(t.output[1], STEP);
    return t;
}

// Two work-groups for each core even out what other processes take, where each has tiles for a few
// panels. `each`: elements of scratch for a tile at a time.
static void share_tiles(const ridge_device *device, struct tiling *t, size_t each)
{
    size_t cores = device->info.compute_units, most = ridge_divide_up(t->tiles, TILE_ROWS);
    t->groups = most >= 8 * cores ? 2 * cores : most < cores ? most : cores;
    t->block = TILE_ROWS;
    while (t->block < 4 * TILE_ROWS && 2 * t->block * each <= NEAR)
        t->block *= 2;
}

static ridge_status transform_weights(ridge_launcher *on, const struct ridge_conv_call *call,
                                      const struct tiling *t, cl_mem scratch)
{
    bool back = call->pass == RIDGE_CONV_INPUT_GRADIENT;
    size_t near = TAPS * TAPS, far = near * call->shape.channels;
    size_t vectors = ridge_divide_up(t->columns, VECTOR) * t->channels;
    return ridge_launch(
        on, &(struct ridge_launch){
                .program = "conv_winograd",
                .kernel = "winograd_weights",
                .defines = ridge_gemm_define(call->epilogue.activation),
                .arguments = {RIDGE_ARG_TENSOR(call->w), RIDGE_ARG_ULONG(t->columns),
                              RIDGE_ARG_ULONG(t->channels), RIDGE_ARG_ULONG(back ? near : far),
                              RIDGE_ARG_ULONG(back ? far : near), RIDGE_ARG_UINT(back),
                              RIDGE_ARG_BUFFER(scratch)},
                .global = {vectors < 128 ? 1 : 2 * on->device->info.compute_units},
                .local = {1},
            });
}

static ridge_status convolve(ridge_launcher *on, const struct ridge_conv_call *call)
{
    struct tiling t = tiling_of(call);
    size_t each = POINTS * (t.channels + TILE_COLUMNS);
    share_tiles(on->device, &t, each);
    size_t point = t.channels * TILE_COLUMNS + SPACING;
    size_t weights = ridge_divide_up(t.columns, TILE_COLUMNS) * POINTS * point;
    size_t own = t.channels + t.block * each + 2 * POINTS * SPACING;
    cl_mem scratch;
    RIDGE_TRY(ridge_scratch(on, (weights + t.groups * own) * sizeof(float), &scratch));
    RIDGE_TRY(transform_weights(on, call, &t, scratch));
    struct ridge_gemm_call out = ridge_conv_write_out(call);
    return ridge_launch(on,
                        &(struct ridge_launch){
                            .program = "conv_winograd",
                            .kernel = "winograd_convolve",
                            .defines = ridge_gemm_define(call->epilogue.activation),
                            .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_ULONG(t.size[0]),
                                          RIDGE_ARG_ULONG(t.size[1]), RIDGE_ARG_ULONG(t.channels),
                                          RIDGE_ARG_ULONG(t.batch), RIDGE_ARG_ULONG(t.pad[0]),
                                          RIDGE_ARG_ULONG(t.pad[1]), RIDGE_ARG_ULONG(t.output[0]),
                                          RIDGE_ARG_ULONG(t.output[1]), RIDGE_ARG_BUFFER(scratch),
                                          RIDGE_ARG_ULONG(t.block), RIDGE_GEMM_WRITE_OUT(&out)},
                            .global = {t.groups},
                            .local = {1},
                            .work = ridge_conv_work(call),
                        });
}

// One work-group for each core, since each adds up sums of its own.
static ridge_status weight_gradient(ridge_launcher *on, const struct ridge_conv_call *call)
{
    struct tiling t = tiling_of(call);
    size_t row = ridge_divide_up(t.columns, TILE_COLUMNS) * TILE_COLUMNS;
    size_t each = POINTS * (t.channels + row);
    share_tiles(on->device, &t, each);
    size_t cores = on->device->info.compute_units;
    t.groups = t.groups < cores ? t.groups : cores;
    size_t zeros = t.channels > t.columns ? t.channels : t.columns;
    size_t own = zeros + t.block * each + 2 * POINTS * SPACING;
    size_t totals = ridge_divide_up(t.columns, VECTOR) * VECTOR;
    size_t sums = totals + POINTS * row * ridge_divide_up(t.channels, LINES) * LINES;
    cl_mem scratch;
    RIDGE_TRY(ridge_scratch(on, t.groups * (sums + own) * sizeof(float), &scratch));
    RIDGE_TRY(
        ridge_launch(on, &(struct ridge_launch){
                             .program = "conv_winograd_weights",
                             .kernel = "winograd_products",
                             .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_ULONG(t.size[0]),
                                           RIDGE_ARG_ULONG(t.size[1]), RIDGE_ARG_ULONG(t.channels),
                                           RIDGE_ARG_ULONG(t.batch), RIDGE_ARG_ULONG(t.pad[0]),
                                           RIDGE_ARG_ULONG(t.pad[1]), RIDGE_ARG_TENSOR(call->dy),
                                           RIDGE_ARG_ULONG(t.output[0]),
                                           RIDGE_ARG_ULONG(t.output[1]), RIDGE_ARG_ULONG(t.columns),
                                           RIDGE_ARG_BUFFER(scratch), RIDGE_ARG_ULONG(t.block)},
                             .global = {t.groups},
                             .local = {1},
                             .work = ridge_conv_work(call),
                         }));
    size_t vectors = ridge_divide_up(t.columns, VECTOR) * t.channels;
    ridge_tensor db = call->db.buffer ? call->db : call->to;
    return ridge_launch(on,
                        &(struct ridge_launch){
                            .program = "conv_winograd_weights",
                            .kernel = "winograd_weight_gradient",
                            .arguments = {RIDGE_ARG_BUFFER(scratch), RIDGE_ARG_ULONG(t.groups),
                                          RIDGE_ARG_ULONG(t.channels), RIDGE_ARG_ULONG(t.columns),
                                          RIDGE_ARG_TENSOR(call->to), RIDGE_ARG_TENSOR(db),
                                          RIDGE_ARG_UINT(call->db.buffer != NULL)},
                            .global = {vectors < 128 ? 1 : 2 * cores},
                            .local = {1},
                        });
}

// A vector of channels and of filters at least: what is behind the last whole one is read as a
// vector that overlaps it.
bool ridge_conv_winograd_can(const ridge_device *device, const struct ridge_conv_call *call)
{
    const ridge_conv_shape *s = &call->shape;
    if (device->walk != RIDGE_WALK_CPU || s->groups != 1 || s->channels < VECTOR ||
        s->filters < VECTOR)
        return false;
    for (int d = 0; d < 2; d++)
        if (s->kernel[d] != TAPS || s->stride[d] != 1 || s->dilation[d] != 1 ||
            s->pad_before[d] >= TAPS || s->pad_after[d] >= TAPS)
            return false;
    return true;
}

// Where it was measured to be faster than the panels, from cycles of a core for what both do: a row
// of a tile of products by its 32 columns is one each step, a fifth more between the points; of the
// transforms 12 are for a channel and 9 for a filter of each tile. Transforming weights takes what
// packing them does, as long as they stay in the caches.
bool ridge_conv_winograd_suits(const ridge_device *device, const struct ridge_conv_call *call)
{
    struct tiling t = tiling_of(call);
    size_t strips = ridge_divide_up(t.columns, TILE_COLUMNS);
    if (POINTS * t.channels * strips * TILE_COLUMNS > FAR)
        return false;
    share_tiles(device, &t, 0);
    double rows = (double)(ridge_divide_up(ridge_divide_up(t.tiles, t.groups), TILE_ROWS) *
                           TILE_ROWS * t.groups);
    double steps = (double)t.channels * (double)strips;
    double transforms = (double)t.tiles * (double)(12 * t.channels + 9 * t.columns);
    double places = (double)t.batch * (double)t.output[0] * (double)t.output[1];
    return 1.2 * POINTS * steps * rows + transforms < 0.9 * TAPS * TAPS * steps * places;
}

ridge_status ridge_conv_winograd(ridge_launcher *on, const struct ridge_conv_call *call)
{
    return call->pass == RIDGE_CONV_WEIGHT_GRADIENT ? weight_gradient(on, call)
                                                    : convolve(on, call);
}

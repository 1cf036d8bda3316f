// SPDX-License-Identifier: Apache-2.0
// Convolution on GPUs by products whose columns are never written, see cl/conv_tiled.cl.
#include <stdio.h>

#include "base/error.h"
#include "base/size.h"
#include "device/device.h"
#include "ops/activation.h"
#include "ops/conv_gather.h"

#define ITEMS 256

// Rows of a work-item. Tall tiles read less; low ones are for devices that would have nothing to do
// otherwise, and for few weights. No more kinds: each is a program that has to be built.
#define TALL 8
#define LOW 2

// How a result of `rows` x `columns` is cut into tiles.
struct tiling {
    size_t columns, rows; // of a tile
    size_t work_item;     // rows of each work-item
};

static struct tiling make_tiling(size_t columns, size_t work_item)
{
    struct tiling tiling = {.columns = columns > 32 ? 64 : 32, .work_item = work_item};
    tiling.rows = work_item * ITEMS / (tiling.columns / 4);
    return tiling;
}

static size_t tile_count(const struct tiling *tiling, size_t rows, size_t columns)
{
    return ridge_divide_up(rows, tiling->rows) * ridge_divide_up(columns, tiling->columns);
}

static void set_program(struct ridge_launch *launch, const struct tiling *tiling,
                        ridge_activation activation, char defines[64])
{
    snprintf(defines, 64, "%s -DROWS=%zu -DTILE_COLUMNS=%zu", ridge_gemm_define(activation),
             tiling->work_item, tiling->columns);
    launch->program = launch->kernel;
    launch->defines = defines;
    launch->local[0] = ITEMS;
}

static struct tiling tile_places(const ridge_device *device, size_t rows, size_t share,
                                 size_t groups)
{
    struct tiling tall = make_tiling(share, TALL);
    bool enough = tile_count(&tall, rows, share) * groups >= 2 * device->info.compute_units;
    return enough ? tall : make_tiling(share, LOW);
}

static ridge_status run_phase(ridge_launcher *on, const struct ridge_conv_gather *gather,
                              const struct ridge_conv_phase *phase, ridge_tensor packed)
{
    const struct ridge_conv_call *call = gather->call;
    struct ridge_gemm_call out = ridge_conv_write_out(call);
    size_t groups = call->shape.groups, phases = gather->phases[0] * gather->phases[1];
    size_t rows = ridge_conv_rows(gather, phase), k = ridge_conv_columns(gather, phase);
    struct tiling tiling = tile_places(on->device, rows, gather->share, groups);
    struct ridge_launch launch = {
        .kernel = "conv_tiled",
        .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_TENSOR(packed),
                      RIDGE_CONV_GATHER(gather, phase), RIDGE_ARG_UINT(rows), RIDGE_ARG_UINT(k),
                      RIDGE_ARG_UINT(gather->share), RIDGE_CONV_TARGET(gather, phase),
                      RIDGE_GEMM_WRITE_OUT(&out)},
        .global = {tile_count(&tiling, rows, gather->share) * groups * ITEMS},
        .work = ridge_conv_work(call),
    };
    launch.work.bytes /= phases;
    launch.work.operations /= phases;
    char defines[64];
    set_program(&launch, &tiling, call->epilogue.activation, defines);
    return ridge_launch(on, &launch);
}

static ridge_status gathered(ridge_launcher *on, const struct ridge_conv_gather *gather)
{
    ridge_tensor packed = {.offset = 0};
    size_t weights = gather->call->shape.groups * gather->w_group;
    RIDGE_TRY(ridge_scratch(on, weights * sizeof(float), &packed.buffer));
    for (size_t i = 0; i < gather->phases[0] * gather->phases[1]; i++) {
        struct ridge_conv_phase phase = ridge_conv_phase(gather, i);
        if (phase.taps[0] && phase.taps[1])
            RIDGE_TRY(ridge_conv_pack_weights(on, gather, &phase, packed));
        RIDGE_TRY(run_phase(on, gather, &phase, packed));
    }
    return RIDGE_OK;
}

// The weights are few and the places many: the sum over these is cut into parts, so that there is
// work for all of the device, and no part is so short that writing it costs more.
static size_t part_count(const ridge_device *device, size_t tiles, size_t rows, size_t weights)
{
    size_t parts = ridge_divide_up(8 * device->info.compute_units, tiles);
    size_t most = rows / 512, fit = device->conv_workspace / sizeof(float) / weights;
    parts = parts < most ? parts : most;
    parts = parts < fit ? parts : fit;
    return parts ? parts : 1;
}

static ridge_status weight_gradient(ridge_launcher *on, const struct ridge_conv_gather *gather)
{
    const struct ridge_conv_call *call = gather->call;
    struct ridge_conv_phase phase = ridge_conv_phase(gather, 0);
    size_t groups = call->shape.groups, weights = ridge_tensor_count(&call->to);
    size_t rows = ridge_conv_rows(gather, &phase), k = ridge_conv_columns(gather, &phase);
    struct tiling tiling = make_tiling(gather->share, LOW);
    if (tiling.rows < k)
        tiling = make_tiling(gather->share, TALL);
    size_t tiles = tile_count(&tiling, k, gather->share) * groups;
    size_t height = ridge_divide_up(rows, part_count(on->device, tiles, rows, weights));
    size_t parts = ridge_divide_up(rows, height);
    ridge_tensor sums = {.offset = 0};
    RIDGE_TRY(ridge_scratch(on, parts * weights * sizeof(float), &sums.buffer));
    struct ridge_launch launch = {
        .kernel = "conv_tiled_weights",
        .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_TENSOR(call->dy),
                      RIDGE_CONV_GATHER(gather, &phase), RIDGE_ARG_UINT(rows), RIDGE_ARG_UINT(k),
                      RIDGE_ARG_UINT(gather->share), RIDGE_ARG_UINT(groups), RIDGE_ARG_UINT(height),
                      RIDGE_ARG_TENSOR(sums)},
        .global = {tiles * parts * ITEMS},
        .work = ridge_conv_work(call),
    };
    char defines[64];
    set_program(&launch, &tiling, RIDGE_LINEAR, defines);
    RIDGE_TRY(ridge_launch(on, &launch));
    return ridge_conv_unpack_weights(on, gather, sums, parts);
}

ridge_status ridge_conv_tiled(ridge_launcher *on, const struct ridge_conv_call *call)
{
    struct ridge_conv_gather gather;
    ridge_conv_gather_make(&gather, call);
    return call->pass == RIDGE_CONV_WEIGHT_GRADIENT ? weight_gradient(on, &gather)
                                                    : gathered(on, &gather);
}

// The kernels count the elements of the source with 31 bits, padding included.
bool ridge_conv_tiled_can(const ridge_device *device, const struct ridge_conv_call *call)
{
    struct ridge_conv_gather gather;
    ridge_conv_gather_make(&gather, call);
    const ridge_conv_shape *s = &call->shape;
    double height = (double)gather.source[0], width = (double)gather.source[1], reach[2];
    for (int d = 0; d < 2; d++)
        reach[d] = (double)s->pad_before[d] + (double)(s->kernel[d] * s->dilation[d]) + 1;
    double elements = ((double)s->batch * height + 2 * reach[0]) * (width + 2 * reach[1]) *
                      (double)gather.source_channels;
    return device->walk == RIDGE_WALK_GPU && device->info.largest_group >= ITEMS &&
           ridge_conv_gather_fits(&gather) && elements < 0x1p31;
}

// SPDX-License-Identifier: Apache-2.0
// Convolution on the CPU walk: products whose left operand is read out of bands of the images,
// which each work-group copies with their padding to where its second cache keeps them.
#include "base/error.h"
#include "base/size.h"
#include "cl/conv_panel_constants.h"
#include "device/device.h"
#include "ops/conv_gather.h"

#define BAND (96 * 1024) // elements of a copied band: a part of the second cache
#define ENOUGH 384       // places in a band that make the last, partly empty tile cheap

// A phase with taps counted so that they go on through the source: for the gradient of the input
// they are read backwards.
struct walk {
    const struct ridge_conv_gather *gather;
    struct ridge_conv_phase phase;
    size_t dilation[2];  // places of the source from tap to tap
    ptrdiff_t pad[2];    // places that the first tap of the first place lies outside
    size_t rows, images; // of a band
    size_t work_groups;
};

// Lines and places of x that so many places of the grid reach.
static size_t reach(const struct walk *walk, int d, size_t places)
{
    return (places - 1) * (size_t)walk->phase.step[d] + walk->phase.taps[d] * walk->dilation[d] +
           1 - walk->dilation[d];
}

// Elements of a copied band of `rows` rows.
static size_t band_size(const struct walk *walk, size_t rows)
{
    return reach(walk, 0, rows) * reach(walk, 1, walk->phase.places[1]) * walk->gather->depth;
}

static size_t band_count(const struct walk *walk)
{
    const ridge_conv_shape *s = &walk->gather->call->shape;
    return ridge_divide_up(s->batch, walk->images) * s->groups *
           ridge_divide_up(walk->phase.places[0], walk->rows);
}

// As many rows as the cache holds; whole images together where they are small, as long as each
// work-group still gets some bands. Two work-groups for each core even out what other processes
// take.
static void cut_bands(const ridge_device *device, struct walk *walk)
{
    size_t cores = 2 * device->info.compute_units, all = walk->phase.places[0];
    size_t across = walk->phase.places[1],
           blocks = walk->gather->call->shape.batch * walk->gather->call->shape.groups;
    walk->rows = all;
    walk->images = 1;
    while (walk->rows > 1 && band_size(walk, walk->rows) > BAND)
        walk->rows = ridge_divide_up(walk->rows, 2);
    while (walk->rows > 1 && band_count(walk) < cores && walk->rows * across > 8 * TILE_ROWS)
        walk->rows = ridge_divide_up(walk->rows, 2);
    if (walk->rows == all) {
        size_t wanted = ridge_divide_up(ENOUGH, all * across);
        size_t held = BAND / (band_size(walk, all) ? band_size(walk, all) : 1);
        size_t shared = blocks / (4 * cores);
        walk->images = ridge_smaller(ridge_smaller(wanted, held), shared);
        walk->images = walk->images ? walk->images : 1;
    }
    walk->work_groups = ridge_smaller(cores, band_count(walk));
}

static size_t strips_of(const struct walk *walk)
{
    return ridge_divide_up(walk->gather->share, TILE_COLUMNS);
}

// Elements of the packed weights.
static size_t packed_size(const struct walk *walk)
{
    return walk->gather->call->shape.groups * strips_of(walk) *
           ridge_conv_columns(walk->gather, &walk->phase) * TILE_COLUMNS;
}

// Elements of a work-group's sums for dw and db.
static size_t part_size(const struct walk *walk)
{
    return packed_size(walk) + walk->gather->call->shape.groups * strips_of(walk) * TILE_COLUMNS;
}

static struct walk make_walk(ridge_device *device, const struct ridge_conv_gather *gather,
                             size_t phase)
{
    struct walk walk = {.gather = gather, .phase = ridge_conv_phase(gather, phase)};
    for (int d = 0; d < 2; d++) {
        ptrdiff_t step = walk.phase.taps[d] ? walk.phase.tap_step[d] : 1;
        ptrdiff_t first = step < 0 ? step * ((ptrdiff_t)walk.phase.taps[d] - 1) : 0;
        walk.dilation[d] = (size_t)(step < 0 ? -step : step);
        walk.pad[d] = -(walk.phase.base[d] + first);
    }
    cut_bands(device, &walk);
    return walk;
}

// The kernel arguments WALK of cl/conv_band.h.
#define WALK(walk)                                                                                 \
    RIDGE_ARG_ULONG((walk)->gather->call->shape.batch), RIDGE_ARG_UINT((walk)->gather->source[0]), \
        RIDGE_ARG_UINT((walk)->gather->source[1]),                                                 \
        RIDGE_ARG_UINT((walk)->gather->source_channels),                                           \
        RIDGE_ARG_UINT((walk)->gather->call->shape.groups), RIDGE_ARG_UINT((walk)->phase.taps[0]), \
        RIDGE_ARG_UINT((walk)->phase.taps[1]), RIDGE_ARG_UINT((walk)->phase.step[0]),              \
        RIDGE_ARG_UINT((walk)->phase.step[1]), RIDGE_ARG_UINT((walk)->dilation[0]),                \
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
                .defines = ridge_gemm_define(call->epilogue.activation),
                .arguments = {RIDGE_ARG_TENSOR(call->w), RIDGE_ARG_BUFFER(scratch),
                              RIDGE_ARG_UINT(s->filters), RIDGE_ARG_UINT(s->channels / s->groups),
                              RIDGE_ARG_UINT(s->kernel[0]), RIDGE_ARG_UINT(s->kernel[1]),
                              RIDGE_ARG_UINT(s->groups), RIDGE_ARG_UINT(walk->phase.taps[0]),
                              RIDGE_ARG_UINT(walk->phase.taps[1]),
                              RIDGE_ARG_UINT(walk->phase.tap_first[0]),
                              RIDGE_ARG_UINT(walk->phase.tap_first[1]),
                              RIDGE_ARG_UINT(walk->phase.tap_every[0]),
                              RIDGE_ARG_UINT(walk->phase.tap_every[1]), RIDGE_ARG_UINT(back)},
                .global = {rows < 64 ? 1 : 2 * on->device->info.compute_units},
                .local = {1},
            });
}

static ridge_status run_phase(ridge_launcher *on, const struct ridge_conv_gather *gather,
                              size_t phase)
{
    const struct ridge_conv_call *call = gather->call;
    struct walk walk = make_walk(on->device, gather, phase);
    ridge_tensor to = call->to, bias = call->epilogue.bias.buffer ? call->epilogue.bias : to;
    size_t room = walk.images * band_size(&walk, walk.rows);
    struct ridge_work work = ridge_conv_work(call);
    work.bytes /= gather->phases[0] * gather->phases[1];
    work.operations /= gather->phases[0] * gather->phases[1];
    cl_mem scratch;
    RIDGE_TRY(ridge_scratch(on, (packed_size(&walk) + walk.work_groups * room + 1) * sizeof(float),
                            &scratch));
    RIDGE_TRY(pack_weights(on, call, &walk, scratch));
    return ridge_launch(
        on,
        &(struct ridge_launch){
            .program = "conv_panel",
            .kernel = "conv_panel",
            .defines = ridge_gemm_define(call->epilogue.activation),
            .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_BUFFER(scratch), WALK(&walk),
                          RIDGE_ARG_UINT(gather->target[0]), RIDGE_ARG_UINT(gather->target[1]),
                          RIDGE_ARG_UINT(walk.phase.every[0]), RIDGE_ARG_UINT(walk.phase.every[1]),
                          RIDGE_ARG_UINT(walk.phase.first[0]), RIDGE_ARG_UINT(walk.phase.first[1]),
                          RIDGE_ARG_UINT(gather->target_channels), RIDGE_ARG_TENSOR(to),
                          RIDGE_ARG_TENSOR(bias), RIDGE_ARG_UINT(ridge_gemm_flags(&call->epilogue)),
                          RIDGE_ARG_FLOAT(call->beta), RIDGE_ARG_FLOAT(call->epilogue.parameter)},
            .global = {walk.work_groups},
            .local = {1},
            .work = work,
        });
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

static ridge_status run_weights(ridge_launcher *on, const struct ridge_conv_gather *gather)
{
    const struct ridge_conv_call *call = gather->call;
    struct walk walk = make_walk(on->device, gather, 0);
    walk.work_groups = ridge_smaller(walk.work_groups, band_count(&walk) / call->shape.groups);
    size_t places = walk.images * walk.rows * walk.phase.places[1];
    size_t room = walk.images * band_size(&walk, walk.rows) + places * TILE_COLUMNS;
    cl_mem scratch;
    RIDGE_TRY(
        ridge_scratch(on, walk.work_groups * (part_size(&walk) + room) * sizeof(float), &scratch));
    RIDGE_TRY(
        ridge_launch(on, &(struct ridge_launch){
                             .program = "conv_panel_weights",
                             .kernel = "conv_panel_weights",
                             .arguments = {RIDGE_ARG_TENSOR(call->from), RIDGE_ARG_TENSOR(call->dy),
                                           RIDGE_ARG_BUFFER(scratch), WALK(&walk),
                                           RIDGE_ARG_UINT(walk.phase.places[0]),
                                           RIDGE_ARG_UINT(walk.phase.places[1]),
                                           RIDGE_ARG_UINT(gather->target_channels)},
                             .global = {walk.work_groups},
                             .local = {1},
                             .work = ridge_conv_work(call),
                         }));
    return sum_weights(on, call, &walk, scratch);
}

bool ridge_conv_panel_can(const ridge_device *device, const struct ridge_conv_call *call)
{
    (void)call;
    return device->walk == RIDGE_WALK_CPU;
}

ridge_status ridge_conv_panel(ridge_launcher *on, const struct ridge_conv_call *call)
{
    struct ridge_conv_gather gather;
    ridge_conv_gather_make(&gather, call);
    if (call->pass == RIDGE_CONV_WEIGHT_GRADIENT)
        return run_weights(on, &gather);
    for (size_t i = 0; i < gather.phases[0] * gather.phases[1]; i++)
        RIDGE_TRY(run_phase(on, &gather, i));
    return RIDGE_OK;
}

// SPDX-License-Identifier: Apache-2.0
// Batch normalisation in parts, through panels of wide rows, on CPUs.
#include "base/error.h"
#include "base/size.h"
#include "device/device.h"
#include "ops/batch_norm.h"

#define PANEL_LANES 32 // as in cl/batch_norm_panels.h
#define MOST_PARTS 256

static size_t common_divisor(size_t a, size_t b)
{
    return b ? common_divisor(b, a % b) : a;
}

// 16 Ki elements, for which a second thread pays; 16 wide rows, which are as many streams of
// memory.
static struct ridge_norm_parts cut_rows(const ridge_device *device,
                                        const struct ridge_strips *strips)
{
    (void)device;
    struct ridge_norm_parts cut = {.repeat =
                                       PANEL_LANES / common_divisor(PANEL_LANES, strips->channels)};
    cut.lanes = cut.repeat * strips->channels;
    size_t wide_rows = ridge_larger(ridge_divide_up(16384, cut.lanes), 16);
    size_t least = ridge_divide_up(strips->rows, cut.repeat * MOST_PARTS);
    cut.height = ridge_larger(wide_rows, least) * cut.repeat;
    cut.parts = ridge_divide_up(strips->rows, cut.height);
    return cut;
}

static ridge_status launch_parts(ridge_launcher *on, struct ridge_launch *launch,
                                 const struct ridge_norm_parts *cut)
{
    launch->local[0] = 1;
    launch->global[0] = cut->parts;
    return ridge_launch(on, launch);
}

static ridge_status find_moments(ridge_launcher *on, const struct ridge_norm_forward *f,
                                 const struct ridge_norm_parts *cut, ridge_tensor lanes,
                                 ridge_tensor partials)
{
    size_t count = f->strips.rows * f->strips.channels;
    struct ridge_launch launch = {
        .program = "batch_norm",
        .kernel = "batch_norm_panel_moments",
        .defines = f->defines,
        .arguments = {RIDGE_ARG_TENSOR(f->x), RIDGE_ARG_TENSOR(lanes), RIDGE_ARG_TENSOR(partials),
                      RIDGE_ARG_ULONG(cut->height / cut->repeat), RIDGE_ARG_ULONG(cut->repeat),
                      RIDGE_ARG_ULONG(f->strips.rows), RIDGE_ARG_ULONG(f->strips.channels)},
        .work = {count * sizeof(float), 7 * count},
    };
    return launch_parts(on, &launch, cut);
}

static ridge_status apply(ridge_launcher *on, const struct ridge_norm_forward *f, ridge_tensor mean,
                          ridge_tensor rest, ridge_tensor variance)
{
    struct ridge_norm_parts cut = cut_rows(on->device, &f->strips);
    struct ridge_launch launch = {
        .program = "batch_norm",
        .kernel = "batch_norm_panel_apply",
        .defines = f->defines,
        .arguments = {RIDGE_ARG_TENSOR(f->x), RIDGE_ARG_TENSOR(f->y), RIDGE_ARG_TENSOR(f->gamma),
                      RIDGE_ARG_TENSOR(f->beta), RIDGE_ARG_TENSOR(mean), RIDGE_ARG_TENSOR(rest),
                      RIDGE_ARG_TENSOR(variance), RIDGE_ARG_FLOAT(f->norm->epsilon),
                      RIDGE_ARG_FLOAT(f->parameter), RIDGE_ARG_UINT(f->flags),
                      RIDGE_ARG_ULONG(cut.height / cut.repeat), RIDGE_ARG_ULONG(cut.repeat),
                      RIDGE_ARG_ULONG(f->strips.rows), RIDGE_ARG_ULONG(f->strips.channels)},
        .work = ridge_norm_forward_work(f, 4),
    };
    return launch_parts(on, &launch, &cut);
}

static ridge_status find_sums(ridge_launcher *on, const struct ridge_norm_backward *b,
                              const struct ridge_norm_parts *cut, ridge_tensor lanes,
                              ridge_tensor partials)
{
    size_t count = b->strips.rows * b->strips.channels;
    struct ridge_launch launch = {
        .program = "batch_norm",
        .kernel = "batch_norm_panel_sums",
        .defines = b->defines,
        .arguments = {RIDGE_ARG_TENSOR(b->x), RIDGE_ARG_TENSOR(b->dy), RIDGE_ARG_TENSOR(b->gamma),
                      RIDGE_ARG_TENSOR(b->beta), RIDGE_ARG_TENSOR(b->statistics),
                      RIDGE_ARG_TENSOR(lanes), RIDGE_ARG_TENSOR(partials),
                      RIDGE_ARG_FLOAT(b->norm->epsilon), RIDGE_ARG_FLOAT(b->parameter),
                      RIDGE_ARG_UINT(b->flags), RIDGE_ARG_ULONG(cut->height / cut->repeat),
                      RIDGE_ARG_ULONG(cut->repeat), RIDGE_ARG_ULONG(b->strips.rows),
                      RIDGE_ARG_ULONG(b->strips.channels)},
        .work = {2 * count * sizeof(float), 9 * count},
    };
    return launch_parts(on, &launch, cut);
}

static ridge_status pass_back(ridge_launcher *on, const struct ridge_norm_backward *b,
                              ridge_tensor totals)
{
    struct ridge_norm_parts cut = cut_rows(on->device, &b->strips);
    struct ridge_launch launch = {
        .program = "batch_norm",
        .kernel = "batch_norm_panel_pass_back",
        .defines = b->defines,
        .arguments = {RIDGE_ARG_TENSOR(b->x), RIDGE_ARG_TENSOR(b->dy), RIDGE_ARG_TENSOR(b->dx),
                      RIDGE_ARG_TENSOR(b->gamma), RIDGE_ARG_TENSOR(b->beta),
                      RIDGE_ARG_TENSOR(b->statistics), RIDGE_ARG_TENSOR(totals),
                      RIDGE_ARG_FLOAT(b->norm->epsilon), RIDGE_ARG_FLOAT(b->parameter),
                      RIDGE_ARG_UINT(b->flags), RIDGE_ARG_ULONG(cut.height / cut.repeat),
                      RIDGE_ARG_ULONG(cut.repeat), RIDGE_ARG_ULONG(b->strips.rows),
                      RIDGE_ARG_ULONG(b->strips.channels)},
        .work = ridge_norm_backward_work(b, 1),
    };
    return launch_parts(on, &launch, &cut);
}

const struct ridge_norm_way ridge_norm_panels = {
    .cut = cut_rows,
    .moments = find_moments,
    .apply = apply,
    .sums = find_sums,
    .pass_back = pass_back,
};

// SPDX-License-Identifier: Apache-2.0
// Batch normalisation in parts, down strips of channels.
#include "base/error.h"
#include "device/device.h"
#include "ops/batch_norm.h"

static struct ridge_norm_parts cut_rows(const ridge_device *device,
                                        const struct ridge_strips *strips)
{
    size_t height = ridge_strips_height(device, strips);
    return (struct ridge_norm_parts){.height = height, .parts = ridge_strips_parts(strips, height)};
}

static ridge_status find_moments(ridge_launcher *on, const struct ridge_norm_forward *f,
                                 const struct ridge_norm_parts *cut, ridge_tensor lanes,
                                 ridge_tensor partials)
{
    (void)lanes;
    size_t count = f->strips.rows * f->strips.channels;
    struct ridge_launch launch = {
        .program = "batch_norm",
        .kernel = "batch_norm_moments",
        .defines = f->defines,
        .arguments = {RIDGE_ARG_TENSOR(f->x), RIDGE_ARG_TENSOR(partials),
                      RIDGE_ARG_ULONG(cut->height), RIDGE_ARG_ULONG(f->strips.rows),
                      RIDGE_ARG_ULONG(f->strips.channels), RIDGE_ARG_ULONG(f->strips.inner)},
        .work = {count * sizeof(float), 7 * count},
    };
    ridge_launch_strips(on->device, &launch, &f->strips, cut->height);
    return ridge_launch(on, &launch);
}

static ridge_status apply(ridge_launcher *on, const struct ridge_norm_forward *f, ridge_tensor mean,
                          ridge_tensor rest, ridge_tensor variance)
{
    size_t height = ridge_strips_height_apart(on->device, &f->strips);
    struct ridge_launch launch = {
        .program = "batch_norm",
        .kernel = "batch_norm_apply",
        .defines = f->defines,
        .arguments = {RIDGE_ARG_TENSOR(f->x), RIDGE_ARG_TENSOR(f->y), RIDGE_ARG_TENSOR(f->gamma),
                      RIDGE_ARG_TENSOR(f->beta), RIDGE_ARG_TENSOR(mean), RIDGE_ARG_TENSOR(rest),
                      RIDGE_ARG_TENSOR(variance), RIDGE_ARG_FLOAT(f->norm->epsilon),
                      RIDGE_ARG_FLOAT(f->parameter), RIDGE_ARG_UINT(f->flags),
                      RIDGE_ARG_ULONG(height), RIDGE_ARG_ULONG(f->strips.rows),
                      RIDGE_ARG_ULONG(f->strips.channels), RIDGE_ARG_ULONG(f->strips.inner)},
        .work = ridge_norm_forward_work(f, 4),
    };
    ridge_launch_strips(on->device, &launch, &f->strips, height);
    return ridge_launch(on, &launch);
}

static ridge_status find_sums(ridge_launcher *on, const struct ridge_norm_backward *b,
                              const struct ridge_norm_parts *cut, ridge_tensor lanes,
                              ridge_tensor partials)
{
    (void)lanes;
    size_t count = b->strips.rows * b->strips.channels;
    struct ridge_launch launch = {
        .program = "batch_norm",
        .kernel = "batch_norm_sums",
        .defines = b->defines,
        .arguments = {RIDGE_ARG_TENSOR(b->x), RIDGE_ARG_TENSOR(b->dy), RIDGE_ARG_TENSOR(b->gamma),
                      RIDGE_ARG_TENSOR(b->beta), RIDGE_ARG_TENSOR(b->statistics),
                      RIDGE_ARG_TENSOR(partials), RIDGE_ARG_FLOAT(b->norm->epsilon),
                      RIDGE_ARG_FLOAT(b->parameter), RIDGE_ARG_UINT(b->flags),
                      RIDGE_ARG_ULONG(cut->height), RIDGE_ARG_ULONG(b->strips.rows),
                      RIDGE_ARG_ULONG(b->strips.channels), RIDGE_ARG_ULONG(b->strips.inner)},
        .work = {2 * count * sizeof(float), 9 * count},
    };
    ridge_launch_strips(on->device, &launch, &b->strips, cut->height);
    return ridge_launch(on, &launch);
}

static ridge_status pass_back(ridge_launcher *on, const struct ridge_norm_backward *b,
                              ridge_tensor totals)
{
    size_t height = ridge_strips_height_apart(on->device, &b->strips);
    struct ridge_launch launch = {
        .program = "batch_norm",
        .kernel = "batch_norm_pass_back",
        .defines = b->defines,
        .arguments = {RIDGE_ARG_TENSOR(b->x), RIDGE_ARG_TENSOR(b->dy), RIDGE_ARG_TENSOR(b->dx),
                      RIDGE_ARG_TENSOR(b->gamma), RIDGE_ARG_TENSOR(b->beta),
                      RIDGE_ARG_TENSOR(b->statistics), RIDGE_ARG_TENSOR(totals),
                      RIDGE_ARG_FLOAT(b->norm->epsilon), RIDGE_ARG_FLOAT(b->parameter),
                      RIDGE_ARG_UINT(b->flags), RIDGE_ARG_ULONG(height),
                      RIDGE_ARG_ULONG(b->strips.rows), RIDGE_ARG_ULONG(b->strips.channels),
                      RIDGE_ARG_ULONG(b->strips.inner)},
        .work = ridge_norm_backward_work(b, 1),
    };
    ridge_launch_strips(on->device, &launch, &b->strips, height);
    return ridge_launch(on, &launch);
}

const struct ridge_norm_way ridge_norm_strips = {
    .cut = cut_rows,
    .moments = find_moments,
    .apply = apply,
    .sums = find_sums,
    .pass_back = pass_back,
};

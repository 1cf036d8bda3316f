// SPDX-License-Identifier: Apache-2.0
// Group normalisation: moments of each channel of a sample, then of its groups, then all elements;
// backward likewise.
#include <ridge/normalisation.h>

#include <stdio.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/activation.h"
#include "ops/check.h"
#include "ops/normalisation.h"
#include "ops/strips.h"

#define DEFINES_SIZE 48

struct group_norm {
    const ridge_normalisation *norm;
    size_t batch, channels, places, width; // width: channels of a group
    struct ridge_strips strips;
    ridge_tensor x, gamma, beta, statistics;
    float parameter;
    cl_uint flags;
    char defines[DEFINES_SIZE];
};

static ridge_status check_shape(size_t groups, bool channels_last, ridge_tensor x,
                                struct group_norm *g)
{
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    if (x.rank != 3)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "x: expected [batch, channels, places], or channels last, got %u "
                          "dimensions",
                          x.rank);
    g->batch = x.shape[0];
    g->channels = x.shape[channels_last ? 2 : 1];
    g->places = x.shape[channels_last ? 1 : 2];
    if (!groups || g->channels % groups)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "groups: expected a number that divides %zu channels, got %zu",
                          g->channels, groups);
    g->width = g->channels / groups;
    bool flat = channels_last || g->places == 1;
    g->strips = (struct ridge_strips){g->batch * g->places, g->channels, flat ? 1 : g->places};
    return RIDGE_OK;
}

static ridge_status begin(ridge_launcher *on, const ridge_normalisation *norm, size_t groups,
                          bool channels_last, ridge_tensor x, struct group_norm *g)
{
    RIDGE_TRY(ridge_check_launcher(on));
    *g = (struct group_norm){.norm = norm, .x = x};
    RIDGE_TRY(check_shape(groups, channels_last, x, g));
    RIDGE_TRY(ridge_normalisation_check(norm, g->channels));
    // An argument must be there even where the kernel does not touch it.
    g->gamma = norm->gamma.buffer ? norm->gamma : x;
    g->beta = norm->beta.buffer ? norm->beta : x;
    g->parameter = ridge_activation_parameter(norm->activation, norm->parameter);
    snprintf(g->defines, DEFINES_SIZE, "%s -DFLAT=%d", ridge_activation_define(norm->activation),
             g->strips.inner == 1);
    return RIDGE_OK;
}

static size_t groups_of(const struct group_norm *g)
{
    return g->batch * (g->channels / g->width);
}

// tensors: how many are gone through.
static struct ridge_work work_of(const struct group_norm *g, unsigned tensors, unsigned operations)
{
    size_t count = g->batch * g->channels * g->places;
    operations += ridge_activation_operations(g->norm->activation);
    return (struct ridge_work){tensors * count * sizeof(float), operations * count};
}

// A sample is a part.
static ridge_status launch_samples(ridge_launcher *on, const struct group_norm *g,
                                   struct ridge_launch *launch)
{
    ridge_launch_strips(on->device, launch, &g->strips, g->places);
    return ridge_launch(on, launch);
}

static ridge_status find_statistics(ridge_launcher *on, const struct group_norm *g,
                                    ridge_tensor of_channels)
{
    struct ridge_launch moments = {
        .program = "group_norm",
        .kernel = "group_norm_moments",
        .defines = g->defines,
        .arguments = {RIDGE_ARG_TENSOR(g->x), RIDGE_ARG_TENSOR(of_channels),
                      RIDGE_ARG_ULONG(g->places), RIDGE_ARG_ULONG(g->channels)},
        .work = work_of(g, 1, 7),
    };
    RIDGE_TRY(launch_samples(on, g, &moments));
    size_t values = 3 * g->batch * g->channels, count = groups_of(g);
    struct ridge_launch join = {
        .program = "group_norm",
        .kernel = "group_norm_join",
        .defines = g->defines,
        .arguments = {RIDGE_ARG_TENSOR(of_channels), RIDGE_ARG_TENSOR(g->statistics),
                      RIDGE_ARG_ULONG(g->width), RIDGE_ARG_ULONG(g->channels / g->width),
                      RIDGE_ARG_ULONG(count)},
        .work = {(values + 3 * count) * sizeof(float), 3 * values},
    };
    ridge_launch_elements(on->device, &join, count);
    return ridge_launch(on, &join);
}

ridge_status ridge_group_norm_forward(ridge_launcher *on, const ridge_normalisation *norm,
                                      size_t groups, bool channels_last, ridge_tensor x,
                                      ridge_tensor y, ridge_tensor statistics)
{
    struct group_norm g;
    RIDGE_TRY(begin(on, norm, groups, channels_last, x, &g));
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, ridge_tensor_count(&x)));
    size_t own = statistics.buffer ? 0 : 3 * groups_of(&g);
    if (!own)
        RIDGE_TRY(ridge_check_tensor("statistics", statistics, RIDGE_FLOAT32, 3 * groups_of(&g)));
    g.flags = ridge_normalisation_flags(norm, NULL);
    ridge_tensor scratch = {.offset = 0};
    RIDGE_TRY(ridge_scratch(on, (own + 3 * g.batch * g.channels) * sizeof(float), &scratch.buffer));
    g.statistics = own ? scratch : statistics;
    scratch.offset += own;
    RIDGE_TRY(find_statistics(on, &g, scratch));
    struct ridge_launch launch = {
        .program = "group_norm",
        .kernel = "group_norm_apply",
        .defines = g.defines,
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_TENSOR(g.gamma),
                      RIDGE_ARG_TENSOR(g.beta), RIDGE_ARG_TENSOR(g.statistics),
                      RIDGE_ARG_FLOAT(norm->epsilon), RIDGE_ARG_FLOAT(g.parameter),
                      RIDGE_ARG_UINT(g.flags), RIDGE_ARG_ULONG(g.places),
                      RIDGE_ARG_ULONG(g.channels), RIDGE_ARG_ULONG(g.width),
                      RIDGE_ARG_ULONG(g.batch)},
        .work = work_of(&g, 2, 4),
    };
    return launch_samples(on, &g, &launch);
}

static ridge_status find_sums(ridge_launcher *on, const struct group_norm *g, ridge_tensor dy,
                              ridge_tensor partials)
{
    struct ridge_launch launch = {
        .program = "group_norm",
        .kernel = "group_norm_sums",
        .defines = g->defines,
        .arguments = {RIDGE_ARG_TENSOR(g->x), RIDGE_ARG_TENSOR(dy), RIDGE_ARG_TENSOR(g->gamma),
                      RIDGE_ARG_TENSOR(g->beta), RIDGE_ARG_TENSOR(g->statistics),
                      RIDGE_ARG_TENSOR(partials), RIDGE_ARG_FLOAT(g->norm->epsilon),
                      RIDGE_ARG_FLOAT(g->parameter), RIDGE_ARG_UINT(g->flags),
                      RIDGE_ARG_ULONG(g->places), RIDGE_ARG_ULONG(g->channels),
                      RIDGE_ARG_ULONG(g->width), RIDGE_ARG_ULONG(g->batch)},
        .work = work_of(g, 2, 9),
    };
    return launch_samples(on, g, &launch);
}

static ridge_status join_groups(ridge_launcher *on, const struct group_norm *g,
                                ridge_tensor partials, ridge_tensor totals)
{
    size_t values = 2 * g->batch * g->channels, count = groups_of(g);
    struct ridge_launch launch = {
        .program = "group_norm",
        .kernel = "group_norm_join_groups",
        .defines = g->defines,
        .arguments = {RIDGE_ARG_TENSOR(partials), RIDGE_ARG_TENSOR(g->gamma),
                      RIDGE_ARG_TENSOR(totals), RIDGE_ARG_UINT(g->flags),
                      RIDGE_ARG_ULONG(g->places), RIDGE_ARG_ULONG(g->width),
                      RIDGE_ARG_ULONG(g->channels / g->width), RIDGE_ARG_ULONG(count)},
        .work = {(values + 2 * count) * sizeof(float), 2 * values},
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

static ridge_status pass_back(ridge_launcher *on, const struct group_norm *g, ridge_tensor dy,
                              ridge_tensor totals, const ridge_normalisation_gradients *wanted)
{
    struct ridge_launch launch = {
        .program = "group_norm",
        .kernel = "group_norm_pass_back",
        .defines = g->defines,
        .arguments = {RIDGE_ARG_TENSOR(g->x), RIDGE_ARG_TENSOR(dy), RIDGE_ARG_TENSOR(wanted->x),
                      RIDGE_ARG_TENSOR(g->gamma), RIDGE_ARG_TENSOR(g->beta),
                      RIDGE_ARG_TENSOR(g->statistics), RIDGE_ARG_TENSOR(totals),
                      RIDGE_ARG_FLOAT(g->norm->epsilon), RIDGE_ARG_FLOAT(g->parameter),
                      RIDGE_ARG_UINT(g->flags), RIDGE_ARG_ULONG(g->places),
                      RIDGE_ARG_ULONG(g->channels), RIDGE_ARG_ULONG(g->width),
                      RIDGE_ARG_ULONG(g->batch)},
        .work = work_of(g, wanted->accumulate ? 4 : 3, 10),
    };
    return launch_samples(on, g, &launch);
}

ridge_status ridge_group_norm_backward(ridge_launcher *on, const ridge_normalisation *norm,
                                       size_t groups, bool channels_last, ridge_tensor x,
                                       ridge_tensor statistics, ridge_tensor dy,
                                       const ridge_normalisation_gradients *wanted)
{
    struct group_norm g;
    RIDGE_TRY(begin(on, norm, groups, channels_last, x, &g));
    size_t count = ridge_tensor_count(&x), channels = g.channels;
    RIDGE_TRY(ridge_normalisation_check_gradients(wanted, count, channels));
    RIDGE_TRY(ridge_check_tensor("statistics", statistics, RIDGE_FLOAT32, 3 * groups_of(&g)));
    RIDGE_TRY(ridge_check_tensor("dy", dy, RIDGE_FLOAT32, count));
    g.statistics = statistics;
    g.flags = ridge_normalisation_flags(norm, wanted);
    // sums of all samples, of groups, of the samples' channels
    size_t floats = 2 * channels + 2 * groups_of(&g) + 2 * g.batch * channels;
    ridge_tensor sums = {.offset = 0};
    RIDGE_TRY(ridge_scratch(on, floats * sizeof(float), &sums.buffer));
    ridge_tensor totals = {.buffer = sums.buffer, .offset = 2 * channels};
    ridge_tensor partials = {.buffer = sums.buffer, .offset = totals.offset + 2 * groups_of(&g)};
    RIDGE_TRY(find_sums(on, &g, dy, partials));
    if (wanted->gamma.buffer || wanted->beta.buffer)
        RIDGE_TRY(ridge_normalisation_join(on, "group_norm", g.defines, wanted, partials, g.batch,
                                           channels, sums));
    if (!wanted->x.buffer)
        return RIDGE_OK;
    RIDGE_TRY(join_groups(on, &g, partials, totals));
    return pass_back(on, &g, dy, totals, wanted);
}

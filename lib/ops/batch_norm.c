// SPDX-License-Identifier: Apache-2.0
// Batch normalisation. Few rows: one launch forward, one backward. Many: statistics of parts of the
// rows, a launch that joins them, and one over all elements.
#include <ridge/normalisation.h>

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/activation.h"
#include "ops/batch_norm.h"
#include "ops/check.h"

#define DEFINES_SIZE 48

static const char *defines_of(const ridge_normalisation *norm, const struct ridge_strips *strips,
                              char text[DEFINES_SIZE])
{
    snprintf(text, DEFINES_SIZE, "%s -DFLAT=%d", ridge_activation_define(norm->activation),
             strips->inner == 1);
    return text;
}

struct ridge_work ridge_norm_forward_work(const struct ridge_norm_forward *f, unsigned operations)
{
    size_t count = f->strips.rows * f->strips.channels;
    operations += ridge_activation_operations(f->norm->activation);
    return (struct ridge_work){2 * count * sizeof(float), operations * count};
}

struct ridge_work ridge_norm_backward_work(const struct ridge_norm_backward *b, unsigned times)
{
    size_t count = b->strips.rows * b->strips.channels;
    bool input = b->flags & INPUT_GRADIENT, adds = b->flags & ACCUMULATE;
    unsigned each = 6 + ridge_activation_operations(b->norm->activation);
    return (struct ridge_work){(2 + input + (input && adds)) * count * sizeof(float),
                               count * (times * each + 4)};
}

// CPU: whole strips are as fast where they fit the second cache, 1 MiB, or rows are long; but they
// are slow where a row is no whole vectors.
static const struct ridge_norm_way *way_of(const ridge_device *device,
                                           const struct ridge_strips *strips)
{
    if (device->walk != RIDGE_WALK_CPU || strips->inner > 1)
        return &ridge_norm_strips;
    bool whole = strips->channels % 16 == 0;
    bool few = strips->rows <= (whole ? 1024 : 256) && strips->rows * strips->channels <= 1 << 18;
    return few || (whole && strips->channels > 512) ? &ridge_norm_strips : &ridge_norm_panels;
}

static bool is_at_once(const struct ridge_norm_way *way, const struct ridge_norm_parts *cut)
{
    return way == &ridge_norm_strips && cut->parts == 1;
}

static ridge_status check_running(const ridge_running_statistics *running,
                                  const struct ridge_strips *strips)
{
    if (!(running->momentum >= 0 && running->momentum < 1))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "running.momentum: expected [0, 1), got %g",
                          (double)running->momentum);
    RIDGE_TRY(ridge_check_tensor("running.mean", running->mean, RIDGE_FLOAT32, strips->channels));
    return ridge_check_tensor("running.variance", running->variance, RIDGE_FLOAT32,
                              strips->channels);
}

static void set_running(struct ridge_norm_forward *f, const ridge_running_statistics *running)
{
    f->running_mean = f->running_variance = f->statistics;
    if (!running)
        return;
    f->flags |= HAS_STATE;
    f->running_mean = running->mean;
    f->running_variance = running->variance;
    f->momentum = running->momentum;
    f->share = (float)(1 - (double)running->momentum);
    double rows = (double)f->strips.rows;
    f->unbias = !running->unbiased ? 1 : rows > 1 ? (float)(rows / (rows - 1)) : 0;
}

static ridge_status forward_at_once(ridge_launcher *on, const struct ridge_norm_forward *f)
{
    struct ridge_launch launch = {
        .program = "batch_norm",
        .kernel = "batch_norm_forward",
        .defines = f->defines,
        .arguments = {RIDGE_ARG_TENSOR(f->x), RIDGE_ARG_TENSOR(f->y), RIDGE_ARG_TENSOR(f->gamma),
                      RIDGE_ARG_TENSOR(f->beta), RIDGE_ARG_TENSOR(f->statistics),
                      RIDGE_ARG_TENSOR(f->running_mean), RIDGE_ARG_TENSOR(f->running_variance),
                      RIDGE_ARG_FLOAT(f->norm->epsilon), RIDGE_ARG_FLOAT(f->parameter),
                      RIDGE_ARG_FLOAT(f->momentum), RIDGE_ARG_FLOAT(f->share),
                      RIDGE_ARG_FLOAT(f->unbias), RIDGE_ARG_UINT(f->flags),
                      RIDGE_ARG_ULONG(f->strips.rows), RIDGE_ARG_ULONG(f->strips.channels),
                      RIDGE_ARG_ULONG(f->strips.inner)},
        .work = ridge_norm_forward_work(f, 11),
    };
    ridge_launch_strips(on->device, &launch, &f->strips, f->strips.rows);
    return ridge_launch(on, &launch);
}

static ridge_status join_moments(ridge_launcher *on, const struct ridge_norm_forward *f,
                                 ridge_tensor partials, const struct ridge_norm_parts *cut)
{
    size_t values = 2 * f->strips.channels * cut->parts;
    struct ridge_launch launch = {
        .program = "batch_norm",
        .kernel = "batch_norm_join",
        .defines = f->defines,
        .arguments = {RIDGE_ARG_TENSOR(f->x), RIDGE_ARG_TENSOR(partials),
                      RIDGE_ARG_TENSOR(f->statistics), RIDGE_ARG_TENSOR(f->running_mean),
                      RIDGE_ARG_TENSOR(f->running_variance), RIDGE_ARG_FLOAT(f->momentum),
                      RIDGE_ARG_FLOAT(f->share), RIDGE_ARG_FLOAT(f->unbias),
                      RIDGE_ARG_UINT(f->flags), RIDGE_ARG_ULONG(cut->height),
                      RIDGE_ARG_ULONG(f->strips.rows), RIDGE_ARG_ULONG(f->strips.channels),
                      RIDGE_ARG_ULONG(f->strips.inner)},
        .work = {(values + 3 * f->strips.channels) * sizeof(float), 5 * values},
    };
    ridge_launch_elements(on->device, &launch, f->strips.channels);
    return ridge_launch(on, &launch);
}

// Row `row` of statistics [3, channels].
static ridge_tensor row_of(ridge_tensor statistics, size_t row, size_t channels)
{
    statistics.offset += row * channels;
    return statistics;
}

static ridge_status forward_in_parts(ridge_launcher *on, struct ridge_norm_forward *f,
                                     const struct ridge_norm_way *way,
                                     const struct ridge_norm_parts *cut, ridge_tensor partials)
{
    size_t channels = f->strips.channels;
    ridge_tensor lanes = partials;
    lanes.offset += 2 * cut->parts * channels;
    RIDGE_TRY(way->moments(on, f, cut, lanes, partials));
    RIDGE_TRY(join_moments(on, f, partials, cut));
    f->flags |= HAS_REST;
    return way->apply(on, f, f->statistics, row_of(f->statistics, 1, channels),
                      row_of(f->statistics, 2, channels));
}

static ridge_status begin_forward(ridge_launcher *on, const ridge_normalisation *norm,
                                  ridge_tensor x, ridge_tensor y, struct ridge_norm_forward *f,
                                  char text[DEFINES_SIZE])
{
    RIDGE_TRY(ridge_check_launcher(on));
    *f = (struct ridge_norm_forward){.norm = norm, .x = x, .y = y};
    RIDGE_TRY(ridge_check_strips("x", x, &f->strips));
    RIDGE_TRY(ridge_normalisation_check(norm, f->strips.channels));
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, ridge_tensor_count(&x)));
    // An argument must be there even where the kernel does not read it.
    f->gamma = norm->gamma.buffer ? norm->gamma : x;
    f->beta = norm->beta.buffer ? norm->beta : x;
    f->parameter = ridge_activation_parameter(norm->activation, norm->parameter);
    f->flags = ridge_normalisation_flags(norm, NULL);
    f->defines = defines_of(norm, &f->strips, text);
    return RIDGE_OK;
}

ridge_status ridge_batch_norm_forward(ridge_launcher *on, const ridge_normalisation *norm,
                                      const ridge_running_statistics *running, ridge_tensor x,
                                      ridge_tensor y, ridge_tensor statistics)
{
    struct ridge_norm_forward f;
    char text[DEFINES_SIZE];
    RIDGE_TRY(begin_forward(on, norm, x, y, &f, text));
    if (running)
        RIDGE_TRY(check_running(running, &f.strips));
    const struct ridge_norm_way *way = way_of(on->device, &f.strips);
    struct ridge_norm_parts cut = way->cut(on->device, &f.strips);
    size_t channels = f.strips.channels, own = statistics.buffer ? 0 : 3 * channels;
    size_t partial = is_at_once(way, &cut) ? 0 : 2 * cut.parts * (channels + cut.lanes);
    if (statistics.buffer)
        RIDGE_TRY(ridge_check_tensor("statistics", statistics, RIDGE_FLOAT32, 3 * channels));
    ridge_tensor scratch = {.offset = 0};
    if (own + partial)
        RIDGE_TRY(ridge_scratch(on, (own + partial) * sizeof(float), &scratch.buffer));
    f.statistics = own ? scratch : statistics;
    set_running(&f, running);
    if (!partial)
        return forward_at_once(on, &f);
    scratch.offset += own;
    return forward_in_parts(on, &f, way, &cut, scratch);
}

ridge_status ridge_batch_norm_inference(ridge_launcher *on, const ridge_normalisation *norm,
                                        ridge_tensor mean, ridge_tensor variance, ridge_tensor x,
                                        ridge_tensor y)
{
    struct ridge_norm_forward f;
    char text[DEFINES_SIZE];
    RIDGE_TRY(begin_forward(on, norm, x, y, &f, text));
    RIDGE_TRY(ridge_check_tensor("mean", mean, RIDGE_FLOAT32, f.strips.channels));
    RIDGE_TRY(ridge_check_tensor("variance", variance, RIDGE_FLOAT32, f.strips.channels));
    return way_of(on->device, &f.strips)->apply(on, &f, mean, mean, variance);
}

static ridge_status backward_at_once(ridge_launcher *on, const struct ridge_norm_backward *b)
{
    struct ridge_launch launch = {
        .program = "batch_norm",
        .kernel = "batch_norm_backward",
        .defines = b->defines,
        .arguments = {RIDGE_ARG_TENSOR(b->x), RIDGE_ARG_TENSOR(b->dy), RIDGE_ARG_TENSOR(b->dx),
                      RIDGE_ARG_TENSOR(b->gamma), RIDGE_ARG_TENSOR(b->beta),
                      RIDGE_ARG_TENSOR(b->statistics), RIDGE_ARG_TENSOR(b->dgamma),
                      RIDGE_ARG_TENSOR(b->dbeta), RIDGE_ARG_FLOAT(b->norm->epsilon),
                      RIDGE_ARG_FLOAT(b->parameter), RIDGE_ARG_UINT(b->flags),
                      RIDGE_ARG_ULONG(b->strips.rows), RIDGE_ARG_ULONG(b->strips.channels),
                      RIDGE_ARG_ULONG(b->strips.inner)},
        .work = ridge_norm_backward_work(b, 2),
    };
    ridge_launch_strips(on->device, &launch, &b->strips, b->strips.rows);
    return ridge_launch(on, &launch);
}

static ridge_status backward_in_parts(ridge_launcher *on, const struct ridge_norm_backward *b,
                                      const struct ridge_norm_way *way,
                                      const struct ridge_norm_parts *cut)
{
    size_t channels = b->strips.channels, floats = 2 * cut->parts * (channels + cut->lanes);
    ridge_tensor totals = {.offset = 0};
    RIDGE_TRY(ridge_scratch(on, (2 * channels + floats) * sizeof(float), &totals.buffer));
    ridge_tensor partials = {.buffer = totals.buffer, .offset = 2 * channels}, lanes = partials;
    lanes.offset += 2 * cut->parts * channels;
    RIDGE_TRY(way->sums(on, b, cut, lanes, partials));
    RIDGE_TRY(ridge_normalisation_join(on, "batch_norm", b->defines, b->wanted, partials,
                                       cut->parts, channels, totals));
    return b->wanted->x.buffer ? way->pass_back(on, b, totals) : RIDGE_OK;
}

ridge_status ridge_batch_norm_backward(ridge_launcher *on, const ridge_normalisation *norm,
                                       ridge_tensor x, ridge_tensor statistics, ridge_tensor dy,
                                       const ridge_normalisation_gradients *wanted)
{
    RIDGE_TRY(ridge_check_launcher(on));
    struct ridge_norm_backward b = {
        .norm = norm, .wanted = wanted, .x = x, .dy = dy, .statistics = statistics};
    RIDGE_TRY(ridge_check_strips("x", x, &b.strips));
    size_t count = ridge_tensor_count(&x), channels = b.strips.channels;
    RIDGE_TRY(ridge_normalisation_check(norm, channels));
    RIDGE_TRY(ridge_normalisation_check_gradients(wanted, count, channels));
    RIDGE_TRY(ridge_check_tensor("statistics", statistics, RIDGE_FLOAT32, 3 * channels));
    RIDGE_TRY(ridge_check_tensor("dy", dy, RIDGE_FLOAT32, count));
    // An argument must be there even where the kernel does not touch it.
    b.gamma = norm->gamma.buffer ? norm->gamma : x;
    b.beta = norm->beta.buffer ? norm->beta : x;
    b.dx = wanted->x.buffer ? wanted->x : dy;
    b.dgamma = wanted->gamma.buffer ? wanted->gamma : dy;
    b.dbeta = wanted->beta.buffer ? wanted->beta : dy;
    b.parameter = ridge_activation_parameter(norm->activation, norm->parameter);
    b.flags = ridge_normalisation_flags(norm, wanted);
    char text[DEFINES_SIZE];
    b.defines = defines_of(norm, &b.strips, text);
    const struct ridge_norm_way *way = way_of(on->device, &b.strips);
    struct ridge_norm_parts cut = way->cut(on->device, &b.strips);
    return is_at_once(way, &cut) ? backward_at_once(on, &b) : backward_in_parts(on, &b, way, &cut);
}

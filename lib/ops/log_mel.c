// SPDX-License-Identifier: Apache-2.0
// Log-mel spectrograms: a launch for the tables, which is nothing beside the second one, for the
// frames.
#include <ridge/audio.h>

#include <math.h>

#include "base/error.h"
#include "base/size.h"
#include "device/device.h"
#include "ops/check.h"
#include "ops/log_mel.h"

#define MOST_GROUPS 512 // of the GPU walk; each has memory of its own

struct ridge_log_mel_sizes ridge_log_mel_sizes(const ridge_log_mel_params *params)
{
    struct ridge_log_mel_sizes sizes = {
        .window = params->window ? params->window : 512,
        .bands = params->bands ? params->bands : 64,
        .transform = 2,
        .low = (double)params->low,
        .high = params->high > 0 ? (double)params->high : (double)params->sample_rate / 2,
    };
    sizes.hop = params->hop ? params->hop : ridge_larger(sizes.window / 2, 1);
    while (sizes.transform < sizes.window)
        sizes.transform *= 2;
    sizes.before = params->centre ? sizes.window / 2 : 0;
    return sizes;
}

size_t ridge_log_mel_frames(const ridge_log_mel_params *params, size_t samples)
{
    struct ridge_log_mel_sizes sizes = ridge_log_mel_sizes(params);
    if (params->centre)
        return samples ? 1 + samples / sizes.hop : 0;
    return samples < sizes.window ? 0 : 1 + (samples - sizes.window) / sizes.hop;
}

// What is linear between the edges. HTK's without its constant factor.
static double pitch(double hertz, ridge_mel_scale scale)
{
    if (scale == RIDGE_MEL_HTK)
        return log1p(hertz / 700);
    return hertz < 1000 ? hertz * 3 / 200 : 15 + 27 * log(hertz / 1000) / log(6.4);
}

double ridge_log_mel_edge(const ridge_log_mel_params *params, size_t edge)
{
    struct ridge_log_mel_sizes sizes = ridge_log_mel_sizes(params);
    double low = pitch(sizes.low, params->scale), high = pitch(sizes.high, params->scale);
    double at = low + (high - low) * (double)edge / (double)(sizes.bands + 1);
    if (params->scale == RIDGE_MEL_HTK)
        return 700 * expm1(at);
    return at < 15 ? at * 200 / 3 : 1000 * exp((at - 15) * log(6.4) / 27);
}

ridge_status ridge_log_mel_check(const ridge_log_mel_params *params, size_t samples)
{
    struct ridge_log_mel_sizes sizes = ridge_log_mel_sizes(params);
    double rate = (double)params->sample_rate;
    if (!(rate > 0) || !isfinite(rate))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "sample_rate: expected a number above 0, got %g",
                          rate);
    if (sizes.window < 2 || sizes.window > RIDGE_LOG_MEL_WINDOW)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "window: expected 2 to %d samples, got %zu",
                          RIDGE_LOG_MEL_WINDOW, sizes.window);
    if (!(sizes.low >= 0) || !(sizes.high > sizes.low) || !(sizes.high <= rate / 2))
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "low, high: expected 0 <= low < high <= %g, half the sample rate, got %g "
                          "and %g",
                          rate / 2, sizes.low, sizes.high);
    if (!(params->floor >= 0) || !isfinite(params->floor))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "floor: expected a number above 0, got %g",
                          (double)params->floor);
    if (!ridge_log_mel_frames(params, samples))
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "window: expected one that fits the row of %zu samples, got %zu", samples,
                          sizes.window);
    return RIDGE_OK;
}

static size_t table_size(const struct ridge_log_mel_sizes *sizes)
{
    return ridge_divide_up(sizes->window + sizes->transform + sizes->bands + 2, 16) * 16;
}

static ridge_status launch_tables(ridge_launcher *on, const ridge_log_mel_params *params,
                                  const struct ridge_log_mel_sizes *sizes, cl_mem scratch)
{
    double first = pitch(sizes->low, params->scale);
    double apart = (pitch(sizes->high, params->scale) - first) / (double)(sizes->bands + 1);
    size_t count = sizes->window + sizes->transform + sizes->bands + 2;
    struct ridge_launch launch = {
        .program = "log_mel",
        .kernel = "log_mel_tables",
        .arguments = {RIDGE_ARG_BUFFER(scratch), RIDGE_ARG_ULONG(sizes->window),
                      RIDGE_ARG_ULONG(sizes->transform), RIDGE_ARG_ULONG(sizes->bands),
                      RIDGE_ARG_FLOAT((float)first), RIDGE_ARG_FLOAT((float)apart),
                      RIDGE_ARG_UINT(params->scale == RIDGE_MEL_SLANEY)},
        .work = {count * sizeof(float), 20 * count},
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

// The transform of half the length, five operations for each of its numbers and stages twice over,
// what takes its halves apart, and the bands, of which two lie over each bin.
static struct ridge_work work_of(const struct ridge_log_mel_sizes *sizes, size_t rows,
                                 size_t samples, size_t frames)
{
    uint64_t half = sizes->transform / 2, stages = 0;
    while ((1u << stages) < half)
        stages++;
    return (struct ridge_work){
        .bytes = rows * (samples + sizes->bands * frames) * sizeof(float),
        .operations = rows * frames * (sizes->window + half * (5 * stages + 20) + sizes->bands),
    };
}

// How many groups there are, which decides how much memory they need.
static size_t set_groups(const ridge_device *device, struct ridge_launch *launch, size_t strips,
                         size_t transform)
{
    ridge_launch_rows(device, launch, strips, 64 * transform);
    size_t groups = ridge_smaller(launch->global[0] / launch->local[0], MOST_GROUPS);
    launch->global[0] = groups * launch->local[0];
    return groups;
}

ridge_status ridge_log_mel_apply(ridge_launcher *on, const ridge_log_mel_params *params,
                                 ridge_tensor x, ridge_tensor y)
{
    size_t rows, samples;
    RIDGE_TRY(ridge_check_launcher(on));
    if (!params)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "params: expected a description, got NULL");
    RIDGE_TRY(ridge_check_rows("x", x, &rows, &samples));
    RIDGE_TRY(ridge_log_mel_check(params, samples));
    struct ridge_log_mel_sizes sizes = ridge_log_mel_sizes(params);
    size_t frames = ridge_log_mel_frames(params, samples);
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, rows * sizes.bands * frames));

    size_t lanes = on->device->walk == RIDGE_WALK_CPU ? 16 : 4, work = table_size(&sizes);
    struct ridge_launch launch = {0};
    size_t groups =
        set_groups(on->device, &launch, ridge_divide_up(rows * frames, lanes), sizes.transform);
    cl_mem scratch;
    RIDGE_TRY(
        ridge_scratch(on, (work + groups * 2 * sizes.transform * lanes) * sizeof(float), &scratch));
    RIDGE_TRY(launch_tables(on, params, &sizes, scratch));
    double factor = params->decibels ? 10 / log(10) : 1;
    float least = params->floor > 0 ? params->floor : 1e-10f;
    const struct ridge_argument arguments[] = {
        RIDGE_ARG_TENSOR(x),
        RIDGE_ARG_TENSOR(y),
        RIDGE_ARG_BUFFER(scratch),
        RIDGE_ARG_ULONG(work),
        RIDGE_ARG_ULONG(rows),
        RIDGE_ARG_ULONG(samples),
        RIDGE_ARG_ULONG(sizes.window),
        RIDGE_ARG_ULONG(sizes.hop),
        RIDGE_ARG_ULONG(sizes.before),
        RIDGE_ARG_ULONG(frames),
        RIDGE_ARG_ULONG(sizes.transform),
        RIDGE_ARG_ULONG(sizes.bands),
        RIDGE_ARG_FLOAT((float)((double)params->sample_rate / (double)sizes.transform)),
        RIDGE_ARG_FLOAT(least),
        RIDGE_ARG_FLOAT((float)factor),
    };
    launch.program = "log_mel";
    launch.kernel = "log_mel";
    launch.work = work_of(&sizes, rows, samples, frames);
    for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
        launch.arguments[i] = arguments[i];
    return ridge_launch(on, &launch);
}

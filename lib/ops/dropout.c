// SPDX-License-Identifier: Apache-2.0
// Inverted dropout and alpha dropout, with masks that are drawn again instead of stored.
#include "ops/dropout.h"

#include <math.h>
#include <ridge/ops.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"
#include "ops/random.h"

// struct rule of cl/dropout.cl, but the limit.
struct rule {
    float scale, shift, dropped;
};

float ridge_dropout_scale(float rate)
{
    return (float)(1 / (1 - (double)rate));
}

// With a shift of -0 a kept element is scale x, -0 included.
static struct rule inverted(float rate)
{
    return (struct rule){ridge_dropout_scale(rate), -0.0f, 0};
}

// Of the 2^32 words those below keep 2^32 are kept, at least one: the largest of them fits.
uint32_t ridge_dropout_limit(float rate)
{
    return (uint32_t)(ceil((1 - (double)rate) * 0x1p32) - 1);
}

static ridge_status check(ridge_launcher *on, const ridge_random *random, ridge_tensor x,
                          ridge_tensor y, size_t *count, ridge_tensor *step_at)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_random(random, y, step_at));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    *count = ridge_tensor_count(&x);
    return ridge_check_tensor("y", y, RIDGE_FLOAT32, *count);
}

static ridge_status check_rate(float rate)
{
    return rate >= 0 && rate <= 1
               ? RIDGE_OK
               : ridge_fail(RIDGE_ERROR_ARGUMENT, "rate: expected [0, 1], got %g", (double)rate);
}

// The words are integers, so they do not count.
static struct ridge_work work_of(size_t count, bool accumulate)
{
    return (struct ridge_work){(accumulate ? 3 : 2) * count * sizeof(float),
                               (accumulate ? 2 : 1) * count};
}

// A draw for each element, rate below 1.
static ridge_status launch(ridge_launcher *on, float rate, struct rule rule,
                           const ridge_random *random, ridge_tensor step_at, ridge_tensor x,
                           ridge_tensor y, bool accumulate)
{
    size_t count = ridge_tensor_count(&x);
    struct ridge_launch launch = {
        .program = "dropout",
        .kernel = "dropout",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_RANDOM(random, step_at),
                      RIDGE_ARG_UINT(ridge_dropout_limit(rate)), RIDGE_ARG_FLOAT(rule.scale),
                      RIDGE_ARG_FLOAT(rule.shift), RIDGE_ARG_FLOAT(rule.dropped),
                      RIDGE_ARG_UINT(accumulate), RIDGE_ARG_ULONG(count)},
        .work = work_of(count, accumulate),
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

ridge_status ridge_dropout_apply(ridge_launcher *on, float rate, const ridge_random *random,
                                 ridge_tensor x, ridge_tensor y, bool accumulate)
{
    size_t count;
    ridge_tensor step_at;
    RIDGE_TRY(check_rate(rate));
    RIDGE_TRY(check(on, random, x, y, &count, &step_at));
    if (rate == 1) // nothing is kept, and there is no scale
        return accumulate ? RIDGE_OK : ridge_fill(on, y, 0);
    return launch(on, rate, inverted(rate), random, step_at, x, y, accumulate);
}

// x [samples, channels, positions]
static ridge_status launch_channels(ridge_launcher *on, float rate, const ridge_random *random,
                                    ridge_tensor step_at, ridge_tensor x, ridge_tensor y,
                                    bool accumulate)
{
    size_t rows = x.shape[0] * x.shape[1], size = x.shape[2];
    struct rule rule = inverted(rate);
    struct ridge_launch launch = {
        .program = "dropout",
        .kernel = "dropout_channels",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_RANDOM(random, step_at),
                      RIDGE_ARG_UINT(ridge_dropout_limit(rate)), RIDGE_ARG_FLOAT(rule.scale),
                      RIDGE_ARG_FLOAT(rule.shift), RIDGE_ARG_FLOAT(rule.dropped),
                      RIDGE_ARG_UINT(accumulate), RIDGE_ARG_ULONG(rows), RIDGE_ARG_ULONG(size)},
        .work = work_of(rows * size, accumulate),
    };
    ridge_launch_rows(on->device, &launch, rows, size);
    return ridge_launch(on, &launch);
}

// How many elements repeat their draws: whole rows of channels in whole vectors, on GPUs enough for
// a group.
static size_t lanes_of(const ridge_device *device, size_t positions, size_t channels)
{
    size_t repeat = 16, most = device->walk == RIDGE_WALK_CPU ? 16 : 1024;
    while (repeat > 1 && repeat / 2 * channels % 16 == 0)
        repeat /= 2;
    while (repeat * channels < most && repeat < positions)
        repeat *= 2;
    return repeat * channels;
}

// x [samples, positions, channels]
static ridge_status launch_last_channels(ridge_launcher *on, float rate, const ridge_random *random,
                                         ridge_tensor step_at, ridge_tensor x, ridge_tensor y,
                                         bool accumulate)
{
    size_t samples = x.shape[0], channels = x.shape[2], size = x.shape[1] * channels;
    struct rule rule = inverted(rate);
    struct ridge_launch launch = {
        .program = "dropout",
        .kernel = "dropout_last_channels",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y), RIDGE_ARG_RANDOM(random, step_at),
                      RIDGE_ARG_UINT(ridge_dropout_limit(rate)), RIDGE_ARG_FLOAT(rule.scale),
                      RIDGE_ARG_FLOAT(rule.shift), RIDGE_ARG_FLOAT(rule.dropped),
                      RIDGE_ARG_UINT(accumulate), RIDGE_ARG_ULONG(samples), RIDGE_ARG_ULONG(size),
                      RIDGE_ARG_ULONG(channels),
                      RIDGE_ARG_ULONG(lanes_of(on->device, x.shape[1], channels))},
        .work = work_of(samples * size, accumulate),
    };
    ridge_launch_rows(on->device, &launch, samples, size);
    return ridge_launch(on, &launch);
}

ridge_status ridge_dropout_channels(ridge_launcher *on, float rate, const ridge_random *random,
                                    bool channels_last, ridge_tensor x, ridge_tensor y,
                                    bool accumulate)
{
    size_t count;
    ridge_tensor step_at;
    RIDGE_TRY(check_rate(rate));
    RIDGE_TRY(check(on, random, x, y, &count, &step_at));
    if (x.rank != 3)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "x: expected [samples, channels, positions], or channels last, got %u "
                          "dimensions",
                          x.rank);
    if (rate == 1)
        return accumulate ? RIDGE_OK : ridge_fill(on, y, 0);
    return (channels_last ? launch_last_channels : launch_channels)(on, rate, random, step_at, x, y,
                                                                    accumulate);
}

// y = a (kept ? x : saturation) + b; a and b bring mean and variance of selu's output back.
static struct rule alpha_rule(float rate)
{
    const double saturation = -1.6732632423543772 * 1.0507009873554805, dropped = (double)rate;
    double a = 1 / sqrt((1 - dropped) * (1 + dropped * saturation * saturation));
    double b = -a * saturation * dropped;
    return (struct rule){(float)a, (float)b, (float)(a * saturation + b)};
}

static ridge_status check_alpha_rate(float rate)
{
    return rate >= 0 && rate < 1
               ? RIDGE_OK
               : ridge_fail(RIDGE_ERROR_ARGUMENT, "rate: expected [0, 1), got %g", (double)rate);
}

ridge_status ridge_alpha_dropout_apply(ridge_launcher *on, float rate, const ridge_random *random,
                                       ridge_tensor x, ridge_tensor y)
{
    size_t count;
    ridge_tensor step_at;
    RIDGE_TRY(check_alpha_rate(rate));
    RIDGE_TRY(check(on, random, x, y, &count, &step_at));
    return launch(on, rate, alpha_rule(rate), random, step_at, x, y, false);
}

ridge_status ridge_alpha_dropout_backward(ridge_launcher *on, float rate,
                                          const ridge_random *random, ridge_tensor dy,
                                          ridge_tensor dx, bool accumulate)
{
    size_t count;
    ridge_tensor step_at;
    RIDGE_TRY(check_alpha_rate(rate));
    RIDGE_TRY(check(on, random, dy, dx, &count, &step_at));
    struct rule rule = {alpha_rule(rate).scale, -0.0f, 0};
    return launch(on, rate, rule, random, step_at, dy, dx, accumulate);
}

// SPDX-License-Identifier: Apache-2.0
// Standardisation: mean and deviation of channels in four launches, and a launch that applies them.
#include <ridge/normalisation.h>

#include <stdio.h>

#include "base/error.h"
#include "base/size.h"
#include "device/device.h"
#include "ops/check.h"

#define NARROW 16                         // elements; less does not fill a vector
#define SUMS_BYTES (4 * sizeof(cl_float)) // of a channel in a part, see cl/standardise.cl

// x [rows, channels, inner]
struct extent {
    size_t rows, channels, inner;
};

static ridge_status check(ridge_launcher *on, ridge_tensor x, ridge_tensor mean,
                          ridge_tensor deviation, struct extent *extent)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("x", x, x.type, 0));
    if (x.rank < 2)
        return ridge_fail(RIDGE_ERROR_SHAPE, "x: expected [rows, channels, ...], got rank %u",
                          x.rank);
    *extent = (struct extent){x.shape[0], x.shape[1], 1};
    for (unsigned d = 2; d < x.rank; d++)
        extent->inner *= x.shape[d];
    RIDGE_TRY(ridge_check_tensor("mean", mean, RIDGE_FLOAT32, extent->channels));
    return ridge_check_tensor("deviation", deviation, RIDGE_FLOAT32, extent->channels);
}

ridge_status ridge_standardise_apply(ridge_launcher *on, ridge_tensor x, ridge_tensor mean,
                                     ridge_tensor deviation, ridge_tensor y)
{
    struct extent extent;
    RIDGE_TRY(check(on, x, mean, deviation, &extent));
    size_t count = ridge_tensor_count(&x);
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, count));
    bool flat = extent.inner == 1;
    bool narrow = (flat ? extent.channels : extent.inner) < NARROW;
    struct ridge_launch launch = {
        .program = "standardise",
        .kernel = narrow ? "standardise_narrow"
                  : flat ? "standardise_rows"
                         : "standardise_runs",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(mean), RIDGE_ARG_TENSOR(deviation),
                      RIDGE_ARG_TENSOR(y), RIDGE_ARG_ULONG(extent.rows),
                      RIDGE_ARG_ULONG(extent.channels), RIDGE_ARG_ULONG(extent.inner)},
        .work = {2 * count * sizeof(float), 2 * count},
    };
    if (narrow)
        ridge_launch_elements(on->device, &launch, count);
    else if (flat)
        ridge_launch_rows(on->device, &launch, extent.rows, extent.channels);
    else
        ridge_launch_rows(on->device, &launch, extent.rows * extent.channels, extent.inner);
    return ridge_launch(on, &launch);
}

// Rows of a part: 64 Ki elements or more, and so many that the sums stay below 16 Ki. It decides
// the order of additions, so it depends on the sizes alone.
static size_t height_of(const struct extent *extent)
{
    size_t row = extent->channels * extent->inner, height = ridge_divide_up(65536, row);
    size_t parts = ridge_divide_up(16384, extent->channels);
    size_t least = ridge_divide_up(extent->rows, parts < 256 ? parts : 256);
    return height > least ? height : least;
}

static ridge_status sum(ridge_launcher *on, const struct extent *extent, bool first, ridge_tensor x,
                        float scale, float shift, ridge_tensor mean, cl_mem sums)
{
    size_t height = height_of(extent), parts = ridge_divide_up(extent->rows, height);
    size_t count = ridge_tensor_count(&x);
    bool flat = extent->inner == 1;
    char defines[64];
    snprintf(defines, sizeof(defines), "-DSOURCE=%d -DFIRST=%d", x.type == RIDGE_UINT8, first);
    struct ridge_launch launch = {
        .program = "standardise",
        .kernel = flat ? "standardise_sum_columns" : "standardise_sum_runs",
        .defines = defines,
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(mean), RIDGE_ARG_BUFFER(sums),
                      RIDGE_ARG_FLOAT(scale), RIDGE_ARG_FLOAT(shift), RIDGE_ARG_ULONG(extent->rows),
                      RIDGE_ARG_ULONG(extent->channels), RIDGE_ARG_ULONG(extent->inner),
                      RIDGE_ARG_ULONG(height)},
        .work = {count * ridge_type_size(x.type) + parts * extent->channels * SUMS_BYTES,
                 6 * count},
    };
    bool cpu = on->device->walk == RIDGE_WALK_CPU;
    if (!flat)
        ridge_launch_rows(on->device, &launch, parts * extent->channels, height * extent->inner);
    else if (cpu) // a work-item for each vector of channels in each part
        ridge_launch_rows(on->device, &launch, parts * ridge_divide_up(extent->channels, 16),
                          16 * height);
    else
        ridge_launch_elements(on->device, &launch,
                              4 * parts * ridge_divide_up(extent->channels, 4));
    return ridge_launch(on, &launch);
}

static ridge_status join(ridge_launcher *on, const struct extent *extent, cl_mem sums,
                         ridge_tensor mean, ridge_tensor deviation)
{
    size_t parts = ridge_divide_up(extent->rows, height_of(extent));
    struct ridge_launch launch = {
        .program = "standardise",
        .kernel = "standardise_join",
        .arguments = {RIDGE_ARG_BUFFER(sums), RIDGE_ARG_TENSOR(mean), RIDGE_ARG_TENSOR(deviation),
                      RIDGE_ARG_FLOAT((float)(extent->rows * extent->inner)),
                      RIDGE_ARG_ULONG(parts), RIDGE_ARG_ULONG(extent->channels)},
        .work = {extent->channels * (parts * SUMS_BYTES + 2 * sizeof(float)),
                 2 * extent->channels * parts},
    };
    ridge_launch_elements(on->device, &launch, extent->channels * 4);
    return ridge_launch(on, &launch);
}

ridge_status ridge_standardise_find(ridge_launcher *on, ridge_tensor x, float scale, float shift,
                                    ridge_tensor mean, ridge_tensor deviation)
{
    struct extent extent;
    RIDGE_TRY(check(on, x, mean, deviation, &extent));
    if (x.type != RIDGE_UINT8 && x.type != RIDGE_FLOAT32)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "x: expected type uint8 or float32, got %s",
                          ridge_type_name(x.type));
    size_t parts = ridge_divide_up(extent.rows, height_of(&extent));
    cl_mem sums;
    RIDGE_TRY(ridge_scratch(on, parts * extent.channels * SUMS_BYTES, &sums));
    for (int pass = 0; pass < 2; pass++) {
        RIDGE_TRY(sum(on, &extent, pass == 0, x, scale, shift, mean, sums));
        RIDGE_TRY(join(on, &extent, sums, mean, deviation));
    }
    return RIDGE_OK;
}

// SPDX-License-Identifier: Apache-2.0
// The activity penalty: sums over a layer's output, and the gradient.
#include <math.h>

#include <ridge/loss.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

#define PROGRAM "activity_penalty"
#define PARTIAL_BYTES (4 * sizeof(cl_float)) // struct sums of cl/activity_penalty.cl

// Into how many parts the elements are cut. It decides the order of the additions, so it depends on
// the device and the size alone.
static size_t parts_of(const ridge_device *device, size_t count)
{
    bool cpu = device->walk == RIDGE_WALK_CPU;
    size_t parts = count / (cpu ? 16384 : 8192),
           most = device->info.compute_units * (cpu ? 4u : 8u);
    parts = parts < most ? parts : most;
    return parts ? parts : 1;
}

static ridge_status sum_at_once(ridge_launcher *on, ridge_tensor x, size_t count,
                                ridge_tensor totals)
{
    struct ridge_launch launch = {
        .program = PROGRAM,
        .kernel = "activity_at_once",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_ULONG(count), RIDGE_ARG_TENSOR(totals)},
        .work = {(count + 8) * sizeof(float), 3 * count},
    };
    ridge_launch_rows(on->device, &launch, 1, count);
    return ridge_launch(on, &launch);
}

static ridge_status join(ridge_launcher *on, cl_mem partials, size_t parts, ridge_tensor totals)
{
    return ridge_launch(on, &(struct ridge_launch){
                                .program = PROGRAM,
                                .kernel = "activity_join",
                                .arguments = {RIDGE_ARG_BUFFER(partials), RIDGE_ARG_UINT(parts),
                                              RIDGE_ARG_TENSOR(totals)},
                                .global = {1},
                                .local = {1},
                                .work = {parts * PARTIAL_BYTES + 8 * sizeof(float), 2 * parts},
                            });
}

ridge_status ridge_activity_penalty_sums(ridge_launcher *on, ridge_tensor x, ridge_tensor totals)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    RIDGE_TRY(ridge_check_tensor("totals", totals, RIDGE_FLOAT32, 4));
    size_t count = ridge_tensor_count(&x), parts = parts_of(on->device, count);
    if (parts == 1)
        return sum_at_once(on, x, count, totals);
    cl_mem partials;
    RIDGE_TRY(ridge_scratch(on, parts * PARTIAL_BYTES, &partials));
    struct ridge_launch launch = {
        .program = PROGRAM,
        .kernel = "activity_parts",
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_ULONG(count), RIDGE_ARG_UINT(parts),
                      RIDGE_ARG_BUFFER(partials)},
        .work = {count * sizeof(float) + parts * PARTIAL_BYTES, 3 * count},
    };
    ridge_launch_rows(on->device, &launch, parts, count / parts);
    RIDGE_TRY(ridge_launch(on, &launch));
    return join(on, partials, parts, totals);
}

ridge_status ridge_activity_penalty_gradient(ridge_launcher *on, float l1, float l2, ridge_tensor x,
                                             ridge_tensor dx)
{
    size_t rows, columns;
    RIDGE_TRY(ridge_check_launcher(on));
    if (!(l1 >= 0 && l2 >= 0) || isinf(l1) || isinf(l2))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "l1, l2: expected numbers from 0, got %g and %g",
                          (double)l1, (double)l2);
    RIDGE_TRY(ridge_check_rows("x", x, &rows, &columns));
    size_t count = rows * columns;
    RIDGE_TRY(ridge_check_tensor("dx", dx, RIDGE_FLOAT32, count));
    struct ridge_launch launch = {
        .program = PROGRAM,
        .kernel = "activity_gradient",
        .arguments = {RIDGE_ARG_FLOAT(l1 / (float)rows), RIDGE_ARG_FLOAT(l2 / (float)rows),
                      RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(dx), RIDGE_ARG_ULONG(count)},
        .work = {3 * count * sizeof(float), 5 * count},
    };
    ridge_launch_elements(on->device, &launch, count);
    return ridge_launch(on, &launch);
}

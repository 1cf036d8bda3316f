// SPDX-License-Identifier: Apache-2.0
// Sums, norms and counts over a whole tensor or over segments of it.
#include <ridge/ops.h>

#include "base/error.h"
#include "base/size.h"
#include "device/device.h"
#include "ops/check.h"

static const char *const defines[] = {
    [RIDGE_SUM] = "-DREDUCTION=0",     [RIDGE_L1] = "-DREDUCTION=1",
    [RIDGE_SQUARES] = "-DREDUCTION=2", [RIDGE_NORM] = "-DREDUCTION=3",
    [RIDGE_LARGEST] = "-DREDUCTION=4", [RIDGE_ZEROS] = "-DREDUCTION=5",
};

#define PARTIAL_BYTES (3 * sizeof(cl_float)) // struct partial of cl/reduce.cl

#define REDUCTIONS (sizeof(defines) / sizeof(defines[0]))

static ridge_status check(const ridge_launcher *on, ridge_reduction reduction, ridge_tensor x)
{
    RIDGE_TRY(ridge_check_launcher(on));
    if ((size_t)reduction >= REDUCTIONS)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "reduction: expected 0 to %zu, got %d",
                          REDUCTIONS - 1, (int)reduction);
    return ridge_check_tensor("x", x, RIDGE_FLOAT32, 0);
}

static size_t minimum(size_t a, size_t b)
{
    return a < b ? a : b;
}

// Into how many parts a range of `count` elements is cut. It decides the order of the additions,
// so it depends on the device and the sizes alone. Sizes of segments are known on the device only:
// each could be the whole, but of many ranges most are small, and a group for nothing costs time.
static size_t parts_of(const ridge_device *device, size_t count, size_t ranges)
{
    bool cpu = device->walk == RIDGE_WALK_CPU;
    size_t parts = ridge_divide_up(count, cpu ? 16384 : 8192);
    parts = minimum(parts, device->info.compute_units * (cpu ? 4u : 16u));
    parts = minimum(parts, 4096 / ranges);
    return parts ? parts : 1;
}

// Of `count` elements, cut into `partials`.
static struct ridge_work work_of(ridge_reduction reduction, size_t count, size_t partials)
{
    bool squares = reduction == RIDGE_SQUARES || reduction == RIDGE_NORM;
    return (struct ridge_work){count * sizeof(float) + partials * PARTIAL_BYTES,
                               (squares ? 2 : 1) * count};
}

static ridge_status join(ridge_launcher *on, ridge_reduction reduction, cl_mem partials, size_t n,
                         size_t parts, ridge_tensor y)
{
    struct ridge_launch launch = {
        .program = "reduce",
        .kernel = "reduce_partials",
        .defines = defines[reduction],
        .arguments = {RIDGE_ARG_BUFFER(partials), RIDGE_ARG_ULONG(n), RIDGE_ARG_UINT(parts),
                      RIDGE_ARG_TENSOR(y)},
        .work = {n * (parts * PARTIAL_BYTES + sizeof(float)), n * parts},
    };
    ridge_launch_rows(on->device, &launch, n, parts);
    return ridge_launch(on, &launch);
}

static ridge_status reduce_at_once(ridge_launcher *on, ridge_reduction reduction, ridge_tensor x,
                                   ridge_tensor y)
{
    size_t count = ridge_tensor_count(&x);
    struct ridge_launch launch = {
        .program = "reduce",
        .kernel = "reduce_at_once",
        .defines = defines[reduction],
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_ULONG(count), RIDGE_ARG_TENSOR(y)},
        .work = work_of(reduction, count, 0),
    };
    ridge_launch_rows(on->device, &launch, 1, count);
    return ridge_launch(on, &launch);
}

ridge_status ridge_reduce(ridge_launcher *on, ridge_reduction reduction, ridge_tensor x,
                          ridge_tensor y)
{
    RIDGE_TRY(check(on, reduction, x));
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, 1));
    size_t count = ridge_tensor_count(&x), parts = parts_of(on->device, count, 1);
    if (parts == 1)
        return reduce_at_once(on, reduction, x, y);
    cl_mem partials;
    RIDGE_TRY(ridge_scratch(on, parts * PARTIAL_BYTES, &partials));
    struct ridge_launch launch = {
        .program = "reduce",
        .kernel = "reduce_parts",
        .defines = defines[reduction],
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_ULONG(count), RIDGE_ARG_UINT(parts),
                      RIDGE_ARG_BUFFER(partials)},
        .work = work_of(reduction, count, parts),
    };
    ridge_launch_rows(on->device, &launch, parts, ridge_divide_up(count, parts));
    RIDGE_TRY(ridge_launch(on, &launch));
    return join(on, reduction, partials, 1, parts, y);
}

ridge_status ridge_reduce_segments(ridge_launcher *on, ridge_reduction reduction, ridge_tensor x,
                                   ridge_tensor segments, ridge_tensor y)
{
    RIDGE_TRY(check(on, reduction, x));
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, 0));
    size_t count = ridge_tensor_count(&x), n = ridge_tensor_count(&y);
    RIDGE_TRY(ridge_check_tensor("segments", segments, RIDGE_UINT32, 2 * n));
    size_t parts = parts_of(on->device, count, n);
    cl_mem partials;
    RIDGE_TRY(ridge_scratch(on, n * parts * PARTIAL_BYTES, &partials));
    struct ridge_launch launch = {
        .program = "reduce",
        .kernel = "reduce_segments",
        .defines = defines[reduction],
        .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(segments), RIDGE_ARG_ULONG(n),
                      RIDGE_ARG_UINT(parts), RIDGE_ARG_BUFFER(partials)},
        .work = work_of(reduction, count, n * parts),
    };
    ridge_launch_rows(on->device, &launch, n * parts, ridge_divide_up(count, parts));
    RIDGE_TRY(ridge_launch(on, &launch));
    return join(on, reduction, partials, n, parts, y);
}

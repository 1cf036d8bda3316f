// SPDX-License-Identifier: Apache-2.0
// Work sizes for kernels that go down the rows of strips of channels.
#include "ops/strips.h"

#include "base/error.h"
#include "base/size.h"
#include "cl/normalisation_constants.h"
#include "device/device.h"
#include "ops/check.h"

#define SIDE 4
#define MOST_PARTS 256

ridge_status ridge_check_strips(const char *name, ridge_tensor tensor, struct ridge_strips *strips)
{
    RIDGE_TRY(ridge_check_tensor(name, tensor, RIDGE_FLOAT32, 0));
    if (tensor.rank < 2)
        return ridge_fail(RIDGE_ERROR_SHAPE, "%s: expected [batch, channels, ...], got rank %u",
                          name, tensor.rank);
    strips->channels = tensor.shape[1];
    strips->inner = 1;
    for (unsigned d = 2; d < tensor.rank; d++)
        strips->inner *= tensor.shape[d];
    strips->rows = tensor.shape[0] * strips->inner;
    return RIDGE_OK;
}

// CPU: 16 Ki elements, for which a second thread pays, and 16 rows, which are as many streams of
// memory along whole rows. GPU: some rows for each work-item.
size_t ridge_strips_height_apart(const ridge_device *device, const struct ridge_strips *strips)
{
    bool cpu = device->walk == RIDGE_WALK_CPU;
    return cpu ? ridge_larger(ridge_divide_up(16384, strips->channels), 16) : 256;
}

// CPU: down its columns a matrix is read fast only from the second cache, so whole strips are taken
// of what fits there, 1 MiB.
size_t ridge_strips_height(const ridge_device *device, const struct ridge_strips *strips)
{
    bool cpu = device->walk == RIDGE_WALK_CPU;
    bool cached = strips->rows * strips->channels <= 1 << 18;
    if (cpu ? strips->rows <= 1024 && cached : strips->rows <= 2048)
        return strips->rows;
    size_t height = cpu ? ridge_strips_height_apart(device, strips) : 1024;
    return ridge_larger(ridge_divide_up(strips->rows, MOST_PARTS), height);
}

size_t ridge_strips_parts(const struct ridge_strips *strips, size_t height)
{
    return ridge_divide_up(strips->rows, height);
}

// Rows beside each other in a group: one of two numbers, since some drivers build a kernel anew for
// each size of its groups.
static size_t rows_of_group(const ridge_device *device, size_t height)
{
    size_t most = ridge_larger(device->info.largest_group / SIDE, 1);
    return ridge_smaller(height > 16 ? 64 : 16, most);
}

void ridge_launch_strips(const ridge_device *device, struct ridge_launch *launch,
                         const struct ridge_strips *strips, size_t height)
{
    bool cpu = device->walk == RIDGE_WALK_CPU;
    size_t parts = ridge_strips_parts(strips, height), channels = strips->channels;
    // Where parts share the work out, a group on a CPU goes along whole rows.
    size_t groups = ridge_smaller(ridge_divide_up(strips->rows * channels, 16384),
                                  ridge_divide_up(channels, 64));
    groups = parts > 1 ? 1 : ridge_smaller(groups, 4 * device->info.compute_units);
    if (cpu) {
        launch->local[0] = launch->local[1] = 1;
        launch->global[0] = groups;
        launch->global[1] = parts;
        return;
    }
    bool flat = strips->inner == 1;
    size_t rows = rows_of_group(device, height);
    launch->local[0] = flat ? SIDE : rows;
    launch->local[1] = flat ? rows : SIDE;
    launch->global[0] = ridge_smaller(ridge_divide_up(channels, STRIP), 65535) * launch->local[0];
    launch->global[1] = parts * launch->local[1];
}

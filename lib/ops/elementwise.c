// SPDX-License-Identifier: Apache-2.0
// Fill, copy, scale, axpy.
#include <ridge/ops.h>

#include "base/error.h"
#include "device/device.h"
#include "ops/check.h"

static ridge_status launch(ridge_launcher *on, struct ridge_launch *launch, size_t count)
{
    launch->program = "elementwise";
    ridge_launch_elements(on->device, launch, count);
    return ridge_launch(on, launch);
}

ridge_status ridge_fill(ridge_launcher *on, ridge_tensor y, float value)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, 0));
    size_t count = ridge_tensor_count(&y);
    return launch(on,
                  &(struct ridge_launch){.kernel = "fill",
                                         .arguments = {RIDGE_ARG_TENSOR(y), RIDGE_ARG_FLOAT(value),
                                                       RIDGE_ARG_ULONG(count)},
                                         .work = {count * sizeof(float), 0}},
                  count);
}

ridge_status ridge_copy(ridge_launcher *on, ridge_tensor x, ridge_tensor y)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    size_t count = ridge_tensor_count(&x);
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, count));
    return launch(on,
                  &(struct ridge_launch){.kernel = "copy",
                                         .arguments = {RIDGE_ARG_TENSOR(x), RIDGE_ARG_TENSOR(y),
                                                       RIDGE_ARG_ULONG(count)},
                                         .work = {2 * count * sizeof(float), 0}},
                  count);
}

ridge_status ridge_scale(ridge_launcher *on, float alpha, ridge_tensor x)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    size_t count = ridge_tensor_count(&x);
    return launch(on,
                  &(struct ridge_launch){.kernel = "scale",
                                         .arguments = {RIDGE_ARG_FLOAT(alpha), RIDGE_ARG_TENSOR(x),
                                                       RIDGE_ARG_ULONG(count)},
                                         .work = {2 * count * sizeof(float), count}},
                  count);
}

ridge_status ridge_axpy(ridge_launcher *on, float alpha, ridge_tensor x, ridge_tensor y)
{
    RIDGE_TRY(ridge_check_launcher(on));
    RIDGE_TRY(ridge_check_tensor("x", x, RIDGE_FLOAT32, 0));
    size_t count = ridge_tensor_count(&x);
    RIDGE_TRY(ridge_check_tensor("y", y, RIDGE_FLOAT32, count));
    return launch(on,
                  &(struct ridge_launch){.kernel = "axpy",
                                         .arguments = {RIDGE_ARG_FLOAT(alpha), RIDGE_ARG_TENSOR(x),
                                                       RIDGE_ARG_TENSOR(y), RIDGE_ARG_ULONG(count)},
                                         .work = {3 * count * sizeof(float), 2 * count}},
                  count);
}

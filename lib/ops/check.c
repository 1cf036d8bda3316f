// SPDX-License-Identifier: Apache-2.0
// The checks at the door of every op.
#include "ops/check.h"

#include "base/error.h"

ridge_status ridge_check_launcher(const ridge_launcher *on)
{
    return on ? RIDGE_OK
              : ridge_fail(RIDGE_ERROR_ARGUMENT, "launcher: expected a handle, got NULL");
}

ridge_status ridge_check_tensor(const char *name, ridge_tensor tensor, ridge_type type,
                                size_t count)
{
    if (!tensor.buffer)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: expected a tensor, got none", name);
    if (tensor.type != type)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "%s: expected type %s, got %s", name,
                          ridge_type_name(type), ridge_type_name(tensor.type));
    size_t there = ridge_tensor_count(&tensor);
    if (count && there != count)
        return ridge_fail(RIDGE_ERROR_SHAPE, "%s: expected %zu elements, got %zu", name, count,
                          there);
    return RIDGE_OK;
}

ridge_status ridge_check_rows(const char *name, ridge_tensor tensor, size_t *rows, size_t *columns)
{
    RIDGE_TRY(ridge_check_tensor(name, tensor, RIDGE_FLOAT32, 0));
    if (!tensor.rank)
        return ridge_fail(RIDGE_ERROR_SHAPE, "%s: expected [rows, columns], got a scalar", name);
    *rows = tensor.shape[0];
    *columns = ridge_tensor_count(&tensor) / *rows;
    return RIDGE_OK;
}

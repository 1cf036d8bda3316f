// SPDX-License-Identifier: Apache-2.0
// Giving a kernel its arguments.
#include "device/arguments.h"

#include "base/error.h"
#include "device/device.h"

ridge_status ridge_arguments_set(cl_kernel kernel, const char *kernel_name,
                                 const struct ridge_argument arguments[RIDGE_MAX_ARGUMENTS])
{
    for (cl_uint i = 0; i < RIDGE_MAX_ARGUMENTS && arguments[i].size; i++) {
        cl_int code = clSetKernelArg(kernel, i, arguments[i].size, arguments[i].value);
        if (code != CL_SUCCESS) {
            ridge_status status = ridge_fail_opencl("clSetKernelArg", code);
            return ridge_fail_within(status, "kernel %s, argument %u", kernel_name, i);
        }
    }
    return RIDGE_OK;
}

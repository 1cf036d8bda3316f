// SPDX-License-Identifier: Apache-2.0
// Giving a kernel its arguments: one by one, or on the CPU walk the buffers first and then the
// numbers in pairs, as its kernels want them (tools/embed.py). PoCL copies each argument of each
// launch into memory of its own, and two numbers at the price of one.
#include "device/arguments.h"

#include <string.h>

#include "base/error.h"
#include "device/device.h"

static bool is_number(const struct ridge_argument *argument)
{
    return argument->kind != RIDGE_ARGUMENT_BUFFER && argument->kind != RIDGE_ARGUMENT_LOCAL;
}

cl_ulong ridge_argument_word(const struct ridge_argument *number)
{
    cl_ulong word = 0;
    memcpy(&word, number->value, number->size); // little-endian: the low bits
    return word;
}

static ridge_status set(cl_kernel kernel, const char *name, cl_uint index, size_t size,
                        const void *value)
{
    cl_int code = clSetKernelArg(kernel, index, size, value);
    if (code == CL_SUCCESS)
        return RIDGE_OK;
    ridge_status status = ridge_fail_opencl("clSetKernelArg", code);
    return ridge_fail_within(status, "kernel %s, argument %u", name, index);
}

ridge_status ridge_arguments_set(const ridge_device *device, cl_kernel kernel, const char *name,
                                 const struct ridge_argument *arguments)
{
    bool pairs = device->walk == RIDGE_WALK_CPU;
    cl_ulong numbers[RIDGE_MAX_ARGUMENTS + 1] = {0};
    size_t count = 0;
    cl_uint index = 0;
    const struct ridge_argument *stop = arguments + RIDGE_MAX_ARGUMENTS;
    for (const struct ridge_argument *a = arguments; a < stop && a->size; a++)
        if (pairs && is_number(a))
            numbers[count++] = ridge_argument_word(a);
        else
            RIDGE_TRY(set(kernel, name, index++, a->size, a->value));
    for (size_t i = 0; i < count; i += 2)
        RIDGE_TRY(set(kernel, name, index++, sizeof(cl_ulong2), &numbers[i]));
    return RIDGE_OK;
}

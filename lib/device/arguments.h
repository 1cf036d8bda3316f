// SPDX-License-Identifier: Apache-2.0
// Arguments of kernels: what a launch says of them, and how a kernel is given them.
#ifndef RIDGE_DEVICE_ARGUMENTS_H
#define RIDGE_DEVICE_ARGUMENTS_H

#include <ridge/device.h>
#include <ridge/tensor.h>

enum ridge_argument_kind {
    RIDGE_ARGUMENT_BUFFER, // cl_mem
    RIDGE_ARGUMENT_UINT,
    RIDGE_ARGUMENT_ULONG,
    RIDGE_ARGUMENT_FLOAT,
    RIDGE_ARGUMENT_LOCAL // `size` bytes of local memory; no value
};

struct ridge_argument {
    size_t size;
    const void *value;
    enum ridge_argument_kind kind;
};

// Values for struct ridge_launch.arguments. They take the address of a compound literal, which
// lives until the end of the enclosing block: launch in the same block.
#define RIDGE_ARG_NUMBER(kind, type, number)                                                       \
    {                                                                                              \
        sizeof(type), &(type){number}, RIDGE_ARGUMENT_##kind                                       \
    }
#define RIDGE_ARG_UINT(number) RIDGE_ARG_NUMBER(UINT, cl_uint, (cl_uint)(number))
#define RIDGE_ARG_ULONG(number) RIDGE_ARG_NUMBER(ULONG, cl_ulong, number)
#define RIDGE_ARG_FLOAT(number) RIDGE_ARG_NUMBER(FLOAT, cl_float, number)
#define RIDGE_ARG_BUFFER(buffer)                                                                   \
    {                                                                                              \
        sizeof(cl_mem), &(buffer), RIDGE_ARGUMENT_BUFFER                                           \
    }
#define RIDGE_ARG_TENSOR(tensor) RIDGE_ARG_BUFFER((tensor).buffer), RIDGE_ARG_ULONG((tensor).offset)
#define RIDGE_ARG_LOCAL(bytes)                                                                     \
    {                                                                                              \
        (bytes), NULL, RIDGE_ARGUMENT_LOCAL                                                        \
    }

#define RIDGE_MAX_ARGUMENTS 56

// A number as a word of 64 bits, of which a uint or float takes the lower half.
cl_ulong ridge_argument_word(const struct ridge_argument *number);

// Gives them to the kernel of this name, up to the first size of zero or all RIDGE_MAX_ARGUMENTS.
ridge_status ridge_arguments_set(const ridge_device *device, cl_kernel kernel, const char *name,
                                 const struct ridge_argument *arguments);

#endif

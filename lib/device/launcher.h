// SPDX-License-Identifier: Apache-2.0
// Launchers: ops describe a launch, a launcher enqueues it, records it, or only measures.
#ifndef RIDGE_DEVICE_LAUNCHER_H
#define RIDGE_DEVICE_LAUNCHER_H

#include <ridge/device.h>
#include <ridge/tensor.h>

struct ridge_argument {
    size_t size;
    const void *value; // NULL: local memory of `size` bytes
};

// Values for struct ridge_launch.arguments. They take the address of a compound literal, which
// lives until the end of the enclosing block: launch in the same block.
#define RIDGE_ARG_TENSOR(tensor)                                                                   \
    {sizeof(cl_mem), &(tensor).buffer},                                                            \
    {                                                                                              \
        sizeof(cl_ulong), &(cl_ulong)                                                              \
        {                                                                                          \
            (tensor).offset                                                                        \
        }                                                                                          \
    }
#define RIDGE_ARG_BUFFER(buffer)                                                                   \
    {                                                                                              \
        sizeof(cl_mem), &(buffer)                                                                  \
    }
#define RIDGE_ARG_UINT(number)                                                                     \
    {                                                                                              \
        sizeof(cl_uint), &(cl_uint)                                                                \
        {                                                                                          \
            (cl_uint)(number)                                                                      \
        }                                                                                          \
    }
#define RIDGE_ARG_ULONG(number)                                                                    \
    {                                                                                              \
        sizeof(cl_ulong), &(cl_ulong)                                                              \
        {                                                                                          \
            (number)                                                                               \
        }                                                                                          \
    }
#define RIDGE_ARG_FLOAT(number)                                                                    \
    {                                                                                              \
        sizeof(cl_float), &(cl_float)                                                              \
        {                                                                                          \
            (number)                                                                               \
        }                                                                                          \
    }
#define RIDGE_ARG_LOCAL(bytes)                                                                     \
    {                                                                                              \
        (bytes), NULL                                                                              \
    }

#define RIDGE_MAX_ARGUMENTS 32

struct ridge_launch {
    const char *program; // base name of the .cl file
    const char *kernel;  // a static string: plans keep the pointer for their messages
    const char *defines; // e.g. "-DKIND=2", NULL for none; one program is built per distinct text
    struct ridge_argument arguments[RIDGE_MAX_ARGUMENTS]; // ends at the first size of zero
    size_t global[2], local[2];                           // global[1] of zero: one dimension
};

// Work that is no kernel of ours (a library that enqueues by itself). `size` bytes of `context` are
// copied (NULL and 0: none).
typedef ridge_status (*ridge_host_call)(ridge_device *device, const void *context);

struct ridge_launcher {
    ridge_device *device;
    ridge_status (*launch)(ridge_launcher *self, const struct ridge_launch *launch);
    ridge_status (*call)(ridge_launcher *self, const char *name, ridge_host_call function,
                         const void *context, size_t size);
    ridge_status (*scratch)(ridge_launcher *self, size_t bytes, cl_mem *buffer);
};

// The launcher that enqueues at once.
void ridge_immediate_init(struct ridge_launcher *launcher, ridge_device *device);

ridge_status ridge_launch(ridge_launcher *on, const struct ridge_launch *launch);
ridge_status ridge_launch_call(ridge_launcher *on, const char *name, ridge_host_call function,
                               const void *context, size_t size);

// At least `bytes` (1 or more) of device memory for the launches of one op. The next op may be
// given the same memory, so nothing in it survives; an op that needs two areas asks once and
// divides.
ridge_status ridge_scratch(ridge_launcher *on, size_t bytes, cl_mem *buffer);

// A launcher that launches nothing and learns how much scratch the ops want.
struct ridge_measure {
    struct ridge_launcher launcher;
    size_t scratch_bytes, launches;
};
void ridge_measure_init(struct ridge_measure *measure, ridge_device *device);

// Work sizes for kernels that walk over `count` elements with FOR_EACH_VECTOR of cl/common.h.
void ridge_launch_elements(const ridge_device *device, struct ridge_launch *launch, size_t count);

// Work sizes for kernels that treat one row with one work-group, FOR_EACH_ROW of cl/common.h:
// `rows` rows of about `row_size` elements.
void ridge_launch_rows(const ridge_device *device, struct ridge_launch *launch, size_t rows,
                       size_t row_size);
// The same for kernels that may also put narrow rows side by side into the lanes of a vector.
// Returns whether they do for rows of this size: then the kernel's name ends in _narrow.
bool ridge_launch_narrow_rows(const ridge_device *device, struct ridge_launch *launch, size_t rows,
                              size_t row_size);

#endif

// SPDX-License-Identifier: Apache-2.0
// Programs: kernels from the embedded sources, built on first use.
#ifndef RIDGE_DEVICE_PROGRAM_H
#define RIDGE_DEVICE_PROGRAM_H

#include "base/memory.h"
#include "device/device.h"

// The embedded text of cl/<name>.cl with its includes resolved; made at build time.
struct ridge_kernel_source {
    const char *name;
    const unsigned char *text;
    size_t size;
    const char *const *names;  // functions, kernels and types that it defines; ends with NULL
    const char *const *macros; // the macros that it defines
};
extern const struct ridge_kernel_source ridge_kernel_sources[]; // ends with a NULL name
const struct ridge_kernel_source *ridge_kernel_source_find(const char *name); // NULL: there is none

// Appends a line that tells this text of the embedded source from any other.
void ridge_program_identify(const char *name, struct ridge_text *key);

// A kernel with arguments of its own; the caller releases it. Builds the program when this pair of
// name and defines is new on the device. Errors: RIDGE_ERROR_BUILD with file, options and log.
ridge_status ridge_kernel_create(ridge_device *device, const char *program, const char *defines,
                                 const char *kernel, cl_kernel *out);

// The same for a program whose text is made at run time and decides the defines; the device keeps
// it under name and text.
ridge_status ridge_kernel_create_from(ridge_device *device, const char *name, const char *text,
                                      const char *defines, const char *kernel, cl_kernel *out);

// The device's shared instance of the kernel, for launches that set all arguments at once.
ridge_status ridge_kernel_shared(ridge_device *device, const char *program, const char *defines,
                                 const char *kernel, cl_kernel *out);

// Releases every program of the device.
void ridge_programs_release(ridge_device *device);

// Builds text that is not embedded. `name` stands for the file in messages.
ridge_status ridge_program_build(ridge_device *device, const char *name, const unsigned char *text,
                                 size_t size, const char *defines, cl_program *program);

#endif

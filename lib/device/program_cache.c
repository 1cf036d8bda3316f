// SPDX-License-Identifier: Apache-2.0
// Compiled programs on disk. Not there yet for any driver: everything is built from source.
#include "device/program_cache.h"

bool ridge_program_cache_wanted(const ridge_device *device)
{
    (void)device;
    return false;
}

cl_program ridge_program_cache_load(ridge_device *device, const char *name,
                                    const unsigned char *text, size_t size, const char *options)
{
    (void)device;
    (void)name;
    (void)text;
    (void)size;
    (void)options;
    return NULL;
}

void ridge_program_cache_store(ridge_device *device, const char *name, const unsigned char *text,
                               size_t size, const char *options, cl_program program)
{
    (void)device;
    (void)name;
    (void)text;
    (void)size;
    (void)options;
    (void)program;
}

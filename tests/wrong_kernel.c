// SPDX-License-Identifier: Apache-2.0
// Loaded before the driver: what $RIDGE_TEST_FROM says in the text of a program becomes what
// $RIDGE_TEST_TO says, so that the command runs with a kernel that is wrong in a known way.
#include "replace.h"

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef cl_program (*create_function)(cl_context, cl_uint, const char **, const size_t *, cl_int *);

cl_program clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts,
                                     const size_t *sizes, cl_int *code)
{
    create_function create;
    *(void **)&create = dlsym(RTLD_NEXT, "clCreateProgramWithSource");
    const char *from = getenv("RIDGE_TEST_FROM"), *to = getenv("RIDGE_TEST_TO");
    if (!from || !to || count > 2)
        return create(context, count, texts, sizes, code);
    const char *now[2];
    size_t sizes_now[2], places = 0;
    memcpy(now, texts, count * sizeof(*now));
    memcpy(sizes_now, sizes, count * sizeof(*sizes_now));
    char *changed = replace_last(count, now, sizes_now, from, to, &places);
    cl_program program = create(context, count, now, sizes_now, code);
    free(changed);
    return program;
}

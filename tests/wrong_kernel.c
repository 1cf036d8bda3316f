// SPDX-License-Identifier: Apache-2.0
// Loaded before the driver: what $RIDGE_TEST_FROM says in the text of a program becomes what
// $RIDGE_TEST_TO says, so that the command runs with a kernel that is wrong in a known way.
#include "replace.h"

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdlib.h>

typedef cl_program (*create_function)(cl_context, cl_uint, const char **, const size_t *, cl_int *);

cl_program clCreateProgramWithSource(cl_context context, cl_uint count, const char **texts,
                                     const size_t *sizes, cl_int *code)
{
    create_function create;
    *(void **)&create = dlsym(RTLD_NEXT, "clCreateProgramWithSource");
    const char *from = getenv("RIDGE_TEST_FROM"), *to = getenv("RIDGE_TEST_TO");
    if (!from || !to || count != 1)
        return create(context, count, texts, sizes, code);
    size_t size = sizes[0], places = 0;
    char *changed = replace_text(texts[0], &size, from, to, &places);
    const char *text = changed;
    cl_program program = create(context, 1, &text, &size, code);
    free(changed);
    return program;
}

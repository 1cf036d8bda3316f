// SPDX-License-Identifier: Apache-2.0
// Programs are built once per device, name and defines, and give out kernels.
#include "device/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/bundle.h"
#include "device/program_cache.h"

struct shared_kernel {
    char *name;
    cl_kernel kernel;
};

struct ridge_program {
    struct ridge_program *next;
    char *name;
    char *key; // the defines; the whole text of a program that is not embedded
    cl_program program;
    int unit; // its number in the bundle, with which its kernels' names end; -1: built by itself
    struct shared_kernel *kernels;
    size_t kernel_count, kernel_capacity;
};

const struct ridge_kernel_source *ridge_kernel_source_find(const char *name)
{
    for (const struct ridge_kernel_source *source = ridge_kernel_sources; source->name; source++)
        if (strcmp(source->name, name) == 0)
            return source;
    return NULL;
}

// The one place that decides how kernels are compiled.
// declares: the program brings its declarations; the macro makes clang's own empty.
static char *build_options(const ridge_device *device, const char *defines, bool declares)
{
    struct ridge_text text = {0};
    ridge_text_append(&text, "-cl-std=CL1.2 -DRIDGE_WALK_CPU=%d", device->walk == RIDGE_WALK_CPU);
    if (declares)
        ridge_text_append(&text, " -D_OPENCL_H_");
    if (defines && *defines)
        ridge_text_append(&text, " %s", defines);
    if (!text.failed)
        return text.data;
    free(text.data);
    return NULL;
}

static ridge_status build_failure(ridge_device *device, const char *name, const char *options,
                                  cl_program program, cl_int code)
{
    size_t size = 0;
    clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    char *log = ridge_allocate(size + 1, 1);
    if (log && size)
        clGetProgramBuildInfo(program, device->id, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    ridge_status status = ridge_fail(
        RIDGE_ERROR_BUILD, "%s.cl does not build on %s (%s) with options '%s':\n%s", name,
        device->info.name, ridge_opencl_code_name(code), options, log && *log ? log : "(no log)");
    free(log);
    return status;
}

static ridge_status build_source(ridge_device *device, const char *name, const unsigned char *text,
                                 size_t size, const char *options, bool declares,
                                 cl_program *program)
{
    const struct ridge_kernel_source *builtins = ridge_kernel_source_find("builtins");
    const char *sources[] = {(const char *)builtins->text, (const char *)text};
    const size_t sizes[] = {builtins->size, size};
    cl_int code;
    int first = declares ? 0 : 1;
    *program = clCreateProgramWithSource(device->context, (cl_uint)(2 - first), sources + first,
                                         sizes + first, &code);
    if (code != CL_SUCCESS)
        return ridge_fail_opencl("clCreateProgramWithSource", code);
    code = clBuildProgram(*program, 1, &device->id, options, NULL, NULL);
    if (code == CL_SUCCESS)
        return RIDGE_OK;
    ridge_status status = build_failure(device, name, options, *program, code);
    clReleaseProgram(*program);
    *program = NULL;
    return status;
}

static ridge_status load_or_build(ridge_device *device, const char *name, const unsigned char *text,
                                  size_t size, const char *defines, bool declares,
                                  cl_program *program)
{
    char *options = build_options(device, defines, declares);
    if (!options)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = RIDGE_OK;
    bool cached = device->program_cache;
    int lock = ridge_program_cache_lock(device);
    *program = cached ? ridge_program_cache_load(device, name, text, size, options) : NULL;
    if (!*program) {
        status = build_source(device, name, text, size, options, declares, program);
        if (!status && cached)
            ridge_program_cache_store(device, name, text, size, options, *program);
    }
    ridge_program_cache_unlock(lock);
    if (!status)
        ridge_log(RIDGE_LOG_DEBUG, "program %s ready, options '%s'", name, options);
    free(options);
    return status;
}

ridge_status ridge_program_build(ridge_device *device, const char *name, const unsigned char *text,
                                 size_t size, const char *defines, cl_program *program)
{
    ridge_status status =
        load_or_build(device, name, text, size, defines, device->declares, program);
    if (status != RIDGE_ERROR_BUILD || !device->declares)
        return status;
    ridge_log(RIDGE_LOG_INFO, "%s.cl is built again with all declarations: %s", name,
              ridge_error());
    return load_or_build(device, name, text, size, defines, false, program);
}

void ridge_program_identify(const char *name, struct ridge_text *key)
{
    const struct ridge_kernel_source *source = ridge_kernel_source_find(name);
    ridge_text_append(key, "%s.cl %zu %08lx\n", name, source->size,
                      (unsigned long)crc32_z(0, source->text, source->size));
}

static void program_free(struct ridge_program *program)
{
    for (size_t i = 0; i < program->kernel_count; i++) {
        clReleaseKernel(program->kernels[i].kernel);
        free(program->kernels[i].name);
    }
    free(program->kernels);
    if (program->program)
        clReleaseProgram(program->program);
    free(program->name);
    free(program->key);
    free(program);
}

// The device's bundle, built when it is first wanted. NULL: programs are built one by one.
static cl_program bundle_get(ridge_device *device)
{
    struct ridge_text text = {0};
    if (device->bundle || !device->bundles)
        return device->bundle;
    ridge_bundle_write(&text);
    if (text.failed || ridge_program_build(device, "bundle", (const unsigned char *)text.data,
                                           text.length, NULL, &device->bundle) != RIDGE_OK) {
        ridge_log(RIDGE_LOG_INFO, "no bundle of programs: %s", ridge_error());
        device->bundles = false;
    }
    free(text.data);
    return device->bundle;
}

static struct ridge_program *find_program(const ridge_device *device, const char *name,
                                          const char *key, int unit)
{
    struct ridge_program *program = device->programs;
    while (program && (program->unit != unit || strcmp(program->name, name) != 0 ||
                       strcmp(program->key, key) != 0))
        program = program->next;
    return program;
}

// One that is not built yet.
static struct ridge_program *program_create(const char *name, const char *key, int unit)
{
    struct ridge_program *program = ridge_allocate(1, sizeof(*program));
    if (!program)
        return NULL;
    program->unit = unit;
    program->name = ridge_duplicate(name);
    program->key = ridge_duplicate(key);
    if (program->name && program->key)
        return program;
    program_free(program);
    return NULL;
}

// Takes the program out of the bundle, where it is in there, or builds it.
static ridge_status program_fill(ridge_device *device, struct ridge_program *program,
                                 const struct ridge_kernel_source *source)
{
    if (program->unit < 0)
        return ridge_program_build(device, program->name, source->text, source->size, program->key,
                                   &program->program);
    RIDGE_TRY_CL("clRetainProgram", clRetainProgram(device->bundle));
    program->program = device->bundle;
    return RIDGE_OK;
}

// Keeps the program with the device when it was built, else frees it.
static ridge_status program_keep(ridge_device *device, struct ridge_program *program,
                                 ridge_status status)
{
    if (status) {
        program_free(program);
        return status;
    }
    program->next = device->programs;
    device->programs = program;
    return RIDGE_OK;
}

static ridge_status program_get(ridge_device *device, const char *name, const char *defines,
                                const char *kernel, struct ridge_program **out)
{
    if (!defines)
        defines = "";
    int unit = ridge_bundle_find(name, defines, kernel);
    if (unit >= 0 && !bundle_get(device))
        unit = -1;
    *out = find_program(device, name, defines, unit);
    if (*out)
        return RIDGE_OK;
    const struct ridge_kernel_source *source = ridge_kernel_source_find(name);
    if (!source)
        return ridge_fail(RIDGE_ERROR_BUILD, "no kernel file is called %s.cl", name);
    *out = program_create(name, defines, unit);
    return *out ? program_keep(device, *out, program_fill(device, *out, source))
                : RIDGE_ERROR_MEMORY;
}

static ridge_status create_kernel(const struct ridge_program *program, const char *name,
                                  cl_kernel *kernel)
{
    cl_int code;
    char numbered[128];
    snprintf(numbered, sizeof(numbered), "%s_%d", name, program->unit);
    *kernel = clCreateKernel(program->program, program->unit < 0 ? name : numbered, &code);
    if (code == CL_SUCCESS)
        return RIDGE_OK;
    *kernel = NULL;
    ridge_status status = ridge_fail_opencl("clCreateKernel", code);
    return ridge_fail_within(status, "%s.cl, kernel %s", program->name, name);
}

ridge_status ridge_kernel_create(ridge_device *device, const char *program_name,
                                 const char *defines, const char *kernel, cl_kernel *out)
{
    struct ridge_program *program;
    RIDGE_TRY(program_get(device, program_name, defines, kernel, &program));
    return create_kernel(program, kernel, out);
}

ridge_status ridge_kernel_create_from(ridge_device *device, const char *name, const char *text,
                                      const char *defines, const char *kernel, cl_kernel *out)
{
    struct ridge_program *program = find_program(device, name, text, -1);
    if (!program) {
        program = program_create(name, text, -1);
        if (!program)
            return RIDGE_ERROR_MEMORY;
        RIDGE_TRY(program_keep(device, program,
                               ridge_program_build(device, name, (const unsigned char *)text,
                                                   strlen(text), defines, &program->program)));
    }
    return create_kernel(program, kernel, out);
}

ridge_status ridge_kernel_shared(ridge_device *device, const char *program_name,
                                 const char *defines, const char *kernel, cl_kernel *out)
{
    struct ridge_program *program;
    RIDGE_TRY(program_get(device, program_name, defines, kernel, &program));
    for (size_t i = 0; i < program->kernel_count; i++) {
        if (strcmp(program->kernels[i].name, kernel) == 0) {
            *out = program->kernels[i].kernel;
            return RIDGE_OK;
        }
    }
    RIDGE_TRY(ridge_grow(&program->kernels, &program->kernel_capacity, program->kernel_count + 1,
                         sizeof(*program->kernels)));
    char *name = ridge_duplicate(kernel);
    if (!name)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = create_kernel(program, kernel, out);
    if (status) {
        free(name);
        return status;
    }
    program->kernels[program->kernel_count++] = (struct shared_kernel){name, *out};
    return RIDGE_OK;
}

void ridge_programs_release(ridge_device *device)
{
    while (device->programs) {
        struct ridge_program *program = device->programs;
        device->programs = program->next;
        program_free(program);
    }
    if (device->bundle)
        clReleaseProgram(device->bundle);
    device->bundle = NULL;
}

// SPDX-License-Identifier: Apache-2.0
// One file per program. Whatever is wrong with it, the program is built from source and work goes
// on.
#include "device/program_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "device/cache_file.h"

// What is known of drivers, by platform name: that they keep compiled programs by themselves, and
// that several processes which build at once break each other. Four kernels of 12 x 2 float16
// accumulators, empty driver cache, milliseconds until the first launch of all four:
//
//   PoCL 3.1              without asking for the binary 1030-1180, asking 1300-1540: it compiles
//                         a second time. Next start 28 by PoCL's own cache.
//   rusticl, Mesa 22.3    asking costs 0.5. Next start: building takes 7 by Mesa's own cache, 1
//                         from the binary. It gains a little, so it is not in this table.
//   NVIDIA                not measured; its driver keeps what it compiled in ~/.nv/ComputeCache.
//
// PoCL reads clang's 18000 lines of declarations twice for each program: 97 ms for an empty one, 22
// where it has it in its cache. With those of cl/builtins.cl it is 15 and 7.
//
// Of processes that start 8 at a time with an empty PoCL cache, 1 in 100 failed to build or crashed
// (pocl issues 430 and 1480); of 400 that built one after the other, none.
struct quirk {
    const char *platform;
    bool caches, races, slow_builds, declares_slowly;
};
static const struct quirk quirks[] = {
    {"Portable Computing Language", .caches = true, .races = true, .slow_builds = true,
     .declares_slowly = true},
    {"NVIDIA CUDA", .caches = true},
};

static struct quirk find_quirk(const ridge_device_info *info)
{
    for (size_t i = 0; i < sizeof(quirks) / sizeof(quirks[0]); i++)
        if (strcmp(info->platform_name, quirks[i].platform) == 0)
            return quirks[i];
    return (struct quirk){0};
}

bool ridge_program_cache_helps(const ridge_device_info *info)
{
    return !find_quirk(info).caches;
}

bool ridge_program_bundle_helps(const ridge_device_info *info)
{
    return find_quirk(info).slow_builds;
}

bool ridge_program_declares(const ridge_device_info *info)
{
    return find_quirk(info).declares_slowly;
}

// False: no memory, or no folder.
static bool locate(const ridge_device *device, const char *name, const unsigned char *text,
                   size_t size, const char *options, struct ridge_cache_file *file)
{
    ridge_cache_key(&file->key, &device->info);
    ridge_text_append(&file->key, "%s.cl\n%s\n%.*s", name, options, (int)size, (const char *)text);
    return ridge_cache_name(file, &file->key, ".bin");
}

static cl_program create(const ridge_device *device, const char *options,
                         const unsigned char *binary, size_t size)
{
    cl_int state, code;
    cl_program program =
        clCreateProgramWithBinary(device->context, 1, &device->id, &size, &binary, &state, &code);
    if (code != CL_SUCCESS)
        return NULL;
    if (state == CL_SUCCESS &&
        clBuildProgram(program, 1, &device->id, options, NULL, NULL) == CL_SUCCESS)
        return program;
    clReleaseProgram(program);
    return NULL;
}

cl_program ridge_program_cache_load(ridge_device *device, const char *name,
                                    const unsigned char *text, size_t size, const char *options)
{
    struct ridge_cache_file file = {0};
    size_t binary_size;
    unsigned char *binary = NULL;
    cl_program program = NULL;
    if (locate(device, name, text, size, options, &file))
        binary = ridge_cache_read(&file, &binary_size);
    if (binary && !(program = create(device, options, binary, binary_size)))
        ridge_log(RIDGE_LOG_INFO, "cache: %s is refused by the driver; made again", file.path.data);
    free(binary);
    ridge_cache_release(&file);
    return program;
}

// The program's binary for this device; NULL when the driver gives none.
static unsigned char *get_binary(const ridge_device *device, cl_program program, size_t *size)
{
    // A wrapped context may have more devices, and then all of them are answered about.
    size_t bytes = 0;
    if (clGetProgramInfo(program, CL_PROGRAM_DEVICES, 0, NULL, &bytes) != CL_SUCCESS || !bytes)
        return NULL;
    size_t count = bytes / sizeof(cl_device_id);
    cl_device_id *ids = ridge_allocate(count, sizeof(*ids));
    size_t *sizes = ridge_allocate(count, sizeof(*sizes));
    unsigned char **binaries = ridge_allocate(count, sizeof(*binaries));
    unsigned char *binary = NULL;
    if (ids && sizes && binaries &&
        clGetProgramInfo(program, CL_PROGRAM_DEVICES, bytes, ids, NULL) == CL_SUCCESS &&
        clGetProgramInfo(program, CL_PROGRAM_BINARY_SIZES, count * sizeof(*sizes), sizes, NULL) ==
            CL_SUCCESS) {
        size_t i = 0;
        while (i < count && ids[i] != device->id)
            i++;
        if (i < count && sizes[i])
            binaries[i] = binary = ridge_allocate(sizes[i], 1);
        if (binary && clGetProgramInfo(program, CL_PROGRAM_BINARIES, count * sizeof(*binaries),
                                       binaries, NULL) == CL_SUCCESS) {
            *size = sizes[i];
        } else {
            free(binary);
            binary = NULL;
        }
    }
    free(ids);
    free(sizes);
    free(binaries);
    return binary;
}

void ridge_program_cache_store(ridge_device *device, const char *name, const unsigned char *text,
                               size_t size, const char *options, cl_program program)
{
    struct ridge_cache_file file = {0};
    size_t binary_size;
    unsigned char *binary = NULL;
    if (locate(device, name, text, size, options, &file))
        binary = get_binary(device, program, &binary_size);
    if (binary)
        ridge_cache_write(&file, binary, binary_size);
    free(binary);
    ridge_cache_release(&file);
}

int ridge_program_cache_lock(ridge_device *device)
{
    if (!find_quirk(&device->info).races)
        return -1;
    int lock = ridge_cache_open("lock");
    // A builder that was stopped must not stop the others for good.
    const struct timespec pause = {.tv_nsec = 10000000};
    unsigned waits = 0;
    while (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        if (waits++ == device->lock_waits) {
            if (device->lock_waits)
                ridge_log(RIDGE_LOG_INFO,
                          "cache: another process has been building for %u s; "
                          "programs are built beside it from now on",
                          device->lock_waits / 100);
            device->lock_waits = 0;
            break;
        }
        nanosleep(&pause, NULL);
    }
    return lock;
}

void ridge_program_cache_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

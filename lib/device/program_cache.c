// SPDX-License-Identifier: Apache-2.0
// One file per program in $XDG_CACHE_HOME/ridge, else $HOME/.cache/ridge. Whatever is wrong with a
// file or the folder, the program is built from source and work goes on.
//
// A file: struct header, the key, the binary. The key is everything that the binary depends on, in
// full; its hash names the file. Numbers lie as the host has them, since the file never leaves it.
#include "device/program_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#define MAGIC "ridge.1" // with the version of this layout
#define LARGEST_FILE ((size_t)256 << 20)
#define LONGEST_WAIT 12000 // for the lock, times 10 ms

struct header {
    char magic[8];
    uint32_t key_size;
    uint32_t checksum; // CRC-32 of key and binary
    uint64_t binary_size;
};

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
// Of processes that start 8 at a time with an empty PoCL cache, 1 in 100 failed to build or crashed
// (pocl issues 430 and 1480); of 400 that built one after the other, none.
struct quirk {
    const char *platform;
    bool caches, races, slow_builds;
};
static const struct quirk quirks[] = {
    {"Portable Computing Language", .caches = true, .races = true, .slow_builds = true},
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

static void make_key(const ridge_device_info *info, const char *name, const unsigned char *text,
                     size_t size, const char *options, struct ridge_text *key)
{
    ridge_text_append(key, "ridge %s\n%s\n%s\n%s\n%s\n%s.cl\n%s\n%.*s", ridge_version(),
                      info->platform_name, info->name, info->version, info->driver, name, options,
                      (int)size, (const char *)text);
}

static uint64_t hash(const struct ridge_text *key)
{
    uint64_t value = 0xcbf29ce484222325; // FNV-1a
    for (size_t i = 0; i < key->length; i++)
        value = (value ^ (unsigned char)key->data[i]) * 0x100000001b3;
    return value;
}

// Appends the folder to `path`; nothing where the environment names none.
static void append_folder(struct ridge_text *path)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && cache[0] == '/') // relative ones are to be ignored, says the XDG specification
        ridge_text_append(path, "%s/ridge", cache);
    else if (home && home[0] == '/')
        ridge_text_append(path, "%s/.cache/ridge", home);
}

// The key of a program and the path of its file. False: no memory, or no folder.
static bool locate(const ridge_device *device, const char *name, const unsigned char *text,
                   size_t size, const char *options, struct ridge_text *key,
                   struct ridge_text *path)
{
    make_key(&device->info, name, text, size, options, key);
    append_folder(path);
    if (key->failed || path->failed || !path->length)
        return false;
    ridge_text_append(path, "/%016" PRIx64 ".bin", hash(key));
    return !path->failed;
}

// Finds the binary in a file's content; else says why it is not to be used.
static const char *unpack(const unsigned char *data, size_t size, const struct ridge_text *key,
                          const unsigned char **binary, size_t *binary_size)
{
    struct header header;
    if (size < sizeof(header))
        return "shorter than its header";
    memcpy(&header, data, sizeof(header));
    data += sizeof(header);
    size -= sizeof(header);
    if (memcmp(header.magic, MAGIC, sizeof(header.magic)) != 0)
        return "of another layout";
    if (header.key_size > size || header.binary_size != size - header.key_size)
        return "not as long as its header says";
    if (header.checksum != crc32_z(0, data, size))
        return "damaged";
    if (header.key_size != key->length || memcmp(data, key->data, key->length) != 0)
        return "of another program, device or driver";
    *binary = data + header.key_size;
    *binary_size = (size_t)header.binary_size;
    return NULL;
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

static cl_program load(const ridge_device *device, const char *options,
                       const struct ridge_text *key, const char *path)
{
    unsigned char *data;
    const unsigned char *binary;
    size_t size, binary_size;
    if (access(path, R_OK) != 0)
        return NULL;
    if (ridge_file_read(path, LARGEST_FILE, &data, &size) != RIDGE_OK) {
        ridge_log(RIDGE_LOG_INFO, "program cache: %s", ridge_error());
        return NULL;
    }
    cl_program program = NULL;
    const char *reason = unpack(data, size, key, &binary, &binary_size);
    if (!reason && !(program = create(device, options, binary, binary_size)))
        reason = "refused by the driver";
    if (reason)
        ridge_log(RIDGE_LOG_INFO, "program cache: %s is %s; building again", path, reason);
    free(data);
    return program;
}

cl_program ridge_program_cache_load(ridge_device *device, const char *name,
                                    const unsigned char *text, size_t size, const char *options)
{
    struct ridge_text key = {0}, path = {0};
    cl_program program = NULL;
    if (locate(device, name, text, size, options, &key, &path))
        program = load(device, options, &key, path.data);
    free(key.data);
    free(path.data);
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

static ridge_status write_file(const char *path, const struct ridge_text *key,
                               const unsigned char *binary, size_t size)
{
    struct header header = {MAGIC, (uint32_t)key->length, 0, size};
    uLong sum = crc32_z(0, (const unsigned char *)key->data, key->length);
    header.checksum = (uint32_t)crc32_z(sum, binary, size);
    struct ridge_file_writer writer = {0};
    RIDGE_TRY(ridge_file_open(&writer, path));
    writer.disposable = true;
    ridge_status status = ridge_file_append(&writer, &header, sizeof(header));
    if (!status)
        status = ridge_file_append(&writer, key->data, key->length);
    if (!status)
        status = ridge_file_append(&writer, binary, size);
    if (!status)
        return ridge_file_commit(&writer);
    ridge_file_discard(&writer);
    return status;
}

void ridge_program_cache_store(ridge_device *device, const char *name, const unsigned char *text,
                               size_t size, const char *options, cl_program program)
{
    struct ridge_text key = {0}, path = {0}, folder = {0};
    size_t binary_size;
    unsigned char *binary = NULL;
    append_folder(&folder);
    if (locate(device, name, text, size, options, &key, &path) && !folder.failed)
        binary = get_binary(device, program, &binary_size);
    if (binary && (ridge_folder_make(folder.data) != RIDGE_OK ||
                   write_file(path.data, &key, binary, binary_size) != RIDGE_OK))
        ridge_log(RIDGE_LOG_INFO, "program cache: not stored: %s", ridge_error());
    free(binary);
    free(key.data);
    free(path.data);
    free(folder.data);
}

int ridge_program_cache_lock(const ridge_device *device)
{
    struct ridge_text folder = {0}, path = {0};
    int lock = -1;
    if (!find_quirk(&device->info).races)
        return -1;
    append_folder(&folder);
    ridge_text_append(&path, "%s/lock", folder.data ? folder.data : "");
    if (folder.length && !folder.failed && !path.failed &&
        ridge_folder_make(folder.data) == RIDGE_OK)
        lock = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    free(folder.data);
    free(path.data);
    // A builder that was stopped must not stop the others for good.
    const struct timespec pause = {.tv_nsec = 10000000};
    for (int waits = 0; lock >= 0 && waits < LONGEST_WAIT; waits++) {
        if (flock(lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            break;
        nanosleep(&pause, NULL);
    }
    return lock;
}

void ridge_program_cache_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

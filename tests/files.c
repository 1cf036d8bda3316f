// SPDX-License-Identifier: Apache-2.0
// Files for tests.
#include "files.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "harness.h"

#define PATHS 16
#define LONGEST_PATH 4096

static char folder[LONGEST_PATH];

static char *next_path(void)
{
    static char paths[PATHS][LONGEST_PATH];
    static unsigned next;
    return paths[next++ % PATHS];
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_folder(void)
{
    const char *parent = getenv("TMPDIR");
    if (folder[0])
        return;
    snprintf(folder, sizeof(folder), "%s/ridge-test-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(folder));
    atexit(remove_folder);
}

const char *test_path(const char *name)
{
    char *path = next_path();
    make_folder();
    int length = snprintf(path, LONGEST_PATH, "%s/%s", folder, name);
    assert_in_range(length, 1, LONGEST_PATH - 1);
    return path;
}

const char *test_write(const char *name, const void *data, size_t size)
{
    const char *path = test_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    if (size)
        assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return path;
}

unsigned char *test_gzip(const void *data, size_t size, size_t *packed_size)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&stream, size);
    unsigned char *packed = malloc(room);
    assert_non_null(packed);
    stream.next_in = (Bytef *)data;
    stream.avail_in = (uInt)size;
    stream.next_out = packed;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *packed_size = stream.total_out;
    deflateEnd(&stream);
    return packed;
}

const char *test_write_gzip(const char *name, const void *data, size_t size)
{
    size_t packed_size;
    unsigned char *packed = test_gzip(data, size, &packed_size);
    const char *path = test_write(name, packed, packed_size);
    free(packed);
    return path;
}

bool test_holds(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(size + 1);
    assert_non_null(bytes);
    bool same = file && fread(bytes, 1, size + 1, file) == size && memcmp(bytes, data, size) == 0;
    free(bytes);
    if (file)
        fclose(file);
    return same;
}

size_t test_file_count(void)
{
    size_t count = 0;
    make_folder();
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(entries);
    return count;
}

const char *test_source_path(const char *name)
{
    char *path = next_path();
    snprintf(path, LONGEST_PATH, "%s/%s", RIDGE_SOURCE_ROOT, name);
    return path;
}

const char *test_data_path(const char *name)
{
    char *path = next_path();
    const char *root = getenv("RIDGE_DATA");
    snprintf(path, LONGEST_PATH, "%s/%s", root ? root : "", name);
    if (root && access(path, R_OK) == 0)
        return path;
    snprintf(path, LONGEST_PATH, "%s/../shared/data/%s", RIDGE_SOURCE_ROOT, name);
    return access(path, R_OK) == 0 ? path : NULL;
}

struct ridge_source test_source(const char *name, const void *data, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    if (size)
        memcpy(copy, data, size);
    return (struct ridge_source){.name = name, .data = copy, .size = size};
}

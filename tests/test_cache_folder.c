// SPDX-License-Identifier: Apache-2.0
// The cache's folder: where it is, what goes when it grows too large, and what may be odd about it.
#include "device/cache_folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device/cache_file.h"
#include "files.h"
#include "harness.h"

// A file of so many bytes in the folder that the environment names, last used at `second`.
static const char *make(const char *name, size_t bytes, time_t second)
{
    static char path[16][4096];
    static unsigned next;
    char *here = path[next++ % 16];
    struct ridge_text folder = {0};
    ridge_cache_folder(&folder);
    snprintf(here, sizeof(path[0]), "%s/%s", folder.data, name);
    mkdir(getenv("XDG_CACHE_HOME"), 0777);
    mkdir(folder.data, 0777);
    free(folder.data);
    FILE *file = fopen(here, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < bytes; i++)
        fputc('x', file);
    assert_int_equal(fclose(file), 0);
    const struct timespec times[2] = {{.tv_sec = second}, {.tv_sec = second}};
    assert_int_equal(utimensat(AT_FDCWD, here, times, 0), 0);
    return here;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void folders(void **state)
{
    (void)state;
    struct ridge_text path = {0};
    setenv("HOME", "/home/somebody", 1);
    setenv("XDG_CACHE_HOME", "relative", 1);
    ridge_cache_folder(&path);
    assert_string_equal(path.data, "/home/somebody/.cache/ridge");
    path.length = 0;
    setenv("XDG_CACHE_HOME", "/var/cache", 1);
    ridge_cache_folder(&path);
    assert_string_equal(path.data, "/var/cache/ridge");
    free(path.data);
}

static void oldest_go_first(void **state)
{
    (void)state;
    setenv("XDG_CACHE_HOME", test_path("oldest"), 1);
    const char *lock = make("lock", 0, 1);
    const char *first = make("1.bin", 100, 10), *third = make("3.bin", 100, 30);
    const char *second = make("2.bin", 100, 20), *last = make("0.bin", 100, 5);
    ridge_cache_trim(last, 400); // fits
    assert_true(is_there(first));
    ridge_cache_trim(last, 399); // what was just written stays, whatever its time
    assert_false(is_there(first));
    assert_true(is_there(second) && is_there(third) && is_there(last) && is_there(lock));
    ridge_cache_touch(second);
    ridge_cache_trim(last, 200);
    assert_true(is_there(second) && is_there(last));
    assert_false(is_there(third));
    ridge_cache_trim(last, 1);
    assert_false(is_there(second));
    assert_true(is_there(last) && is_there(lock));
}

// Folders and links are not the cache's, and a folder that is not there is none to trim.
static void others_stay(void **state)
{
    (void)state;
    setenv("XDG_CACHE_HOME", test_path("others"), 1);
    const char *last = make("0.bin", 100, 5);
    char folder[4200], link[4200];
    snprintf(folder, sizeof(folder), "%s.folder", last);
    snprintf(link, sizeof(link), "%s.link", last);
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_int_equal(symlink("0.bin", link), 0);
    ridge_cache_trim(last, 1);
    assert_true(is_there(folder) && is_there(link) && is_there(last));
    ridge_cache_trim(test_path("nowhere/0.bin"), 1);
}

// Reading is use; what is read and written goes through the bound.
static void reading_is_use(void **state)
{
    (void)state;
    setenv("XDG_CACHE_HOME", test_path("use"), 1);
    struct ridge_cache_file file = {0};
    struct ridge_text name = {0};
    ridge_text_append(&name, "a name");
    ridge_text_append(&file.key, "a key");
    assert_true(ridge_cache_name(&file, &name, ".bin"));
    ridge_cache_write(&file, "content", 7);
    const struct timespec times[2] = {{.tv_sec = 10}, {.tv_sec = 10}};
    assert_int_equal(utimensat(AT_FDCWD, file.path.data, times, 0), 0);
    size_t size;
    unsigned char *content = ridge_cache_read(&file, &size);
    assert_int_equal(size, 7);
    assert_memory_equal(content, "content", 7);
    struct stat info;
    assert_int_equal(stat(file.path.data, &info), 0);
    assert_true(info.st_mtim.tv_sec > 10);
    free(content);
    free(name.data);
    ridge_cache_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders),
        cmocka_unit_test(oldest_go_first),
        cmocka_unit_test(others_stay),
        cmocka_unit_test(reading_is_use),
    };
    return TEST_MAIN("cache folder", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Status names, error text, log, allocation, and files that survive a failed write.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "files.h"
#include "harness.h"

static void status_names(void **state)
{
    (void)state;
    assert_string_equal(ridge_status_name(RIDGE_OK), "ok");
    assert_string_equal(ridge_status_name(RIDGE_ERROR_DEVICE_MEMORY), "device memory");
    assert_string_equal(ridge_status_name(RIDGE_ERROR_STATE), "state");
    assert_string_equal(ridge_status_name((ridge_status)99), "unknown");
    assert_string_equal(ridge_status_name((ridge_status)-1), "unknown");
    for (ridge_status a = RIDGE_OK; a <= RIDGE_ERROR_STATE; a++)
        for (ridge_status b = RIDGE_OK; b < a; b++)
            assert_string_not_equal(ridge_status_name(a), ridge_status_name(b));
}

static void version(void **state)
{
    (void)state;
    char expected[32];
    snprintf(expected, sizeof(expected), "%d.%d.%d", RIDGE_VERSION_MAJOR, RIDGE_VERSION_MINOR,
             RIDGE_VERSION_PATCH);
    assert_string_equal(ridge_version(), expected);
}

static void error_text(void **state)
{
    (void)state;
    assert_int_equal(ridge_fail(RIDGE_ERROR_SHAPE, "rows: expected %d, got %d", 3, 4),
                     RIDGE_ERROR_SHAPE);
    assert_string_equal(ridge_error(), "rows: expected 3, got 4");
    assert_int_equal(ridge_fail_within(RIDGE_ERROR_SHAPE, "layer %s", "dense"), RIDGE_ERROR_SHAPE);
    assert_string_equal(ridge_error(), "layer dense: rows: expected 3, got 4");
    // The present message as an argument of the next.
    ridge_error_set("%s, twice", ridge_error());
    assert_string_equal(ridge_error(), "layer dense: rows: expected 3, got 4, twice");
}

static void long_error_text(void **state)
{
    (void)state;
    static char text[20000];
    memset(text, 'x', sizeof(text) - 1);
    ridge_error_set("%s", text);
    size_t kept = strlen(ridge_error());
    assert_in_range(kept, 1000, sizeof(text) - 2);
    ridge_error_prefix("%s", "before");
    assert_memory_equal(ridge_error(), "before: xxx", 11);
    ridge_error_prefix("%s", text);
    assert_int_equal(strlen(ridge_error()), kept);
}

static void *fail_elsewhere(void *seen)
{
    *(bool *)seen = ridge_error()[0] != 0;
    ridge_error_set("elsewhere");
    return NULL;
}

static void error_text_is_per_thread(void **state)
{
    (void)state;
    pthread_t thread;
    bool seen = true;
    ridge_error_set("here");
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, &seen), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(seen);
    assert_string_equal(ridge_error(), "here");
}

static void keep_message(void *context, ridge_log_level level, const char *message)
{
    snprintf(context, 100, "%d %s", (int)level, message);
}

static void log_levels(void **state)
{
    (void)state;
    char got[100] = "";
    ridge_set_log(keep_message, got, RIDGE_LOG_INFO);
    ridge_log(RIDGE_LOG_DEBUG, "hidden");
    assert_string_equal(got, "");
    ridge_log(RIDGE_LOG_INFO, "device %d", 2);
    assert_string_equal(got, "2 device 2");
    ridge_set_log(NULL, NULL, RIDGE_LOG_DEBUG);
    ridge_log(RIDGE_LOG_WARNING, "nobody listens");
    assert_string_equal(got, "2 device 2");
}

static void allocation(void **state)
{
    (void)state;
    int *numbers = ridge_allocate(100, sizeof(*numbers));
    assert_non_null(numbers);
    for (int i = 0; i < 100; i++)
        assert_int_equal(numbers[i], 0);
    free(numbers);
    void *nothing = ridge_allocate(0, 8);
    assert_non_null(nothing);
    free(nothing);
    char *copy = ridge_duplicate("text"), *empty = ridge_duplicate(NULL);
    assert_string_equal(copy, "text");
    assert_string_equal(empty, "");
    free(copy);
    free(empty);
}

static void refused_allocation(void **state)
{
    (void)state;
    ridge_error_set("nothing");
    assert_null(ridge_allocate(SIZE_MAX / 4, 8));
    assert_non_null(strstr(ridge_error(), "host memory"));
    int *items = NULL;
    size_t capacity = 0;
    assert_ok(ridge_grow(&items, &capacity, 3, sizeof(*items)));
    items[2] = 7;
    assert_fails(ridge_grow(&items, &capacity, SIZE_MAX / 2, sizeof(*items)), RIDGE_ERROR_MEMORY,
                 "host memory");
    assert_int_equal(items[2], 7);
    free(items);
}

static void growth(void **state)
{
    (void)state;
    int *items = NULL;
    size_t capacity = 0;
    for (size_t i = 0; i < 1000; i++) {
        assert_ok(ridge_grow(&items, &capacity, i + 1, sizeof(*items)));
        assert_int_equal(items[i], 0);
        items[i] = (int)i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    assert_in_range(capacity, 1000, 2000);
    free(items);
}

static void growing_text(void **state)
{
    (void)state;
    struct ridge_text text = {0};
    for (int i = 0; i < 200; i++)
        ridge_text_append(&text, "%d,", i % 10);
    assert_false(text.failed);
    assert_int_equal(text.length, 400);
    assert_int_equal(strlen(text.data), 400);
    assert_memory_equal(text.data + 380, "0,1,2,3,4,5,6,7,8,9,", 20);
    free(text.data);
}

static void read_files(void **state)
{
    (void)state;
    unsigned char *data;
    size_t size;
    static unsigned char large[300000];
    for (size_t i = 0; i < sizeof(large); i++)
        large[i] = (unsigned char)(i * 31 >> 3);
    const char *path = test_write("large", large, sizeof(large));
    assert_ok(ridge_file_read(path, 0, &data, &size));
    assert_int_equal(size, sizeof(large));
    assert_memory_equal(data, large, sizeof(large));
    assert_int_equal(data[size], 0);
    free(data);
    assert_ok(ridge_file_read(path, sizeof(large), &data, &size));
    free(data);
    assert_fails(ridge_file_read(path, sizeof(large) - 1, &data, &size), RIDGE_ERROR_FORMAT,
                 "larger than 299999 bytes");
    assert_null(data);
    assert_ok(ridge_file_read(test_write("empty", "", 0), 0, &data, &size));
    assert_int_equal(size, 0);
    free(data);
    assert_fails(ridge_file_read(test_path("absent"), 0, &data, &size), RIDGE_ERROR_FILE,
                 "absent: cannot open: No such file");
    assert_fails(ridge_file_read(test_path(""), 0, &data, &size), RIDGE_ERROR_FILE,
                 "cannot read: Is a directory");
}

static void write_file(void **state)
{
    (void)state;
    const char *path = test_write("kept", "old", 3);
    size_t files = test_file_count();
    struct ridge_file_writer writer = {0};
    assert_ok(ridge_file_open(&writer, path));
    assert_ok(ridge_file_append(&writer, "new ", 4));
    assert_true(test_holds(path, "old", 3));
    assert_ok(ridge_file_append(&writer, NULL, 0));
    assert_ok(ridge_file_append(&writer, "content", 7));
    assert_ok(ridge_file_commit(&writer));
    assert_true(test_holds(path, "new content", 11));
    assert_int_equal(test_file_count(), files);
    struct stat info;
    mode_t mask = umask(0);
    umask(mask);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0666 & ~mask);
}

static void discard_file(void **state)
{
    (void)state;
    const char *path = test_write("kept", "old", 3);
    size_t files = test_file_count();
    struct ridge_file_writer writer = {0};
    assert_ok(ridge_file_open(&writer, path));
    assert_ok(ridge_file_append(&writer, "new", 3));
    ridge_file_discard(&writer);
    assert_true(test_holds(path, "old", 3));
    assert_int_equal(test_file_count(), files);
}

// The limit on a file's size stands for a full disk: the write is refused half-way.
static void full_disk(void **state)
{
    (void)state;
    const char *path = test_write("kept", "old", 3);
    size_t files = test_file_count();
    static char large[200000];
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 100000;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);

    struct ridge_file_writer at_once = {0}, at_commit = {0};
    ridge_status opened = ridge_file_open(&at_once, path);
    ridge_status appended = ridge_file_append(&at_once, large, sizeof(large));
    ridge_file_discard(&at_once);
    // Bytes that still wait in the stream's buffer are refused when it is flushed.
    ridge_status opened_again = ridge_file_open(&at_commit, path);
    ridge_status accepted = ridge_file_append(&at_commit, large, 98304);
    for (int i = 0; i < 40 && !accepted; i++)
        accepted = ridge_file_append(&at_commit, large, 100);
    ridge_status committed = ridge_file_commit(&at_commit);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);

    assert_ok(opened);
    assert_int_equal(appended, RIDGE_ERROR_FILE);
    assert_ok(opened_again);
    assert_ok(accepted);
    assert_fails(committed, RIDGE_ERROR_FILE, "kept: cannot write: File too large");
    assert_true(test_holds(path, "old", 3));
    assert_int_equal(test_file_count(), files);
}

static void unwritable_folder(void **state)
{
    (void)state;
    struct ridge_file_writer writer = {0};
    test_write("plain", "", 0);
    assert_fails(ridge_file_open(&writer, test_path("absent/model")), RIDGE_ERROR_FILE,
                 "absent/model: cannot create a file beside it: No such file");
    assert_fails(ridge_file_open(&writer, test_path("plain/model")), RIDGE_ERROR_FILE,
                 "plain/model: cannot create a file beside it: Not a directory");
    assert_null(writer.path);
    if (geteuid() == 0)
        return; // root may write anywhere
    const char *folder = test_path("locked");
    assert_int_equal(mkdir(folder, 0555), 0);
    assert_fails(ridge_file_open(&writer, test_path("locked/model")), RIDGE_ERROR_FILE,
                 "locked/model: cannot create a file beside it: Permission denied");
}

// A folder of the file's name: everything is written, and the rename fails.
static void name_is_taken(void **state)
{
    (void)state;
    const char *path = test_path("taken");
    assert_int_equal(mkdir(path, 0777), 0);
    size_t files = test_file_count();
    struct ridge_file_writer writer = {0};
    assert_ok(ridge_file_open(&writer, path));
    assert_fails(ridge_file_commit(&writer), RIDGE_ERROR_FILE, "cannot rename");
    assert_int_equal(test_file_count(), files);
}

static void folders(void **state)
{
    (void)state;
    struct stat info;
    assert_ok(ridge_folder_make(test_path("a/b/c")));
    assert_int_equal(stat(test_path("a/b/c"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    assert_ok(ridge_folder_make(test_path("a/b")));
    assert_ok(ridge_folder_make(test_path("a/d/")));
    assert_int_equal(stat(test_path("a/d"), &info), 0);
    test_write("a/file", "", 0);
    assert_fails(ridge_folder_make(test_path("a/file/e")), RIDGE_ERROR_FILE,
                 "a/file: cannot make the folder: Not a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_names),
        cmocka_unit_test(version),
        cmocka_unit_test(error_text),
        cmocka_unit_test(long_error_text),
        cmocka_unit_test(error_text_is_per_thread),
        cmocka_unit_test(log_levels),
        cmocka_unit_test(allocation),
        cmocka_unit_test(refused_allocation),
        cmocka_unit_test(growth),
        cmocka_unit_test(growing_text),
        cmocka_unit_test(read_files),
        cmocka_unit_test(write_file),
        cmocka_unit_test(discard_file),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(unwritable_folder),
        cmocka_unit_test(name_is_taken),
        cmocka_unit_test(folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

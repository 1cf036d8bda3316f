// SPDX-License-Identifier: Apache-2.0
// Folders of images: what becomes of good and bad files, in memory and streamed, and the threads
// that read them.
#include <ridge/data.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "data/row_pool.h"
#include "files.h"
#include "harness.h"
#include "pictures.h"

enum { HEIGHT = 3, WIDTH = 4, PLANE = HEIGHT * WIDTH, ROW = 3 * PLANE, CATS = 6, DOGS = 3 };

static struct ridge_text logged;

static void keep_log(void *context, ridge_log_level level, const char *message)
{
    (void)context;
    if (level == RIDGE_LOG_WARNING)
        ridge_text_append(&logged, "%s\n", message);
}

static void forget_log(void)
{
    free(logged.data);
    logged = (struct ridge_text){0};
}

static const char *make_folder(const char *name)
{
    const char *folder = test_path(name);
    assert_int_equal(mkdir(folder, 0777), 0);
    return folder;
}

// NAME with six cats and three dogs; picture number i of class c is picture 10 c + i.
static const char *make_pets(const char *name)
{
    char path[64];
    const char *folder = make_folder(name);
    snprintf(path, sizeof(path), "%s/cat", name);
    make_folder(path);
    snprintf(path, sizeof(path), "%s/dog", name);
    make_folder(path);
    for (unsigned i = 0; i < CATS + DOGS; i++) {
        unsigned class = i >= CATS, number = i - class * CATS;
        snprintf(path, sizeof(path), "%s/%s/%u.%s", name, class ? "dog" : "cat", number,
                 number ? "png" : "JPG"); // the name does not matter
        test_write_png(path, 10 * class + number, HEIGHT, WIDTH, 3);
    }
    return folder;
}

// Rows as the classes are dealt: two cats before and one after a dog.
static const unsigned dealt[CATS + DOGS] = {0, 10, 1, 2, 11, 3, 4, 12, 5};

static void check_row(const unsigned char *x, unsigned seed)
{
    for (size_t i = 0; i < ROW; i++)
        assert_int_equal(x[i], test_pixel(seed, i % PLANE / WIDTH, i % WIDTH, i / PLANE));
}

static void check_rows(const ridge_dataset *set, const unsigned *seeds, size_t count)
{
    unsigned char x[ROW];
    const int32_t *y = ridge_dataset_y(set, NULL);
    assert_int_equal(ridge_dataset_count(set), count);
    for (size_t i = 0; i < count; i++) {
        assert_ok(ridge_dataset_rows(set, &i, 1, x));
        check_row(x, seeds[i]);
        assert_int_equal(y[i], seeds[i] / 10);
    }
}

static void folders(void **state)
{
    (void)state;
    const char *folder = make_pets("pets");
    for (int where = RIDGE_WHERE_AUTO; where <= RIDGE_WHERE_STREAM; where++) {
        ridge_dataset *set, *part;
        size_t shape[RIDGE_MAX_RANK];
        ridge_type type;
        assert_ok(ridge_dataset_read(
            "images", folder, ridge_read_params(.where = (ridge_where)where, .workers = 3), &set));
        check_rows(set, dealt, CATS + DOGS);
        assert_int_equal(ridge_dataset_shape(set, shape), 3);
        assert_true(shape[0] == 3 && shape[1] == HEIGHT && shape[2] == WIDTH);
        assert_int_equal(ridge_dataset_classes(set), 2);
        assert_string_equal(ridge_dataset_class_name(set, 1), "dog");
        assert_null(ridge_dataset_class_name(set, 2));
        assert_int_equal(ridge_dataset_skipped(set), 0);
        assert_int_equal(ridge_dataset_streams(set), where == RIDGE_WHERE_STREAM);
        assert_int_equal(!ridge_dataset_x(set, &type), where == RIDGE_WHERE_STREAM);
        assert_int_equal(type, RIDGE_UINT8);
        // Parts outlive what they were cut from.
        assert_ok(ridge_dataset_slice(set, 2, 5, &part));
        ridge_dataset_destroy(&set);
        check_rows(part, dealt + 2, 5);
        assert_ok(ridge_dataset_select(part, (const size_t[]){4, 0, 4}, 3, &set));
        ridge_dataset_destroy(&part);
        check_rows(set, (const unsigned[]){dealt[6], dealt[2], dealt[6]}, 3);
        assert_string_equal(ridge_dataset_class_name(set, 0), "cat");
        ridge_dataset_destroy(&set);
    }
}

static void other_sizes(void **state)
{
    (void)state;
    unsigned char x[6];
    ridge_dataset *set;
    const char *folder = make_folder("sizes");
    make_folder("sizes/a");
    test_write_png("sizes/a/0.png", 0, 2, 4, 1);
    assert_ok(ridge_dataset_read("images", folder, ridge_read_params(.channels = 1), &set));
    size_t shape[RIDGE_MAX_RANK];
    ridge_dataset_shape(set, shape);
    assert_true(shape[0] == 1 && shape[1] == 2 && shape[2] == 4);
    ridge_dataset_destroy(&set);
    test_write_png("sizes/a/1.png", 1, 4, 4, 1);
    assert_fails(ridge_dataset_read("images", folder, NULL, &set), RIDGE_ERROR_ARGUMENT,
                 "0.png has 2 x 4");
    assert_fails(ridge_dataset_read("images", folder, NULL, &set), RIDGE_ERROR_ARGUMENT,
                 "height, width: expected, since the images differ in size");
    assert_ok(ridge_dataset_read("images", folder,
                                 ridge_read_params(.channels = 3, .height = 1, .width = 2), &set));
    assert_ok(ridge_dataset_rows(set, (const size_t[]){0}, 1, x));
    for (size_t i = 0; i < 2; i++) {
        unsigned sum = 0;
        for (size_t j = 0; j < 4; j++)
            sum += test_pixel(0, j / 2, 2 * i + j % 2, 0);
        for (size_t c = 0; c < 3; c++)
            assert_int_equal(x[2 * c + i], (sum + 2) / 4);
    }
    ridge_dataset_destroy(&set);
}

static void tables(void **state)
{
    (void)state;
    ridge_dataset *set;
    make_folder("table");
    test_write_png("table/7.png", 7, HEIGHT, WIDTH, 3);
    test_write_png("table/12.png", 12, HEIGHT, WIDTH, 3);
    const char *text = "path,label\n12.png,b\n7.png,a\n12.png,b\n";
    const char *path = test_write("table/list.csv", text, strlen(text));
    assert_ok(ridge_dataset_read("images", path, NULL, &set));
    check_rows(set, (const unsigned[]){12, 7, 12}, 3);
    assert_string_equal(ridge_dataset_class_name(set, 1), "b");
    ridge_dataset_destroy(&set);
    assert_ok(
        ridge_dataset_read("images", test_path("table"), ridge_read_params(.label = "none"), &set));
    assert_null(ridge_dataset_y(set, NULL));
    assert_int_equal(ridge_dataset_count(set), 2);
    ridge_dataset_destroy(&set);
}

static void count_report(void *context, const ridge_read_progress *progress)
{
    ridge_read_progress *last = context;
    assert_true(progress->done > last->done && progress->done <= progress->total);
    *last = *progress;
}

static void broken_files(void **state)
{
    (void)state;
    ridge_dataset *set;
    ridge_read_progress progress = {0};
    const char *folder = make_pets("broken");
    size_t size;
    unsigned char *pixels = test_pixels(1, HEIGHT, WIDTH, 3);
    unsigned char *file = test_png(pixels, HEIGHT, WIDTH, 3, &size);
    test_write("broken/cat/1.png", file, size - 40);
    test_write("broken/dog/0.JPG", "not an image", 12);
    free(pixels);
    free(file);
    ridge_read_params params = {.height = HEIGHT, .width = WIDTH};
    assert_fails(
        ridge_dataset_read("images", folder, NULL, &set), RIDGE_ERROR_FORMAT,
        "broken/dog/0.JPG: expected a PNG or JPEG image, the file begins with 6e 6f 74 20");
    for (params.workers = 1; params.workers <= 4; params.workers += 3)
        assert_fails(ridge_dataset_read("images", folder, &params, &set), RIDGE_ERROR_FORMAT,
                     "broken/dog/0.JPG: expected a PNG or JPEG image");
    assert_null(set);

    params.on_error = RIDGE_ON_ERROR_SKIP;
    params.on_progress = count_report;
    params.context = &progress;
    forget_log();
    assert_ok(ridge_dataset_read("images", folder, &params, &set));
    assert_true(progress.done == 9 && progress.total == 9 && progress.skipped == 2);
    check_rows(set, (const unsigned[]){0, 2, 11, 3, 4, 12, 5}, 7);
    assert_int_equal(ridge_dataset_skipped(set), 2);
    assert_non_null(strstr(logged.data, "broken/cat/1.png: truncated PNG"));
    assert_non_null(strstr(logged.data, "broken/dog/0.JPG: expected a PNG or JPEG"));
    assert_non_null(strstr(logged.data, "2 of 9 files were left out"));
    ridge_dataset_destroy(&set);
    // and the size is found without them
    assert_ok(ridge_dataset_read("images", folder,
                                 ridge_read_params(.on_error = RIDGE_ON_ERROR_SKIP), &set));
    assert_int_equal(ridge_dataset_count(set), 7);
    ridge_dataset_destroy(&set);
}

// Rows of a job: another one in the place of each that cannot be read, with its label.
static void replacements(void **state)
{
    (void)state;
    enum { COUNT = 12 };
    static const uint32_t order[COUNT + 2] = {9, 9, 8, 1, 0, 2, 1, 1, 5, 6, 7, 3, 4, 8};
    const unsigned expected[COUNT] = {5, 1, 0, 1, 1, 1, 3, 4, 12, 2, 11, 5};
    unsigned char x[COUNT * ROW];
    int32_t y[COUNT];
    ridge_dataset *set;
    struct ridge_row_pool *pool;
    make_pets("holes");
    test_write("holes/dog/0.JPG", "", 0);
    ridge_read_params params = {.height = HEIGHT,
                                .width = WIDTH,
                                .workers = 3,
                                .where = RIDGE_WHERE_STREAM,
                                .on_error = RIDGE_ON_ERROR_SKIP};
    assert_ok(ridge_dataset_read("images", test_path("holes"), &params, &set));
    assert_ok(ridge_row_pool_create(set, &pool));
    for (int again = 0; again < 3; again++) {
        struct ridge_row_job job = {
            .order = order, .first = 2, .count = COUNT, .x = x, .y = (unsigned char *)y};
        ridge_row_pool_begin(pool, &job);
        assert_ok(ridge_row_pool_wait(pool, &job));
        for (size_t i = 0; i < COUNT; i++) {
            check_row(x + i * ROW, expected[i]);
            assert_int_equal(y[i], expected[i] / 10);
        }
    }
    assert_int_equal(ridge_dataset_skipped(set), 1);
    // What is left over when nobody waits any more.
    struct ridge_row_job jobs[2] = {{.count = 9, .x = x}, {.count = 9, .x = x}};
    ridge_row_pool_begin(pool, &jobs[0]);
    ridge_row_pool_begin(pool, &jobs[1]);
    ridge_row_pool_cancel(pool);
    ridge_row_pool_destroy(&pool);
    ridge_dataset_destroy(&set);
}

static void nothing_can_be_read(void **state)
{
    (void)state;
    ridge_dataset *set;
    struct ridge_row_pool *pool;
    unsigned char x[2 * ROW];
    const char *folder = make_folder("none");
    make_folder("none/a");
    test_write("none/a/0.png", "a", 1);
    test_write("none/a/1.png", "b", 1);
    ridge_read_params params = {.height = HEIGHT, .width = WIDTH, .on_error = RIDGE_ON_ERROR_SKIP};
    assert_fails(ridge_dataset_read("images", folder, &params, &set), RIDGE_ERROR_DATA,
                 "none of the 2 files can be read");
    params.where = RIDGE_WHERE_STREAM;
    assert_ok(ridge_dataset_read("images", folder, &params, &set));
    assert_ok(ridge_row_pool_create(set, &pool));
    struct ridge_row_job job = {.count = 2, .x = x};
    ridge_row_pool_begin(pool, &job);
    assert_fails(ridge_row_pool_wait(pool, &job), RIDGE_ERROR_DATA,
                 "none of the 2 rows can be read");
    ridge_row_pool_destroy(&pool);
    ridge_dataset_destroy(&set);
    params.height = params.width = 0;
    assert_fails(ridge_dataset_read("images", folder, &params, &set), RIDGE_ERROR_DATA,
                 "none of the 2 images can be read; the last one: ");
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_dataset *set;
    const struct {
        ridge_read_params params;
        const char *text;
    } cases[] = {
        {{.channels = 2}, "channels: expected 1 or 3, got 2"},
        {{.height = 3}, "height, width: expected both or none, got 3 and 0"},
        {{.height = 65536, .width = 1}, "height, width: expected at most 65535 each"},
        {{.height = 60000, .width = 60000}, "67108864 pixels in all, got 60000 x 60000"},
        {{.where = (ridge_where)3}, "where: expected auto, memory or stream, got 3"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_fails(ridge_dataset_read("images", "pets", &cases[i].params, &set),
                     RIDGE_ERROR_ARGUMENT, cases[i].text);
    assert_fails(ridge_dataset_read("images", test_path("nowhere"), NULL, &set), RIDGE_ERROR_FILE,
                 "nowhere: no such file or folder");
}

static int forget(void **state)
{
    (void)state;
    forget_log();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders),       cmocka_unit_test(other_sizes),
        cmocka_unit_test(tables),        cmocka_unit_test(broken_files),
        cmocka_unit_test(replacements),  cmocka_unit_test(nothing_can_be_read),
        cmocka_unit_test(bad_arguments),
    };
#if !RIDGE_HAVE_SPNG
    return 77;
#endif
    ridge_set_log(keep_log, NULL, RIDGE_LOG_WARNING);
    return cmocka_run_group_tests(tests, NULL, forget);
}

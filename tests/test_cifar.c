// SPDX-License-Identifier: Apache-2.0
// CIFAR's binary files: both kinds, whole folders, and each way in which one can be wrong.
#include "data/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "harness.h"

enum { PIXELS = 3072, ROW = 1 + PIXELS, ROW_100 = 2 + PIXELS, MOST_ROWS = 5 };

static unsigned char pixel(size_t row, size_t place)
{
    return (unsigned char)(37 * row + place / 7);
}

// `count` rows from number `first` on, in `row` bytes each; the label is the row's number, a coarse
// one before it 19 less that.
static const unsigned char *make_rows(size_t first, size_t count, size_t row)
{
    static unsigned char bytes[MOST_ROWS * ROW_100];
    for (size_t i = 0; i < count; i++) {
        unsigned char *to = bytes + i * row;
        if (row == ROW_100)
            *to++ = (unsigned char)(19 - (first + i));
        *to++ = (unsigned char)(first + i);
        for (size_t j = 0; j < PIXELS; j++)
            to[j] = pixel(first + i, j);
    }
    return bytes;
}

// Rows 0, 1, ... as make_rows numbers them.
static void check_rows(ridge_dataset **set, size_t count, size_t classes)
{
    size_t shape[RIDGE_MAX_RANK];
    ridge_type type;
    assert_int_equal(ridge_dataset_count(*set), count);
    assert_int_equal(ridge_dataset_shape(*set, shape), 3);
    assert_true(shape[0] == 3 && shape[1] == 32 && shape[2] == 32);
    assert_int_equal(ridge_dataset_classes(*set), classes);
    const unsigned char *x = ridge_dataset_x(*set, &type);
    const int32_t *y = ridge_dataset_y(*set, NULL);
    assert_int_equal(type, RIDGE_UINT8);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(y[i], i);
        for (size_t j = 0; j < PIXELS; j++)
            assert_int_equal(x[i * PIXELS + j], pixel(i, j));
    }
    ridge_dataset_destroy(set);
}

static ridge_status parse(const struct ridge_cifar_format *format, const unsigned char *bytes,
                          size_t size, ridge_dataset **set)
{
    struct ridge_source source = test_source("file", bytes, size);
    *set = NULL;
    ridge_status status = ridge_cifar_parse(format, &source, 1, set);
    ridge_source_free(&source);
    return status;
}

static void both_kinds(void **state)
{
    (void)state;
    ridge_dataset *set;
    assert_ok(parse(&ridge_cifar10, make_rows(0, 3, ROW), 3 * ROW, &set));
    check_rows(&set, 3, 10);
    assert_ok(parse(&ridge_cifar100, make_rows(0, 2, ROW_100), 2 * ROW_100, &set));
    check_rows(&set, 2, 100);
}

static void bad_sizes(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        const char *text;
    } cases[] = {
        {0, "file: expected rows of 3073 bytes, the file is empty"},
        {1, "file: truncated: expected rows of 3073 bytes, row 0 at byte 0 has only 1"},
        {ROW - 1, "row 0 at byte 0 has only 3072"},
        {ROW + 2, "row 1 at byte 3073 has only 2"},
        {3 * ROW - 1, "file: truncated: expected rows of 3073 bytes, row 2 at byte 6146 has only "
                      "3072"},
        {2 * ROW_100, "file: expected rows of 3073 bytes, but its 6148 bytes are rows of 3074; "
                      "that is cifar100"},
    };
    ridge_dataset *set;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_fails(parse(&ridge_cifar10, make_rows(0, 3, ROW), cases[i].size, &set),
                     RIDGE_ERROR_FORMAT, cases[i].text);
        assert_null(set);
    }
    assert_fails(parse(&ridge_cifar100, make_rows(0, 2, ROW), 2 * ROW, &set), RIDGE_ERROR_FORMAT,
                 "but its 6146 bytes are rows of 3073; that is cifar10");
}

static void bad_values(void **state)
{
    (void)state;
    ridge_dataset *set;
    unsigned char bytes[2 * ROW_100];
    memcpy(bytes, make_rows(0, 2, ROW), 2 * ROW);
    bytes[ROW] = 10;
    assert_fails(parse(&ridge_cifar10, bytes, 2 * ROW, &set), RIDGE_ERROR_FORMAT,
                 "file: row 1, byte 3073: expected a label of 0 to 9, got 10");
    assert_null(set);
    memcpy(bytes, make_rows(0, 2, ROW_100), 2 * ROW_100);
    bytes[ROW_100 + 1] = 100;
    assert_fails(parse(&ridge_cifar100, bytes, 2 * ROW_100, &set), RIDGE_ERROR_FORMAT,
                 "file: row 1, byte 3075: expected a fine label of 0 to 99, got 100");
    bytes[0] = 20;
    assert_fails(parse(&ridge_cifar100, bytes, 2 * ROW_100, &set), RIDGE_ERROR_FORMAT,
                 "file: row 0, byte 0: expected a coarse label of 0 to 19, got 20");
}

static const char *make_folder(const char *name)
{
    const char *folder = test_path(name);
    assert_int_equal(mkdir(folder, 0777), 0);
    return folder;
}

static void folders(void **state)
{
    (void)state;
    ridge_dataset *set = NULL;
    const char *folder = make_folder("ten");
    test_write("ten/data_batch_1.bin", make_rows(0, 2, ROW), 2 * ROW);
    test_write_gzip("ten/data_batch_2.bin.gz", make_rows(2, 1, ROW), ROW);
    test_write("ten/data_batch_5.bin", make_rows(3, 2, ROW), 2 * ROW);
    const char *file = test_write_gzip("ten/test_batch.bin.gz", make_rows(0, 1, ROW), ROW);
    assert_ok(ridge_dataset_read("cifar10", folder, NULL, &set));
    check_rows(&set, 5, 10);
    assert_ok(ridge_dataset_read("cifar10", folder, ridge_read_params(.part = "test"), &set));
    check_rows(&set, 1, 10);
    assert_ok(ridge_dataset_read("cifar10", file, NULL, &set));
    check_rows(&set, 1, 10);

    folder = make_folder("hundred");
    test_write("hundred/train.bin", make_rows(0, 3, ROW_100), 3 * ROW_100);
    test_write("hundred/test.bin", make_rows(0, 2, ROW_100), 2 * ROW_100);
    assert_ok(ridge_dataset_read("cifar100", folder, NULL, &set));
    check_rows(&set, 3, 100);
    assert_ok(ridge_dataset_read("cifar100", folder, ridge_read_params(.part = "test"), &set));
    check_rows(&set, 2, 100);
}

static void missing_and_damaged(void **state)
{
    (void)state;
    ridge_dataset *set = NULL;
    const char *folder = make_folder("sparse");
    assert_fails(ridge_dataset_read("cifar10", folder, ridge_read_params(.part = "test"), &set),
                 RIDGE_ERROR_FILE,
                 "sparse: no cifar10 files there: looked for test_batch.bin, test_batch.bin.gz");
    assert_fails(ridge_dataset_read("cifar10", folder, ridge_read_params(.part = "dev"), &set),
                 RIDGE_ERROR_ARGUMENT, "part: expected train or test, got dev");
    assert_fails(ridge_dataset_read("cifar10", test_path("nowhere"), NULL, &set), RIDGE_ERROR_FILE,
                 "nowhere: no cifar10 files there");
    test_write("sparse/data_batch_1.bin", make_rows(0, 1, ROW), ROW);
    test_write("sparse/data_batch_2.bin", make_rows(0, 1, ROW), ROW - 3);
    assert_fails(ridge_dataset_read("cifar10", folder, NULL, &set), RIDGE_ERROR_FORMAT,
                 "sparse/data_batch_2.bin: truncated: expected rows of 3073 bytes, row 0 at byte 0 "
                 "has only 3070");
    size_t size;
    unsigned char *packed = test_gzip(make_rows(0, 1, ROW), ROW, &size);
    test_write("sparse/data_batch_2.bin", packed, size - 5);
    assert_fails(ridge_dataset_read("cifar10", folder, NULL, &set), RIDGE_ERROR_FORMAT,
                 "sparse/data_batch_2.bin: truncated gzip file");
    free(packed);
    assert_null(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_kinds),          cmocka_unit_test(bad_sizes),
        cmocka_unit_test(bad_values),          cmocka_unit_test(folders),
        cmocka_unit_test(missing_and_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

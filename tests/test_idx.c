// SPDX-License-Identifier: Apache-2.0
// IDX: files of every kind that is read, and each way in which one can be wrong.
#include "data/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "harness.h"

#define BYTES(...) ((const unsigned char[]){__VA_ARGS__}), sizeof((unsigned char[]){__VA_ARGS__})

// Two images of 2 x 3 and their labels.
#define IMAGES 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
#define LABELS 0, 0, 8, 1, 0, 0, 0, 2, 4, 0

static ridge_status parse(const void *images, size_t images_size, const void *labels,
                          size_t labels_size, ridge_dataset **set)
{
    struct ridge_source x = test_source("images", images, images_size);
    struct ridge_source y = test_source("labels", labels, labels_size);
    *set = NULL;
    ridge_status status = ridge_idx_parse(&x, labels ? &y : NULL, set);
    ridge_source_free(&x);
    ridge_source_free(&y);
    return status;
}

static void check_pair(ridge_dataset *set)
{
    static const unsigned char pixels[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    size_t shape[RIDGE_MAX_RANK];
    assert_int_equal(ridge_dataset_count(set), 2);
    assert_int_equal(ridge_dataset_shape(set, shape), 2);
    assert_true(shape[0] == 2 && shape[1] == 3);
    assert_memory_equal(ridge_dataset_x(set, NULL), pixels, sizeof(pixels));
    assert_memory_equal(ridge_dataset_y(set, NULL), ((int32_t[]){4, 0}), 8);
    assert_int_equal(ridge_dataset_classes(set), 5);
}

static void images_and_labels(void **state)
{
    (void)state;
    ridge_dataset *set;
    assert_ok(parse(BYTES(IMAGES), BYTES(LABELS), &set));
    check_pair(set);
    ridge_dataset_destroy(&set);
    assert_ok(parse(BYTES(IMAGES), NULL, 0, &set));
    assert_null(ridge_dataset_y(set, NULL));
    ridge_dataset_destroy(&set);
}

static void floats(void **state)
{
    (void)state;
    ridge_dataset *set;
    ridge_type type;
    // 1.0, -2.5 and 0.1 as one row of three
    assert_ok(parse(BYTES(0, 0, 0x0d, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0,
                          0x3d, 0xcc, 0xcc, 0xcd),
                    NULL, 0, &set));
    assert_memory_equal(ridge_dataset_x(set, &type), ((float[]){1.0f, -2.5f, 0.1f}), 12);
    assert_int_equal(type, RIDGE_FLOAT32);
    ridge_dataset_destroy(&set);
    assert_fails(
        parse(BYTES(0, 0, 0x0d, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0x3f, 0x80, 0, 0, 0x7f, 0xc0, 0, 0),
              NULL, 0, &set),
        RIDGE_ERROR_DATA, "images: x: row 1, value 0: expected a finite number, got nan");
}

// Files of images that are refused.
static const struct {
    const char *text;
    ridge_status status;
    size_t size;
    unsigned char bytes[32];
} image_files[] = {
    {"images: expected an IDX header, the file has only 0 bytes", RIDGE_ERROR_FORMAT, 0, {0}},
    {"only 3 bytes", RIDGE_ERROR_FORMAT, 3, {0, 0, 8}},
    {"images: not an IDX file: expected it to start with 0000 and a type from 08 to 0e, "
     "got 8950 4e",
     RIDGE_ERROR_FORMAT,
     8,
     {0x89, 'P', 'N', 'G', 13, 10, 26, 10}},
    {"got 0000 0a", RIDGE_ERROR_FORMAT, 8, {0, 0, 0x0a, 1, 0, 0, 0, 1}},
    {"expected 1 to 5 dimensions, the header has 0", RIDGE_ERROR_FORMAT, 4, {0, 0, 8, 0}},
    {"expected 1 to 5 dimensions, the header has 255", RIDGE_ERROR_FORMAT, 4, {0, 0, 8, 255}},
    {"truncated in the header, after 15 of 16 bytes",
     RIDGE_ERROR_FORMAT,
     15,
     {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0}},
    {"images: dimension 1 is 0",
     RIDGE_ERROR_FORMAT,
     16,
     {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3}},
    {"dimension 0 is 0", RIDGE_ERROR_FORMAT, 12, {0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 3}},
    {"truncated: the header announces 2 x 2 uint8, 3 bytes follow it",
     RIDGE_ERROR_FORMAT,
     15,
     {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3}},
    {"1 bytes more than the 2 x 2 uint8 that the header announces",
     RIDGE_ERROR_FORMAT,
     17,
     {0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5}},
    {"7 bytes follow it",
     RIDGE_ERROR_FORMAT,
     19,
     {0, 0, 0x0d, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}},
    {"2 bytes more than the 1 x 1 float32",
     RIDGE_ERROR_FORMAT,
     18,
     {0, 0, 0x0d, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}},
    // The product is 2^64, so 0 in 64 bits.
    {"truncated: the header announces 65536 x 65536 x 65536 x 65536 uint8",
     RIDGE_ERROR_FORMAT,
     20,
     {0, 0, 8, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0}},
    {"truncated: the header announces 4294967295 x 4294967295 float64",
     RIDGE_ERROR_FORMAT,
     13,
     {0, 0, 0x0e, 2, 255, 255, 255, 255, 255, 255, 255, 255, 0}},
    {"expected images (2 or more dimensions), the header has 1",
     RIDGE_ERROR_FORMAT,
     9,
     {0, 0, 8, 1, 0, 0, 0, 1, 5}},
    {"expected uint8 or float32 images, got int16",
     RIDGE_ERROR_UNSUPPORTED,
     14,
     {0, 0, 0x0b, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1}},
};

static void bad_images(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(image_files) / sizeof(image_files[0]); i++) {
        ridge_dataset *set;
        assert_fails(parse(image_files[i].bytes, image_files[i].size, NULL, 0, &set),
                     image_files[i].status, image_files[i].text);
        assert_null(set);
    }
}

// Every prefix of a good file is refused, and so is the file with a byte more.
static void every_truncation(void **state)
{
    (void)state;
    const unsigned char images[] = {IMAGES, 0}, labels[] = {LABELS, 0};
    ridge_dataset *set;
    for (size_t size = 0; size <= sizeof(images); size++)
        if (size != sizeof(images) - 1)
            assert_int_equal(parse(images, size, BYTES(LABELS), &set), RIDGE_ERROR_FORMAT);
    for (size_t size = 0; size <= sizeof(labels); size++)
        if (size != sizeof(labels) - 1)
            assert_int_equal(parse(BYTES(IMAGES), labels, size, &set), RIDGE_ERROR_FORMAT);
}

static void bad_labels(void **state)
{
    (void)state;
    ridge_dataset *set;
    assert_fails(parse(BYTES(IMAGES), BYTES(0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3), &set),
                 RIDGE_ERROR_FORMAT,
                 "labels: expected a label for each of the 2 images of images, got 3");
    assert_fails(parse(BYTES(IMAGES), BYTES(IMAGES), &set), RIDGE_ERROR_FORMAT,
                 "labels: expected labels (1 dimension), the header has 3");
    assert_fails(parse(BYTES(IMAGES), BYTES(0, 0, 9, 1, 0, 0, 0, 2, 1, 2), &set),
                 RIDGE_ERROR_UNSUPPORTED, "labels: expected uint8 labels, got int8");
    assert_fails(parse(BYTES(LABELS), BYTES(IMAGES), &set), RIDGE_ERROR_FORMAT,
                 "images: expected images");
    assert_null(set);
}

static const char *make_folder(const char *name)
{
    const char *folder = test_path(name);
    assert_int_equal(mkdir(folder, 0777), 0);
    return folder;
}

static void check_folder(const char *folder, const ridge_read_params *params)
{
    ridge_dataset *set = NULL;
    assert_ok(ridge_dataset_read("idx", folder, params, &set));
    check_pair(set);
    ridge_dataset_destroy(&set);
}

static void folders(void **state)
{
    (void)state;
    const char *folder = make_folder("plain");
    test_write("plain/train-images-idx3-ubyte", BYTES(IMAGES));
    test_write("plain/train-labels-idx1-ubyte", BYTES(LABELS));
    check_folder(folder, NULL);
    check_folder(folder, ridge_read_params(.part = "train"));
    test_write("plain/test-images-idx3-ubyte", BYTES(IMAGES));
    test_write_gzip("plain/test-labels-idx1-ubyte.gz", BYTES(LABELS));
    check_folder(folder, ridge_read_params(.part = "test"));

    folder = make_folder("packed");
    test_write_gzip("packed/t10k-images-idx3-ubyte.gz", BYTES(IMAGES));
    test_write_gzip("packed/t10k-labels-idx1-ubyte.gz", BYTES(LABELS));
    check_folder(folder, ridge_read_params(.part = "test"));
    // packed without saying so in the name
    test_write_gzip("packed/train-images-idx3-ubyte", BYTES(IMAGES));
    test_write("packed/train-labels-idx1-ubyte", BYTES(LABELS));
    check_folder(folder, NULL);
}

static void named_files(void **state)
{
    (void)state;
    const char *folder = make_folder("named"), *images = test_write("named/x", BYTES(IMAGES));
    const char *labels = test_write("named/y", BYTES(LABELS));
    ridge_dataset *set = NULL;
    check_folder(folder, ridge_read_params(.images = "x", .labels = "y"));
    check_folder(NULL, ridge_read_params(.images = images, .labels = labels));
    check_folder(folder, ridge_read_params(.images = images, .labels = "y"));
    assert_ok(ridge_dataset_read("idx", folder, ridge_read_params(.images = "x"), &set));
    assert_int_equal(ridge_dataset_target_size(set), 0);
    ridge_dataset_destroy(&set);
    assert_ok(ridge_dataset_read("idx", images, NULL, &set));
    assert_int_equal(ridge_dataset_target_size(set), 0);
    ridge_dataset_destroy(&set);
    assert_fails(ridge_dataset_read("idx", folder, ridge_read_params(.labels = "y"), &set),
                 RIDGE_ERROR_ARGUMENT, "images: expected a file name beside labels");
    assert_fails(
        ridge_dataset_read("idx", folder, ridge_read_params(.images = "x", .labels = "z"), &set),
        RIDGE_ERROR_FILE, "named/z: cannot open: No such file");
    assert_null(set);
}

static void missing_files(void **state)
{
    (void)state;
    ridge_dataset *set = NULL;
    const char *folder = make_folder("sparse");
    assert_fails(ridge_dataset_read("idx", folder, NULL, &set), RIDGE_ERROR_FILE,
                 "sparse: no IDX images there: looked for train-images-idx3-ubyte, "
                 "train-images-idx3-ubyte.gz");
    assert_fails(ridge_dataset_read("idx", folder, ridge_read_params(.part = "test"), &set),
                 RIDGE_ERROR_FILE,
                 "looked for t10k-images-idx3-ubyte, t10k-images-idx3-ubyte.gz, "
                 "test-images-idx3-ubyte, test-images-idx3-ubyte.gz");
    test_write("sparse/t10k-images-idx3-ubyte", BYTES(IMAGES));
    assert_fails(ridge_dataset_read("idx", folder, ridge_read_params(.part = "test"), &set),
                 RIDGE_ERROR_FILE,
                 "sparse: no IDX labels there: looked for t10k-labels-idx1-ubyte, "
                 "t10k-labels-idx1-ubyte.gz");
    assert_fails(ridge_dataset_read("idx", folder, ridge_read_params(.part = "dev"), &set),
                 RIDGE_ERROR_ARGUMENT, "part: expected train or test, got dev");
    assert_fails(ridge_dataset_read("idx", test_path("nowhere"), NULL, &set), RIDGE_ERROR_FILE,
                 "nowhere: no IDX images there");
    assert_null(set);
}

static void damaged_gzip_in_a_folder(void **state)
{
    (void)state;
    ridge_dataset *set = NULL;
    const char *folder = make_folder("damaged");
    size_t size;
    unsigned char *packed = test_gzip(BYTES(IMAGES), &size);
    test_write("damaged/train-images-idx3-ubyte.gz", packed, size - 5);
    test_write("damaged/train-labels-idx1-ubyte", BYTES(LABELS));
    assert_fails(ridge_dataset_read("idx", folder, NULL, &set), RIDGE_ERROR_FORMAT,
                 "damaged/train-images-idx3-ubyte.gz: truncated gzip file");
    assert_null(set);
    free(packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_and_labels),
        cmocka_unit_test(floats),
        cmocka_unit_test(bad_images),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(bad_labels),
        cmocka_unit_test(folders),
        cmocka_unit_test(named_files),
        cmocka_unit_test(missing_files),
        cmocka_unit_test(damaged_gzip_in_a_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// Data sets from arrays: what is stored, what is refused, slices; and the bundled sets.
#include <ridge/data.h>

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "harness.h"

static const float features[6] = {1, 2, 3, 4, 5, 6};

static void labelled(void **state)
{
    (void)state;
    int32_t labels[] = {2, 0, 1};
    float x[6];
    ridge_dataset *set = NULL;
    memcpy(x, features, sizeof(x));
    assert_ok(ridge_dataset_create(
        ridge_dataset_params(.x = x, .count = 3, .shape = {2}, .y = labels, .y_type = RIDGE_INT32),
        &set));
    memset(x, 0, sizeof(x)); // the set has its own copy
    memset(labels, 0, sizeof(labels));

    size_t shape[RIDGE_MAX_RANK];
    ridge_type x_type, y_type;
    float scale, shift;
    assert_int_equal(ridge_dataset_count(set), 3);
    assert_int_equal(ridge_dataset_shape(set, shape), 1);
    assert_int_equal(shape[0], 2);
    assert_int_equal(ridge_dataset_classes(set), 3);
    assert_int_equal(ridge_dataset_target_size(set), 1);
    assert_memory_equal(ridge_dataset_x(set, &x_type), features, sizeof(features));
    assert_int_equal(x_type, RIDGE_FLOAT32);
    assert_memory_equal(ridge_dataset_y(set, &y_type), ((int32_t[]){2, 0, 1}), 12);
    assert_int_equal(y_type, RIDGE_INT32);
    ridge_dataset_scale(set, &scale, &shift);
    assert_true(scale == 1 && shift == 0);
    ridge_dataset_destroy(&set);
    assert_null(set);
    ridge_dataset_destroy(&set);
    ridge_dataset_destroy(NULL);
}

static void bytes_without_targets(void **state)
{
    (void)state;
    unsigned char x[24];
    for (unsigned i = 0; i < sizeof(x); i++)
        x[i] = (unsigned char)(i * 10);
    ridge_dataset *set = NULL;
    size_t shape[RIDGE_MAX_RANK];
    ridge_type type;
    float scale, shift;
    assert_ok(ridge_dataset_create(
        ridge_dataset_params(.x = x, .x_type = RIDGE_UINT8, .count = 2, .shape = {2, 3, 2, 1}),
        &set));
    assert_int_equal(ridge_dataset_shape(set, shape), 4);
    assert_true(shape[0] == 2 && shape[1] == 3 && shape[2] == 2 && shape[3] == 1);
    assert_memory_equal(ridge_dataset_x(set, &type), x, sizeof(x));
    assert_int_equal(type, RIDGE_UINT8);
    assert_null(ridge_dataset_y(set, &type));
    assert_int_equal(ridge_dataset_classes(set), 0);
    assert_int_equal(ridge_dataset_target_size(set), 0);
    ridge_dataset_scale(set, &scale, &shift);
    assert_true(scale == 1.0f / 255 && shift == 0);
    ridge_dataset_destroy(&set);
}

static void values_and_scale(void **state)
{
    (void)state;
    ridge_dataset *set = NULL;
    float scale, shift;
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = features, .count = 2, .shape = {1, 3},
                                                        .y = features + 1, .target_size = 2,
                                                        .scale = 0.5f, .shift = -1),
                                   &set));
    assert_int_equal(ridge_dataset_classes(set), 0);
    assert_int_equal(ridge_dataset_target_size(set), 2);
    assert_memory_equal(ridge_dataset_y(set, NULL), features + 1, 16);
    ridge_dataset_scale(set, &scale, &shift);
    assert_true(scale == 0.5f && shift == -1);
    ridge_dataset_destroy(&set);
}

static void slices(void **state)
{
    (void)state;
    const int32_t labels[] = {0, 3, 1};
    ridge_dataset *set = NULL, *middle = NULL, *end = NULL, *inner = NULL;
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = features, .count = 3, .shape = {2},
                                                        .y = labels, .y_type = RIDGE_INT32),
                                   &set));
    assert_ok(ridge_dataset_slice(set, 1, 2, &end));
    assert_ok(ridge_dataset_slice(set, 1, 1, &middle));
    assert_ok(ridge_dataset_slice(end, 1, 1, &inner));
    assert_ptr_equal(ridge_dataset_x(end, NULL), (const float *)ridge_dataset_x(set, NULL) + 2);
    ridge_dataset_destroy(&set); // the storage stays
    assert_int_equal(ridge_dataset_count(end), 2);
    assert_memory_equal(ridge_dataset_x(end, NULL), features + 2, 16);
    assert_memory_equal(ridge_dataset_y(end, NULL), labels + 1, 8);
    assert_int_equal(ridge_dataset_classes(inner), 4);
    ridge_dataset_destroy(&end);
    assert_memory_equal(ridge_dataset_x(inner, NULL), features + 4, 8);
    assert_memory_equal(ridge_dataset_x(middle, NULL), features + 2, 8);

    assert_fails(ridge_dataset_slice(middle, 0, 2, &end), RIDGE_ERROR_ARGUMENT,
                 "slice: expected rows of the 1 there are, got 2 from row 0 on");
    assert_fails(ridge_dataset_slice(middle, 0, 0, &end), RIDGE_ERROR_ARGUMENT, "slice: expected");
    assert_fails(ridge_dataset_slice(middle, 1, 1, &end), RIDGE_ERROR_ARGUMENT, "slice: expected");
    assert_fails(ridge_dataset_slice(middle, SIZE_MAX, 2, &end), RIDGE_ERROR_ARGUMENT,
                 "slice: expected");
    assert_fails(ridge_dataset_slice(NULL, 0, 1, &end), RIDGE_ERROR_ARGUMENT, "dataset: expected");
    assert_fails(ridge_dataset_slice(middle, 0, 1, NULL), RIDGE_ERROR_ARGUMENT, "slice: expected");
    assert_null(end);
    ridge_dataset_destroy(&inner);
    ridge_dataset_destroy(&middle);
}

#define REFUSED(status, text, ...)                                                                 \
    do {                                                                                           \
        ridge_dataset *refused = (ridge_dataset *)&refused;                                        \
        assert_fails(ridge_dataset_create(ridge_dataset_params(__VA_ARGS__), &refused), status,    \
                     text);                                                                        \
        assert_null(refused);                                                                      \
    } while (0)

static void refused_fields(void **state)
{
    (void)state;
    const int32_t labels[] = {0, 1, 2};
    ridge_dataset *set = NULL;
    assert_fails(ridge_dataset_create(NULL, &set), RIDGE_ERROR_ARGUMENT, "params: expected");
    assert_fails(ridge_dataset_create(ridge_dataset_params(.x = features), NULL),
                 RIDGE_ERROR_ARGUMENT, "dataset: expected a pointer, got NULL");
    REFUSED(RIDGE_ERROR_ARGUMENT, "x: expected an array, got NULL", .count = 1, .shape = {1});
    REFUSED(RIDGE_ERROR_ARGUMENT, "x_type: expected float32 or uint8, got int32", .x = labels,
            .x_type = RIDGE_INT32, .count = 3, .shape = {1});
    REFUSED(RIDGE_ERROR_ARGUMENT, "count: expected at least 1 row", .x = features, .shape = {1});
    REFUSED(RIDGE_ERROR_ARGUMENT, "shape: expected the shape of a row", .x = features, .count = 6);
    REFUSED(RIDGE_ERROR_ARGUMENT, "exceed the memory", .x = features, .count = SIZE_MAX / 8,
            .shape = {3});
    REFUSED(RIDGE_ERROR_ARGUMENT, "exceed the memory", .x = features, .count = 1,
            .shape = {SIZE_MAX / 16, 5});
    REFUSED(RIDGE_ERROR_ARGUMENT, "target_size: expected 1 for labels (int32), got 2",
            .x = features, .count = 1, .shape = {1}, .y = labels, .y_type = RIDGE_INT32,
            .target_size = 2);
    REFUSED(RIDGE_ERROR_ARGUMENT, "y_type: expected int32 or float32, got uint8", .x = features,
            .count = 1, .shape = {1}, .y = labels, .y_type = RIDGE_UINT8);
    REFUSED(RIDGE_ERROR_ARGUMENT, "classes: expected 0 for targets of type float32, got 3",
            .x = features, .count = 1, .shape = {1}, .y = features, .classes = 3);
    REFUSED(RIDGE_ERROR_ARGUMENT, "target_size: 2 rows", .x = features, .count = 2, .shape = {1},
            .y = features, .target_size = SIZE_MAX / 4);
    REFUSED(RIDGE_ERROR_ARGUMENT, "y: expected an array", .x = features, .count = 1, .shape = {1},
            .classes = 3);
    REFUSED(RIDGE_ERROR_ARGUMENT, "scale, shift: expected finite numbers", .x = features,
            .count = 1, .shape = {1}, .scale = NAN);
}

static void refused_values(void **state)
{
    (void)state;
    const float bad[] = {0, 1, 2, NAN, -INFINITY, 5};
    const int32_t labels[] = {0, 4, -1};
    REFUSED(RIDGE_ERROR_DATA, "x: row 1, value 1: expected a finite number, got nan", .x = bad,
            .count = 3, .shape = {2});
    REFUSED(RIDGE_ERROR_DATA, "x: row 0, value 0: expected a finite number, got -inf", .x = bad + 4,
            .count = 1, .shape = {2});
    REFUSED(RIDGE_ERROR_DATA, "y: row 1, value 0: expected a finite number, got nan", .x = features,
            .count = 3, .shape = {2}, .y = bad + 2);
    REFUSED(RIDGE_ERROR_DATA,
            "y: row 1, value 0: expected float32, got 5.60519e-45, which has the "
            "bits of the int32 4; y_type says what y is",
            .x = features, .count = 2, .shape = {3}, .y = labels);
    REFUSED(RIDGE_ERROR_DATA, "y: row 1: expected a label in [0, 4), got 4", .x = features,
            .count = 2, .shape = {2}, .y = labels, .y_type = RIDGE_INT32, .classes = 4);
    REFUSED(RIDGE_ERROR_DATA, "y: row 2: expected a label of 0 or more, got -1", .x = features,
            .count = 3, .shape = {2}, .y = labels, .y_type = RIDGE_INT32);
}

static void given_classes(void **state)
{
    (void)state;
    const int32_t labels[] = {0, 1, INT32_MAX};
    ridge_dataset *set = NULL;
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = features, .count = 2, .shape = {1},
                                                        .y = labels, .y_type = RIDGE_INT32,
                                                        .classes = 10),
                                   &set));
    assert_int_equal(ridge_dataset_classes(set), 10);
    ridge_dataset_destroy(&set);
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = features, .count = 3, .shape = {1},
                                                        .y = labels, .y_type = RIDGE_INT32),
                                   &set));
    assert_int_equal(ridge_dataset_classes(set), (size_t)INT32_MAX + 1);
    ridge_dataset_destroy(&set);
}

static void formats(void **state)
{
    (void)state;
    const char *name, *help;
    size_t count = 0;
    for (; ridge_dataset_format(count, &name, &help); count++) {
        assert_true(strlen(name) > 0 && strlen(help) > 0);
        assert_null(strchr(help, '\n'));
    }
    assert_int_equal(count, 7);
    assert_false(ridge_dataset_format(SIZE_MAX, &name, &help));

    ridge_dataset *set = (ridge_dataset *)&count;
    assert_fails(ridge_dataset_read("parquet", "x", NULL, &set), RIDGE_ERROR_ARGUMENT,
                 "format: expected one of audio, cifar10, cifar100, csv, idx, images, npy, got "
                 "parquet");
    assert_null(set);
    assert_fails(ridge_dataset_read(NULL, "x", NULL, &set), RIDGE_ERROR_ARGUMENT, "got NULL");
    assert_fails(ridge_dataset_read("csv", "x", NULL, NULL), RIDGE_ERROR_ARGUMENT, "dataset: ");
    for (size_t i = 0; ridge_dataset_format(i, &name, &help); i++) {
        assert_fails(ridge_dataset_read(name, NULL, NULL, &set), RIDGE_ERROR_ARGUMENT, "path: ");
        assert_null(set);
    }
}

static void bundled_moons(void **state)
{
    (void)state;
    ridge_dataset *set = NULL;
    assert_ok(ridge_dataset_read("csv", test_source_path("examples/data/moons.csv"), NULL, &set));
    const float *x = ridge_dataset_x(set, NULL);
    const int32_t *y = ridge_dataset_y(set, NULL);
    assert_int_equal(ridge_dataset_count(set), 100);
    assert_int_equal(ridge_dataset_classes(set), 2);
    assert_true(x[0] == 1.04051282f && x[1] == -0.0233491352f && y[0] == 1 && y[1] == 0);
    int ones = 0;
    for (int i = 0; i < 100; i++)
        ones += y[i];
    assert_int_equal(ones, 50);
    ridge_dataset_destroy(&set);
}

// Rows, size and classes of a pair of IDX files; the labels must use every class.
static void check_images(const char *folder, const char *part, size_t count, size_t side,
                         unsigned char brightest)
{
    ridge_dataset *set = NULL;
    size_t shape[RIDGE_MAX_RANK];
    ridge_type type;
    assert_ok(ridge_dataset_read("idx", folder, ridge_read_params(.part = part), &set));
    assert_int_equal(ridge_dataset_count(set), count);
    assert_int_equal(ridge_dataset_shape(set, shape), 2);
    assert_true(shape[0] == side && shape[1] == side);
    assert_int_equal(ridge_dataset_classes(set), 10);
    const unsigned char *pixels = ridge_dataset_x(set, &type);
    assert_int_equal(type, RIDGE_UINT8);
    unsigned char largest = 0;
    for (size_t i = 0; i < count * side * side; i++)
        largest = pixels[i] > largest ? pixels[i] : largest;
    assert_int_equal(largest, brightest);
    size_t seen[10] = {0};
    const int32_t *labels = ridge_dataset_y(set, NULL);
    for (size_t i = 0; i < count; i++)
        seen[labels[i]]++;
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], count / 20, count / 5);
    ridge_dataset_destroy(&set);
}

static void bundled_digits(void **state)
{
    (void)state;
    check_images(test_source_path("examples/data/digits"), "train", 1437, 8, 255);
    check_images(test_source_path("examples/data/digits"), "test", 360, 8, 255);
}

static void real_mnist(void **state)
{
    (void)state;
    const char *folder = test_data_path("mnist");
    if (!folder)
        skip();
    check_images(folder, "train", 60000, 28, 255);
    check_images(folder, "test", 10000, 28, 255);
}

static void real_cifar10(void **state)
{
    (void)state;
    static const struct {
        const char *part;
        size_t count;
        unsigned char first[4]; // red pixels of the first row
        int32_t label;
    } parts[] = {{"train", 10000, {59, 43, 50, 68}, 6}, {"test", 1000, {158, 159, 165, 166}, 3}};
    const char *folder = test_data_path("cifar10");
    if (!folder)
        skip();
    for (int i = 0; i < 2; i++) {
        ridge_dataset *set = NULL;
        assert_ok(
            ridge_dataset_read("cifar10", folder, ridge_read_params(.part = parts[i].part), &set));
        assert_int_equal(ridge_dataset_count(set), parts[i].count);
        assert_memory_equal(ridge_dataset_x(set, NULL), parts[i].first, 4);
        assert_int_equal(((const int32_t *)ridge_dataset_y(set, NULL))[0], parts[i].label);
        ridge_dataset_destroy(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labelled),         cmocka_unit_test(bytes_without_targets),
        cmocka_unit_test(values_and_scale), cmocka_unit_test(slices),
        cmocka_unit_test(refused_fields),   cmocka_unit_test(refused_values),
        cmocka_unit_test(given_classes),    cmocka_unit_test(formats),
        cmocka_unit_test(bundled_moons),    cmocka_unit_test(bundled_digits),
        cmocka_unit_test(real_mnist),       cmocka_unit_test(real_cifar10),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

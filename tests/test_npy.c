// SPDX-License-Identifier: Apache-2.0
// NPY: files of NumPy's, files of our own, and each way in which one can be wrong.
#include "files/numpy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "data/reader.h"
#include "files.h"
#include "harness.h"

// A whole file from the text of its dictionary and its data; version 1 with the right length.
static struct ridge_source npy(const char *name, const char *dictionary, const void *data,
                               size_t size)
{
    unsigned char bytes[1000] = "\x93NUMPY\x01";
    size_t length = strlen(dictionary);
    bytes[8] = (unsigned char)length;
    bytes[9] = (unsigned char)(length >> 8);
    memcpy(bytes + 10, dictionary, length);
    if (size)
        memcpy(bytes + 10 + length, data, size);
    return test_source(name, bytes, 10 + length + size);
}

#define DICTIONARY(type, shape)                                                                    \
    "{'descr': '" type "', 'fortran_order': False, 'shape': " shape ", }"

static ridge_status parse(struct ridge_source x, const struct ridge_source *y, ridge_dataset **set)
{
    *set = NULL;
    return ridge_npy_parse_dataset(&x, y, set);
}

static void written_by_numpy(void **state)
{
    (void)state;
    static const float weight[] = {-0.5f, -0.25f, 0, 0.25f, 0.5f, 0.75f};
    static const char *const names[] = {"tests/golden/python_f4.npy",
                                        "tests/golden/python_f8_v2.npy"};
    for (size_t i = 0; i < 2; i++) {
        ridge_dataset *set = NULL;
        size_t shape[RIDGE_MAX_RANK];
        ridge_type type;
        assert_ok(ridge_dataset_read("npy", test_source_path(names[i]), NULL, &set));
        assert_int_equal(ridge_dataset_count(set), 2);
        assert_int_equal(ridge_dataset_shape(set, shape), 1);
        assert_int_equal(shape[0], 3);
        assert_memory_equal(ridge_dataset_x(set, &type), weight, sizeof(weight));
        assert_int_equal(type, RIDGE_FLOAT32);
        const int32_t *labels = ridge_dataset_y(set, NULL);
        if (i == 0)
            assert_memory_equal(labels, ((int32_t[]){1, 4}), 8); // found beside the features
        else
            assert_null(labels);
        ridge_dataset_destroy(&set);
    }
}

static void headers(void **state)
{
    (void)state;
    static const char *const texts[] = {
        DICTIONARY("|u1", "(2, 3)"),
        DICTIONARY("|u1", "(2, 3, )") "          \n",
        "{'shape':(2,3),'fortran_order':False,'descr':'|u1'}",
        " { \"descr\" : \"|u1\" ,\n\t\"shape\" : ( 2 , 3 ) , \"fortran_order\" : False } \n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct ridge_source source = npy("a.npy", texts[i], "abcdef", 6);
        struct ridge_npy array;
        assert_ok(ridge_npy_parse(source.name, source.data, source.size, &array));
        assert_int_equal(array.type, RIDGE_NPY_UINT8);
        assert_int_equal(array.rank, 2);
        assert_true(array.shape[0] == 2 && array.shape[1] == 3 && array.count == 6);
        assert_memory_equal(array.data, "abcdef", 6);
        ridge_source_free(&source);
    }
    struct ridge_source scalar = npy("a.npy", DICTIONARY("<i8", "()"), "abcdefgh", 8);
    struct ridge_npy array;
    assert_ok(ridge_npy_parse(scalar.name, scalar.data, scalar.size, &array));
    assert_true(array.rank == 0 && array.count == 1);
    ridge_source_free(&scalar);
}

static void bad_headers(void **state)
{
    (void)state;
    static const struct {
        const char *dictionary, *message;
        ridge_status status;
    } cases[] = {
        {"", "a.npy: NPY header, character 0: expected a dictionary", RIDGE_ERROR_FORMAT},
        {"{", "character 1: expected a string", RIDGE_ERROR_FORMAT},
        {"{}", "character 2: expected the keys descr, fortran_order and shape before this",
         RIDGE_ERROR_FORMAT},
        {"{'descr", "character 1: expected a closed string", RIDGE_ERROR_FORMAT},
        {"{'descr' '|u1'}", "character 9: expected a colon", RIDGE_ERROR_FORMAT},
        {"{'other': '|u1'}", "expected the keys descr, fortran_order and shape, once each",
         RIDGE_ERROR_FORMAT},
        {"{'descr': '|u1', 'descr': '|u1'}", "once each", RIDGE_ERROR_FORMAT},
        {"{'descr': '|u1' 'shape': (1,)}", "expected a comma or a brace", RIDGE_ERROR_FORMAT},
        {"{'descr': '|u1', 'shape': (6,)}", "expected the keys", RIDGE_ERROR_FORMAT},
        {"{'descr': '|u1', 'fortran_order': 0}", "expected True or False", RIDGE_ERROR_FORMAT},
        {DICTIONARY("|u1", "6"), "expected a shape in parentheses", RIDGE_ERROR_FORMAT},
        {DICTIONARY("|u1", "(-6,)"), "expected a size", RIDGE_ERROR_FORMAT},
        {DICTIONARY("|u1", "(2 3)"), "expected a comma or a parenthesis", RIDGE_ERROR_FORMAT},
        {DICTIONARY("|u1", "(6"), "expected a size", RIDGE_ERROR_FORMAT},
        {DICTIONARY("|u1", "(6,)") "x", "expected nothing behind the dictionary",
         RIDGE_ERROR_FORMAT},
        {DICTIONARY("|u1", "(99999999999999999999,)"), "expected a size that memory can hold",
         RIDGE_ERROR_FORMAT},
        {DICTIONARY("|u1", "(0, 6)"), "a.npy: dimension 0 is 0", RIDGE_ERROR_FORMAT},
        {DICTIONARY("|u1", "(6, 0)"), "a.npy: dimension 1 is 0", RIDGE_ERROR_FORMAT},
        {DICTIONARY("|u1", "(7,)"),
         "a.npy: truncated: the header announces more than the 6 bytes that follow it",
         RIDGE_ERROR_FORMAT},
        {DICTIONARY("<f4", "(2,)"), "truncated", RIDGE_ERROR_FORMAT},
        {DICTIONARY("|u1", "(5,)"), "a.npy: the header announces 5 bytes of data, 6 follow it",
         RIDGE_ERROR_FORMAT},
        {DICTIONARY("<f4", "(1,)"), "announces 4 bytes of data, 6 follow it", RIDGE_ERROR_FORMAT},
        // The product is 2^64, so 0 in 64 bits.
        {DICTIONARY("|u1", "(4294967296, 4294967296)"), "truncated", RIDGE_ERROR_FORMAT},
        {DICTIONARY("<f8", "(2305843009213693952,)"), "truncated", RIDGE_ERROR_FORMAT},
        {DICTIONARY("|u1", "(1, 1, 1, 1, 1, 6)"), "a.npy: expected at most 5 dimensions",
         RIDGE_ERROR_UNSUPPORTED},
        {DICTIONARY(">f4", "(1,)"),
         "a.npy: expected elements of type <f4, <f8, |u1, <i4 or <i8, got >f4",
         RIDGE_ERROR_UNSUPPORTED},
        {DICTIONARY("|O", "(1,)"), "got |O", RIDGE_ERROR_UNSUPPORTED},
        {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
         "a.npy: expected an array of plain numbers, got a structured type",
         RIDGE_ERROR_UNSUPPORTED},
        {"{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }",
         "a.npy: the array is in Fortran order; save numpy.ascontiguousarray(a)",
         RIDGE_ERROR_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ridge_source source = npy("a.npy", cases[i].dictionary, "abcdef", 6);
        struct ridge_npy array;
        assert_fails(ridge_npy_parse(source.name, source.data, source.size, &array),
                     cases[i].status, cases[i].message);
        ridge_source_free(&source);
    }
}

static void bad_starts(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *message;
        size_t size;
        ridge_status status;
    } cases[] = {
        {"", "a.npy: not an NPY file (0 bytes)", 0, RIDGE_ERROR_FORMAT},
        {"\x93NUMPY\x01\0\0", "not an NPY file (9 bytes)", 9, RIDGE_ERROR_FORMAT},
        {"PK\3\4 a zip file", "not an NPY file", 15, RIDGE_ERROR_FORMAT},
        {"\x93NUMPY\x04\0\0\0\0\0", "expected NPY version 1 to 3, got 4", 12,
         RIDGE_ERROR_UNSUPPORTED},
        {"\x93NUMPY\x01\0\x02\0 ", "a.npy: truncated in the NPY header (11 bytes)", 11,
         RIDGE_ERROR_FORMAT},
        {"\x93NUMPY\x02\0\x02\0", "truncated in the NPY header", 10, RIDGE_ERROR_FORMAT},
        {"\x93NUMPY\x03\0\xff\xff\xff\xff{}", "truncated in the NPY header", 14,
         RIDGE_ERROR_FORMAT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ridge_source source = test_source("a.npy", cases[i].bytes, cases[i].size);
        struct ridge_npy array;
        assert_fails(ridge_npy_parse(source.name, source.data, source.size, &array),
                     cases[i].status, cases[i].message);
        ridge_source_free(&source);
    }
}

// Every prefix of a good file is refused.
static void every_truncation(void **state)
{
    (void)state;
    struct ridge_source whole = npy("a.npy", DICTIONARY("<f4", "(2, 1)"), "abcdefgh", 8);
    for (size_t size = 0; size < whole.size; size++) {
        struct ridge_source source = test_source("a.npy", whole.data, size);
        struct ridge_npy array;
        assert_int_equal(ridge_npy_parse(source.name, source.data, source.size, &array),
                         RIDGE_ERROR_FORMAT);
        ridge_source_free(&source);
    }
    ridge_source_free(&whole);
}

static void targets(void **state)
{
    (void)state;
    struct ridge_source x = npy("x.npy", DICTIONARY("|u1", "(2, 3)"), "abcdef", 6);
    const struct {
        const char *dictionary;
        const void *data;
        size_t size, target_size, classes;
        const void *expected;
    } cases[] = {
        {DICTIONARY("<i8", "(2,)"), (int64_t[]){3, 1}, 16, 1, 4, (int32_t[]){3, 1}},
        {DICTIONARY("<i4", "(2, 1)"), (int32_t[]){0, 9}, 8, 1, 10, (int32_t[]){0, 9}},
        {DICTIONARY("|u1", "(2,)"), "\xff\x01", 2, 1, 256, (int32_t[]){255, 1}},
        {DICTIONARY("<f4", "(2,)"), (float[]){3, 1}, 8, 1, 0, (float[]){3, 1}},
        {DICTIONARY("<f8", "(2, 2)"), (double[]){0.5, 1, 2, 1e30}, 32, 2, 0,
         (float[]){0.5f, 1, 2, 1e30f}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ridge_dataset *set;
        struct ridge_source y = npy("y.npy", cases[i].dictionary, cases[i].data, cases[i].size);
        assert_ok(parse(x, &y, &set));
        assert_int_equal(ridge_dataset_target_size(set), cases[i].target_size);
        assert_int_equal(ridge_dataset_classes(set), cases[i].classes);
        assert_memory_equal(ridge_dataset_y(set, NULL), cases[i].expected,
                            2 * cases[i].target_size * 4);
        ridge_dataset_destroy(&set);
        ridge_source_free(&y);
    }
    ridge_source_free(&x);
}

static void bad_targets(void **state)
{
    (void)state;
    struct ridge_source x = npy("x.npy", DICTIONARY("|u1", "(2, 3)"), "abcdef", 6);
    const struct {
        const char *dictionary;
        const void *data;
        size_t size;
        ridge_status status;
        const char *message;
    } cases[] = {
        {DICTIONARY("|u1", "(3,)"), "abc", 3, RIDGE_ERROR_FORMAT,
         "y.npy: expected targets for 2 rows, got 3"},
        {DICTIONARY("|u1", "(2, 2)"), "abcd", 4, RIDGE_ERROR_FORMAT,
         "y.npy: expected one label or one row of float values for each row"},
        {DICTIONARY("|u1", "()"), "a", 1, RIDGE_ERROR_FORMAT, "y.npy: expected one label"},
        {DICTIONARY("<i8", "(2,)"), (int64_t[]){1, -1}, 16, RIDGE_ERROR_DATA,
         "y.npy: row 1: expected a label from 0 to 2147483647, got -1"},
        {DICTIONARY("<i8", "(2,)"), (int64_t[]){INT64_C(1) << 32, 1}, 16, RIDGE_ERROR_DATA,
         "y.npy: row 0: expected a label from 0 to 2147483647, got 4294967296"},
        {DICTIONARY("<i4", "(2,)"), (int32_t[]){1, -7}, 8, RIDGE_ERROR_DATA, "got -7"},
        {DICTIONARY("<f4", "(2,)"), (float[]){1, NAN}, 8, RIDGE_ERROR_DATA,
         "x.npy, y.npy: y: row 1, value 0: expected a finite number, got nan"},
        {DICTIONARY("<f8", "(2, 1)"), (double[]){-1e39, 1}, 16, RIDGE_ERROR_DATA,
         "x.npy, y.npy: y: row 0, value 0: expected a finite number, got -inf"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ridge_dataset *set;
        struct ridge_source y = npy("y.npy", cases[i].dictionary, cases[i].data, cases[i].size);
        assert_fails(parse(x, &y, &set), cases[i].status, cases[i].message);
        assert_null(set);
        ridge_source_free(&y);
    }
    ridge_source_free(&x);
}

static void bad_features(void **state)
{
    (void)state;
    const struct {
        const char *dictionary;
        const void *data;
        size_t size;
        ridge_status status;
        const char *message;
    } cases[] = {
        {DICTIONARY("<f4", "()"), (float[]){1}, 4, RIDGE_ERROR_FORMAT,
         "x.npy: expected rows of features, got a single number"},
        {DICTIONARY("<i4", "(1,)"), (int32_t[]){1}, 4, RIDGE_ERROR_UNSUPPORTED,
         "x.npy: expected features of type <f4, <f8 or |u1, got <i4"},
        {DICTIONARY("<f4", "(2, 1)"), (float[]){1, INFINITY}, 8, RIDGE_ERROR_DATA,
         "x.npy: x: row 1, value 0: expected a finite number, got inf"},
        {DICTIONARY("<f8", "(1, 2)"), (double[]){1, 1e39}, 16, RIDGE_ERROR_DATA,
         "x.npy: x: row 0, value 1: expected a finite number, got inf"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ridge_dataset *set;
        struct ridge_source x = npy("x.npy", cases[i].dictionary, cases[i].data, cases[i].size);
        assert_fails(parse(x, NULL, &set), cases[i].status, cases[i].message);
        assert_null(set);
        ridge_source_free(&x);
    }
}

static void written_and_read(void **state)
{
    (void)state;
    const size_t shape[] = {2, 3, 1, 1, 1};
    const float values[] = {1, -2, 3.5f, 0, 1e-40f, 1e38f};
    for (unsigned rank = 2; rank <= 5; rank++) {
        const char *path = test_path("out.npy");
        assert_ok(ridge_npy_write(path, RIDGE_FLOAT32, rank, shape, values));
        unsigned char *bytes;
        size_t size;
        struct ridge_npy array;
        assert_ok(ridge_file_read(path, 0, &bytes, &size));
        assert_ok(ridge_npy_parse(path, bytes, size, &array));
        assert_int_equal(array.type, RIDGE_NPY_FLOAT32);
        assert_int_equal(array.rank, rank);
        assert_memory_equal(array.shape, shape, rank * sizeof(*shape));
        assert_memory_equal(array.data, values, sizeof(values));
        assert_int_equal((array.data - bytes) % 64, 0);
        free(bytes);
    }
}

// The very bytes that NumPy writes.
static void written_as_numpy_does(void **state)
{
    (void)state;
    static const float weight[] = {-0.5f, -0.25f, 0, 0.25f, 0.5f, 0.75f};
    unsigned char *bytes;
    size_t size;
    const char *path = test_path("f4.npy");
    assert_ok(ridge_npy_write(path, RIDGE_FLOAT32, 2, (const size_t[]){2, 3}, weight));
    assert_ok(ridge_file_read(test_source_path("tests/golden/python_f4.npy"), 0, &bytes, &size));
    assert_true(test_holds(path, bytes, size));
    free(bytes);
}

static void unwritable(void **state)
{
    (void)state;
    const float value = 1;
    assert_fails(ridge_npy_write(test_path("absent/f4.npy"), RIDGE_FLOAT32, 0, NULL, &value),
                 RIDGE_ERROR_FILE, "absent/f4.npy: cannot create a file beside it");
}

static void files(void **state)
{
    (void)state;
    ridge_dataset *set = NULL;
    const unsigned char pixels[] = {1, 2, 3, 4}, classes[] = {1, 0};
    const char *x = test_path("set.npy"), *y = test_path("classes.npy");
    assert_ok(ridge_npy_write(x, RIDGE_UINT8, 3, (const size_t[]){2, 1, 2}, pixels));
    assert_ok(ridge_npy_write(y, RIDGE_UINT8, 1, (const size_t[]){2}, classes));
    assert_ok(ridge_dataset_read("npy", x, NULL, &set));
    assert_null(ridge_dataset_y(set, NULL));
    ridge_dataset_destroy(&set);
    assert_ok(ridge_dataset_read("npy", x, ridge_read_params(.targets = y), &set));
    assert_int_equal(ridge_dataset_classes(set), 2);
    ridge_dataset_destroy(&set);
    assert_fails(ridge_dataset_read("npy", x, ridge_read_params(.targets = "/absent/y.npy"), &set),
                 RIDGE_ERROR_FILE, "/absent/y.npy: cannot open");
    // one number a row is one feature a row
    assert_ok(ridge_dataset_read("npy", y, NULL, &set));
    size_t shape[RIDGE_MAX_RANK];
    assert_int_equal(ridge_dataset_shape(set, shape), 1);
    assert_int_equal(shape[0], 1);
    ridge_dataset_destroy(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_by_numpy), cmocka_unit_test(headers),
        cmocka_unit_test(bad_headers),      cmocka_unit_test(bad_starts),
        cmocka_unit_test(every_truncation), cmocka_unit_test(targets),
        cmocka_unit_test(bad_targets),      cmocka_unit_test(bad_features),
        cmocka_unit_test(written_and_read), cmocka_unit_test(written_as_numpy_does),
        cmocka_unit_test(unwritable),       cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
// CSV: what is read, and where the complaint points to when it is not.
#include "data/reader.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "harness.h"

static ridge_status parse_bytes(const char *text, size_t size, const ridge_read_params *params,
                                ridge_dataset **set)
{
    struct ridge_source source = test_source("t.csv", text, size);
    *set = NULL;
    ridge_status status = ridge_csv_parse(&source, params, set);
    ridge_source_free(&source);
    return status;
}

static ridge_status parse(const char *text, const ridge_read_params *params, ridge_dataset **set)
{
    return parse_bytes(text, strlen(text), params, set);
}

#define DEFAULTS ridge_read_params(.part = NULL)
#define NO_TARGET ridge_read_params(.label = "none")
#define VALUES(...) ((const float[]){__VA_ARGS__})
#define LABELS(...) ((const int32_t[]){__VA_ARGS__})

// Reads `text` and compares; `labels` and `values` NULL: none expected.
static void check(const char *text, const ridge_read_params *params, size_t rows, size_t columns,
                  const float *x, const int32_t *labels, const float *values)
{
    ridge_dataset *set;
    size_t shape[RIDGE_MAX_RANK];
    ridge_type type;
    assert_ok(parse(text, params, &set));
    assert_int_equal(ridge_dataset_count(set), rows);
    assert_int_equal(ridge_dataset_shape(set, shape), 1);
    assert_int_equal(shape[0], columns);
    assert_memory_equal(ridge_dataset_x(set, &type), x, rows * columns * sizeof(float));
    assert_int_equal(type, RIDGE_FLOAT32);
    const void *y = ridge_dataset_y(set, &type);
    if (labels) {
        assert_int_equal(type, RIDGE_INT32);
        assert_memory_equal(y, labels, rows * sizeof(*labels));
    } else if (values) {
        assert_int_equal(type, RIDGE_FLOAT32);
        assert_memory_equal(y, values, rows * sizeof(*values));
    } else {
        assert_null(y);
    }
    ridge_dataset_destroy(&set);
}

static void plain(void **state)
{
    (void)state;
    const float *x = VALUES(1, 2.5f, -3, 4e2f);
    const int32_t *y = LABELS(0, 1);
    check("1,2.5,0\n-3,4e2,1\n", DEFAULTS, 2, 2, x, y, NULL);
    check("a,b,label\n1,2.5,0\n-3,4e2,1\n", DEFAULTS, 2, 2, x, y, NULL);
    check("1,2.5,0\n-3,4e2,1", DEFAULTS, 2, 2, x, y, NULL);                      // no last newline
    check("a,b,c\r\n1,2.5,0\r\n-3,4e2,1\r\n", DEFAULTS, 2, 2, x, y, NULL);       // CRLF
    check("a,b,c\r\n1,2.5,0\r\n-3,4e2,1\r", DEFAULTS, 2, 2, x, y, NULL);         // cut CRLF
    check("\n  \n1,2.5,0\n\r\n\t\n-3,4e2,1\n\n \n", DEFAULTS, 2, 2, x, y, NULL); // blank lines
    check("\xef\xbb\xbf"
          "a,b,c\n1,2.5,0\n-3,4e2,1\n",
          DEFAULTS, 2, 2, x, y, NULL); // byte order mark
    check("\xef\xbb\xbf"
          "1,2.5,0\n-3,4e2,1\n",
          DEFAULTS, 2, 2, x, y, NULL);
    check(" 1 ,2.5, 0 \n -3,\t4e2 ,1\t\n", DEFAULTS, 2, 2, x, y, NULL); // spaces
    check("+1,2.5,0\n-3.,4E+02,01\n", DEFAULTS, 2, 2, x, y, NULL);
}

static void separators(void **state)
{
    (void)state;
    const float *x = VALUES(1, 2, 3, 4);
    const int32_t *y = LABELS(0, 1);
    check("1;2;0\n3;4;1\n", DEFAULTS, 2, 2, x, y, NULL);
    check("1\t2\t0\n3\t4\t1\n", DEFAULTS, 2, 2, x, y, NULL);
    check("a, b\tc\tlabel\n1\t2\t0\n3\t4\t1\n", DEFAULTS, 2, 2, x, y, NULL);
    check("\"a;b\",c,d\n1,2,0\n3,4,1\n", DEFAULTS, 2, 2, x, y, NULL);
}

static void quotes(void **state)
{
    (void)state;
    const float *x = VALUES(1, 2, 3, 4);
    const int32_t *y = LABELS(0, 1);
    check("\"a\",\"b\",\"c\"\n\"1\",2,\"0\"\n3,\"4\" ,1\n", DEFAULTS, 2, 2, x, y, NULL);
    check("\"a,\"\"\nx\",b,c\n1,2,0\n3,4,1\n", DEFAULTS, 2, 2, x, y, NULL);
    check("\"1\",2,0\r\n3,4,\"1\"\r\n", DEFAULTS, 2, 2, x, y, NULL);
}

static void label_column(void **state)
{
    (void)state;
    const char *text = "class,a,\"b \"\"x\"\"\"\n1,2,3\n0,5,6\n";
    check(text, ridge_read_params(.label = "class"), 2, 2, VALUES(2, 3, 5, 6), LABELS(1, 0), NULL);
    check(text, ridge_read_params(.label = "0"), 2, 2, VALUES(2, 3, 5, 6), LABELS(1, 0), NULL);
    check(text, ridge_read_params(.label = "1"), 2, 2, VALUES(1, 3, 0, 6), LABELS(2, 5), NULL);
    check(text, ridge_read_params(.label = "b \"x\""), 2, 2, VALUES(1, 2, 0, 5), LABELS(3, 6),
          NULL);
    check(text, NO_TARGET, 2, 3, VALUES(1, 2, 3, 0, 5, 6), NULL, NULL);
    check("7\n8\n", NO_TARGET, 2, 1, VALUES(7, 8), NULL, NULL);
    // a name goes before a number
    check("a,0\n1,2\n", ridge_read_params(.label = "0"), 1, 1, VALUES(1), LABELS(2), NULL);

    ridge_dataset *set;
    assert_fails(parse(text, ridge_read_params(.label = "3"), &set), RIDGE_ERROR_ARGUMENT,
                 "label: expected a column of t.csv (a name of its header or a number below 3), "
                 "got 3");
    assert_fails(parse(text, ridge_read_params(.label = "b"), &set), RIDGE_ERROR_ARGUMENT, "got b");
    assert_fails(parse(text, ridge_read_params(.label = "-1"), &set), RIDGE_ERROR_ARGUMENT,
                 "got -1");
    assert_fails(parse("1,2\n", ridge_read_params(.label = "1x"), &set), RIDGE_ERROR_ARGUMENT,
                 "label: expected a column of t.csv (a number below 2), got 1x");
    assert_fails(parse("1\n2\n", DEFAULTS, &set), RIDGE_ERROR_FORMAT,
                 "t.csv: expected features and a target, the file has one column");
}

static void label_kind(void **state)
{
    (void)state;
    const float *x = VALUES(1, 2);
    ridge_dataset *set;
    check("1,0\n2,9999\n", DEFAULTS, 2, 1, x, LABELS(0, 9999), NULL);
    check("1,0\n2,10000\n", DEFAULTS, 2, 1, x, NULL, VALUES(0, 10000));
    check("1,0.5\n2,1\n", DEFAULTS, 2, 1, x, NULL, VALUES(0.5f, 1));
    check("1,0\n2,-1\n", DEFAULTS, 2, 1, x, NULL, VALUES(0, -1));
    check("1,1.0\n2,2e0\n", DEFAULTS, 2, 1, x, LABELS(1, 2), NULL);
    check("1,0\n2,1\n", ridge_read_params(.label_kind = 2), 2, 1, x, NULL, VALUES(0, 1));
    check("1,0\n2,10000\n", ridge_read_params(.label_kind = 1), 2, 1, x, LABELS(0, 10000), NULL);
    assert_fails(parse("1,0\n2,0.5\n", ridge_read_params(.label_kind = 1), &set), RIDGE_ERROR_DATA,
                 "t.csv:2:3: column 1 (from 0): expected a class (a whole number from 0 to "
                 "16777216), got \"0.5\"");
    assert_fails(parse("a,b\n2,-1\n", ridge_read_params(.label_kind = 1), &set), RIDGE_ERROR_DATA,
                 "t.csv:2:3: column b: expected a class");
    assert_fails(parse("1,0\n", ridge_read_params(.label_kind = 3), &set), RIDGE_ERROR_ARGUMENT,
                 "label_kind: expected 0, 1 or 2, got 3");
}

static void bad_text(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        ridge_status status;
    } cases[] = {
        {"", "t.csv: expected rows of numbers, the file is empty", RIDGE_ERROR_FORMAT},
        {" \n\r\n", "the file is empty", RIDGE_ERROR_FORMAT},
        {"a,b\n", "t.csv: no rows behind the header", RIDGE_ERROR_FORMAT},
        {"a,b\n1,2\n3\n", "t.csv:3:1: expected 2 fields as in the first row, got 1",
         RIDGE_ERROR_FORMAT},
        {"a,b\n1,2\n3,4,5\n", "t.csv:3:5: expected 2 fields as in the first row, got at least 3",
         RIDGE_ERROR_FORMAT},
        {"1,2\n3,4,\n", "t.csv:2:5: expected 2 fields", RIDGE_ERROR_FORMAT},
        {"a,b\n1,x\n", "t.csv:2:3: column b: expected a number, got \"x\"", RIDGE_ERROR_FORMAT},
        {"1,2\n3, 4x\n", "t.csv:2:4: column 1 (from 0): expected a number, got \"4x\"",
         RIDGE_ERROR_FORMAT},
        {"1,2\n,4\n", "t.csv:2:1: column 0 (from 0): expected a number, got \"\"",
         RIDGE_ERROR_FORMAT},
        {"1,2\n0x10,4\n", "got \"0x10\"", RIDGE_ERROR_FORMAT},
        {"1,2\n1e,4\n", "got \"1e\"", RIDGE_ERROR_FORMAT},
        {"1,2\n1.2.3,4\n", "got \"1.2.3\"", RIDGE_ERROR_FORMAT},
        {"1,2\n1 2,4\n", "got \"1 2\"", RIDGE_ERROR_FORMAT},
        {"1,2\n3,4\r5,6\n", "expected a number, got \"4\r5\"", RIDGE_ERROR_FORMAT},
        {"1;2\n1,5;3\n", "t.csv:2:1: column 0 (from 0): expected a number, got \"1,5\"",
         RIDGE_ERROR_FORMAT},
        {"a,b\n1,\"2\n", "t.csv:2:3: the quote is never closed", RIDGE_ERROR_FORMAT},
        {"\"a,b\n1,2\n", "t.csv:1:1: the quote is never closed", RIDGE_ERROR_FORMAT},
        {"a,b\n\"1\"2,3\n", "t.csv:2:4: expected a separator after the quote", RIDGE_ERROR_FORMAT},
        {"\"a\n\n\",b\n1,2\n3,x\n", "t.csv:5:3: column b: ", RIDGE_ERROR_FORMAT},
        {"a,b\n\n\n1,nan\n", "t.csv:4:3: column b: expected a finite number (float32), got \"nan\"",
         RIDGE_ERROR_DATA},
        {"NaN,2\n", "t.csv:1:1: column 0 (from 0): expected a finite number", RIDGE_ERROR_DATA},
        {"1,2\n-INF,2\n", "got \"-INF\"", RIDGE_ERROR_DATA},
        {"1,2\n1,+infinity\n", "got \"+infinity\"", RIDGE_ERROR_DATA},
        {"1,2\n1e39,2\n",
         "t.csv:2:1: column 0 (from 0): expected a finite number (float32), "
         "got \"1e39\"",
         RIDGE_ERROR_DATA},
        {"1,2\n3,-1e400\n", "got \"-1e400\"", RIDGE_ERROR_DATA},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ridge_dataset *set;
        assert_fails(parse(cases[i].text, DEFAULTS, &set), cases[i].status, cases[i].message);
        assert_null(set);
    }
}

// Bytes that C strings would hide, and a field too long to be a number.
static void odd_bytes(void **state)
{
    (void)state;
    ridge_dataset *set;
    char text[400] = "1,2\n3,";
    assert_fails(parse_bytes("1,2\n3,4\0\n", 9, DEFAULTS, &set), RIDGE_ERROR_FORMAT, "t.csv:2:3: ");
    assert_fails(parse_bytes("1,2\n3,nan\0x\n", 12, DEFAULTS, &set), RIDGE_ERROR_FORMAT,
                 "t.csv:2:3: column 1 (from 0): expected a number");
    assert_fails(parse_bytes("1,2\n3,\0\n", 8, DEFAULTS, &set), RIDGE_ERROR_FORMAT, "t.csv:2:3: ");
    memset(text + 6, '1', 128);
    assert_fails(parse(text, DEFAULTS, &set), RIDGE_ERROR_FORMAT, "got \"1111");
    assert_true(strlen(ridge_error()) < 200);
    memset(text + 6, '0', 127);
    text[6 + 127] = 0;
    check(text, DEFAULTS, 2, 1, VALUES(1, 3), LABELS(2, 0), NULL);
}

// Numbers that are the shortest for their float must come back exactly.
static void precision(void **state)
{
    (void)state;
    char text[4000];
    float x[100];
    int length = 0;
    for (int i = 0; i < 100; i++) {
        x[i] = (float)test_random(1, (uint64_t)i, -1, 1) * powf(10, (float)(i % 70 - 35));
        length += snprintf(text + length, sizeof(text) - (size_t)length, "%.9g\n", (double)x[i]);
    }
    check(text, NO_TARGET, 100, 1, x, NULL, NULL);
}

// A locale with a decimal comma, compiled for this test where the system has none installed.
static bool set_comma_locale(void)
{
    char command[500];
    if (setlocale(LC_ALL, "de_DE.UTF-8"))
        return true;
    const char *folder = test_path("de_DE.UTF-8");
    snprintf(command, sizeof(command), "localedef -i de_DE -f UTF-8 %s 2>/dev/null", folder);
    if (system(command) != 0 || setenv("LOCPATH", test_path(""), 1) != 0)
        return false;
    return setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
}

static void any_locale(void **state)
{
    (void)state;
    if (!set_comma_locale())
        skip();
    assert_string_equal(localeconv()->decimal_point, ",");
    check("1.5,0.25\n", DEFAULTS, 1, 1, VALUES(1.5f), NULL, VALUES(0.25f));
    setlocale(LC_ALL, "C");
}

static void files(void **state)
{
    (void)state;
    ridge_dataset *set = NULL;
    assert_ok(ridge_dataset_read("csv", test_write_gzip("t.csv.gz", "1,2\n3,4\n", 8), NULL, &set));
    assert_int_equal(ridge_dataset_count(set), 2);
    ridge_dataset_destroy(&set);
    assert_fails(ridge_dataset_read("csv", test_write("bad.csv", "1,2\n3,x\n", 8), NULL, &set),
                 RIDGE_ERROR_FORMAT, "bad.csv:2:3: ");
    assert_fails(ridge_dataset_read("csv", test_path("absent.csv"), NULL, &set), RIDGE_ERROR_FILE,
                 "absent.csv: cannot open");
    assert_null(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain),        cmocka_unit_test(separators), cmocka_unit_test(quotes),
        cmocka_unit_test(label_column), cmocka_unit_test(label_kind), cmocka_unit_test(bad_text),
        cmocka_unit_test(odd_bytes),    cmocka_unit_test(precision),  cmocka_unit_test(any_locale),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

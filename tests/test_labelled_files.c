// SPDX-License-Identifier: Apache-2.0
// Lists of files with labels: folders of classes, tables of paths, and each way to be wrong.
#include "data/labelled_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "harness.h"

static const char *const endings[] = {".one", ".two", NULL};

static void make_file(const char *name)
{
    test_write(name, "x", 1);
}

static const char *make_folder(const char *name)
{
    const char *folder = test_path(name);
    assert_int_equal(mkdir(folder, 0777), 0);
    return folder;
}

// Checks the ends of the paths, "label path" one after the other, and the classes; frees the list.
static void check_list(struct ridge_labelled_files *list, const char *expected, const char *classes)
{
    char text[1024] = "", names[256] = "";
    for (size_t i = 0; i < list->count; i++) {
        const char *path = strrchr(list->files[i].path, '/');
        path = path ? path + 1 : list->files[i].path;
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d %s", i ? ", " : "",
                 (int)list->files[i].label, path);
    }
    for (size_t i = 0; i < list->class_count; i++)
        snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? " " : "",
                 list->classes[i]);
    assert_string_equal(text, expected);
    assert_string_equal(names, classes);
    ridge_labelled_files_free(list);
    assert_true(!list->files && !list->classes && !list->count);
}

static void folders(void **state)
{
    (void)state;
    struct ridge_labelled_files list;
    make_folder("all");
    const char *folder = make_folder("all/train");
    make_folder("all/train/b");
    make_folder("all/train/B");
    make_folder("all/train/.hidden");
    make_file("all/train/stray.one");
    make_file("all/train/.hidden/h.one");
    make_file("all/train/b/2.one");
    make_file("all/train/b/1.TWO");
    make_file("all/train/b/3.one");
    make_file("all/train/b/0.one");
    make_file("all/train/b/note.txt");
    make_file("all/train/B/x.one");
    make_file("all/train/B/y.one");
    // places in the classes: b 1/8, 3/8, 5/8, 7/8 and B 1/4, 3/4
    const char *dealt = "1 0.one, 0 x.one, 1 1.TWO, 1 2.one, 0 y.one, 1 3.one";
    assert_ok(ridge_labelled_files_find(folder, &(ridge_read_params){0}, endings, &list));
    check_list(&list, dealt, "B b");
    assert_ok(ridge_labelled_files_find(test_path("all"), &(ridge_read_params){.part = "train"},
                                        endings, &list));
    check_list(&list, dealt, "B b");
    assert_ok(ridge_labelled_files_find(test_path("all/train/b"),
                                        &(ridge_read_params){.label = "none"}, endings, &list));
    check_list(&list, "0 0.one, 0 1.TWO, 0 2.one, 0 3.one", "");
    assert_ok(ridge_labelled_files_find(test_path("all/train/b/2.one"), &(ridge_read_params){0},
                                        endings, &list));
    check_list(&list, "0 2.one", "");
}

static void nothing_there(void **state)
{
    (void)state;
    struct ridge_labelled_files list;
    const ridge_read_params defaults = {0}, part = {.part = "test"}, none = {.label = "none"};
    const char *folder = make_folder("empty");
    make_folder("empty/class");
    assert_fails(ridge_labelled_files_find(folder, &defaults, endings, &list), RIDGE_ERROR_FILE,
                 "empty: expected a folder for each class (label \"none\" reads files without "
                 "classes), with files that end with one of .one, .two, found none");
    assert_true(!list.files && !list.classes);
    assert_fails(ridge_labelled_files_find(folder, &none, endings, &list), RIDGE_ERROR_FILE,
                 "empty: expected a folder of files that end with");
    assert_fails(ridge_labelled_files_find(folder, &part, endings, &list), RIDGE_ERROR_FILE,
                 "empty/test: cannot open the folder");
    assert_fails(ridge_labelled_files_find(test_path("absent"), &defaults, endings, &list),
                 RIDGE_ERROR_FILE, "absent: no such file or folder");
    assert_fails(ridge_labelled_files_find(NULL, &defaults, endings, &list), RIDGE_ERROR_ARGUMENT,
                 "path: expected a folder or file, got NULL");
}

static ridge_status parse(const char *text, const char *label, struct ridge_labelled_files *list)
{
    struct ridge_source source = test_source("data/set.csv", text, strlen(text));
    ridge_status status =
        ridge_labelled_files_parse(&source, &(ridge_read_params){.label = label}, list);
    ridge_source_free(&source);
    return status;
}

static void tables(void **state)
{
    (void)state;
    struct ridge_labelled_files list;
    assert_ok(parse("a.one,dog\nsub/b.one,cat\n\"c \"\"d\"\".one\",dog\n", NULL, &list));
    assert_string_equal(list.files[1].path, "data/sub/b.one");
    check_list(&list, "1 a.one, 0 b.one, 1 c \"d\".one", "cat dog");
    assert_ok(parse("/root/a.one;3\r\nb.one;1\r\n", NULL, &list));
    assert_string_equal(list.files[0].path, "/root/a.one");
    check_list(&list, "3 a.one, 1 b.one", "0 1 2 3");
    assert_ok(parse("kind,Filename\n5,a\nx,b\n", NULL, &list));
    check_list(&list, "0 a, 1 b", "5 x");
    assert_ok(parse("path,fold,kind,take\na,1,p,A\nb,2,q,B\n", "kind", &list));
    check_list(&list, "0 a, 1 b", "p q");
    assert_ok(parse("a,1,p,A\nb,3,q,B\n", "1", &list));
    check_list(&list, "1 a, 3 b", "0 1 2 3");
    assert_ok(parse("file\na\nb\n", "none", &list));
    check_list(&list, "0 a, 0 b", "");
    const char *path = test_write_gzip("packed.csv.gz", "a,1\n", 4);
    assert_ok(ridge_labelled_files_find(path, &(ridge_read_params){0}, endings, &list));
    assert_string_equal(list.files[0].path, test_path("a"));
    check_list(&list, "1 a", "0 1");
}

static void bad_tables(void **state)
{
    (void)state;
    static const struct {
        const char *text, *label, *message;
        ridge_status status;
    } cases[] = {
        {" \n", NULL, "data/set.csv: expected rows of path and label, it is empty",
         RIDGE_ERROR_FORMAT},
        {"path,label\n", NULL, "data/set.csv: no rows behind the header", RIDGE_ERROR_FORMAT},
        {"a\nb\n", NULL, "label: expected a column of data/set.csv (a number below 1) or none",
         RIDGE_ERROR_ARGUMENT},
        {"path,x\na,1\n", "y", "(a name of its header or a number below 2) or none, got y",
         RIDGE_ERROR_ARGUMENT},
        {"a,1\nb,2\n", "0", "got 0", RIDGE_ERROR_ARGUMENT},
        {"a,1\nb\n", NULL, "data/set.csv:2:1: expected 2 fields as in the first row, got 1",
         RIDGE_ERROR_FORMAT},
        {"a,1\nb,2,3\n", NULL, "expected 2 fields as in the first row, got 3", RIDGE_ERROR_FORMAT},
        {"a,1\n,2\n", NULL, "data/set.csv:2:1: expected a path, got an empty field",
         RIDGE_ERROR_FORMAT},
        {"a,1\nb,\"\"\n", NULL, "data/set.csv:2:3: expected a label, got an empty field",
         RIDGE_ERROR_FORMAT},
        {"a,\"1\n", NULL, "data/set.csv:1:3: the quote is never closed", RIDGE_ERROR_FORMAT},
    };
    struct ridge_labelled_files list;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_fails(parse(cases[i].text, cases[i].label, &list), cases[i].status,
                     cases[i].message);
        assert_true(!list.files && !list.classes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders),
        cmocka_unit_test(nothing_there),
        cmocka_unit_test(tables),
        cmocka_unit_test(bad_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

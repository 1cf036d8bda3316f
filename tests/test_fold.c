// SPDX-License-Identifier: Apache-2.0
// Folds: every row is held out exactly once, sizes are even, classes too where asked for.
#include <ridge/training.h>

#include <stdlib.h>
#include <string.h>

#include "harness.h"

// Row i is the number i, so that rows can be told apart wherever they go; labels as `label` says.
static ridge_dataset *numbered(size_t count, int (*label)(size_t row))
{
    float *x = calloc(count, sizeof(*x));
    int32_t *y = calloc(count, sizeof(*y));
    for (size_t i = 0; i < count; i++) {
        x[i] = (float)i;
        y[i] = label ? label(i) : 0;
    }
    ridge_dataset *set = NULL;
    assert_ok(ridge_dataset_create(
        ridge_dataset_params(.x = x, .count = count, .shape = {1}, .y = label ? y : NULL,
                             .y_type = label ? RIDGE_INT32 : RIDGE_FLOAT32,
                             .classes = label ? 4 : 0),
        &set));
    free(x);
    free(y);
    return set;
}

// 1 of 10 rows is of class 2, 3 of 10 of class 1; class 3 has no row.
static int uneven(size_t row)
{
    return row % 10 == 0 ? 2 : row % 10 < 4 ? 1 : 0;
}

static size_t count_of_class(const ridge_dataset *set, int label)
{
    const int32_t *labels = ridge_dataset_y(set, NULL);
    size_t count = 0;
    for (size_t i = 0; i < ridge_dataset_count(set); i++)
        count += labels[i] == label;
    return count;
}

// Marks the rows of a fold and checks that they are in order and none of them is `held` already.
static void mark(const ridge_dataset *held_out, bool *held)
{
    const float *x = ridge_dataset_x(held_out, NULL);
    for (size_t i = 0; i < ridge_dataset_count(held_out); i++) {
        assert_true(i == 0 || x[i] > x[i - 1]);
        assert_false(held[(size_t)x[i]]);
        held[(size_t)x[i]] = true;
    }
}

static void check_partition(const ridge_dataset *set, size_t folds, bool stratified)
{
    size_t count = ridge_dataset_count(set), classes = ridge_dataset_classes(set);
    bool *held = calloc(count, sizeof(*held)), *both = calloc(count, sizeof(*both));
    for (size_t k = 0; k < folds; k++) {
        ridge_dataset *train = NULL, *out = NULL;
        assert_ok(ridge_dataset_fold(
            set, ridge_fold_params(.folds = folds, .index = k, .seed = 5, .stratified = stratified),
            &train, &out));
        assert_int_equal(ridge_dataset_count(train) + ridge_dataset_count(out), count);
        assert_in_range(ridge_dataset_count(out), count / folds, (count + folds - 1) / folds);
        assert_int_equal(ridge_dataset_classes(train), classes);
        assert_int_equal(ridge_dataset_classes(out), classes);
        for (int c = 0; stratified && c < (int)classes; c++) {
            size_t all = count_of_class(set, c);
            assert_in_range(count_of_class(out, c), all / folds, (all + folds - 1) / folds);
        }
        mark(out, held);
        memset(both, 0, count * sizeof(*both));
        mark(out, both);
        mark(train, both);
        ridge_dataset_destroy(&train);
        ridge_dataset_destroy(&out);
    }
    for (size_t i = 0; i < count; i++)
        assert_true(held[i]);
    free(held);
    free(both);
}

static void partitions(void **state)
{
    (void)state;
    static const size_t counts[] = {2, 3, 7, 63, 65, 101, 1000};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        ridge_dataset *labelled = numbered(counts[i], uneven), *plain = numbered(counts[i], NULL);
        for (size_t folds = 2; folds <= counts[i]; folds = folds < 5 ? folds + 1 : folds * 4 + 1) {
            check_partition(labelled, folds, false);
            check_partition(labelled, folds, true);
            check_partition(plain, folds, false);
        }
        check_partition(plain, counts[i], false); // leave one out
        ridge_dataset_destroy(&labelled);
        ridge_dataset_destroy(&plain);
    }
}

static void held_rows(const ridge_dataset *set, uint64_t seed, float rows[20])
{
    ridge_dataset *train = NULL, *out = NULL;
    assert_ok(ridge_dataset_fold(set, ridge_fold_params(.folds = 5, .index = 1, .seed = seed),
                                 &train, &out));
    memcpy(rows, ridge_dataset_x(out, NULL), 20 * sizeof(*rows));
    ridge_dataset_destroy(&train);
    ridge_dataset_destroy(&out);
}

static void same_seed_same_folds(void **state)
{
    (void)state;
    float first[20], again[20], other[20];
    ridge_dataset *set = numbered(100, NULL);
    held_rows(set, 7, first);
    held_rows(set, 7, again);
    held_rows(set, 8, other);
    assert_memory_equal(first, again, sizeof(first));
    assert_memory_not_equal(first, other, sizeof(first));
    // neither a stretch of rows nor every fifth one
    int neighbours = 0, fifths = 0;
    for (int i = 0; i + 1 < 20; i++) {
        neighbours += first[i + 1] - first[i] == 1;
        fifths += first[i + 1] - first[i] == 5;
    }
    assert_true(neighbours < 10 && fifths < 10);
    ridge_dataset_destroy(&set);
}

static void slices_are_folded_too(void **state)
{
    (void)state;
    ridge_dataset *set = numbered(100, uneven), *slice = NULL, *train = NULL, *out = NULL;
    assert_ok(ridge_dataset_slice(set, 50, 10, &slice));
    assert_ok(ridge_dataset_fold(slice, ridge_fold_params(.folds = 10), &train, &out));
    const float *x = ridge_dataset_x(out, NULL), *rest = ridge_dataset_x(train, NULL);
    const int32_t *y = ridge_dataset_y(out, NULL);
    assert_true(x[0] >= 50 && x[0] < 60 && rest[0] >= 50 && rest[8] < 60);
    assert_int_equal(y[0], uneven((size_t)x[0]));
    ridge_dataset_destroy(&set); // the folds have rows of their own
    ridge_dataset_destroy(&slice);
    assert_true(x[0] >= 50 && x[0] < 60);
    ridge_dataset_destroy(&train);
    ridge_dataset_destroy(&out);
}

static void refused(void **state)
{
    (void)state;
    ridge_dataset *set = numbered(10, NULL), *one = NULL, *train = (void *)set, *out = (void *)set;
    assert_fails(ridge_dataset_fold(set, ridge_fold_params(.folds = 11), &train, &out),
                 RIDGE_ERROR_ARGUMENT,
                 "folds: expected 2 to 10, which is how many rows there are, got 11");
    assert_null(train);
    assert_null(out);
    assert_fails(ridge_dataset_fold(set, ridge_fold_params(.folds = 1), &train, &out),
                 RIDGE_ERROR_ARGUMENT, "folds: expected 2 to 10");
    assert_fails(ridge_dataset_fold(set, ridge_fold_params(.folds = 3, .index = 3), &train, &out),
                 RIDGE_ERROR_ARGUMENT, "index: expected one of 3 folds");
    assert_fails(
        ridge_dataset_fold(set, ridge_fold_params(.folds = 3, .stratified = true), &train, &out),
        RIDGE_ERROR_ARGUMENT, "stratified: expected targets that are labels");
    assert_fails(ridge_dataset_fold(NULL, ridge_fold_params(.folds = 3), &train, &out),
                 RIDGE_ERROR_ARGUMENT, "dataset: ");
    assert_fails(ridge_dataset_fold(set, NULL, &train, &out), RIDGE_ERROR_ARGUMENT, "params: ");
    assert_fails(ridge_dataset_fold(set, ridge_fold_params(.folds = 3), NULL, &out),
                 RIDGE_ERROR_ARGUMENT, "train, held_out: ");
    assert_ok(ridge_dataset_slice(set, 0, 1, &one));
    assert_fails(ridge_dataset_fold(one, ridge_fold_params(.folds = 2), &train, &out),
                 RIDGE_ERROR_ARGUMENT, "at least 2 rows");
    ridge_dataset_destroy(&one);
    ridge_dataset_destroy(&set);
}

static void selections(void **state)
{
    (void)state;
    ridge_dataset *set = numbered(10, uneven), *chosen = NULL;
    const size_t rows[] = {9, 0, 0, 4}, beyond[] = {3, 10};
    assert_ok(ridge_dataset_select(set, rows, 4, &chosen));
    const float *x = ridge_dataset_x(chosen, NULL);
    const int32_t *y = ridge_dataset_y(chosen, NULL);
    assert_int_equal(ridge_dataset_count(chosen), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(x[i] == (float)rows[i]);
        assert_int_equal(y[i], uneven(rows[i]));
    }
    ridge_dataset_destroy(&chosen);
    assert_fails(ridge_dataset_select(set, beyond, 2, &chosen), RIDGE_ERROR_ARGUMENT,
                 "rows: expected numbers below 10, which is how many rows there are, got 10");
    assert_null(chosen);
    assert_fails(ridge_dataset_select(set, rows, 0, &chosen), RIDGE_ERROR_ARGUMENT, "rows: ");
    assert_fails(ridge_dataset_select(NULL, rows, 1, &chosen), RIDGE_ERROR_ARGUMENT, "dataset: ");
    assert_fails(ridge_dataset_select(set, rows, 1, NULL), RIDGE_ERROR_ARGUMENT, "selection: ");
    ridge_dataset_destroy(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(partitions),
        cmocka_unit_test(same_seed_same_folds),
        cmocka_unit_test(slices_are_folded_too),
        cmocka_unit_test(refused),
        cmocka_unit_test(selections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

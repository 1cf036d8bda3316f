// SPDX-License-Identifier: Apache-2.0
// Max-norm against double precision: rows of odd lengths with gaps between them, limits below and
// above the norms; what must not change keeps its bits.
#include "harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Rows of the given lengths in an arena, each with its own limit.
struct table {
    size_t count, elements;
    uint32_t (*rows)[2];
    float *limits;
};

// A gap of 3 elements behind each row. The limits lie below, at and above the expected norm.
static struct table make(const size_t *lengths, size_t count)
{
    struct table t = {count, 0, malloc(count * 8), malloc(count * 4)};
    const double shares[] = {0.25, 0.9, 1.1, 4};
    for (size_t r = 0; r < count; r++) {
        t.rows[r][0] = (uint32_t)t.elements;
        t.rows[r][1] = (uint32_t)lengths[r];
        // uniform in [-1, 1]: the mean square is 1/3
        t.limits[r] = (float)(shares[r % 4] * sqrt((double)lengths[r] / 3));
        t.elements += lengths[r] + 3;
    }
    return t;
}

static void release(struct table *t)
{
    free(t->rows);
    free(t->limits);
}

static void run(const struct table *t, const float *w, float *got)
{
    ridge_tensor arena = test_vector(t->elements, w), limits = test_vector(t->count, t->limits);
    const size_t shape[] = {t->count, 2};
    ridge_tensor rows = test_tensor(RIDGE_UINT32, 2, shape, t->rows);
    assert_ok(ridge_max_norm(test_launcher, arena, rows, limits));
    test_get(arena, got);
    test_release(&arena);
    test_release(&limits);
    test_release(&rows);
}

static double norm_of(const float *w, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)w[i] * w[i];
    return sqrt(sum);
}

static void check(const size_t *lengths, size_t count)
{
    struct table t = make(lengths, count);
    float *w = malloc(t.elements * 4), *got = malloc(t.elements * 4);
    double *expected = malloc(t.elements * 8);
    test_fill(w, t.elements, count, -1, 1);
    run(&t, w, got);
    for (size_t r = 0; r < count; r++) {
        size_t first = t.rows[r][0], n = t.rows[r][1];
        double norm = norm_of(w + first, n), limit = (double)t.limits[r];
        for (size_t i = first; i < first + n; i++)
            expected[i] = norm > limit ? w[i] * (limit / norm) : (double)w[i];
        // Squares and a sum of n of them: (n + 1) half ulps at worst, half of that after the root,
        // which like the division adds 3 ulp; one more product.
        test_close("max_norm", got + first, expected + first, n, 0,
                   ((double)(n + 1) / 2 + 13) * TEST_EPSILON);
        if (norm <= limit * (1 - 1e-3))
            assert_memory_equal(got + first, w + first, n * 4);
        assert_memory_equal(got + first + n, w + first + n, 3 * 4); // the gap
    }
    release(&t);
    free(w);
    free(got);
    free(expected);
}

static void all_lengths(void **state)
{
    (void)state;
    const size_t lengths[] = {1, 2, 7, 63, 64, 65, 16, 17, 3, 256, 257, 1009, 1, 4, 5, 100, 20011};
    check(lengths, test_small() ? 11 : 17);
    for (size_t i = 0; i < 8; i++)
        check(lengths + i, 1);
}

static void many_rows(void **state)
{
    (void)state;
    size_t count = test_small() ? 70 : 800, *lengths = malloc(count * sizeof(*lengths));
    for (size_t columns = 2; columns <= 784; columns *= 28) {
        for (size_t r = 0; r < count; r++)
            lengths[r] = columns;
        if (!test_small() || columns < 100)
            check(lengths, count);
    }
    free(lengths);
}

// (-3, 4) has norm 5 exactly, and twice max-norm is max-norm.
static void known_rows(void **state)
{
    (void)state;
    uint32_t rows[3][2] = {{0, 2}, {2, 2}, {4, 2}};
    float limits[] = {5, 2.5f, 10}, got[6];
    const float w[] = {-3, 4, -3, 4, -3, 4}, expected[] = {-3, 4, -1.5f, 2, -3, 4};
    struct table t = {3, 6, rows, limits};
    run(&t, w, got);
    assert_memory_equal(got, expected, sizeof(expected));
    run(&t, got, got);
    assert_memory_equal(got, expected, sizeof(expected));
}

// Zero rows stay; NaN, infinity and norms beyond float32 are left for others to see.
static void special_rows(void **state)
{
    (void)state;
    uint32_t rows[4][2] = {{0, 3}, {3, 3}, {6, 3}, {9, 3}};
    float limits[] = {1, 1, 1, 1}, got[12];
    const float w[] = {0, 0, 0, 2, NAN, 2, 2, INFINITY, 2, 1e30f, 1e30f, 2};
    struct table t = {4, 12, rows, limits};
    run(&t, w, got);
    assert_memory_equal(got, w, 4 * 4);
    assert_true(isnan(got[4]));
    assert_memory_equal(got + 5, w + 5, 7 * 4);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor w = test_vector(8, NULL), limits = test_vector(2, NULL);
    ridge_tensor rows = test_tensor(RIDGE_UINT32, 2, (const size_t[]){3, 2}, NULL);
    assert_fails(ridge_max_norm(test_launcher, w, rows, limits), RIDGE_ERROR_SHAPE,
                 "limits: expected 3 elements, got 2");
    assert_fails(ridge_max_norm(test_launcher, w, limits, limits), RIDGE_ERROR_ARGUMENT, "uint32");
    const size_t one = 1;
    rows = ridge_tensor_reshaped(rows, 1, &one);
    assert_fails(ridge_max_norm(test_launcher, w, rows, limits), RIDGE_ERROR_SHAPE,
                 "rows: expected [n, 2], got 1 elements of rank 1");
    assert_fails(ridge_max_norm(test_launcher, rows, rows, limits), RIDGE_ERROR_ARGUMENT, "w:");
    test_release(&w);
    test_release(&limits);
    test_release(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_lengths),   cmocka_unit_test(many_rows),
        cmocka_unit_test(known_rows),    cmocka_unit_test(special_rows),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("max_norm", tests);
}

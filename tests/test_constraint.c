// SPDX-License-Identifier: Apache-2.0
// Constraints against double precision: rows of odd lengths with gaps between them, limits below
// and above the norms; what must not change keeps its bits.
#include "harness.h"

#include <math.h>
#include <ridge/update.h>
#include <stdlib.h>
#include <string.h>

// Rows of the given lengths in an arena, a gap of 3 elements behind each.
struct table {
    size_t count, elements;
    uint32_t (*rows)[2];
};

static struct table make(const size_t *lengths, size_t count)
{
    struct table t = {count, 0, malloc(count * 8)};
    for (size_t r = 0; r < count; r++) {
        t.rows[r][0] = (uint32_t)t.elements;
        t.rows[r][1] = (uint32_t)lengths[r];
        t.elements += lengths[r] + 3;
    }
    return t;
}

static void run(const struct table *t, const ridge_constraint *constraint, const float *w,
                float *got)
{
    ridge_tensor arena = test_vector(t->elements, w);
    ridge_tensor rows = test_tensor(RIDGE_UINT32, 2, (const size_t[]){t->count, 2}, t->rows);
    assert_ok(ridge_constrain(test_launcher, constraint, arena, rows));
    test_get(arena, got);
    test_release(&arena);
    test_release(&rows);
}

// The row as it should be; returns whether it has to keep its bits.
static bool expect(const ridge_constraint *constraint, const float *w, size_t count,
                   double *expected)
{
    double squares = 0, low = constraint->min_norm, high = constraint->max_norm;
    bool keeps = true;
    for (size_t i = 0; i < count; i++) {
        bool below = constraint->non_negative && w[i] < 0;
        expected[i] = below ? 0 : (double)w[i];
        keeps = keeps && !below;
        squares += expected[i] * expected[i];
    }
    double norm = sqrt(squares), limit = fmax(norm, low);
    if (high > 0)
        limit = fmin(limit, high);
    double rate = constraint->norm_rate > 0 ? (double)constraint->norm_rate : 1;
    double factor = norm > 0 ? rate * limit / norm + 1 - rate : 1;
    for (size_t i = 0; i < count; i++)
        expected[i] *= factor;
    bool near_limit = fabs(norm - low) < 1e-3 * low || fabs(norm - high) < 1e-3 * high;
    return keeps && limit == norm && !near_limit;
}

static void check(const ridge_constraint *constraint, const size_t *lengths, size_t count)
{
    struct table t = make(lengths, count);
    float *w = malloc(t.elements * 4), *got = malloc(t.elements * 4);
    double *expected = malloc(t.elements * 8);
    test_fill(w, t.elements, count, -1, 1);
    run(&t, constraint, w, got);
    for (size_t r = 0; r < count; r++) {
        size_t first = t.rows[r][0], n = t.rows[r][1];
        bool keeps = expect(constraint, w + first, n, expected + first);
        // Squares and a sum of n of them: (n + 1) half ulps at worst, half of that after the root,
        // which like the division adds 3 ulp; the rate and one more product.
        test_close("constrain", got + first, expected + first, n, 0,
                   ((double)(n + 1) / 2 + 16) * TEST_EPSILON);
        if (keeps)
            assert_memory_equal(got + first, w + first, n * 4);
        assert_memory_equal(got + first + n, w + first + n, 3 * 4); // the gap
    }
    free(t.rows);
    free(w);
    free(got);
    free(expected);
}

// Uniform in [-1, 1]: a row of n has a norm of about sqrt(n / 3), so the limits lie below, within
// and above the norms of different rows.
static const ridge_constraint constraints[] = {
    {.max_norm = 0.5f},
    {.max_norm = 4.5f},
    {.min_norm = 1, .max_norm = 1},
    {.min_norm = 4.5f},
    {.min_norm = 1, .max_norm = 6, .norm_rate = 0.25f},
    {.non_negative = 1},
    {.non_negative = 1, .max_norm = 3},
};
#define CONSTRAINTS (sizeof(constraints) / sizeof(constraints[0]))

static void all_lengths(void **state)
{
    (void)state;
    const size_t lengths[] = {1, 2, 7, 63, 64, 65, 16, 17, 3, 256, 257, 1009, 1, 4, 5, 100, 20011};
    for (size_t c = 0; c < CONSTRAINTS; c++) {
        check(&constraints[c], lengths, test_small() ? 11 : 17);
        for (size_t i = 0; i < 8 && !(test_small() && c); i++)
            check(&constraints[c], lengths + i, 1);
    }
}

static void many_rows(void **state)
{
    (void)state;
    size_t count = test_small() ? 70 : 800, *lengths = malloc(count * sizeof(*lengths));
    for (size_t columns = 2; columns <= 784; columns *= 28) {
        for (size_t r = 0; r < count; r++)
            lengths[r] = columns;
        if (!test_small() || columns < 100)
            check(&constraints[1], lengths, count);
    }
    free(lengths);
}

// (-3, 4) has norm 5 exactly, and twice max-norm is max-norm.
static void known_rows(void **state)
{
    (void)state;
    uint32_t rows[2][2] = {{0, 2}, {2, 2}};
    const struct table t = {2, 4, rows};
    const float w[] = {-3, 4, 0.5f, 0};
    const struct {
        ridge_constraint constraint;
        float expected[4];
    } cases[] = {
        {{.max_norm = 5}, {-3, 4, 0.5f, 0}},
        {{.max_norm = 2.5f}, {-1.5f, 2, 0.5f, 0}},
        {{.min_norm = 10}, {-6, 8, 10, 0}},
        {{.min_norm = 1, .max_norm = 1}, {-0.6f, 0.8f, 1, 0}},
        {{.min_norm = 1.5f, .max_norm = 2.5f, .norm_rate = 0.5f}, {-2.25f, 3, 1, 0}},
        {{.non_negative = 1}, {0, 4, 0.5f, 0}},
        {{.non_negative = 1, .max_norm = 2}, {0, 2, 0.5f, 0}},
    };
    float got[4], again[4];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        run(&t, &cases[i].constraint, w, got);
        for (size_t j = 0; j < 4; j++)
            assert_true(fabsf(got[j] - cases[i].expected[j]) <= 2e-7f * fabsf(got[j]));
        if (i < 2) {
            run(&t, &cases[i].constraint, got, again);
            assert_memory_equal(got, again, sizeof(got));
        }
    }
}

// Zero rows stay; NaN, infinity and norms beyond float32 are left for others to see.
static void special_rows(void **state)
{
    (void)state;
    uint32_t rows[4][2] = {{0, 3}, {3, 3}, {6, 3}, {9, 3}};
    float got[12];
    const float w[] = {0, 0, 0, 2, NAN, 2, 2, INFINITY, 2, 1e30f, 1e30f, 2};
    const ridge_constraint trials[] = {
        {.max_norm = 1}, {.min_norm = 1, .max_norm = 1}, {.non_negative = 1, .min_norm = 5}};
    const struct table t = {4, 12, rows};
    for (size_t i = 0; i < 3; i++) {
        run(&t, &trials[i], w, got);
        assert_memory_equal(got, w, 4 * 4);
        assert_true(isnan(got[4]));
        assert_memory_equal(got + 5, w + 5, 7 * 4);
    }
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor w = test_vector(8, NULL),
                 rows = test_tensor(RIDGE_UINT32, 2, (const size_t[]){3, 2}, NULL);
    const ridge_constraint fine = {.max_norm = 1};
    const struct {
        ridge_constraint constraint;
        const char *message;
    } wrong[] = {
        {{.max_norm = -1}, "max_norm: expected a number above 0, or 0 for no limit, got -1"},
        {{.max_norm = NAN}, "max_norm"},
        {{.min_norm = -2}, "min_norm: expected a number from 0, got -2"},
        {{.min_norm = 3, .max_norm = 2}, "min_norm: expected at most max_norm, 2, got 3"},
        {{.max_norm = 2, .norm_rate = 1.5f}, "norm_rate: expected a number in (0, 1]"},
        {{.norm_rate = 0.5f}, "norm_rate: expected min_norm or max_norm with it"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_fails(ridge_constrain(test_launcher, &wrong[i].constraint, w, rows),
                     RIDGE_ERROR_ARGUMENT, wrong[i].message);
    assert_fails(ridge_constrain(test_launcher, NULL, w, rows), RIDGE_ERROR_ARGUMENT, "constraint");
    assert_fails(ridge_constrain(test_launcher, &fine, w, w), RIDGE_ERROR_ARGUMENT, "uint32");
    assert_fails(ridge_constrain(test_launcher, &fine, rows, rows), RIDGE_ERROR_ARGUMENT, "w:");
    rows = ridge_tensor_reshaped(rows, 1, &(size_t){1});
    assert_fails(ridge_constrain(test_launcher, &fine, w, rows), RIDGE_ERROR_SHAPE,
                 "rows: expected [n, 2], got 1 elements of rank 1");
    test_release(&w);
    test_release(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_lengths),   cmocka_unit_test(many_rows),
        cmocka_unit_test(known_rows),    cmocka_unit_test(special_rows),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("constraint", tests);
}

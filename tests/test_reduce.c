// SPDX-License-Identifier: Apache-2.0
// Reductions against double precision: odd lengths, 10^8 elements, magnitudes at both ends of
// float32, NaN and infinity, segments.
#include "harness.h"

#include <float.h>
#include <ridge/ops.h>
#include <stdlib.h>
#include <string.h>

// What ridge/ops.h promises, relative to the sum of the magnitudes (of the squares).
#define TOLERANCE 1e-6

static const char *const names[] = {"sum", "l1", "squares", "norm", "largest", "zeros"};
#define REDUCTIONS 6

static double reference(ridge_reduction reduction, const float *x, size_t count)
{
    double sum = 0, l1 = 0, squares = 0, largest = 0, zeros = 0;
    for (size_t i = 0; i < count; i++) {
        sum += x[i];
        l1 += fabs(x[i]);
        squares += (double)x[i] * x[i];
        largest = fmax(largest, fabs(x[i]));
        zeros += x[i] == 0;
    }
    return (double[]){sum, l1, squares, sqrt(squares), largest, zeros}[reduction];
}

static void check(ridge_reduction reduction, float got, const float *x, size_t count)
{
    double expected = reference(reduction, x, count);
    double scale = reduction == RIDGE_SUM ? reference(RIDGE_L1, x, count) : expected;
    double allowed = TOLERANCE * scale + FLT_MIN; // less than FLT_MIN may be flushed to zero
    if (reduction == RIDGE_LARGEST || reduction == RIDGE_ZEROS)
        allowed = 0;
    if (fabs(expected) > FLT_MAX) {
        expected = copysign(INFINITY, expected);
        allowed = 0;
    }
    test_close(names[reduction], &got, &expected, 1, allowed, 0);
}

static float reduce(ridge_reduction reduction, ridge_tensor x)
{
    float got;
    ridge_tensor y = test_vector(1, NULL);
    assert_ok(ridge_reduce(test_launcher, reduction, x, y));
    test_get(y, &got);
    test_release(&y);
    return got;
}

static void check_all(const float *data, size_t count)
{
    ridge_tensor x = test_vector(count, data);
    for (int r = 0; r < REDUCTIONS; r++)
        check((ridge_reduction)r, reduce((ridge_reduction)r, x), data, count);
    test_release(&x);
}

// Random numbers, every seventh zero, of both signs.
static float *some(size_t count, double low, double high)
{
    float *x = malloc(count * sizeof(float));
    assert_non_null(x);
    test_fill(x, count, count, low, high);
    for (size_t i = 3; i < count; i += 7)
        x[i] = i % 2 ? 0.0f : -0.0f;
    return x;
}

static void all_lengths(void **state)
{
    (void)state;
    for (const size_t *n = test_lengths(); *n; n++) {
        float *x = some(*n, -2, 2);
        check_all(x, *n);
        free(x);
    }
}

static void vectors_of_the_texts(void **state)
{
    (void)state;
    const struct {
        float x[9];
        size_t count;
        ridge_reduction reduction;
        double expected;
    } rows[] = {
        {{-1, 2}, 2, RIDGE_L1, 3},
        {{-1, 2}, 2, RIDGE_NORM, 2.23606797749979},
        {{.2f, -.1f, .3f, .4f}, 4, RIDGE_L1, 1},
        {{.1f, -.05f, .02f, .15f}, 4, RIDGE_L1, .32},
        {{.1f, -.05f, .02f, .15f}, 4, RIDGE_SQUARES, .0354},
        {{.1f, -.05f, .02f, .15f}, 4, RIDGE_NORM, .18814887722226779},
        {{1, 2, 3, 4, 5, 6, 7, 8, 9}, 9, RIDGE_NORM, 16.881943016134134},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ridge_tensor x = test_vector(rows[i].count, rows[i].x);
        float got = reduce(rows[i].reduction, x);
        test_close(names[rows[i].reduction], &got, &rows[i].expected, 1, 0, 3e-7);
        test_release(&x);
    }
}

// 0.1f everywhere: plain float32 sums would go wrong by percents, always to the same side.
static void very_many(void **state)
{
    (void)state;
    bool fast = strcmp(ridge_device_walk(test_device), "cpu") == 0;
    size_t count = test_small() ? 20011 : fast ? 100000000 : (1 << 24) + 13;
    ridge_tensor x;
    assert_ok(ridge_tensor_create(test_device, RIDGE_FLOAT32, RIDGE_SHAPE(count), &x));
    double value = 0.1f, n = (double)count;
    assert_ok(ridge_fill(test_launcher, x, 0.1f));
    const double expected[] = {n * value, n * value, n * value * value, sqrt(n) * value, value, 0};
    for (int r = 0; r < REDUCTIONS; r++) {
        float got = reduce((ridge_reduction)r, x);
        test_close(names[r], &got, &expected[r], 1, 0, TOLERANCE);
    }
    assert_ok(ridge_fill(test_launcher, x, -0.0f));
    float zeros = reduce(RIDGE_ZEROS, x);
    test_close("zeros", &zeros, &n, 1, 0, TEST_EPSILON);
    ridge_tensor_destroy(test_device, &x);
}

// `count` elements: `first` then `second` in the halves; and alternating.
static void check_halves(size_t count, float first, float second)
{
    float *x = malloc(count * sizeof(float));
    assert_non_null(x);
    for (size_t i = 0; i < count; i++)
        x[i] = i < (count + 1) / 2 ? first : second;
    check_all(x, count);
    for (size_t i = 0; i < count; i++)
        x[i] = i % 2 ? second : first;
    check_all(x, count);
    free(x);
}

static void magnitudes(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 7, 130, 40001, 200003, 0};
    for (const size_t *n = counts; *n; n++) {
        if (test_small() && *n != 7)
            continue;
        check_halves(*n, 3e38f, -3e38f); // sums that leave the range and come back
        check_halves(*n, 3.3e38f / (float)*n, 3.3e38f / (float)*n); // a sum that just fits
        check_halves(*n, 1e30f, 1e30f);     // the norm fits, the squares do not
        check_halves(*n, 1e30f, -1e-30f);   // both at once
        check_halves(*n, 1e-30f, 2e-30f);   // the norm fits, the squares vanish
        check_halves(*n, 1e-22f, 1e-21f);   // the sum of squares fits, each is below normal numbers
        check_halves(*n, 1.3e17f, 0.5e17f); // squares of a part fit, of the whole they do not
        check_halves(*n, FLT_MAX, 0);
        check_halves(*n, FLT_MIN, FLT_MIN);
    }
}

static void nan_and_infinity(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 130, 1009, 40001, 0};
    for (const size_t *n = counts; *n; n++) {
        if (test_small() && *n != 2)
            continue;
        float *data = some(*n, -2, 2);
        for (size_t place = 0; place < 3; place++) {
            size_t at = place * (*n - 1) / 2;
            const float bad[] = {NAN, INFINITY, -INFINITY};
            for (int b = 0; b < 3; b++) {
                float kept = data[at];
                data[at] = bad[b];
                ridge_tensor x = test_vector(*n, data);
                for (int r = 0; r <= RIDGE_LARGEST; r++) {
                    float got = reduce((ridge_reduction)r, x);
                    assert_true(b == 0 ? isnan(got) : isinf(got));
                    assert_true(b == 0 || (got < 0) == (b == 2 && r == RIDGE_SUM));
                }
                check(RIDGE_ZEROS, reduce(RIDGE_ZEROS, x), data, *n);
                test_release(&x);
                data[at] = kept;
            }
        }
        if (*n > 1) {
            data[0] = INFINITY;
            data[*n - 1] = -INFINITY;
            ridge_tensor x = test_vector(*n, data);
            assert_true(isnan(reduce(RIDGE_SUM, x)));
            assert_true(reduce(RIDGE_NORM, x) == INFINITY);
            test_release(&x);
        }
        free(data);
    }
}

static void check_segments(const float *data, size_t count, const uint32_t *table, size_t n)
{
    float *got = malloc(n * sizeof(float));
    ridge_tensor x = test_vector(count, data);
    ridge_tensor segments = test_tensor(RIDGE_UINT32, RIDGE_SHAPE(n, 2), table);
    for (int r = 0; r < REDUCTIONS; r++) {
        ridge_tensor y = test_vector(n, NULL);
        assert_ok(ridge_reduce_segments(test_launcher, (ridge_reduction)r, x, segments, y));
        test_get(y, got);
        for (size_t i = 0; i < n; i++)
            check((ridge_reduction)r, got[i], data + table[2 * i], table[2 * i + 1]);
        test_release(&y);
    }
    test_release(&x);
    test_release(&segments);
    free(got);
}

static void segments_of_all_sizes(void **state)
{
    (void)state;
    size_t count = test_small() ? 2048 : 1000003;
    float *data = some(count, -2, 2);
    uint32_t last = (uint32_t)count;
    const uint32_t table[] = {
        0,        1,  0,  last, 5,    1,    1,        63,
        64,       64, 65, 65,   256,  1009, 3,        last - 3, // overlapping
        last - 1, 1,  7,  0,    last, 0,    last / 2, last / 2,
    };
    check_segments(data, count, table, sizeof(table) / 8);
    free(data);
}

// As many as a network may have, each of its own magnitude.
static void many_segments(void **state)
{
    (void)state;
    size_t n = test_small() ? 9 : 3001;
    uint32_t *table = malloc(n * 8), count = 0;
    for (size_t i = 0; i < n; i++) {
        table[2 * i] = count;
        table[2 * i + 1] = (uint32_t)(i % 97);
        count += (uint32_t)(i % 97) + 1; // a gap of one
    }
    float *data = some(count, -2, 2);
    for (size_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < table[2 * i + 1]; j++)
            data[table[2 * i] + j] *= (float)pow(10, (double)(i % 61) - 30);
    check_segments(data, count, table, n);
    free(data);
    free(table);
}

static void repeats_bit_for_bit(void **state)
{
    (void)state;
    size_t count = test_small() ? 9001 : 1000003;
    float *data = some(count, -1, 1), first = 0, got;
    ridge_tensor x = test_vector(count, data), y = test_vector(1, NULL);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    assert_ok(ridge_reduce(ridge_plan_launcher(plan), RIDGE_SUM, x, y));
    for (int run = 0; run < 5; run++) {
        assert_ok(ridge_plan_run(plan));
        test_get(y, &got);
        assert_true(run == 0 || memcmp(&got, &first, 4) == 0);
        first = got;
    }
    check(RIDGE_SUM, got, data, count);
    ridge_plan_destroy(&plan);
    test_release(&x);
    test_release(&y);
    free(data);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_vector(7, NULL), y = test_vector(2, NULL), none = {0};
    ridge_tensor segments = test_tensor(RIDGE_UINT32, RIDGE_SHAPE(3, 2), NULL);
    assert_fails(ridge_reduce(NULL, RIDGE_SUM, x, y), RIDGE_ERROR_ARGUMENT, "launcher");
    assert_fails(ridge_reduce(test_launcher, (ridge_reduction)6, x, y), RIDGE_ERROR_ARGUMENT,
                 "reduction: expected 0 to 5, got 6");
    assert_fails(ridge_reduce(test_launcher, RIDGE_SUM, none, y), RIDGE_ERROR_ARGUMENT, "x:");
    assert_fails(ridge_reduce(test_launcher, RIDGE_SUM, x, y), RIDGE_ERROR_SHAPE,
                 "y: expected 1 elements, got 2");
    assert_fails(ridge_reduce_segments(test_launcher, RIDGE_SUM, x, segments, y), RIDGE_ERROR_SHAPE,
                 "segments: expected 4 elements, got 6");
    assert_fails(ridge_reduce_segments(test_launcher, RIDGE_SUM, x, x, y), RIDGE_ERROR_ARGUMENT,
                 "segments: expected type uint32");
    test_release(&x);
    test_release(&y);
    test_release(&segments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_lengths),      cmocka_unit_test(vectors_of_the_texts),
        cmocka_unit_test(very_many),        cmocka_unit_test(magnitudes),
        cmocka_unit_test(nan_and_infinity), cmocka_unit_test(segments_of_all_sizes),
        cmocka_unit_test(many_segments),    cmocka_unit_test(repeats_bit_for_bit),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("reduce", tests);
}

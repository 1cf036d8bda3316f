// SPDX-License-Identifier: Apache-2.0
// The orthogonal penalty and its gradient against double precision, rows and columns, odd shapes;
// vectors of zeros, parallel and orthogonal ones.
#include "harness.h"

#include <ridge/loss.h>
#include <ridge/ops.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

#define FACTOR 0.37f

static ridge_status penalise(ridge_orthogonal_mode mode, size_t rows, size_t columns,
                             const float *w, float *penalty, float *gradient)
{
    size_t work_size = ridge_orthogonal_work(mode, rows, columns);
    ridge_tensor on_w = test_matrix(rows, columns, w), work = test_vector(work_size, NULL);
    ridge_tensor value = test_vector(1, NULL), slope = test_matrix(rows, columns, gradient);
    float *scratch = malloc(work_size * sizeof(*scratch));
    ridge_status status =
        ridge_orthogonal_penalty(test_launcher, FACTOR, mode, on_w, work, value, slope);
    test_get(value, penalty);
    test_get(slope, gradient);
    test_get(work, scratch); // its guards
    free(scratch);
    test_release(&on_w);
    test_release(&work);
    test_release(&value);
    test_release(&slope);
    return status;
}

// Keras' formula, element k of vector i at w[i * step[0] + k * step[1]]. terms: the sum of what the
// gradient of each element is made of, in magnitude.
static double reference(const float *w, size_t n, size_t size, const size_t step[2],
                        double *gradient, double *terms)
{
    double c = (double)FACTOR / ((double)n * (double)(n - 1)), penalty = 0;
    double *norm = calloc(n, sizeof(*norm));
#define X(i, k) ((double)w[(i)*step[0] + (k)*step[1]])
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < size; k++)
            norm[i] += X(i, k) * X(i, k);
        norm[i] = sqrt(norm[i]);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            double product = 0;
            if (i == j || norm[i] == 0 || norm[j] == 0)
                continue;
            for (size_t k = 0; k < size; k++)
                product += X(i, k) * X(j, k);
            double cosine = product / norm[i] / norm[j], sign = (cosine > 0) - (cosine < 0);
            penalty += c * fabs(cosine);
            for (size_t k = 0; k < size; k++) { // d |cosine| / d X[i], for (i, j) and (j, i)
                double along = X(j, k) / norm[j], back = cosine * X(i, k) / norm[i];
                size_t at = i * step[0] + k * step[1];
                gradient[at] += 2 * c * sign * (along - back) / norm[i];
                terms[at] += 2 * c * (fabs(along) + fabs(back)) / norm[i];
            }
        }
    }
#undef X
    free(norm);
    return penalty;
}

static void check(ridge_orthogonal_mode mode, size_t rows, size_t columns, const float *w)
{
    bool by_rows = mode == RIDGE_ORTHOGONAL_ROWS;
    size_t count = rows * columns, n = by_rows ? rows : columns, size = by_rows ? columns : rows;
    const size_t step[2] = {by_rows ? columns : 1, by_rows ? 1 : columns};
    float *got = malloc(count * sizeof(*got)), penalty;
    double *expected = malloc(count * sizeof(*expected)), *terms = calloc(count, sizeof(*terms));
    for (size_t i = 0; i < count; i++) // something that the gradient is added to
        expected[i] = got[i] = (float)(i % 5) / 8;
    double wanted = reference(w, n, size, step, expected, terms);
    assert_ok(penalise(mode, rows, columns, w, &penalty, got));
    // A cosine carries a dot product, two norms and two products: size + (size / 2 + 3) + 2 half
    // ulps at most of 1, since |x| |y| bounds the sum of the products' magnitudes; all of them
    // together make the penalty of FACTOR.
    double cosine = (1.5 * (double)size + 6) * TEST_EPSILON;
    assert_true(fabs((double)penalty - wanted) <=
                FACTOR * cosine + 4 * TEST_EPSILON * fabs(wanted));
    // The gradient is a sum of n products with coefficients that carry the same.
    for (size_t i = 0; i < count; i++) {
        double allowed = (cosine + ((double)n + 8) * TEST_EPSILON) * (terms[i] + 1);
        if (!(fabs((double)got[i] - expected[i]) <= allowed))
            fail_msg("%s of %zu x %zu, gradient[%zu]: expected %.9g, got %.9g",
                     by_rows ? "rows" : "columns", rows, columns, i, expected[i], (double)got[i]);
    }
    free(got);
    free(expected);
    free(terms);
}

static void shapes(void **state)
{
    (void)state;
    const size_t all[][2] = {{2, 1},   {1, 2},    {2, 7},    {7, 3},    {63, 65}, {65, 63},
                             {64, 64}, {17, 101}, {127, 40}, {300, 97}, {9, 1009}};
    size_t shapes = sizeof(all) / sizeof(all[0]);
    for (size_t s = 0; s < (test_small() ? 4 : shapes); s++) {
        size_t rows = all[s][0], columns = all[s][1], count = rows * columns;
        float *w = malloc(count * sizeof(*w));
        test_fill(w, count, s, -1, 1);
        if (rows > 1)
            check(RIDGE_ORTHOGONAL_ROWS, rows, columns, w);
        if (columns > 1)
            check(RIDGE_ORTHOGONAL_COLUMNS, rows, columns, w);
        free(w);
    }
}

// Vectors of zeros have no direction: cosines 0, no gradient.
static void zero_vectors(void **state)
{
    (void)state;
    float w[5 * 6];
    test_fill(w, 30, 4, -1, 1);
    for (size_t k = 0; k < 6; k++)
        w[2 * 6 + k] = 0;
    for (size_t i = 0; i < 5; i++)
        w[i * 6 + 4] = 0;
    check(RIDGE_ORTHOGONAL_ROWS, 5, 6, w);
    check(RIDGE_ORTHOGONAL_COLUMNS, 5, 6, w);
    memset(w, 0, sizeof(w));
    check(RIDGE_ORTHOGONAL_ROWS, 5, 6, w);
}

// Parallel vectors, either way round, cost all of the factor; unit vectors of the axes nothing.
static void extremes(void **state)
{
    (void)state;
    float w[4 * 4], gradient[16] = {0}, penalty;
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++)
            w[i * 4 + k] = (i % 2 ? -1 : 1) * (float)(i + 1) * (float)(k + 1);
    assert_ok(penalise(RIDGE_ORTHOGONAL_ROWS, 4, 4, w, &penalty, gradient));
    assert_true(fabsf(penalty - FACTOR) <= 16 * (float)TEST_EPSILON);
    for (size_t i = 0; i < 16; i++)
        w[i] = i % 5 ? 0 : (float)i + 1;
    memset(gradient, 0, sizeof(gradient));
    assert_ok(penalise(RIDGE_ORTHOGONAL_COLUMNS, 4, 4, w, &penalty, gradient));
    assert_true(penalty == 0);
    for (size_t i = 0; i < 16; i++)
        assert_true(gradient[i] == 0);
    w[3] = NAN;
    assert_ok(penalise(RIDGE_ORTHOGONAL_ROWS, 4, 4, w, &penalty, gradient));
    assert_true(isnan(penalty));
}

// Written by tests/golden/make.py from Keras' formula, the gradients by PyTorch.
static void golden(void **state)
{
    (void)state;
    golden_open("penalties");
    const char *const names[] = {"rows", "columns"};
    size_t rows = golden_size(0, "orthogonal.w"), columns = golden_size(1, "orthogonal.w");
    for (int mode = 0; mode < 2; mode++) {
        ridge_tensor w = golden_tensor("orthogonal.w"), penalty = test_vector(1, NULL);
        size_t work_size = ridge_orthogonal_work((ridge_orthogonal_mode)mode, rows, columns);
        ridge_tensor work = test_vector(work_size, NULL),
                     gradient = test_matrix(rows, columns, NULL);
        assert_ok(ridge_fill(test_launcher, gradient, 0));
        assert_ok(ridge_orthogonal_penalty(test_launcher, 0.25f, (ridge_orthogonal_mode)mode, w,
                                           work, penalty, gradient));
        // as in check, with at most 11 elements of a vector and a factor of 0.25
        golden_expect(penalty, 0.25 * 22 * TEST_EPSILON, 4 * TEST_EPSILON, "orthogonal.%s.penalty",
                      names[mode]);
        golden_expect(gradient, 64 * TEST_EPSILON, 0, "orthogonal.%s.gradient", names[mode]);
        test_release(&w);
        test_release(&penalty);
        test_release(&work);
        test_release(&gradient);
    }
    golden_close();
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor w = test_matrix(2, 3, NULL), work = test_vector(8, NULL), none = {0};
    ridge_tensor row = test_matrix(1, 6, NULL), flat = test_vector(6, NULL);
#define REFUSES(factor, mode, tensor, status, text)                                                \
    assert_fails(ridge_orthogonal_penalty(test_launcher, factor, mode, tensor, work, none, none),  \
                 status, text)
    REFUSES(-1, RIDGE_ORTHOGONAL_ROWS, w, RIDGE_ERROR_ARGUMENT, "factor");
    REFUSES(1, (ridge_orthogonal_mode)2, w, RIDGE_ERROR_ARGUMENT, "mode");
    REFUSES(1, RIDGE_ORTHOGONAL_COLUMNS, w, RIDGE_ERROR_SHAPE, "work: expected 15");
    REFUSES(1, RIDGE_ORTHOGONAL_ROWS, flat, RIDGE_ERROR_SHAPE, "w: expected 2 dimensions, got 1");
    REFUSES(1, RIDGE_ORTHOGONAL_ROWS, row, RIDGE_ERROR_SHAPE, "w: expected at least 2 rows, got 1");
#undef REFUSES
    test_release(&w);
    test_release(&work);
    test_release(&row);
    test_release(&flat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes), cmocka_unit_test(zero_vectors),  cmocka_unit_test(extremes),
        cmocka_unit_test(golden), cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("orthogonal", tests);
}

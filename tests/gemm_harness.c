// SPDX-License-Identifier: Apache-2.0
// Matrix products against double precision.
#include "harness.h"

#include "gemm_harness.h"

#include <stdlib.h>
#include <string.h>

#include "activation_reference.h"
#include "device/device.h"
#include "ops/gemm.h"

static size_t stored_rows(bool transposed, size_t rows, size_t columns)
{
    return transposed ? columns : rows;
}

struct matrix {
    size_t rows, columns, ld, count; // count: with the gaps between the rows
    float *data;
};

// Gaps hold NaN: whoever reads or writes them is found out.
static struct matrix make(size_t rows, size_t columns, size_t ld, uint64_t seed)
{
    struct matrix x = {rows, columns, ld ? ld : columns, 0, NULL};
    x.count = (rows - 1) * x.ld + columns;
    x.data = malloc(x.count * sizeof(float));
    for (size_t i = 0; i < x.count; i++)
        x.data[i] = i % x.ld < columns ? (float)test_random(seed, i, -1, 1) : NAN;
    return x;
}

// op(X) in double precision, dense.
static double *dense(const struct matrix *x, bool transposed, size_t rows, size_t columns)
{
    double *y = malloc(rows * columns * sizeof(double));
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            y[i * columns + j] = x->data[transposed ? j * x->ld + i : i * x->ld + j];
    return y;
}

// Row i of op(A) op(B), and the same of the magnitudes.
static void reference_row(const double *a, const double *b, size_t n, size_t k, double *sum,
                          double *size)
{
    memset(sum, 0, n * sizeof(double));
    memset(size, 0, n * sizeof(double));
    for (size_t l = 0; l < k; l++) {
        for (size_t j = 0; j < n; j++) {
            sum[j] += a[l] * b[l * n + j];
            size[j] += fabs(a[l] * b[l * n + j]);
        }
    }
}

// What the epilogue makes of x, a sum of terms of this magnitude in all, within an error of
// *allowed. The sum has k + 3 roundings of the magnitude. An activation passes errors on with a
// factor of at most 1.76 and is itself right to 8 units, and what is saved is a function of z. Of
// the derivatives, all at most 1.76, gelu's has the largest error, 16 units from erfc and some from
// exp, and what the rounding of f(z) makes of the others is at most 2.
static double finish(const struct product *p, double x, double magnitude, double z, double *allowed)
{
    const ridge_gemm_epilogue *e = &p->epilogue;
    double scale = p->derived && e->scale != 0 ? e->scale : 1;
    *allowed = 1.76 * scale * (double)(p->shape.k + 3) * TEST_EPSILON * magnitude;
    if (!p->derived)
        return activation_at(e->activation, e->parameter, x);
    *allowed += scale * fabs(x) * 24 * TEST_EPSILON;
    return scale * x * activation_slope(e->activation, e->parameter, z);
}

// Each element of C against its own bound. z: what was activated, where that counts.
static void check(const struct product *p, const struct matrix *a, const struct matrix *b,
                  const struct matrix *c, const float *bias, const struct matrix *z,
                  const float *got)
{
    const ridge_gemm_shape *s = &p->shape;
    double *op_a = dense(a, s->transpose_a, s->m, s->k);
    double *op_b = dense(b, s->transpose_b, s->k, s->n);
    double *sum = malloc(s->n * sizeof(double)), *size = malloc(s->n * sizeof(double));
    for (size_t i = 0; i < s->m; i++) {
        const float *old = c->data + i * c->ld, *row = got + i * c->ld;
        reference_row(op_a + i * s->k, op_b, s->n, s->k, sum, size);
        for (size_t j = 0; j < s->n; j++) {
            double rest[2] = {p->beta != 0 ? (double)p->beta * old[j] : 0, bias ? bias[j] : 0};
            double x = (double)p->alpha * sum[j] + rest[0] + rest[1];
            double magnitude = fabs(p->alpha * size[j]) + fabs(rest[0]) + fabs(rest[1]), allowed;
            double y = finish(p, x, magnitude, z->data[i * c->ld + j], &allowed);
            test_close("c", &row[j], &y, 1, allowed, 8 * TEST_EPSILON);
        }
        for (size_t j = s->n; j < c->ld && i + 1 < s->m; j++)
            assert_true(isnan(row[j])); // the gap between two rows
    }
    free(op_a);
    free(op_b);
    free(sum);
    free(size);
}

// What backward of the activation needs to know of z.
static ridge_tensor make_saved(const ridge_gemm_epilogue *epilogue, const struct matrix *z)
{
    float *saved = malloc(z->count * sizeof(float));
    bool input = ridge_activation_needs_input(epilogue->activation);
    for (size_t i = 0; i < z->count; i++)
        saved[i] =
            input ? z->data[i]
                  : (float)activation_at(epilogue->activation, epilogue->parameter, z->data[i]);
    ridge_tensor tensor = test_vector(z->count, saved);
    free(saved);
    return tensor;
}

// The sums of op(A)'s rows. No element takes part in more than 192 additions, and all are below 1.
static void check_row_sums(const ridge_gemm_shape *s, const struct matrix *a, ridge_tensor sums)
{
    double *expected = calloc(s->m, sizeof(double)), additions = s->k < 192 ? (double)s->k : 192;
    float *got = malloc(s->m * sizeof(float));
    for (size_t l = 0; l < s->k; l++)
        for (size_t i = 0; i < s->m; i++)
            expected[i] += a->data[l * a->ld + i];
    test_get(sums, got);
    test_close("row sums", got, expected, s->m, additions * (double)s->k * TEST_EPSILON, 0);
    free(expected);
    free(got);
}

void product_check(const struct product *p)
{
    const ridge_gemm_shape *s = &p->shape;
    struct matrix a = make(stored_rows(s->transpose_a, s->m, s->k),
                           stored_rows(s->transpose_a, s->k, s->m), s->lda, 1);
    struct matrix b = make(stored_rows(s->transpose_b, s->k, s->n),
                           stored_rows(s->transpose_b, s->n, s->k), s->ldb, 2);
    struct matrix c = make(s->m, s->n, s->ldc, 3), z = make(s->m, s->n, s->ldc, 5);
    for (size_t i = 0; i < c.count && p->beta == 0; i++)
        c.data[i] = NAN;
    float *bias = malloc(s->n * sizeof(float)), *got = malloc(c.count * sizeof(float)),
          *again = malloc(c.count * sizeof(float));
    test_fill(bias, s->n, 4, -1, 1);
    ridge_gemm_epilogue epilogue = p->epilogue;
    if (p->biased)
        epilogue.bias = test_vector(s->n, bias);
    if (p->derived)
        epilogue.saved = make_saved(&epilogue, &z);
    if (p->summed)
        epilogue.row_sums = test_vector(s->m, NULL);
    ridge_tensor ta = test_vector(a.count, a.data), tb = test_vector(b.count, b.data);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    for (int time = 0; time < (test_small() ? 1 : 3); time++) {
        ridge_launcher *on = time == 2 ? ridge_plan_launcher(plan) : test_launcher;
        ridge_tensor tc = test_vector(c.count, c.data);
        assert_ok(ridge_gemm(on, s, p->alpha, ta, tb, p->beta, tc, &epilogue));
        if (time == 2)
            assert_ok(ridge_plan_run(plan));
        test_get(tc, time == 0 ? got : again);
        if (time > 0)
            assert_memory_equal(got, again, c.count * sizeof(float));
        test_release(&tc);
    }
    check(p, &a, &b, &c, p->biased ? bias : NULL, &z, got);
    if (p->summed)
        check_row_sums(s, &a, epilogue.row_sums);
    ridge_plan_destroy(&plan);
    test_release(&ta);
    test_release(&tb);
    if (p->biased)
        test_release(&epilogue.bias);
    if (p->derived)
        test_release(&epilogue.saved);
    if (p->summed)
        test_release(&epilogue.row_sums);
    free(a.data);
    free(b.data);
    free(c.data);
    free(z.data);
    free(bias);
    free(got);
    free(again);
}

void product_check_transposed(struct product p)
{
    for (int t = 0; t < 4; t++) {
        p.shape.transpose_a = t & 1;
        p.shape.transpose_b = t & 2;
        product_check(&p);
    }
}

void with_each_provider(void (*cases)(void))
{
    const char *own = test_device->gemm;
    for (const struct ridge_gemm_provider *p = ridge_gemm_providers; p->name; p++) {
        if (strcmp(p->name, "clblast") == 0 && strcmp(p->name, own) != 0)
            continue;
        test_device->gemm = p->name;
        cases();
    }
    test_device->gemm = own;
}

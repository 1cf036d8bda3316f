// SPDX-License-Identifier: Apache-2.0
// Layer normalisation against double precision: forward, backward; values far from 0; rows without
// spread.
#include "harness.h"

#include <ridge/normalisation.h>
#include <ridge/ops.h>
#include <stdlib.h>
#include <string.h>

#include "activation_reference.h"

#define EPSILON 1e-5

// One problem with its reference.
struct problem {
    size_t rows, columns;
    ridge_activation activation;
    bool has_gamma, has_beta;
    float *x, *dy, *gamma, *beta;
    double *mean, *variance, *normal, *y, *dx, *dgamma, *dbeta;
    double most_normal, most_gamma, most_z, most_scale;
    double spread; // of a row's values, in deviations
};

static void *room(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    assert_non_null(memory);
    return memory;
}

static double gamma_of(const struct problem *p, size_t j)
{
    return p->has_gamma ? (double)p->gamma[j] : 1;
}

static void measure_row(struct problem *p, size_t i)
{
    const float *x = p->x + i * p->columns;
    double n = (double)p->columns, low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t j = 0; j < p->columns; j++) {
        p->mean[i] += (double)x[j] / n;
        low = fmin(low, (double)x[j]);
        high = fmax(high, (double)x[j]);
    }
    for (size_t j = 0; j < p->columns; j++)
        p->variance[i] += pow((double)x[j] - p->mean[i], 2) / n;
    double scale = 1 / sqrt(p->variance[i] + EPSILON);
    p->most_scale = fmax(p->most_scale, scale);
    p->spread = fmax(p->spread, (high - low) * scale);
}

static void reference_row(struct problem *p, size_t i)
{
    double n = (double)p->columns, sum = 0, product = 0;
    double scale = 1 / sqrt(p->variance[i] + EPSILON);
    for (size_t j = 0; j < p->columns; j++) {
        size_t e = i * p->columns + j;
        p->normal[e] = ((double)p->x[e] - p->mean[i]) * scale;
        double z = gamma_of(p, j) * p->normal[e] + (p->has_beta ? (double)p->beta[j] : 0);
        p->y[e] = activation_at(p->activation, 0, z);
        double dz = (double)p->dy[e] * activation_slope(p->activation, 0, z);
        p->dbeta[j] += dz;
        p->dgamma[j] += dz * p->normal[e];
        p->dx[e] = dz * gamma_of(p, j); // for now
        sum += p->dx[e] / n;
        product += p->dx[e] * p->normal[e] / n;
        p->most_normal = fmax(p->most_normal, fabs(p->normal[e]));
        p->most_gamma = fmax(p->most_gamma, fabs(gamma_of(p, j)));
        p->most_z = fmax(p->most_z, fabs(z));
    }
    for (size_t j = 0; j < p->columns; j++) {
        size_t e = i * p->columns + j;
        p->dx[e] = scale * (p->dx[e] - sum - p->normal[e] * product);
    }
}

static void begin(struct problem *p, double mean)
{
    size_t count = p->rows * p->columns;
    float **values[] = {&p->x, &p->dy, &p->gamma, &p->beta};
    for (size_t i = 0; i < 4; i++)
        *values[i] = room(i < 2 ? count : p->columns, sizeof(float));
    double **references[] = {&p->normal,   &p->y,      &p->dx,   &p->mean,
                             &p->variance, &p->dgamma, &p->dbeta};
    for (size_t i = 0; i < 7; i++)
        *references[i] = room(i < 3 ? count : i < 5 ? p->rows : p->columns, sizeof(double));
    test_fill(p->x, count, count, mean - sqrt(3), mean + sqrt(3));
    test_fill(p->dy, count, count + 1, -1, 1);
    test_fill(p->gamma, p->columns, 3, -2, 2);
    test_fill(p->beta, p->columns, 4, -1, 1);
}

static void refer(struct problem *p)
{
    for (size_t i = 0; i < p->rows; i++) {
        measure_row(p, i);
        reference_row(p, i);
    }
}

static void end(struct problem *p)
{
    void *all[] = {p->x,      p->dy, p->gamma, p->beta,   p->mean, p->variance,
                   p->normal, p->y,  p->dx,    p->dgamma, p->dbeta};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        free(all[i]);
}

// No value takes part in more additions than these: blocks of 64 vectors, the blocks, the lanes,
// the work-items; and down columns blocks of 64 rows, the blocks, the parts.
static double additions(size_t count)
{
    return fmin((double)count, 64) + (double)count / 64 / 64 + 24;
}

// What has been computed once lies within these of the reference, whatever the mean of the values;
// as in test_batch_norm.c.
struct errors {
    double variance, normal, y, dz, most_dz; // variance: relative
};

static struct errors errors_of(const struct problem *p)
{
    struct errors e = {.most_dz = 1.1};
    e.variance = (additions(p->columns) + 8) * TEST_EPSILON;
    e.normal = 6 * p->spread * TEST_EPSILON + (e.variance / 2 + 16 * TEST_EPSILON) * p->most_normal;
    e.y = 1.1 * p->most_gamma * e.normal + 12 * p->most_z * TEST_EPSILON;
    e.dz = e.y + 16 * TEST_EPSILON;
    return e;
}

static double error_of_dx(const struct problem *p, const struct errors *e)
{
    double sums = (additions(p->columns) + 4) * TEST_EPSILON * e->most_dz;
    double inner =
        e->dz + (e->dz + sums) +
        p->most_normal * (e->dz * p->most_normal + e->most_dz * e->normal + sums * p->most_normal) +
        e->most_dz * p->most_normal * e->normal;
    double most = e->most_dz * (2 + p->most_normal * p->most_normal);
    return p->most_gamma * p->most_scale * (inner + (e->variance / 2 + 24 * TEST_EPSILON) * most);
}

static void expect(const char *what, ridge_tensor tensor, const double *expected, double absolute)
{
    size_t count = ridge_tensor_count(&tensor);
    float *got = room(count, sizeof(float));
    test_get(tensor, got);
    test_close(what, got, expected, count, absolute, 0);
    free(got);
}

struct tensors {
    ridge_normalisation norm;
    ridge_tensor x, y, dy, dx, dgamma, dbeta, statistics;
};

static void make(const struct problem *p, struct tensors *t)
{
    *t = (struct tensors){.norm = {.epsilon = (float)EPSILON, .activation = p->activation}};
    t->x = test_matrix(p->rows, p->columns, p->x);
    t->y = test_matrix(p->rows, p->columns, NULL);
    t->dy = test_matrix(p->rows, p->columns, p->dy);
    t->dx = test_matrix(p->rows, p->columns, NULL);
    t->dgamma = test_vector(p->columns, NULL);
    t->dbeta = test_vector(p->columns, NULL);
    t->statistics = test_matrix(3, p->rows, NULL);
    if (p->has_gamma)
        t->norm.gamma = test_vector(p->columns, p->gamma);
    if (p->has_beta)
        t->norm.beta = test_vector(p->columns, p->beta);
}

static void drop(struct tensors *t)
{
    ridge_tensor *all[] = {&t->x,      &t->y,     &t->dy,         &t->dx,       &t->norm.gamma,
                           &t->dgamma, &t->dbeta, &t->statistics, &t->norm.beta};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i]->buffer)
            test_release(all[i]);
}

static void check_statistics(const struct problem *p, const struct errors *e, ridge_tensor tensor)
{
    float *got = room(3 * p->rows, sizeof(float));
    test_get(tensor, got);
    for (size_t i = 0; i < p->rows; i++) {
        double mean = (double)got[i] + (double)got[p->rows + i];
        double deviation = sqrt(p->variance[i] + EPSILON);
        if (fabs(mean - p->mean[i]) > 8 * p->spread * deviation * TEST_EPSILON)
            fail_msg("mean %zu: expected %.12g, got %.12g", i, p->mean[i], mean);
    }
    test_close("variance", got + 2 * p->rows, p->variance, p->rows, 0, e->variance);
    free(got);
}

static void one(size_t rows, size_t columns, double mean, unsigned variant)
{
    struct problem p = {.rows = rows,
                        .columns = columns,
                        .activation = variant & 1 ? RIDGE_SILU : RIDGE_LINEAR,
                        .has_gamma = !(variant & 2),
                        .has_beta = !(variant & 4)};
    struct tensors t;
    begin(&p, mean);
    refer(&p);
    make(&p, &t);
    struct errors e = errors_of(&p);
    assert_ok(ridge_layer_norm_forward(test_launcher, &t.norm, t.x, t.y, t.statistics));
    expect("y", t.y, p.y, e.y);
    check_statistics(&p, &e, t.statistics);
    // inference: nothing is kept
    assert_ok(ridge_fill(test_launcher, t.y, NAN));
    assert_ok(ridge_layer_norm_forward(test_launcher, &t.norm, t.x, t.y, (ridge_tensor){0}));
    expect("y", t.y, p.y, e.y);
    ridge_normalisation_gradients wanted = {.x = t.dx, .gamma = t.dgamma, .beta = t.dbeta};
    assert_ok(ridge_layer_norm_backward(test_launcher, &t.norm, t.x, t.statistics, t.dy, &wanted));
    double n = (double)rows, sums = additions(rows) * TEST_EPSILON * e.most_dz;
    expect("dbeta", t.dbeta, p.dbeta, n * (e.dz + sums));
    expect("dgamma", t.dgamma, p.dgamma,
           n * ((e.dz + sums) * p.most_normal + e.most_dz * e.normal));
    expect("dx", t.dx, p.dx, error_of_dx(&p, &e));
    drop(&t);
    end(&p);
}

static void shapes(void **state)
{
    (void)state;
    static const size_t few[][2] = {{1, 1}, {7, 3}, {3, 65}, {65, 2}, {5, 257}};
    static const size_t more[][2] = {{1, 1009},  {63, 65},   {128, 800},  {127, 63},  {1009, 7},
                                     {2, 65537}, {2049, 17}, {100003, 3}, {5000, 129}};
    for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++)
        one(few[i][0], few[i][1], 0.5, (unsigned)(i * 3) & 7);
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]) && !test_small(); i++)
        one(more[i][0], more[i][1], 0.5, i & 1);
}

static void nothing_cancels(void **state)
{
    (void)state;
    const double means[] = {1e4, -1e5, 1e6};
    for (size_t i = 0; i < 3; i++)
        one(9, 129, means[i], 0);
}

// Rows of one value: y is beta to the bit.
static void without_spread(void **state)
{
    (void)state;
    struct problem p = {.rows = 4, .columns = 37, .has_gamma = true, .has_beta = true};
    const float values[] = {0, 1e6f, -1.1f, 7e15f};
    struct tensors t;
    float y[4 * 37];
    begin(&p, 0);
    for (size_t e = 0; e < 4 * 37; e++)
        p.x[e] = values[e / 37];
    make(&p, &t);
    assert_ok(ridge_layer_norm_forward(test_launcher, &t.norm, t.x, t.y, t.statistics));
    test_get(t.y, y);
    for (size_t e = 0; e < 4 * 37; e++)
        assert_true(y[e] == p.beta[e % 37]);
    drop(&t);
    end(&p);
}

// NaN shows in its own row and nowhere else; dx is added to what is there, or takes the place of
// dy; a recorded plan gives the same bits.
static void ways_to_call(void **state)
{
    (void)state;
    struct problem p = {.rows = 9, .columns = 70, .has_gamma = true};
    struct tensors t;
    float first[630], again[630];
    begin(&p, 0);
    p.x[2 * 70 + 69] = NAN;
    make(&p, &t);
    assert_ok(ridge_layer_norm_forward(test_launcher, &t.norm, t.x, t.y, t.statistics));
    test_get(t.y, first);
    for (size_t e = 0; e < 630; e++)
        assert_true(isnan(first[e]) == (e / 70 == 2));
    p.x[2 * 70 + 69] = 0;
    test_put(t.x, p.x);
    assert_ok(ridge_layer_norm_forward(test_launcher, &t.norm, t.x, t.y, t.statistics));
    ridge_normalisation_gradients wanted = {.x = t.dx};
    assert_ok(ridge_layer_norm_backward(test_launcher, &t.norm, t.x, t.statistics, t.dy, &wanted));
    test_get(t.dx, first);
    wanted.accumulate = true;
    assert_ok(ridge_layer_norm_backward(test_launcher, &t.norm, t.x, t.statistics, t.dy, &wanted));
    test_get(t.dx, again);
    for (size_t e = 0; e < 630; e++)
        assert_true(again[e] == 2 * first[e]);
    ridge_plan *plan;
    assert_ok(ridge_plan_create(test_device, &plan));
    wanted = (ridge_normalisation_gradients){.x = t.dy, .gamma = t.dgamma};
    assert_ok(ridge_layer_norm_backward(ridge_plan_launcher(plan), &t.norm, t.x, t.statistics, t.dy,
                                        &wanted));
    assert_ok(ridge_plan_run(plan));
    test_get(t.dy, again);
    assert_memory_equal(first, again, sizeof(first));
    ridge_plan_destroy(&plan);
    drop(&t);
    end(&p);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_matrix(3, 5, NULL), y = test_matrix(3, 5, NULL), v = test_vector(5, NULL),
                 w = test_vector(9, NULL), none = {0};
    ridge_normalisation norm = {.epsilon = 1e-3f};
    assert_fails(ridge_layer_norm_forward(NULL, &norm, x, y, none), RIDGE_ERROR_ARGUMENT,
                 "launcher");
    assert_fails(ridge_layer_norm_forward(test_launcher, &norm, none, y, none),
                 RIDGE_ERROR_ARGUMENT, "x:");
    assert_fails(ridge_layer_norm_forward(test_launcher, &norm, x, v, none), RIDGE_ERROR_SHAPE,
                 "y:");
    assert_fails(ridge_layer_norm_forward(test_launcher, &norm, x, y, v), RIDGE_ERROR_SHAPE,
                 "statistics: expected 9 elements, got 5");
    assert_fails(ridge_layer_norm_backward(test_launcher, &norm, x, none, y, NULL),
                 RIDGE_ERROR_ARGUMENT, "wanted:");
    assert_fails(ridge_layer_norm_backward(test_launcher, &norm, x, none, y,
                                           &(ridge_normalisation_gradients){.gamma = v}),
                 RIDGE_ERROR_ARGUMENT, "statistics:");
    assert_fails(ridge_layer_norm_backward(test_launcher, &norm, x, w, y,
                                           &(ridge_normalisation_gradients){.gamma = w}),
                 RIDGE_ERROR_SHAPE, "wanted.gamma:");
    norm.epsilon = NAN;
    assert_fails(ridge_layer_norm_forward(test_launcher, &norm, x, y, none), RIDGE_ERROR_ARGUMENT,
                 "norm.epsilon");
    ridge_tensor *all[] = {&x, &y, &v, &w};
    for (size_t i = 0; i < 4; i++)
        test_release(all[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),         cmocka_unit_test(nothing_cancels),
        cmocka_unit_test(without_spread), cmocka_unit_test(ways_to_call),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("layer_norm", tests);
}

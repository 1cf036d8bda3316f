// SPDX-License-Identifier: Apache-2.0
// Batch normalisation against double precision: forward, running statistics, backward; values far
// from 0; channels without spread; single rows.
#include "harness.h"

#include "batch_norm_reference.h"

#include <ridge/normalisation.h>
#include <stdlib.h>
#include <string.h>

static ridge_tensor tensor_of(const struct norm_shape *s, const float *data)
{
    if (s->inner == 1)
        return test_matrix(s->batch, s->channels, data);
    return test_tensor(RIDGE_FLOAT32, 3, (const size_t[]){s->batch, s->channels, s->inner}, data);
}

struct tensors {
    ridge_normalisation norm;
    ridge_tensor x, y, dy, dx, dgamma, dbeta, statistics;
};

static void make(const struct norm_problem *p, struct tensors *t)
{
    size_t channels = p->shape.channels;
    *t = (struct tensors){.norm = {.epsilon = p->epsilon, .activation = p->activation}};
    t->x = tensor_of(&p->shape, p->x);
    t->y = tensor_of(&p->shape, NULL);
    t->dy = tensor_of(&p->shape, p->dy);
    t->dx = tensor_of(&p->shape, NULL);
    t->dgamma = test_vector(channels, NULL);
    t->dbeta = test_vector(channels, NULL);
    t->statistics = test_matrix(3, channels, NULL);
    if (p->has_gamma)
        t->norm.gamma = test_vector(channels, p->gamma);
    if (p->has_beta)
        t->norm.beta = test_vector(channels, p->beta);
}

static void drop(struct tensors *t)
{
    ridge_tensor *all[] = {&t->x,      &t->y,     &t->dy,         &t->dx,       &t->norm.gamma,
                           &t->dgamma, &t->dbeta, &t->statistics, &t->norm.beta};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i]->buffer)
            test_release(all[i]);
}

static void expect(const char *what, ridge_tensor tensor, const double *expected, double absolute,
                   double relative)
{
    size_t count = ridge_tensor_count(&tensor);
    float *got = norm_room(count, sizeof(float));
    test_get(tensor, got);
    test_close(what, got, expected, count, absolute, relative);
    free(got);
}

static void check_statistics(const struct norm_problem *p, ridge_tensor tensor)
{
    size_t channels = p->shape.channels;
    float *got = norm_room(3 * channels, sizeof(float));
    test_get(tensor, got);
    for (size_t c = 0; c < channels; c++) {
        double mean = (double)got[c] + (double)got[channels + c];
        double deviation = sqrt(p->variance[c] + 1e-30);
        double wanted[] = {p->mean[c]};
        // the parts of the mean together are better than a float
        if (fabs(mean - wanted[0]) > 8 * p->spread * (deviation + 1) * TEST_EPSILON)
            fail_msg("mean %zu: expected %.12g, got %.12g", c, wanted[0], mean);
    }
    // distances are rounded relative to themselves; nothing of the mean is in here
    test_close("variance", got + 2 * channels, p->variance, channels, 0, norm_error_of_variance(p));
    free(got);
}

static void check_gradients(const struct norm_problem *p, const struct tensors *t)
{
    double rows = (double)norm_rows(&p->shape);
    expect("dgamma", t->dgamma, p->dgamma, rows * norm_error_of_sums(p, true), 0);
    expect("dbeta", t->dbeta, p->dbeta, rows * norm_error_of_sums(p, false), 0);
    expect("dx", t->dx, p->dx, norm_error_of_dx(p), 0);
}

static void one(const struct norm_shape *shape, ridge_activation activation, bool gamma, bool beta)
{
    struct norm_problem p = {
        .shape = *shape, .activation = activation, .has_gamma = gamma, .has_beta = beta};
    struct tensors t;
    norm_begin(&p, 0.5, 1);
    norm_refer(&p);
    make(&p, &t);
    assert_ok(ridge_batch_norm_forward(test_launcher, &t.norm, NULL, t.x, t.y, t.statistics));
    expect("y", t.y, p.y, norm_error_of_y(&p), 0);
    check_statistics(&p, t.statistics);
    ridge_normalisation_gradients wanted = {.x = t.dx, .gamma = t.dgamma, .beta = t.dbeta};
    assert_ok(ridge_batch_norm_backward(test_launcher, &t.norm, t.x, t.statistics, t.dy, &wanted));
    check_gradients(&p, &t);
    drop(&t);
    norm_end(&p);
}

static const struct norm_shape few[] = {{1, 1, 1}, {7, 3, 1},  {5, 17, 1}, {3, 65, 1},
                                        {2, 3, 5}, {4, 17, 9}, {65, 2, 1}, {1, 5, 7}};
static const struct norm_shape more[] = {
    {1, 1009, 1}, {63, 65, 1},   {128, 800, 1}, {127, 63, 1}, {1024, 33, 1},  {2049, 17, 1},
    {1025, 1, 1}, {9, 16, 333},  {3, 65, 25},   {1, 7, 4097}, {5000, 129, 1}, {100003, 3, 1},
    {300, 17, 1}, {3136, 32, 1}, {6300, 64, 1}, {20011, 1, 1}};

static void shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++)
        one(&few[i], i % 2 ? RIDGE_RELU : RIDGE_LINEAR, i % 3 != 0, i % 3 != 1);
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]) && !test_small(); i++)
        one(&more[i], i % 2 ? RIDGE_RELU : RIDGE_LINEAR, true, true);
    one(&(struct norm_shape){33, 18, 1}, RIDGE_TANH, true, true);
    one(&(struct norm_shape){33, 18, 1}, RIDGE_SILU, true, true);
    one(&(struct norm_shape){test_small() ? 2049 : 2500, 3, 1}, RIDGE_SILU, true, true);
}

// Values of deviation 1 around ever larger means: the bound on the variance knows nothing of them.
static void nothing_cancels(void **state)
{
    (void)state;
    const double means[] = {1e4, -1e5, 1e6};
    const struct norm_shape shapes[] = {{128, 5, 1}, {3, 2, 43}, {2500, 3, 1}};
    for (size_t i = 0; i < 3; i++)
        for (size_t s = 0; s < (test_small() ? 2 : 3); s++) {
            struct norm_problem p = {.shape = shapes[s], .has_gamma = true, .has_beta = true};
            struct tensors t;
            norm_begin(&p, means[i], 1);
            // an outlier in the first row, from which distances are taken
            p.x[0] += 100;
            norm_refer(&p);
            make(&p, &t);
            assert_ok(
                ridge_batch_norm_forward(test_launcher, &t.norm, NULL, t.x, t.y, t.statistics));
            expect("y", t.y, p.y, norm_error_of_y(&p), 0);
            check_statistics(&p, t.statistics);
            ridge_normalisation_gradients wanted = {.x = t.dx, .gamma = t.dgamma, .beta = t.dbeta};
            assert_ok(ridge_batch_norm_backward(test_launcher, &t.norm, t.x, t.statistics, t.dy,
                                                &wanted));
            check_gradients(&p, &t);
            drop(&t);
            norm_end(&p);
        }
}

// A channel of one value, of any size, or a single row: y is beta to the bit and no gradient is
// left for x.
static void without_spread(void **state)
{
    (void)state;
    const struct norm_shape shapes[] = {{1, 5, 1}, {7, 5, 1}, {2, 5, 3}, {2500, 5, 1}};
    const float values[] = {0, 1e6f, -1.1f, 3e-30f, 7e15f};
    for (size_t i = 0; i < (test_small() ? 3 : 4); i++) {
        struct norm_problem p = {.shape = shapes[i], .has_gamma = true, .has_beta = true};
        struct tensors t;
        norm_begin(&p, 0, 1);
        for (size_t r = 0; r < norm_rows(&p.shape); r++)
            for (size_t c = 0; c < 5; c++)
                p.x[norm_place(&p.shape, r, c)] = values[c];
        make(&p, &t);
        assert_ok(ridge_batch_norm_forward(test_launcher, &t.norm, NULL, t.x, t.y, t.statistics));
        float *y = norm_room(norm_count(&p.shape), sizeof(float)), statistics[15];
        test_get(t.y, y);
        test_get(t.statistics, statistics);
        for (size_t c = 0; c < 5; c++) {
            assert_true(statistics[c] == values[c] && statistics[5 + c] == 0);
            assert_true(statistics[10 + c] == 0);
            for (size_t r = 0; r < norm_rows(&p.shape); r++)
                assert_true(y[norm_place(&p.shape, r, c)] == p.beta[c]);
        }
        if (norm_rows(&p.shape) == 1) {
            assert_ok(ridge_batch_norm_backward(test_launcher, &t.norm, t.x, t.statistics, t.dy,
                                                &(ridge_normalisation_gradients){.x = t.dx}));
            test_get(t.dx, y);
            for (size_t c = 0; c < 5; c++)
                assert_true(y[c] == 0);
        }
        free(y);
        drop(&t);
        norm_end(&p);
    }
}

// Several batches with running statistics, against double; then inference from them.
static void running(const struct norm_shape *shape, float momentum, bool unbiased)
{
    enum { STEPS = 6 };
    struct norm_problem p = {.shape = *shape, .has_gamma = true, .has_beta = true};
    struct tensors t;
    norm_begin(&p, 3, 2);
    norm_refer(&p);
    make(&p, &t);
    size_t channels = shape->channels;
    double rows = (double)norm_rows(shape);
    float *start = norm_room(2 * channels, sizeof(float));
    double *mean = norm_room(channels, sizeof(double)),
           *variance = norm_room(channels, sizeof(double));
    for (size_t c = 0; c < channels; c++)
        start[channels + c] = 1;
    ridge_running_statistics state = {.mean = test_vector(channels, start),
                                      .variance = test_vector(channels, start + channels),
                                      .momentum = momentum,
                                      .unbiased = unbiased};
    for (int step = 0; step < STEPS; step++)
        assert_ok(
            ridge_batch_norm_forward(test_launcher, &t.norm, &state, t.x, t.y, (ridge_tensor){0}));
    double kept = pow((double)momentum, STEPS);
    for (size_t c = 0; c < channels; c++) {
        double of_batch = p.variance[c] * (unbiased && rows > 1 ? rows / (rows - 1) : 1);
        mean[c] = (1 - kept) * p.mean[c];
        variance[c] = unbiased && rows == 1 ? 1 : kept + (1 - kept) * of_batch;
    }
    // each step rounds a few times, and the share 1 - momentum is rounded relative to itself
    double rounding = 4 * STEPS * TEST_EPSILON;
    expect("running mean", state.mean, mean, 10 * rounding, 0);
    expect("running variance", state.variance, variance, rounding,
           rounding + norm_error_of_variance(&p));

    // y = (x - mean) gamma / sqrt(variance + epsilon) + beta from what is there now
    float *got = norm_room(2 * channels, sizeof(float));
    test_get(state.mean, got);
    test_get(state.variance, got + channels);
    double most = 0;
    for (size_t r = 0; r < norm_rows(shape); r++)
        for (size_t c = 0; c < channels; c++) {
            size_t e = norm_place(shape, r, c);
            double scale = 1 / sqrt((double)got[channels + c] + (double)p.epsilon);
            double normal = ((double)p.x[e] - (double)got[c]) * scale;
            p.y[e] = normal * (double)p.gamma[c] + (double)p.beta[c];
            most = fmax(most, fabs(normal * (double)p.gamma[c]) + fabs((double)p.beta[c]));
        }
    assert_ok(
        ridge_batch_norm_inference(test_launcher, &t.norm, state.mean, state.variance, t.x, t.y));
    expect("inference", t.y, p.y, 20 * most * TEST_EPSILON, 0);
    test_release(&state.mean);
    test_release(&state.variance);
    free(start);
    free(got);
    free(mean);
    free(variance);
    drop(&t);
    norm_end(&p);
}

static void running_statistics(void **state)
{
    (void)state;
    const struct norm_shape shapes[] = {
        {9, 5, 1}, {1, 18, 1}, {2, 3, 5}, {2500, 17, 1}, {128, 70, 1}};
    for (size_t i = 0; i < (test_small() ? 3 : 5); i++) {
        running(&shapes[i], 0.99f, false);
        running(&shapes[i], 0.9f, true);
    }
    running(&shapes[0], 0, true);
}

// NaN and infinity show in their own channel and nowhere else.
static void not_finite(void **state)
{
    (void)state;
    struct norm_problem p = {.shape = {9, 5, 1}};
    struct tensors t;
    norm_begin(&p, 0, 1);
    p.x[0 * 5 + 1] = INFINITY;
    p.x[4 * 5 + 3] = NAN;
    make(&p, &t);
    float y[45];
    assert_ok(ridge_batch_norm_forward(test_launcher, &t.norm, NULL, t.x, t.y, t.statistics));
    test_get(t.y, y);
    for (size_t e = 0; e < 45; e++)
        assert_true((e % 5 == 1 || e % 5 == 3) == !isfinite(y[e]));
    drop(&t);
    norm_end(&p);
}

// dx is added to what is there, or takes the place of dy; what is not wanted is not written; a
// recorded plan gives the same bits.
static void ways_to_call(void **state)
{
    (void)state;
    const struct norm_shape shapes[] = {{33, 21, 1}, {2500, 3, 1}};
    for (size_t i = 0; i < (test_small() ? 1 : 2); i++) {
        struct norm_problem p = {.shape = shapes[i], .has_gamma = true, .activation = RIDGE_RELU};
        struct tensors t;
        size_t count = norm_count(&p.shape);
        float *first = norm_room(count, sizeof(float)), *again = norm_room(count, sizeof(float));
        norm_begin(&p, 0, 1);
        make(&p, &t);
        assert_ok(ridge_batch_norm_forward(test_launcher, &t.norm, NULL, t.x, t.y, t.statistics));
        ridge_normalisation_gradients wanted = {.x = t.dx};
        assert_ok(
            ridge_batch_norm_backward(test_launcher, &t.norm, t.x, t.statistics, t.dy, &wanted));
        test_get(t.dx, first);
        wanted.accumulate = true;
        assert_ok(
            ridge_batch_norm_backward(test_launcher, &t.norm, t.x, t.statistics, t.dy, &wanted));
        test_get(t.dx, again);
        for (size_t e = 0; e < count; e++)
            assert_true(again[e] == 2 * first[e]);
        ridge_plan *plan;
        assert_ok(ridge_plan_create(test_device, &plan));
        ridge_launcher *on = ridge_plan_launcher(plan);
        assert_ok(ridge_batch_norm_forward(on, &t.norm, NULL, t.x, t.y, t.statistics));
        wanted = (ridge_normalisation_gradients){.x = t.dy, .gamma = t.dgamma};
        assert_ok(ridge_batch_norm_backward(on, &t.norm, t.x, t.statistics, t.dy, &wanted));
        assert_ok(ridge_plan_run(plan));
        test_get(t.dy, again);
        assert_memory_equal(first, again, count * sizeof(float));
        test_get(t.dbeta, first);
        assert_true(isnan(first[0]));
        ridge_plan_destroy(&plan);
        free(first);
        free(again);
        drop(&t);
        norm_end(&p);
    }
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_matrix(3, 5, NULL), y = test_matrix(3, 5, NULL), v = test_vector(5, NULL),
                 w = test_vector(4, NULL), none = {0};
    ridge_normalisation norm = {.epsilon = 1e-3f};
    ridge_launcher *on = test_launcher;
    assert_fails(ridge_batch_norm_forward(NULL, &norm, NULL, x, y, none), RIDGE_ERROR_ARGUMENT,
                 "launcher");
    assert_fails(ridge_batch_norm_forward(on, NULL, NULL, x, y, none), RIDGE_ERROR_ARGUMENT,
                 "norm:");
    assert_fails(ridge_batch_norm_forward(on, &norm, NULL, v, v, none), RIDGE_ERROR_SHAPE,
                 "x: expected [batch, channels, ...], got rank 1");
    assert_fails(ridge_batch_norm_forward(on, &norm, NULL, x, v, none), RIDGE_ERROR_SHAPE, "y:");
    assert_fails(ridge_batch_norm_forward(on, &norm, NULL, x, y, v), RIDGE_ERROR_SHAPE,
                 "statistics:");
    ridge_running_statistics running = {.mean = v, .variance = w, .momentum = 0.9f};
    assert_fails(ridge_batch_norm_forward(on, &norm, &running, x, y, none), RIDGE_ERROR_SHAPE,
                 "running.variance: expected 5 elements, got 4");
    running.momentum = 1;
    assert_fails(ridge_batch_norm_forward(on, &norm, &running, x, y, none), RIDGE_ERROR_ARGUMENT,
                 "running.momentum: expected [0, 1), got 1");
    norm.gamma = w;
    assert_fails(ridge_batch_norm_inference(on, &norm, v, v, x, y), RIDGE_ERROR_SHAPE,
                 "norm.gamma:");
    norm = (ridge_normalisation){.epsilon = 0};
    assert_fails(ridge_batch_norm_inference(on, &norm, v, v, x, y), RIDGE_ERROR_ARGUMENT,
                 "norm.epsilon: expected a number above 0, got 0");
    norm = (ridge_normalisation){.epsilon = 1, .activation = (ridge_activation)99};
    assert_fails(ridge_batch_norm_inference(on, &norm, v, v, x, y), RIDGE_ERROR_ARGUMENT,
                 "activation");
    norm.activation = RIDGE_RELU;
    assert_fails(ridge_batch_norm_inference(on, &norm, w, v, x, y), RIDGE_ERROR_SHAPE, "mean:");
    ridge_tensor statistics = test_matrix(3, 5, NULL);
    assert_fails(ridge_batch_norm_backward(on, &norm, x, statistics, y, NULL), RIDGE_ERROR_ARGUMENT,
                 "wanted:");
    assert_fails(ridge_batch_norm_backward(on, &norm, x, statistics, y,
                                           &(ridge_normalisation_gradients){.beta = w}),
                 RIDGE_ERROR_SHAPE, "wanted.beta:");
    ridge_tensor *all[] = {&x, &y, &v, &w, &statistics};
    for (size_t i = 0; i < 5; i++)
        test_release(all[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),         cmocka_unit_test(nothing_cancels),
        cmocka_unit_test(without_spread), cmocka_unit_test(running_statistics),
        cmocka_unit_test(not_finite),     cmocka_unit_test(ways_to_call),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("batch_norm", tests);
}

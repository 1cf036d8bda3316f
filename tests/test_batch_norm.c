// SPDX-License-Identifier: Apache-2.0
// Batch normalisation against double precision: forward, running statistics, backward; values far
// from 0; channels without spread; single rows.
#include "harness.h"

#include <stdlib.h>
#include <string.h>

struct shape {
    size_t batch, channels, inner;
};

static size_t count_of(const struct shape *s)
{
    return s->batch * s->channels * s->inner;
}

static size_t rows_of(const struct shape *s)
{
    return s->batch * s->inner;
}

// Element `row` of a channel.
static size_t place(const struct shape *s, size_t row, size_t channel)
{
    return (row / s->inner * s->channels + channel) * s->inner + row % s->inner;
}

// Blocks of 64 rows, then the blocks, then the work-items or parts: no value takes part in more
// additions. 128 rows a part on CPUs; through panels fewer rows, and 32 lanes for a channel.
static double additions(const struct shape *s)
{
    double rows = (double)rows_of(s);
    return fmin(rows, 64) + rows / 64 / 64 + fmin(rows / 128, 256) + 32;
}

// One problem with its reference.
struct problem {
    struct shape shape;
    ridge_activation activation;
    bool has_gamma, has_beta;
    float epsilon;
    float *x, *dy, *gamma, *beta; // what the op is given
    double *mean, *variance, *normal, *y, *dx, *dgamma, *dbeta;
    double most_normal, most_gamma, most_beta, most_dz, most_scale;
    double spread; // of a channel's values, in deviations
};

static double activate(ridge_activation activation, double z)
{
    return activation == RIDGE_RELU   ? (z > 0 ? z : 0)
           : activation == RIDGE_SILU ? z / (1 + exp(-z))
           : activation == RIDGE_TANH ? tanh(z)
                                      : z;
}

static double derivative(ridge_activation activation, double z)
{
    double sigmoid = 1 / (1 + exp(-z)), t = tanh(z);
    return activation == RIDGE_RELU   ? z > 0
           : activation == RIDGE_SILU ? sigmoid * (1 + z * (1 - sigmoid))
           : activation == RIDGE_TANH ? 1 - t * t
                                      : 1;
}

static void *room(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    assert_non_null(memory);
    return memory;
}

static void measure_channel(struct problem *p, size_t c)
{
    const struct shape *s = &p->shape;
    size_t rows = rows_of(s);
    double sum = 0, squares = 0, low = HUGE_VAL, high = -HUGE_VAL;
    for (size_t r = 0; r < rows; r++) {
        double x = (double)p->x[place(s, r, c)];
        sum += x;
        low = fmin(low, x);
        high = fmax(high, x);
    }
    p->mean[c] = sum / (double)rows;
    for (size_t r = 0; r < rows; r++) {
        double distance = (double)p->x[place(s, r, c)] - p->mean[c];
        squares += distance * distance;
    }
    p->variance[c] = squares / (double)rows;
    double scale = 1 / sqrt(p->variance[c] + (double)p->epsilon);
    p->most_scale = fmax(p->most_scale, scale);
    p->spread = fmax(p->spread, (high - low) * scale);
}

static void reference_channel(struct problem *p, size_t c)
{
    const struct shape *s = &p->shape;
    size_t rows = rows_of(s);
    double scale = 1 / sqrt(p->variance[c] + (double)p->epsilon);
    double gamma = p->has_gamma ? (double)p->gamma[c] : 1;
    double beta = p->has_beta ? (double)p->beta[c] : 0;
    for (size_t r = 0; r < rows; r++) {
        size_t e = place(s, r, c);
        p->normal[e] = ((double)p->x[e] - p->mean[c]) * scale;
        double z = gamma * p->normal[e] + beta;
        p->y[e] = activate(p->activation, z);
        if (p->activation == RIDGE_RELU && fabs(z) < 1e-2)
            p->dy[e] = 0; // on which side of the kink is a matter of rounding
        double dz = (double)p->dy[e] * derivative(p->activation, z);
        p->dbeta[c] += dz;
        p->dgamma[c] += dz * p->normal[e];
        p->most_normal = fmax(p->most_normal, fabs(p->normal[e]));
        p->most_dz = fmax(p->most_dz, fabs((double)p->dy[e]));
    }
    for (size_t r = 0; r < rows; r++) {
        size_t e = place(s, r, c);
        double dz = (double)p->dy[e] * derivative(p->activation, gamma * p->normal[e] + beta);
        p->dx[e] = gamma * scale *
                   (dz - p->dbeta[c] / (double)rows - p->normal[e] * p->dgamma[c] / (double)rows);
    }
    p->most_gamma = fmax(p->most_gamma, fabs(gamma));
    p->most_beta = fmax(p->most_beta, fabs(beta));
}

static void refer(struct problem *p)
{
    for (size_t c = 0; c < p->shape.channels; c++) {
        measure_channel(p, c);
        reference_channel(p, c);
    }
}

static void begin(struct problem *p, double mean, double deviation)
{
    size_t count = count_of(&p->shape), channels = p->shape.channels;
    p->epsilon = 1e-3f;
    float **values[] = {&p->x, &p->dy, &p->gamma, &p->beta};
    for (size_t i = 0; i < 4; i++)
        *values[i] = room(i < 2 ? count : channels, sizeof(float));
    double **references[] = {&p->normal,   &p->y,      &p->dx,   &p->mean,
                             &p->variance, &p->dgamma, &p->dbeta};
    for (size_t i = 0; i < 7; i++)
        *references[i] = room(i < 3 ? count : channels, sizeof(double));
    double half = deviation * sqrt(3);
    test_fill(p->x, count, count, mean - half, mean + half);
    test_fill(p->dy, count, count + 1, -1, 1);
    test_fill(p->gamma, channels, 3, -2, 2);
    test_fill(p->beta, channels, 4, -1, 1);
}

static void end(struct problem *p)
{
    void *all[] = {p->x,      p->dy, p->gamma, p->beta,   p->mean, p->variance,
                   p->normal, p->y,  p->dx,    p->dgamma, p->dbeta};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        free(all[i]);
}

// How far things may be from the reference, whatever the mean of the values.
static double error_of_variance(const struct problem *p) // relative
{
    return (additions(&p->shape) + 8) * TEST_EPSILON;
}

static double error_of_normal(const struct problem *p)
{
    // distances to the origin and the mean are rounded a few times; sqrt and division take 3 and
    // 2.5 ulp
    return (6 * p->spread + (error_of_variance(p) / TEST_EPSILON / 2 + 16) * p->most_normal) *
           TEST_EPSILON;
}

static double error_of_y(const struct problem *p)
{
    double z = p->most_gamma * p->most_normal + p->most_beta;
    return 1.1 * p->most_gamma * error_of_normal(p) + 12 * z * TEST_EPSILON; // |f'| < 1.1
}

static double error_of_dz(const struct problem *p)
{
    return p->most_dz * (error_of_y(p) + 16 * TEST_EPSILON); // |f''| <= 1
}

// Of the mean over the rows of dz, and of dz normal(x).
static double error_of_sums(const struct problem *p, bool product)
{
    double most = 1.1 * p->most_dz * (product ? p->most_normal : 1);
    double error = product ? error_of_dz(p) * p->most_normal + 1.1 * p->most_dz * error_of_normal(p)
                           : error_of_dz(p);
    return error + (additions(&p->shape) + 4) * most * TEST_EPSILON;
}

static double error_of_dx(const struct problem *p)
{
    double inner = error_of_dz(p) + error_of_sums(p, false) +
                   p->most_normal * error_of_sums(p, true) +
                   1.1 * p->most_dz * p->most_normal * error_of_normal(p);
    double most = 1.1 * p->most_dz * (2 + p->most_normal * p->most_normal);
    return p->most_gamma * p->most_scale *
           (inner + (error_of_variance(p) / 2 + 24 * TEST_EPSILON) * most);
}

static ridge_tensor tensor_of(const struct shape *s, const float *data)
{
    if (s->inner == 1)
        return test_matrix(s->batch, s->channels, data);
    return test_tensor(RIDGE_FLOAT32, 3, (const size_t[]){s->batch, s->channels, s->inner}, data);
}

struct tensors {
    ridge_normalisation norm;
    ridge_tensor x, y, dy, dx, dgamma, dbeta, statistics;
};

static void make(const struct problem *p, struct tensors *t)
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
    float *got = room(count, sizeof(float));
    test_get(tensor, got);
    test_close(what, got, expected, count, absolute, relative);
    free(got);
}

static void check_statistics(const struct problem *p, ridge_tensor tensor)
{
    size_t channels = p->shape.channels;
    float *got = room(3 * channels, sizeof(float));
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
    test_close("variance", got + 2 * channels, p->variance, channels, 0, error_of_variance(p));
    free(got);
}

static void check_gradients(const struct problem *p, const struct tensors *t)
{
    double rows = (double)rows_of(&p->shape);
    expect("dgamma", t->dgamma, p->dgamma, rows * error_of_sums(p, true), 0);
    expect("dbeta", t->dbeta, p->dbeta, rows * error_of_sums(p, false), 0);
    expect("dx", t->dx, p->dx, error_of_dx(p), 0);
}

static void one(const struct shape *shape, ridge_activation activation, bool gamma, bool beta)
{
    struct problem p = {
        .shape = *shape, .activation = activation, .has_gamma = gamma, .has_beta = beta};
    struct tensors t;
    begin(&p, 0.5, 1);
    refer(&p);
    make(&p, &t);
    assert_ok(ridge_batch_norm_forward(test_launcher, &t.norm, NULL, t.x, t.y, t.statistics));
    expect("y", t.y, p.y, error_of_y(&p), 0);
    check_statistics(&p, t.statistics);
    ridge_normalisation_gradients wanted = {.x = t.dx, .gamma = t.dgamma, .beta = t.dbeta};
    assert_ok(ridge_batch_norm_backward(test_launcher, &t.norm, t.x, t.statistics, t.dy, &wanted));
    check_gradients(&p, &t);
    drop(&t);
    end(&p);
}

static const struct shape few[] = {{1, 1, 1}, {7, 3, 1},  {5, 17, 1}, {3, 65, 1},
                                   {2, 3, 5}, {4, 17, 9}, {65, 2, 1}, {1, 5, 7}};
static const struct shape more[] = {{1, 1009, 1},  {63, 65, 1},   {128, 800, 1},  {127, 63, 1},
                                    {1024, 33, 1}, {2049, 17, 1}, {1025, 1, 1},   {9, 16, 333},
                                    {3, 65, 25},   {1, 7, 4097},  {5000, 129, 1}, {100003, 3, 1},
                                    {300, 17, 1},  {3136, 32, 1}, {6300, 64, 1},  {20011, 1, 1}};

static void shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++)
        one(&few[i], i % 2 ? RIDGE_RELU : RIDGE_LINEAR, i % 3 != 0, i % 3 != 1);
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]) && !test_small(); i++)
        one(&more[i], i % 2 ? RIDGE_RELU : RIDGE_LINEAR, true, true);
    one(&(struct shape){33, 18, 1}, RIDGE_TANH, true, true);
    one(&(struct shape){33, 18, 1}, RIDGE_SILU, true, true);
    one(&(struct shape){test_small() ? 2049 : 2500, 3, 1}, RIDGE_SILU, true, true);
}

// Values of deviation 1 around ever larger means: the bound on the variance knows nothing of them.
static void nothing_cancels(void **state)
{
    (void)state;
    const double means[] = {1e4, -1e5, 1e6};
    const struct shape shapes[] = {{128, 5, 1}, {3, 2, 43}, {2500, 3, 1}};
    for (size_t i = 0; i < 3; i++)
        for (size_t s = 0; s < (test_small() ? 2 : 3); s++) {
            struct problem p = {.shape = shapes[s], .has_gamma = true, .has_beta = true};
            struct tensors t;
            begin(&p, means[i], 1);
            // an outlier in the first row, from which distances are taken
            p.x[0] += 100;
            refer(&p);
            make(&p, &t);
            assert_ok(
                ridge_batch_norm_forward(test_launcher, &t.norm, NULL, t.x, t.y, t.statistics));
            expect("y", t.y, p.y, error_of_y(&p), 0);
            check_statistics(&p, t.statistics);
            ridge_normalisation_gradients wanted = {.x = t.dx, .gamma = t.dgamma, .beta = t.dbeta};
            assert_ok(ridge_batch_norm_backward(test_launcher, &t.norm, t.x, t.statistics, t.dy,
                                                &wanted));
            check_gradients(&p, &t);
            drop(&t);
            end(&p);
        }
}

// A channel of one value, of any size, or a single row: y is beta to the bit and no gradient is
// left for x.
static void without_spread(void **state)
{
    (void)state;
    const struct shape shapes[] = {{1, 5, 1}, {7, 5, 1}, {2, 5, 3}, {2500, 5, 1}};
    const float values[] = {0, 1e6f, -1.1f, 3e-30f, 7e15f};
    for (size_t i = 0; i < (test_small() ? 3 : 4); i++) {
        struct problem p = {.shape = shapes[i], .has_gamma = true, .has_beta = true};
        struct tensors t;
        begin(&p, 0, 1);
        for (size_t r = 0; r < rows_of(&p.shape); r++)
            for (size_t c = 0; c < 5; c++)
                p.x[place(&p.shape, r, c)] = values[c];
        make(&p, &t);
        assert_ok(ridge_batch_norm_forward(test_launcher, &t.norm, NULL, t.x, t.y, t.statistics));
        float *y = room(count_of(&p.shape), sizeof(float)), statistics[15];
        test_get(t.y, y);
        test_get(t.statistics, statistics);
        for (size_t c = 0; c < 5; c++) {
            assert_true(statistics[c] == values[c] && statistics[5 + c] == 0);
            assert_true(statistics[10 + c] == 0);
            for (size_t r = 0; r < rows_of(&p.shape); r++)
                assert_true(y[place(&p.shape, r, c)] == p.beta[c]);
        }
        if (rows_of(&p.shape) == 1) {
            assert_ok(ridge_batch_norm_backward(test_launcher, &t.norm, t.x, t.statistics, t.dy,
                                                &(ridge_normalisation_gradients){.x = t.dx}));
            test_get(t.dx, y);
            for (size_t c = 0; c < 5; c++)
                assert_true(y[c] == 0);
        }
        free(y);
        drop(&t);
        end(&p);
    }
}

// Several batches with running statistics, against double; then inference from them.
static void running(const struct shape *shape, float momentum, bool unbiased)
{
    enum { STEPS = 6 };
    struct problem p = {.shape = *shape, .has_gamma = true, .has_beta = true};
    struct tensors t;
    begin(&p, 3, 2);
    refer(&p);
    make(&p, &t);
    size_t channels = shape->channels;
    double rows = (double)rows_of(shape);
    float *start = room(2 * channels, sizeof(float));
    double *mean = room(channels, sizeof(double)), *variance = room(channels, sizeof(double));
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
           rounding + error_of_variance(&p));

    // y = (x - mean) gamma / sqrt(variance + epsilon) + beta from what is there now
    float *got = room(2 * channels, sizeof(float));
    test_get(state.mean, got);
    test_get(state.variance, got + channels);
    double most = 0;
    for (size_t r = 0; r < rows_of(shape); r++)
        for (size_t c = 0; c < channels; c++) {
            size_t e = place(shape, r, c);
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
    end(&p);
}

static void running_statistics(void **state)
{
    (void)state;
    const struct shape shapes[] = {{9, 5, 1}, {1, 18, 1}, {2, 3, 5}, {2500, 17, 1}, {128, 70, 1}};
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
    struct problem p = {.shape = {9, 5, 1}};
    struct tensors t;
    begin(&p, 0, 1);
    p.x[0 * 5 + 1] = INFINITY;
    p.x[4 * 5 + 3] = NAN;
    make(&p, &t);
    float y[45];
    assert_ok(ridge_batch_norm_forward(test_launcher, &t.norm, NULL, t.x, t.y, t.statistics));
    test_get(t.y, y);
    for (size_t e = 0; e < 45; e++)
        assert_true((e % 5 == 1 || e % 5 == 3) == !isfinite(y[e]));
    drop(&t);
    end(&p);
}

// dx is added to what is there, or takes the place of dy; what is not wanted is not written; a
// recorded plan gives the same bits.
static void ways_to_call(void **state)
{
    (void)state;
    const struct shape shapes[] = {{33, 21, 1}, {2500, 3, 1}};
    for (size_t i = 0; i < (test_small() ? 1 : 2); i++) {
        struct problem p = {.shape = shapes[i], .has_gamma = true, .activation = RIDGE_RELU};
        struct tensors t;
        size_t count = count_of(&p.shape);
        float *first = room(count, sizeof(float)), *again = room(count, sizeof(float));
        begin(&p, 0, 1);
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
        end(&p);
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

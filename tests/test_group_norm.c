// SPDX-License-Identifier: Apache-2.0
// Group normalisation against double precision, planar and channels last: forward, backward; values
// far from 0; groups without spread.
#include "harness.h"

#include <ridge/normalisation.h>
#include <stdlib.h>
#include <string.h>

#include "activation_reference.h"

#define EPSILON 1e-5

// One problem with its reference.
struct problem {
    size_t batch, channels, places, groups;
    ridge_activation activation;
    bool last, has_gamma, has_beta;
    float *x, *dy, *gamma, *beta;
    double *normal, *y, *dx, *dgamma, *dbeta;
    double most_normal, most_gamma, most_z, most_scale;
    double spread; // of a group's values, in deviations
};

static void *room(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    assert_non_null(memory);
    return memory;
}

static size_t count_of(const struct problem *p)
{
    return p->batch * p->channels * p->places;
}

// Value `i` of a group: channel by channel.
static size_t place(const struct problem *p, size_t sample, size_t group, size_t i, size_t *channel)
{
    size_t at = i % p->places;
    *channel = group * (p->channels / p->groups) + i / p->places;
    size_t element = p->last ? at * p->channels + *channel : *channel * p->places + at;
    return sample * p->channels * p->places + element;
}

static double gamma_of(const struct problem *p, size_t c)
{
    return p->has_gamma ? (double)p->gamma[c] : 1;
}

// The group's mean, and 1 / sqrt(variance + epsilon).
static double measure(struct problem *p, size_t sample, size_t group, double *mean)
{
    size_t n = p->channels / p->groups * p->places, c;
    double low = HUGE_VAL, high = -HUGE_VAL, variance = 0;
    *mean = 0;
    for (size_t i = 0; i < n; i++) {
        double x = (double)p->x[place(p, sample, group, i, &c)];
        *mean += x / (double)n;
        low = fmin(low, x);
        high = fmax(high, x);
    }
    for (size_t i = 0; i < n; i++)
        variance += pow((double)p->x[place(p, sample, group, i, &c)] - *mean, 2) / (double)n;
    double scale = 1 / sqrt(variance + EPSILON);
    p->most_scale = fmax(p->most_scale, scale);
    p->spread = fmax(p->spread, (high - low) * scale);
    return scale;
}

static void refer_group(struct problem *p, size_t sample, size_t group)
{
    size_t n = p->channels / p->groups * p->places, c;
    double mean, scale = measure(p, sample, group, &mean), sum = 0, product = 0;
    for (size_t i = 0; i < n; i++) {
        size_t e = place(p, sample, group, i, &c);
        p->normal[e] = ((double)p->x[e] - mean) * scale;
        double z = gamma_of(p, c) * p->normal[e] + (p->has_beta ? (double)p->beta[c] : 0);
        p->y[e] = activation_at(p->activation, 0, z);
        double dz = (double)p->dy[e] * activation_slope(p->activation, 0, z);
        p->dbeta[c] += dz;
        p->dgamma[c] += dz * p->normal[e];
        p->dx[e] = dz * gamma_of(p, c); // for now
        sum += p->dx[e] / (double)n;
        product += p->dx[e] * p->normal[e] / (double)n;
        p->most_normal = fmax(p->most_normal, fabs(p->normal[e]));
        p->most_gamma = fmax(p->most_gamma, fabs(gamma_of(p, c)));
        p->most_z = fmax(p->most_z, fabs(z));
    }
    for (size_t i = 0; i < n; i++) {
        size_t e = place(p, sample, group, i, &c);
        p->dx[e] = scale * (p->dx[e] - sum - p->normal[e] * product);
    }
}

// Each group has a mean of its own around `mean`.
static void begin(struct problem *p, double mean)
{
    size_t count = count_of(p), c;
    float **values[] = {&p->x, &p->dy, &p->gamma, &p->beta};
    for (size_t i = 0; i < 4; i++)
        *values[i] = room(i < 2 ? count : p->channels, sizeof(float));
    double **references[] = {&p->normal, &p->y, &p->dx, &p->dgamma, &p->dbeta};
    for (size_t i = 0; i < 5; i++)
        *references[i] = room(i < 3 ? count : p->channels, sizeof(double));
    test_fill(p->x, count, count, -sqrt(3), sqrt(3));
    test_fill(p->dy, count, count + 1, -1, 1);
    test_fill(p->gamma, p->channels, 3, -2, 2);
    test_fill(p->beta, p->channels, 4, -1, 1);
    for (size_t g = 0; g < p->batch * p->groups; g++)
        for (size_t i = 0; i < p->channels / p->groups * p->places; i++)
            p->x[place(p, g / p->groups, g % p->groups, i, &c)] += (float)(mean * (double)(g + 1));
    for (size_t g = 0; g < p->batch * p->groups; g++)
        refer_group(p, g / p->groups, g % p->groups);
}

static void end(struct problem *p)
{
    void *all[] = {p->x, p->dy, p->gamma, p->beta, p->normal, p->y, p->dx, p->dgamma, p->dbeta};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        free(all[i]);
}

static void expect(const char *what, ridge_tensor tensor, const double *expected, double absolute)
{
    size_t count = ridge_tensor_count(&tensor);
    float *got = room(count, sizeof(float));
    test_get(tensor, got);
    test_close(what, got, expected, count, absolute, 0);
    free(got);
}

// As in test_layer_norm.c; sums go over blocks of 64 places, the blocks, the work-items, and the
// channels of a group or the samples.
static void check(const struct problem *p, ridge_tensor y, ridge_tensor dx, ridge_tensor dgamma,
                  ridge_tensor dbeta)
{
    double places = (double)p->places, width = (double)(p->channels / p->groups);
    double down = fmin(places, 64) + places / 64 / 64 + 8, most = 1.1, m = p->most_normal;
    double sums = (down + width + 12) * TEST_EPSILON; // relative to the largest term
    double normal = 6 * p->spread * TEST_EPSILON + (sums / 2 + 16 * TEST_EPSILON) * m;
    double of_y = 1.1 * p->most_gamma * normal + 12 * p->most_z * TEST_EPSILON;
    double dz = of_y + 16 * TEST_EPSILON, product = dz * m + most * normal;
    expect("y", y, p->y, of_y);
    double inner = 2 * dz + sums * most + m * (product + sums * most * m) + most * m * normal;
    double rest = (sums / 2 + 24 * TEST_EPSILON) * most * (2 + m * m);
    expect("dx", dx, p->dx, p->most_gamma * p->most_scale * (inner + rest));
    double rows = (double)p->batch * places;
    double columns = (down + (double)p->batch + 4) * TEST_EPSILON * most;
    expect("dbeta", dbeta, p->dbeta, rows * (dz + columns));
    expect("dgamma", dgamma, p->dgamma, rows * (product + columns * m));
}

static void one(struct problem *p, double mean)
{
    begin(p, mean);
    size_t shape[] = {p->batch, p->last ? p->places : p->channels,
                      p->last ? p->channels : p->places};
    ridge_tensor x = test_tensor(RIDGE_FLOAT32, 3, shape, p->x);
    ridge_tensor y = test_tensor(RIDGE_FLOAT32, 3, shape, NULL);
    ridge_tensor dy = test_tensor(RIDGE_FLOAT32, 3, shape, p->dy);
    ridge_tensor dx = test_tensor(RIDGE_FLOAT32, 3, shape, NULL);
    ridge_tensor statistics = test_vector(3 * p->batch * p->groups, NULL);
    ridge_tensor dgamma = test_vector(p->channels, NULL), dbeta = test_vector(p->channels, NULL);
    ridge_tensor gamma = test_vector(p->channels, p->gamma);
    ridge_tensor beta = test_vector(p->channels, p->beta);
    ridge_normalisation norm = {.epsilon = (float)EPSILON, .activation = p->activation};
    if (p->has_gamma)
        norm.gamma = gamma;
    if (p->has_beta)
        norm.beta = beta;
    ridge_normalisation_gradients wanted = {.x = dx, .gamma = dgamma, .beta = dbeta};
    assert_ok(ridge_group_norm_forward(test_launcher, &norm, p->groups, p->last, x, y, statistics));
    assert_ok(ridge_group_norm_backward(test_launcher, &norm, p->groups, p->last, x, statistics, dy,
                                        &wanted));
    check(p, y, dx, dgamma, dbeta);
    // without statistics the same bits; dx is added, or takes the place of dy
    size_t count = count_of(p);
    float *first = room(count, sizeof(float)), *again = room(count, sizeof(float));
    test_get(y, first);
    assert_ok(ridge_group_norm_forward(test_launcher, &norm, p->groups, p->last, x, y,
                                       (ridge_tensor){.offset = 0}));
    test_get(y, again);
    assert_memory_equal(first, again, count * sizeof(float));
    test_get(dx, first);
    wanted = (ridge_normalisation_gradients){.x = dx, .accumulate = true};
    assert_ok(ridge_group_norm_backward(test_launcher, &norm, p->groups, p->last, x, statistics, dy,
                                        &wanted));
    test_get(dx, again);
    for (size_t e = 0; e < count; e++)
        assert_true(again[e] == 2 * first[e]);
    wanted = (ridge_normalisation_gradients){.x = dy};
    assert_ok(ridge_group_norm_backward(test_launcher, &norm, p->groups, p->last, x, statistics, dy,
                                        &wanted));
    test_get(dy, again);
    assert_memory_equal(first, again, count * sizeof(float));
    free(first);
    free(again);
    ridge_tensor *all[] = {&x, &y, &dy, &dx, &statistics, &dgamma, &dbeta, &gamma, &beta};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        test_release(all[i]);
    end(p);
}

// batch, channels, places, groups.
static const size_t few[][4] = {{1, 1, 2, 1}, {2, 6, 5, 3}, {3, 17, 9, 1}, {2, 4, 1, 2}};
static const size_t more[][4] = {
    {1, 32, 784, 8}, {5, 65, 63, 5}, {7, 64, 49, 64}, {2, 3, 5003, 3}, {128, 16, 7, 4}};

static void against_double(void **state)
{
    (void)state;
    for (size_t i = 0; i < 9 && !(test_small() && i >= 4); i++)
        for (int last = 0; last < 2; last++) {
            const size_t *s = i < 4 ? few[i] : more[i - 4];
            struct problem p = {s[0], s[1], s[2], s[3], .last = last};
            p.activation = i % 2 ? RIDGE_SILU : RIDGE_LINEAR;
            p.has_gamma = i % 3 != 1;
            p.has_beta = i % 3 != 2;
            one(&p, i % 2 ? 1e4 : 0.5);
        }
}

// A group of one value, of any size: y is beta to the bit.
static void without_spread(void **state)
{
    (void)state;
    const float values[] = {0, 1e6f, -1.1f, 7e15f}, betas[] = {1, 2, 3, 4};
    float data[24], got[24];
    for (size_t i = 0; i < 24; i++)
        data[i] = values[i / 6];
    ridge_tensor x = test_tensor(RIDGE_FLOAT32, 3, (const size_t[]){2, 4, 3}, data);
    ridge_tensor y = test_tensor(RIDGE_FLOAT32, 3, (const size_t[]){2, 4, 3}, NULL);
    ridge_normalisation norm = {.epsilon = 1e-3f, .beta = test_vector(4, betas)};
    assert_ok(ridge_group_norm_forward(test_launcher, &norm, 2, false, x, y,
                                       (ridge_tensor){.offset = 0}));
    test_get(y, got);
    for (size_t i = 0; i < 24; i++)
        assert_true(got[i] == betas[i / 3 % 4]);
    test_release(&x);
    test_release(&y);
    test_release(&norm.beta);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_tensor(RIDGE_FLOAT32, 3, (const size_t[]){2, 6, 5}, NULL), none = {0};
    ridge_tensor v = test_vector(5, NULL);
    ridge_normalisation norm = {.epsilon = 1e-3f};
    ridge_launcher *on = test_launcher;
    assert_fails(ridge_group_norm_forward(on, &norm, 4, false, x, x, none), RIDGE_ERROR_ARGUMENT,
                 "groups: expected a number that divides 6 channels, got 4");
    assert_fails(ridge_group_norm_forward(on, &norm, 0, true, x, x, none), RIDGE_ERROR_ARGUMENT,
                 "groups: expected a number that divides 5 channels, got 0");
    assert_fails(ridge_group_norm_forward(on, &norm, 1, false, v, v, none), RIDGE_ERROR_SHAPE,
                 "x: expected [batch, channels, places]");
    assert_fails(ridge_group_norm_forward(on, &norm, 2, false, x, v, none), RIDGE_ERROR_SHAPE,
                 "y:");
    assert_fails(ridge_group_norm_forward(on, &norm, 2, false, x, x, v), RIDGE_ERROR_SHAPE,
                 "statistics:");
    norm.gamma = v;
    assert_fails(ridge_group_norm_forward(on, &norm, 2, false, x, x, none), RIDGE_ERROR_SHAPE,
                 "norm.gamma:");
    norm.gamma = none;
    assert_fails(ridge_group_norm_backward(on, &norm, 2, false, x, v, x, NULL),
                 RIDGE_ERROR_ARGUMENT, "wanted:");
    test_release(&x);
    test_release(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_double),
        cmocka_unit_test(without_spread),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("group_norm", tests);
}

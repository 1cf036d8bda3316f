// SPDX-License-Identifier: Apache-2.0
// Standardisation: statistics and their use against double precision; the layer, whose statistics
// come from the training rows alone, once, and go with the model.
#include "harness.h"

#include "problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ridge/normalisation.h>
#include <ridge/training.h>

#define SCALE (double)0.0039215689f // 1 / 255
#define SHIFT 0.25

struct shape {
    size_t rows, channels, inner;
};

// Ends with rows of 0. Parts of many rows are joined from 64 Ki elements on.
static const struct shape *shapes(void)
{
    static const struct shape few[] = {{1, 1, 1}, {7, 3, 5}, {3, 17, 1}, {0}};
    static const struct shape all[] = {
        {1, 1, 1},      {2, 1, 1},      {7, 3, 5},    {63, 65, 1},  {100, 7, 1},
        {5, 3, 1024},   {65, 1, 7},     {127, 3, 49}, {33, 2, 900}, {40000, 3, 1},
        {70000, 1, 17}, {1500, 300, 1}, {1, 1, 99},   {0},
    };
    return test_small() ? few : all;
}

static size_t count_of(const struct shape *s)
{
    return s->rows * s->channels * s->inner;
}

// Channel c lies around 10 c with a deviation of about (c % 5) / 2; c % 5 of 0: all equal.
static void *make(const struct shape *s, ridge_type type)
{
    size_t count = count_of(s);
    void *data = malloc(count * ridge_type_size(type));
    assert_non_null(data);
    for (size_t i = 0; i < count; i++) {
        size_t c = i / s->inner % s->channels;
        double noise = test_random(4, i, -1, 1) * (double)(c % 5);
        if (type == RIDGE_UINT8)
            ((uint8_t *)data)[i] = (uint8_t)(10 * (double)(c % 24) + 5 + 4.9 * noise / 4);
        else
            ((float *)data)[i] = (float)(10 * (double)c + 0.1 + noise);
    }
    return data;
}

struct statistics {
    double mean, deviation, largest; // the last of |x scale| and |shift|
    bool equal;                      // all values
};

static struct statistics reference(const struct shape *s, ridge_type type, const void *data,
                                   double scale, double shift, size_t channel)
{
    double sum = 0, squares = 0, largest = fabs(shift), first = 0;
    bool equal = true;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < s->rows * s->inner; i++) {
            size_t at = (i / s->inner * s->channels + channel) * s->inner + i % s->inner;
            double value = type == RIDGE_UINT8 ? ((const uint8_t *)data)[at]
                                               : (double)((const float *)data)[at];
            largest = fmax(largest, fabs(value * scale));
            first = i ? first : value;
            equal = equal && value == first;
            value = value * scale + shift;
            if (pass == 0)
                sum += value / (double)(s->rows * s->inner);
            else
                squares += (value - sum) * (value - sum) / (double)(s->rows * s->inner);
        }
    return (struct statistics){sum, equal ? 1 : sqrt(squares), largest, equal};
}

// What the network sees is rounded twice, and the mean once. The sums carry their rounding errors:
// of the deviation only the roundings of one term (3), of the two quotients (5) and the root (4)
// count.
static void check_statistics(const struct shape *s, ridge_type type, double scale, double shift)
{
    void *data = make(s, type);
    ridge_tensor x = test_tensor(type, RIDGE_SHAPE(s->rows, s->channels, s->inner), data);
    ridge_tensor mean = test_vector(s->channels, NULL), deviation = test_vector(s->channels, NULL);
    assert_ok(
        ridge_standardise_find(test_launcher, x, (float)scale, (float)shift, mean, deviation));
    float *found = malloc(2 * s->channels * sizeof(float));
    assert_non_null(found);
    test_get(mean, found);
    test_get(deviation, found + s->channels);
    for (size_t c = 0; c < s->channels; c++) {
        struct statistics expected = reference(s, type, data, scale, shift, c);
        double seen = 4 * TEST_EPSILON * expected.largest;
        test_close("mean", found + c, &expected.mean, 1, seen, TEST_EPSILON);
        test_close("deviation", found + s->channels + c, &expected.deviation, 1,
                   expected.equal ? 0 : seen, 12 * TEST_EPSILON);
    }
    free(found);
    free(data);
    test_release(&x);
    test_release(&mean);
    test_release(&deviation);
}

static void statistics(void **state)
{
    (void)state;
    for (const struct shape *s = shapes(); s->rows; s++) {
        check_statistics(s, RIDGE_FLOAT32, 1, 0);
        check_statistics(s, RIDGE_UINT8, SCALE, SHIFT);
    }
    if (!test_small()) // far from 0, where sums of squares would cancel
        check_statistics(&(struct shape){300, 2, 40}, RIDGE_FLOAT32, 0.0009765625, 5000);
}

// One subtraction and a quotient of at most 2.5 ulp.
static void applied(void **state)
{
    (void)state;
    for (const struct shape *s = shapes(); s->rows; s++) {
        size_t count = count_of(s);
        float *data = make(s, RIDGE_FLOAT32), *got = malloc(count * sizeof(float));
        float *numbers = malloc(2 * s->channels * sizeof(float));
        assert_non_null(got);
        assert_non_null(numbers);
        test_fill(numbers, s->channels, 5, -3, 3);
        test_fill(numbers + s->channels, s->channels, 6, 0.1, 4);
        numbers[2 * s->channels - 1] = 0; // as before statistics are found
        ridge_tensor mean = test_vector(s->channels, numbers),
                     deviation = test_vector(s->channels, numbers + s->channels);
        ridge_tensor x =
            test_tensor(RIDGE_FLOAT32, RIDGE_SHAPE(s->rows, s->channels, s->inner), data);
        ridge_tensor y = test_vector(count, NULL);
        for (int in_place = 0; in_place < 2; in_place++) {
            assert_ok(ridge_standardise_apply(test_launcher, x, mean, deviation, in_place ? x : y));
            test_get(in_place ? x : y, got);
            for (size_t i = 0; i < count; i++) {
                size_t c = i / s->inner % s->channels;
                double by = numbers[s->channels + c] != 0 ? (double)numbers[s->channels + c] : 1;
                double expected = ((double)data[i] - (double)numbers[c]) / by;
                test_close("standardise", got + i, &expected, 1, 0, 6 * TEST_EPSILON);
            }
        }
        free(data);
        free(got);
        free(numbers);
        test_release(&x);
        test_release(&y);
        test_release(&mean);
        test_release(&deviation);
    }
}

// Rows [2, 3, 2] or, flat, [12], with the statistics of the layer over what `of` says.
enum { ROWS = 40, TRAINED = 30, SIZE = 12 };

static ridge_dataset *make_rows(size_t rank)
{
    unsigned char x[ROWS * SIZE];
    float y[ROWS];
    for (size_t i = 0; i < ROWS * SIZE; i++) {
        // the rows behind those that train lie elsewhere
        double value = test_random(9, i, 0, 100) + (i / SIZE < TRAINED ? 0 : 120);
        x[i] = i % SIZE == 5 ? 77 : (unsigned char)value;
    }
    for (size_t i = 0; i < ROWS; i++)
        y[i] = (float)i / ROWS;
    ridge_dataset_params params = {.x = x, .x_type = RIDGE_UINT8, .count = ROWS, .y = y};
    static const size_t shapes_by_rank[][3] = {{SIZE}, {4, 3}, {2, 3, 2}};
    memcpy(params.shape, shapes_by_rank[rank - 1], sizeof(shapes_by_rank[0]));
    ridge_dataset *set = NULL;
    assert_ok(ridge_dataset_create(&params, &set));
    return set;
}

// The output is the sum of the standardised row as long as it is not trained.
static ridge_network *make_network(const ridge_dataset *rows,
                                   const ridge_standardise_params *params)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_input_params input = {0};
    ridge_dataset_shape(rows, input.shape);
    ridge_node x = ridge_standardise(network, ridge_input(network, &input), params);
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = 1, .weight = {.init = RIDGE_INIT_ONES}));
    assert_ok(ridge_network_compile(
        network, x, ridge_compile_params(.loss = RIDGE_MEAN_SQUARED_ERROR, .batch = 16)));
    return network;
}

// Which of the layer's statistics belongs to element i of a row.
typedef size_t (*group_of)(size_t i);
static size_t by_feature(size_t i)
{
    return i;
}
static size_t by_first(size_t i)
{
    return i / 6;
}
static size_t by_last(size_t i)
{
    return i % 2;
}
static size_t by_nothing(size_t i)
{
    (void)i;
    return 0;
}

static void statistics_of(const ridge_dataset *rows, size_t first, size_t count, group_of group,
                          double *mean, double *deviation)
{
    const unsigned char *x = (const unsigned char *)ridge_dataset_x(rows, NULL) + first * SIZE;
    double values[SIZE] = {0};
    memset(mean, 0, SIZE * sizeof(*mean));
    memset(deviation, 0, SIZE * sizeof(*deviation));
    for (size_t i = 0; i < count * SIZE; i++)
        mean[group(i % SIZE)] += x[i] * SCALE;
    for (size_t i = 0; i < SIZE; i++)
        values[group(i)] += (double)count;
    for (size_t i = 0; i < SIZE; i++)
        mean[i] /= values[i] > 0 ? values[i] : 1;
    for (size_t i = 0; i < count * SIZE; i++)
        deviation[group(i % SIZE)] += pow(x[i] * SCALE - mean[group(i % SIZE)], 2);
    for (size_t i = 0; i < SIZE; i++)
        deviation[i] = deviation[i] > 1e-20 ? sqrt(deviation[i] / values[i]) : 1;
}

static void check_state(const ridge_network *network, const double *mean, const double *deviation)
{
    const double *const expected[] = {mean, deviation};
    float found[SIZE];
    for (size_t i = 0; i < 2; i++) {
        ridge_parameter info;
        assert_true(ridge_network_parameter(network, i, &info));
        assert_ok(ridge_tensor_read(test_device, info.tensor, found));
        test_close(i ? "deviation" : "mean", found, expected[i], ridge_tensor_count(&info.tensor),
                   8 * TEST_EPSILON, 12 * TEST_EPSILON);
    }
}

static void kinds(void **state)
{
    (void)state;
    static const struct {
        size_t rank;
        ridge_standardise_params params;
        group_of group;
    } cases[] = {
        {1, {0}, by_feature},
        {2, {0}, by_nothing},
        {3, {0}, by_first},
        {3, {.channels_last = true}, by_last},
        {3, {.of = RIDGE_STATISTICS_FEATURE}, by_feature},
    };
    for (size_t i = 0; i < (test_small() ? 1 : sizeof(cases) / sizeof(cases[0])); i++) {
        ridge_dataset *rows = make_rows(cases[i].rank);
        ridge_network *network = make_network(rows, &cases[i].params);
        double mean[SIZE], deviation[SIZE];
        float got[ROWS];
        const unsigned char *x = ridge_dataset_x(rows, NULL);
        statistics_of(rows, 0, ROWS, cases[i].group, mean, deviation);
        for (int adapted = 0; adapted < 2; adapted++) {
            assert_ok(ridge_network_predict(network, rows, got));
            for (size_t r = 0; r < ROWS; r++) {
                double sum = 0, size = 0;
                for (size_t j = 0; j < SIZE; j++) {
                    size_t g = cases[i].group(j);
                    double value = x[r * SIZE + j] * SCALE;
                    value = adapted ? (value - mean[g]) / deviation[g] : value;
                    size += fabs(value) + 1;
                    sum += value;
                }
                // statistics to 12 roundings, some more of the row and its sum
                test_close("row", got + r, &sum, 1, 40 * TEST_EPSILON * size, 0);
            }
            if (!adapted)
                assert_ok(ridge_network_adapt(network, rows));
        }
        check_state(network, mean, deviation);
        ridge_network_destroy(&network);
        ridge_dataset_destroy(&rows);
    }
}

// Statistics of the rows that train, neither of those that validate nor of a later fit's.
static void from_training_rows_once(void **state)
{
    (void)state;
    ridge_dataset *rows = make_rows(1), *held_out = NULL;
    ridge_network *network = make_network(rows, NULL), *again = NULL;
    double mean[SIZE], deviation[SIZE];
    float before[ROWS], after[ROWS];
    statistics_of(rows, 0, TRAINED, by_feature, mean, deviation);
    assert_ok(
        ridge_fit(network, rows, ridge_fit_params(.epochs = 2, .validation_split = 0.25f), NULL));
    check_state(network, mean, deviation);

    char path[64];
    snprintf(path, sizeof(path), "/tmp/ridge-test-standardise-%ld", (long)getpid());
    assert_ok(ridge_network_predict(network, rows, before));
    assert_ok(ridge_network_save(network, path));
    assert_ok(ridge_network_load(test_device, path, &again));
    unlink(path);
    assert_ok(ridge_network_predict(again, rows, after));
    assert_memory_equal(before, after, sizeof(before));

    assert_ok(ridge_dataset_slice(rows, TRAINED, ROWS - TRAINED, &held_out));
    assert_ok(ridge_fit(again, held_out, NULL, NULL));
    check_state(again, mean, deviation);
    statistics_of(rows, TRAINED, ROWS - TRAINED, by_feature, mean, deviation);
    assert_ok(ridge_network_adapt(again, held_out));
    check_state(again, mean, deviation);
    ridge_network_destroy(&network);
    ridge_network_destroy(&again);
    ridge_dataset_destroy(&held_out);
    ridge_dataset_destroy(&rows);
}

static void bad_places(void **state)
{
    (void)state;
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {3}));
    x = ridge_dense(network, x, ridge_dense_params(.units = 3));
    ridge_standardise(network, x, NULL);
    assert_fails(ridge_network_status(network), RIDGE_ERROR_ARGUMENT,
                 "layer standardise_1: expected the input right before it, since its statistics "
                 "are those of the data, got dense_1");
    ridge_network_destroy(&network);
    network = ridge_network_create(test_device);
    x = ridge_input(network, ridge_input_params(.shape = {3}));
    ridge_standardise(network, x,
                      ridge_standardise_params(.of = RIDGE_STATISTICS_ALL, .channels_last = true));
    assert_fails(ridge_network_status(network), RIDGE_ERROR_ARGUMENT, "channels_last: given, but");
    ridge_network_destroy(&network);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_tensor x = test_matrix(5, 3, NULL), three = test_vector(3, NULL);
    ridge_tensor four = test_vector(4, NULL), none = {0};
    ridge_tensor words = test_tensor(RIDGE_UINT32, RIDGE_SHAPE(5, 3), NULL);
    assert_fails(ridge_standardise_find(NULL, x, 1, 0, three, three), RIDGE_ERROR_ARGUMENT,
                 "launcher");
    assert_fails(ridge_standardise_find(test_launcher, none, 1, 0, three, three),
                 RIDGE_ERROR_ARGUMENT, "x: ");
    assert_fails(ridge_standardise_find(test_launcher, words, 1, 0, three, three),
                 RIDGE_ERROR_ARGUMENT, "x: expected type uint8 or float32, got uint32");
    assert_fails(ridge_standardise_find(test_launcher, three, 1, 0, three, three),
                 RIDGE_ERROR_SHAPE, "x: expected [rows, channels, ...], got rank 1");
    assert_fails(ridge_standardise_find(test_launcher, x, 1, 0, four, three), RIDGE_ERROR_SHAPE,
                 "mean: ");
    assert_fails(ridge_standardise_apply(test_launcher, x, three, four, x), RIDGE_ERROR_SHAPE,
                 "deviation: ");
    assert_fails(ridge_standardise_apply(test_launcher, words, three, three, x),
                 RIDGE_ERROR_ARGUMENT, "x: ");
    assert_fails(ridge_standardise_apply(test_launcher, x, three, three, four), RIDGE_ERROR_SHAPE,
                 "y: ");
    test_release(&x);
    test_release(&three);
    test_release(&four);
    test_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics),
        cmocka_unit_test(applied),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(kinds),
        cmocka_unit_test(from_training_rows_once),
        cmocka_unit_test(bad_places),
    };
    return TEST_MAIN("standardise", tests);
}

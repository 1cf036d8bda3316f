// SPDX-License-Identifier: Apache-2.0
// Standardisation: statistics and their use against double precision; the layer, whose statistics
// come from the training rows alone, once, and go with the model.
#include "harness.h"

#include "problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    };
    return TEST_MAIN("standardise", tests);
}

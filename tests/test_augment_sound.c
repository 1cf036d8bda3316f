// SPDX-License-Identifier: Apache-2.0
// Operations on sounds against double precision: rows of samples in [-1, 1], where 0 is silence.
#include <ridge/ridge.h>
#include <stdlib.h>
#include <string.h>

#include "augment_harness.h"

#define STREAM_AUGMENT (1u << 29) // of the first operation

enum { ROWS = 3, MOST = 1009 };
static const uint32_t numbers[ROWS] = {2, 0, 1};

static ridge_augment *pipeline(size_t samples, bool one_dimension)
{
    ridge_augment *augment;
    assert_ok(ridge_augment_create(
        test_device,
        ridge_augment_params(.shape = {one_dimension ? samples : 1, one_dimension ? 0 : samples},
                             .values = {-1, 1}),
        &augment));
    return augment;
}

// Rows of the result. One kernel does for all operations, which saves the time to build others.
static float *run(ridge_augment *augment, const float *x)
{
    assert_ok(ridge_augment_ready(augment));
    augment->uses = AUGMENT_USES_NOISE | AUGMENT_USES_SIGHT;
    return augment_rows(augment, RIDGE_FLOAT32, x, ROWS, numbers, ROWS, 1, 0);
}

// Sounds of different loudness; number 1 is silent.
static void make(float x[ROWS * MOST], size_t samples)
{
    test_fill(x, ROWS * samples, 9, -1, 1);
    for (size_t i = 0; i < samples; i++) {
        x[samples + i] = 0;
        x[2 * samples + i] *= 0.1f;
    }
}

// The first instruction's values.
static const float *values_of(const uint32_t *program, uint32_t code)
{
    assert_int_equal(program[PROGRAM_COUNT], 1);
    assert_int_equal(program[PROGRAM_HEADER + INSTRUCTION_CODE], code);
    return (const float *)(program + PROGRAM_HEADER + INSTRUCTION_VALUES);
}

// A value in units is off by 3 roundings of at most 1, so by 6 of a sample, and each of those by as
// much as it is louder; 3 units of exp10, and 4 roundings of the result.
static void gains(void **state)
{
    (void)state;
    static float x[ROWS * MOST];
    const size_t lengths[] = {1, 63, MOST};
    for (size_t k = test_few() ? 1 : 0; k < (test_few() ? 2 : 3); k++) {
        size_t samples = lengths[k], words;
        make(x, samples);
        ridge_augment *augment = pipeline(samples, k == 1);
        assert_ok(ridge_augment_gain(augment, ridge_augment_gain_params(.decibels = {-20, 20})));
        float *y = run(augment, x);
        uint32_t *programs = augment_draw(augment, numbers, ROWS);
        words = ridge_augment_program_words(augment);
        for (size_t r = 0; r < ROWS; r++) {
            double decibels = (double)values_of(programs + r * words, AUGMENT_GAIN)[0];
            double gain = pow(10, decibels / 20);
            assert_true(decibels >= -20 && decibels <= 20);
            for (size_t i = 0; i < samples; i++) {
                double expected = gain * (double)x[numbers[r] * samples + i];
                test_close("gain", y + r * samples + i, &expected, 1,
                           (10 * gain + 8) * TEST_EPSILON, 10 * TEST_EPSILON);
            }
        }
        free(programs);
        free(y);
        ridge_augment_destroy(&augment);
    }
}

// As above, and the normal number is off by 1e-6 of itself; the power's sum is compensated.
static void noise(void **state)
{
    (void)state;
    static float x[ROWS * MOST];
    const size_t lengths[] = {1, 65, MOST};
    for (size_t k = test_few() ? 1 : 0; k < (test_few() ? 2 : 3); k++) {
        size_t samples = lengths[k], words;
        make(x, samples);
        ridge_augment *augment = pipeline(samples, false);
        assert_ok(ridge_augment_noise_ratio(
            augment, ridge_augment_noise_ratio_params(.decibels = {-3, 30})));
        float *y = run(augment, x);
        uint32_t *programs = augment_draw(augment, numbers, ROWS);
        words = ridge_augment_program_words(augment);
        for (size_t r = 0; r < ROWS; r++) {
            const float *row = x + numbers[r] * samples;
            const float *values = values_of(programs + r * words, AUGMENT_NOISE_RATIO);
            const ridge_random random = {.seed = AUGMENT_SEED,
                                         .stream = STREAM_AUGMENT + (uint32_t)values[NOISE_STREAM],
                                         .step = AUGMENT_EPOCH};
            double power = 0;
            for (size_t i = 0; i < samples; i++)
                power += (double)row[i] * (double)row[i] / (double)samples;
            double deviation = sqrt(power) * pow(10, -(double)values[0] / 20);
            for (size_t i = 0; i < samples; i++) {
                uint32_t word = ridge_random_word(&random, numbers[r] * samples + i);
                double added = deviation * reference_normal(word);
                double expected = (double)row[i] + added;
                test_close("noise_ratio", y + r * samples + i, &expected, 1,
                           16 * TEST_EPSILON + 2e-6 * fabs(added), 4 * TEST_EPSILON);
            }
        }
        free(programs);
        free(y);
        ridge_augment_destroy(&augment);
    }
}

// Samples move as they are; zeros or the other end come in.
static void time_shifts(void **state)
{
    (void)state;
    enum { SAMPLES = 101 };
    static float x[ROWS * MOST];
    make(x, SAMPLES);
    for (int wrap = 0; wrap < 2; wrap++) {
        ridge_augment *augment;
        long distances[ROWS];
        assert_ok(ridge_augment_create(
            test_device,
            ridge_augment_params(.shape = {1, SAMPLES}, .values = {-1, 1},
                                 .fill = wrap ? RIDGE_FILL_WRAP : RIDGE_FILL_CONSTANT),
            &augment));
        assert_ok(ridge_augment_time_shift(
            augment, ridge_augment_time_shift_params(.share = {-0.5f, 0.5f})));
        float *y = run(augment, x);
        for (size_t r = 0; r < ROWS; r++) {
            const float *row = x + numbers[r] * SAMPLES;
            distances[r] = SAMPLES;
            for (long by = -SAMPLES / 2 - 1; by <= SAMPLES / 2 + 1; by++) {
                double worst = 0;
                for (long i = 0; i < SAMPLES; i++) {
                    long from = i - by;
                    double was = from >= 0 && from < SAMPLES ? (double)row[from]
                                 : wrap ? (double)row[(from + SAMPLES) % SAMPLES]
                                        : 0;
                    worst = fmax(worst, fabs((double)y[r * SAMPLES + (size_t)i] - was));
                }
                if (worst <= 8 * TEST_EPSILON)
                    distances[r] = by;
            }
            if (distances[r] == SAMPLES)
                fail_msg("row %zu is not the sound, moved by whole samples", r);
        }
        assert_true(distances[0] != distances[1] && distances[0] != 0);
        free(y);
        ridge_augment_destroy(&augment);
    }
}

static void refused(void **state)
{
    (void)state;
    ridge_augment *augment = pipeline(16, false);
    assert_fails(ridge_augment_gain(augment, ridge_augment_gain_params(.probability = 1)),
                 RIDGE_ERROR_ARGUMENT, "gain: decibels");
    assert_fails(
        ridge_augment_noise_ratio(augment, ridge_augment_noise_ratio_params(.decibels = {10, 5})),
        RIDGE_ERROR_ARGUMENT, "noise_ratio: decibels");
    assert_fails(ridge_augment_time_shift(augment, NULL), RIDGE_ERROR_ARGUMENT,
                 "time_shift: share");
    ridge_augment_destroy(&augment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gains),
        cmocka_unit_test(noise),
        cmocka_unit_test(time_shifts),
        cmocka_unit_test(refused),
    };
    return TEST_MAIN("augment_sound", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Augmentation as a whole: what is drawn, for any batch and device the same; pixels against double
// precision.
#include "harness.h"

#include <ridge/augmentations.h>
#include <stdlib.h>
#include <string.h>

#include "augment_harness.h"

// A little of everything.
static ridge_augment *pipeline(const ridge_augment_params *params)
{
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, params, &augment));
    assert_ok(ridge_augment_horizontal_flip(augment, NULL));
    assert_ok(
        ridge_augment_shift(augment, ridge_augment_shift_params(.x = {-0.2f, 0.3f}, .y = {-2, 2},
                                                                .probability = 0.8f)));
    assert_ok(ridge_augment_brightness(
        augment, ridge_augment_brightness_params(.factor = {0.5f, 1.5f}, .add = {-0.1f, 0.1f})));
    assert_ok(ridge_augment_rotation(augment, ridge_augment_rotation_params(.degrees = {-90, 90})));
    assert_ok(ridge_augment_zoom(augment, ridge_augment_zoom_params(.factor = {0.7f, 1.4f})));
    return augment;
}

// m = m a, in double.
static void multiply(double m[9], const double a[9])
{
    double product[9] = {0};
    for (int i = 0; i < 9; i++)
        for (int k = 0; k < 3; k++)
            product[i] += m[i / 3 * 3 + k] * a[3 * k + i % 3];
    memcpy(m, product, sizeof(product));
}

// What `pipeline` draws, in double.
static void wanted_matrix(uint32_t sample, double width, double height, double m[9])
{
    const double unit[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    uint32_t words[16];
    memcpy(m, unit, sizeof(unit));
    reference_words(AUGMENT_SEED, AUGMENT_EPOCH, sample, 0, 0, words);
    if (words[0] < 0x80000000)
        multiply(m, (const double[9]){-1, 0, 0, 0, 1, 0, 0, 0, 1});
    reference_words(AUGMENT_SEED, AUGMENT_EPOCH, sample, 1, 0, words);
    if (words[0] * 0x1p-32 < (double)0.8f)
        multiply(m, (const double[9]){
                        1, 0, -width * reference_value(words, 1, (double)-0.2f, (double)0.3f), 0, 1,
                        -height * reference_value(words, 2, -2, 2), 0, 0, 1});
    reference_words(AUGMENT_SEED, AUGMENT_EPOCH, sample, 3, 0, words);
    double angle = reference_value(words, 1, -90, 90) * 3.14159265358979323846 / 180;
    multiply(m, (const double[9]){cos(angle), -sin(angle), 0, sin(angle), cos(angle), 0, 0, 0, 1});
    reference_words(AUGMENT_SEED, AUGMENT_EPOCH, sample, 4, 0, words);
    double zoom = reference_value(words, 1, (double)0.7f, (double)1.4f);
    multiply(m, (const double[9]){1 / zoom, 0, 0, 0, 1 / zoom, 0, 0, 0, 1});
}

// Eight roundings of numbers up to the size of the image, in each element.
static void matrices_are_what_was_drawn(void **state)
{
    (void)state;
    const uint32_t numbers[] = {0, 1, 2, 3, 77, 1000003, 0xfffffffe};
    enum { ROWS = sizeof(numbers) / sizeof(numbers[0]) };
    ridge_augment *augment = pipeline(ridge_augment_params(.shape = {3, 9, 13}));
    uint32_t *programs = augment_draw(augment, numbers, ROWS);
    size_t words = ridge_augment_program_words(augment);
    for (size_t r = 0; r < ROWS; r++) {
        const uint32_t *program = programs + r * words;
        float got[9];
        double wanted[9];
        memcpy(got, program + PROGRAM_MATRIX, sizeof(got));
        wanted_matrix(numbers[r], 13, 9, wanted);
        test_close("matrix", got, wanted, 9, 8 * TEST_EPSILON * 26, 0);
        assert_int_equal(program[PROGRAM_ROW], numbers[r]);
        assert_int_equal(program[PROGRAM_COUNT], 1);
        uint32_t drawn[16];
        float factor;
        reference_words(AUGMENT_SEED, AUGMENT_EPOCH, numbers[r], 2, 0, drawn);
        memcpy(&factor, program + PROGRAM_HEADER + INSTRUCTION_VALUES, sizeof(factor));
        assert_true(fabs((double)factor - reference_value(drawn, 1, 0.5, 1.5)) <= TEST_EPSILON * 2);
    }
    free(programs);
    ridge_augment_destroy(&augment);
}

static void same_programs_everywhere(void **state)
{
    (void)state;
    ridge_augment *augment = pipeline(ridge_augment_params(.shape = {28, 28}));
    augment_check_programs(augment, 0x653db2a898f6df10);
    ridge_augment_destroy(&augment);
}

// A coordinate is off by four roundings of at most the image's size and its distance, and so much
// of the largest step between two pixels a result; and eight roundings of its own.
static void check_pixels(const ridge_augment_params *params, ridge_type type)
{
    ridge_augment *augment = pipeline(params);
    size_t reach = augment->stored.height + augment->stored.width;
    assert_int_equal(augment_check(augment, type, TEST_EPSILON * (8 + 16 * (double)reach)), 0);
    ridge_augment_destroy(&augment);
}

static void pixels(void **state)
{
    (void)state;
    check_pixels(ridge_augment_params(.shape = {7, 7}), RIDGE_UINT8);
    check_pixels(ridge_augment_params(.shape = {3, 9, 13}, .fill = RIDGE_FILL_EDGE), RIDGE_UINT8);
    check_pixels(ridge_augment_params(.shape = {1, 1, 1}), RIDGE_FLOAT32);
    check_pixels(ridge_augment_params(.shape = {5, 8, 3}, .channels_last = true), RIDGE_FLOAT32);
    if (!test_few())
        check_pixels(ridge_augment_params(.shape = {4, 33, 65}, .fill_value = 0.5f), RIDGE_FLOAT32);
}

// An image is the same whatever batch it comes in and at whatever place.
static void images_do_not_depend_on_the_batch(void **state)
{
    (void)state;
    const uint32_t together[] = {2, 0, 3, 1}, alone[] = {3};
    float x[4 * 48];
    test_fill(x, 4 * 48, 1, 0, 1);
    ridge_augment *augment = pipeline(ridge_augment_params(.shape = {6, 8}));
    float *all = augment_rows(augment, RIDGE_FLOAT32, x, 4, together, 4, 1, 0);
    float *one = augment_rows(augment, RIDGE_FLOAT32, x, 4, alone, 1, 1, 0);
    assert_memory_equal(all + 2 * 48, one, sizeof(float) * 48);
    free(all);
    free(one);
    ridge_augment_destroy(&augment);
}

// A pipeline without operations is a gather.
static void nothing_changes_nothing(void **state)
{
    (void)state;
    const uint32_t numbers[] = {1, 0};
    uint8_t x[2 * 63];
    for (size_t i = 0; i < sizeof(x); i++)
        x[i] = (uint8_t)(i * 5 + 3);
    ridge_augment *augment;
    assert_ok(
        ridge_augment_create(test_device, ridge_augment_params(.shape = {3, 7, 3}), &augment));
    float *got = augment_rows(augment, RIDGE_UINT8, x, 2, numbers, 2, 1, 0);
    for (size_t i = 0; i < sizeof(x); i++)
        assert_true(fabs((double)got[i] - x[(i + 63) % 126]) <= 256 * 2 * TEST_EPSILON);
    free(got);
    ridge_augment_destroy(&augment);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_augment *augment = NULL;
    assert_fails(ridge_augment_create(test_device, ridge_augment_params(.shape = {0}), &augment),
                 RIDGE_ERROR_SHAPE, "shape: expected 1 to 3 sizes");
    assert_fails(ridge_augment_create(test_device,
                                      ridge_augment_params(.shape = {2, 2}, .values = {3, 3}),
                                      &augment),
                 RIDGE_ERROR_ARGUMENT, "values");
    assert_ok(ridge_augment_create(test_device, ridge_augment_params(.shape = {3, 4}), &augment));
    assert_fails(ridge_augment_add(augment, "twist", NULL), RIDGE_ERROR_ARGUMENT, "'twist'");
    assert_fails(ridge_augment_rotation(augment, NULL), RIDGE_ERROR_ARGUMENT, "rotation: degrees");
    assert_fails(
        ridge_augment_rotation(augment, ridge_augment_rotation_params(.degrees = {10, -10})),
        RIDGE_ERROR_ARGUMENT, "rotation: degrees: expected low <= high");
    assert_fails(ridge_augment_horizontal_flip(
                     augment, ridge_augment_horizontal_flip_params(.probability = 1.5f)),
                 RIDGE_ERROR_ARGUMENT, "horizontal_flip: probability");
    ridge_augment_destroy(&augment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_are_what_was_drawn),
        cmocka_unit_test(same_programs_everywhere),
        cmocka_unit_test(pixels),
        cmocka_unit_test(images_do_not_depend_on_the_batch),
        cmocka_unit_test(nothing_changes_nothing),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("augment", tests);
}

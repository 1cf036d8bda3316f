// SPDX-License-Identifier: Apache-2.0
// Geometry of augmentation: each operation's matrix against double precision, sizes, and where
// crops come to lie.
#include "harness.h"

#include <ridge/ridge.h>
#include <stdlib.h>
#include <string.h>

#include "augment_reference.h"

#define SEED 0x123456789abcdef0
#define EPOCH 5
#define PI 3.14159265358979323846

// The programs of the images 0, 1, ..., as the device draws them. The caller frees them.
static uint32_t *draw(ridge_augment *augment, size_t rows, bool evaluation)
{
    assert_ok(ridge_augment_ready(augment));
    size_t words = rows * ridge_augment_program_words(augment);
    uint32_t *programs = calloc(words, sizeof(*programs));
    ridge_tensor tensor = test_tensor(RIDGE_UINT32, 1, &words, NULL);
    ridge_augment_batch batch = {.seed = SEED, .epoch = EPOCH, .evaluation = evaluation};
    batch.y = (ridge_tensor){.rank = 1, .shape = {rows}};
    assert_ok(ridge_augment_draw(test_launcher, augment, &batch, tensor));
    test_get(tensor, programs);
    test_release(&tensor);
    return programs;
}

// What an operation is given, and its map in double from the words of an image.
struct map {
    const char *name;
    const void *params;
    void (*wanted)(const uint32_t *words, double m[9]);
};

enum { HEIGHT = 9, WIDTH = 14 };

static void scale_of(const uint32_t *words, double m[9])
{
    m[0] = 1 / reference_value(words, 1, 0.5, 2);
    m[4] = 1 / reference_value(words, 2, 0.75, 1.25);
}

static void shear_of(const uint32_t *words, double m[9])
{
    double x = tan(reference_value(words, 1, -30, 40) * PI / 180),
           y = tan(reference_value(words, 2, -20, 60) * PI / 180);
    m[0] = 1 + x * y;
    m[1] = -x;
    m[3] = -y;
}

static void random_crop_of(const uint32_t *words, double m[9])
{
    m[2] = floor(reference_value(words, 1, 0, 7)) - 1 - (WIDTH - 10) / 2.0;
    m[5] = floor(reference_value(words, 2, 0, 5)) - 1 - (HEIGHT - 7) / 2.0;
}

static void centre_crop_of(const uint32_t *words, double m[9])
{
    (void)words;
    m[2] = -0.5; // 14 to 7: from pixel 3 on
    m[5] = -0.5; // 9 to 2: from pixel 3 on
}

static void random_resized_crop_of(const uint32_t *words, double m[9])
{
    double area = WIDTH * HEIGHT * reference_value(words, 1, (double)0.08f, 1),
           ratio = exp2(reference_value(words, 2, log2(0.75), log2(4.0 / 3)));
    double width = fmin(sqrt(area * ratio), WIDTH), height = fmin(sqrt(area / ratio), HEIGHT);
    m[0] = width / 5;
    m[4] = height / 3;
    m[2] = (reference_value(words, 3, 0, 1) - 0.5) * (WIDTH - width);
    m[5] = (reference_value(words, 4, 0, 1) - 0.5) * (HEIGHT - height);
}

static void resize_of(const uint32_t *words, double m[9])
{
    (void)words;
    m[0] = WIDTH / 31.0;
    m[4] = HEIGHT / 4.0;
}

static const struct map maps[] = {
    {"scale", ridge_augment_scale_params(.x = {0.5f, 2}, .y = {0.75f, 1.25f}), scale_of},
    {"shear", ridge_augment_shear_params(.x = {-30, 40}, .y = {-20, 60}), shear_of},
    {"random_crop", ridge_augment_random_crop_params(.height = 7, .width = 10, .padding = 1),
     random_crop_of},
    {"centre_crop", ridge_augment_centre_crop_params(.height = 2, .width = 7), centre_crop_of},
    {"random_resized_crop", ridge_augment_random_resized_crop_params(.height = 3, .width = 5),
     random_resized_crop_of},
    {"resize", ridge_augment_resize_params(.height = 4, .width = 31), resize_of},
};

static ridge_augment *pipeline_of(size_t height, size_t width, const char *name, const void *params)
{
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, ridge_augment_params(.shape = {height, width}),
                                   &augment));
    assert_ok(ridge_augment_add(augment, name, params));
    return augment;
}

// A drawn number is off by a rounding of its own and one of the range's ends, of which a rounding
// makes at most 2^-23 more in the logarithm of the ratio; tangents grow with 1 / cos^2 = 4 at most
// and their angles' errors are 3 10^-7; the rest is at most eight roundings of numbers up to the
// image's size.
static void matrices(void **state)
{
    (void)state;
    enum { ROWS = 9 };
    for (size_t k = 0; k < sizeof(maps) / sizeof(maps[0]); k++) {
        ridge_augment *augment = pipeline_of(HEIGHT, WIDTH, maps[k].name, maps[k].params);
        uint32_t *programs = draw(augment, ROWS, false), words[16];
        for (uint32_t r = 0; r < ROWS; r++) {
            float got[9];
            double wanted[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
            memcpy(got, programs + r * ridge_augment_program_words(augment) + PROGRAM_MATRIX,
                   sizeof(got));
            reference_words(SEED, EPOCH, r, 0, 0, words);
            maps[k].wanted(words, wanted);
            test_close(maps[k].name, got, wanted, 9, 16 * 2 * TEST_EPSILON * WIDTH, 0);
        }
        free(programs);
        ridge_augment_destroy(&augment);
    }
}

// A hash of what is drawn, so that all devices that the tests run on are compared.
static void same_programs_everywhere(void **state)
{
    (void)state;
    enum { ROWS = 31 };
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, ridge_augment_params(.shape = {HEIGHT, WIDTH}),
                                   &augment));
    for (size_t k = 0; k < sizeof(maps) / sizeof(maps[0]); k++)
        if (maps[k].wanted != centre_crop_of)
            assert_ok(ridge_augment_add(augment, maps[k].name, maps[k].params));
    uint32_t *programs = draw(augment, ROWS, false);
    const uint64_t wanted = 0x86eb2451af17544;
    uint64_t got =
        test_hash(programs, ROWS * ridge_augment_program_words(augment) * sizeof(*programs));
    if (got != wanted)
        fail_msg("expected %#llx, got %#llx", (unsigned long long)wanted, (unsigned long long)got);
    free(programs);
    ridge_augment_destroy(&augment);
}

// Every place of a crop is met, as often as every other: chi squared with 34 degrees of freedom is
// above 65 in a thousandth of all cases, and what is drawn here never changes.
static void crops_lie_everywhere(void **state)
{
    (void)state;
    enum { ROWS = 2048, ACROSS = 7, PLACES = 5 * ACROSS };
    ridge_augment *augment = pipeline_of(HEIGHT, WIDTH, maps[2].name, maps[2].params);
    uint32_t *programs = draw(augment, ROWS, false);
    int counts[PLACES] = {0};
    for (size_t r = 0; r < ROWS; r++) {
        float m[9];
        memcpy(m, programs + r * ridge_augment_program_words(augment) + PROGRAM_MATRIX, sizeof(m));
        int x = (int)(m[2] + 3), y = (int)(m[5] + 2);
        assert_in_range(x, 0, 6);
        assert_in_range(y, 0, 4);
        counts[y * ACROSS + x]++;
    }
    double chi = 0, expected = (double)ROWS / PLACES;
    for (size_t i = 0; i < PLACES; i++)
        chi += (counts[i] - expected) * (counts[i] - expected) / expected;
    if (!(chi < 65))
        fail_msg("places of crops are not equally likely: chi squared %g", chi);
    free(programs);
    ridge_augment_destroy(&augment);
}

// Sizes change in evaluation as in training, without chance.
static void evaluation_crops_from_the_middle(void **state)
{
    (void)state;
    const struct {
        const char *name;
        const void *params;
        float m[4]; // scale, shift; x, y
    } cases[] = {
        {"random_crop",
         ridge_augment_random_crop_params(.height = 4, .width = 4),
         {1, 0, 1, -0.5f}},
        {"random_crop", ridge_augment_random_crop_params(.padding = 2), {1, 0, 1, 0}},
        {"centre_crop", ridge_augment_centre_crop_params(.width = 3), {1, -0.5f, 1, 0}},
        {"random_resized_crop",
         ridge_augment_random_resized_crop_params(.height = 3, .width = 3),
         {3, 0, 3, 0}},
        {"resize", ridge_augment_resize_params(.height = 36), {1, 0, 0.25f, 0}},
        {"rotation", ridge_augment_rotation_params(.degrees = {10, 20}), {1, 0, 1, 0}},
    };
    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        ridge_augment *augment = pipeline_of(9, 14, cases[k].name, cases[k].params);
        uint32_t *programs = draw(augment, 1, true);
        float m[9];
        memcpy(m, programs + PROGRAM_MATRIX, sizeof(m));
        const double wanted[4] = {cases[k].m[0], cases[k].m[1], cases[k].m[2], cases[k].m[3]};
        test_close(cases[k].name, (const float[4]){m[0], m[2], m[4], m[5]}, wanted, 4, 0,
                   8 * TEST_EPSILON);
        free(programs);
        ridge_augment_destroy(&augment);
    }
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_augment *augment;
    assert_ok(
        ridge_augment_create(test_device, ridge_augment_params(.shape = {3, 8, 6}), &augment));
    assert_fails(ridge_augment_random_crop(
                     augment, ridge_augment_random_crop_params(.height = 13, .padding = 2)),
                 RIDGE_ERROR_SHAPE,
                 "random_crop: height: expected at most the padded image's 12, got 13");
    assert_fails(ridge_augment_random_crop(augment, ridge_augment_random_crop_params(.width = 7)),
                 RIDGE_ERROR_SHAPE, "random_crop: width: expected at most the image's 6, got 7");
    assert_fails(ridge_augment_centre_crop(augment, ridge_augment_centre_crop_params(.height = 9)),
                 RIDGE_ERROR_SHAPE, "centre_crop: height");
    assert_fails(ridge_augment_random_resized_crop(
                     augment, ridge_augment_random_resized_crop_params(.scale = {0.5f, 1.5f})),
                 RIDGE_ERROR_ARGUMENT, "random_resized_crop: scale");
    assert_fails(ridge_augment_resize(
                     augment, ridge_augment_resize_params(.height = 1 << 20, .width = 1 << 20)),
                 RIDGE_ERROR_UNSUPPORTED, "resize: shape");
    assert_fails(ridge_augment_scale(augment, ridge_augment_scale_params(.x = {0, 1})),
                 RIDGE_ERROR_ARGUMENT, "scale: x");
    assert_fails(ridge_augment_shear(augment, ridge_augment_shear_params(.y = {0, 90})),
                 RIDGE_ERROR_ARGUMENT, "shear: y");
    ridge_augment_destroy(&augment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices),
        cmocka_unit_test(same_programs_everywhere),
        cmocka_unit_test(crops_lie_everywhere),
        cmocka_unit_test(evaluation_crops_from_the_middle),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("augment_geometry", tests);
}

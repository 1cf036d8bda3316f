// SPDX-License-Identifier: Apache-2.0
// Geometry of augmentation: each operation's matrix and field against double precision, sizes,
// where crops come to lie; pixels for all interpolations and fills.
#include "harness.h"

#include <ridge/ridge.h>
#include <stdlib.h>
#include <string.h>

#include "augment_harness.h"
#include "ops/random.h"

#define PI 3.14159265358979323846

// The programs of the images 0, 1, ..., as the device draws them. The caller frees them.
static uint32_t *draw(ridge_augment *augment, size_t rows, bool evaluation)
{
    assert_ok(ridge_augment_ready(augment));
    size_t words = rows * ridge_augment_program_words(augment);
    uint32_t *programs = calloc(words, sizeof(*programs));
    ridge_tensor tensor = test_tensor(RIDGE_UINT32, 1, &words, NULL);
    ridge_augment_batch batch = {
        .seed = AUGMENT_SEED, .epoch = AUGMENT_EPOCH, .evaluation = evaluation};
    batch.y = (ridge_tensor){.rank = 1, .shape = {rows}};
    assert_ok(ridge_augment_draw(test_launcher, augment, &batch, tensor));
    test_get(tensor, programs);
    test_release(&tensor);
    return programs;
}

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
// and their angles' errors are 3 10^-7; what a homography divides by is a fourth of the image's at
// least; the rest is at most eight roundings of numbers up to the
// image's size.
static void matrices(void **state)
{
    (void)state;
    enum { ROWS = 9 };
    for (const struct reference_map *map = reference_maps; map->name; map++) {
        ridge_augment *augment = pipeline_of(MAP_HEIGHT, MAP_WIDTH, map->name, map->params);
        uint32_t *programs = draw(augment, ROWS, false), words[16];
        for (uint32_t r = 0; r < ROWS; r++) {
            float got[9];
            double wanted[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
            memcpy(got, programs + r * ridge_augment_program_words(augment) + PROGRAM_MATRIX,
                   sizeof(got));
            for (int i = 0; i < 9; i++)
                got[i] /= i < 8 ? got[8] : 1;
            wanted[8] = (double)got[8];
            reference_words(AUGMENT_SEED, AUGMENT_EPOCH, r, 0, 0, words);
            map->wanted(words, wanted);
            test_close(map->name, got, wanted, 9, 16 * 2 * TEST_EPSILON * MAP_WIDTH, 0);
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
    assert_ok(ridge_augment_create(
        test_device, ridge_augment_params(.shape = {MAP_HEIGHT, MAP_WIDTH}), &augment));
    for (const struct reference_map *map = reference_maps; map->name; map++)
        if (strcmp(map->name, "centre_crop") != 0)
            assert_ok(ridge_augment_add(augment, map->name, map->params));
    assert_ok(ridge_augment_elastic(augment, ridge_augment_elastic_params(.alpha = 9)));
    uint32_t *programs = draw(augment, ROWS, false);
    const uint64_t wanted = 0x5e3d87c349f1111c;
    uint64_t got =
        test_hash(programs, ROWS * ridge_augment_program_words(augment) * sizeof(*programs));
    if (got != wanted)
        fail_msg("expected %#llx, got %#llx", (unsigned long long)wanted, (unsigned long long)got);
    free(programs);
    ridge_augment_destroy(&augment);
}

// Element e of a field: a word of the second stream of the operation, at place 0 of the list.
static double field_share(uint32_t sample, uint32_t e)
{
    const uint32_t key[2] = {(uint32_t)AUGMENT_SEED, (uint32_t)(AUGMENT_SEED >> 32)};
    const uint32_t counter[4] = {e / 64 * 16 + e % 16, sample, AUGMENT_EPOCH, (1u << 29) + 1};
    uint32_t words[4];
    ridge_philox(counter, key, words);
    return (words[e / 16 % 4] >> 8) * 0x1p-24;
}

// As smooth and as strong as Simard's: sigma^2 is the variance of a cubic B-spline, a third of the
// square of its spacing, and the mean square over all places that of uniform noise behind a
// Gaussian filter, 1 / (12 pi sigma^2), times alpha^2.
static void fields_are_what_was_drawn(void **state)
{
    (void)state;
    enum { ROWS = 3, COLUMNS = 3 + 3, LINES = 3 + 3, COUNT = 2 * COLUMNS * LINES };
    ridge_augment *augment =
        pipeline_of(13, 19, "elastic", ridge_augment_elastic_params(.alpha = 20, .sigma = 3.75f));
    uint32_t *programs = draw(augment, ROWS, false);
    double of_weights = 151.0 / 315, noise = 20 / sqrt(12 * PI) / 3.75;
    double largest = noise / of_weights * sqrt(3);
    for (uint32_t r = 0; r < ROWS; r++) {
        const uint32_t *program = programs + r * ridge_augment_program_words(augment);
        const uint32_t *field = program + program[PROGRAM_FIELD];
        float got[1 + COUNT];
        double wanted[1 + COUNT] = {1 / (3.75 * sqrt(3))};
        for (uint32_t e = 0; e < COUNT; e++)
            wanted[1 + e] = (2 * field_share(r, e) - 1) * largest;
        memcpy(got, field + FIELD_INVERSE_SPACING, sizeof(got));
        assert_int_equal(field[FIELD_COLUMNS], COLUMNS);
        assert_int_equal(field[FIELD_ROWS], LINES);
        test_close("field", got, wanted, 1 + COUNT, 0, 4 * TEST_EPSILON);
    }
    free(programs);
    ridge_augment_destroy(&augment);
}

// Every place of a crop is met, as often as every other: chi squared with 34 degrees of freedom is
// above 65 in a thousandth of all cases, and what is drawn here never changes.
static void crops_lie_everywhere(void **state)
{
    (void)state;
    enum { ROWS = 2048, ACROSS = 7, PLACES = 5 * ACROSS };
    ridge_augment *augment =
        pipeline_of(MAP_HEIGHT, MAP_WIDTH, "random_crop",
                    ridge_augment_random_crop_params(.height = 7, .width = 10, .padding = 1));
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

// Every kind of map on the way to another size.
static void add_everything(ridge_augment *augment)
{
    assert_ok(ridge_augment_shift(augment, ridge_augment_shift_params(.x = {-0.5f, 0.5f})));
    assert_ok(ridge_augment_elastic(augment, ridge_augment_elastic_params(.alpha = 6, .sigma = 2)));
    assert_ok(ridge_augment_rotation(augment, ridge_augment_rotation_params(.degrees = {0, 360})));
    assert_ok(
        ridge_augment_perspective(augment, ridge_augment_perspective_params(.distortion = 0.25f)));
    assert_ok(ridge_augment_elastic(
        augment, ridge_augment_elastic_params(.alpha = 6, .sigma = 3, .probability = 0.5f)));
    assert_ok(ridge_augment_shear(augment, ridge_augment_shear_params(.x = {-20, 20})));
    assert_ok(ridge_augment_random_crop(
        augment, ridge_augment_random_crop_params(.height = 9, .width = 11, .padding = 8)));
    assert_ok(ridge_augment_scale(augment, ridge_augment_scale_params(.y = {0.5f, 1.5f})));
}

// A coordinate is off by some ten roundings of numbers of four times the image's size, and a pixel
// by as much of what two neighbours can differ, half as much again for bicubic.
static void check_everything(const ridge_augment_params *params, ridge_type type)
{
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, params, &augment));
    add_everything(augment);
    double size = 20 + 4 * (double)(augment->stored.height + augment->stored.width);
    size_t doubtful = augment_check(augment, type, 1.5 * 20 * TEST_EPSILON * size);
    size_t elements = 4 * 9 * 11 * augment->stored.channels;
    if (doubtful > elements / 10)
        fail_msg("%zu of %zu elements are doubtful", doubtful, elements);
    ridge_augment_destroy(&augment);
}

static void pixels_for_all_interpolations_and_fills(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        for (int fill = test_few() ? i : 0; fill < 5; fill += test_few() ? 3 : 1) {
            ridge_augment_params params = {.interpolation = (ridge_interpolation)i,
                                           .fill = (ridge_fill_mode)fill,
                                           .fill_value = 0.25f};
            // Planes of bytes have a way of their own on CPUs.
            const size_t shapes[4][3] = {{2, 7, 63}, {1, 65, 1}, {3, 8, 5}, {8, 5, 3}};
            params.channels_last = i == 2 && test_walks_gpu();
            memcpy(params.shape, shapes[i + params.channels_last], sizeof(shapes[i]));
            check_everything(&params, i == 1 ? RIDGE_FLOAT32 : RIDGE_UINT8);
        }
    }
}

// Flips, crops and whole shifts take pixels as they are, side by side or not.
static void whole_pixels_stay_as_they_are(void **state)
{
    (void)state;
    for (int fill = 0; fill < 5; fill += test_few() ? 3 : 1) {
        ridge_augment *augment;
        assert_ok(ridge_augment_create(
            test_device, ridge_augment_params(.shape = {2, 5, 40}, .fill = (ridge_fill_mode)fill),
            &augment));
        assert_ok(ridge_augment_horizontal_flip(augment, NULL));
        assert_ok(ridge_augment_vertical_flip(augment, NULL));
        assert_ok(ridge_augment_random_crop(
            augment, ridge_augment_random_crop_params(.height = 6, .width = 37, .padding = 3)));
        assert_int_equal(augment_check(augment, RIDGE_UINT8, 4 * TEST_EPSILON), 0);
        ridge_augment_destroy(&augment);
    }
}

// Resizing does not see what is beside the image.
static void check_resizing(size_t height, size_t width)
{
    ridge_augment *augment;
    assert_ok(ridge_augment_create(
        test_device, ridge_augment_params(.shape = {2, height, width}, .fill_value = 1e6f),
        &augment));
    assert_ok(ridge_augment_random_resized_crop(
        augment, ridge_augment_random_resized_crop_params(.height = 9, .width = 7)));
    assert_ok(ridge_augment_resize(augment, ridge_augment_resize_params(.height = 5, .width = 21)));
    assert_true(augment_check(augment, RIDGE_UINT8, 200 * TEST_EPSILON) < 84);
    ridge_augment_destroy(&augment);
}

static void resizing_keeps_to_the_image(void **state)
{
    (void)state;
    check_resizing(3, 4);
    check_resizing(1, 1);
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
    assert_fails(
        ridge_augment_perspective(augment, ridge_augment_perspective_params(.distortion = 1.5f)),
        RIDGE_ERROR_ARGUMENT, "perspective: distortion");
    assert_fails(ridge_augment_elastic(augment, NULL), RIDGE_ERROR_ARGUMENT, "elastic: alpha");
    ridge_augment_destroy(&augment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices),
        cmocka_unit_test(same_programs_everywhere),
        cmocka_unit_test(fields_are_what_was_drawn),
        cmocka_unit_test(crops_lie_everywhere),
        cmocka_unit_test(evaluation_crops_from_the_middle),
        cmocka_unit_test(pixels_for_all_interpolations_and_fills),
        cmocka_unit_test(whole_pixels_stay_as_they_are),
        cmocka_unit_test(resizing_keeps_to_the_image),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("augment_geometry", tests);
}

// SPDX-License-Identifier: Apache-2.0
// Operations that change colours: what is drawn, and pixels against double precision.
#include <ridge/ridge.h>
#include <stdlib.h>
#include <string.h>

#include "augment_harness.h"
#include "golden.h"

// Operations alone, and how far errors go, in roundings of 1. An error e of the values before
// becomes f e for a factor f, and where they are blended (f + |1 - f|) e; each has some roundings
// of values up to 2 of its own. e is at most 4 roundings, reading and writing.
static const struct {
    const char *name;
    const void *params;
    size_t channels; // 0: any number
    double roundings;
    uint32_t uses; // what the kernel must be compiled with
} operations[] = {
    {"brightness", ridge_augment_brightness_params(.factor = {0.5f, 1.5f}, .add = {-0.1f, 0.1f}), 0,
     16},
    {"contrast", ridge_augment_contrast_params(.factor = {0.5f, 2}), 0, 32, AUGMENT_USES_SIGHT},
    {"saturation", ridge_augment_saturation_params(.factor = {0, 2}), 3, 32},
    // divides by the chroma and multiplies with it, 7 e, with roundings of numbers up to 8
    {"hue", ridge_augment_hue_params(.turns = {-0.5f, 0.5f}), 3, 80},
    {"jitter",
     ridge_augment_jitter_params(.brightness = {0.6f, 1.4f}, .contrast = {0.6f, 1.4f},
                                 .saturation = {0.6f, 1.4f}, .hue = {-0.1f, 0.1f}),
     3, 512, AUGMENT_USES_SIGHT},
    {"greyscale", ridge_augment_greyscale_params(.probability = 1), 3, 16, AUGMENT_USES_LEVELS},
    // what augment.h promises, 14, and an error e as large as the exponent
    {"gamma", ridge_augment_gamma_params(.exponent = {0.5f, 2}), 0, 24, AUGMENT_USES_LEVELS},
    {"invert", ridge_augment_invert_params(.probability = 0.5f), 0, 8, AUGMENT_USES_LEVELS},
    {"posterize", ridge_augment_posterize_params(.bits = 3, .probability = 1), 0, 8,
     AUGMENT_USES_LEVELS},
    {"solarize", ridge_augment_solarize_params(.threshold = {0.3f, 0.8f}, .probability = 1), 0, 8,
     AUGMENT_USES_LEVELS},
    // two values' errors, over an extent of 0.7 at least
    {"auto_contrast", ridge_augment_auto_contrast_params(.probability = 1), 0, 16,
     AUGMENT_USES_LEVELS | AUGMENT_USES_SIGHT},
    {"equalise", ridge_augment_equalise_params(.probability = 1), 0, 8,
     AUGMENT_USES_LEVELS | AUGMENT_USES_SIGHT},
    // 11 weights, each off by 8 roundings, their sum, and the sum of 11 products: twice
    {"blur", ridge_augment_blur_params(.sigma = {0, 1.5f}), 0, 80,
     AUGMENT_USES_FILTERS | AUGMENT_USES_SIGHT},
    {"sharpen", ridge_augment_sharpen_params(.factor = {0, 3}), 0, 64,
     AUGMENT_USES_FILTERS | AUGMENT_USES_SIGHT},
    // 1e-6 (cl/normal.h) of 0.2 6.4 at most
    {"gaussian_noise", ridge_augment_gaussian_noise_params(.deviation = {0.1f, 0.2f}), 0, 32,
     AUGMENT_USES_NOISE},
    {"uniform_noise", ridge_augment_uniform_noise_params(.amount = {0.1f, 0.5f}), 0, 8,
     AUGMENT_USES_NOISE},
    {"salt_pepper", ridge_augment_salt_pepper_params(.amount = {0.1f, 0.5f}), 0, 8,
     AUGMENT_USES_NOISE},
};
enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

#define ALL_COLOURS                                                                                \
    (AUGMENT_USES_LEVELS | AUGMENT_USES_FILTERS | AUGMENT_USES_NOISE | AUGMENT_USES_SIGHT)

// One kernel for all operations takes less time than one for each kind, but where none is compiled.
static void use_one_kernel(ridge_augment *augment, uint32_t uses)
{
    if (test_small())
        return;
    assert_ok(ridge_augment_ready(augment));
    assert_int_equal(augment->uses, uses);
    augment->uses = ALL_COLOURS;
}

static void check_operation(const ridge_augment_params *params, ridge_type type, size_t i)
{
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, params, &augment));
    const struct ridge_augment_image *image = &augment->made;
    if (!operations[i].channels || operations[i].channels == image->channels) {
        assert_ok(ridge_augment_add(augment, operations[i].name, operations[i].params));
        use_one_kernel(augment, operations[i].uses);
        size_t doubtful = augment_check(augment, type, operations[i].roundings * TEST_EPSILON);
        size_t elements = 4 * image->channels * image->height * image->width;
        if (doubtful > elements / 8)
            fail_msg("%s: %zu of %zu elements are doubtful", operations[i].name, doubtful,
                     elements);
    }
    ridge_augment_destroy(&augment);
}

// Where launches are slow grey images try what goes with any number of channels.
static void pixels(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPERATIONS; i++) {
        check_operation(ridge_augment_params(.shape = {7, 7}), RIDGE_UINT8, i);
        if (operations[i].channels || !test_few())
            check_operation(ridge_augment_params(.shape = {5, 8, 3}, .channels_last = true),
                            RIDGE_FLOAT32, i);
        if (test_few())
            continue;
        check_operation(ridge_augment_params(.shape = {1, 1}), RIDGE_UINT8, i);
        check_operation(ridge_augment_params(.shape = {33, 65, 3}, .channels_last = true),
                        RIDGE_FLOAT32, i);
        if (!test_walks_gpu())
            check_operation(ridge_augment_params(.shape = {4, 9, 13}), RIDGE_FLOAT32, i);
    }
}

// What needs the whole image, several times; each look must see what came before. Errors grow twice
// for the contrast, five times for sharpening and as much as an extent of 1/5 is stretched.
static void looks_follow_each_other(void **state)
{
    (void)state;
    ridge_augment *augment;
    assert_ok(ridge_augment_create(
        test_device, ridge_augment_params(.shape = {9, 13, 3}, .channels_last = true), &augment));
    assert_ok(
        ridge_augment_contrast(augment, ridge_augment_contrast_params(.factor = {0.5f, 1.5f})));
    assert_ok(ridge_augment_blur(augment, ridge_augment_blur_params(.sigma = {0.3f, 0.6f})));
    assert_ok(ridge_augment_uniform_noise(augment,
                                          ridge_augment_uniform_noise_params(.amount = {0, 0.1f})));
    assert_ok(ridge_augment_sharpen(augment, ridge_augment_sharpen_params(.factor = {1, 3})));
    assert_ok(
        ridge_augment_auto_contrast(augment, ridge_augment_auto_contrast_params(.probability = 1)));
    use_one_kernel(augment, ALL_COLOURS);
    assert_int_equal(augment_check(augment, RIDGE_FLOAT32, 4096 * TEST_EPSILON), 0);
    ridge_augment_destroy(&augment);
}

#define BY(value)                                                                                  \
    {                                                                                              \
        (value), (value)                                                                           \
    }
#define WEIGHTS 1.1e-4 // torchvision's are 0.2989, 0.5870, 0.1140, ours 0.299, 0.587, 0.114
#define ROUNDED 2e-6

// What tests/golden/colour.py computes with torchvision, of one image of 3 x 16 x 16.
static const struct {
    const char *name;
    const void *params;
    double absolute;
} golden_cases[] = {
    {"brightness", ridge_augment_brightness_params(.factor = BY(1.3f)), ROUNDED},
    {"contrast", ridge_augment_contrast_params(.factor = BY(1.4f)), 0.4 * WEIGHTS},
    {"saturation", ridge_augment_saturation_params(.factor = BY(0.4f)), 0.6 * WEIGHTS},
    {"hue", ridge_augment_hue_params(.turns = BY(0.2f)), ROUNDED},
    {"greyscale", ridge_augment_greyscale_params(.probability = 1), WEIGHTS},
    {"gamma", ridge_augment_gamma_params(.exponent = BY(1.7f)), ROUNDED},
    {"invert", ridge_augment_invert_params(.probability = 1), ROUNDED},
    {"posterize", ridge_augment_posterize_params(.probability = 1, .bits = 3), ROUNDED},
    {"solarize", ridge_augment_solarize_params(.probability = 1, .threshold = BY(0.6f)), ROUNDED},
    {"auto_contrast", ridge_augment_auto_contrast_params(.probability = 1), ROUNDED},
    {"equalise", ridge_augment_equalise_params(.probability = 1), ROUNDED},
    {"blur", ridge_augment_blur_params(.sigma = BY(0.8f)), ROUNDED},
    {"sharpen", ridge_augment_sharpen_params(.factor = BY(1.8f)), ROUNDED},
};

static void as_torchvision(void **state)
{
    (void)state;
    enum { PLACES = 256, SIZE = 3 * PLACES };
    const uint32_t number = 0;
    float x[SIZE];
    golden_open("colour");
    const float *planes = golden_floats(NULL, "x");
    for (size_t i = 0; i < SIZE; i++)
        x[i % PLACES * 3 + i / PLACES] = planes[i];
    for (size_t k = 0; k < sizeof(golden_cases) / sizeof(golden_cases[0]) && !test_few(); k++) {
        ridge_augment *augment;
        assert_ok(ridge_augment_create(
            test_device, ridge_augment_params(.shape = {16, 16, 3}, .channels_last = true),
            &augment));
        assert_ok(ridge_augment_add(augment, golden_cases[k].name, golden_cases[k].params));
        use_one_kernel(augment, ridge_augmentation_class(golden_cases[k].name)->uses);
        float *y = augment_rows(augment, RIDGE_FLOAT32, x, 1, &number, 1, 1, 0);
        const float *wanted = golden_floats(NULL, "%s", golden_cases[k].name);
        for (size_t i = 0; i < SIZE; i++) {
            double got = (double)y[i % PLACES * 3 + i / PLACES];
            if (!(fabs(got - (double)wanted[i]) <= golden_cases[k].absolute))
                fail_msg("%s, element %zu: expected %.9g, got %.9g", golden_cases[k].name, i,
                         (double)wanted[i], got);
        }
        free(y);
        ridge_augment_destroy(&augment);
    }
    golden_close();
}

// Moments of what is added to grey images, and shares: each within five of its deviations.
static void noise_is_distributed_as_it_should(void **state)
{
    (void)state;
    enum { SIZE = 64 * 64, ROWS = 4, COUNT = SIZE * ROWS };
    const uint32_t numbers[ROWS] = {0, 1, 2, 3};
    static uint8_t x[COUNT];
    memset(x, 128, sizeof(x));
    for (size_t kind = 0; kind < 3 && !test_few(); kind++) {
        const char *const names[] = {"gaussian_noise", "uniform_noise", "salt_pepper"};
        const float amounts[] = {0.1f, 0.3f, 0.25f};
        const double variances[] = {0.01, 0.03, 0.25 / 4}, kurtosis[] = {3, 9.0 / 5, 4};
        const ridge_augment_uniform_noise_params params = {
            .amount = {amounts[kind], amounts[kind]}}; // as of all three
        double sum = 0, squares = 0;
        ridge_augment *augment;
        assert_ok(ridge_augment_create(
            test_device, ridge_augment_params(.shape = {64, 64}, .values = {0, 256}), &augment));
        assert_ok(ridge_augment_add(augment, names[kind], &params));
        use_one_kernel(augment, AUGMENT_USES_NOISE);
        float *y = augment_rows(augment, RIDGE_UINT8, x, ROWS, numbers, ROWS, 1.0f / 256, 0);
        for (size_t i = 0; i < COUNT; i++) {
            sum += y[i] - 0.5;
            squares += (y[i] - 0.5) * (y[i] - 0.5);
        }
        assert_true(fabs(sum / COUNT) < 5 * sqrt(variances[kind] / COUNT));
        assert_true(fabs(squares / COUNT - variances[kind]) <
                    5 * variances[kind] * sqrt((kurtosis[kind] - 1) / COUNT));
        free(y);
        ridge_augment_destroy(&augment);
    }
}

// The codes of an image's instructions as digits, from the first one on.
static unsigned order_of(const uint32_t *program)
{
    unsigned order = 0;
    for (uint32_t k = 0; k < program[PROGRAM_COUNT]; k++)
        order = 10 * order + program[PROGRAM_HEADER + k * INSTRUCTION_WORDS] - AUGMENT_BRIGHTNESS;
    return order;
}

// Each of the 24 orders is as likely as any other: 1200 images, 50 times each with a deviation of
// 6.9.
static void jitter_takes_any_order(void **state)
{
    (void)state;
    enum { ROWS = 1200 };
    uint32_t numbers[ROWS];
    unsigned seen[4000] = {0}, orders = 0;
    for (uint32_t i = 0; i < ROWS; i++)
        numbers[i] = i;
    ridge_augment *augment;
    assert_ok(
        ridge_augment_create(test_device, ridge_augment_params(.shape = {3, 2, 2}), &augment));
    assert_ok(ridge_augment_jitter(
        augment, ridge_augment_jitter_params(.brightness = {0.5f, 1.5f}, .contrast = {0.5f, 1.5f},
                                             .saturation = {0.5f, 1.5f}, .hue = {-0.1f, 0.1f})));
    uint32_t *programs = augment_draw(augment, numbers, ROWS);
    for (size_t r = 0; r < ROWS; r++)
        seen[order_of(programs + r * ridge_augment_program_words(augment))]++;
    for (unsigned i = 0; i < 4000; i++) {
        orders += seen[i] > 0;
        assert_true(!seen[i] || (seen[i] > 20 && seen[i] < 80));
    }
    assert_int_equal(orders, 24);
    free(programs);
    ridge_augment_destroy(&augment);
}

static void jitter_keeps_a_fixed_order(void **state)
{
    (void)state;
    const uint32_t numbers[] = {0, 1, 2, 3, 4};
    ridge_augment *augment;
    assert_ok(
        ridge_augment_create(test_device, ridge_augment_params(.shape = {3, 2, 2}), &augment));
    assert_ok(ridge_augment_jitter(
        augment, ridge_augment_jitter_params(.brightness = {0.5f, 1.5f}, .contrast = {1, 1},
                                             .saturation = {0.5f, 1.5f}, .hue = {-0.1f, 0.1f},
                                             .fixed_order = true)));
    uint32_t *programs = augment_draw(augment, numbers, 5);
    for (size_t r = 0; r < 5; r++) {
        const uint32_t *program = programs + r * ridge_augment_program_words(augment);
        uint32_t words[16];
        assert_int_equal(order_of(program), 23); // nothing for the contrast
        reference_words(AUGMENT_SEED, AUGMENT_EPOCH, numbers[r], 0, 0, words);
        float values[3];
        for (size_t k = 0; k < 3; k++)
            memcpy(values + k,
                   program + PROGRAM_HEADER + k * INSTRUCTION_WORDS + INSTRUCTION_VALUES, 4);
        const double wanted[] = {reference_value(words, 1, 0.5, 1.5),
                                 reference_value(words, 3, 0.5, 1.5),
                                 reference_value(words, 4, (double)-0.1f, (double)0.1f)};
        test_close("jitter", values, wanted, 3, 2 * TEST_EPSILON, 0);
    }
    free(programs);
    ridge_augment_destroy(&augment);
}

static void same_programs_everywhere(void **state)
{
    (void)state;
    ridge_augment *augment;
    assert_ok(
        ridge_augment_create(test_device, ridge_augment_params(.shape = {3, 5, 5}), &augment));
    for (size_t i = 0; i < OPERATIONS; i++)
        assert_ok(ridge_augment_add(augment, operations[i].name, operations[i].params));
    augment_check_programs(augment, 0x806ed682996ece9c);
    ridge_augment_destroy(&augment);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, ridge_augment_params(.shape = {5, 5}), &augment));
    assert_fails(ridge_augment_hue(augment, ridge_augment_hue_params(.turns = {-0.1f, 0.1f})),
                 RIDGE_ERROR_SHAPE, "hue: expected images of 3 channels, got 1");
    assert_fails(
        ridge_augment_saturation(augment, ridge_augment_saturation_params(.factor = {0, 1})),
        RIDGE_ERROR_SHAPE, "saturation: expected images of 3 channels, got 1");
    assert_fails(
        ridge_augment_jitter(augment, ridge_augment_jitter_params(.saturation = {0.5f, 1.5f})),
        RIDGE_ERROR_SHAPE, "jitter: saturation: expected images of 3 channels, got 1");
    assert_fails(ridge_augment_jitter(augment, ridge_augment_jitter_params(.hue = {-0.6f, 0.6f})),
                 RIDGE_ERROR_ARGUMENT, "jitter: hue");
    assert_fails(ridge_augment_contrast(augment, NULL), RIDGE_ERROR_ARGUMENT, "contrast: factor");
    assert_fails(
        ridge_augment_contrast(augment, ridge_augment_contrast_params(.factor = {-0.5f, 2})),
        RIDGE_ERROR_ARGUMENT, "contrast: factor");
    assert_ok(ridge_augment_jitter(augment, ridge_augment_jitter_params(.brightness = {0.5f, 1.5f},
                                                                        .contrast = {0.5f, 1.5f})));
    ridge_augment_destroy(&augment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels),
        cmocka_unit_test(looks_follow_each_other),
        cmocka_unit_test(as_torchvision),
        cmocka_unit_test(noise_is_distributed_as_it_should),
        cmocka_unit_test(jitter_takes_any_order),
        cmocka_unit_test(jitter_keeps_a_fixed_order),
        cmocka_unit_test(same_programs_everywhere),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("augment_colour", tests);
}

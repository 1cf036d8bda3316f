// SPDX-License-Identifier: Apache-2.0
// Operations that change colours: what is drawn, and pixels against double precision.
#include <ridge/ridge.h>
#include <stdlib.h>
#include <string.h>

#include "augment_harness.h"

// Operations alone, and how far errors go. An error e of the values before becomes f e for a factor
// f, and where they are blended (f + |1 - f|) e; each has some roundings of values up to 2 of its
// own. Hue divides by the chroma and multiplies with it: 7 e, and roundings of numbers up to 8. e
// is at most 4 roundings, reading and writing.
static const struct {
    const char *name;
    const void *params;
    size_t channels; // 0: any number
    double roundings;
} operations[] = {
    {"brightness", ridge_augment_brightness_params(.factor = {0.5f, 1.5f}, .add = {-0.1f, 0.1f}), 0,
     16},
    {"contrast", ridge_augment_contrast_params(.factor = {0.5f, 2}), 0, 32},
    {"saturation", ridge_augment_saturation_params(.factor = {0, 2}), 3, 32},
    {"hue", ridge_augment_hue_params(.turns = {-0.5f, 0.5f}), 3, 80},
    {"jitter",
     ridge_augment_jitter_params(.brightness = {0.6f, 1.4f}, .contrast = {0.6f, 1.4f},
                                 .saturation = {0.6f, 1.4f}, .hue = {-0.1f, 0.1f}),
     3, 512},
};
enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

static void check_all(const ridge_augment_params *params, ridge_type type)
{
    for (size_t i = 0; i < OPERATIONS; i++) {
        ridge_augment *augment;
        assert_ok(ridge_augment_create(test_device, params, &augment));
        size_t channels = operations[i].channels;
        if (!channels || channels == augment->stored.channels) {
            assert_ok(ridge_augment_add(augment, operations[i].name, operations[i].params));
            size_t doubtful = augment_check(augment, type, operations[i].roundings * TEST_EPSILON);
            if (doubtful)
                fail_msg("%s: %zu elements are doubtful", operations[i].name, doubtful);
        }
        ridge_augment_destroy(&augment);
    }
}

static void pixels(void **state)
{
    (void)state;
    check_all(ridge_augment_params(.shape = {7, 7}), RIDGE_UINT8);
    check_all(ridge_augment_params(.shape = {3, 9, 13}), RIDGE_UINT8);
    check_all(ridge_augment_params(.shape = {5, 8, 3}, .channels_last = true), RIDGE_FLOAT32);
    if (test_few())
        return;
    check_all(ridge_augment_params(.shape = {3, 1, 1}), RIDGE_FLOAT32);
    check_all(ridge_augment_params(.shape = {4, 33, 65}), RIDGE_FLOAT32);
    check_all(ridge_augment_params(.shape = {33, 65, 3}, .channels_last = true), RIDGE_UINT8);
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

// As a hash, so that all devices that the tests run on are compared.
static void same_programs_everywhere(void **state)
{
    (void)state;
    enum { ROWS = 97 };
    uint32_t numbers[ROWS];
    for (uint32_t i = 0; i < ROWS; i++)
        numbers[i] = i * 0x9E3779B9u;
    ridge_augment *augment;
    assert_ok(
        ridge_augment_create(test_device, ridge_augment_params(.shape = {3, 5, 5}), &augment));
    for (size_t i = 0; i < OPERATIONS; i++)
        assert_ok(ridge_augment_add(augment, operations[i].name, operations[i].params));
    uint32_t *programs = augment_draw(augment, numbers, ROWS);
    size_t bytes = ROWS * ridge_augment_program_words(augment) * sizeof(*programs);
    const uint64_t wanted = 0xf6c5688a2b5302b1;
    uint64_t got = test_hash(programs, bytes);
    if (got != wanted)
        fail_msg("expected %#llx, got %#llx", (unsigned long long)wanted, (unsigned long long)got);
    free(programs);
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
        cmocka_unit_test(jitter_takes_any_order),
        cmocka_unit_test(jitter_keeps_a_fixed_order),
        cmocka_unit_test(same_programs_everywhere),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("augment_colour", tests);
}

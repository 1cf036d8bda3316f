// SPDX-License-Identifier: Apache-2.0
// Erasing, cutout and RandAugment: what is drawn, from the same random words on the host; pixels
// against double precision.
#include <ridge/ridge.h>
#include <stdlib.h>
#include <string.h>

#include "augment_harness.h"

enum { HEIGHT = 9, WIDTH = 13, ROWS = 24 };

static ridge_augment *make(ridge_augment_params params)
{
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, &params, &augment));
    return augment;
}

// Programs of rows 0, 1, ... The caller frees them.
static uint32_t *draw(ridge_augment *augment)
{
    uint32_t numbers[ROWS];
    for (uint32_t r = 0; r < ROWS; r++)
        numbers[r] = r;
    return augment_draw(augment, numbers, ROWS);
}

static const uint32_t *instruction(const uint32_t *program, size_t k, float v[7])
{
    const uint32_t *found = program + PROGRAM_HEADER + k * INSTRUCTION_WORDS;
    memcpy(v, found + INSTRUCTION_VALUES, 7 * sizeof(*v));
    return found;
}

static long below(uint32_t word, long count)
{
    return (long)((uint64_t)word * (uint64_t)count >> 32);
}

static long clamp(long value, long least, long most)
{
    return value < least ? least : value > most ? most : value;
}

static void boxes_are_what_was_drawn(void **state)
{
    (void)state;
    ridge_augment *augment = make((ridge_augment_params){.shape = {HEIGHT, WIDTH}});
    assert_ok(ridge_augment_erasing(augment, NULL));
    uint32_t *programs = draw(augment);
    size_t happened = 0;
    for (uint32_t r = 0; r < ROWS; r++) {
        float v[7];
        uint32_t words[16];
        const uint32_t *program = programs + r * ridge_augment_program_words(augment);
        reference_words(AUGMENT_SEED, AUGMENT_EPOCH, r, 0, 0, words);
        assert_int_equal(program[PROGRAM_COUNT], words[0] < 0x80000000);
        if (!program[PROGRAM_COUNT])
            continue;
        happened++;
        assert_int_equal(*instruction(program, 0, v), AUGMENT_ERASE);
        double area = HEIGHT * WIDTH * reference_value(words, 1, 0.02, 0.33);
        double ratio = exp2(reference_value(words, 2, log2(0.3), log2(3.3)));
        long width = clamp(lrint(sqrt(area * ratio)), 1, WIDTH);
        long height = clamp(lrint(sqrt(area / ratio)), 1, HEIGHT);
        long left = below(words[8], WIDTH - width + 1), top = below(words[9], HEIGHT - height + 1);
        const long box[] = {left, top, left + width, top + height};
        for (int i = 0; i < 4; i++)
            assert_true(v[i] == (float)box[i]);
        assert_true(v[4] == 0 && v[5] == 0);
    }
    assert_in_range(happened, 1, ROWS - 1);
    free(programs);
    ridge_augment_destroy(&augment);
}

// Nine of them, so that words of a second draw are taken.
static void squares_are_what_was_drawn(void **state)
{
    (void)state;
    enum { COUNT = 9, SIZE = 5 };
    ridge_augment *augment = make((ridge_augment_params){.shape = {HEIGHT, WIDTH}});
    assert_ok(ridge_augment_cutout(
        augment, ridge_augment_cutout_params(.size = SIZE, .count = COUNT, .value = 0.5f)));
    uint32_t *programs = draw(augment);
    for (uint32_t r = 0; r < ROWS; r++) {
        const uint32_t *program = programs + r * ridge_augment_program_words(augment);
        assert_int_equal(program[PROGRAM_COUNT], COUNT);
        for (uint32_t k = 0; k < COUNT; k++) {
            float v[7];
            uint32_t words[16];
            reference_words(AUGMENT_SEED, AUGMENT_EPOCH, r, 0, 1 + k / 8, words);
            long left = below(words[k % 8], WIDTH) - SIZE / 2;
            long top = below(words[k % 8 + 8], HEIGHT) - SIZE / 2;
            const long box[] = {clamp(left, 0, WIDTH), clamp(top, 0, HEIGHT),
                                clamp(left + SIZE, 0, WIDTH), clamp(top + SIZE, 0, HEIGHT)};
            assert_int_equal(*instruction(program, k, v), AUGMENT_ERASE);
            for (int i = 0; i < 4; i++)
                assert_true(v[i] == (float)box[i]);
            assert_true(v[5] == 0.5f);
        }
    }
    free(programs);
    ridge_augment_destroy(&augment);
}

// What torchvision has for magnitude 9 of 30 and images of 9 x 13: for each of the 14 the code, and
// what it is given for a positive and for a negative sign.
static const struct {
    uint32_t code;
    double plus, minus;
    int which;
} choices[] = {
    {0, 0, 0, 0},
    {AUGMENT_SHEAR, 0.09, -0.09, 0}, // tangents of angles
    {AUGMENT_SHEAR, 0.09, -0.09, 1},
    {AUGMENT_SHIFT, 2, -2, 0}, // 150 / 331 * 13 * 0.3 = 1.77 pixels
    {AUGMENT_SHIFT, 1, -1, 1}, // 1.22
    {AUGMENT_ROTATION, 9, -9, 0},
    {AUGMENT_BRIGHTNESS, 1.27, 0.73, 0},
    {AUGMENT_SATURATION, 1.27, 0.73, 0},
    {AUGMENT_CONTRAST, 1.27, 0.73, 0},
    {AUGMENT_SHARPEN, 1.27, 0.73, 0},
    {AUGMENT_POSTERIZE, 7, 7, 0},
    {AUGMENT_SOLARIZE, 0.7, 0.7, 0},
    {AUGMENT_AUTO_CONTRAST, 0, 0, 0},
    {AUGMENT_EQUALISE, 0, 0, 0},
};

// m = m times the map of a choice; whether it is one.
static bool map(double m[9], size_t which, bool negative)
{
    double v = negative ? choices[which].minus : choices[which].plus, angle = v * acos(-1) / 180;
    bool down = choices[which].which;
    const double shear[9] = {1, down ? 0 : -v, 0, down ? -v : 0, 1, 0, 0, 0, 1};
    const double shift[9] = {1, 0, down ? 0 : -v, 0, 1, down ? -v : 0, 0, 0, 1};
    const double turn[9] = {cos(angle), -sin(angle), 0, sin(angle), cos(angle), 0, 0, 0, 1};
    uint32_t code = choices[which].code;
    const double *a = code == AUGMENT_SHEAR ? shear : code == AUGMENT_SHIFT ? shift : turn;
    if (code != AUGMENT_SHEAR && code != AUGMENT_SHIFT && code != AUGMENT_ROTATION)
        return false;
    double product[9] = {0};
    for (int i = 0; i < 9; i++)
        for (int k = 0; k < 3; k++)
            product[i] += m[i / 3 * 3 + k] * a[3 * k + i % 3];
    memcpy(m, product, sizeof(product));
    return true;
}

// Five roundings in each element of four maps, of numbers up to 8.
static void choices_are_what_was_drawn(void **state)
{
    (void)state;
    enum { OPERATIONS = 4 };
    ridge_augment *augment = make((ridge_augment_params){.shape = {3, HEIGHT, WIDTH}});
    assert_ok(ridge_augment_rand_augment(
        augment, ridge_augment_rand_augment_params(.operations = OPERATIONS)));
    uint32_t *programs = draw(augment);
    size_t seen[14] = {0};
    for (uint32_t r = 0; r < ROWS; r++) {
        const uint32_t *program = programs + r * ridge_augment_program_words(augment);
        double m[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
        uint32_t words[16];
        size_t count = 0;
        reference_words(AUGMENT_SEED, AUGMENT_EPOCH, r, 0, 1, words);
        for (int k = 0; k < OPERATIONS; k++) {
            size_t which = (size_t)below(words[k], 14);
            bool negative = words[k + 8] >> 31;
            seen[which]++;
            if (!choices[which].code || map(m, which, negative))
                continue;
            float v[7];
            assert_int_equal(*instruction(program, count++, v), choices[which].code);
            double wanted = negative ? choices[which].minus : choices[which].plus;
            assert_true(fabs((double)v[0] - wanted) <= 2 * TEST_EPSILON);
        }
        assert_int_equal(program[PROGRAM_COUNT], count);
        float got[9];
        memcpy(got, program + PROGRAM_MATRIX, sizeof(got));
        test_close("matrix", got, m, 9, 4 * 5 * TEST_EPSILON * 8, 0);
    }
    for (size_t i = 0; i < 14; i++)
        assert_true(seen[i] > 0);
    free(programs);
    ridge_augment_destroy(&augment);
}

// As a hash, so that all devices that the tests run on are compared.
static void same_programs_everywhere(void **state)
{
    (void)state;
    ridge_augment *augment = make((ridge_augment_params){.shape = {3, 28, 28}});
    assert_ok(ridge_augment_erasing(augment, ridge_augment_erasing_params(.probability = 1)));
    assert_ok(ridge_augment_cutout(augment, ridge_augment_cutout_params(.size = 7, .count = 2)));
    assert_ok(ridge_augment_rand_augment(augment, NULL));
    uint32_t *programs = draw(augment);
    size_t words = ridge_augment_program_words(augment);
    uint64_t got = 0;
    for (size_t r = 0; r < ROWS; r++) { // what is behind the last instruction is nothing
        const uint32_t *program = programs + r * words;
        size_t used = PROGRAM_HEADER + program[PROGRAM_COUNT] * INSTRUCTION_WORDS;
        got = got * 31 + test_hash(program, used * sizeof(*program));
    }
    const uint64_t wanted = 0x1eaad5d70b13c249;
    if (got != wanted)
        fail_msg("expected %#llx, got %#llx", (unsigned long long)wanted, (unsigned long long)got);
    free(programs);
    ridge_augment_destroy(&augment);
}

// The mean has a rounding for each of its terms at most, of which there are places of the image.
static void erased_pixels(void **state)
{
    (void)state;
    static const ridge_augment_params shapes[] = {
        {.shape = {3, 9, 13}},
        {.shape = {5, 8, 3}, .channels_last = true},
    };
    for (size_t i = 0; i < (test_few() ? 1 : 2); i++) {
        ridge_augment *augment = make(shapes[i]);
        assert_ok(ridge_augment_erasing(
            augment, ridge_augment_erasing_params(.probability = 1, .value = 0.25f)));
        assert_ok(ridge_augment_erasing(
            augment, ridge_augment_erasing_params(.probability = 1, .area = {0.3f, 0.3f},
                                                  .fill = RIDGE_ERASING_MEAN)));
        assert_ok(ridge_augment_cutout(
            augment,
            ridge_augment_cutout_params(.size = 3, .count = 2, .fill = RIDGE_ERASING_NOISE)));
        double bound = TEST_EPSILON * (8 + 9 * 13);
        assert_int_equal(augment_check(augment, i ? RIDGE_FLOAT32 : RIDGE_UINT8, bound), 0);
        ridge_augment_destroy(&augment);
    }
}

// What follows a choice that jumps (levels) is within what four choices can make of a rounding, but
// where such a jump is near.
static void chosen_pixels(void **state)
{
    (void)state;
    if (test_few())
        skip(); // long to compile, and Oclgrind 21.10 does not know an instruction in it
    ridge_augment *augment = make((ridge_augment_params){.shape = {3, 9, 13}});
    assert_ok(ridge_augment_rand_augment(
        augment, ridge_augment_rand_augment_params(.operations = 2, .magnitude = 15)));
    double bound = 4 * TEST_EPSILON * (8 + 16 * (9 + 13));
    augment_check(augment, RIDGE_FLOAT32, bound);
    ridge_augment_destroy(&augment);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_augment *augment = make((ridge_augment_params){.shape = {HEIGHT, WIDTH}});
#define ERASING(...) ridge_augment_erasing(augment, ridge_augment_erasing_params(__VA_ARGS__))
#define CUTOUT(...) ridge_augment_cutout(augment, ridge_augment_cutout_params(__VA_ARGS__))
#define CHOICES_OF(...)                                                                            \
    ridge_augment_rand_augment(augment, ridge_augment_rand_augment_params(__VA_ARGS__))
    assert_fails(ERASING(.area = {0.5f, 1.5f}), RIDGE_ERROR_ARGUMENT, "erasing: area");
    assert_fails(ERASING(.area = {0.5f, 0.25f}), RIDGE_ERROR_ARGUMENT, "erasing: area");
    assert_fails(ERASING(.ratio = {0, 2}), RIDGE_ERROR_ARGUMENT, "erasing: ratio");
    assert_fails(ERASING(.value = 2), RIDGE_ERROR_ARGUMENT, "erasing: value");
    assert_fails(ERASING(.probability = -1), RIDGE_ERROR_ARGUMENT, "erasing: probability");
    assert_fails(CUTOUT(.size = 0), RIDGE_ERROR_ARGUMENT, "cutout: size");
    assert_fails(CUTOUT(.size = 14), RIDGE_ERROR_ARGUMENT,
                 "cutout: size: expected at most the longer side of 9 x 13, got 14");
    assert_fails(CUTOUT(.size = 2, .count = 65), RIDGE_ERROR_ARGUMENT, "cutout: count");
    assert_fails(CHOICES_OF(.magnitude = 31), RIDGE_ERROR_ARGUMENT, "rand_augment: magnitude");
    assert_fails(CHOICES_OF(.operations = 15), RIDGE_ERROR_ARGUMENT, "rand_augment: operations");
    ridge_augment_destroy(&augment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_are_what_was_drawn),
        cmocka_unit_test(squares_are_what_was_drawn),
        cmocka_unit_test(choices_are_what_was_drawn),
        cmocka_unit_test(same_programs_everywhere),
        cmocka_unit_test(erased_pixels),
        cmocka_unit_test(chosen_pixels),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("augment_erasing", tests);
}

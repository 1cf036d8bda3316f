// SPDX-License-Identifier: Apache-2.0
// Mixup and cutmix: how weights, boxes and partners are distributed, pixels and targets against
// double precision.
#include "harness.h"

#include <ridge/ridge.h>
#include <stdlib.h>
#include <string.h>

#include "augment_reference.h"

#define SEED 0x123456789abcdef0
#define EPOCH 3

static ridge_augment *make(ridge_augment_params params)
{
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, &params, &augment));
    return augment;
}

static ridge_augment *mixup(ridge_augment_params params, float alpha, float probability)
{
    ridge_augment *augment = make(params);
    assert_ok(ridge_augment_mixup(
        augment, ridge_augment_mixup_params(.alpha = alpha, .probability = probability)));
    return augment;
}

// Changes, both ways to mix, and both orders of the list.
static ridge_augment *everything(ridge_augment_params params)
{
    ridge_augment *augment = make(params);
    assert_ok(ridge_augment_cutmix(augment, ridge_augment_cutmix_params(.probability = 0.8f)));
    assert_ok(ridge_augment_horizontal_flip(augment, NULL));
    assert_ok(ridge_augment_mixup(augment, ridge_augment_mixup_params(.alpha = 1)));
    assert_ok(
        ridge_augment_brightness(augment, ridge_augment_brightness_params(.factor = {0.5f, 1.5f})));
    return augment;
}

// The programs of rows 0, 1, ..., where `stored` images can be partners; zeros where nothing is
// written. The caller frees them.
static uint32_t *draw(ridge_augment *augment, size_t stored, size_t rows)
{
    assert_ok(ridge_augment_ready(augment));
    size_t words =
        rows * ridge_augment_program_words(augment) * ridge_augment_program_parts(augment);
    uint32_t *programs = calloc(words, sizeof(*programs));
    ridge_tensor tensor = test_tensor(RIDGE_UINT32, 1, &words, programs);
    ridge_augment_batch batch = {.x = {.rank = 1, .shape = {stored}}, .seed = SEED, .epoch = EPOCH};
    batch.y = (ridge_tensor){.rank = 1, .shape = {rows}};
    assert_ok(ridge_augment_draw(test_launcher, augment, &batch, tensor));
    test_get(tensor, programs);
    test_release(&tensor);
    return programs;
}

// A row's program and, behind it, its partner's. *v: values of the mixing instruction, whose code
// it returns; 0: there is none.
static uint32_t mixing_of(const ridge_augment *augment, const uint32_t *programs, size_t row,
                          const uint32_t **program, float v[7])
{
    *program = programs + row * 2 * ridge_augment_program_words(augment);
    uint32_t count = (*program)[PROGRAM_COUNT];
    if (!count)
        return 0;
    const uint32_t *last = *program + PROGRAM_HEADER + (count - 1) * INSTRUCTION_WORDS;
    memcpy(v, last + INSTRUCTION_VALUES, 7 * sizeof(*v));
    return last[INSTRUCTION_CODE] >= AUGMENT_MIXING ? last[INSTRUCTION_CODE] : 0;
}

static double share_below(double alpha, double x)
{
    if (alpha == 0.5)
        return asin(sqrt(x)) * 2 / 3.14159265358979323846;
    return alpha == 1 ? x : x * x * (3 - 2 * x);
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

// Kolmogorov and Smirnov: the largest distance between the shares that n numbers and the
// distribution have below any x is beyond 1.95 / sqrt(n) once in a thousand times. The table's
// cells, within which numbers are spread evenly, add their width at most.
static void weights_are_beta(void **state)
{
    (void)state;
    size_t rows = test_small() ? 50 : 3000;
    float *weights = malloc(rows * sizeof(*weights));
    for (double alpha = 0.5; alpha <= 2; alpha *= 2) {
        ridge_augment *augment = mixup((ridge_augment_params){.shape = {1}}, (float)alpha, 0);
        uint32_t *programs = draw(augment, 1000, rows);
        const uint32_t *program;
        double furthest = 0, n = (double)rows;
        for (size_t r = 0; r < rows; r++) {
            float v[7];
            assert_int_equal(mixing_of(augment, programs, r, &program, v), AUGMENT_MIXUP);
            weights[r] = v[0];
        }
        qsort(weights, rows, sizeof(*weights), compare);
        for (size_t r = 0; r < rows; r++) {
            double share = share_below(alpha, (double)weights[r]);
            furthest = fmax(furthest, fmax(share - (double)r / n, (double)(r + 1) / n - share));
        }
        if (!(furthest < 1.95 / sqrt(n) + 0.5 / BETA_CELLS))
            fail_msg("alpha %g: furthest %g", alpha, furthest);
        free(programs);
        ridge_augment_destroy(&augment);
    }
    free(weights);
}

// The default of mixup: the variance of Beta(a, a) is 1 / (4 (2 a + 1)), and four standard errors
// of it less than 0.25 / sqrt(n). Partners are any rows: their mean has an error of 0.29 / sqrt(n).
static void defaults_and_partners(void **state)
{
    (void)state;
    size_t rows = test_small() ? 50 : 3000;
    ridge_augment *augment = mixup((ridge_augment_params){.shape = {1}}, 0, 0);
    uint32_t *programs = draw(augment, 1000, rows);
    double squares = 0, partners = 0, n = (double)rows;
    for (size_t r = 0; r < rows; r++) {
        float v[7];
        const uint32_t *program;
        mixing_of(augment, programs, r, &program, v);
        uint32_t partner = program[ridge_augment_program_words(augment) + PROGRAM_ROW];
        assert_true(partner < 1000);
        squares += ((double)v[0] - 0.5) * ((double)v[0] - 0.5) / n;
        partners += (partner + 0.5) / 1000 / n;
    }
    assert_true(fabs(squares - 1 / (4 * 1.4)) < 0.25 / sqrt(n));
    assert_true(fabs(partners - 0.5) < 4 * 0.29 / sqrt(n));
    free(programs);
    ridge_augment_destroy(&augment);
}

// From the same words: a box of the share that was drawn, cut at the border, and the weight that
// follows from it, which is rounded once.
static void boxes_are_what_was_drawn(void **state)
{
    (void)state;
    enum { ROWS = 20, HEIGHT = 9, WIDTH = 13 };
    ridge_augment *augment = make((ridge_augment_params){.shape = {HEIGHT, WIDTH}});
    assert_ok(ridge_augment_cutmix(augment, NULL));
    uint32_t *programs = draw(augment, 5, ROWS);
    for (uint32_t r = 0; r < ROWS; r++) {
        float v[7];
        const uint32_t *program;
        uint32_t words[16];
        assert_int_equal(mixing_of(augment, programs, r, &program, v), AUGMENT_CUTMIX);
        reference_words(SEED, EPOCH, r, 0, 0, words);
        double half = (words[2] & 0x7fffffff) * 0x1p-32; // alpha is 1: quantiles are shares
        double side = sqrt(words[2] >> 31 ? half : 1 - half);
        const long whole[2] = {WIDTH, HEIGHT};
        double area = 1;
        for (int d = 0; d < 2; d++) {
            long centre = (long)((uint64_t)words[4 + d] * (uint64_t)whole[d] >> 32);
            long size = lrint(side * (double)whole[d]), from = centre - size / 2, to = from + size;
            from = from < 0 ? 0 : from;
            to = to > whole[d] ? whole[d] : to;
            assert_true(v[1 + d] == (float)from && v[3 + d] == (float)to);
            area *= (double)(to - from);
        }
        assert_true(v[0] == (float)((HEIGHT * WIDTH - area) / (HEIGHT * WIDTH)));
        assert_int_equal(program[ridge_augment_program_words(augment)],
                         (uint64_t)words[3] * 5 >> 32);
    }
    free(programs);
    ridge_augment_destroy(&augment);
}

// Two operations that always happen act on half of the images each, with a deviation of at most
// 0.5 / sqrt(n).
static void one_of_them_acts(void **state)
{
    (void)state;
    size_t rows = test_small() ? 50 : 2000, ups = 0;
    ridge_augment *augment = mixup((ridge_augment_params){.shape = {4, 4}}, 0, 0);
    assert_ok(ridge_augment_cutmix(augment, NULL));
    uint32_t *programs = draw(augment, 100, rows);
    for (size_t r = 0; r < rows; r++) {
        float v[7];
        const uint32_t *program;
        uint32_t code = mixing_of(augment, programs, r, &program, v);
        assert_int_equal(program[PROGRAM_COUNT], 1);
        assert_true(code == AUGMENT_MIXUP || code == AUGMENT_CUTMIX);
        ups += code == AUGMENT_MIXUP;
    }
    assert_true(fabs((double)ups / (double)rows - 0.5) < 4 * 0.5 / sqrt((double)rows));
    free(programs);
    ridge_augment_destroy(&augment);
}

// As a hash, so that all devices that the tests run on are compared.
static void same_programs_everywhere(void **state)
{
    (void)state;
    enum { ROWS = 61 };
    ridge_augment *augment = everything((ridge_augment_params){.shape = {28, 28}});
    uint32_t *programs = draw(augment, 1009, ROWS);
    size_t words = ridge_augment_program_words(augment) * ridge_augment_program_parts(augment);
    const uint64_t wanted = 0x0078479d7d27813a;
    uint64_t got = test_hash(programs, ROWS * words * sizeof(*programs));
    if (got != wanted)
        fail_msg("expected %#llx, got %#llx", (unsigned long long)wanted, (unsigned long long)got);
    free(programs);
    ridge_augment_destroy(&augment);
}

enum { COUNT = 5, BATCH = 6, CLASSES = 3 };
static const uint32_t numbers[BATCH] = {3, 0, 4, 4, 1, 2};

// A batch and its targets, as the device makes them.
struct batch {
    float *y, *targets;
    uint32_t *programs;
    size_t words;
};

static struct batch run(ridge_augment *augment, ridge_type type, const void *x, ridge_type y_type,
                        const void *y, size_t columns)
{
    size_t size = augment->stored.channels * augment->stored.height * augment->stored.width;
    struct batch batch = {malloc(BATCH * size * 4), malloc(BATCH * columns * 4)};
    const size_t count = COUNT, rows = BATCH;
    ridge_tensor from = test_tensor(type, 2, (size_t[]){COUNT, size}, x);
    ridge_tensor to = test_matrix(BATCH, size, NULL), mixed = test_matrix(BATCH, columns, NULL);
    ridge_tensor index = test_tensor(RIDGE_UINT32, 1, &rows, numbers);
    ridge_tensor targets = y_type == RIDGE_INT32
                               ? test_tensor(y_type, 1, &count, y)
                               : test_tensor(y_type, 2, (size_t[]){COUNT, columns}, y);
    ridge_augment_batch call = {.x = from,
                                .index = index,
                                .seed = SEED,
                                .epoch = EPOCH,
                                .y = to,
                                .targets = targets,
                                .mixed_targets = mixed};
    assert_ok(ridge_augment_apply(test_launcher, augment, &call));
    test_get(to, batch.y);
    test_get(mixed, batch.targets);
    batch.words = 2 * ridge_augment_program_words(augment);
    const size_t words = BATCH * batch.words;
    batch.programs = calloc(words, 4);
    ridge_tensor programs = test_tensor(RIDGE_UINT32, 1, &words, batch.programs);
    assert_ok(ridge_augment_draw(test_launcher, augment, &call, programs));
    test_get(programs, batch.programs);
    ridge_tensor *all[] = {&from, &to, &mixed, &index, &targets, &programs};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        test_release(all[i]);
    return batch;
}

static void batch_release(struct batch *batch)
{
    free(batch->y);
    free(batch->targets);
    free(batch->programs);
}

// The image of one program, without what mixes it.
static struct reference_image unmixed(const ridge_augment *augment, ridge_type type,
                                      const uint8_t *x, uint32_t *program, bool mixed)
{
    size_t size = augment->stored.channels * augment->stored.height * augment->stored.width;
    program[PROGRAM_COUNT] -= mixed;
    struct reference_image stored =
        reference_stored(augment, type, x + program[PROGRAM_ROW] * size * ridge_type_size(type));
    struct reference_image image = reference_run(augment, &stored, program);
    program[PROGRAM_COUNT] += mixed;
    reference_free(&stored);
    return image;
}

static double target_of(ridge_type type, const void *y, uint32_t row, size_t columns, size_t j)
{
    if (type == RIDGE_FLOAT32)
        return ((const float *)y)[row * columns + j];
    int32_t label = ((const int32_t *)y)[row];
    return columns > 1 ? label == (int32_t)j : label;
}

// Pixels within what the changes before round, as in test_augment.c, and twice four roundings for
// the mixture; targets within four.
static void check_batch(ridge_augment_params params, ridge_type type, ridge_type y_type,
                        size_t columns)
{
    ridge_augment *augment = everything(params);
    size_t size = augment->stored.channels * augment->stored.height * augment->stored.width;
    float x[COUNT * 512], values[COUNT * CLASSES];
    uint8_t bytes[COUNT * 512];
    int32_t labels[COUNT] = {0, 1, 1, 0, columns > 1 ? 2 : 1};
    assert_true(size <= 512 && columns <= CLASSES);
    test_fill(x, COUNT * size, 1, 0, 1);
    test_fill(values, COUNT * columns, 2, -1, 1);
    for (size_t i = 0; i < COUNT * size; i++)
        bytes[i] = (uint8_t)(x[i] * 255);
    const void *stored = type == RIDGE_UINT8 ? (const void *)bytes : x;
    const void *y = y_type == RIDGE_INT32 ? (const void *)labels : values;
    struct batch batch = run(augment, type, stored, y_type, y, columns);
    double unit = type == RIDGE_UINT8 ? 255 : 1, places = (double)(size / augment->stored.channels);
    double bound = unit * TEST_EPSILON * (16 + 16 * places);
    for (size_t r = 0; r < BATCH; r++) {
        float v[7];
        const uint32_t *found;
        uint32_t code = mixing_of(augment, batch.programs, r, &found, v);
        uint32_t *program = batch.programs + r * batch.words, *other = program + batch.words / 2;
        struct reference_image image = unmixed(augment, type, stored, program, code);
        assert_int_equal(program[PROGRAM_ROW], numbers[r]);
        double weight = 1;
        if (code) {
            struct reference_image partner = unmixed(augment, type, stored, other, false);
            weight = reference_mix(&image, &partner, code, v);
            reference_free(&partner);
        }
        size_t channels = params.channels_last ? image.channels : 1;
        for (size_t i = 0; i < size; i++) {
            size_t at = i % (size / channels) * channels + i / (size / channels);
            assert_true(fabs((double)batch.y[r * size + at] - unit * image.pixels[i]) <= bound);
        }
        for (size_t j = 0; j < columns; j++) {
            uint32_t row = code ? other[PROGRAM_ROW] : numbers[r];
            double wanted = weight * target_of(y_type, y, numbers[r], columns, j) +
                            (1 - weight) * target_of(y_type, y, row, columns, j);
            assert_true(fabs((double)batch.targets[r * columns + j] - wanted) <= 4 * TEST_EPSILON);
        }
        reference_free(&image);
    }
    batch_release(&batch);
    ridge_augment_destroy(&augment);
}

static void pixels_and_targets(void **state)
{
    (void)state;
    check_batch((ridge_augment_params){.shape = {3, 5, 7}}, RIDGE_UINT8, RIDGE_INT32, CLASSES);
    check_batch((ridge_augment_params){.shape = {7, 3, 3}, .channels_last = true}, RIDGE_FLOAT32,
                RIDGE_FLOAT32, 2);
    check_batch((ridge_augment_params){.shape = {1}}, RIDGE_FLOAT32, RIDGE_INT32, 1);
    if (!test_few())
        check_batch((ridge_augment_params){.shape = {17, 23}}, RIDGE_FLOAT32, RIDGE_FLOAT32, 1);
}

static void bad_arguments(void **state)
{
    (void)state;
    ridge_augment *augment = mixup((ridge_augment_params){.shape = {4}}, 1, 0);
    assert_fails(ridge_augment_mixup(augment, ridge_augment_mixup_params(.alpha = -1)),
                 RIDGE_ERROR_ARGUMENT, "mixup: alpha");
    assert_fails(ridge_augment_cutmix(augment, ridge_augment_cutmix_params(.alpha = NAN)),
                 RIDGE_ERROR_ARGUMENT, "cutmix: alpha");
    assert_fails(ridge_augment_cutmix(augment, ridge_augment_cutmix_params(.probability = 2)),
                 RIDGE_ERROR_ARGUMENT, "cutmix: probability");
    const size_t three = 3, two = 2;
    ridge_tensor x = test_matrix(3, 4, NULL), y = test_matrix(2, 4, NULL);
    ridge_tensor labels = test_tensor(RIDGE_INT32, 1, &three, NULL);
    ridge_tensor few = test_tensor(RIDGE_INT32, 1, &two, NULL);
    ridge_augment_batch batch = {.x = x, .y = y, .targets = few, .mixed_targets = y};
    assert_fails(ridge_augment_apply(test_launcher, augment, &batch), RIDGE_ERROR_SHAPE,
                 "targets: expected 3 elements, got 2");
    batch.targets = labels;
    batch.mixed_targets = x;
    assert_fails(ridge_augment_apply(test_launcher, augment, &batch), RIDGE_ERROR_SHAPE,
                 "mixed_targets: expected 2 rows");
    batch.mixed_targets = (ridge_tensor){0};
    assert_fails(ridge_augment_apply(test_launcher, augment, &batch), RIDGE_ERROR_ARGUMENT,
                 "mixed_targets: expected a tensor");
    ridge_tensor *all[] = {&x, &y, &labels, &few};
    for (size_t i = 0; i < 4; i++)
        test_release(all[i]);
    ridge_augment_destroy(&augment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_beta),
        cmocka_unit_test(defaults_and_partners),
        cmocka_unit_test(boxes_are_what_was_drawn),
        cmocka_unit_test(one_of_them_acts),
        cmocka_unit_test(same_programs_everywhere),
        cmocka_unit_test(pixels_and_targets),
        cmocka_unit_test(bad_arguments),
    };
    return TEST_MAIN("augment_mixing", tests);
}

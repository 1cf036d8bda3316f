// SPDX-License-Identifier: Apache-2.0
#include "augment_harness.h"

#include <stdlib.h>

uint32_t *augment_draw(ridge_augment *augment, const uint32_t *numbers, size_t rows)
{
    assert_ok(ridge_augment_ready(augment));
    size_t words = rows * ridge_augment_program_words(augment);
    uint32_t *programs = calloc(words, sizeof(*programs));
    ridge_tensor index = test_tensor(RIDGE_UINT32, 1, &rows, numbers);
    ridge_tensor tensor = test_tensor(RIDGE_UINT32, 1, &words, NULL);
    ridge_augment_batch batch = {.index = index, .seed = AUGMENT_SEED, .epoch = AUGMENT_EPOCH};
    batch.y = (ridge_tensor){.rank = 1, .shape = {rows}};
    assert_ok(ridge_augment_draw(test_launcher, augment, &batch, tensor));
    test_get(tensor, programs);
    test_release(&tensor);
    test_release(&index);
    return programs;
}

void augment_check_programs(ridge_augment *augment, uint64_t wanted)
{
    enum { ROWS = 97 };
    uint32_t numbers[ROWS];
    for (uint32_t i = 0; i < ROWS; i++)
        numbers[i] = i * 0x9E3779B9u;
    uint32_t *programs = augment_draw(augment, numbers, ROWS);
    size_t bytes = ROWS * ridge_augment_program_words(augment) * sizeof(*programs);
    uint64_t got = test_hash(programs, bytes);
    if (got != wanted)
        fail_msg("expected %#llx, got %#llx", (unsigned long long)wanted, (unsigned long long)got);
    free(programs);
}

float *augment_rows(ridge_augment *augment, ridge_type type, const void *x, size_t count,
                    const uint32_t *numbers, size_t rows, float scale, float shift)
{
    size_t shape[RIDGE_MAX_RANK], rank = ridge_augment_shape(augment, shape), size = 1;
    const ridge_augment_params *params = ridge_augment_settings(augment);
    size_t stored[5] = {count}, made[5] = {rows};
    for (size_t d = 0; d < rank; d++) {
        size *= shape[d];
        stored[d + 1] = params->shape[d];
        made[d + 1] = shape[d];
    }
    float *result = calloc(rows * size, sizeof(*result));
    ridge_tensor from = test_tensor(type, (unsigned)rank + 1, stored, x);
    ridge_tensor to = test_tensor(RIDGE_FLOAT32, (unsigned)rank + 1, made, NULL);
    ridge_tensor index = test_tensor(RIDGE_UINT32, 1, &rows, numbers);
    assert_ok(ridge_augment_apply(test_launcher, augment,
                                  &(ridge_augment_batch){.x = from,
                                                         .index = index,
                                                         .seed = AUGMENT_SEED,
                                                         .epoch = AUGMENT_EPOCH,
                                                         .scale = scale,
                                                         .shift = shift,
                                                         .y = to}));
    test_get(to, result);
    test_release(&from);
    test_release(&to);
    test_release(&index);
    return result;
}

#define COUNT 5

// Random images in units, and the same as bytes.
struct images {
    float *floats;
    uint8_t *bytes;
    size_t size; // of one
};

static struct images make_images(const ridge_augment *augment)
{
    size_t size = augment->stored.channels * augment->stored.height * augment->stored.width;
    struct images images = {calloc(COUNT * size, sizeof(float)), calloc(COUNT * size, 1), size};
    test_fill(images.floats, COUNT * size, 1, 0, 1);
    for (size_t i = 0; i < COUNT * size; i++)
        images.bytes[i] = (uint8_t)(images.floats[i] * 256);
    return images;
}

// Returns how many elements are doubtful.
static size_t check_row(const ridge_augment *augment, const float *got,
                        const struct reference_image *wanted, double bound)
{
    size_t places = wanted->height * wanted->width, doubtful = 0;
    bool last = augment->params.channels_last && augment->rank == 3;
    for (size_t i = 0; i < wanted->channels * places; i++) {
        size_t at = last ? i % places * wanted->channels + i / places : i;
        double value = 2 * wanted->pixels[i] - 1;
        if (wanted->doubtful && wanted->doubtful[i])
            doubtful++;
        else if (!(fabs((double)got[at] - value) <= 2 * bound))
            fail_msg("element %zu: expected %.9g, got %.9g", i, value, (double)got[at]);
    }
    return doubtful;
}

size_t augment_check(ridge_augment *augment, ridge_type type, double bound)
{
    const uint32_t numbers[] = {3, 0, 4, 4};
    enum { ROWS = sizeof(numbers) / sizeof(numbers[0]) };
    struct images images = make_images(augment);
    bool is_bytes = type == RIDGE_UINT8;
    float *got = augment_rows(augment, type, is_bytes ? (const void *)images.bytes : images.floats,
                              COUNT, numbers, ROWS, is_bytes ? 2.0f / 255 : 2, -1);
    uint32_t *programs = augment_draw(augment, numbers, ROWS);
    size_t words = ridge_augment_program_words(augment), doubtful = 0;
    for (size_t r = 0; r < ROWS; r++) {
        size_t at = numbers[r] * images.size;
        const void *row = is_bytes ? (const void *)(images.bytes + at) : images.floats + at;
        struct reference_image stored = reference_stored(augment, type, row);
        struct reference_image wanted = reference_run(augment, &stored, programs + r * words);
        size_t made = wanted.channels * wanted.height * wanted.width;
        doubtful += check_row(augment, got + r * made, &wanted, bound);
        reference_free(&stored);
        reference_free(&wanted);
    }
    free(programs);
    free(got);
    free(images.bytes);
    free(images.floats);
    return doubtful;
}

// SPDX-License-Identifier: Apache-2.0
// Augmentation in double precision on the host, without any regard for speed.
#include "augment_reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ops/random.h"

#define STREAM_AUGMENT (1u << 29)

double *reference_pixel(const struct reference_image *image, size_t channel, size_t y, size_t x)
{
    return image->pixels + (channel * image->height + y) * image->width + x;
}

struct reference_image reference_image_make(size_t channels, size_t height, size_t width)
{
    return (struct reference_image){
        channels, height, width, calloc(channels * height * width, sizeof(double)), NULL, false};
}

void reference_free(struct reference_image *image)
{
    free(image->pixels);
    free(image->doubtful);
}

void reference_words(uint64_t seed, uint32_t epoch, uint32_t sample, size_t place, uint32_t more,
                     uint32_t words[16])
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    for (uint32_t b = 0; b < 4; b++) {
        uint64_t block = ((uint64_t)sample << 8) + more * 4 + b;
        const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), epoch,
                                     STREAM_AUGMENT + 2 * (uint32_t)place};
        ridge_philox(counter, key, words + 4 * b);
    }
}

double reference_value(const uint32_t *words, size_t which, double low, double high)
{
    return low + (words[which] >> 8) * 0x1p-24 * (high - low);
}

struct reference_image reference_stored(const ridge_augment *augment, ridge_type type,
                                        const void *row)
{
    const struct ridge_augment_image *from = &augment->stored;
    struct reference_image image = reference_image_make(from->channels, from->height, from->width);
    image.bytes = type == RIDGE_UINT8;
    double low = augment->params.values.low, high = augment->params.values.high;
    if (low == 0 && high == 0)
        high = type == RIDGE_UINT8 ? 255 : 1;
    bool last = augment->params.channels_last && augment->rank == 3;
    for (size_t c = 0; c < from->channels; c++) {
        for (size_t place = 0; place < from->height * from->width; place++) {
            size_t at = last ? place * from->channels + c : c * from->height * from->width + place;
            double value =
                type == RIDGE_UINT8 ? ((const uint8_t *)row)[at] : (double)((const float *)row)[at];
            image.pixels[c * from->height * from->width + place] = (value - low) / (high - low);
        }
    }
    return image;
}

struct reference_image reference_run(const ridge_augment *augment,
                                     const struct reference_image *stored, const uint32_t *program)
{
    const struct ridge_augment_image *to = &augment->made;
    struct reference_image image = reference_image_make(to->channels, to->height, to->width);
    reference_geometry(augment, stored, program, &image);
    for (uint32_t k = 0; k < program[PROGRAM_COUNT]; k++) {
        const uint32_t *instruction = program + PROGRAM_HEADER + k * INSTRUCTION_WORDS;
        float values[INSTRUCTION_WORDS - INSTRUCTION_VALUES];
        memcpy(values, instruction + INSTRUCTION_VALUES, sizeof(values));
        uint32_t code = instruction[INSTRUCTION_CODE];
        if (!reference_colour(&image, code, values) && !reference_levels(&image, code, values) &&
            !reference_filters(&image, code, values) &&
            !reference_noise(&image, program, code, values) &&
            !reference_erasing(&image, program, code, values)) {
            fprintf(stderr, "no reference for instruction %u\n", code);
            abort();
        }
    }
    return image;
}

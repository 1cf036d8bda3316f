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
    return (struct reference_image){channels, height, width,
                                    calloc(channels * height * width, sizeof(double)), NULL};
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

// Where a tap beside the image reads; -1: nowhere.
static long folded(long at, long size, ridge_fill_mode fill)
{
    if (at >= 0 && at < size)
        return at;
    if (fill == RIDGE_FILL_EDGE)
        return at < 0 ? 0 : size - 1;
    return -1;
}

static double tap(const ridge_augment *augment, const struct reference_image *image, size_t channel,
                  long y, long x)
{
    const ridge_augment_params *p = &augment->params;
    y = folded(y, (long)image->height, p->fill);
    x = folded(x, (long)image->width, p->fill);
    if (x < 0 || y < 0)
        return (double)p->fill_value; // tests keep to images in units there
    return *reference_pixel(image, channel, (size_t)y, (size_t)x);
}

static double sample(const ridge_augment *augment, const struct reference_image *image,
                     size_t channel, double y, double x)
{
    if (augment->params.interpolation == RIDGE_INTERPOLATION_NEAREST)
        return tap(augment, image, channel, (long)floor(y + 0.5), (long)floor(x + 0.5));
    long left = (long)floor(x), top = (long)floor(y);
    double right_share = x - (double)left, low_share = y - (double)top;
    return (1 - low_share) * ((1 - right_share) * tap(augment, image, channel, top, left) +
                              right_share * tap(augment, image, channel, top, left + 1)) +
           low_share * ((1 - right_share) * tap(augment, image, channel, top + 1, left) +
                        right_share * tap(augment, image, channel, top + 1, left + 1));
}

struct reference_image reference_run(const ridge_augment *augment,
                                     const struct reference_image *stored, const uint32_t *program)
{
    const struct ridge_augment_image *to = &augment->made;
    struct reference_image image = reference_image_make(to->channels, to->height, to->width);
    float m[9];
    memcpy(m, program + PROGRAM_MATRIX, sizeof(m));
    for (size_t y = 0; y < to->height; y++) {
        for (size_t x = 0; x < to->width; x++) {
            double cx = (double)x - 0.5 * (double)(to->width - 1),
                   cy = (double)y - 0.5 * (double)(to->height - 1);
            double from_x = (double)m[0] * cx + (double)m[1] * cy + (double)m[2],
                   from_y = (double)m[3] * cx + (double)m[4] * cy + (double)m[5];
            for (size_t c = 0; c < to->channels; c++)
                *reference_pixel(&image, c, y, x) =
                    sample(augment, stored, c, from_y + 0.5 * (double)(stored->height - 1),
                           from_x + 0.5 * (double)(stored->width - 1));
        }
    }
    for (uint32_t k = 0; k < program[PROGRAM_COUNT]; k++) {
        const uint32_t *instruction = program + PROGRAM_HEADER + k * INSTRUCTION_WORDS;
        float values[INSTRUCTION_WORDS - INSTRUCTION_VALUES];
        memcpy(values, instruction + INSTRUCTION_VALUES, sizeof(values));
        if (!reference_colour(&image, instruction[INSTRUCTION_CODE], values)) {
            fprintf(stderr, "no reference for instruction %u\n", instruction[INSTRUCTION_CODE]);
            abort();
        }
    }
    return image;
}

// SPDX-License-Identifier: Apache-2.0
// Erasing in double precision on the host.
#include "augment_harness.h"

#include "ops/random.h"

#define STREAM_AUGMENT (1u << 29)

// The mean of a channel.
static double mean_of(const struct reference_image *image, size_t channel)
{
    double sum = 0;
    size_t places = image->height * image->width;
    for (size_t i = 0; i < places; i++)
        sum += image->pixels[channel * places + i];
    return sum / (double)places;
}

// The noise of an element, from 0 to 1.
static double noise_at(const float *v, size_t element)
{
    ridge_random random = {.seed = AUGMENT_SEED,
                           .stream = STREAM_AUGMENT + (uint32_t)v[NOISE_STREAM],
                           .step = AUGMENT_EPOCH};
    return (ridge_random_word(&random, element) >> 8) * 0x1p-24;
}

bool reference_erasing(struct reference_image *image, const uint32_t *program, uint32_t code,
                       const float *v)
{
    if (code != AUGMENT_ERASE && code != AUGMENT_ERASE_MEAN)
        return false;
    size_t size = image->channels * image->height * image->width;
    for (size_t c = 0; c < image->channels; c++) {
        double mean = mean_of(image, c);
        for (size_t y = (size_t)v[1]; y < (size_t)v[3]; y++) {
            for (size_t x = (size_t)v[0]; x < (size_t)v[2]; x++) {
                double *pixel = reference_pixel(image, c, y, x);
                size_t element = program[PROGRAM_SAMPLE] * size + (size_t)(pixel - image->pixels);
                *pixel = code == AUGMENT_ERASE_MEAN ? mean
                         : v[4] != 0                ? noise_at(v, element)
                                                    : (double)v[5];
            }
        }
    }
    return true;
}

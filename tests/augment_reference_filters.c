// SPDX-License-Identifier: Apache-2.0
// Blur, sharpening and noise in double precision.
#include <math.h>
#include <ridge/random.h>
#include <stdlib.h>
#include <string.h>

#include "augment_harness.h"

#define STREAM_AUGMENT (1u << 29)

static double clip(double value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

// Mirrors in the first and last pixels.
static size_t mirrored(long at, long size)
{
    while (size > 1 && (at < 0 || at >= size))
        at = at < 0 ? -at : 2 * (size - 1) - at;
    return size > 1 ? (size_t)at : 0;
}

static void blur_along(struct reference_image *image, double sigma, bool down)
{
    struct reference_image from = *image;
    *image = reference_image_make(from.channels, from.height, from.width);
    int radius = (int)ceil(3 * sigma);
    double sum = 0;
    for (int k = -radius; k <= radius; k++)
        sum += exp(-k * k / (2 * sigma * sigma));
    for (size_t c = 0; c < from.channels; c++)
        for (size_t y = 0; y < from.height; y++)
            for (size_t x = 0; x < from.width; x++)
                for (int k = -radius; k <= radius; k++) {
                    size_t other_y = down ? mirrored((long)y + k, (long)from.height) : y;
                    size_t other_x = down ? x : mirrored((long)x + k, (long)from.width);
                    *reference_pixel(image, c, y, x) +=
                        exp(-k * k / (2 * sigma * sigma)) / sum *
                        *reference_pixel(&from, c, other_y, other_x);
                }
    reference_free(&from);
}

static double smooth(const struct reference_image *image, size_t c, size_t y, size_t x)
{
    double sum = 4 * *reference_pixel(image, c, y, x);
    if (!y || !x || y == image->height - 1 || x == image->width - 1)
        return sum / 4;
    for (size_t other_y = y - 1; other_y <= y + 1; other_y++)
        for (size_t other_x = x - 1; other_x <= x + 1; other_x++)
            sum += *reference_pixel(image, c, other_y, other_x);
    return sum / 13;
}

static void sharpen(struct reference_image *image, double factor)
{
    struct reference_image from = *image;
    *image = reference_image_make(from.channels, from.height, from.width);
    for (size_t c = 0; c < from.channels; c++)
        for (size_t y = 0; y < from.height; y++)
            for (size_t x = 0; x < from.width; x++)
                *reference_pixel(image, c, y, x) = clip(*reference_pixel(&from, c, y, x) * factor +
                                                        smooth(&from, c, y, x) * (1 - factor));
    reference_free(&from);
}

bool reference_filters(struct reference_image *image, uint32_t code, const float *v)
{
    if (code == AUGMENT_BLUR) {
        blur_along(image, (double)v[0], false);
        blur_along(image, (double)v[0], true);
    } else if (code == AUGMENT_SHARPEN) {
        sharpen(image, (double)v[0]);
    }
    return code == AUGMENT_BLUR || code == AUGMENT_SHARPEN;
}

// The number below which this share of a normal distribution lies, by halving.
double reference_normal(uint32_t word)
{
    double share = (word + 0.5) * 0x1p-32, low = -8, high = 0;
    bool right = share > 0.5;
    if (right)
        share = ((~word) + 0.5) * 0x1p-32;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (erfc(-middle / sqrt(2)) / 2 < share)
            low = middle;
        else
            high = middle;
    }
    return right ? -low : low;
}

static double noisy(double value, uint32_t code, uint32_t word, float amount)
{
    if (code == AUGMENT_GAUSSIAN_NOISE)
        return clip(value + (double)amount * reference_normal(word));
    if (code == AUGMENT_UNIFORM_NOISE)
        return clip(value + (double)amount * (((word >> 9) + 0.5) * 0x1p-22 - 1));
    float share = (float)(word >> 8) * 0x1p-24f; // as the kernel compares it
    return share < 0.5f * amount ? 0 : share >= 1 - 0.5f * amount ? 1 : clip(value);
}

bool reference_noise(struct reference_image *image, const uint32_t *program, uint32_t code,
                     const float *v)
{
    if (code != AUGMENT_GAUSSIAN_NOISE && code != AUGMENT_UNIFORM_NOISE &&
        code != AUGMENT_SALT_PEPPER)
        return false;
    ridge_random random = {.seed = AUGMENT_SEED,
                           .stream = STREAM_AUGMENT + (uint32_t)v[NOISE_STREAM],
                           .step = AUGMENT_EPOCH};
    size_t places = image->height * image->width, size = image->channels * places;
    for (size_t i = 0; i < size; i++) {
        size_t element = code == AUGMENT_SALT_PEPPER ? i % places : i;
        uint32_t word = ridge_random_word(&random, program[PROGRAM_SAMPLE] * size + element);
        image->pixels[i] = noisy(image->pixels[i], code, word, v[0]);
    }
    return true;
}

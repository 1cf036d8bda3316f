// SPDX-License-Identifier: Apache-2.0
// What maps values, in double precision: greyscale, gamma, levels, histograms.
#include <math.h>
#include <stdlib.h>

#include "augment_reference.h"

// How far float32 may be off, in units, where it decides on which side of a jump a value is.
#define NEAR 1e-7

static double clip(double value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

static void doubt(struct reference_image *image, size_t from, size_t count)
{
    if (!image->doubtful)
        image->doubtful =
            calloc(image->channels * image->height * image->width, sizeof(*image->doubtful));
    for (size_t i = from; i < from + count; i++)
        image->doubtful[i] = true;
}

static void greyscale(struct reference_image *image)
{
    size_t places = image->height * image->width;
    for (size_t i = 0; i < places; i++) {
        double *red = image->pixels + i, *green = red + places, *blue = green + places;
        *red = *green = *blue = 0.299 * *red + 0.587 * *green + 0.114 * *blue;
    }
}

static void solarize(struct reference_image *image, double threshold)
{
    for (size_t i = 0; i < image->channels * image->height * image->width; i++) {
        double *value = image->pixels + i;
        if (fabs(*value - threshold) < NEAR)
            doubt(image, i, 1);
        if (*value >= threshold)
            *value = 1 - *value;
    }
}

static int level(double value)
{
    return (int)nearbyint(clip(value) * 255);
}

static bool between_levels(double value)
{
    return level(value - NEAR) != level(value + NEAR);
}

static void posterize(struct reference_image *image, int bits)
{
    int part = 1 << (8 - bits);
    for (size_t i = 0; i < image->channels * image->height * image->width; i++) {
        if (between_levels(image->pixels[i]))
            doubt(image, i, 1);
        image->pixels[i] = level(image->pixels[i]) / part * part / 255.0;
    }
}

static void auto_contrast(double *values, size_t count)
{
    double low = values[0], high = values[0];
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    for (size_t i = 0; i < count && high > low; i++)
        values[i] = clip((values[i] - low) / (high - low));
}

// Whether no pixel is between levels.
static bool equalise(double *values, size_t count)
{
    size_t of_level[256] = {0}, lower[256] = {0};
    bool sure = true;
    for (size_t i = 0; i < count; i++) {
        of_level[level(values[i])]++;
        sure &= !between_levels(values[i]);
    }
    int highest = 255;
    while (!of_level[highest])
        highest--;
    for (int l = 1; l < 256; l++)
        lower[l] = lower[l - 1] + of_level[l - 1];
    for (size_t i = 0; i < count && lower[highest]; i++)
        values[i] = (double)lower[level(values[i])] / (double)lower[highest];
    return sure;
}

bool reference_levels(struct reference_image *image, uint32_t code, const float *v)
{
    size_t places = image->height * image->width;
    switch (code) {
    case AUGMENT_GREYSCALE:
        greyscale(image);
        return true;
    case AUGMENT_GAMMA:
        for (size_t i = 0; i < image->channels * places; i++)
            image->pixels[i] = pow(clip(image->pixels[i]), (double)v[0]);
        return true;
    case AUGMENT_INVERT:
        for (size_t i = 0; i < image->channels * places; i++)
            image->pixels[i] = 1 - image->pixels[i];
        return true;
    case AUGMENT_POSTERIZE:
        posterize(image, (int)v[0]);
        return true;
    case AUGMENT_SOLARIZE:
        solarize(image, (double)v[0]);
        return true;
    case AUGMENT_AUTO_CONTRAST:
        for (size_t c = 0; c < image->channels; c++)
            auto_contrast(image->pixels + c * places, places);
        return true;
    case AUGMENT_EQUALISE:
        for (size_t c = 0; c < image->channels; c++)
            if (!equalise(image->pixels + c * places, places))
                doubt(image, c * places, places);
        return true;
    }
    return false;
}

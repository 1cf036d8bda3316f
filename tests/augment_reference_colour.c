// SPDX-License-Identifier: Apache-2.0
// Colour in double precision.
#include "augment_reference.h"

#include <math.h>

static size_t places_of(const struct reference_image *image)
{
    return image->height * image->width;
}

static double clip(double value)
{
    return value < 0 ? 0 : value > 1 ? 1 : value;
}

static void brightness(struct reference_image *image, double factor, double sum)
{
    for (size_t i = 0; i < image->channels * places_of(image); i++)
        image->pixels[i] = clip(image->pixels[i] * factor + sum);
}

static double grey(const struct reference_image *image, size_t place)
{
    const double seen[] = {0.299, 0.587, 0.114};
    double sum = 0;
    for (size_t c = 0; c < image->channels; c++)
        sum += image->pixels[c * places_of(image) + place] *
               (image->channels == 3 ? seen[c] : 1.0 / (double)image->channels);
    return sum;
}

static void blend(struct reference_image *image, size_t place, double other, double factor)
{
    for (size_t c = 0; c < image->channels; c++) {
        double *value = image->pixels + c * places_of(image) + place;
        *value = clip(factor * *value + (1 - factor) * other);
    }
}

static void contrast(struct reference_image *image, double factor)
{
    double mean = 0;
    for (size_t i = 0; i < places_of(image); i++)
        mean += grey(image, i) / (double)places_of(image);
    for (size_t i = 0; i < places_of(image); i++)
        blend(image, i, mean, factor);
}

static void saturation(struct reference_image *image, double factor)
{
    for (size_t i = 0; i < places_of(image); i++)
        blend(image, i, grey(image, i), factor);
}

// To hue, saturation and value, and back.
static void turn(double rgb[3], double turns)
{
    double red = rgb[0], green = rgb[1], blue = rgb[2];
    double value = fmax(red, fmax(green, blue)), chroma = value - fmin(red, fmin(green, blue));
    if (chroma == 0)
        return;
    double sixths = value == red     ? (green - blue) / chroma
                    : value == green ? 2 + (blue - red) / chroma
                                     : 4 + (red - green) / chroma;
    sixths = fmod(sixths + 6 * turns + 12, 6);
    double part = sixths - floor(sixths), low = value - chroma;
    double falling = value - part * chroma, rising = low + part * chroma;
    const double sectors[6][3] = {{value, rising, low}, {falling, value, low},
                                  {low, value, rising}, {low, falling, value},
                                  {rising, low, value}, {value, low, falling}};
    for (int c = 0; c < 3; c++)
        rgb[c] = sectors[(int)sixths][c];
}

static void hue(struct reference_image *image, double turns)
{
    for (size_t i = 0; i < places_of(image); i++) {
        double rgb[3];
        for (size_t c = 0; c < 3; c++)
            rgb[c] = image->pixels[c * places_of(image) + i];
        turn(rgb, turns);
        for (size_t c = 0; c < 3; c++)
            image->pixels[c * places_of(image) + i] = rgb[c];
    }
}

bool reference_colour(struct reference_image *image, uint32_t code, const float *v)
{
    switch (code) {
    case AUGMENT_BRIGHTNESS:
        brightness(image, v[0], v[1]);
        return true;
    case AUGMENT_CONTRAST:
        contrast(image, v[0]);
        return true;
    case AUGMENT_SATURATION:
        saturation(image, v[0]);
        return true;
    case AUGMENT_HUE:
        hue(image, v[0]);
        return true;
    }
    return false;
}

// SPDX-License-Identifier: Apache-2.0
// Geometry of augmentation in double precision: maps, fields of displacements, interpolation,
// fills.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "augment_reference.h"

// How far a coordinate may be off before anything is said of it: what a place is rounded to, and
// whether it lies on the image, cannot be told any closer.
#define CLOSE 2e-4

// Where a tap reads; -1: nowhere.
static long folded(long at, long size, ridge_fill_mode fill)
{
    if (fill == RIDGE_FILL_CONSTANT)
        return at < 0 || at >= size ? -1 : at;
    while (at < 0 || at >= size) {
        if (fill == RIDGE_FILL_EDGE || (size == 1 && fill == RIDGE_FILL_MIRROR))
            at = at < 0 ? 0 : size - 1;
        else if (fill == RIDGE_FILL_WRAP)
            at += at < 0 ? size : -size;
        else if (fill == RIDGE_FILL_REFLECT)
            at = at < 0 ? -1 - at : 2 * size - 1 - at;
        else
            at = at < 0 ? -at : 2 * size - 2 - at;
    }
    return at;
}

static double tap(const ridge_augment *augment, const struct reference_image *image, size_t channel,
                  long y, long x)
{
    const ridge_augment_params *p = &augment->params;
    y = folded(y, (long)image->height, p->fill);
    x = folded(x, (long)image->width, p->fill);
    if (x < 0 || y < 0)
        return (double)p->fill_value / (image->bytes ? 255 : 1); // tests keep to the usual ranges
    return *reference_pixel(image, channel, (size_t)y, (size_t)x);
}

// Keys 1981, a = -1/2.
static double cubic(double t)
{
    t = fabs(t);
    if (t >= 2)
        return 0;
    return t <= 1 ? 1.5 * t * t * t - 2.5 * t * t + 1 : -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2;
}

static double weight_of(ridge_interpolation interpolation, double distance)
{
    if (interpolation == RIDGE_INTERPOLATION_BICUBIC)
        return cubic(distance);
    if (interpolation == RIDGE_INTERPOLATION_BILINEAR)
        return fmax(0, 1 - fabs(distance));
    return distance >= -0.5 && distance < 0.5;
}

static double sample(const ridge_augment *augment, const struct reference_image *image,
                     size_t channel, double y, double x)
{
    ridge_interpolation interpolation = augment->params.interpolation;
    double sum = 0;
    long top = (long)floor(y), left = (long)floor(x);
    for (long ty = top - 1; ty <= top + 2; ty++) {
        for (long tx = left - 1; tx <= left + 2; tx++) {
            double weight =
                weight_of(interpolation, y - (double)ty) * weight_of(interpolation, x - (double)tx);
            if (weight != 0)
                sum += weight * tap(augment, image, channel, ty, tx);
        }
    }
    if (interpolation == RIDGE_INTERPOLATION_BICUBIC && image->bytes)
        sum = fmax(0, fmin(1, sum));
    return sum;
}

// A place on its way; doubtful: too far outside, or on the horizon.
struct place {
    double x, y;
    bool doubtful;
};

static void map(const uint32_t *words, struct place *place)
{
    float m[9];
    memcpy(m, words, sizeof(m));
    double x = place->x, y = place->y;
    double depth = (double)m[6] * x + (double)m[7] * y + (double)m[8];
    place->x = ((double)m[0] * x + (double)m[1] * y + (double)m[2]) / depth;
    place->y = ((double)m[3] * x + (double)m[4] * y + (double)m[5]) / depth;
    if (depth < 1e-3 * fabs((double)m[8]))
        place->doubtful = true;
}

static double spline(double t)
{
    t = fabs(t);
    if (t >= 2)
        return 0;
    return t <= 1 ? 2.0 / 3 - t * t + t * t * t / 2 : (2 - t) * (2 - t) * (2 - t) / 6;
}

// Knot k of n stands (k - (n - 1) / 2) spacings from the middle.
static void displace(const uint32_t *field, struct place *place)
{
    float inverse, value;
    uint32_t columns = field[FIELD_COLUMNS], rows = field[FIELD_ROWS];
    memcpy(&inverse, field + FIELD_INVERSE_SPACING, sizeof(inverse));
    double most_x = 0.5 * (columns - 3), most_y = 0.5 * (rows - 3), sum[2] = {0};
    double x = fmax(-most_x, fmin(most_x, place->x * (double)inverse)),
           y = fmax(-most_y, fmin(most_y, place->y * (double)inverse));
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t j = 0; j < columns; j++) {
            for (uint32_t axis = 0; axis < 2; axis++) {
                memcpy(&value, field + FIELD_VALUES + 2 * (i * columns + j) + axis, sizeof(value));
                sum[axis] += (double)value * spline(x - (j - 0.5 * (columns - 1))) *
                             spline(y - (i - 0.5 * (rows - 1)));
            }
        }
    }
    place->x += sum[0];
    place->y += sum[1];
}

// From pixel numbers of the result to those of the stored image.
static struct place place_of(const struct reference_image *image,
                             const struct reference_image *stored, const uint32_t *program,
                             size_t y, size_t x)
{
    struct place place = {(double)x - 0.5 * (double)(image->width - 1),
                          (double)y - 0.5 * (double)(image->height - 1), false};
    map(program + PROGRAM_MATRIX, &place);
    for (uint32_t f = program[PROGRAM_FIELD]; f; f = program[f + FIELD_BEFORE]) {
        displace(program + f, &place);
        map(program + f + FIELD_MATRIX, &place);
    }
    double width = (double)stored->width, height = (double)stored->height;
    if (fmax(fabs(place.x), fabs(place.y)) > 4 * (width + height))
        place.doubtful = true;
    place.x += 0.5 * (width - 1);
    place.y += 0.5 * (height - 1);
    if (place.doubtful)
        place.x = place.y = 0;
    return place;
}

// A coordinate half a pixel beside the image, or less, is on it. Whether that is doubtful.
static bool snap(double *at, size_t size)
{
    double on = fmax(0, fmin((double)size - 1, *at)), beside = fabs(*at - on);
    if (beside <= 0.5)
        *at = on;
    return fabs(beside - 0.5) < CLOSE;
}

static bool between_pixels(double at)
{
    return fabs(at - floor(at) - 0.5) < CLOSE;
}

void reference_geometry(const ridge_augment *augment, const struct reference_image *stored,
                        const uint32_t *program, struct reference_image *image)
{
    size_t places = image->height * image->width;
    bool nearest = augment->params.interpolation == RIDGE_INTERPOLATION_NEAREST;
    image->doubtful = calloc(image->channels * places, sizeof(bool));
    for (size_t i = 0; i < places; i++) {
        struct place place = place_of(image, stored, program, i / image->width, i % image->width);
        bool doubtful = place.doubtful;
        if (nearest)
            doubtful |= between_pixels(place.x) || between_pixels(place.y);
        if (program[PROGRAM_EDGE]) {
            doubtful |= snap(&place.x, stored->width);
            doubtful |= snap(&place.y, stored->height);
        }
        for (size_t c = 0; c < image->channels; c++) {
            image->pixels[c * places + i] = sample(augment, stored, c, place.y, place.x);
            image->doubtful[c * places + i] = doubtful;
        }
    }
}

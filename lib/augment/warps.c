// SPDX-License-Identifier: Apache-2.0
// Geometry that bends what is straight, or parallel: perspective, elastic displacements.
#include <math.h>
#include <stddef.h>

#include "augment/operation.h"

static const ridge_field perspective_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_perspective_params, "1"),
    {"distortion", RIDGE_FIELD_FLOAT, offsetof(ridge_augment_perspective_params, distortion),
     .minimum_excluded = true, .maximum = 1, .fallback = "0.5",
     .help = "how far corners go inwards at most, in halves of the image"},
    {0},
};

static void encode_perspective(const void *params, const struct ridge_augment_image *before,
                               const struct ridge_augment_image *after,
                               struct ridge_augment_record *record)
{
    const ridge_augment_perspective_params *p = params;
    float distortion = p->distortion > 0 ? p->distortion : 0.5f;
    (void)after;
    for (int i = 0; i < 8; i++)
        ridge_record_range(record, (ridge_range){0, distortion}, 1, 0);
    ridge_record_value(record, (double)before->width / 2);
    ridge_record_value(record, (double)before->height / 2);
    ridge_record_value(record, 2 / (double)before->width);
    ridge_record_value(record, 2 / (double)before->height);
}

const struct ridge_augmentation ridge_augmentation_perspective = {
    .info = {"perspective", "tilts the image", perspective_fields,
             sizeof(ridge_augment_perspective_params)},
    .code = AUGMENT_PERSPECTIVE,
    .encode = encode_perspective,
};

static const ridge_field elastic_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_elastic_params, "1"),
    {"alpha", RIDGE_FIELD_FLOAT, offsetof(ridge_augment_elastic_params, alpha),
     .minimum_excluded = true, .maximum = 1e6, .required = true, .help = "strength, in pixels"},
    {"sigma", RIDGE_FIELD_FLOAT, offsetof(ridge_augment_elastic_params, sigma), .minimum = 1,
     .maximum = 1e6, .fallback = "4", .help = "smoothness, in pixels"},
    {0},
};

// A cubic B-spline has a deviation of spacing / sqrt(3), so knots stand sqrt(3) sigma apart.
static double spacing_of(const ridge_augment_elastic_params *p)
{
    return sqrt(3.0) * (p->sigma > 0 ? (double)p->sigma : 4);
}

// Along a side: those between which a pixel can lie, and one more on either side.
static size_t knots_of(const ridge_augment_elastic_params *p, size_t size)
{
    return (size_t)ceil((double)size / spacing_of(p)) + 3;
}

// Uniform noise of variance 1/3 has the deviation 1 / (sqrt(12 pi) sigma) behind a Gaussian filter.
// Knots of that variance leave 151/315 of the deviation, the mean over all places of the sum of the
// squares of a cubic B-spline's weights, along either axis a root of it.
static void encode_elastic(const void *params, const struct ridge_augment_image *before,
                           const struct ridge_augment_image *after,
                           struct ridge_augment_record *record)
{
    const ridge_augment_elastic_params *p = params;
    double sigma = p->sigma > 0 ? (double)p->sigma : 4, root_of_pi = 1.7724538509055160;
    (void)after;
    ridge_record_value(record, (double)p->alpha * 315 / 151 / (2 * root_of_pi * sigma));
    ridge_record_value(record, 1 / spacing_of(p));
    ridge_record_value(record, (double)knots_of(p, before->width));
    ridge_record_value(record, (double)knots_of(p, before->height));
}

static size_t elastic_field(const void *params, const struct ridge_augment_image *image)
{
    return FIELD_VALUES + 2 * knots_of(params, image->width) * knots_of(params, image->height);
}

const struct ridge_augmentation ridge_augmentation_elastic = {
    .info = {"elastic", "bends the image", elastic_fields, sizeof(ridge_augment_elastic_params)},
    .code = AUGMENT_ELASTIC,
    .encode = encode_elastic,
    .field = elastic_field,
};

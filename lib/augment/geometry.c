// SPDX-License-Identifier: Apache-2.0
// Geometry that keeps the size of images: flips, shift, rotation, zoom, scale, shear.
#include <stddef.h>

#include "augment/operation.h"

static const ridge_field horizontal_flip_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_horizontal_flip_params, "0.5"),
    {0},
};

const struct ridge_augmentation ridge_augmentation_horizontal_flip = {
    .info = {"horizontal_flip", "left and right change places", horizontal_flip_fields,
             sizeof(ridge_augment_horizontal_flip_params)},
    .code = AUGMENT_HORIZONTAL_FLIP,
    .probability = 0.5f,
};

static const ridge_field vertical_flip_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_vertical_flip_params, "0.5"),
    {0},
};

const struct ridge_augmentation ridge_augmentation_vertical_flip = {
    .info = {"vertical_flip", "top and bottom change places", vertical_flip_fields,
             sizeof(ridge_augment_vertical_flip_params)},
    .code = AUGMENT_VERTICAL_FLIP,
    .probability = 0.5f,
};

static const ridge_field shift_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_shift_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_shift_params, x, .minimum = -1e6, .maximum = 1e6,
                      .help = "to the right, a share of the width"),
    RIDGE_RANGE_FIELD(ridge_augment_shift_params, y, .minimum = -1e6, .maximum = 1e6,
                      .help = "down, a share of the height"),
    {"pixels", RIDGE_FIELD_BOOL, offsetof(ridge_augment_shift_params, pixels),
     .help = "x and y are pixels"},
    {"whole", RIDGE_FIELD_BOOL, offsetof(ridge_augment_shift_params, whole),
     .help = "rounded to whole pixels"},
    {0},
};

static void encode_shift(const void *params, const struct ridge_augment_image *before,
                         const struct ridge_augment_image *after,
                         struct ridge_augment_record *record)
{
    const ridge_augment_shift_params *p = params;
    (void)after;
    ridge_record_range(record, p->x, 1, 0);
    ridge_record_range(record, p->y, 1, 0);
    ridge_record_value(record, p->pixels ? 1 : (double)before->width);
    ridge_record_value(record, p->pixels ? 1 : (double)before->height);
    ridge_record_value(record, p->whole);
}

const struct ridge_augmentation ridge_augmentation_shift = {
    .info = {"shift", "moves the image", shift_fields, sizeof(ridge_augment_shift_params)},
    .code = AUGMENT_SHIFT,
    .encode = encode_shift,
};

static const ridge_field rotation_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_rotation_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_rotation_params, degrees, .minimum = -36000, .maximum = 36000,
                      .required = true, .help = "counter-clockwise"),
    {0},
};

static void encode_rotation(const void *params, const struct ridge_augment_image *before,
                            const struct ridge_augment_image *after,
                            struct ridge_augment_record *record)
{
    const ridge_augment_rotation_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->degrees, 1.0 / 360, 0);
}

const struct ridge_augmentation ridge_augmentation_rotation = {
    .info = {"rotation", "turns the image about its middle", rotation_fields,
             sizeof(ridge_augment_rotation_params)},
    .code = AUGMENT_ROTATION,
    .encode = encode_rotation,
};

static const ridge_field zoom_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_zoom_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_zoom_params, factor, .minimum_excluded = true, .maximum = 1e3,
                      .centre = 1, .required = true, .help = "above 1 things get larger"),
    {0},
};

static void encode_zoom(const void *params, const struct ridge_augment_image *before,
                        const struct ridge_augment_image *after,
                        struct ridge_augment_record *record)
{
    const ridge_augment_zoom_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->factor, 1, 1);
}

const struct ridge_augmentation ridge_augmentation_zoom = {
    .info = {"zoom", "enlarges the image about its middle", zoom_fields,
             sizeof(ridge_augment_zoom_params)},
    .code = AUGMENT_ZOOM,
    .encode = encode_zoom,
};

static const ridge_field scale_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_scale_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_scale_params, x, .minimum_excluded = true, .maximum = 1e3,
                      .centre = 1, .fallback = "1", .help = "above 1 things get wider"),
    RIDGE_RANGE_FIELD(ridge_augment_scale_params, y, .minimum_excluded = true, .maximum = 1e3,
                      .centre = 1, .fallback = "1", .help = "above 1 things get higher"),
    {0},
};

static void encode_scale(const void *params, const struct ridge_augment_image *before,
                         const struct ridge_augment_image *after,
                         struct ridge_augment_record *record)
{
    const ridge_augment_scale_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->x, 1, 1);
    ridge_record_range(record, p->y, 1, 1);
}

const struct ridge_augmentation ridge_augmentation_scale = {
    .info = {"scale", "stretches the image, width and height apart", scale_fields,
             sizeof(ridge_augment_scale_params)},
    .code = AUGMENT_SCALE,
    .encode = encode_scale,
};

static const ridge_field shear_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_shear_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_shear_params, x, .minimum = -80, .maximum = 80,
                      .help = "degrees; above 0 what lies low goes right"),
    RIDGE_RANGE_FIELD(ridge_augment_shear_params, y, .minimum = -80, .maximum = 80,
                      .help = "degrees; above 0 what lies right goes down"),
    {0},
};

static void encode_shear(const void *params, const struct ridge_augment_image *before,
                         const struct ridge_augment_image *after,
                         struct ridge_augment_record *record)
{
    const ridge_augment_shear_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->x, 1.0 / 360, 0);
    ridge_record_range(record, p->y, 1.0 / 360, 0);
}

const struct ridge_augmentation ridge_augmentation_shear = {
    .info = {"shear", "slants the image", shear_fields, sizeof(ridge_augment_shear_params)},
    .code = AUGMENT_SHEAR,
    .encode = encode_shear,
};

// SPDX-License-Identifier: Apache-2.0
// What makes pixels out of their neighbours: blur, sharpen.
#include <stddef.h>

#include "augment/operation.h"

static size_t image_work(const void *params, const struct ridge_augment_image *image)
{
    (void)params;
    return image->channels * image->height * image->width;
}

static const ridge_field blur_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_blur_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_blur_params, sigma, .maximum = 100, .alone = true,
                      .required = true, .help = "standard deviation in pixels"),
    {0},
};

static void encode_blur(const void *params, const struct ridge_augment_image *before,
                        const struct ridge_augment_image *after,
                        struct ridge_augment_record *record)
{
    const ridge_augment_blur_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->sigma, 1, 0);
}

const struct ridge_augmentation ridge_augmentation_blur = {
    .info = {"blur", "a Gaussian blur", blur_fields, sizeof(ridge_augment_blur_params)},
    .code = AUGMENT_BLUR,
    .uses = AUGMENT_USES_FILTERS | AUGMENT_USES_SIGHT,
    .encode = encode_blur,
    .work = image_work,
};

static const ridge_field sharpen_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_sharpen_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_sharpen_params, factor, .maximum = 1e3, .centre = 1,
                      .required = true, .help = "of the distance from the smoothed image"),
    {0},
};

static void encode_sharpen(const void *params, const struct ridge_augment_image *before,
                           const struct ridge_augment_image *after,
                           struct ridge_augment_record *record)
{
    const ridge_augment_sharpen_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->factor, 1, 1);
}

const struct ridge_augmentation ridge_augmentation_sharpen = {
    .info = {"sharpen", "makes edges sharper or softer", sharpen_fields,
             sizeof(ridge_augment_sharpen_params)},
    .code = AUGMENT_SHARPEN,
    .uses = AUGMENT_USES_FILTERS | AUGMENT_USES_SIGHT,
    .encode = encode_sharpen,
    .work = image_work,
};

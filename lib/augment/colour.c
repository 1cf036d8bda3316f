// SPDX-License-Identifier: Apache-2.0
// What changes the colour of each pixel by itself.
#include <stddef.h>

#include "augment/operation.h"

static const ridge_field brightness_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_brightness_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_brightness_params, factor, .maximum = 1e3, .centre = 1,
                      .fallback = "1", .help = "values are multiplied by it"),
    RIDGE_RANGE_FIELD(ridge_augment_brightness_params, add, .minimum = -1, .maximum = 1,
                      .help = "shares of the range of values, added"),
    {0},
};

static void encode_brightness(const void *params, const struct ridge_augment_image *before,
                              const struct ridge_augment_image *after,
                              struct ridge_augment_record *record)
{
    const ridge_augment_brightness_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->factor, 1, 1);
    ridge_record_range(record, p->add, 1, 0);
}

const struct ridge_augmentation ridge_augmentation_brightness = {
    .info = {"brightness", "makes images brighter or darker", brightness_fields,
             sizeof(ridge_augment_brightness_params)},
    .code = AUGMENT_BRIGHTNESS,
    .encode = encode_brightness,
};

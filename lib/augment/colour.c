// SPDX-License-Identifier: Apache-2.0
// Brightness, contrast, saturation, hue, and the four of them as jitter.
#include <stddef.h>

#include "augment/operation.h"
#include "base/error.h"

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

static const ridge_field contrast_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_contrast_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_contrast_params, factor, .maximum = 1e3, .centre = 1,
                      .required = true, .help = "of the distance from the mean of the grey image"),
    {0},
};

static void encode_contrast(const void *params, const struct ridge_augment_image *before,
                            const struct ridge_augment_image *after,
                            struct ridge_augment_record *record)
{
    const ridge_augment_contrast_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->factor, 1, 1);
}

const struct ridge_augmentation ridge_augmentation_contrast = {
    .info = {"contrast", "makes light and dark differ more or less", contrast_fields,
             sizeof(ridge_augment_contrast_params)},
    .code = AUGMENT_CONTRAST,
    .uses = AUGMENT_USES_SIGHT,
    .encode = encode_contrast,
};

static const ridge_field saturation_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_saturation_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_saturation_params, factor, .maximum = 1e3, .centre = 1,
                      .required = true, .help = "of the distance from grey"),
    {0},
};

static void encode_saturation(const void *params, const struct ridge_augment_image *before,
                              const struct ridge_augment_image *after,
                              struct ridge_augment_record *record)
{
    const ridge_augment_saturation_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->factor, 1, 1);
}

const struct ridge_augmentation ridge_augmentation_saturation = {
    .info = {"saturation", "makes colours stronger or paler", saturation_fields,
             sizeof(ridge_augment_saturation_params)},
    .code = AUGMENT_SATURATION,
    .channels = 3,
    .encode = encode_saturation,
};

static const ridge_field hue_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_hue_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_hue_params, turns, .minimum = -0.5, .maximum = 0.5,
                      .required = true, .help = "round the circle of colours"),
    {0},
};

static void encode_hue(const void *params, const struct ridge_augment_image *before,
                       const struct ridge_augment_image *after, struct ridge_augment_record *record)
{
    const ridge_augment_hue_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->turns, 1, 0);
}

const struct ridge_augmentation ridge_augmentation_hue = {
    .info = {"hue", "turns colours round their circle", hue_fields,
             sizeof(ridge_augment_hue_params)},
    .code = AUGMENT_HUE,
    .channels = 3,
    .encode = encode_hue,
};

static const ridge_field jitter_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_jitter_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_jitter_params, brightness, .maximum = 1e3, .centre = 1,
                      .fallback = "1", .help = "factor, as of brightness"),
    RIDGE_RANGE_FIELD(ridge_augment_jitter_params, contrast, .maximum = 1e3, .centre = 1,
                      .fallback = "1", .help = "factor, as of contrast"),
    RIDGE_RANGE_FIELD(ridge_augment_jitter_params, saturation, .maximum = 1e3, .centre = 1,
                      .fallback = "1", .help = "factor, as of saturation"),
    RIDGE_RANGE_FIELD(ridge_augment_jitter_params, hue, .minimum = -0.5, .maximum = 0.5,
                      .help = "turns, as of hue"),
    {"fixed_order", RIDGE_FIELD_BOOL, offsetof(ridge_augment_jitter_params, fixed_order),
     .help = "always in this order"},
    {0},
};

// Whether a range can come to anything else than `same`, which {0, 0} stands for.
static bool jitters(ridge_range range, float same)
{
    bool missing = range.low == 0 && range.high == 0;
    return !missing && !(range.low == same && range.high == same);
}

static ridge_status setup_jitter(const void *params, struct ridge_augment_image *image)
{
    const ridge_augment_jitter_params *p = params;
    if (image->channels == 3)
        return RIDGE_OK;
    const char *field = jitters(p->saturation, 1) ? "saturation"
                        : jitters(p->hue, 0)      ? "hue"
                                                  : NULL;
    if (field)
        return ridge_fail(RIDGE_ERROR_SHAPE, "%s: expected images of 3 channels, got %zu", field,
                          image->channels);
    return RIDGE_OK;
}

static void encode_jitter(const void *params, const struct ridge_augment_image *before,
                          const struct ridge_augment_image *after,
                          struct ridge_augment_record *record)
{
    const ridge_augment_jitter_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->brightness, 1, 1);
    ridge_record_range(record, p->contrast, 1, 1);
    ridge_record_range(record, p->saturation, 1, 1);
    ridge_record_range(record, p->hue, 1, 0);
    ridge_record_value(record, p->fixed_order);
}

static unsigned jitter_instructions(const void *params)
{
    const ridge_augment_jitter_params *p = params;
    return (unsigned)jitters(p->brightness, 1) + jitters(p->contrast, 1) +
           jitters(p->saturation, 1) + jitters(p->hue, 0);
}

const struct ridge_augmentation ridge_augmentation_jitter = {
    .info = {"jitter", "brightness, contrast, saturation and hue, in random order", jitter_fields,
             sizeof(ridge_augment_jitter_params)},
    .code = AUGMENT_JITTER,
    .uses = AUGMENT_USES_SIGHT,
    .setup = setup_jitter,
    .encode = encode_jitter,
    .instructions = jitter_instructions,
};

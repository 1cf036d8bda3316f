// SPDX-License-Identifier: Apache-2.0
// Boxes of an image that lose what is in them.
#include <math.h>
#include <stddef.h>

#include "augment/operation.h"
#include "base/error.h"

static const char *const fills[] = {"value", "mean", "noise", NULL};

#define FILL_FIELDS(struct_type)                                                                   \
    {"fill", RIDGE_FIELD_NAME, offsetof(struct_type, fill), .choices = fills,                      \
     .help = "with value, the mean of each channel, or noise"},                                    \
    {                                                                                              \
        "value", RIDGE_FIELD_FLOAT, offsetof(struct_type, value),                                  \
            .maximum = 1, .help = "from the smallest to the largest that pixels can have"          \
    }

// The values behind what a box is drawn from.
static void record_fill(struct ridge_augment_record *record, ridge_erasing_fill fill, float value)
{
    ridge_record_value(record, fill == RIDGE_ERASING_MEAN);
    ridge_record_value(record, fill == RIDGE_ERASING_NOISE);
    ridge_record_value(record, (double)value);
}

static const ridge_field erasing_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_erasing_params, "0.5"),
    RIDGE_RANGE_FIELD(ridge_augment_erasing_params, area, .alone = true, .minimum_excluded = true,
                      .maximum = 1, .fallback = "[0.02, 0.33]", .help = "share of the image"),
    RIDGE_RANGE_FIELD(ridge_augment_erasing_params, ratio, .alone = true, .minimum_excluded = true,
                      .maximum = 1e3, .fallback = "[0.3, 3.3]",
                      .help = "width / height; its logarithm is drawn evenly"),
    FILL_FIELDS(ridge_augment_erasing_params),
    {0},
};

static ridge_range range_or(ridge_range range, float low, float high)
{
    return range.low == 0 && range.high == 0 ? (ridge_range){low, high} : range;
}

static void encode_erasing(const void *params, const struct ridge_augment_image *before,
                           const struct ridge_augment_image *after,
                           struct ridge_augment_record *record)
{
    const ridge_augment_erasing_params *p = params;
    ridge_range area = range_or(p->area, 0.02f, 0.33f), ratio = range_or(p->ratio, 0.3f, 3.3f);
    (void)before;
    ratio = (ridge_range){log2f(ratio.low), log2f(ratio.high)};
    ridge_record_range(record, area, (double)(after->height * after->width), 0);
    ridge_record_range(record, ratio, 0.5, 0);
    ridge_record_value(record, (double)after->height);
    ridge_record_value(record, (double)after->width);
    record_fill(record, p->fill, p->value);
}

const struct ridge_augmentation ridge_augmentation_erasing = {
    .info = {"erasing", "a box loses what is in it", erasing_fields,
             sizeof(ridge_augment_erasing_params)},
    .code = AUGMENT_ERASING,
    .uses = AUGMENT_USES_ERASING | AUGMENT_USES_SIGHT,
    .probability = 0.5f,
    .encode = encode_erasing,
};

static const ridge_field cutout_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_cutout_params, "1"),
    {"size", RIDGE_FIELD_SIZE, offsetof(ridge_augment_cutout_params, size), .minimum = 1,
     .maximum = 1 << 21, .required = true, .help = "of a side, pixels"},
    {"count", RIDGE_FIELD_SIZE, offsetof(ridge_augment_cutout_params, count), .minimum = 1,
     .maximum = 64, .fallback = "1", .help = "how many squares"},
    FILL_FIELDS(ridge_augment_cutout_params),
    {0},
};

static size_t squares(const ridge_augment_cutout_params *p)
{
    return p->count ? p->count : 1;
}

static ridge_status setup_cutout(const void *params, struct ridge_augment_image *image)
{
    const ridge_augment_cutout_params *p = params;
    size_t longer = image->height > image->width ? image->height : image->width;
    if (p->size <= longer)
        return RIDGE_OK;
    return ridge_fail(RIDGE_ERROR_ARGUMENT,
                      "size: expected at most the longer side of %zu x %zu, "
                      "got %zu",
                      image->height, image->width, p->size);
}

static void encode_cutout(const void *params, const struct ridge_augment_image *before,
                          const struct ridge_augment_image *after,
                          struct ridge_augment_record *record)
{
    const ridge_augment_cutout_params *p = params;
    (void)before;
    ridge_record_value(record, (double)p->size);
    ridge_record_value(record, (double)squares(p));
    ridge_record_value(record, (double)after->height);
    ridge_record_value(record, (double)after->width);
    record_fill(record, p->fill, p->value);
}

static unsigned cutout_instructions(const void *params)
{
    return (unsigned)squares(params);
}

const struct ridge_augmentation ridge_augmentation_cutout = {
    .info = {"cutout", "squares lose what is in them", cutout_fields,
             sizeof(ridge_augment_cutout_params)},
    .code = AUGMENT_CUTOUT,
    .uses = AUGMENT_USES_ERASING | AUGMENT_USES_SIGHT,
    .setup = setup_cutout,
    .encode = encode_cutout,
    .instructions = cutout_instructions,
};

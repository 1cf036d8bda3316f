// SPDX-License-Identifier: Apache-2.0
// What maps the values of pixels: greyscale, gamma, levels, histograms.
#include <stddef.h>

#include "augment/operation.h"

static size_t equalise_work(const void *params, const struct ridge_augment_image *image)
{
    (void)params;
    return 2 * image->channels * LEVELS;
}

static const ridge_field greyscale_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_greyscale_params, "0.1"),
    {0},
};

const struct ridge_augmentation ridge_augmentation_greyscale = {
    .info = {"greyscale", "takes the colour away", greyscale_fields,
             sizeof(ridge_augment_greyscale_params)},
    .code = AUGMENT_GREYSCALE,
    .uses = AUGMENT_USES_LEVELS,
    .probability = 0.1f,
    .channels = 3,
};

static const ridge_field gamma_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_gamma_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_gamma_params, exponent, .minimum_excluded = true,
                      .maximum = 100, .centre = 1, .required = true, .help = "above 1 darker"),
    {0},
};

static void encode_gamma(const void *params, const struct ridge_augment_image *before,
                         const struct ridge_augment_image *after,
                         struct ridge_augment_record *record)
{
    const ridge_augment_gamma_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->exponent, 1, 1);
}

const struct ridge_augmentation ridge_augmentation_gamma = {
    .info = {"gamma", "makes the middle of the range lighter or darker", gamma_fields,
             sizeof(ridge_augment_gamma_params)},
    .code = AUGMENT_GAMMA,
    .uses = AUGMENT_USES_LEVELS,
    .encode = encode_gamma,
};

static const ridge_field invert_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_invert_params, "0.5"),
    {0},
};

const struct ridge_augmentation ridge_augmentation_invert = {
    .info = {"invert", "makes a negative", invert_fields, sizeof(ridge_augment_invert_params)},
    .code = AUGMENT_INVERT,
    .uses = AUGMENT_USES_LEVELS,
    .probability = 0.5f,
};

static const ridge_field posterize_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_posterize_params, "0.5"),
    {"bits", RIDGE_FIELD_SIZE, offsetof(ridge_augment_posterize_params, bits), .minimum = 1,
     .maximum = 8, .fallback = "4", .help = "that are kept"},
    {0},
};

static void encode_posterize(const void *params, const struct ridge_augment_image *before,
                             const struct ridge_augment_image *after,
                             struct ridge_augment_record *record)
{
    const ridge_augment_posterize_params *p = params;
    (void)before;
    (void)after;
    ridge_record_value(record, p->bits ? (double)p->bits : 4);
}

const struct ridge_augmentation ridge_augmentation_posterize = {
    .info = {"posterize", "keeps the upper bits of 256 levels", posterize_fields,
             sizeof(ridge_augment_posterize_params)},
    .code = AUGMENT_POSTERIZE,
    .uses = AUGMENT_USES_LEVELS,
    .probability = 0.5f,
    .encode = encode_posterize,
};

static const ridge_field solarize_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_solarize_params, "0.5"),
    RIDGE_RANGE_FIELD(ridge_augment_solarize_params, threshold, .maximum = 1, .alone = true,
                      .fallback = "0.5", .help = "from which on, a share of the range of values"),
    {0},
};

static void encode_solarize(const void *params, const struct ridge_augment_image *before,
                            const struct ridge_augment_image *after,
                            struct ridge_augment_record *record)
{
    const ridge_augment_solarize_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->threshold, 1, 0.5f);
}

const struct ridge_augmentation ridge_augmentation_solarize = {
    .info = {"solarize", "makes a negative of what is bright", solarize_fields,
             sizeof(ridge_augment_solarize_params)},
    .code = AUGMENT_SOLARIZE,
    .uses = AUGMENT_USES_LEVELS,
    .probability = 0.5f,
    .encode = encode_solarize,
};

static const ridge_field auto_contrast_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_auto_contrast_params, "0.5"),
    {0},
};

const struct ridge_augmentation ridge_augmentation_auto_contrast = {
    .info = {"auto_contrast", "stretches each channel to the whole range", auto_contrast_fields,
             sizeof(ridge_augment_auto_contrast_params)},
    .code = AUGMENT_AUTO_CONTRAST,
    .uses = AUGMENT_USES_LEVELS | AUGMENT_USES_SIGHT,
    .probability = 0.5f,
};

static const ridge_field equalise_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_equalise_params, "0.5"),
    {0},
};

const struct ridge_augmentation ridge_augmentation_equalise = {
    .info = {"equalise", "makes all levels of each channel as frequent", equalise_fields,
             sizeof(ridge_augment_equalise_params)},
    .code = AUGMENT_EQUALISE,
    .uses = AUGMENT_USES_LEVELS | AUGMENT_USES_SIGHT,
    .probability = 0.5f,
    .work = equalise_work,
};

// SPDX-License-Identifier: Apache-2.0
// Noise on pixels.
#include <stddef.h>

#include "augment/operation.h"

static const ridge_field gaussian_noise_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_gaussian_noise_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_gaussian_noise_params, deviation, .maximum = 10, .alone = true,
                      .required = true, .help = "of the range of values"),
    {0},
};

static void encode_gaussian_noise(const void *params, const struct ridge_augment_image *before,
                                  const struct ridge_augment_image *after,
                                  struct ridge_augment_record *record)
{
    const ridge_augment_gaussian_noise_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->deviation, 1, 0);
}

const struct ridge_augmentation ridge_augmentation_gaussian_noise = {
    .info = {"gaussian_noise", "adds normal numbers", gaussian_noise_fields,
             sizeof(ridge_augment_gaussian_noise_params)},
    .code = AUGMENT_GAUSSIAN_NOISE,
    .uses = AUGMENT_USES_NOISE,
    .encode = encode_gaussian_noise,
};

static const ridge_field uniform_noise_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_uniform_noise_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_uniform_noise_params, amount, .maximum = 10, .alone = true,
                      .required = true, .help = "the largest, of the range of values"),
    {0},
};

static void encode_uniform_noise(const void *params, const struct ridge_augment_image *before,
                                 const struct ridge_augment_image *after,
                                 struct ridge_augment_record *record)
{
    const ridge_augment_uniform_noise_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->amount, 1, 0);
}

const struct ridge_augmentation ridge_augmentation_uniform_noise = {
    .info = {"uniform_noise", "adds uniform numbers", uniform_noise_fields,
             sizeof(ridge_augment_uniform_noise_params)},
    .code = AUGMENT_UNIFORM_NOISE,
    .uses = AUGMENT_USES_NOISE,
    .encode = encode_uniform_noise,
};

static const ridge_field salt_pepper_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_salt_pepper_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_salt_pepper_params, amount, .maximum = 1, .alone = true,
                      .required = true, .help = "share of the pixels"),
    {0},
};

static void encode_salt_pepper(const void *params, const struct ridge_augment_image *before,
                               const struct ridge_augment_image *after,
                               struct ridge_augment_record *record)
{
    const ridge_augment_salt_pepper_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->amount, 1, 0);
}

const struct ridge_augmentation ridge_augmentation_salt_pepper = {
    .info = {"salt_pepper", "makes single pixels white or black", salt_pepper_fields,
             sizeof(ridge_augment_salt_pepper_params)},
    .code = AUGMENT_SALT_PEPPER,
    .uses = AUGMENT_USES_NOISE,
    .encode = encode_salt_pepper,
};

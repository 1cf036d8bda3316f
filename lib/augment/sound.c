// SPDX-License-Identifier: Apache-2.0
// Sounds as images of height 1: shift in time, gain, noise in proportion.
#include <stddef.h>

#include "augment/operation.h"

static const ridge_field time_shift_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_time_shift_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_time_shift_params, share, .minimum = -1e7, .maximum = 1e7,
                      .required = true, .help = "later, a share of the row"),
    {"samples", RIDGE_FIELD_BOOL, offsetof(ridge_augment_time_shift_params, samples),
     .help = "share is samples"},
    {0},
};

// The values of shift: x, y, their units, whether they are whole.
static void encode_time_shift(const void *params, const struct ridge_augment_image *before,
                              const struct ridge_augment_image *after,
                              struct ridge_augment_record *record)
{
    const ridge_augment_time_shift_params *p = params;
    (void)after;
    ridge_record_range(record, p->share, 1, 0);
    ridge_record_range(record, (ridge_range){0, 0}, 1, 0);
    ridge_record_value(record, p->samples ? 1 : (double)before->width);
    ridge_record_value(record, 1);
    ridge_record_value(record, 1);
}

const struct ridge_augmentation ridge_augmentation_time_shift = {
    .info = {"time_shift", "moves sounds by whole samples", time_shift_fields,
             sizeof(ridge_augment_time_shift_params)},
    .code = AUGMENT_SHIFT,
    .encode = encode_time_shift,
};

static const ridge_field gain_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_gain_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_gain_params, decibels, .minimum = -200, .maximum = 200,
                      .required = true, .help = "louder by so many"),
    {0},
};

static void encode_gain(const void *params, const struct ridge_augment_image *before,
                        const struct ridge_augment_image *after,
                        struct ridge_augment_record *record)
{
    const ridge_augment_gain_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->decibels, 1, 0);
}

const struct ridge_augmentation ridge_augmentation_gain = {
    .info = {"gain", "makes sounds louder or softer", gain_fields,
             sizeof(ridge_augment_gain_params)},
    .code = AUGMENT_GAIN,
    .encode = encode_gain,
};

static const ridge_field noise_ratio_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_noise_ratio_params, "1"),
    RIDGE_RANGE_FIELD(ridge_augment_noise_ratio_params, decibels, .minimum = -200, .maximum = 200,
                      .alone = true, .required = true,
                      .help = "of the sound's power over the noise's"),
    {0},
};

static void encode_noise_ratio(const void *params, const struct ridge_augment_image *before,
                               const struct ridge_augment_image *after,
                               struct ridge_augment_record *record)
{
    const ridge_augment_noise_ratio_params *p = params;
    (void)before;
    (void)after;
    ridge_record_range(record, p->decibels, 1, 0);
}

const struct ridge_augmentation ridge_augmentation_noise_ratio = {
    .info = {"noise_ratio", "adds noise in proportion to the sound", noise_ratio_fields,
             sizeof(ridge_augment_noise_ratio_params)},
    .code = AUGMENT_NOISE_RATIO,
    .uses = AUGMENT_USES_NOISE | AUGMENT_USES_SIGHT,
    .encode = encode_noise_ratio,
};

// SPDX-License-Identifier: Apache-2.0
// What mixes two images and their targets.
#include <stddef.h>

#include "augment/beta.h"
#include "augment/operation.h"

// The table that both draw their weights from, and the size of boxes.
static size_t table_size(const void *params)
{
    (void)params;
    return BETA_CELLS + 1;
}

static const ridge_field mixup_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_mixup_params, "1"),
    {"alpha", RIDGE_FIELD_FLOAT, offsetof(ridge_augment_mixup_params, alpha),
     .minimum_excluded = true, .maximum = 1e3, .fallback = "0.2",
     .help = "of the distribution of weights; 1: all are as likely"},
    {0},
};

static void fill_mixup(const void *params, const struct ridge_augment_image *image, float *table)
{
    (void)image;
    const ridge_augment_mixup_params *p = params;
    ridge_beta_table(p->alpha > 0 ? (double)p->alpha : 0.2, table);
}

const struct ridge_augmentation ridge_augmentation_mixup = {
    .info = {"mixup", "adds images and targets by weights", mixup_fields,
             sizeof(ridge_augment_mixup_params)},
    .code = AUGMENT_MIXUP,
    .uses = AUGMENT_USES_MIXING,
    .table_size = table_size,
    .fill_table = fill_mixup,
};

static const ridge_field cutmix_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_cutmix_params, "1"),
    {"alpha", RIDGE_FIELD_FLOAT, offsetof(ridge_augment_cutmix_params, alpha),
     .minimum_excluded = true, .maximum = 1e3, .fallback = "1",
     .help = "of the distribution of boxes' areas; 1: all are as likely"},
    {0},
};

static void fill_cutmix(const void *params, const struct ridge_augment_image *image, float *table)
{
    (void)image;
    const ridge_augment_cutmix_params *p = params;
    ridge_beta_table(p->alpha > 0 ? (double)p->alpha : 1, table);
}

static void encode_cutmix(const void *params, const struct ridge_augment_image *before,
                          const struct ridge_augment_image *after,
                          struct ridge_augment_record *record)
{
    (void)params;
    (void)before;
    ridge_record_value(record, (double)after->height);
    ridge_record_value(record, (double)after->width);
}

const struct ridge_augmentation ridge_augmentation_cutmix = {
    .info = {"cutmix", "puts a box of one image into another, targets by areas", cutmix_fields,
             sizeof(ridge_augment_cutmix_params)},
    .code = AUGMENT_CUTMIX,
    .uses = AUGMENT_USES_MIXING,
    .encode = encode_cutmix,
    .table_size = table_size,
    .fill_table = fill_cutmix,
};

// SPDX-License-Identifier: Apache-2.0
// RandAugment (Cubuk et al. 2019): some operations of a list of 14, all of one magnitude. The list
// is the paper's, with the strengths that torchvision gives them.
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "augment/operation.h"
#include "base/size.h"

static const ridge_field rand_augment_fields[] = {
    RIDGE_PROBABILITY_FIELD(ridge_augment_rand_augment_params, "1"),
    {"operations", RIDGE_FIELD_SIZE, offsetof(ridge_augment_rand_augment_params, operations),
     .minimum = 1, .maximum = 14, .fallback = "2", .help = "how many, one behind the other"},
    {"magnitude", RIDGE_FIELD_FLOAT, offsetof(ridge_augment_rand_augment_params, magnitude),
     .minimum_excluded = true, .maximum = 30, .fallback = "9", .help = "of all of them"},
    {0},
};

// A choice: its code, 0 for none, and what its values are for either sign.
static float *choice(float *table, uint32_t code, const float plus[5], const float minus[5])
{
    table[CHOICE_CODE] = (float)code;
    if (plus)
        memcpy(table + CHOICE_VALUES, plus, 5 * sizeof(float));
    if (plus)
        memcpy(table + CHOICE_VALUES + 5, minus ? minus : plus, 5 * sizeof(float));
    return table + CHOICE_SIZE;
}

// The same strength both ways from `centre`; `which` of the values it is.
static float *both_ways(float *table, uint32_t code, int which, double centre, double strength)
{
    float plus[5] = {0, 0, 1, 1, 1}, minus[5] = {0, 0, 1, 1, 1}; // behind a shift: whole pixels
    plus[which] = (float)(centre + strength);
    minus[which] = (float)(centre - strength);
    return choice(table, code, plus, minus);
}

static size_t table_size(const void *params)
{
    (void)params;
    return CHOICES * CHOICE_SIZE;
}

static void fill_table(const void *params, const struct ridge_augment_image *image, float *table)
{
    const ridge_augment_rand_augment_params *p = params;
    double m = (p->magnitude > 0 ? (double)p->magnitude : 9) / 30, turn = 2 * acos(-1);
    double shear = atan(0.3 * m) / turn, shift = 150.0 / 331 * m;
    uint32_t saturation = image->channels == 3 ? AUGMENT_SATURATION : 0;
    memset(table, 0, table_size(params) * sizeof(*table));
    table = choice(table, 0, NULL, NULL);
    table = both_ways(table, AUGMENT_SHEAR, 0, 0, shear);
    table = both_ways(table, AUGMENT_SHEAR, 1, 0, shear);
    table = both_ways(table, AUGMENT_SHIFT, 0, 0, shift * (double)image->width);
    table = both_ways(table, AUGMENT_SHIFT, 1, 0, shift * (double)image->height);
    table = both_ways(table, AUGMENT_ROTATION, 0, 0, m * 30 / 360);
    table = both_ways(table, AUGMENT_BRIGHTNESS, 0, 1, 0.9 * m);
    table = both_ways(table, saturation, 0, 1, 0.9 * m);
    table = both_ways(table, AUGMENT_CONTRAST, 0, 1, 0.9 * m);
    table = both_ways(table, AUGMENT_SHARPEN, 0, 1, 0.9 * m);
    table = choice(table, AUGMENT_POSTERIZE, (const float[5]){(float)(8 - rint(4 * m))}, NULL);
    table = choice(table, AUGMENT_SOLARIZE, (const float[5]){(float)(1 - m)}, NULL);
    table = choice(table, AUGMENT_AUTO_CONTRAST, NULL, NULL);
    choice(table, AUGMENT_EQUALISE, NULL, NULL);
}

static size_t operations(const ridge_augment_rand_augment_params *p)
{
    return p->operations ? p->operations : 2;
}

static void encode_rand_augment(const void *params, const struct ridge_augment_image *before,
                                const struct ridge_augment_image *after,
                                struct ridge_augment_record *record)
{
    (void)before;
    (void)after;
    ridge_record_value(record, (double)operations(params));
}

static unsigned instructions(const void *params)
{
    return (unsigned)operations(params);
}

// That of those in the list that want any, which have it whatever their params are.
static size_t work(const void *params, const struct ridge_augment_image *image)
{
    (void)params;
    size_t equalise = ridge_augmentation_class("equalise")->work(NULL, image);
    return ridge_larger(equalise, ridge_augmentation_class("sharpen")->work(NULL, image));
}

const struct ridge_augmentation ridge_augmentation_rand_augment = {
    .info = {"rand_augment", "some of a list of 14 operations", rand_augment_fields,
             sizeof(ridge_augment_rand_augment_params)},
    .code = AUGMENT_RAND_AUGMENT,
    .uses = AUGMENT_USES_LEVELS | AUGMENT_USES_FILTERS | AUGMENT_USES_SIGHT,
    .encode = encode_rand_augment,
    .work = work,
    .table_size = table_size,
    .fill_table = fill_table,
    .instructions = instructions,
};

// SPDX-License-Identifier: Apache-2.0
// Geometry that changes the size of images: crops and resizing. They happen to every image, and in
// evaluation as well.
#include <math.h>
#include <stddef.h>

#include "augment/operation.h"
#include "base/error.h"

#define MOST_PIXELS (1 << 21) // as images have

#define SIDE_FIELDS(struct_type)                                                                   \
    {"height",                                                                                     \
     RIDGE_FIELD_SIZE,                                                                             \
     offsetof(struct_type, height),                                                                \
     .minimum = 1,                                                                                 \
     .maximum = MOST_PIXELS,                                                                       \
     .fallback = "the image's",                                                                    \
     .help = "of the result"},                                                                     \
    {                                                                                              \
        "width", RIDGE_FIELD_SIZE, offsetof(struct_type, width),                                   \
            .minimum = 1, .maximum = MOST_PIXELS, .fallback = "the image's",                       \
            .help = "of the result"                                                                \
    }

static void set_size(struct ridge_augment_image *image, size_t height, size_t width)
{
    image->height = height ? height : image->height;
    image->width = width ? width : image->width;
}

static ridge_status crop(struct ridge_augment_image *image, size_t height, size_t width,
                         size_t padding)
{
    struct ridge_augment_image padded = *image;
    padded.height += 2 * padding;
    padded.width += 2 * padding;
    const char *which = padding ? "padded image's" : "image's";
    if (height > padded.height)
        return ridge_fail(RIDGE_ERROR_SHAPE, "height: expected at most the %s %zu, got %zu", which,
                          padded.height, height);
    if (width > padded.width)
        return ridge_fail(RIDGE_ERROR_SHAPE, "width: expected at most the %s %zu, got %zu", which,
                          padded.width, width);
    set_size(image, height, width);
    return RIDGE_OK;
}

// A side of a crop: how far from the padded image's begin it can lie, 0 to *most pixels, and where
// its middle is from the image's at 0.
static double side_of_crop(size_t from, size_t to, size_t padding, size_t *most)
{
    *most = from + 2 * padding - to;
    return ((double)to - (double)from) / 2 - (double)padding;
}

// In the middle, or left and above of it, where `drawn` is false.
static void encode_crop(const struct ridge_augment_image *before,
                        const struct ridge_augment_image *after, size_t padding, bool drawn,
                        struct ridge_augment_record *record)
{
    size_t most_x, most_y;
    double x = side_of_crop(before->width, after->width, padding, &most_x),
           y = side_of_crop(before->height, after->height, padding, &most_y);
    float middle_x = (float)(most_x / 2), middle_y = (float)(most_y / 2);
    ridge_range range_x = {middle_x, middle_x}, range_y = {middle_y, middle_y};
    if (drawn) {
        range_x = (ridge_range){0, (float)(most_x + 1)};
        range_y = (ridge_range){0, (float)(most_y + 1)};
    }
    ridge_record_range(record, range_x, 1, 0);
    ridge_record_range(record, range_y, 1, 0);
    ridge_record_value(record, x);
    ridge_record_value(record, y);
}

static const ridge_field random_crop_fields[] = {
    SIDE_FIELDS(ridge_augment_random_crop_params),
    {"padding", RIDGE_FIELD_SIZE, offsetof(ridge_augment_random_crop_params, padding),
     .maximum = MOST_PIXELS, .help = "pixels beside the image, on all sides"},
    {0},
};

static ridge_status set_up_random_crop(const void *params, struct ridge_augment_image *image)
{
    const ridge_augment_random_crop_params *p = params;
    return crop(image, p->height, p->width, p->padding);
}

static void encode_random_crop(const void *params, const struct ridge_augment_image *before,
                               const struct ridge_augment_image *after,
                               struct ridge_augment_record *record)
{
    const ridge_augment_random_crop_params *p = params;
    encode_crop(before, after, p->padding, true, record);
}

static void encode_crop_in_evaluation(const void *params, const struct ridge_augment_image *before,
                                      const struct ridge_augment_image *after,
                                      struct ridge_augment_record *record)
{
    const ridge_augment_random_crop_params *p = params;
    encode_crop(before, after, p->padding, false, record);
}

const struct ridge_augmentation ridge_augmentation_random_crop = {
    .info = {"random_crop", "a part of the padded image, anywhere", random_crop_fields,
             sizeof(ridge_augment_random_crop_params)},
    .code = AUGMENT_RANDOM_CROP,
    .always = true,
    .setup = set_up_random_crop,
    .encode = encode_random_crop,
    .encode_evaluation = encode_crop_in_evaluation,
};

static const ridge_field centre_crop_fields[] = {
    SIDE_FIELDS(ridge_augment_centre_crop_params),
    {0},
};

static ridge_status set_up_centre_crop(const void *params, struct ridge_augment_image *image)
{
    const ridge_augment_centre_crop_params *p = params;
    return crop(image, p->height, p->width, 0);
}

static void encode_centre_crop(const void *params, const struct ridge_augment_image *before,
                               const struct ridge_augment_image *after,
                               struct ridge_augment_record *record)
{
    (void)params;
    encode_crop(before, after, 0, false, record);
}

const struct ridge_augmentation ridge_augmentation_centre_crop = {
    .info = {"centre_crop", "the part of the image about its middle", centre_crop_fields,
             sizeof(ridge_augment_centre_crop_params)},
    .code = AUGMENT_CENTRE_CROP,
    .always = true,
    .setup = set_up_centre_crop,
    .encode = encode_centre_crop,
    .encode_evaluation = encode_centre_crop,
};

static const ridge_field random_resized_crop_fields[] = {
    SIDE_FIELDS(ridge_augment_random_resized_crop_params),
    RIDGE_RANGE_FIELD(ridge_augment_random_resized_crop_params, scale, .minimum_excluded = true,
                      .maximum = 1, .centre = 1, .fallback = "[0.08, 1]",
                      .help = "of the part, a share of the image's area"),
    RIDGE_RANGE_FIELD(ridge_augment_random_resized_crop_params, ratio, .minimum = 1e-3,
                      .maximum = 1e3, .centre = 1, .fallback = "[0.75, 1.333]",
                      .help = "of the part, width / height"),
    {0},
};

static ridge_status set_up_random_resized_crop(const void *params,
                                               struct ridge_augment_image *image)
{
    const ridge_augment_random_resized_crop_params *p = params;
    set_size(image, p->height, p->width);
    return RIDGE_OK;
}

static void record_resized_crop(const struct ridge_augment_image *before,
                                const struct ridge_augment_image *after, ridge_range scale,
                                ridge_range ratio, ridge_range where,
                                struct ridge_augment_record *record)
{
    ridge_record_range(record, scale, 1, 1);
    ridge_record_range(
        record, (ridge_range){(float)log2((double)ratio.low), (float)log2((double)ratio.high)}, 1,
        0);
    ridge_record_range(record, where, 1, 0);
    ridge_record_range(record, where, 1, 0);
    ridge_record_value(record, (double)before->width);
    ridge_record_value(record, (double)before->height);
    ridge_record_value(record, 1 / (double)after->width);
    ridge_record_value(record, 1 / (double)after->height);
}

static bool is_given(ridge_range range)
{
    return range.low != 0 || range.high != 0;
}

static void encode_random_resized_crop(const void *params, const struct ridge_augment_image *before,
                                       const struct ridge_augment_image *after,
                                       struct ridge_augment_record *record)
{
    const ridge_augment_random_resized_crop_params *p = params;
    ridge_range scale = is_given(p->scale) ? p->scale : (ridge_range){0.08f, 1};
    ridge_range ratio = is_given(p->ratio) ? p->ratio : (ridge_range){3.0f / 4, 4.0f / 3};
    record_resized_crop(before, after, scale, ratio, (ridge_range){0, 1}, record);
}

static void encode_resized_crop_in_evaluation(const void *params,
                                              const struct ridge_augment_image *before,
                                              const struct ridge_augment_image *after,
                                              struct ridge_augment_record *record)
{
    (void)params;
    double ratio = (double)after->width / (double)after->height;
    double whole = (double)before->width / (double)before->height;
    float share = (float)(ratio < whole ? ratio / whole : whole / ratio);
    record_resized_crop(before, after, (ridge_range){share, share},
                        (ridge_range){(float)ratio, (float)ratio}, (ridge_range){0.5f, 0.5f},
                        record);
}

const struct ridge_augmentation ridge_augmentation_random_resized_crop = {
    .info = {"random_resized_crop", "a part of the image, anywhere, resized",
             random_resized_crop_fields, sizeof(ridge_augment_random_resized_crop_params)},
    .code = AUGMENT_RANDOM_RESIZED_CROP,
    .always = true,
    .setup = set_up_random_resized_crop,
    .encode = encode_random_resized_crop,
    .encode_evaluation = encode_resized_crop_in_evaluation,
};

static const ridge_field resize_fields[] = {
    SIDE_FIELDS(ridge_augment_resize_params),
    {0},
};

static ridge_status set_up_resize(const void *params, struct ridge_augment_image *image)
{
    const ridge_augment_resize_params *p = params;
    set_size(image, p->height, p->width);
    return RIDGE_OK;
}

static void encode_resize(const void *params, const struct ridge_augment_image *before,
                          const struct ridge_augment_image *after,
                          struct ridge_augment_record *record)
{
    (void)params;
    ridge_record_value(record, (double)before->width / (double)after->width);
    ridge_record_value(record, (double)before->height / (double)after->height);
}

const struct ridge_augmentation ridge_augmentation_resize = {
    .info = {"resize", "the whole image in another size", resize_fields,
             sizeof(ridge_augment_resize_params)},
    .code = AUGMENT_RESIZE,
    .always = true,
    .setup = set_up_resize,
    .encode = encode_resize,
    .encode_evaluation = encode_resize,
};

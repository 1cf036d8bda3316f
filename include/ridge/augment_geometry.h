// SPDX-License-Identifier: Apache-2.0
// The operations of augmentation that move pixels: flips, shifts, rotation, crops, other sizes,
// perspective, elastic distortion. augmentations.h says what holds for all operations. Sizes and
// shifts are in pixels of the image as it is at that place of the list.
#ifndef RIDGE_AUGMENT_GEOMETRY_H
#define RIDGE_AUGMENT_GEOMETRY_H

#include <ridge/augment.h>
#include <ridge/base.h>
#include <ridge/fields.h>

RIDGE_API_BEGIN

typedef struct ridge_augment_horizontal_flip_params {
    float probability; // 0: 0.5
} ridge_augment_horizontal_flip_params;
#define ridge_augment_horizontal_flip_params(...)                                                  \
    RIDGE_PARAMS(ridge_augment_horizontal_flip_params, __VA_ARGS__)
// Left and right change places. params may be NULL.
RIDGE_API ridge_status ridge_augment_horizontal_flip(
    ridge_augment *augment, const ridge_augment_horizontal_flip_params *params);

typedef struct ridge_augment_vertical_flip_params {
    float probability; // 0: 0.5
} ridge_augment_vertical_flip_params;
#define ridge_augment_vertical_flip_params(...)                                                    \
    RIDGE_PARAMS(ridge_augment_vertical_flip_params, __VA_ARGS__)
// Top and bottom change places, drawn apart from horizontal_flip. params may be NULL.
RIDGE_API ridge_status ridge_augment_vertical_flip(
    ridge_augment *augment, const ridge_augment_vertical_flip_params *params);

typedef struct ridge_augment_shift_params {
    float probability;
    ridge_range x, y; // shares of width and height; to the right and down
    bool pixels;      // x and y are pixels instead
    bool whole;       // rounded to whole pixels
} ridge_augment_shift_params;
#define ridge_augment_shift_params(...) RIDGE_PARAMS(ridge_augment_shift_params, __VA_ARGS__)
// Moves the image.
RIDGE_API ridge_status ridge_augment_shift(ridge_augment *augment,
                                           const ridge_augment_shift_params *params);

typedef struct ridge_augment_rotation_params {
    float probability;
    ridge_range degrees; // counter-clockwise. Required
} ridge_augment_rotation_params;
#define ridge_augment_rotation_params(...) RIDGE_PARAMS(ridge_augment_rotation_params, __VA_ARGS__)
// Turns the image about its middle.
RIDGE_API ridge_status ridge_augment_rotation(ridge_augment *augment,
                                              const ridge_augment_rotation_params *params);

typedef struct ridge_augment_zoom_params {
    float probability;
    ridge_range factor; // above 1: things get larger. Above 0. Required
} ridge_augment_zoom_params;
#define ridge_augment_zoom_params(...) RIDGE_PARAMS(ridge_augment_zoom_params, __VA_ARGS__)
// Enlarges the image about its middle, by one factor for both axes.
RIDGE_API ridge_status ridge_augment_zoom(ridge_augment *augment,
                                          const ridge_augment_zoom_params *params);

typedef struct ridge_augment_scale_params {
    float probability;
    ridge_range x, y; // above 1: wider, higher. Above 0. {0, 0}: 1
} ridge_augment_scale_params;
#define ridge_augment_scale_params(...) RIDGE_PARAMS(ridge_augment_scale_params, __VA_ARGS__)
// Stretches the image about its middle, width and height apart.
RIDGE_API ridge_status ridge_augment_scale(ridge_augment *augment,
                                           const ridge_augment_scale_params *params);

typedef struct ridge_augment_shear_params {
    float probability;
    ridge_range x, y; // degrees, -80 to 80
} ridge_augment_shear_params;
#define ridge_augment_shear_params(...) RIDGE_PARAMS(ridge_augment_shear_params, __VA_ARGS__)
// Slants the image about its middle: x' = x + tan(a) y, then y' = y + tan(b) x'. x above 0 moves
// what lies low to the right, y above 0 what lies right down.
RIDGE_API ridge_status ridge_augment_shear(ridge_augment *augment,
                                           const ridge_augment_shear_params *params);

typedef struct ridge_augment_perspective_params {
    float probability;
    float distortion; // how far corners go inwards at most, in halves of the image, (0, 1]; 0: 0.5
} ridge_augment_perspective_params;
#define ridge_augment_perspective_params(...)                                                      \
    RIDGE_PARAMS(ridge_augment_perspective_params, __VA_ARGS__)
// Tilts the image: each corner moves inwards by amounts of its own along x and y, drawn uniformly.
RIDGE_API ridge_status ridge_augment_perspective(ridge_augment *augment,
                                                 const ridge_augment_perspective_params *params);

typedef struct ridge_augment_elastic_params {
    float probability;
    float alpha; // strength, pixels. Required
    float sigma; // smoothness, pixels, from 1; 0: 4
} ridge_augment_elastic_params;
#define ridge_augment_elastic_params(...) RIDGE_PARAMS(ridge_augment_elastic_params, __VA_ARGS__)
// Bends the image: each place is displaced along x and y by smooth random fields, as strong and as
// smooth as alpha times uniform noise in [-1, 1] behind a Gaussian filter of deviation sigma
// (Simard et al. 2003): their deviation is 0.163 alpha / sigma, the largest value 0.59 alpha /
// sigma.
RIDGE_API ridge_status ridge_augment_elastic(ridge_augment *augment,
                                             const ridge_augment_elastic_params *params);

// What changes the size always happens, since the images of a batch have one size.

typedef struct ridge_augment_random_crop_params {
    size_t height, width; // 0: the image's
    size_t padding;       // on all sides, of what `fill` says
} ridge_augment_random_crop_params;
#define ridge_augment_random_crop_params(...)                                                      \
    RIDGE_PARAMS(ridge_augment_random_crop_params, __VA_ARGS__)
// A part of the padded image, at a place of whole pixels, all of which are equally likely. In
// evaluation: from the middle.
RIDGE_API ridge_status ridge_augment_random_crop(ridge_augment *augment,
                                                 const ridge_augment_random_crop_params *params);

typedef struct ridge_augment_centre_crop_params {
    size_t height, width; // 0: the image's
} ridge_augment_centre_crop_params;
#define ridge_augment_centre_crop_params(...)                                                      \
    RIDGE_PARAMS(ridge_augment_centre_crop_params, __VA_ARGS__)
// The part of the image about its middle; where that is no place of whole pixels, the one left and
// above of it.
RIDGE_API ridge_status ridge_augment_centre_crop(ridge_augment *augment,
                                                 const ridge_augment_centre_crop_params *params);

typedef struct ridge_augment_random_resized_crop_params {
    size_t height, width; // of the result; 0: the image's
    ridge_range scale;    // of the part, a share of the image's area, (0, 1]; {0, 0}: 0.08 to 1
    ridge_range ratio;    // width / height of the part, its logarithm drawn uniformly; {0, 0}: 3/4
                          // to 4/3
} ridge_augment_random_resized_crop_params;
#define ridge_augment_random_resized_crop_params(...)                                              \
    RIDGE_PARAMS(ridge_augment_random_resized_crop_params, __VA_ARGS__)
// A part of the image, anywhere, resized. Sides longer than the image's are cut to those. In
// evaluation: the largest part of the result's shape, from the middle.
RIDGE_API ridge_status ridge_augment_random_resized_crop(
    ridge_augment *augment, const ridge_augment_random_resized_crop_params *params);

typedef struct ridge_augment_resize_params {
    size_t height, width; // 0: the image's
} ridge_augment_resize_params;
#define ridge_augment_resize_params(...) RIDGE_PARAMS(ridge_augment_resize_params, __VA_ARGS__)
// The whole image in another size, by the pipeline's interpolation: smaller images are not smoothed
// beforehand.
RIDGE_API ridge_status ridge_augment_resize(ridge_augment *augment,
                                            const ridge_augment_resize_params *params);

RIDGE_API_END

#endif

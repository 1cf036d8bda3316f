// SPDX-License-Identifier: Apache-2.0
// The operations of augmentation, for a pipeline of augment.h. docs/augmentation.md tells how they
// differ from those of Keras and torchvision.
//
// `probability`, of every operation: how likely an image is to undergo it, (0, 1]; 0: the default,
// which is 1 unless said otherwise. A range: the value is drawn uniformly from [low, high], for
// each image; in files one number x stands for [-x, x], for [1 - x, 1 + x] where it multiplies, and
// for x alone where it is a size, a share or a threshold.
#ifndef RIDGE_AUGMENTATIONS_H
#define RIDGE_AUGMENTATIONS_H

#include <ridge/augment.h>
#include <ridge/base.h>
#include <ridge/fields.h>

RIDGE_API_BEGIN

// ---- Geometry. Sizes and shifts are in pixels of the image as it is at that place of the list.

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

// ---- Pixels. u is a value, 0 to 1.

typedef struct ridge_augment_brightness_params {
    float probability;
    ridge_range factor; // from 0; {0, 0}: 1
    ridge_range add;    // of the range of values
} ridge_augment_brightness_params;
#define ridge_augment_brightness_params(...)                                                       \
    RIDGE_PARAMS(ridge_augment_brightness_params, __VA_ARGS__)
// u = clip(u factor + add, 0, 1); of torchvision the factor, of Keras the sum.
RIDGE_API ridge_status ridge_augment_brightness(ridge_augment *augment,
                                                const ridge_augment_brightness_params *params);

typedef struct ridge_augment_contrast_params {
    float probability;
    ridge_range factor; // from 0. Required
} ridge_augment_contrast_params;
#define ridge_augment_contrast_params(...) RIDGE_PARAMS(ridge_augment_contrast_params, __VA_ARGS__)
// u = clip(mean + (u - mean) factor, 0, 1) with the mean of the grey image: of
// 0.299 red + 0.587 green + 0.114 blue where there are three channels, else of all channels.
RIDGE_API ridge_status ridge_augment_contrast(ridge_augment *augment,
                                              const ridge_augment_contrast_params *params);

typedef struct ridge_augment_saturation_params {
    float probability;
    ridge_range factor; // from 0, which is grey. Required
} ridge_augment_saturation_params;
#define ridge_augment_saturation_params(...)                                                       \
    RIDGE_PARAMS(ridge_augment_saturation_params, __VA_ARGS__)
// u = clip(grey + (u - grey) factor, 0, 1), grey being 0.299 red + 0.587 green + 0.114 blue of the
// pixel. Images of three channels.
RIDGE_API ridge_status ridge_augment_saturation(ridge_augment *augment,
                                                const ridge_augment_saturation_params *params);

typedef struct ridge_augment_hue_params {
    float probability;
    ridge_range turns; // -0.5 to 0.5; 1/3 makes red green. Required
} ridge_augment_hue_params;
#define ridge_augment_hue_params(...) RIDGE_PARAMS(ridge_augment_hue_params, __VA_ARGS__)
// Turns the hue of HSV; value and saturation stay. Images of three channels.
RIDGE_API ridge_status ridge_augment_hue(ridge_augment *augment,
                                         const ridge_augment_hue_params *params);

typedef struct ridge_augment_jitter_params {
    float probability;
    ridge_range brightness, contrast, saturation; // factors, as above; {0, 0}: 1, it stays as it is
    ridge_range hue;                              // turns, as above
    bool fixed_order;                             // always in this order, else in a random one
} ridge_augment_jitter_params;
#define ridge_augment_jitter_params(...) RIDGE_PARAMS(ridge_augment_jitter_params, __VA_ARGS__)
// All four, in an order that is drawn for each image. Without saturation and hue for any number of
// channels.
RIDGE_API ridge_status ridge_augment_jitter(ridge_augment *augment,
                                            const ridge_augment_jitter_params *params);

typedef struct ridge_augment_greyscale_params {
    float probability; // 0: 0.1
} ridge_augment_greyscale_params;
#define ridge_augment_greyscale_params(...)                                                        \
    RIDGE_PARAMS(ridge_augment_greyscale_params, __VA_ARGS__)
// All three channels become the grey of the pixel. Images of three channels. params may be NULL.
RIDGE_API ridge_status ridge_augment_greyscale(ridge_augment *augment,
                                               const ridge_augment_greyscale_params *params);

typedef struct ridge_augment_gamma_params {
    float probability;
    ridge_range exponent; // above 0; above 1 darker. Required
} ridge_augment_gamma_params;
#define ridge_augment_gamma_params(...) RIDGE_PARAMS(ridge_augment_gamma_params, __VA_ARGS__)
// u = clip(u, 0, 1)^exponent, with a relative error of at most exponent 4e-7.
RIDGE_API ridge_status ridge_augment_gamma(ridge_augment *augment,
                                           const ridge_augment_gamma_params *params);

typedef struct ridge_augment_invert_params {
    float probability; // 0: 0.5
} ridge_augment_invert_params;
#define ridge_augment_invert_params(...) RIDGE_PARAMS(ridge_augment_invert_params, __VA_ARGS__)
// u = 1 - u. params may be NULL.
RIDGE_API ridge_status ridge_augment_invert(ridge_augment *augment,
                                            const ridge_augment_invert_params *params);

typedef struct ridge_augment_posterize_params {
    float probability; // 0: 0.5
    size_t bits;       // 1 to 8; 0: 4
} ridge_augment_posterize_params;
#define ridge_augment_posterize_params(...)                                                        \
    RIDGE_PARAMS(ridge_augment_posterize_params, __VA_ARGS__)
// Of the level 0 to 255 that is nearest to u the upper bits, the lower ones 0. params may be NULL.
RIDGE_API ridge_status ridge_augment_posterize(ridge_augment *augment,
                                               const ridge_augment_posterize_params *params);

typedef struct ridge_augment_solarize_params {
    float probability;     // 0: 0.5
    ridge_range threshold; // {0, 0}: 0.5
} ridge_augment_solarize_params;
#define ridge_augment_solarize_params(...) RIDGE_PARAMS(ridge_augment_solarize_params, __VA_ARGS__)
// u = 1 - u where u >= threshold. params may be NULL.
RIDGE_API ridge_status ridge_augment_solarize(ridge_augment *augment,
                                              const ridge_augment_solarize_params *params);

typedef struct ridge_augment_auto_contrast_params {
    float probability; // 0: 0.5
} ridge_augment_auto_contrast_params;
#define ridge_augment_auto_contrast_params(...)                                                    \
    RIDGE_PARAMS(ridge_augment_auto_contrast_params, __VA_ARGS__)
// Of each channel the smallest value becomes 0, the largest 1, what lies between in proportion. A
// channel of one value stays. params may be NULL.
RIDGE_API ridge_status ridge_augment_auto_contrast(
    ridge_augment *augment, const ridge_augment_auto_contrast_params *params);

typedef struct ridge_augment_equalise_params {
    float probability; // 0: 0.5
} ridge_augment_equalise_params;
#define ridge_augment_equalise_params(...) RIDGE_PARAMS(ridge_augment_equalise_params, __VA_ARGS__)
// Each channel by its histogram of 256 levels: u becomes the share of pixels of lower levels among
// those that are not of the highest. So the lowest level becomes 0, the highest 1. A channel of one
// level stays. params may be NULL.
RIDGE_API ridge_status ridge_augment_equalise(ridge_augment *augment,
                                              const ridge_augment_equalise_params *params);

// ---- Neighbourhoods.

typedef struct ridge_augment_blur_params {
    float probability;
    ridge_range sigma; // pixels, to 100; 0: nothing happens. Required
} ridge_augment_blur_params;
#define ridge_augment_blur_params(...) RIDGE_PARAMS(ridge_augment_blur_params, __VA_ARGS__)
// Weights exp(-k^2 / (2 sigma^2)) for |k| <= ceil(3 sigma) along rows, then columns, divided by
// their sum. Beside the image as RIDGE_FILL_MIRROR.
RIDGE_API ridge_status ridge_augment_blur(ridge_augment *augment,
                                          const ridge_augment_blur_params *params);

typedef struct ridge_augment_sharpen_params {
    float probability;
    ridge_range factor; // from 0, which is smooth; 1: it stays as it is. Required
} ridge_augment_sharpen_params;
#define ridge_augment_sharpen_params(...) RIDGE_PARAMS(ridge_augment_sharpen_params, __VA_ARGS__)
// u = clip(smooth + (u - smooth) factor, 0, 1), where smooth is 5/13 of the pixel and 1/13 of each
// of its eight neighbours; pixels at the border stay.
RIDGE_API ridge_status ridge_augment_sharpen(ridge_augment *augment,
                                             const ridge_augment_sharpen_params *params);

// ---- Noise: numbers of their own for each element, the same whatever the batch and the order in
// memory. Results are clipped to [0, 1].

typedef struct ridge_augment_gaussian_noise_params {
    float probability;
    ridge_range deviation; // of the range of values. Required
} ridge_augment_gaussian_noise_params;
#define ridge_augment_gaussian_noise_params(...)                                                   \
    RIDGE_PARAMS(ridge_augment_gaussian_noise_params, __VA_ARGS__)
// u = clip(u + deviation n, 0, 1), n normal, by cl/normal.h as of ridge_gaussian_noise_apply.
RIDGE_API ridge_status ridge_augment_gaussian_noise(
    ridge_augment *augment, const ridge_augment_gaussian_noise_params *params);

typedef struct ridge_augment_uniform_noise_params {
    float probability;
    ridge_range amount; // of the range of values. Required
} ridge_augment_uniform_noise_params;
#define ridge_augment_uniform_noise_params(...)                                                    \
    RIDGE_PARAMS(ridge_augment_uniform_noise_params, __VA_ARGS__)
// u = clip(u + amount n, 0, 1), n uniform in (-1, 1).
RIDGE_API ridge_status ridge_augment_uniform_noise(
    ridge_augment *augment, const ridge_augment_uniform_noise_params *params);

typedef struct ridge_augment_salt_pepper_params {
    float probability;
    ridge_range amount; // share of the pixels, 0 to 1. Required
} ridge_augment_salt_pepper_params;
#define ridge_augment_salt_pepper_params(...)                                                      \
    RIDGE_PARAMS(ridge_augment_salt_pepper_params, __VA_ARGS__)
// So many pixels become 0 or 1, each as often as the other, in all channels.
RIDGE_API ridge_status ridge_augment_salt_pepper(ridge_augment *augment,
                                                 const ridge_augment_salt_pepper_params *params);

// ---- Boxes of the image as it is made.

typedef enum ridge_erasing_fill {
    RIDGE_ERASING_VALUE = 0, // `value`
    RIDGE_ERASING_MEAN,      // of the image as it is then, of each channel
    RIDGE_ERASING_NOISE      // each value of each pixel anything from 0 to 1, as likely
} ridge_erasing_fill;

typedef struct ridge_augment_erasing_params {
    float probability; // 0: 0.5
    ridge_range area;  // share of the image, above 0, at most 1; {0, 0}: 0.02 to 0.33
    ridge_range ratio; // width / height, its logarithm drawn evenly; {0, 0}: 0.3 to 3.3
    ridge_erasing_fill fill;
    float value; // 0 to 1, a value of u
} ridge_augment_erasing_params;
#define ridge_augment_erasing_params(...) RIDGE_PARAMS(ridge_augment_erasing_params, __VA_ARGS__)
// A box that lies inside the image loses what is in it. Sides are rounded to pixels, at least one
// and at most the image's.
RIDGE_API ridge_status ridge_augment_erasing(ridge_augment *augment,
                                             const ridge_augment_erasing_params *params);

typedef struct ridge_augment_cutout_params {
    float probability;
    size_t size;  // of a side, pixels; at most the image's longer side. Required
    size_t count; // up to 64; 0: 1
    ridge_erasing_fill fill;
    float value; // 0 to 1, a value of u
} ridge_augment_cutout_params;
#define ridge_augment_cutout_params(...) RIDGE_PARAMS(ridge_augment_cutout_params, __VA_ARGS__)
// Squares around any pixels of the image, cut at its border, lose what is in them.
RIDGE_API ridge_status ridge_augment_cutout(ridge_augment *augment,
                                            const ridge_augment_cutout_params *params);

// ---- Chosen at random.

typedef struct ridge_augment_rand_augment_params {
    float probability;
    size_t operations; // up to 14; 0: 2
    float magnitude;   // up to 30; 0: 9
} ridge_augment_rand_augment_params;
#define ridge_augment_rand_augment_params(...)                                                     \
    RIDGE_PARAMS(ridge_augment_rand_augment_params, __VA_ARGS__)
// RandAugment (Cubuk et al. 2019): so many operations, each any of 14, which docs/augmentation.md
// lists with their strengths at a magnitude. Where the sign matters it is drawn.
RIDGE_API ridge_status ridge_augment_rand_augment(ridge_augment *augment,
                                                  const ridge_augment_rand_augment_params *params);

// ---- Mixing. An image and its partner, any stored image, which is drawn and changed as it would
// be by itself. At most one operation mixes an image: of those that happen each with equal chance.
// Targets become values (see ridge_augment_batch), the same mixture.

typedef struct ridge_augment_mixup_params {
    float probability;
    float alpha; // up to 1000; 0: 0.2
} ridge_augment_mixup_params;
#define ridge_augment_mixup_params(...) RIDGE_PARAMS(ridge_augment_mixup_params, __VA_ARGS__)
// u = weight u + (1 - weight) partner, the weight drawn from Beta(alpha, alpha) for each image.
RIDGE_API ridge_status ridge_augment_mixup(ridge_augment *augment,
                                           const ridge_augment_mixup_params *params);

typedef struct ridge_augment_cutmix_params {
    float probability;
    float alpha; // up to 1000; 0: 1
} ridge_augment_cutmix_params;
#define ridge_augment_cutmix_params(...) RIDGE_PARAMS(ridge_augment_cutmix_params, __VA_ARGS__)
// A box is the partner's: sqrt(1 - w) of height and width, w from Beta(alpha, alpha), around any
// pixel, cut at the border. The weight of the image is its share of the pixels then.
RIDGE_API ridge_status ridge_augment_cutmix(ridge_augment *augment,
                                            const ridge_augment_cutmix_params *params);

// ---- Sounds: rows of samples are images of height 1 (shape {samples} or {1, samples}), with
// `values` {-1, 1}. A stored 0 is silence. Nothing is clipped.

typedef struct ridge_augment_time_shift_params {
    float probability;
    ridge_range share; // of the row; above 0: later. Required
    bool samples;      // share is samples instead
} ridge_augment_time_shift_params;
#define ridge_augment_time_shift_params(...)                                                       \
    RIDGE_PARAMS(ridge_augment_time_shift_params, __VA_ARGS__)
// Moves sounds by whole samples; what comes in is the pipeline's fill: with fill_value 0 silence.
// It is ridge_augment_shift along x.
RIDGE_API ridge_status ridge_augment_time_shift(ridge_augment *augment,
                                                const ridge_augment_time_shift_params *params);

typedef struct ridge_augment_gain_params {
    float probability;
    ridge_range decibels; // above 0: louder. Required
} ridge_augment_gain_params;
#define ridge_augment_gain_params(...) RIDGE_PARAMS(ridge_augment_gain_params, __VA_ARGS__)
// x = x 10^(decibels / 20), x as stored.
RIDGE_API ridge_status ridge_augment_gain(ridge_augment *augment,
                                          const ridge_augment_gain_params *params);

typedef struct ridge_augment_noise_ratio_params {
    float probability;
    ridge_range decibels; // of the sound's power over the noise's. Required
} ridge_augment_noise_ratio_params;
#define ridge_augment_noise_ratio_params(...)                                                      \
    RIDGE_PARAMS(ridge_augment_noise_ratio_params, __VA_ARGS__)
// x = x + 10^(-decibels / 20) sqrt(mean of x^2) n, n normal as of gaussian_noise, x as stored, the
// mean over the row as it is then, silence in it included. White noise; silence stays silent.
RIDGE_API ridge_status ridge_augment_noise_ratio(ridge_augment *augment,
                                                 const ridge_augment_noise_ratio_params *params);

RIDGE_API_END

#endif

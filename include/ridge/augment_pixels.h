// SPDX-License-Identifier: Apache-2.0
// The operations of augmentation that change values where they are: colours, levels, blur, noise,
// boxes. augmentations.h says what holds for all operations.
#ifndef RIDGE_AUGMENT_PIXELS_H
#define RIDGE_AUGMENT_PIXELS_H

#include <ridge/augment.h>
#include <ridge/base.h>
#include <ridge/fields.h>

RIDGE_API_BEGIN

// ---- Pixels by themselves. u is a value, 0 to 1.

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

RIDGE_API_END

#endif

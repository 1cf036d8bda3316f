// SPDX-License-Identifier: Apache-2.0
// The operations of augmentation, for a pipeline of augment.h: those that move pixels, in
// augment_geometry.h, those that change values, in augment_pixels.h, and here those that are chosen
// at random, mix images or are for sounds. docs/augmentation.md tells how they differ from those of
// Keras and torchvision.
//
// `probability`, of every operation: how likely an image is to undergo it, (0, 1]; 0: the default,
// which is 1 unless said otherwise. A range: the value is drawn uniformly from [low, high], for
// each image; in files one number x stands for [-x, x], for [1 - x, 1 + x] where it multiplies, and
// for x alone where it is a size, a share or a threshold. Each function appends an operation,
// copies its params, and fails as ridge_augment_add does.
#ifndef RIDGE_AUGMENTATIONS_H
#define RIDGE_AUGMENTATIONS_H

#include <ridge/augment.h>
#include <ridge/augment_geometry.h>
#include <ridge/augment_pixels.h>
#include <ridge/base.h>
#include <ridge/fields.h>

RIDGE_API_BEGIN

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

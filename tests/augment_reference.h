// SPDX-License-Identifier: Apache-2.0
// Augmentation in double precision on the host: what is drawn, and what becomes of pixels.
#ifndef RIDGE_TESTS_AUGMENT_REFERENCE_H
#define RIDGE_TESTS_AUGMENT_REFERENCE_H

#include "augment/pipeline.h"

// An image in double: pixels [channels][height][width], in units where the range of values is 1.
struct reference_image {
    size_t channels, height, width;
    double *pixels;
    bool *doubtful; // where rounding decides on which side of a jump a pixel is; NULL: nowhere
    bool bytes;     // it was stored as those
};
double *reference_pixel(const struct reference_image *image, size_t channel, size_t y, size_t x);
struct reference_image reference_image_make(size_t channels, size_t height, size_t width);
void reference_free(struct reference_image *image);

// The 16 words of operation number `place` of the list for an image; `more` as in the kernel.
void reference_words(uint64_t seed, uint32_t epoch, uint32_t sample, size_t place, uint32_t more,
                     uint32_t words[16]);
// The number that a range gives for word `which` (1 is the first range's).
double reference_value(const uint32_t *words, size_t which, double low, double high);

// A stored row in units, planes of channels.
struct reference_image reference_stored(const ridge_augment *augment, ridge_type type,
                                        const void *row);
// That image through a program (as the kernel draws it): geometry, then the instructions.
struct reference_image reference_run(const ridge_augment *augment,
                                     const struct reference_image *stored, const uint32_t *program);

// The geometry of a program: `image` from the stored one (augment_reference_geometry.c).
void reference_geometry(const ridge_augment *augment, const struct reference_image *stored,
                        const uint32_t *program, struct reference_image *image);

// What an operation of geometry is given for images of this size, and its map, from a pixel of the
// result to one of the image, in double from the words of an image (augment_reference_maps.c). `m`
// is the unit matrix at first. Ends at a name of NULL.
enum { MAP_HEIGHT = 9, MAP_WIDTH = 14 };
struct reference_map {
    const char *name;
    const void *params;
    void (*wanted)(const uint32_t *words, double m[9]);
};
extern const struct reference_map reference_maps[];

// Instructions by family (augment_reference_colour.c, ..._levels.c, ..._filters.c): whether `code`
// is of it, and if so, done.
bool reference_colour(struct reference_image *image, uint32_t code, const float *values);
bool reference_levels(struct reference_image *image, uint32_t code, const float *values);
bool reference_filters(struct reference_image *image, uint32_t code, const float *values);
// The normal number of a word.
double reference_normal(uint32_t word);
bool reference_noise(struct reference_image *image, const uint32_t *program, uint32_t code,
                     const float *values);
bool reference_erasing(struct reference_image *image, const uint32_t *program, uint32_t code,
                       const float *values);

// Mixes an image with its partner by the values of an instruction, and returns the image's own
// weight (augment_reference_mixing.c).
double reference_mix(struct reference_image *image, const struct reference_image *partner,
                     uint32_t code, const float *values);

#endif

// SPDX-License-Identifier: Apache-2.0
// The contract of an augmentation: what it says of itself, and what of it goes into the tables on
// the device. What it does there stands in cl/augment_geometry.h and cl/augment_pixel.h.
#ifndef RIDGE_AUGMENT_OPERATION_H
#define RIDGE_AUGMENT_OPERATION_H

#include <ridge/augmentations.h>

#include "cl/augment_words.h"

// Images as they are at some place of a pipeline.
struct ridge_augment_image {
    size_t channels, height, width;
};

// One operation in the table of the device; see cl/augment_words.h. Append the ranges first.
struct ridge_augment_record {
    float values[OPERATION_WORDS - OPERATION_VALUES];
    unsigned ranges, count; // how many ranges; how many values in all
};

// Appends a range whose value is drawn, or a value. `scale` is what the drawn number will be in
// units of the field's; a range {0, 0} stands for `fallback`, twice.
void ridge_record_range(struct ridge_augment_record *record, ridge_range range, double scale,
                        float fallback);
void ridge_record_value(struct ridge_augment_record *record, double value);

// Params structs begin with `float probability`, but where it always happens.
struct ridge_augmentation {
    ridge_augmentation_info info;
    uint32_t code;     // AUGMENT_... of cl/augment_words.h
    float probability; // what 0 stands for; 0: 1
    bool always;       // it happens to every image: it changes the size
    size_t channels;   // that images must have; 0: any number
    uint32_t uses;     // AUGMENT_USES_...: what the kernel must be compiled with
    // Checks what the table of fields cannot, and changes *image to what it makes of it. NULL:
    // images keep their size. Messages name the field; who calls adds the operation's name.
    ridge_status (*setup)(const void *params, struct ridge_augment_image *image);
    // Fills the record. `before` and `after`: what setup was given and has made of it, or for
    // what is no geometry, and happens behind it, what the pipeline makes in the end. NULL: none.
    void (*encode)(const void *params, const struct ridge_augment_image *before,
                   const struct ridge_augment_image *after, struct ridge_augment_record *record);
    // The same for evaluation, where nothing is drawn. NULL: it does nothing there.
    void (*encode_evaluation)(const void *params, const struct ridge_augment_image *before,
                              const struct ridge_augment_image *after,
                              struct ridge_augment_record *record);
    // Floats of memory of its own that the kernel needs for each image. NULL: none.
    size_t (*work)(const void *params, const struct ridge_augment_image *image);
    // A table of numbers for the draws: how many, and what they are for images as they are there
    // in the list. NULL: none.
    size_t (*table_size)(const void *params);
    void (*fill_table)(const void *params, const struct ridge_augment_image *image, float *table);
    // Words of the field of displacements that it leaves in programs. NULL: none.
    size_t (*field)(const void *params, const struct ridge_augment_image *image);
    // How many instructions it leaves at most. NULL: 1, or 0 for geometry.
    unsigned (*instructions)(const void *params);
};

// By name; NULL when unknown.
const struct ridge_augmentation *ridge_augmentation_class(const char *name);

#define RIDGE_PROBABILITY_FIELD(struct_type, otherwise)                                            \
    {                                                                                              \
        "probability", RIDGE_FIELD_FLOAT, offsetof(struct_type, probability),                      \
            .minimum_excluded = true, .maximum = 1, .fallback = (otherwise),                       \
            .help = "how likely an image is to undergo it"                                         \
    }

#define RIDGE_RANGE_FIELD(struct_type, member, ...)                                                \
    {                                                                                              \
        .name = #member, .type = RIDGE_FIELD_RANGE, .offset = offsetof(struct_type, member),       \
        __VA_ARGS__                                                                                \
    }

#endif

// SPDX-License-Identifier: Apache-2.0
// A pipeline of augmentations and its tables on the device.
#ifndef RIDGE_AUGMENT_PIPELINE_H
#define RIDGE_AUGMENT_PIPELINE_H

#include "augment/operation.h"

// An operation in its place.
struct ridge_augment_step {
    const struct ridge_augmentation *class;
    void *params;
    struct ridge_augment_image before, after;
};

// Which tables: operations as they are for training, and for evaluation.
enum ridge_augment_mode { RIDGE_AUGMENT_TRAINING, RIDGE_AUGMENT_EVALUATION, RIDGE_AUGMENT_MODES };

struct ridge_augment {
    ridge_device *device;
    ridge_augment_params params;
    size_t rank;
    struct ridge_augment_image stored, made; // before the first operation, behind the last one
    struct ridge_augment_step *steps;
    size_t count, capacity;
    // Made by ridge_augment_ready: uint32 [count of the mode, OPERATION_WORDS], one behind the
    // other, and then tables of numbers.
    ridge_tensor tables;
    size_t first[RIDGE_AUGMENT_MODES], counts[RIDGE_AUGMENT_MODES];
    size_t mixing;             // how many of those for training mix images; they are the last ones
    size_t instructions, work; // of an image, at most
    size_t fields;             // words of an image's fields of displacements
    uint32_t uses;             // AUGMENT_USES_..., of all operations
};

// Makes the tables, after which no operation can be added. Nothing happens where they are there.
ridge_status ridge_augment_ready(ridge_augment *augment);
// 32-bit words of an image's program, see cl/augment_words.h, and the launch that draws the
// programs of a batch: uint32 [rows, parts, words], of one or, where images are mixed, two parts.
// For a pipeline that is ready; the arguments are trusted.
size_t ridge_augment_program_words(const ridge_augment *augment);
size_t ridge_augment_program_parts(const ridge_augment *augment);
ridge_status ridge_augment_draw(ridge_launcher *on, const ridge_augment *augment,
                                const ridge_augment_batch *batch, ridge_tensor programs);
// Whether it mixes images, so that targets become values. Of any pipeline, ready or not.
bool ridge_augment_mixes(const ridge_augment *augment);
// The name of its first operation that does; NULL: none.
const char *ridge_augment_mixer(const ridge_augment *augment);

#endif

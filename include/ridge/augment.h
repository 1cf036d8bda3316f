// SPDX-License-Identifier: Apache-2.0
// Augmentation: a pipeline of operations that changes images at random on the device, on their way
// from where they are stored into a network's input. The operations stand in augmentations.h;
// docs/augmentation.md has their formulas.
//
// What becomes of an image depends on (seed, epoch, number of the row, the operation's place in the
// list) and on nothing else: not on the batch, the order of rows or the device. Order of work:
//   1. Geometry, in the order of the list: all of it is one map from places of the result to places
//      of the stored image, which is read once.
//   2. What changes pixels, in the order of the list, on values of which the range of the images
//      (`values` below) is [0, 1].
//   3. What mixes two images.
#ifndef RIDGE_AUGMENT_H
#define RIDGE_AUGMENT_H

#include <ridge/base.h>
#include <ridge/device.h>
#include <ridge/fields.h>
#include <ridge/tensor.h>

RIDGE_API_BEGIN

// A pipeline belongs to the device that it was made for, which must outlive it, and to one thread
// at a time.
typedef struct ridge_augment ridge_augment;

// Between pixels.
typedef enum ridge_interpolation {
    RIDGE_INTERPOLATION_BILINEAR = 0,
    RIDGE_INTERPOLATION_NEAREST,
    RIDGE_INTERPOLATION_BICUBIC
} ridge_interpolation;

// Beside the image, for a row of pixels a b c d.
typedef enum ridge_fill_mode {
    RIDGE_FILL_CONSTANT = 0, // fill_value
    RIDGE_FILL_EDGE,         // a a a | a b c d | d d d
    RIDGE_FILL_REFLECT,      // c b a | a b c d | d c b
    RIDGE_FILL_MIRROR,       // d c b | a b c d | c b a
    RIDGE_FILL_WRAP          // b c d | a b c d | a b c
} ridge_fill_mode;

typedef struct ridge_augment_params {
    // Of one stored row: {height, width} is grey, {channels, height, width}, or with channels_last
    // {height, width, channels}; {samples} is a sound. Ends at the first zero. Required.
    size_t shape[RIDGE_MAX_RANK];
    bool channels_last;
    ridge_range values; // smallest and largest value that a pixel can have, as stored; {0, 0}: 0 to
                        // 255 for uint8, 0 to 1 for float32
    ridge_interpolation interpolation;
    ridge_fill_mode fill;
    float fill_value; // as stored
} ridge_augment_params;
#define ridge_augment_params(...) RIDGE_PARAMS(ridge_augment_params, __VA_ARGS__)

// Fields of ridge_augment_params but for shape and channels_last, for files.
RIDGE_API const ridge_field *ridge_augment_fields(void);

// An empty pipeline, which changes nothing. *augment is the caller's to destroy, NULL on failure.
// Errors: RIDGE_ERROR_ARGUMENT for a missing shape and for what a field does not allow.
RIDGE_API ridge_status ridge_augment_create(ridge_device *device,
                                            const ridge_augment_params *params,
                                            ridge_augment **augment);
// Releases the pipeline and sets *augment to NULL. NULL and a NULL handle are fine.
RIDGE_API void ridge_augment_destroy(ridge_augment **augment);

// A copy of its own, which the caller destroys. Errors: RIDGE_ERROR_ARGUMENT, RIDGE_ERROR_MEMORY.
RIDGE_API ridge_status ridge_augment_copy(const ridge_augment *augment, ridge_augment **copy);

// What kinds of operations there are, for i = 0, 1, ...; NULL behind the last. And by name; NULL
// when unknown.
typedef struct ridge_augmentation_info {
    const char *name;          // "rotation"
    const char *help;          // one line
    const ridge_field *fields; // of the params struct
    size_t params_size;        // sizeof the params struct
} ridge_augmentation_info;
RIDGE_API const ridge_augmentation_info *ridge_augmentation_at(size_t index);
RIDGE_API const ridge_augmentation_info *ridge_augmentation_find(const char *name);

// Appends an operation of this kind, as the functions of augmentations.h do; `params` is its params
// struct, NULL for all defaults. After the pipeline was given to a network or used, it is too late.
// Errors: RIDGE_ERROR_ARGUMENT, _SHAPE with the operation and the field; _STATE.
RIDGE_API ridge_status ridge_augment_add(ridge_augment *augment, const char *operation,
                                         const void *params);

// The operations that it has, for i = 0, 1, ...; NULL behind the last. *params: owned by it.
RIDGE_API const ridge_augmentation_info *ridge_augment_operation(const ridge_augment *augment,
                                                                 size_t index, const void **params);
// The params that it was made with, owned by it.
RIDGE_API const ridge_augment_params *ridge_augment_settings(const ridge_augment *augment);
// The shape of a row of the result, which crops and resizing change; returns the rank.
RIDGE_API size_t ridge_augment_shape(const ridge_augment *augment, size_t shape[RIDGE_MAX_RANK]);

// ---- Use. Networks take a pipeline by ridge_network_augment (network.h). Alone:

typedef struct ridge_augment_batch {
    ridge_tensor x;     // [count, row...] uint8 or float32: the stored images
    ridge_tensor index; // uint32: the numbers of the rows of the result; "no tensor": as they lie
    size_t first;       // row r of the result is image index[first + position + r]
    ridge_tensor position; // uint32 [1] on the device; "no tensor": 0
    uint64_t seed;
    uint32_t epoch;
    ridge_tensor epoch_at; // uint32 [1] on the device, added to epoch; "no tensor": nothing is
    bool evaluation;       // nothing is random: only operations that change the size act, and crop
                           // from the middle
    bool staged;           // x holds the rows of this batch alone, one behind the other; index,
                           // first and position only tell their numbers
    float scale, shift;    // y = stored value * scale + shift. scale 0: 1
    ridge_tensor y;        // float32 [rows, row of the result...]
    // Where targets are wanted: the stored ones, int32 [count] or float32 [count, columns], and
    // those of the batch, float32 [rows, columns]: one-hot labels (a label itself for one column)
    // or values, each a mixture as its image is. "No tensor": not wanted.
    ridge_tensor targets, mixed_targets;
} ridge_augment_batch;

// Augments a batch, in two launches, and one for targets.
// Errors: RIDGE_ERROR_ARGUMENT, _SHAPE; _DEVICE_MEMORY; _BUILD.
RIDGE_API ridge_status ridge_augment_apply(ridge_launcher *on, ridge_augment *augment,
                                           const ridge_augment_batch *batch);

RIDGE_API_END

#endif

// SPDX-License-Identifier: Apache-2.0
// Making a pipeline: its settings, operations in order, checks that name operation and field.
#include "augment/pipeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static const char *const interpolations[] = {"bilinear", "nearest", "bicubic", NULL};
static const char *const fills[] = {"constant", "edge", "reflect", "mirror", "wrap", NULL};

// So that a place of an image is a float without an error.
#define MOST_PLACES ((size_t)1 << 21)

static const ridge_field fields[] = {
    {"interpolation", RIDGE_FIELD_NAME, offsetof(ridge_augment_params, interpolation),
     .choices = interpolations, .help = "between pixels"},
    {"fill", RIDGE_FIELD_NAME, offsetof(ridge_augment_params, fill), .choices = fills,
     .help = "beside the image"},
    {"fill_value", RIDGE_FIELD_FLOAT, offsetof(ridge_augment_params, fill_value),
     .minimum = -HUGE_VAL, .maximum = HUGE_VAL, .help = "of constant, as stored"},
    RIDGE_RANGE_FIELD(ridge_augment_params, values, .minimum = -1e30, .maximum = 1e30,
                      .fallback = "0 to 255 for uint8, to 1 for float32",
                      .help = "what pixels can be, as stored"),
    {0},
};

const ridge_field *ridge_augment_fields(void)
{
    return fields;
}

// Height and width are the last two dimensions, or the first two; sounds have a height of 1.
static ridge_status read_shape(ridge_augment *augment)
{
    const size_t *shape = augment->params.shape;
    bool last = augment->params.channels_last;
    size_t rank = 0;
    while (rank < RIDGE_MAX_RANK && shape[rank])
        rank++;
    if (rank < 1 || rank > 3)
        return ridge_fail(RIDGE_ERROR_SHAPE,
                          "shape: expected 1 to 3 sizes, as of rows [channels, height, width], got "
                          "%zu",
                          rank);
    augment->rank = rank;
    struct ridge_augment_image *image = &augment->stored;
    *image = (struct ridge_augment_image){1, 1, shape[rank - 1]};
    if (rank == 2)
        *image = (struct ridge_augment_image){1, shape[0], shape[1]};
    if (rank == 3)
        *image = last ? (struct ridge_augment_image){shape[2], shape[0], shape[1]}
                      : (struct ridge_augment_image){shape[0], shape[1], shape[2]};
    augment->made = *image;
    return RIDGE_OK;
}

static ridge_status check_image(const struct ridge_augment_image *image)
{
    if (image->channels > 16)
        return ridge_fail(RIDGE_ERROR_SHAPE, "shape: expected at most 16 channels, got %zu",
                          image->channels);
    if (image->height > MOST_PLACES || image->width > MOST_PLACES ||
        image->height * image->width > MOST_PLACES)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                          "shape: expected images of at most %zu pixels, got %zu x %zu",
                          MOST_PLACES, image->height, image->width);
    return RIDGE_OK;
}

static ridge_status check_params(ridge_augment *augment)
{
    const ridge_augment_params *p = &augment->params;
    RIDGE_TRY(read_shape(augment));
    RIDGE_TRY(check_image(&augment->stored));
    RIDGE_TRY(ridge_fields_check(fields, p));
    bool given = p->values.low != 0 || p->values.high != 0;
    if (given && !(p->values.low < p->values.high))
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "values: expected the smallest and the largest value, got [%g, %g]",
                          (double)p->values.low, (double)p->values.high);
    return RIDGE_OK;
}

ridge_status ridge_augment_create(ridge_device *device, const ridge_augment_params *params,
                                  ridge_augment **augment)
{
    if (!augment)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "augment: expected a pointer, got NULL");
    *augment = NULL;
    if (!device || !params)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "device, params: expected pointers, got NULL");
    ridge_augment *made = ridge_allocate(1, sizeof(*made));
    if (!made)
        return RIDGE_ERROR_MEMORY;
    *made = (ridge_augment){.device = device, .params = *params};
    ridge_status status = check_params(made);
    if (status) {
        free(made);
        return status;
    }
    *augment = made;
    return RIDGE_OK;
}

void ridge_augment_destroy(ridge_augment **augment)
{
    if (!augment || !*augment)
        return;
    for (size_t i = 0; i < (*augment)->count; i++)
        free((*augment)->steps[i].params);
    free((*augment)->steps);
    ridge_tensor_destroy((*augment)->device, &(*augment)->tables);
    free(*augment);
    *augment = NULL;
}

ridge_status ridge_augment_copy(const ridge_augment *augment, ridge_augment **copy)
{
    if (!augment)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "augment: expected a pipeline, got NULL");
    RIDGE_TRY(ridge_augment_create(augment->device, &augment->params, copy));
    ridge_status status = RIDGE_OK;
    for (size_t i = 0; i < augment->count && !status; i++)
        status =
            ridge_augment_add(*copy, augment->steps[i].class->info.name, augment->steps[i].params);
    if (status)
        ridge_augment_destroy(copy);
    return status;
}

static ridge_status check_step(struct ridge_augment_step *step)
{
    RIDGE_TRY(ridge_fields_check(step->class->info.fields, step->params));
    size_t channels = step->class->channels;
    if (channels && step->before.channels != channels)
        return ridge_fail(RIDGE_ERROR_SHAPE, "expected images of %zu channels, got %zu", channels,
                          step->before.channels);
    if (!step->class->setup)
        return RIDGE_OK;
    RIDGE_TRY(step->class->setup(step->params, &step->after));
    return check_image(&step->after);
}

ridge_status ridge_augment_add(ridge_augment *augment, const char *operation, const void *params)
{
    if (!augment || !operation)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "augment, operation: expected pointers, got NULL");
    if (augment->tables.buffer)
        return ridge_fail(RIDGE_ERROR_STATE, "%s: the pipeline is in use, nothing can be added",
                          operation);
    const struct ridge_augmentation *class = ridge_augmentation_class(operation);
    if (!class)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "operation: there is no '%s'", operation);
    RIDGE_TRY(ridge_grow(&augment->steps, &augment->capacity, augment->count + 1,
                         sizeof(*augment->steps)));
    struct ridge_augment_step step = {class, ridge_allocate(1, class->info.params_size),
                                      augment->made, augment->made};
    if (!step.params)
        return RIDGE_ERROR_MEMORY;
    if (params)
        memcpy(step.params, params, class->info.params_size);
    ridge_status status = check_step(&step);
    if (status) {
        free(step.params);
        return ridge_fail_within(status, "%s", operation);
    }
    augment->steps[augment->count++] = step;
    augment->made = step.after;
    return RIDGE_OK;
}

const ridge_augmentation_info *ridge_augment_operation(const ridge_augment *augment, size_t index,
                                                       const void **params)
{
    if (index >= augment->count)
        return NULL;
    if (params)
        *params = augment->steps[index].params;
    return &augment->steps[index].class->info;
}

const ridge_augment_params *ridge_augment_settings(const ridge_augment *augment)
{
    return &augment->params;
}

size_t ridge_augment_shape(const ridge_augment *augment, size_t shape[RIDGE_MAX_RANK])
{
    const struct ridge_augment_image *image = &augment->made;
    const size_t planes[] = {image->channels, image->height, image->width};
    const size_t interleaved[] = {image->height, image->width, image->channels};
    const size_t *from = augment->params.channels_last && augment->rank == 3 ? interleaved : planes;
    memcpy(shape, from + (3 - augment->rank) * (from == planes), augment->rank * sizeof(*shape));
    return augment->rank;
}

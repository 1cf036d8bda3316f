// SPDX-License-Identifier: Apache-2.0
// Rows in host memory, checked once when they come in so that training can trust them, and slices
// that share them.
#include "data/dataset.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static ridge_status check_features(ridge_dataset *set, const ridge_dataset_params *params)
{
    if (params->x_type != RIDGE_FLOAT32 && params->x_type != RIDGE_UINT8)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "x_type: expected float32 or uint8, got %s",
                          ridge_type_name(params->x_type));
    if (!params->count)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "count: expected at least 1 row, got 0");
    set->count = params->count;
    set->x_type = params->x_type;
    set->features = 1;
    for (; set->rank < RIDGE_MAX_RANK && params->shape[set->rank]; set->rank++) {
        size_t size = params->shape[set->rank];
        if (size > SIZE_MAX / sizeof(float) / set->count / set->features)
            return ridge_fail(RIDGE_ERROR_ARGUMENT, "shape: %zu rows of it exceed the memory",
                              set->count);
        set->shape[set->rank] = size;
        set->features *= size;
    }
    if (!set->rank)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "shape: expected the shape of a row, got none");
    return RIDGE_OK;
}

static ridge_status check_targets(ridge_dataset *set, const ridge_dataset_params *params)
{
    size_t size = params->target_size;
    if (!params->y) {
        if (size || params->classes)
            return ridge_fail(RIDGE_ERROR_ARGUMENT,
                              "y: expected an array since target_size or classes is given, "
                              "got NULL");
        return RIDGE_OK;
    }
    set->y_type = params->y_type;
    set->target_size = size ? size : 1;
    if (params->y_type == RIDGE_INT32) {
        if (size > 1)
            return ridge_fail(RIDGE_ERROR_ARGUMENT,
                              "target_size: expected 1 for labels (int32), got %zu", size);
        return RIDGE_OK;
    }
    if (params->y_type != RIDGE_FLOAT32)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "y_type: expected int32 or float32, got %s",
                          ridge_type_name(params->y_type));
    if (params->classes)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "classes: expected 0 for targets of type float32, got %zu",
                          params->classes);
    if (set->target_size > SIZE_MAX / sizeof(float) / set->count)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "target_size: %zu rows of %zu exceed the memory",
                          set->count, set->target_size);
    return RIDGE_OK;
}

static ridge_status check_scale(ridge_dataset *set, const ridge_dataset_params *params)
{
    if (!isfinite(params->scale) || !isfinite(params->shift))
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "scale, shift: expected finite numbers, got %g, %g",
                          (double)params->scale, (double)params->shift);
    set->scale = params->scale;
    if (set->scale == 0)
        set->scale = set->x_type == RIDGE_UINT8 ? 1.0f / 255 : 1.0f;
    set->shift = params->shift;
    return RIDGE_OK;
}

static ridge_status check_finite(const char *what, const float *data, size_t rows, size_t columns)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < columns; i++)
            if (!isfinite(data[row * columns + i]))
                return ridge_fail(RIDGE_ERROR_DATA,
                                  "%s: row %zu, value %zu: expected a finite number, got %g", what,
                                  row, i, (double)data[row * columns + i]);
    return RIDGE_OK;
}

// Labels that are taken for float32, since y_type was left out, are zeros and denormal numbers.
// Values are hardly ever all so small.
static ridge_status check_not_labels(const float *values, size_t rows, size_t columns)
{
    const float *small = NULL;
    for (size_t i = 0; i < rows * columns; i++) {
        if (fabsf(values[i]) >= FLT_MIN)
            return RIDGE_OK;
        if (!small && values[i] != 0)
            small = &values[i];
    }
    if (!small)
        return RIDGE_OK;
    int32_t label;
    memcpy(&label, small, sizeof(label));
    return ridge_fail(RIDGE_ERROR_DATA,
                      "y: row %zu, value %zu: expected float32, got %g, which has the bits of the "
                      "int32 %ld; y_type says what y is",
                      (size_t)(small - values) / columns, (size_t)(small - values) % columns,
                      (double)*small, (long)label);
}

static ridge_status check_labels(ridge_dataset *set, const int32_t *labels, size_t classes)
{
    for (size_t row = 0; row < set->count; row++) {
        int32_t label = labels[row];
        if (label < 0)
            return ridge_fail(RIDGE_ERROR_DATA,
                              "y: row %zu: expected a label of 0 or more, got %ld", row,
                              (long)label);
        if (classes && (size_t)label >= classes)
            return ridge_fail(RIDGE_ERROR_DATA, "y: row %zu: expected a label in [0, %zu), got %ld",
                              row, classes, (long)label);
        if ((size_t)label >= set->classes)
            set->classes = (size_t)label + 1;
    }
    if (classes)
        set->classes = classes;
    return RIDGE_OK;
}

static ridge_status check_values(ridge_dataset *set, const ridge_dataset_params *params)
{
    if (params->x && set->x_type == RIDGE_FLOAT32)
        RIDGE_TRY(check_finite("x", params->x, set->count, set->features));
    if (!params->y)
        return RIDGE_OK;
    if (set->y_type == RIDGE_INT32)
        return check_labels(set, params->y, params->classes);
    RIDGE_TRY(check_finite("y", params->y, set->count, set->target_size));
    return check_not_labels(params->y, set->count, set->target_size);
}

static void *copy(const void *data, size_t count, size_t size)
{
    void *result = ridge_allocate(count, size);
    if (result)
        memcpy(result, data, count * size);
    return result;
}

ridge_status ridge_class_names_create(char **names, size_t count, struct ridge_class_names **made)
{
    *made = ridge_allocate(1, sizeof(**made));
    if (*made) {
        atomic_init(&(*made)->references, 1);
        (*made)->count = count;
        (*made)->names = names;
        return RIDGE_OK;
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return RIDGE_ERROR_MEMORY;
}

void ridge_class_names_release(struct ridge_class_names *names)
{
    if (!names || atomic_fetch_sub(&names->references, 1) != 1)
        return;
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
    free(names);
}

void ridge_storage_release(struct ridge_storage *storage)
{
    if (!storage || atomic_fetch_sub(&storage->references, 1) != 1)
        return;
    ridge_row_source_release(storage->source);
    ridge_class_names_release(storage->names);
    free(storage->rows);
    free(storage->x);
    free(storage->y);
    free(storage);
}

void ridge_dataset_parts_release(struct ridge_dataset_parts *parts)
{
    ridge_row_source_release(parts->source);
    ridge_class_names_release(parts->names);
    free(parts->x);
    free(parts->y);
    *parts = (struct ridge_dataset_parts){0};
}

static ridge_status check_all(ridge_dataset *set, const ridge_dataset_params *params)
{
    RIDGE_TRY(check_features(set, params));
    RIDGE_TRY(check_targets(set, params));
    RIDGE_TRY(check_scale(set, params));
    return check_values(set, params);
}

// Takes over the parts where it succeeds.
static ridge_status make(const ridge_dataset *set, const struct ridge_dataset_parts *parts,
                         ridge_dataset **dataset)
{
    ridge_dataset *result = ridge_allocate(1, sizeof(*result));
    struct ridge_storage *storage = ridge_allocate(1, sizeof(*storage));
    if (!result || !storage) {
        free(result);
        free(storage);
        return RIDGE_ERROR_MEMORY;
    }
    atomic_init(&storage->references, 1);
    storage->x = parts->x;
    storage->y = parts->y;
    storage->source = parts->source;
    storage->names = parts->names;
    storage->skipped = parts->skipped;
    *result = *set;
    result->storage = storage;
    *dataset = result;
    return RIDGE_OK;
}

ridge_status ridge_dataset_adopt(const ridge_dataset_params *params,
                                 struct ridge_dataset_parts *parts, ridge_dataset **dataset)
{
    ridge_dataset set = {0};
    ridge_dataset_params all = *params;
    all.x = parts->x;
    all.y = parts->y;
    ridge_status status = check_all(&set, &all);
    if (!status)
        status = make(&set, parts, dataset);
    if (status)
        ridge_dataset_parts_release(parts);
    return status;
}

ridge_status ridge_dataset_create(const ridge_dataset_params *params, ridge_dataset **dataset)
{
    if (!dataset)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "dataset: expected a pointer, got NULL");
    *dataset = NULL;
    if (!params)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "params: expected a description, got NULL");
    if (!params->x)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "x: expected an array, got NULL");
    ridge_dataset set = {0};
    RIDGE_TRY(check_all(&set, params));
    struct ridge_dataset_parts parts = {
        .x = copy(params->x, set.count * set.features, ridge_type_size(set.x_type))};
    if (parts.x && params->y)
        parts.y = copy(params->y, set.count * set.target_size, ridge_type_size(set.y_type));
    bool copied = parts.x && (parts.y || !params->y);
    ridge_status status = copied ? make(&set, &parts, dataset) : RIDGE_ERROR_MEMORY;
    if (status)
        ridge_dataset_parts_release(&parts);
    return status;
}

void ridge_dataset_destroy(ridge_dataset **dataset)
{
    if (!dataset || !*dataset)
        return;
    ridge_storage_release((*dataset)->storage);
    free(*dataset);
    *dataset = NULL;
}

size_t ridge_dataset_count(const ridge_dataset *dataset)
{
    return dataset->count;
}

size_t ridge_dataset_shape(const ridge_dataset *dataset, size_t shape[RIDGE_MAX_RANK])
{
    memcpy(shape, dataset->shape, dataset->rank * sizeof(*shape));
    return dataset->rank;
}

size_t ridge_dataset_classes(const ridge_dataset *dataset)
{
    return dataset->classes;
}

size_t ridge_dataset_target_size(const ridge_dataset *dataset)
{
    return dataset->target_size;
}

const void *ridge_dataset_x(const ridge_dataset *dataset, ridge_type *type)
{
    if (type)
        *type = dataset->x_type;
    if (!dataset->storage->x)
        return NULL;
    return (const char *)dataset->storage->x + dataset->first * ridge_dataset_row_bytes(dataset);
}

const void *ridge_dataset_y(const ridge_dataset *dataset, ridge_type *type)
{
    if (!dataset->storage->y)
        return NULL;
    if (type)
        *type = dataset->y_type;
    return (const char *)dataset->storage->y + dataset->first * ridge_dataset_target_bytes(dataset);
}

void ridge_dataset_scale(const ridge_dataset *dataset, float *scale, float *shift)
{
    *scale = dataset->scale;
    *shift = dataset->shift;
}

bool ridge_dataset_streams(const ridge_dataset *dataset)
{
    return dataset->storage->source != NULL;
}

const char *ridge_dataset_class_name(const ridge_dataset *dataset, size_t label)
{
    const struct ridge_class_names *names = dataset->storage->names;
    return names && label < names->count ? names->names[label] : NULL;
}

size_t ridge_dataset_skipped(const ridge_dataset *dataset)
{
    const struct ridge_storage *storage = dataset->storage;
    return storage->source ? atomic_load(&storage->source->skipped) : storage->skipped;
}

struct ridge_row_source *ridge_dataset_source(const ridge_dataset *dataset)
{
    return dataset->storage->source;
}

size_t ridge_dataset_row_bytes(const ridge_dataset *dataset)
{
    return dataset->features * ridge_type_size(dataset->x_type);
}

size_t ridge_dataset_target_bytes(const ridge_dataset *dataset)
{
    return dataset->target_size * ridge_type_size(dataset->y_type);
}

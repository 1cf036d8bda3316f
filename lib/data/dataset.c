// SPDX-License-Identifier: Apache-2.0
// Rows in host memory, checked once when they come in so that training can trust them, and slices
// that share them.
#include <ridge/data.h>

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

// The arrays, shared by a data set and its slices; freed with the last of them.
struct storage {
    atomic_size_t references;
    void *x, *y;
};

struct ridge_dataset {
    struct storage *storage;
    size_t first, count; // rows of the storage
    unsigned rank;
    size_t shape[RIDGE_MAX_RANK];
    size_t features; // product of shape
    ridge_type x_type, y_type;
    size_t target_size, classes;
    float scale, shift;
};

static ridge_status check_features(ridge_dataset *set, const ridge_dataset_params *params)
{
    if (!params->x)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "x: expected an array, got NULL");
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
    if (set->x_type == RIDGE_FLOAT32)
        RIDGE_TRY(check_finite("x", params->x, set->count, set->features));
    if (!params->y)
        return RIDGE_OK;
    if (set->y_type == RIDGE_INT32)
        return check_labels(set, params->y, params->classes);
    return check_finite("y", params->y, set->count, set->target_size);
}

static void *copy(const void *data, size_t count, size_t size)
{
    void *result = ridge_allocate(count, size);
    if (result)
        memcpy(result, data, count * size);
    return result;
}

static void release(struct storage *storage)
{
    if (!storage || atomic_fetch_sub(&storage->references, 1) != 1)
        return;
    free(storage->x);
    free(storage->y);
    free(storage);
}

static struct storage *store(const ridge_dataset *set, const ridge_dataset_params *params)
{
    struct storage *storage = ridge_allocate(1, sizeof(*storage));
    if (!storage)
        return NULL;
    atomic_init(&storage->references, 1);
    storage->x = copy(params->x, set->count * set->features, ridge_type_size(set->x_type));
    if (storage->x && params->y)
        storage->y = copy(params->y, set->count * set->target_size, ridge_type_size(set->y_type));
    if (!storage->x || (params->y && !storage->y)) {
        release(storage);
        return NULL;
    }
    return storage;
}

ridge_status ridge_dataset_create(const ridge_dataset_params *params, ridge_dataset **dataset)
{
    if (!dataset)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "dataset: expected a pointer, got NULL");
    *dataset = NULL;
    if (!params)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "params: expected a description, got NULL");
    ridge_dataset set = {0};
    RIDGE_TRY(check_features(&set, params));
    RIDGE_TRY(check_targets(&set, params));
    RIDGE_TRY(check_scale(&set, params));
    RIDGE_TRY(check_values(&set, params));

    ridge_dataset *result = ridge_allocate(1, sizeof(*result));
    if (!result)
        return RIDGE_ERROR_MEMORY;
    set.storage = store(&set, params);
    if (!set.storage) {
        free(result);
        return RIDGE_ERROR_MEMORY;
    }
    *result = set;
    *dataset = result;
    return RIDGE_OK;
}

ridge_status ridge_dataset_slice(const ridge_dataset *dataset, size_t first, size_t count,
                                 ridge_dataset **slice)
{
    if (!slice)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "slice: expected a pointer, got NULL");
    *slice = NULL;
    if (!dataset)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "dataset: expected a data set, got NULL");
    if (!count || first >= dataset->count || count > dataset->count - first)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "slice: expected rows of the %zu there are, got %zu from row %zu on",
                          dataset->count, count, first);
    ridge_dataset *result = ridge_allocate(1, sizeof(*result));
    if (!result)
        return RIDGE_ERROR_MEMORY;
    *result = *dataset;
    result->first = dataset->first + first;
    result->count = count;
    atomic_fetch_add(&result->storage->references, 1);
    *slice = result;
    return RIDGE_OK;
}

static ridge_status check_rows(const ridge_dataset *dataset, const size_t *rows, size_t count)
{
    if (!dataset)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "dataset: expected a data set, got NULL");
    if (!rows || !count)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "rows: expected at least 1 row, got none");
    for (size_t i = 0; i < count; i++)
        if (rows[i] >= dataset->count)
            return ridge_fail(RIDGE_ERROR_ARGUMENT,
                              "rows: expected numbers below %zu, which is how many rows there are, "
                              "got %zu as number %zu",
                              dataset->count, rows[i], i);
    return RIDGE_OK;
}

static void *gather(const void *data, size_t first, const size_t *rows, size_t count, size_t size)
{
    char *result = ridge_allocate(count, size);
    for (size_t i = 0; result && i < count; i++)
        memcpy(result + i * size, (const char *)data + (first + rows[i]) * size, size);
    return result;
}

static struct storage *store_rows(const ridge_dataset *set, const size_t *rows, size_t count)
{
    struct storage *storage = ridge_allocate(1, sizeof(*storage));
    if (!storage)
        return NULL;
    const struct storage *source = set->storage;
    atomic_init(&storage->references, 1);
    storage->x =
        gather(source->x, set->first, rows, count, set->features * ridge_type_size(set->x_type));
    if (storage->x && source->y)
        storage->y = gather(source->y, set->first, rows, count,
                            set->target_size * ridge_type_size(set->y_type));
    if (!storage->x || (source->y && !storage->y)) {
        release(storage);
        return NULL;
    }
    return storage;
}

ridge_status ridge_dataset_select(const ridge_dataset *dataset, const size_t *rows, size_t count,
                                  ridge_dataset **selection)
{
    if (!selection)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "selection: expected a pointer, got NULL");
    *selection = NULL;
    RIDGE_TRY(check_rows(dataset, rows, count));
    ridge_dataset *result = ridge_allocate(1, sizeof(*result));
    if (!result)
        return RIDGE_ERROR_MEMORY;
    *result = *dataset;
    result->first = 0;
    result->count = count;
    result->storage = store_rows(dataset, rows, count);
    if (!result->storage) {
        free(result);
        return RIDGE_ERROR_MEMORY;
    }
    *selection = result;
    return RIDGE_OK;
}

void ridge_dataset_destroy(ridge_dataset **dataset)
{
    if (!dataset || !*dataset)
        return;
    release((*dataset)->storage);
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
    size_t row = dataset->features * ridge_type_size(dataset->x_type);
    if (type)
        *type = dataset->x_type;
    return (const char *)dataset->storage->x + dataset->first * row;
}

const void *ridge_dataset_y(const ridge_dataset *dataset, ridge_type *type)
{
    if (!dataset->storage->y)
        return NULL;
    size_t row = dataset->target_size * ridge_type_size(dataset->y_type);
    if (type)
        *type = dataset->y_type;
    return (const char *)dataset->storage->y + dataset->first * row;
}

void ridge_dataset_scale(const ridge_dataset *dataset, float *scale, float *shift)
{
    *scale = dataset->scale;
    *shift = dataset->shift;
}

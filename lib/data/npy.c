// SPDX-License-Identifier: Apache-2.0
// NPY data sets: one file of features and, beside it, one of targets.
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/memory.h"
#include "data/reader.h"
#include "files/numpy.h"

static ridge_status check_features(const struct ridge_npy *x, const char *name)
{
    if (!x->rank)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected rows of features, got a single number",
                          name);
    if (x->type == RIDGE_NPY_INT32 || x->type == RIDGE_NPY_INT64)
        return ridge_fail(RIDGE_ERROR_UNSUPPORTED,
                          "%s: expected features of type <f4, <f8 or |u1, got %s", name,
                          ridge_npy_type_name(x->type));
    return RIDGE_OK;
}

// Targets are [rows], [rows, 1] or, for values, [rows, values].
static ridge_status check_targets(const struct ridge_npy *y, const char *name, size_t rows)
{
    bool values = y->type == RIDGE_NPY_FLOAT32 || y->type == RIDGE_NPY_FLOAT64;
    if (y->rank < 1 || y->rank > 2 || (y->rank == 2 && y->shape[1] != 1 && !values))
        return ridge_fail(RIDGE_ERROR_FORMAT,
                          "%s: expected one label or one row of float values for each row", name);
    if (y->shape[0] != rows)
        return ridge_fail(RIDGE_ERROR_FORMAT, "%s: expected targets for %zu rows, got %zu", name,
                          rows, y->shape[0]);
    return RIDGE_OK;
}

// Beyond float32: infinite, which the data set refuses.
static float narrow(double value)
{
    if (fabs(value) > (double)FLT_MAX)
        return value > 0 ? (float)INFINITY : -(float)INFINITY;
    return (float)value;
}

static float *load_floats(const struct ridge_npy *array)
{
    float *values = ridge_allocate(array->count, sizeof(*values));
    if (values && array->type == RIDGE_NPY_FLOAT32) {
        memcpy(values, array->data, array->count * sizeof(*values));
    } else if (values) {
        for (size_t i = 0; i < array->count; i++) {
            double wide;
            memcpy(&wide, array->data + i * sizeof(wide), sizeof(wide));
            values[i] = narrow(wide);
        }
    }
    return values;
}

static int64_t load_integer(const struct ridge_npy *array, size_t i)
{
    if (array->type == RIDGE_NPY_UINT8)
        return array->data[i];
    if (array->type == RIDGE_NPY_INT32)
        return (int32_t)ridge_load_le(array->data + 4 * i, 4);
    return (int64_t)ridge_load_le(array->data + 8 * i, 8);
}

static ridge_status load_labels(const struct ridge_npy *array, const char *name, int32_t **labels)
{
    *labels = ridge_allocate(array->count, sizeof(**labels));
    if (!*labels)
        return RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < array->count; i++) {
        int64_t label = load_integer(array, i);
        if (label < 0 || label > INT32_MAX)
            return ridge_fail(RIDGE_ERROR_DATA,
                              "%s: row %zu: expected a label from 0 to %d, got %lld", name, i,
                              INT32_MAX, (long long)label);
        (*labels)[i] = (int32_t)label;
    }
    return RIDGE_OK;
}

// Fills in the features; `*owned` is what to free later.
static ridge_status set_features(ridge_dataset_params *params, const struct ridge_npy *x,
                                 float **owned)
{
    params->count = x->shape[0];
    params->shape[0] = 1; // one feature, where the array has one dimension
    for (unsigned d = 1; d < x->rank; d++)
        params->shape[d - 1] = x->shape[d];
    if (x->type == RIDGE_NPY_UINT8) {
        params->x_type = RIDGE_UINT8;
        params->x = x->data;
        return RIDGE_OK;
    }
    params->x = *owned = load_floats(x);
    return *owned ? RIDGE_OK : RIDGE_ERROR_MEMORY;
}

static ridge_status set_targets(ridge_dataset_params *params, const struct ridge_npy *y,
                                const char *name, void **owned)
{
    if (y->type == RIDGE_NPY_FLOAT32 || y->type == RIDGE_NPY_FLOAT64) {
        params->target_size = y->rank == 2 ? y->shape[1] : 1;
        params->y = *owned = load_floats(y);
        return *owned ? RIDGE_OK : RIDGE_ERROR_MEMORY;
    }
    int32_t *labels = NULL;
    ridge_status status = load_labels(y, name, &labels);
    params->y_type = RIDGE_INT32;
    params->y = *owned = labels;
    return status;
}

ridge_status ridge_npy_parse_dataset(const struct ridge_source *features,
                                     const struct ridge_source *targets, ridge_dataset **dataset)
{
    struct ridge_npy x, y;
    RIDGE_TRY(ridge_npy_parse(features->name, features->data, features->size, &x));
    RIDGE_TRY(check_features(&x, features->name));
    if (targets) {
        RIDGE_TRY(ridge_npy_parse(targets->name, targets->data, targets->size, &y));
        RIDGE_TRY(check_targets(&y, targets->name, x.shape[0]));
    }
    ridge_dataset_params params = {0};
    float *x_owned = NULL;
    void *y_owned = NULL;
    ridge_status status = set_features(&params, &x, &x_owned);
    if (status == RIDGE_OK && targets)
        status = set_targets(&params, &y, targets->name, &y_owned);
    if (status == RIDGE_OK) {
        status = ridge_dataset_create(&params, dataset);
        if (status == RIDGE_ERROR_DATA)
            status = ridge_fail_within(status, "%s%s%s", features->name, targets ? ", " : "",
                                       targets ? targets->name : "");
    }
    free(x_owned);
    free(y_owned);
    return status;
}

static bool exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

// NAME_labels.npy beside NAME.npy. NULL with RIDGE_OK when there is none.
static ridge_status find_targets(const char *path, char **found)
{
    struct ridge_text targets = {0};
    size_t length = strlen(path);
    if (length > 4 && strcmp(path + length - 4, ".npy") == 0)
        length -= 4;
    *found = NULL;
    ridge_text_append(&targets, "%.*s_labels.npy", (int)length, path);
    if (!targets.failed && exists(targets.data)) {
        *found = targets.data;
        return RIDGE_OK;
    }
    free(targets.data);
    return targets.failed ? RIDGE_ERROR_MEMORY : RIDGE_OK;
}

// `targets` may be NULL.
static ridge_status read_pair(const char *features, const char *targets, ridge_dataset **dataset)
{
    struct ridge_source x, y = {0};
    RIDGE_TRY(ridge_source_read(features, &x));
    ridge_status status = targets ? ridge_source_read(targets, &y) : RIDGE_OK;
    if (status == RIDGE_OK)
        status = ridge_npy_parse_dataset(&x, targets ? &y : NULL, dataset);
    ridge_source_free(&x);
    ridge_source_free(&y);
    return status;
}

static ridge_status npy_read(const char *path, const ridge_read_params *params,
                             ridge_dataset **dataset)
{
    char *found = NULL;
    if (!path)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "path: expected a file, got NULL");
    if (!params->targets)
        RIDGE_TRY(find_targets(path, &found));
    ridge_status status = read_pair(path, params->targets ? params->targets : found, dataset);
    free(found);
    return status;
}

const struct ridge_data_reader ridge_reader_npy = {
    .name = "npy",
    .help = "NumPy array of features, and NAME_labels.npy beside NAME.npy",
    .read = npy_read,
};

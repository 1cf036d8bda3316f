// SPDX-License-Identifier: Apache-2.0
// Some of the rows of a data set: as a data set of their own, or copied out.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset.h"

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

// Which row of its source a row of the data set is.
static size_t source_row(const ridge_dataset *set, size_t row)
{
    const size_t *rows = set->storage->rows;
    return rows ? rows[set->first + row] : set->first + row;
}

// The rows as they lie in memory, or which ones of the source they are.
static bool store_features(const ridge_dataset *set, const size_t *rows, size_t count,
                           struct ridge_storage *storage)
{
    const struct ridge_storage *from = set->storage;
    if (!from->source) {
        storage->x = gather(from->x, set->first, rows, count, ridge_dataset_row_bytes(set));
        return storage->x != NULL;
    }
    storage->rows = ridge_allocate(count, sizeof(*storage->rows));
    if (!storage->rows)
        return false;
    for (size_t i = 0; i < count; i++)
        storage->rows[i] = source_row(set, rows[i]);
    storage->source = from->source;
    atomic_fetch_add(&storage->source->references, 1);
    return true;
}

static struct ridge_storage *store_rows(const ridge_dataset *set, const size_t *rows, size_t count)
{
    struct ridge_storage *storage = ridge_allocate(1, sizeof(*storage));
    if (!storage)
        return NULL;
    const struct ridge_storage *from = set->storage;
    atomic_init(&storage->references, 1);
    bool stored = store_features(set, rows, count, storage);
    if (stored && from->y)
        storage->y = gather(from->y, set->first, rows, count, ridge_dataset_target_bytes(set));
    if (!stored || (from->y && !storage->y)) {
        ridge_storage_release(storage);
        return NULL;
    }
    storage->skipped = from->skipped;
    storage->names = from->names;
    if (storage->names)
        atomic_fetch_add(&storage->names->references, 1);
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

ridge_status ridge_dataset_read_row(const ridge_dataset *dataset, void *reader, size_t row, void *x,
                                    bool *news)
{
    size_t bytes = ridge_dataset_row_bytes(dataset);
    const struct ridge_storage *storage = dataset->storage;
    *news = false;
    if (storage->source)
        return ridge_row_source_read(storage->source, reader, source_row(dataset, row), x, news);
    memcpy(x, (const char *)storage->x + (dataset->first + row) * bytes, bytes);
    return RIDGE_OK;
}

ridge_status ridge_dataset_rows(const ridge_dataset *dataset, const size_t *rows, size_t count,
                                void *x)
{
    RIDGE_TRY(check_rows(dataset, rows, count));
    if (!x)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "x: expected an array, got NULL");
    struct ridge_row_source *source = dataset->storage->source;
    void *reader = source ? source->class->open(source) : NULL;
    if (source && !reader)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = RIDGE_OK;
    size_t bytes = ridge_dataset_row_bytes(dataset);
    for (size_t i = 0; i < count && !status; i++) {
        bool news = false;
        status = ridge_dataset_read_row(dataset, reader, rows[i], (char *)x + i * bytes, &news);
        if (status && !news)
            ridge_error_set("row %zu could not be read before", rows[i]);
    }
    if (source)
        source->class->close(reader);
    return status;
}

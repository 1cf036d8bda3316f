// SPDX-License-Identifier: Apache-2.0
// K-fold: rows are shuffled, put in order of their classes if wanted, and dealt like cards.
#include <ridge/training.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "network/network.h"

static ridge_status check(const ridge_dataset *dataset, const ridge_fold_params *params)
{
    if (!dataset)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "dataset: expected a data set, got NULL");
    if (!params)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "params: expected a description, got NULL");
    size_t count = ridge_dataset_count(dataset);
    if (count < 2)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "dataset: expected at least 2 rows to divide into folds, got %zu", count);
    if (params->folds < 2 || params->folds > count)
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "folds: expected 2 to %zu, which is how many rows there are, got %zu",
                          count, params->folds);
    if (params->index >= params->folds)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "index: expected one of %zu folds, from 0, got %zu",
                          params->folds, params->index);
    if (params->stratified && !ridge_dataset_classes(dataset))
        return ridge_fail(RIDGE_ERROR_ARGUMENT,
                          "stratified: expected targets that are labels; without them leave it "
                          "false");
    return RIDGE_OK;
}

// Fisher-Yates.
static void shuffle(size_t *rows, size_t count, uint64_t seed)
{
    const ridge_random random = {.seed = seed, .stream = RIDGE_STREAM_FOLD};
    for (size_t i = 0; i < count; i++)
        rows[i] = i;
    for (size_t i = count; i-- > 1;) {
        size_t j = (size_t)(((uint64_t)ridge_random_word(&random, i) * (i + 1)) >> 32);
        size_t row = rows[i];
        rows[i] = rows[j];
        rows[j] = row;
    }
}

// Rows by class, those of a class in the order in which they came: a counting sort.
static ridge_status sort_by_class(const ridge_dataset *dataset, size_t *rows, size_t count)
{
    size_t classes = ridge_dataset_classes(dataset);
    const int32_t *labels = ridge_dataset_y(dataset, NULL);
    size_t *place = ridge_allocate(classes + 1, sizeof(*place));
    size_t *sorted = ridge_allocate(count, sizeof(*sorted));
    ridge_status status = place && sorted ? RIDGE_OK : RIDGE_ERROR_MEMORY;
    if (!status) {
        for (size_t i = 0; i < count; i++)
            place[labels[i] + 1]++;
        for (size_t i = 0; i < classes; i++)
            place[i + 1] += place[i];
        for (size_t i = 0; i < count; i++)
            sorted[place[labels[rows[i]]]++] = rows[i];
        memcpy(rows, sorted, count * sizeof(*rows));
    }
    free(place);
    free(sorted);
    return status;
}

// held[row]: whether the fold holds the row out. Consecutive rows go to consecutive folds, so that
// every stretch of rows, a class among them, is spread as evenly as can be.
static ridge_status deal(const ridge_dataset *dataset, const ridge_fold_params *params, bool *held)
{
    size_t count = ridge_dataset_count(dataset);
    size_t *rows = ridge_allocate(count, sizeof(*rows));
    if (!rows)
        return RIDGE_ERROR_MEMORY;
    shuffle(rows, count, params->seed);
    ridge_status status = params->stratified ? sort_by_class(dataset, rows, count) : RIDGE_OK;
    for (size_t i = params->index; !status && i < count; i += params->folds)
        held[rows[i]] = true;
    free(rows);
    return status;
}

static ridge_status take_part(const ridge_dataset *dataset, const bool *held, bool wanted,
                              ridge_dataset **part)
{
    size_t count = ridge_dataset_count(dataset), selected = 0;
    size_t *rows = ridge_allocate(count, sizeof(*rows));
    if (!rows)
        return RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++)
        if (held[i] == wanted)
            rows[selected++] = i;
    ridge_status status = ridge_dataset_select(dataset, rows, selected, part);
    free(rows);
    return status;
}

ridge_status ridge_dataset_fold(const ridge_dataset *dataset, const ridge_fold_params *params,
                                ridge_dataset **train, ridge_dataset **held_out)
{
    if (!train || !held_out)
        return ridge_fail(RIDGE_ERROR_ARGUMENT, "train, held_out: expected pointers, got NULL");
    *train = NULL;
    *held_out = NULL;
    RIDGE_TRY(check(dataset, params));
    bool *held = ridge_allocate(ridge_dataset_count(dataset), sizeof(*held));
    if (!held)
        return RIDGE_ERROR_MEMORY;
    ridge_status status = deal(dataset, params, held);
    if (!status)
        status = take_part(dataset, held, false, train);
    if (!status)
        status = take_part(dataset, held, true, held_out);
    if (status)
        ridge_dataset_destroy(train);
    free(held);
    return status;
}

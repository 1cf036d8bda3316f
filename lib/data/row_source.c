// SPDX-License-Identifier: Apache-2.0
// Rows that are made when they are needed: references, and rows that cannot be read.
#include "data/row_source.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"

ridge_status ridge_row_source_init(struct ridge_row_source *source,
                                   const struct ridge_row_source_class *class, size_t count)
{
    source->class = class;
    source->count = count;
    atomic_init(&source->references, 1);
    atomic_init(&source->skipped, 0);
    source->broken = ridge_allocate(count, sizeof(*source->broken));
    if (!source->broken)
        return RIDGE_ERROR_MEMORY;
    for (size_t i = 0; i < count; i++)
        atomic_init(&source->broken[i], false);
    return RIDGE_OK;
}

void ridge_row_source_release(struct ridge_row_source *source)
{
    if (!source || atomic_fetch_sub(&source->references, 1) != 1)
        return;
    free(source->broken);
    source->class->destroy(source);
}

ridge_status ridge_row_source_read(struct ridge_row_source *source, void *reader, size_t row,
                                   void *x, bool *news)
{
    *news = false;
    if (source->skips && atomic_load(&source->broken[row]))
        return RIDGE_ERROR_FORMAT;
    ridge_status status = source->class->read(source, reader, row, x);
    if (!status)
        return RIDGE_OK;
    // What is no fault of the file is none of the row either.
    bool fault = status == RIDGE_ERROR_FORMAT || status == RIDGE_ERROR_FILE;
    *news = !fault || !atomic_exchange(&source->broken[row], true);
    if (fault && *news)
        atomic_fetch_add(&source->skipped, 1);
    return status;
}

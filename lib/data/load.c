// SPDX-License-Identifier: Apache-2.0
// A data set that is read row by row, brought into memory by threads.
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/row_pool.h"

#define ROWS_A_REPORT 512

struct load {
    const ridge_dataset *from;
    const ridge_read_params *params;
    struct ridge_row_pool *pool;
    unsigned char *x, *y;
    bool *missing; // by row
};

static void report(const struct load *load, size_t done)
{
    ridge_read_progress progress = {.done = done,
                                    .total = ridge_dataset_count(load->from),
                                    .skipped = ridge_dataset_skipped(load->from)};
    if (load->params->on_progress)
        load->params->on_progress(load->params->context, &progress);
}

static void begin(const struct load *load, size_t first, struct ridge_row_job *job)
{
    size_t count = ridge_dataset_count(load->from), left = count - first;
    *job = (struct ridge_row_job){
        .first = first,
        .count = left < ROWS_A_REPORT ? left : ROWS_A_REPORT,
        .x = load->x + first * ridge_dataset_row_bytes(load->from),
        .missing = load->missing + first,
    };
    if (left)
        ridge_row_pool_begin(load->pool, job);
}

// One job is always ahead of the one that is waited for.
static ridge_status read_rows(const struct load *load)
{
    size_t count = ridge_dataset_count(load->from), next = 0;
    struct ridge_row_job jobs[2];
    ridge_status status = RIDGE_OK;
    begin(load, 0, &jobs[0]);
    for (size_t done = 0, i = 0; done < count && !status; i++) {
        struct ridge_row_job *job = &jobs[i % 2];
        next = done + job->count;
        begin(load, next, &jobs[(i + 1) % 2]);
        status = ridge_row_pool_wait(load->pool, job);
        done = next;
        report(load, done);
    }
    ridge_row_pool_cancel(load->pool);
    return status;
}

// Closes the gaps that missing rows leave. Returns how many rows are left.
static size_t compact(const struct load *load)
{
    size_t count = ridge_dataset_count(load->from), kept = 0;
    size_t bytes = ridge_dataset_row_bytes(load->from);
    size_t target = ridge_dataset_target_bytes(load->from);
    for (size_t i = 0; i < count; i++) {
        if (load->missing[i])
            continue;
        if (kept < i) {
            memcpy(load->x + kept * bytes, load->x + i * bytes, bytes);
            if (load->y)
                memcpy(load->y + kept * target, load->y + i * target, target);
        }
        kept++;
    }
    return kept;
}

static ridge_status make(struct load *load, ridge_dataset **dataset)
{
    const ridge_dataset *from = load->from;
    size_t count = ridge_dataset_count(from);
    struct ridge_dataset_parts parts = {.names = from->storage->names};
    ridge_dataset_params params = {.x_type = from->x_type,
                                   .count = compact(load),
                                   .y_type = from->y_type,
                                   .target_size = load->y ? from->target_size : 0,
                                   .classes = from->classes,
                                   .scale = from->scale,
                                   .shift = from->shift};
    if (!params.count)
        return ridge_fail(RIDGE_ERROR_DATA, "none of the %zu files can be read", count);
    parts.skipped = count - params.count;
    if (parts.skipped)
        ridge_log(RIDGE_LOG_WARNING, "%zu of %zu files were left out", parts.skipped, count);
    memcpy(params.shape, from->shape, sizeof(params.shape));
    parts.x = load->x;
    parts.y = load->y;
    load->x = load->y = NULL;
    if (parts.names)
        atomic_fetch_add(&parts.names->references, 1);
    return ridge_dataset_adopt(&params, &parts, dataset);
}

ridge_status ridge_dataset_load(const ridge_dataset *stream, const ridge_read_params *params,
                                ridge_dataset **dataset)
{
    size_t count = ridge_dataset_count(stream), target = ridge_dataset_target_bytes(stream);
    struct load load = {.from = stream, .params = params};
    load.x = ridge_allocate(count, ridge_dataset_row_bytes(stream));
    load.missing = ridge_allocate(count, sizeof(*load.missing));
    load.y = target ? ridge_allocate(count, target) : NULL;
    ridge_status status = RIDGE_ERROR_MEMORY;
    if (load.x && load.missing && (load.y || !target))
        status = ridge_row_pool_create(stream, &load.pool);
    if (!status && target)
        memcpy(load.y, ridge_dataset_y(stream, NULL), count * target);
    if (!status)
        status = read_rows(&load);
    ridge_row_pool_destroy(&load.pool);
    if (!status)
        status = make(&load, dataset);
    free(load.x);
    free(load.y);
    free(load.missing);
    return status;
}

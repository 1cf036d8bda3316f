// SPDX-License-Identifier: Apache-2.0
// Threads that read rows of a data set ahead of whoever needs them.
#ifndef RIDGE_DATA_ROW_POOL_H
#define RIDGE_DATA_ROW_POOL_H

#include "data/dataset.h"

// Rows to read, one behind the other. What the caller sets must stay until ridge_row_pool_wait or
// ridge_row_pool_cancel has come back.
struct ridge_row_job {
    const uint32_t *order; // row i is row order[first + i] of the data set; NULL: row first + i
    size_t first, count;
    unsigned char *x, *y; // y: their targets, NULL where they are not wanted
    // A row that cannot be read is marked here; NULL: the next row that can takes its place.
    bool *missing;
    // Of the pool:
    size_t next, done; // rows handed out, rows read
    ridge_status status;
    size_t failed; // the first row that failed; its message is the job's
    char *message;
    struct ridge_row_job *following;
};

struct ridge_row_pool;

// Starts threads. The data set must outlive the pool.
ridge_status ridge_row_pool_create(const ridge_dataset *dataset, struct ridge_row_pool **pool);
// Jobs are done in the order in which they are handed over.
void ridge_row_pool_begin(struct ridge_row_pool *pool, struct ridge_row_job *job);
// Waits for a job. Warnings for rows that were left out go to the log from here.
ridge_status ridge_row_pool_wait(struct ridge_row_pool *pool, struct ridge_row_job *job);
// Forgets all jobs that are not done.
void ridge_row_pool_cancel(struct ridge_row_pool *pool);
// NULL is fine.
void ridge_row_pool_destroy(struct ridge_row_pool **pool);

#endif

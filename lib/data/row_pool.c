// SPDX-License-Identifier: Apache-2.0
// Threads that read rows: a queue of jobs, of which each thread takes a few rows at a time.
#include "data/row_pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

#define MOST_WORKERS 256
#define SHARES_A_WORKER 8 // of a job, so that all end at about the same time

struct worker {
    struct ridge_row_pool *pool;
    pthread_t thread;
    void *reader; // the source's
};

struct ridge_row_pool {
    const ridge_dataset *set;
    struct ridge_row_source *source;
    pthread_mutex_t lock; // of all below
    pthread_cond_t work, progress;
    struct ridge_row_job *first, *last; // that have rows to hand out
    size_t active;                      // threads that are reading
    bool ending;
    struct ridge_text notes; // lines for the log

    struct worker *workers;
    size_t count, started;
};

static void note(struct ridge_row_pool *pool, const char *text)
{
    pthread_mutex_lock(&pool->lock);
    ridge_text_append(&pool->notes, "%s\n", text);
    pthread_mutex_unlock(&pool->lock);
}

// The earliest of the rows that fail has the word.
static void fail_row(struct ridge_row_pool *pool, struct ridge_row_job *job, size_t i,
                     ridge_status status)
{
    pthread_mutex_lock(&pool->lock);
    if (!job->status || i < job->failed) {
        free(job->message);
        job->message = ridge_duplicate(ridge_error());
        job->status = status;
        job->failed = i;
    }
    pthread_mutex_unlock(&pool->lock);
}

// Reads row i of a job or one in its place.
static void read_row(const struct worker *worker, struct ridge_row_job *job, size_t i)
{
    struct ridge_row_pool *pool = worker->pool;
    size_t rows = ridge_dataset_count(pool->set), tries = job->missing ? 1 : rows;
    size_t row = job->order ? job->order[job->first + i] : job->first + i;
    size_t bytes = ridge_dataset_row_bytes(pool->set);
    size_t target = ridge_dataset_target_bytes(pool->set);
    for (size_t k = 0; k < tries; k++, row = row + 1 < rows ? row + 1 : 0) {
        bool news;
        ridge_status status =
            ridge_dataset_read_row(pool->set, worker->reader, row, job->x + i * bytes, &news);
        if (!status) {
            const char *y = ridge_dataset_y(pool->set, NULL);
            if (job->y)
                memcpy(job->y + i * target, y + row * target, target);
            return;
        }
        bool fault = status == RIDGE_ERROR_FORMAT || status == RIDGE_ERROR_FILE;
        if (!fault || !pool->source->skips) {
            fail_row(pool, job, i, status);
            return;
        }
        if (news)
            note(pool, ridge_error());
    }
    if (job->missing) {
        job->missing[i] = true;
        return;
    }
    ridge_error_set("none of the %zu rows can be read", rows);
    fail_row(pool, job, i, RIDGE_ERROR_DATA);
}

// The next rows of the first job, from *begin to *end.
static struct ridge_row_job *take(struct ridge_row_pool *pool, size_t *begin, size_t *end)
{
    struct ridge_row_job *job = pool->first;
    size_t share = job->count / (pool->count * SHARES_A_WORKER) + 1, left = job->count - job->next;
    *begin = job->next;
    *end = job->next += share < left ? share : left;
    if (job->next == job->count)
        pool->first = job->following;
    return job;
}

static void *work(void *context)
{
    const struct worker *worker = context;
    struct ridge_row_pool *pool = worker->pool;
    pthread_mutex_lock(&pool->lock);
    while (!pool->ending) {
        if (!pool->first) {
            pthread_cond_wait(&pool->work, &pool->lock);
            continue;
        }
        size_t begin, end;
        struct ridge_row_job *job = take(pool, &begin, &end);
        pool->active++;
        pthread_mutex_unlock(&pool->lock);
        for (size_t i = begin; i < end; i++)
            read_row(worker, job, i);
        pthread_mutex_lock(&pool->lock);
        pool->active--;
        job->done += end - begin;
        if (job->done == job->count || !pool->active)
            pthread_cond_broadcast(&pool->progress);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static size_t worker_count(const struct ridge_row_source *source)
{
    if (!source)
        return 1; // copies
    long processors = source->workers ? 0 : sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = source->workers ? source->workers : processors > 0 ? (size_t)processors : 1;
    return count < MOST_WORKERS ? count : MOST_WORKERS;
}

// Threads take no signals: those are the program's business.
static ridge_status start(struct ridge_row_pool *pool)
{
    ridge_status status = RIDGE_OK;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (size_t i = 0; i < pool->count && !status; i++) {
        struct worker *worker = &pool->workers[i];
        worker->pool = pool;
        if (pool->source && !(worker->reader = pool->source->class->open(pool->source)))
            status = RIDGE_ERROR_MEMORY;
        else if (pthread_create(&worker->thread, NULL, work, worker))
            status = ridge_fail(RIDGE_ERROR_MEMORY, "workers: thread %zu of %zu cannot be started",
                                i + 1, pool->count);
        else
            pool->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

ridge_status ridge_row_pool_create(const ridge_dataset *dataset, struct ridge_row_pool **pool)
{
    *pool = ridge_allocate(1, sizeof(**pool));
    if (!*pool)
        return RIDGE_ERROR_MEMORY;
    struct ridge_row_pool *made = *pool;
    made->set = dataset;
    made->source = ridge_dataset_source(dataset);
    made->count = worker_count(made->source);
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->work, NULL);
    pthread_cond_init(&made->progress, NULL);
    made->workers = ridge_allocate(made->count, sizeof(*made->workers));
    ridge_status status = made->workers ? start(made) : RIDGE_ERROR_MEMORY;
    if (status)
        ridge_row_pool_destroy(pool);
    return status;
}

void ridge_row_pool_begin(struct ridge_row_pool *pool, struct ridge_row_job *job)
{
    job->next = job->done = job->failed = 0;
    job->status = RIDGE_OK;
    job->message = NULL;
    job->following = NULL;
    pthread_mutex_lock(&pool->lock);
    if (pool->first)
        pool->last->following = job;
    else
        pool->first = job;
    pool->last = job;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

// Line by line; the callback is not called under the lock.
static void tell(struct ridge_text *notes)
{
    for (char *line = notes->data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        ridge_log(RIDGE_LOG_WARNING, "left out: %s", line);
    }
    free(notes->data);
}

ridge_status ridge_row_pool_wait(struct ridge_row_pool *pool, struct ridge_row_job *job)
{
    pthread_mutex_lock(&pool->lock);
    while (job->done < job->count)
        pthread_cond_wait(&pool->progress, &pool->lock);
    struct ridge_text notes = pool->notes;
    pool->notes = (struct ridge_text){0};
    pthread_mutex_unlock(&pool->lock);
    tell(&notes);
    if (job->status)
        ridge_error_set("%s", job->message ? job->message : "");
    free(job->message);
    job->message = NULL;
    return job->status;
}

void ridge_row_pool_cancel(struct ridge_row_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->first = NULL;
    while (pool->active)
        pthread_cond_wait(&pool->progress, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void ridge_row_pool_destroy(struct ridge_row_pool **pool)
{
    struct ridge_row_pool *old = *pool;
    if (!old)
        return;
    pthread_mutex_lock(&old->lock);
    old->ending = true;
    pthread_cond_broadcast(&old->work);
    pthread_mutex_unlock(&old->lock);
    for (size_t i = 0; i < old->started; i++)
        pthread_join(old->workers[i].thread, NULL);
    for (size_t i = 0; old->workers && i < old->count; i++)
        if (old->workers[i].reader)
            old->source->class->close(old->workers[i].reader);
    pthread_cond_destroy(&old->work);
    pthread_cond_destroy(&old->progress);
    pthread_mutex_destroy(&old->lock);
    free(old->notes.data);
    free(old->workers);
    free(old);
    *pool = NULL;
}

// SPDX-License-Identifier: Apache-2.0
// A climb: from a few sets of parameters that are good on some device, one value is changed at a
// time, and what is faster is kept. Each try makes CLBlast build its kernels again, which takes a
// driver seconds, so few are made and the first ones count most.
#include "ops/gemm_clblast_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "ops/gemm.h"
#include "ops/gemm_measure.h"
#include "ops/gemm_clblast_tuning.h"

#define MOST_TRIES 512
#define RATED 2       // products that one try is rated by
#define COUNTS 0.01   // logarithm of seconds: what is less may be noise
#define LAST_ROUNDS 3 // of both kernels in turn

// By kernel, in the order of its parameters; a zero line ends them.
static const size_t starts[2][10][RIDGE_TUNING_MOST] = {
    [RIDGE_TUNING_INDIRECT] = {{1, 8, 1, 1, 4, 4, 64, 4, 4, 64, 0, 0, 0, 0, 8, 8},
                               {1, 4, 1, 1, 8, 8, 32, 8, 8, 32, 0, 0, 0, 0, 4, 4},
                               {0, 1, 32, 2, 16, 16, 64, 16, 16, 64, 1, 1, 0, 0, 4, 4},
                               {0, 1, 16, 2, 8, 8, 128, 8, 8, 64, 0, 0, 0, 0, 8, 4},
                               {0, 1, 32, 2, 8, 8, 64, 8, 8, 64, 0, 0, 0, 0, 8, 8},
                               {0, 1, 16, 2, 16, 16, 128, 16, 16, 128, 1, 1, 0, 0, 4, 4},
                               {1, 2, 1, 1, 2, 2, 16, 2, 2, 16, 0, 0, 0, 0, 2, 2}},
    [RIDGE_TUNING_DIRECT] = {{2, 8, 8, 8, 8, 1, 1, 4, 4, 32},
                             {2, 16, 16, 16, 16, 1, 1, 2, 2, 32},
                             {2, 8, 8, 8, 8, 0, 0, 8, 8, 64},
                             {8, 4, 4, 4, 4, 0, 0, 8, 8, 32}},
};

struct search {
    ridge_device *device;
    ridge_tune_product *products;
    size_t count;
    ridge_tune_result *result;
    struct ridge_gemm_measure measure;
    double deadline;                  // of what is going on now
    struct ridge_tuning best, kept;   // kept: from an earlier search
    double *seconds[2];               // of each product by each kernel; infinite: not measured
    size_t rated[RATED], rated_count; // products
    size_t tried[MOST_TRIES][RIDGE_TUNING_MOST];
    size_t tried_count;
};

static double volume(const ridge_gemm_shape *shape)
{
    return (double)shape->m * (double)shape->n * (double)shape->k;
}

// Has CLBlast build what it builds at the first call after an override. The values may be such that
// it cannot.
static ridge_status build(struct search *search)
{
    return ridge_gemm_measure_once(&search->measure, &(ridge_gemm_shape){.m = 1, .n = 1, .k = 1});
}

static ridge_status is_right(struct search *search, bool *right)
{
    return ridge_gemm_measure_right(&search->measure,
                                    ridge_gemm_find(ridge_gemm_providers, "clblast"), right);
}

// Whether the kernel is meant for products of this size, and the product fits into the time.
static bool is_meant(enum ridge_tuning_kernel kernel, const ridge_tune_product *product,
                     double limit)
{
    double size = volume(&product->shape);
    bool large = size >= 256.0 * 256 * 256, small = size <= 512.0 * 512 * 512;
    return product->before <= limit && (kernel == RIDGE_TUNING_INDIRECT ? large : small);
}

// Takes a few of the products that the kernel is meant for, evenly from all of them.
static void choose_rated(struct search *search, enum ridge_tuning_kernel kernel, double limit)
{
    size_t meant = 0, seen = 0;
    for (size_t i = 0; i < search->count; i++)
        meant += is_meant(kernel, &search->products[i], limit);
    size_t wanted = meant < RATED ? meant : RATED;
    search->rated_count = 0;
    for (size_t i = 0; i < search->count; i++)
        if (is_meant(kernel, &search->products[i], limit) &&
            seen++ * wanted / meant == search->rated_count)
            search->rated[search->rated_count++] = i;
}

// Sends all products to one of the two kernels.
static ridge_status force(struct search *search, enum ridge_tuning_kernel kernel)
{
    struct ridge_tuning tuning = {0};
    tuning.values[RIDGE_TUNING_ROUTINE][0] = kernel == RIDGE_TUNING_DIRECT ? 65536 : 0;
    return ridge_tuning_apply(search->device, &tuning, RIDGE_TUNING_ROUTINE);
}

// The mean logarithm of the seconds of the rated products. Infinity where one fails or the first is
// far behind `best` already.
static double rate(struct search *search, double best)
{
    double sum = 0;
    if (build(search) != RIDGE_OK)
        return INFINITY;
    for (size_t i = 0; i < search->rated_count; i++) {
        double seconds;
        if (ridge_gemm_measure_seconds(&search->measure, &search->products[search->rated[i]].shape,
                                       &seconds) != RIDGE_OK)
            return INFINITY;
        sum += log(seconds);
        if (sum / (double)(i + 1) > best + 1)
            return INFINITY;
    }
    return search->rated_count ? sum / (double)search->rated_count : INFINITY;
}

static void log_try(enum ridge_tuning_kernel kernel, const size_t *values, double score, bool right)
{
    struct ridge_tuning tuning = {0};
    struct ridge_text text = {0};
    tuning.set[kernel] = true;
    memcpy(tuning.values[kernel], values, sizeof(tuning.values[kernel]));
    ridge_tuning_write(&tuning, &text);
    const char *verdict = right ? "right" : isfinite(score) ? "wrong" : "far behind";
    if (!text.failed)
        ridge_log(RIDGE_LOG_DEBUG, "tuning: %.3g ms, %s: %.*s", 1e3 * exp(score), verdict,
                  (int)text.length - 1, text.data);
    free(text.data);
}

static bool is_new(struct search *search, const size_t *values)
{
    for (size_t i = 0; i < search->tried_count; i++)
        if (memcmp(search->tried[i], values, sizeof(search->tried[i])) == 0)
            return false;
    if (search->tried_count == MOST_TRIES)
        return false;
    memcpy(search->tried[search->tried_count++], values, sizeof(search->tried[0]));
    return true;
}

// Tries values where they fit, are new and there is time; *better says that they are the best now.
static ridge_status try_values(struct search *search, enum ridge_tuning_kernel kernel,
                               const size_t *values, double *best, bool *better)
{
    struct ridge_tuning tuning = {0};
    *better = false;
    if (ridge_clock() > search->deadline ||
        !ridge_tuning_kernels[kernel].fits(values, &search->device->info) ||
        !is_new(search, values))
        return RIDGE_OK;
    memcpy(tuning.values[kernel], values, sizeof(tuning.values[kernel]));
    search->result->tried++;
    if (ridge_tuning_apply(search->device, &tuning, kernel) != RIDGE_OK) {
        search->result->wrong++;
        return RIDGE_OK;
    }
    double score = rate(search, *best);
    bool right = isfinite(score);
    if (right && score < *best)
        RIDGE_TRY(is_right(search, &right));
    search->result->wrong += !right && isfinite(score);
    log_try(kernel, values, score, right);
    if (!right || !(score < *best))
        return RIDGE_OK;
    *best = score;
    *better = true;
    search->best.set[kernel] = true;
    memcpy(search->best.values[kernel], values, sizeof(tuning.values[kernel]));
    return RIDGE_OK;
}

// The values with parameter p one further up or down its list. What has to stay together does.
static bool change(const struct ridge_tuning_kernel_info *info, size_t *values, size_t p, int by)
{
    const size_t *list = info->parameters[p].values;
    size_t at = 0;
    while (list[at] != RIDGE_TUNING_END && list[at] != values[p])
        at++;
    if (list[at] == RIDGE_TUNING_END || (by < 0 && at == 0) ||
        list[at + (size_t)by] == RIDGE_TUNING_END)
        return false;
    values[p] = list[at + (size_t)by];
    for (size_t i = 0; i < info->count; i++) { // MDIMC with MDIMA, NDIMC with NDIMB
        const char *name = info->parameters[p].name, *other = info->parameters[i].name;
        if (i != p && strncmp(name + 1, "DIM", 3) == 0 && strncmp(name, other, 4) == 0)
            values[i] = values[p];
    }
    return true;
}

static ridge_status climb(struct search *search, enum ridge_tuning_kernel kernel, double *best)
{
    const struct ridge_tuning_kernel_info *info = &ridge_tuning_kernels[kernel];
    for (size_t p = 0, since = 0; since < 2 * info->count && ridge_clock() < search->deadline;
         p = (p + 1) % info->count, since++) {
        for (int by = 1; by >= -1; by -= 2) {
            size_t values[RIDGE_TUNING_MOST];
            bool better;
            memcpy(values, search->best.values[kernel], sizeof(values));
            if (!change(info, values, p, by))
                continue;
            RIDGE_TRY(try_values(search, kernel, values, best, &better));
            if (better)
                since = 0;
        }
    }
    return RIDGE_OK;
}

static void forget(struct search *search, enum ridge_tuning_kernel kernel)
{
    for (size_t i = 0; i < search->count; i++)
        search->seconds[kernel][i] = INFINITY;
}

// The least seconds of all products since they were forgotten. What takes long is left to the
// kernel for large products.
static ridge_status measure_all(struct search *search, enum ridge_tuning_kernel kernel,
                                double limit)
{
    double seconds;
    RIDGE_TRY(force(search, kernel));
    RIDGE_TRY(build(search));
    for (size_t i = 0; i < search->count; i++) {
        if (kernel == RIDGE_TUNING_DIRECT && search->products[i].before > limit)
            continue;
        RIDGE_TRY(
            ridge_gemm_measure_seconds(&search->measure, &search->products[i].shape, &seconds));
        search->seconds[kernel][i] = fmin(search->seconds[kernel][i], seconds);
    }
    return RIDGE_OK;
}

// Searches one kernel. What its own values do has to be known before the first override, which
// cannot be taken back.
static ridge_status search_kernel(struct search *search, enum ridge_tuning_kernel kernel,
                                  double limit)
{
    double least = INFINITY;
    bool better;
    search->tried_count = 0;
    choose_rated(search, kernel, limit);
    forget(search, kernel);
    RIDGE_TRY(measure_all(search, kernel, limit));
    if (!search->rated_count)
        return RIDGE_OK;
    double own = rate(search, INFINITY);
    if (search->kept.set[kernel])
        RIDGE_TRY(try_values(search, kernel, search->kept.values[kernel], &least, &better));
    for (size_t i = 0; starts[kernel][i][1]; i++)
        RIDGE_TRY(try_values(search, kernel, starts[kernel][i], &least, &better));
    if (!search->best.set[kernel])
        return RIDGE_OK;
    RIDGE_TRY(climb(search, kernel, &least));
    ridge_log(RIDGE_LOG_INFO, "tuning: %s is %.2f times as fast as with CLBlast's own parameters",
              ridge_tuning_kernels[kernel].name, exp(own - least));
    RIDGE_TRY(ridge_tuning_apply(search->device, &search->best, kernel));
    search->best.set[kernel] = least < own;
    if (least < own)
        forget(search, kernel);
    return RIDGE_OK;
}

// From which size on the kernel for large products is faster, judged by the products themselves,
// by both kernels in turn.
static ridge_status choose_threshold(struct search *search, double limit)
{
    size_t *values = search->best.values[RIDGE_TUNING_ROUTINE];
    double least = INFINITY;
    for (int round = 0; round < LAST_ROUNDS; round++) {
        RIDGE_TRY(measure_all(search, RIDGE_TUNING_INDIRECT, limit));
        RIDGE_TRY(measure_all(search, RIDGE_TUNING_DIRECT, limit));
    }
    for (size_t t = 0; t <= search->count; t++) {
        // Large are those above product t; with t == count, all.
        size_t size = t < search->count ? (size_t)cbrt(volume(&search->products[t].shape)) + 1 : 0;
        double edge = (double)size * (double)size * (double)size, sum = 0;
        for (size_t i = 0; i < search->count; i++)
            sum += log(search->seconds[volume(&search->products[i].shape) < edge][i]);
        if (sum < least) {
            least = sum;
            values[0] = size;
        }
    }
    double edge = pow((double)values[0], 3);
    for (size_t i = 0; i < search->count; i++)
        search->products[i].after = search->seconds[volume(&search->products[i].shape) < edge][i];
    search->best.set[RIDGE_TUNING_ROUTINE] = true;
    return ridge_tuning_apply(search->device, &search->best, RIDGE_TUNING_ROUTINE);
}

// Keeps what was found, for this device from now on and for later processes.
static void keep(struct search *search)
{
    struct ridge_cache_file file = {0};
    struct ridge_text text = {0};
    ridge_tuning_write(&search->best, &text);
    if (!text.failed && ridge_tuning_file(search->device, &file))
        search->result->stored = ridge_cache_write(&file, text.data, text.length);
    free(search->device->tuning);
    search->device->tuning = text.failed ? NULL : text.data;
    ridge_cache_release(&file);
}

// What an earlier search has kept is where this one begins.
static void read_kept(struct search *search)
{
    struct ridge_cache_file file = {0};
    size_t size;
    char *text = NULL;
    if (ridge_tuning_file(search->device, &file))
        text = (char *)ridge_cache_read(&file, &size);
    if (!text || !ridge_tuning_read(text, &search->device->info, &search->kept))
        search->kept = (struct ridge_tuning){0};
    free(text);
    ridge_cache_release(&file);
}

// As often as what comes after is measured: the least of more is less.
static ridge_status measure_before(const struct search *search, ridge_tune_product *product)
{
    product->before = INFINITY;
    for (int round = 0; round < LAST_ROUNDS; round++) {
        double seconds;
        RIDGE_TRY(ridge_gemm_measure_seconds(&search->measure, &product->shape, &seconds));
        product->before = fmin(product->before, seconds);
    }
    return RIDGE_OK;
}

static ridge_status search_all(struct search *search, double seconds)
{
    double start = ridge_clock(), gain = 0;
    RIDGE_TRY(ridge_gemm_measure_create(&search->measure, search->products, search->count));
    read_kept(search);
    RIDGE_TRY(build(search));
    for (size_t i = 0; i < search->count; i++)
        RIDGE_TRY(measure_before(search, &search->products[i]));
    // What takes so long that few tries fit into the time is left out of them.
    double limit = fmax(seconds / 150, 0.01);
    search->deadline = start + 0.65 * seconds;
    RIDGE_TRY(search_kernel(search, RIDGE_TUNING_INDIRECT, limit));
    search->deadline = start + 0.9 * seconds;
    RIDGE_TRY(search_kernel(search, RIDGE_TUNING_DIRECT, limit));
    RIDGE_TRY(choose_threshold(search, limit));
    bool right;
    RIDGE_TRY(is_right(search, &right));
    for (size_t i = 0; i < search->count; i++)
        gain += log(search->products[i].before / search->products[i].after);
    if (right && gain > COUNTS * (double)search->count)
        keep(search);
    return RIDGE_OK;
}

ridge_status ridge_gemm_clblast_search(ridge_device *device, double seconds,
                                       ridge_tune_product *products, size_t count,
                                       ridge_tune_result *result)
{
    *result = (ridge_tune_result){0};
    struct search *search = ridge_allocate(1, sizeof(*search));
    if (!search)
        return RIDGE_ERROR_MEMORY;
    search->device = device;
    search->measure = (struct ridge_gemm_measure){.device = device, .run = ridge_gemm_clblast};
    search->products = products;
    search->count = count;
    search->result = result;
    for (int k = 0; k < 2; k++)
        search->seconds[k] = ridge_allocate(count, sizeof(double));
    ridge_status status = RIDGE_ERROR_MEMORY;
    if (search->seconds[0] && search->seconds[1])
        status = search_all(search, seconds);
    ridge_gemm_measure_release(&search->measure);
    free(search->seconds[0]);
    free(search->seconds[1]);
    free(search);
    return status;
}

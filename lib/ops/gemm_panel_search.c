// SPDX-License-Identifier: Apache-2.0
// A climb from the defaults: one size is changed at a time, and what is faster over all products is
// kept. Nothing is built for a try, so many fit into a minute.
#include "ops/gemm_panel_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "ops/gemm_measure.h"
#include "ops/gemm_panel_sizes.h"

#define COUNTS 0.01   // logarithm of seconds: what is less may be noise
#define LAST_ROUNDS 3 // in turn, of the defaults and of what was found

struct search {
    struct ridge_gemm_measure measure;
    ridge_tune_product *products;
    size_t count;
    ridge_tune_result *result;
    double deadline;
};

// The mean logarithm of the products' seconds with these sizes.
static ridge_status rate(struct search *search, const struct ridge_panel_sizes *sizes,
                         double *score)
{
    double sum = 0;
    search->measure.device->panel = *sizes;
    for (size_t i = 0; i < search->count; i++) {
        double seconds;
        RIDGE_TRY(
            ridge_gemm_measure_seconds(&search->measure, &search->products[i].shape, &seconds));
        sum += log(seconds);
    }
    *score = sum / (double)search->count;
    return RIDGE_OK;
}

// Tries the neighbour of the best sizes in one parameter.
static ridge_status try_neighbour(struct search *search, const struct ridge_panel_parameter *of,
                                  int by, struct ridge_panel_sizes *best, double *least,
                                  bool *better)
{
    struct ridge_panel_sizes sizes = *best;
    size_t *size = ridge_panel_size(&sizes, of), at = 0;
    double score;
    *better = false;
    while (of->values[at] != *size)
        at++;
    if ((by < 0 && at == 0) || !of->values[at + (size_t)by] || ridge_clock() > search->deadline)
        return RIDGE_OK;
    *size = of->values[at + (size_t)by];
    search->result->tried++;
    RIDGE_TRY(rate(search, &sizes, &score));
    ridge_log(RIDGE_LOG_DEBUG, "tuning: %s=%zu %.3g ms, best %.3g", of->name, *size,
              1e3 * exp(score), 1e3 * exp(*least));
    if (!(score < *least - COUNTS))
        return RIDGE_OK;
    *best = sizes;
    *least = score;
    *better = true;
    return RIDGE_OK;
}

// Until no neighbour is better, or time is up.
static ridge_status climb(struct search *search, struct ridge_panel_sizes *best)
{
    double least;
    bool moved = true;
    RIDGE_TRY(rate(search, best, &least));
    while (moved) {
        moved = false;
        for (const struct ridge_panel_parameter *p = ridge_panel_parameters; p->name; p++) {
            for (int by = 1; by >= -1; by -= 2) {
                bool better = true;
                for (unsigned steps = 0; better; steps++) {
                    RIDGE_TRY(try_neighbour(search, p, by, best, &least, &better));
                    moved |= better;
                }
            }
        }
    }
    return RIDGE_OK;
}

// Seconds of each product, the least of some rounds in turn with the defaults.
static ridge_status compare(struct search *search, const struct ridge_panel_sizes *best)
{
    for (size_t i = 0; i < search->count; i++) {
        ridge_tune_product *product = &search->products[i];
        product->before = product->after = INFINITY;
        for (int round = 0; round < LAST_ROUNDS; round++) {
            double seconds;
            search->measure.device->panel = ridge_panel_defaults;
            RIDGE_TRY(ridge_gemm_measure_seconds(&search->measure, &product->shape, &seconds));
            product->before = fmin(product->before, seconds);
            search->measure.device->panel = *best;
            RIDGE_TRY(ridge_gemm_measure_seconds(&search->measure, &product->shape, &seconds));
            product->after = fmin(product->after, seconds);
        }
    }
    return RIDGE_OK;
}

// Writes them where the next process finds them, or removes what is there: the defaults are as
// good.
static bool keep(const ridge_device *device, const struct ridge_panel_sizes *sizes)
{
    struct ridge_cache_file file = {0};
    struct ridge_text text = {0};
    bool kept = false;
    if (sizes)
        ridge_panel_write(sizes, &text);
    if (!text.failed && ridge_panel_file(device, &file)) {
        if (sizes)
            kept = ridge_cache_write(&file, text.data, text.length);
        else
            ridge_cache_remove(&file);
    }
    free(text.data);
    ridge_cache_release(&file);
    return kept;
}

static ridge_status search_all(struct search *search)
{
    ridge_device *device = search->measure.device;
    struct ridge_panel_sizes before = *ridge_panel_sizes(device), best = ridge_panel_defaults;
    double gain = 0;
    bool right;
    RIDGE_TRY(ridge_gemm_measure_create(&search->measure, search->products, search->count));
    RIDGE_TRY(climb(search, &best));
    RIDGE_TRY(compare(search, &best));
    if (!search->result->tried) { // time was up at once: what was found earlier stays
        device->panel = before;
        return RIDGE_OK;
    }
    RIDGE_TRY(ridge_gemm_measure_right(&search->measure,
                                       ridge_gemm_find(ridge_gemm_providers, "panel"), &right));
    for (size_t i = 0; i < search->count; i++)
        gain += log(search->products[i].before / search->products[i].after);
    search->result->wrong = !right;
    bool gains = right && gain > COUNTS * (double)search->count;
    if (!gains)
        device->panel = ridge_panel_defaults;
    search->result->stored = keep(device, gains ? &best : NULL);
    return RIDGE_OK;
}

ridge_status ridge_gemm_panel_search(ridge_device *device, double seconds,
                                     ridge_tune_product *products, size_t count,
                                     ridge_tune_result *result)
{
    *result = (ridge_tune_result){0};
    struct search search = {
        .measure = {.device = device, .run = ridge_gemm_panel},
        .products = products,
        .count = count,
        .result = result,
        .deadline = ridge_clock() + 0.9 * seconds,
    };
    ridge_status status = search_all(&search);
    if (status)
        device->panel = ridge_panel_defaults;
    ridge_gemm_measure_release(&search.measure);
    return status;
}

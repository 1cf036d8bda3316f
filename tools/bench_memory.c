// SPDX-License-Identifier: Apache-2.0
// The jobs norm and dropout: kernels that memory limits.
#include <stdio.h>

#include "bench.h"
#include "command.h"

#define ELEMENTS ((size_t)64 << 20) // 256 MiB

struct streams {
    ridge_tensor x, y;
};

static bool report(struct bench *bench, const char *job, const char *what, double bytes,
                   const struct timing *seconds)
{
    double bandwidth = bench_bandwidth(bench);
    double rate = bytes / seconds->median;
    if (bandwidth <= 0)
        return false;
    if (!bench->json) {
        printf("%s\n  %.1f GB/s  (%.1f to %.1f), %.0f %% of the %.1f GB/s that this device reads "
               "or copies\n",
               what, rate / 1e9, bytes / seconds->upper / 1e9, bytes / seconds->lower / 1e9,
               100 * rate / bandwidth, bandwidth / 1e9);
        return true;
    }
    cJSON *object = bench_object(bench, job);
    cJSON_AddNumberToObject(object, "GB_per_second", rate / 1e9);
    cJSON_AddNumberToObject(object, "GB_per_second_lower_quartile", bytes / seconds->upper / 1e9);
    cJSON_AddNumberToObject(object, "GB_per_second_upper_quartile", bytes / seconds->lower / 1e9);
    cJSON_AddNumberToObject(object, "share_of_bandwidth", rate / bandwidth);
    cJSON_AddNumberToObject(object, "bandwidth_GB_per_second", bandwidth / 1e9);
    print_json(object);
    return true;
}

static ridge_status step_norm(struct bench *bench, void *context)
{
    const struct streams *streams = context;
    return ridge_reduce(ridge_device_launcher(bench->device), RIDGE_NORM, streams->x, streams->y);
}

static ridge_status step_dropout(struct bench *bench, void *context)
{
    const struct streams *streams = context;
    const ridge_random random = {.seed = 1};
    return ridge_dropout_apply(ridge_device_launcher(bench->device), 0.5f, &random, streams->x,
                               streams->y, false);
}

static bool measure(struct bench *bench, bench_step *step, size_t outputs, struct timing *seconds)
{
    struct streams streams = {0};
    bool measured = bench_numbers(bench, ELEMENTS, 1, &streams.x) &&
                    bench_numbers(bench, outputs, 2, &streams.y) &&
                    bench_measure(bench, step, &streams, seconds);
    ridge_tensor_destroy(bench->device, &streams.x);
    ridge_tensor_destroy(bench->device, &streams.y);
    return measured;
}

bool bench_norm(struct bench *bench)
{
    struct timing seconds;
    return measure(bench, step_norm, 1, &seconds) &&
           report(bench, "norm", "norm, Frobenius, of 256 MiB", (double)(ELEMENTS * sizeof(float)),
                  &seconds);
}

bool bench_dropout(struct bench *bench)
{
    struct timing seconds;
    return measure(bench, step_dropout, ELEMENTS, &seconds) &&
           report(bench, "dropout", "dropout, 64 Mi floats, read and written",
                  (double)(2 * ELEMENTS * sizeof(float)), &seconds);
}

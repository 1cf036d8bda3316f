// SPDX-License-Identifier: Apache-2.0
// Rounds, quartiles and the two ceilings.
#include "bench.h"

#include <stdlib.h>

#include "messages.h"

#define ROUNDS 11
#define ROUND_SECONDS 0.05 // thousands of the clock's grains and of one wait for the device
#define CEILING_BYTES ((size_t)256 << 20)

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct timing bench_quartiles(double *seconds, size_t rounds)
{
    qsort(seconds, rounds, sizeof(*seconds), compare);
    return (struct timing){seconds[rounds / 4], seconds[rounds / 2], seconds[3 * rounds / 4]};
}

// Seconds of `repetitions`; negative after a message.
static double time_round(struct bench *bench, bench_step *step, void *context, size_t repetitions)
{
    double start = seconds_now();
    for (size_t i = 0; i < repetitions; i++) {
        if (step(bench, context)) {
            fail_library();
            return -1;
        }
    }
    if (ridge_device_finish(bench->device)) {
        fail_library();
        return -1;
    }
    return seconds_now() - start;
}

bool bench_measure(struct bench *bench, bench_step *step, void *context, struct timing *timing)
{
    // The first round builds kernels, the second shows how long a repetition takes.
    if (time_round(bench, step, context, 1) < 0)
        return false;
    double once = time_round(bench, step, context, 1);
    if (once < 0)
        return false;
    size_t repetitions = once < ROUND_SECONDS ? (size_t)(ROUND_SECONDS / (once + 1e-6)) + 1 : 1;
    double seconds[ROUNDS];
    for (size_t round = 0; round < ROUNDS; round++) {
        seconds[round] = time_round(bench, step, context, repetitions) / (double)repetitions;
        if (seconds[round] < 0)
            return false;
    }
    *timing = bench_quartiles(seconds, ROUNDS);
    return true;
}

bool bench_numbers(struct bench *bench, size_t count, uint32_t stream, ridge_tensor *tensor)
{
    float *values = allocate(count, sizeof(*values));
    // A cheap sequence without structure: nothing here depends on good randomness.
    uint32_t state = 0x9e3779b9u + stream;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = ((float)(state >> 8) + 0.5f) * 0x1p-24f;
    }
    bool made = !ridge_tensor_create(bench->device, RIDGE_FLOAT32, RIDGE_SHAPE(count), tensor) &&
                !ridge_tensor_write(bench->device, *tensor, values);
    free(values);
    if (!made)
        fail_library();
    return made;
}

struct pair {
    ridge_tensor x, y;
};

static ridge_status step_copy(struct bench *bench, void *context)
{
    const struct pair *pair = context;
    return ridge_copy(ridge_device_launcher(bench->device), pair->x, pair->y);
}

static ridge_status step_sum(struct bench *bench, void *context)
{
    const struct pair *pair = context;
    return ridge_reduce(ridge_device_launcher(bench->device), RIDGE_SUM, pair->x,
                        ridge_tensor_rows(pair->y, 0, 1));
}

double bench_bandwidth(struct bench *bench)
{
    if (bench->ceilings.bytes_per_second > 0)
        return bench->ceilings.bytes_per_second;
    struct pair pair = {0};
    struct timing copy, sum;
    size_t count = CEILING_BYTES / sizeof(float);
    if (bench_numbers(bench, count, 1, &pair.x) && bench_numbers(bench, count, 2, &pair.y) &&
        bench_measure(bench, step_copy, &pair, &copy) &&
        bench_measure(bench, step_sum, &pair, &sum)) {
        double copying = 2 * (double)CEILING_BYTES / copy.lower;
        double reading = (double)CEILING_BYTES / sum.lower;
        bench->ceilings.bytes_per_second = copying > reading ? copying : reading;
    }
    ridge_tensor_destroy(bench->device, &pair.x);
    ridge_tensor_destroy(bench->device, &pair.y);
    return bench->ceilings.bytes_per_second;
}

double bench_limit(const struct bench *bench, double bytes, double operations)
{
    double moving = bytes / bench->ceilings.bytes_per_second;
    double computing = operations / bench->ceilings.flops_per_second;
    return moving > computing ? moving : computing;
}

cJSON *bench_object(const struct bench *bench, const char *job)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "job", job);
    char *peer = print_text("ridge %s", ridge_version());
    cJSON_AddStringToObject(object, "peer", peer);
    free(peer);
    cJSON_AddStringToObject(object, "device", ridge_device_get_info(bench->device)->name);
    return object;
}

void bench_add_timing(cJSON *object, const char *name, const struct timing *timing, double times)
{
    char *lower = print_text("%s_lower_quartile", name);
    char *upper = print_text("%s_upper_quartile", name);
    cJSON_AddNumberToObject(object, name, timing->median * times);
    cJSON_AddNumberToObject(object, lower, timing->lower * times);
    cJSON_AddNumberToObject(object, upper, timing->upper * times);
    free(lower);
    free(upper);
}

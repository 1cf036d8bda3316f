// SPDX-License-Identifier: Apache-2.0
// The job scaling: how the time of a training step grows with batch and width, and how near each
// part of it comes to its limit.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "command.h"

#define ROWS 2048 // larger batches draw them again

static const struct point {
    size_t width, batch, rounds;
} points[] = {
    {800, 1, 15},   {800, 8, 15},  {800, 32, 15},  {800, 128, 15}, {800, 512, 9},  {800, 2048, 5},
    {800, 8192, 7}, {16, 128, 15}, {128, 128, 15}, {512, 128, 15}, {2048, 128, 9}, {8192, 128, 5},
};
#define POINTS (sizeof(points) / sizeof(points[0]))

// What a step is made of, by the programs of its launches. The rest of a step, which no kernel
// takes, is that of launching.
static const struct part {
    const char *name;
    const char *programs[4];
} parts[] = {
    {"products", {"gemm_panel", "gemm_clblast", "gemm_plain"}},
    {"dropout", {"dropout"}},
    {"activation", {"activation", "bias"}},
    {"update", {"update"}},
    {"loss", {"loss", "cross_entropy", "metrics"}},
    {"gather", {"gather"}},
    {"others", {NULL}},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

struct sums {
    double seconds, limit;
};

static size_t part_of(const ridge_profile_launch *launch)
{
    for (size_t i = 0; launch->program && i + 1 < PARTS; i++)
        for (size_t j = 0; j < 4 && parts[i].programs[j]; j++)
            if (strcmp(parts[i].programs[j], launch->program) == 0)
                return i;
    return launch->program ? PARTS - 1 : 0; // a library's call is a product
}

static bool measure(const struct bench *bench, const ridge_dataset *images,
                    const struct point *point, ridge_profile *profile)
{
    ridge_network *network = bench_mlp(bench->device, point->width, point->batch);
    if (!network)
        return false;
    ridge_status status =
        ridge_profile_step(network, images, ridge_profile_params(.rounds = point->rounds), profile);
    if (status)
        fail_library();
    ridge_network_destroy(&network);
    return !status;
}

// Before and after all points: other programs on the machine may have slowed either.
static bool raise_ceilings(struct bench *bench)
{
    struct ceilings before = bench->ceilings;
    bench->ceilings = (struct ceilings){0};
    if (bench_bandwidth(bench) <= 0 || bench_peak(bench) <= 0)
        return false;
    struct ceilings *now = &bench->ceilings;
    now->bytes_per_second = fmax(now->bytes_per_second, before.bytes_per_second);
    now->flops_per_second = fmax(now->flops_per_second, before.flops_per_second);
    return true;
}

// Returns the seconds that lie between the launches.
static double sum_up(const struct bench *bench, const ridge_profile *profile,
                     struct sums sums[PARTS])
{
    double rest = profile->timed;
    memset(sums, 0, PARTS * sizeof(*sums));
    for (size_t i = 0; i < profile->count; i++) {
        const ridge_profile_launch *launch = &profile->launches[i];
        struct sums *sum = &sums[part_of(launch)];
        sum->seconds += launch->seconds;
        sum->limit += bench_limit(bench, (double)launch->bytes, (double)launch->operations);
        rest -= launch->seconds;
    }
    return fmax(rest, 0);
}

static void print_head(const struct ceilings *ceilings)
{
    printf(
        "scaling, 784-WIDTH-WIDTH-10 with dropout, SGD with momentum, L2: ms a step, and of each\n"
        "part its share of that and, behind the @, how much of its limit it reaches, in %%\n"
        "limits: %.1f GB/s, %.1f GFLOP/s\n",
        ceilings->bytes_per_second / 1e9, ceilings->flops_per_second / 1e9);
    printf("%6s %6s %9s", "width", "batch", "ms");
    for (size_t i = 0; i < PARTS; i++)
        printf(" %10s", parts[i].name);
    printf(" %10s\n", "launching");
}

static void print_point(const struct bench *bench, const struct point *point,
                        const ridge_profile *profile)
{
    struct sums sums[PARTS];
    double launching = sum_up(bench, profile, sums);
    printf("%6zu %6zu %9.3f", point->width, point->batch, 1e3 * profile->step);
    for (size_t i = 0; i < PARTS; i++) {
        char text[32] = "-";
        if (sums[i].seconds > 0)
            snprintf(text, sizeof(text), "%.1f @%.0f", 100 * sums[i].seconds / profile->timed,
                     100 * sums[i].limit / sums[i].seconds);
        printf(" %10s", text);
    }
    printf(" %10.1f\n", 100 * launching / profile->timed);
}

static void print_object(const struct bench *bench, const struct point *point,
                         const ridge_profile *profile)
{
    struct sums sums[PARTS];
    double launching = sum_up(bench, profile, sums);
    cJSON *object = bench_object(bench, "scaling");
    cJSON_AddNumberToObject(object, "width", (double)point->width);
    cJSON_AddNumberToObject(object, "batch", (double)point->batch);
    cJSON_AddNumberToObject(object, "ms_per_step", 1e3 * profile->step);
    cJSON *shares = cJSON_AddObjectToObject(object, "share_of_step");
    cJSON *limits = cJSON_AddObjectToObject(object, "share_of_limit");
    for (size_t i = 0; i < PARTS; i++) {
        if (sums[i].seconds <= 0)
            continue;
        cJSON_AddNumberToObject(shares, parts[i].name, sums[i].seconds / profile->timed);
        cJSON_AddNumberToObject(limits, parts[i].name, sums[i].limit / sums[i].seconds);
    }
    cJSON_AddNumberToObject(shares, "launching", launching / profile->timed);
    cJSON_AddNumberToObject(object, "bandwidth_GB_per_second",
                            bench->ceilings.bytes_per_second / 1e9);
    cJSON_AddNumberToObject(object, "peak_GFLOP_per_second",
                            bench->ceilings.flops_per_second / 1e9);
    print_json(object);
}

bool bench_scaling(struct bench *bench)
{
    ridge_profile profiles[POINTS] = {0};
    ridge_dataset *images = bench_images(ROWS);
    bool done = images && raise_ceilings(bench);
    for (size_t i = 0; i < POINTS && done; i++) {
        say_progress("width %zu, batch %zu", points[i].width, points[i].batch);
        done = measure(bench, images, &points[i], &profiles[i]);
    }
    end_progress();
    done = done && raise_ceilings(bench);
    if (done && !bench->json)
        print_head(&bench->ceilings);
    for (size_t i = 0; i < POINTS; i++) {
        if (done && bench->json)
            print_object(bench, &points[i], &profiles[i]);
        else if (done)
            print_point(bench, &points[i], &profiles[i]);
        ridge_profile_clear(&profiles[i]);
    }
    ridge_dataset_destroy(&images);
    return done;
}

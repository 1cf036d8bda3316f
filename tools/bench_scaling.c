// SPDX-License-Identifier: Apache-2.0
// The job scaling: how the time of a training step grows with batch and width, and how near each
// part of it comes to its limit.
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "command.h"

#define ROWS 2048 // larger batches draw them again

static const struct point {
    size_t width, batch, rounds;
} points[] = {
    {800, 1, 15},   {800, 8, 15},  {800, 32, 15},  {800, 128, 15}, {800, 512, 9},  {800, 2048, 5},
    {800, 8192, 3}, {16, 128, 15}, {128, 128, 15}, {512, 128, 15}, {2048, 128, 9}, {8192, 128, 3},
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
    {"update", {"update", "max_norm"}},
    {"loss", {"loss", "cross_entropy", "metrics"}},
    {"gather", {"gather"}},
    {"others", {NULL}},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

struct sums {
    double seconds, limit;
};

struct measured {
    struct sums sums[PARTS];
    double step, timed; // seconds, see ridge_profile
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
                    const struct point *point, struct measured *measured)
{
    ridge_profile profile = {0};
    ridge_network *network = bench_mlp(bench->device, point->width, point->batch);
    if (!network)
        return false;
    ridge_status status = ridge_profile_step(
        network, images, ridge_profile_params(.rounds = point->rounds), &profile);
    if (status)
        fail_library();
    *measured = (struct measured){.step = profile.step, .timed = profile.timed};
    for (size_t i = 0; i < profile.count; i++) {
        const ridge_profile_launch *launch = &profile.launches[i];
        struct sums *sum = &measured->sums[part_of(launch)];
        sum->seconds += launch->seconds;
        sum->limit += bench_limit(bench, (double)launch->bytes, (double)launch->operations);
    }
    ridge_profile_clear(&profile);
    ridge_network_destroy(&network);
    return !status;
}

static double launching(const struct measured *measured)
{
    double rest = measured->timed;
    for (size_t i = 0; i < PARTS; i++)
        rest -= measured->sums[i].seconds;
    return rest > 0 ? rest : 0;
}

static void print_head(void)
{
    printf(
        "scaling, 784-WIDTH-WIDTH-10 with dropout, SGD with momentum, L2: ms a step, and of each\n"
        "part its share of that and, behind the @, how much of its limit it reaches, in %%\n"
        "%6s %6s %9s",
        "width", "batch", "ms");
    for (size_t i = 0; i < PARTS; i++)
        printf(" %10s", parts[i].name);
    printf(" %10s\n", "launching");
}

static void print_point(const struct point *point, const struct measured *measured)
{
    printf("%6zu %6zu %9.3f", point->width, point->batch, 1e3 * measured->step);
    for (size_t i = 0; i < PARTS; i++) {
        const struct sums *sum = &measured->sums[i];
        char text[32] = "-";
        if (sum->seconds > 0)
            snprintf(text, sizeof(text), "%.1f @%.0f", 100 * sum->seconds / measured->timed,
                     100 * sum->limit / sum->seconds);
        printf(" %10s", text);
    }
    printf(" %10.1f\n", 100 * launching(measured) / measured->timed);
}

static void print_object(const struct bench *bench, const struct point *point,
                         const struct measured *measured)
{
    cJSON *object = bench_object(bench, "scaling");
    cJSON_AddNumberToObject(object, "width", (double)point->width);
    cJSON_AddNumberToObject(object, "batch", (double)point->batch);
    cJSON_AddNumberToObject(object, "ms_per_step", 1e3 * measured->step);
    cJSON *shares = cJSON_AddObjectToObject(object, "share_of_step");
    cJSON *limits = cJSON_AddObjectToObject(object, "share_of_limit");
    for (size_t i = 0; i < PARTS; i++) {
        const struct sums *sum = &measured->sums[i];
        if (sum->seconds <= 0)
            continue;
        cJSON_AddNumberToObject(shares, parts[i].name, sum->seconds / measured->timed);
        cJSON_AddNumberToObject(limits, parts[i].name, sum->limit / sum->seconds);
    }
    cJSON_AddNumberToObject(shares, "launching", launching(measured) / measured->timed);
    print_json(object);
}

bool bench_scaling(struct bench *bench)
{
    if (bench_bandwidth(bench) <= 0 || bench_peak(bench) <= 0)
        return false;
    ridge_dataset *images = bench_images(ROWS);
    bool done = images != NULL;
    if (done && !bench->json)
        print_head();
    for (size_t i = 0; i < POINTS && done; i++) {
        struct measured measured;
        done = measure(bench, images, &points[i], &measured);
        if (done && bench->json)
            print_object(bench, &points[i], &measured);
        else if (done)
            print_point(&points[i], &measured);
        fflush(stdout);
    }
    ridge_dataset_destroy(&images);
    return done;
}

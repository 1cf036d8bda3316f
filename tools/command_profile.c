// SPDX-License-Identifier: Apache-2.0
// ridge profile: a training step of an experiment launch by launch, beside what the device could
// do.
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "command.h"
#include "experiment.h"

// Sums over the launches of a step; `limit` is how long they would take at the ceilings.
struct sums {
    double seconds, limit;
    double bytes, operations;
};

static double limit_of(const struct bench *bench, const ridge_profile_launch *launch)
{
    return bench_limit(bench, (double)launch->bytes, (double)launch->operations);
}

static struct sums sum_up(const struct bench *bench, const ridge_profile *profile)
{
    struct sums sums = {0};
    for (size_t i = 0; i < profile->count; i++) {
        const ridge_profile_launch *launch = &profile->launches[i];
        sums.seconds += launch->seconds;
        sums.limit += limit_of(bench, launch);
        sums.bytes += (double)launch->bytes;
        sums.operations += (double)launch->operations;
    }
    return sums;
}

static double share(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

static void print_line(const char *const names[3], const struct sums *of, double step)
{
    printf("%-14s %-9s %-18s %9.1f %5.1f %9.3f %10.3f %6.0f\n", names[0], names[1], names[2],
           1e6 * of->seconds, 100 * share(of->seconds, step), of->bytes / 1e6, of->operations / 1e6,
           100 * share(of->limit, of->seconds));
}

static void print_table(const struct bench *bench, const ridge_profile *profile)
{
    struct sums all = sum_up(bench, profile);
    printf("%-14s %-9s %-18s %9s %5s %9s %10s %6s\n", "layer", "phase", "kernel", "us", "%", "MB",
           "Mflop", "limit%");
    for (size_t i = 0; i < profile->count; i++) {
        const ridge_profile_launch *launch = &profile->launches[i];
        const char *names[] = {launch->layer ? launch->layer : "", launch->phase, launch->kernel};
        struct sums one = {launch->seconds, limit_of(bench, launch), (double)launch->bytes,
                           (double)launch->operations};
        print_line(names, &one, all.seconds);
    }
    char text[32];
    snprintf(text, sizeof(text), "%zu launches", profile->count);
    print_line((const char *const[]){"all", "", text}, &all, all.seconds);
    double rest = profile->timed - all.seconds, count = (double)profile->count;
    printf("a step of %zu rows: %.1f us timed, of which %.1f us lie between the launches, %.2f us "
           "each; %.1f us undivided\n",
           profile->batch, 1e6 * profile->timed, 1e6 * rest, 1e6 * rest / count,
           1e6 * profile->step);
    printf("host: %.2f us a launch; limits: %.1f GB/s, %.1f GFLOP/s\n", 1e6 * profile->host,
           bench->ceilings.bytes_per_second / 1e9, bench->ceilings.flops_per_second / 1e9);
}

static void print_objects(const struct bench *bench, const ridge_profile *profile)
{
    for (size_t i = 0; i < profile->count; i++) {
        const ridge_profile_launch *launch = &profile->launches[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "layer", launch->layer ? launch->layer : "");
        cJSON_AddStringToObject(object, "phase", launch->phase);
        cJSON_AddStringToObject(object, "program", launch->program ? launch->program : "");
        cJSON_AddStringToObject(object, "kernel", launch->kernel);
        cJSON_AddNumberToObject(object, "seconds", launch->seconds);
        cJSON_AddNumberToObject(object, "bytes", (double)launch->bytes);
        cJSON_AddNumberToObject(object, "operations", (double)launch->operations);
        cJSON_AddNumberToObject(object, "share_of_limit",
                                share(limit_of(bench, launch), launch->seconds));
        print_json(object);
    }
    struct sums all = sum_up(bench, profile);
    cJSON *object = bench_object(bench, "profile");
    cJSON_AddNumberToObject(object, "batch", (double)profile->batch);
    cJSON_AddNumberToObject(object, "launches", (double)profile->count);
    cJSON_AddNumberToObject(object, "seconds", all.seconds);
    cJSON_AddNumberToObject(object, "bytes", all.bytes);
    cJSON_AddNumberToObject(object, "operations", all.operations);
    cJSON_AddNumberToObject(object, "share_of_limit", share(all.limit, all.seconds));
    cJSON_AddNumberToObject(object, "seconds_timed", profile->timed);
    cJSON_AddNumberToObject(object, "seconds_undivided", profile->step);
    cJSON_AddNumberToObject(object, "host_seconds_per_launch", profile->host);
    cJSON_AddNumberToObject(object, "bandwidth_GB_per_second",
                            bench->ceilings.bytes_per_second / 1e9);
    cJSON_AddNumberToObject(object, "peak_GFLOP_per_second",
                            bench->ceilings.flops_per_second / 1e9);
    print_json(object);
}

static int profile_network(struct bench *bench, ridge_network *network, const ridge_dataset *rows,
                           size_t batch)
{
    if (bench_bandwidth(bench) <= 0 || bench_peak(bench) <= 0)
        return STATUS_FAILED;
    ridge_profile profile;
    if (ridge_profile_step(network, rows, ridge_profile_params(.batch = batch), &profile))
        return fail_library();
    if (bench->json)
        print_objects(bench, &profile);
    else
        print_table(bench, &profile);
    ridge_profile_clear(&profile);
    return STATUS_DONE;
}

static int profile(const struct experiment *experiment, const char *selector, size_t batch,
                   bool json)
{
    struct experiment_data data = {0};
    struct bench bench = {.json = json};
    ridge_network *network = NULL;
    int status = STATUS_FAILED;
    if (experiment_load(experiment, &data) && (bench.device = open_device(selector)) &&
        (network = experiment_build(experiment, bench.device, data.train)))
        status = profile_network(&bench, network, data.train, batch);
    ridge_network_destroy(&network);
    ridge_device_close(&bench.device);
    experiment_data_clear(&data);
    return status;
}

int command_profile(int argc, char **argv)
{
    struct text_list changes = {0};
    const char *device = NULL;
    size_t batch = 0;
    bool json = false;
    const struct option_row options[] = {
        {"batch", OPTION_COUNT, &batch, "N", "rows of the step, instead of the file's"},
        {"set", OPTION_LIST, &changes, "KEY=VALUE", "change the experiment: network.1.rate=0.3"},
        {"device", OPTION_TEXT, &device, "D", "1:0, gpu, cpu or part of a name"},
        {"json", OPTION_FLAG, &json, NULL, "one object per launch and line, then one for all"},
        {0},
    };
    const struct usage usage = {
        "ridge profile",
        "FILE.yaml",
        "Prints where the time of an experiment's training step goes, launch by launch: time,\n"
        "its share of all launches, bytes and floating-point operations that it takes at least,\n"
        "and how near it comes to the limit: the time for these at the rates that `ridge bench`\n"
        "measures for memory and for products. What a cache holds can be faster than that.\n"
        "Times are medians of device events, from start to end of a kernel.",
        1,
        1,
        options};
    char **arguments;
    size_t count;
    int status = options_parse(&usage, argc, argv, &arguments, &count);
    if (status == OPTIONS_PARSED) {
        struct experiment experiment;
        status = experiment_read(arguments[0], &changes, &experiment)
                     ? profile(&experiment, device, batch, json)
                     : STATUS_FAILED;
        experiment_clear(&experiment);
    }
    free(changes.items);
    return status;
}

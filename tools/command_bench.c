// SPDX-License-Identifier: Apache-2.0
// ridge bench: jobs whose results stand beside those of other libraries.
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "command.h"

static const struct job {
    const char *name;
    bench_job *run;
} jobs[] = {
    {"gemm", bench_gemm},
    {"conv", bench_conv},
    {"norm", bench_norm},
    {"dropout", bench_dropout},
    {"batch-norm", bench_batch_norm},
    {"update", bench_update},
    {"augment", bench_augment},
    {"launch", bench_launch},
    {"moons", bench_moons},
    {"mnist-mlp", bench_mnist_mlp},
    {"mnist-cnn", bench_mnist_cnn},
    {"start", bench_start},
    {"scaling", bench_scaling},
    {"stream", bench_stream},
    {0},
};

static const struct job *find_job(const char *name)
{
    for (const struct job *job = jobs; job->name; job++)
        if (strcmp(job->name, name) == 0)
            return job;
    return NULL;
}

static int run_jobs(struct bench *bench, char **names, size_t count)
{
    const ridge_device_info *info = ridge_device_get_info(bench->device);
    say("%s, %u units at %u MHz, %s; walk %s, products by %s; medians with quartiles", info->name,
        info->compute_units, info->clock_mhz, info->version, ridge_device_walk(bench->device),
        ridge_device_gemm(bench->device));
    for (const struct job *job = jobs; job->name; job++) {
        bool wanted = count == 0;
        for (size_t i = 0; i < count; i++)
            wanted = wanted || strcmp(names[i], job->name) == 0;
        if (wanted && !job->run(bench))
            return STATUS_FAILED;
        fflush(stdout);
    }
    return STATUS_DONE;
}

int command_bench(int argc, char **argv)
{
    struct bench bench = {0};
    const char *device = NULL;
    bool first_step = false;
    const struct option_row options[] = {
        {"device", OPTION_TEXT, &device, "D", "1:0, gpu, cpu or part of a name"},
        {"json", OPTION_FLAG, &bench.json, NULL, "one object per job and line"},
        {"first-step", OPTION_FLAG, &first_step, NULL, "only train one step: what `start` times"},
        {0},
    };
    const struct usage usage = {
        "ridge bench",
        "[JOB]...",
        "Measures this device; all jobs, or those named: gemm conv norm dropout batch-norm\n"
        "update augment launch moons mnist-mlp mnist-cnn start scaling stream.\n"
        "Each is warmed up and repeated; what is printed is the median and the quartiles.",
        0,
        SIZE_MAX,
        options};
    char **names;
    size_t count;
    int status = options_parse(&usage, argc, argv, &names, &count);
    if (status != OPTIONS_PARSED)
        return status;
    if (first_step)
        return bench_first_step(device);
    for (size_t i = 0; i < count; i++)
        if (!find_job(names[i]))
            return options_refuse(&usage, "unknown job '%s'", names[i]);
    bench.device = open_device(device);
    if (!bench.device)
        return STATUS_FAILED;
    status = run_jobs(&bench, names, count);
    ridge_device_close(&bench.device);
    return status;
}

// SPDX-License-Identifier: Apache-2.0
// Measuring: medians of repeated rounds after a warm-up, and the two ceilings of a device.
#ifndef RIDGE_TOOLS_BENCH_H
#define RIDGE_TOOLS_BENCH_H

#include <cjson/cJSON.h>
#include <ridge/ridge.h>
#include <stdbool.h>

// Seconds of one repetition: median and quartiles over the rounds.
struct timing {
    double lower, median, upper;
};

// What this device can do at most, as far as ridge's own kernels find out. 0: not measured yet.
struct ceilings {
    double bytes_per_second; // the better of reading and of copying 256 MiB
    double flops_per_second; // the fastest product
};

struct bench {
    ridge_device *device;
    bool json;
    struct ceilings ceilings;
};

// A job prints its results; false after a message.
typedef bool bench_job(struct bench *bench);
bench_job bench_gemm, bench_norm, bench_dropout, bench_update, bench_moons, bench_mnist_mlp;
bench_job bench_launch, bench_start, bench_scaling, bench_batch_norm, bench_conv, bench_mnist_cnn,
    bench_augment, bench_stream;

// Enqueues the thing once.
typedef ridge_status bench_step(struct bench *bench, void *context);

// Runs `step` often enough for a round to be longer than the clock's grain, in several rounds.
bool bench_measure(struct bench *bench, bench_step *step, void *context, struct timing *timing);

// Sorts `seconds`, one of each round, and takes the quartiles.
struct timing bench_quartiles(double *seconds, size_t rounds);

// Measures the ceiling when it is asked for the first time; 0 after a message.
double bench_bandwidth(struct bench *bench);
double bench_peak(struct bench *bench);

// Seconds that this work takes at least, at the ceilings: to move the bytes or to do the
// operations.
double bench_limit(const struct bench *bench, double bytes, double operations);

// A tensor of `count` uniform numbers in (0, 1). False after a message.
bool bench_numbers(struct bench *bench, size_t count, uint32_t stream, ridge_tensor *tensor);

// The network of mnist-mlp with two hidden layers of `width`, and rows for it. NULL after a
// message.
ridge_network *bench_mlp(ridge_device *device, size_t width, size_t batch);
// The network of mnist-cnn, for the same rows.
ridge_network *bench_cnn(ridge_device *device, size_t batch);
ridge_dataset *bench_images(size_t count);

// The products of the job gemm; false behind the last.
bool bench_product(size_t index, ridge_gemm_shape *shape);
// "128x800x784 B'"; returns name.
const char *bench_name_product(const ridge_gemm_shape *shape, char name[64]);

// An object that begins with job, peer and device, for --json.
cJSON *bench_object(const struct bench *bench, const char *job);
// Adds median and quartiles, `times` as large: NAME, NAME_lower_quartile, NAME_upper_quartile.
void bench_add_timing(cJSON *object, const char *name, const struct timing *timing, double times);

// Trains the mnist-mlp network for one step; what the job `start` starts.
int bench_first_step(const char *selector);

#endif

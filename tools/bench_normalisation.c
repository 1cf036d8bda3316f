// SPDX-License-Identifier: Apache-2.0
// The job batch-norm: forward, backward and inference beside a copy of the same matrix: of dense
// layers, and of images with the channels last, the convolutions of mnist-cnn.
#include <stdio.h>

#include "bench.h"
#include "command.h"

static const size_t shapes[][2] = {{128, 800}, {1024, 800}, {8192, 800}, {100352, 32}, {25088, 64}};

struct tensors {
    ridge_normalisation norm;
    ridge_tensor x, y, dy, dx, statistics;
    ridge_tensor sums; // [4, columns]: gradients of gamma and beta, running mean and variance
};

static ridge_tensor sum_row(const struct tensors *t, size_t row)
{
    return ridge_tensor_rows(t->sums, row, 1);
}

static ridge_status step_copy(struct bench *bench, void *context)
{
    const struct tensors *t = context;
    return ridge_copy(ridge_device_launcher(bench->device), t->x, t->y);
}

static ridge_status step_forward(struct bench *bench, void *context)
{
    const struct tensors *t = context;
    const ridge_running_statistics running = {
        .mean = sum_row(t, 2), .variance = sum_row(t, 3), .momentum = 0.99f};
    return ridge_batch_norm_forward(ridge_device_launcher(bench->device), &t->norm, &running, t->x,
                                    t->y, t->statistics);
}

static ridge_status step_backward(struct bench *bench, void *context)
{
    const struct tensors *t = context;
    const ridge_normalisation_gradients wanted = {
        .x = t->dx, .gamma = sum_row(t, 0), .beta = sum_row(t, 1)};
    return ridge_batch_norm_backward(ridge_device_launcher(bench->device), &t->norm, t->x,
                                     t->statistics, t->dy, &wanted);
}

static ridge_status step_inference(struct bench *bench, void *context)
{
    const struct tensors *t = context;
    return ridge_batch_norm_inference(ridge_device_launcher(bench->device), &t->norm, sum_row(t, 2),
                                      sum_row(t, 3), t->x, t->y);
}

static const struct kind {
    const char *name;
    bench_step *step;
    double matrices; // read and written at least
} kinds[] = {{"copy", step_copy, 2},
             {"forward", step_forward, 2},
             {"backward", step_backward, 3},
             {"inference", step_inference, 2}};

static void report(struct bench *bench, const size_t shape[2], const struct kind *kind,
                   const struct timing *timing, double copy)
{
    double bytes = kind->matrices * (double)(shape[0] * shape[1] * sizeof(float));
    double limit = copy * kind->matrices / 2; // at the rate of the copy
    double seconds = timing->median;
    if (!bench->json) {
        printf("  %-10s %9.1f us (%.1f to %.1f), %5.1f GB/s, %.2f of the rate of a copy\n",
               kind->name, seconds * 1e6, timing->lower * 1e6, timing->upper * 1e6,
               bytes / seconds / 1e9, limit / seconds);
        return;
    }
    cJSON *object = bench_object(bench, "batch-norm");
    cJSON_AddNumberToObject(object, "rows", (double)shape[0]);
    cJSON_AddNumberToObject(object, "columns", (double)shape[1]);
    cJSON_AddStringToObject(object, "pass", kind->name);
    bench_add_timing(object, "seconds", timing, 1);
    cJSON_AddNumberToObject(object, "GB_per_second", bytes / seconds / 1e9);
    cJSON_AddNumberToObject(object, "share_of_copy", limit / seconds);
    print_json(object);
}

static bool measure(struct bench *bench, const size_t shape[2], struct tensors *t)
{
    double copy = 0;
    if (!bench->json)
        printf("batch-norm, relu, %zux%zu\n", shape[0], shape[1]);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct timing seconds;
        if (!bench_measure(bench, kinds[i].step, t, &seconds))
            return false;
        copy = i ? copy : seconds.median;
        report(bench, shape, &kinds[i], &seconds, copy);
    }
    return true;
}

static bool make(struct bench *bench, const size_t shape[2], struct tensors *t)
{
    *t = (struct tensors){.norm = {.epsilon = 1e-3f, .activation = RIDGE_RELU}};
    ridge_tensor *matrices[] = {&t->x, &t->y, &t->dy, &t->dx};
    for (uint32_t i = 0; i < 4; i++) {
        if (!bench_numbers(bench, shape[0] * shape[1], i, matrices[i]))
            return false;
        *matrices[i] = ridge_tensor_reshaped(*matrices[i], 2, shape);
    }
    if (!bench_numbers(bench, 3 * shape[1], 4, &t->statistics) ||
        !bench_numbers(bench, 4 * shape[1], 5, &t->sums))
        return false;
    t->sums = ridge_tensor_reshaped(t->sums, RIDGE_SHAPE(4, shape[1]));
    return true;
}

bool bench_batch_norm(struct bench *bench)
{
    bool measured = true;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]) && measured; i++) {
        struct tensors t;
        measured = make(bench, shapes[i], &t) && measure(bench, shapes[i], &t);
        ridge_tensor *all[] = {&t.x, &t.y, &t.dy, &t.dx, &t.statistics, &t.sums};
        for (size_t j = 0; j < sizeof(all) / sizeof(all[0]); j++)
            ridge_tensor_destroy(bench->device, all[j]);
    }
    return measured;
}

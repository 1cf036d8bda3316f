// SPDX-License-Identifier: Apache-2.0
// The job update: a step of an optimizer over an arena, beside the better of two ways to read and
// write as many bytes: copying one tensor to another, and rewriting one where it lies. An update is
// like the latter, which spares CPUs reading what they are about to overwrite.
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "command.h"

#define SEGMENTS 16

struct arena {
    const char *name, *what; // in JSON; for people
    size_t count;            // parameters
    ridge_optimizer optimizer;
    float l1, l2;
};

static const struct arena arenas[] = {
    {"adamw_16Mi",
     "AdamW with L1, L2 and decay, 16 Mi parameters",
     (size_t)16 << 20,
     {.kind = RIDGE_ADAMW},
     1e-6f,
     1e-6f},
    {"adamw_16Mi_clipped",
     "the same, clipped by the global norm",
     (size_t)16 << 20,
     {.kind = RIDGE_ADAMW, .clip_global_norm = 1},
     1e-6f,
     1e-6f},
    {"sgd_mnist_mlp",
     "SGD with momentum and L2, 1.28 million parameters",
     (size_t)5000 * 256,
     {.kind = RIDGE_SGD, .momentum = 0.9f},
     0,
     5e-6f},
};
#define ARENAS (sizeof(arenas) / sizeof(arenas[0]))

struct operands {
    ridge_optimizer optimizer;
    ridge_update_params update;
    ridge_tensor copies[2];
};

static ridge_status step_update(struct bench *bench, void *context)
{
    const struct operands *operands = context;
    return ridge_update(ridge_device_launcher(bench->device), &operands->update);
}

static ridge_status step_copy(struct bench *bench, void *context)
{
    const struct operands *operands = context;
    return ridge_copy(ridge_device_launcher(bench->device), operands->copies[0],
                      operands->copies[1]);
}

static ridge_status step_rewrite(struct bench *bench, void *context)
{
    const struct operands *operands = context;
    return ridge_scale(ridge_device_launcher(bench->device), 1, operands->copies[0]);
}

static bool make_table(struct bench *bench, ridge_type type, unsigned rank, const size_t *shape,
                       const void *data, ridge_tensor *tensor)
{
    if (!ridge_tensor_create(bench->device, type, rank, shape, tensor) &&
        !ridge_tensor_write(bench->device, *tensor, data))
        return true;
    fail_library();
    return false;
}

static bool make_tables(struct bench *bench, const struct arena *arena, ridge_update_params *update)
{
    ridge_segment segments[SEGMENTS];
    size_t blocks = arena->count / RIDGE_SEGMENT_ALIGNMENT;
    const uint32_t step = 0;
    const float rate = 1e-4f, notes[RIDGE_NOTES] = {0};
    for (size_t s = 0; s < SEGMENTS; s++) {
        size_t first = blocks * s / SEGMENTS, stop = blocks * (s + 1) / SEGMENTS;
        segments[s] = (ridge_segment){
            .first = (uint32_t)(first * RIDGE_SEGMENT_ALIGNMENT),
            .count = (uint32_t)((stop - first) * RIDGE_SEGMENT_ALIGNMENT),
            .l1 = arena->l1,
            .l2 = arena->l2,
            .decay = 1,
        };
    }
    size_t pieces = ridge_update_pieces(segments, SEGMENTS, NULL);
    uint32_t *table = allocate(pieces, 3 * sizeof(*table));
    ridge_update_pieces(segments, SEGMENTS, table);
    bool made = make_table(bench, RIDGE_UINT32, RIDGE_SHAPE(SEGMENTS, sizeof(ridge_segment) / 4),
                           segments, &update->segments) &&
                make_table(bench, RIDGE_UINT32, RIDGE_SHAPE(pieces, 3), table, &update->pieces) &&
                make_table(bench, RIDGE_FLOAT32, RIDGE_SHAPE(1), &rate, &update->rate) &&
                make_table(bench, RIDGE_UINT32, RIDGE_SHAPE(1), &step, &update->step) &&
                make_table(bench, RIDGE_FLOAT32, RIDGE_SHAPE(RIDGE_NOTES), notes, &update->notes);
    free(table);
    return made;
}

// Parameters, gradients and state, or two tensors that take as much memory traffic to copy.
static bool make_operands(struct bench *bench, const struct arena *arena, double words,
                          struct operands *operands)
{
    ridge_update_params *update = &operands->update;
    size_t half = (size_t)(words / 2);
    operands->optimizer = arena->optimizer;
    update->optimizer = &operands->optimizer;
    if (ridge_optimizer_complete(&operands->optimizer)) {
        fail_library();
        return false;
    }
    bool made = make_tables(bench, arena, update) &&
                bench_numbers(bench, arena->count, 1, &update->parameters) &&
                bench_numbers(bench, arena->count, 2, &update->gradients) &&
                bench_numbers(bench, half, 3, &operands->copies[0]) &&
                bench_numbers(bench, half, 4, &operands->copies[1]);
    unsigned slots = ridge_optimizer_slots(&operands->optimizer);
    for (unsigned s = 0; s < slots && made; s++)
        made = bench_numbers(bench, arena->count, 5 + s, &update->slots[s]);
    return made;
}

static void release_operands(struct bench *bench, struct operands *operands)
{
    ridge_update_params *update = &operands->update;
    ridge_tensor *tensors[] = {&update->parameters,  &update->gradients,  &update->slots[0],
                               &update->slots[1],    &update->segments,   &update->pieces,
                               &update->rate,        &update->step,       &update->notes,
                               &operands->copies[0], &operands->copies[1]};
    for (size_t i = 0; i < sizeof(tensors) / sizeof(tensors[0]); i++)
        ridge_tensor_destroy(bench->device, tensors[i]);
}

static void report(const struct bench *bench, const struct arena *arena, double bytes,
                   const struct timing *update, const struct timing *copy,
                   const struct timing *rewrite)
{
    double rate = bytes / update->median;
    bool in_place = rewrite->median < copy->median;
    double moving = bytes / (in_place ? rewrite->median : copy->median);
    if (!bench->json) {
        printf("update, %s\n"
               "  %.2f ms  (%.2f to %.2f), %.1f GB/s, %.0f %% of the %.1f GB/s at which as many "
               "bytes are %s (%s at %.1f)\n",
               arena->what, 1e3 * update->median, 1e3 * update->lower, 1e3 * update->upper,
               rate / 1e9, 100 * rate / moving, moving / 1e9, in_place ? "rewritten" : "copied",
               in_place ? "copied" : "rewritten",
               bytes / (in_place ? copy->median : rewrite->median) / 1e9);
        return;
    }
    cJSON *object = bench_object(bench, "update");
    cJSON_AddStringToObject(object, "arena", arena->name);
    cJSON_AddNumberToObject(object, "ms", 1e3 * update->median);
    cJSON_AddNumberToObject(object, "ms_lower_quartile", 1e3 * update->lower);
    cJSON_AddNumberToObject(object, "ms_upper_quartile", 1e3 * update->upper);
    cJSON_AddNumberToObject(object, "GB_per_second", rate / 1e9);
    cJSON_AddNumberToObject(object, "share_of_moving", rate / moving);
    cJSON_AddNumberToObject(object, "copy_GB_per_second", bytes / copy->median / 1e9);
    cJSON_AddNumberToObject(object, "rewrite_GB_per_second", bytes / rewrite->median / 1e9);
    print_json(object);
}

static bool measure(struct bench *bench, const struct arena *arena)
{
    struct operands operands = {0};
    // Parameters and slots are read and written, gradients read.
    double words = (double)arena->count * (3 + 2 * ridge_optimizer_slots(&arena->optimizer));
    struct timing update, copy, rewrite;
    bool measured = make_operands(bench, arena, words, &operands) &&
                    bench_measure(bench, step_copy, &operands, &copy) &&
                    bench_measure(bench, step_rewrite, &operands, &rewrite) &&
                    bench_measure(bench, step_update, &operands, &update);
    release_operands(bench, &operands);
    if (measured)
        report(bench, arena, words * sizeof(float), &update, &copy, &rewrite);
    return measured;
}

bool bench_update(struct bench *bench)
{
    bool measured = true;
    for (size_t i = 0; i < ARENAS && measured; i++)
        measured = measure(bench, &arenas[i]);
    return measured;
}

// SPDX-License-Identifier: Apache-2.0
// The job augment: a batch of small colour images through a pipeline as people train CIFAR-10 with,
// beside copying the batch, and as a share of the training step of the network of
// examples/cifar10.yaml at the same batch.
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "command.h"

#define CHANNELS 3
#define SIDE 32
#define VALUES (CHANNELS * SIDE * SIDE) // of an image
#define BATCH 128
#define IMAGES (64 * BATCH) // more than caches hold
#define RATE 3e-4f          // of L2

struct batches {
    ridge_augment *augment;
    ridge_tensor images, index, y;
    size_t next; // the batch is rows [next, next + BATCH) of index
};

static ridge_status step_augment(struct bench *bench, void *context)
{
    struct batches *batches = context;
    const ridge_augment_batch batch = {.x = batches->images,
                                       .index = batches->index,
                                       .first = batches->next,
                                       .y = batches->y,
                                       .scale = 1.0f / 255};
    batches->next = (batches->next + BATCH) % IMAGES;
    return ridge_augment_apply(ridge_device_launcher(bench->device), batches->augment, &batch);
}

static ridge_dataset *make_images(void)
{
    unsigned char *x = allocate(IMAGES, VALUES);
    int32_t *y = allocate(IMAGES, sizeof(*y));
    const ridge_random random = {.seed = 4};
    for (size_t i = 0; i < (size_t)IMAGES * VALUES; i++)
        x[i] = (unsigned char)(ridge_random_word(&random, i) >> 24);
    for (size_t i = 0; i < IMAGES; i++)
        y[i] = (int32_t)(i % 10);
    ridge_dataset *images = NULL;
    if (ridge_dataset_create(ridge_dataset_params(.x = x, .x_type = RIDGE_UINT8, .count = IMAGES,
                                                  .shape = {CHANNELS, SIDE, SIDE}, .y = y,
                                                  .y_type = RIDGE_INT32),
                             &images))
        fail_library();
    free(x);
    free(y);
    return images;
}

// Rows in an order that jumps about, as after shuffling.
static ridge_status write_index(ridge_device *device, ridge_tensor index)
{
    uint32_t *rows = allocate(IMAGES, sizeof(*rows));
    for (uint32_t i = 0; i < IMAGES; i++)
        rows[i] = i * 2897u % IMAGES; // 2897 is odd, IMAGES a power of two
    ridge_status status = ridge_tensor_write(device, index, rows);
    free(rows);
    return status;
}

static bool make_batches(ridge_device *device, const ridge_dataset *images, struct batches *batches)
{
    bool made = !ridge_tensor_create(device, RIDGE_UINT8, RIDGE_SHAPE(IMAGES, CHANNELS, SIDE, SIDE),
                                     &batches->images) &&
                !ridge_tensor_write(device, batches->images, ridge_dataset_x(images, NULL)) &&
                !ridge_tensor_create(device, RIDGE_UINT32, RIDGE_SHAPE(IMAGES), &batches->index) &&
                !write_index(device, batches->index) &&
                !ridge_tensor_create(device, RIDGE_FLOAT32,
                                     RIDGE_SHAPE(BATCH, CHANNELS, SIDE, SIDE), &batches->y);
    if (!made)
        fail_library();
    return made;
}

static void destroy_batches(ridge_device *device, struct batches *batches)
{
    ridge_augment_destroy(&batches->augment);
    ridge_tensor_destroy(device, &batches->images);
    ridge_tensor_destroy(device, &batches->index);
    ridge_tensor_destroy(device, &batches->y);
}

static ridge_node add_block(ridge_network *network, ridge_node x, size_t filters, float dropout)
{
    for (int i = 0; i < 2; i++) {
        x = ridge_conv2d(network, x,
                         ridge_conv2d_params(.filters = filters, .kernel = {3},
                                             .padding = RIDGE_PADDING_SAME, .no_bias = true,
                                             .weight = {.l2 = RATE}));
        x = ridge_batch_norm(network, x,
                             ridge_batch_norm_params(.convention = RIDGE_CONVENTION_TORCH,
                                                     .activation = RIDGE_RELU));
    }
    x = ridge_max_pool2d(network, x, ridge_pool2d_params(.window = {2}));
    return ridge_dropout(network, x, ridge_dropout_params(.rate = dropout));
}

// The network of examples/cifar10.yaml.
static ridge_network *make_network(ridge_device *device)
{
    ridge_network *network = ridge_network_create(device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {CHANNELS, SIDE, SIDE}));
    x = ridge_standardise(network, x, NULL);
    x = add_block(network, x, 32, 0.1f);
    x = add_block(network, x, 64, 0.2f);
    x = add_block(network, x, 128, 0.3f);
    x = ridge_flatten(network, x, NULL);
    x = ridge_dense(
        network, x,
        ridge_dense_params(.units = 256, .activation = RIDGE_RELU, .weight = {.l2 = RATE}));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.5f));
    x = ridge_dense(network, x, ridge_dense_params(.units = 10, .weight = {.l2 = RATE}));
    if (ridge_network_compile(
            network, x,
            ridge_compile_params(.optimizer = ridge_adam(.rate = 1e-3f), .batch = BATCH))) {
        fail_library();
        ridge_network_destroy(&network);
    }
    return network;
}

// Seconds of a training step on images as they are stored; 0 after a message.
static double time_step(struct bench *bench, const ridge_dataset *images)
{
    ridge_network *network = make_network(bench->device);
    ridge_profile profile = {0};
    if (network && ridge_profile_step(network, images, NULL, &profile))
        fail_library();
    double seconds = profile.step;
    ridge_profile_clear(&profile);
    ridge_network_destroy(&network);
    return seconds;
}

static void report(const struct bench *bench, const char *pipeline, const struct timing *seconds,
                   double step)
{
    // Bytes in, floats out.
    double bytes = (double)BATCH * VALUES * (1 + sizeof(float));
    double share = bytes / bench->ceilings.bytes_per_second / seconds->median;
    if (!bench->json) {
        printf("  %-44s %8.3f ms  (%.3f to %.3f), %.0f images/s, %.1f %% of bandwidth, "
               "%.1f %% of the training step\n",
               pipeline, 1e3 * seconds->median, 1e3 * seconds->lower, 1e3 * seconds->upper,
               BATCH / seconds->median, 100 * share, 100 * seconds->median / step);
        return;
    }
    cJSON *object = bench_object(bench, "augment");
    cJSON_AddStringToObject(object, "pipeline", pipeline);
    cJSON_AddNumberToObject(object, "batch", BATCH);
    cJSON_AddNumberToObject(object, "seconds", seconds->median);
    cJSON_AddNumberToObject(object, "seconds_lower_quartile", seconds->lower);
    cJSON_AddNumberToObject(object, "seconds_upper_quartile", seconds->upper);
    cJSON_AddNumberToObject(object, "images_per_second", BATCH / seconds->median);
    cJSON_AddNumberToObject(object, "share_of_bandwidth", share);
    cJSON_AddNumberToObject(object, "seconds_of_step", step);
    cJSON_AddNumberToObject(object, "share_of_step", seconds->median / step);
    print_json(object);
}

// Pipelines, each beside the training step.
static ridge_status add_nothing(ridge_augment *augment)
{
    (void)augment;
    return RIDGE_OK;
}

static ridge_status add_flip(ridge_augment *augment)
{
    return ridge_augment_horizontal_flip(augment, NULL);
}

static ridge_status add_all(ridge_augment *augment)
{
    ridge_status status = ridge_augment_horizontal_flip(augment, NULL);
    if (!status)
        status = ridge_augment_random_crop(augment, ridge_augment_random_crop_params(.padding = 4));
    if (!status)
        status =
            ridge_augment_rotation(augment, ridge_augment_rotation_params(.degrees = {-15, 15}));
    if (!status)
        status = ridge_augment_jitter(
            augment,
            ridge_augment_jitter_params(.brightness = {0.6f, 1.4f}, .contrast = {0.6f, 1.4f},
                                        .saturation = {0.6f, 1.4f}, .hue = {-0.1f, 0.1f}));
    if (!status)
        status = ridge_augment_erasing(augment, NULL);
    return status;
}

static const struct pipeline {
    const char *name;
    ridge_status (*add)(ridge_augment *augment);
} pipelines[] = {
    {"nothing", add_nothing},
    {"flip", add_flip},
    {"flip, crop, rotation, jitter, erasing", add_all},
};

static bool measure(struct bench *bench, struct batches *batches, const struct pipeline *pipeline,
                    double step)
{
    struct timing seconds;
    ridge_augment_destroy(&batches->augment);
    if (ridge_augment_create(bench->device, ridge_augment_params(.shape = {CHANNELS, SIDE, SIDE}),
                             &batches->augment) ||
        pipeline->add(batches->augment)) {
        fail_library();
        return false;
    }
    if (!bench_measure(bench, step_augment, batches, &seconds))
        return false;
    report(bench, pipeline->name, &seconds, step);
    return true;
}

bool bench_augment(struct bench *bench)
{
    ridge_dataset *images = make_images();
    struct batches batches = {0};
    double step = 0;
    bool done = images && bench_bandwidth(bench) > 0 &&
                make_batches(bench->device, images, &batches) &&
                (step = time_step(bench, images)) > 0;
    if (done && !bench->json)
        printf("augment, %d images %dx%dx%d of bytes; the step of cifar10.yaml takes %.2f ms\n",
               BATCH, CHANNELS, SIDE, SIDE, 1e3 * step);
    for (size_t i = 0; done && i < sizeof(pipelines) / sizeof(pipelines[0]); i++)
        done = measure(bench, &batches, &pipelines[i], step);
    destroy_batches(bench->device, &batches);
    ridge_dataset_destroy(&images);
    return done;
}

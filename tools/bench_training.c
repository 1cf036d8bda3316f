// SPDX-License-Identifier: Apache-2.0
// The jobs moons, mnist-mlp and mnist-cnn: whole training, through ridge_fit.
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "command.h"

#define WIDTH 800
#define BATCH 128
#define STEPS 100 // of an epoch of mnist-mlp

// Two half circles that reach into each other, 100 points, as scikit-learn's make_moons: the data
// do not change how long a step takes.
static ridge_dataset *make_moons(void)
{
    enum { ROWS = 100 };
    static float x[ROWS][2];
    static int32_t y[ROWS];
    const ridge_random random = {.seed = 2};
    for (size_t i = 0; i < ROWS; i++) {
        double u = ridge_random_uniform(&random, 3 * i),
               v = ridge_random_uniform(&random, 3 * i + 1);
        y[i] = (int32_t)(i % 2);
        x[i][0] = (float)(2 * u + y[i]);
        x[i][1] = (float)(4 * u * (1 - u) * (y[i] ? -1 : 1) + 0.5 * v);
    }
    ridge_dataset *moons = NULL;
    if (ridge_dataset_create(ridge_dataset_params(.x = x, .count = ROWS, .shape = {2}, .y = y,
                                                  .y_type = RIDGE_INT32),
                             &moons))
        fail_library();
    return moons;
}

static ridge_network *make_moons_network(ridge_device *device)
{
    ridge_network *network = ridge_network_create(device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {2}));
    for (int i = 0; i < 2; i++)
        x = ridge_dense(
            network, x,
            ridge_dense_params(.units = 128, .activation = RIDGE_RELU, .weight = {.l1 = 0.001f}));
    x = ridge_dense(network, x, ridge_dense_params(.units = 1));
    if (ridge_network_compile(network, x,
                              ridge_compile_params(.loss = RIDGE_BINARY_CROSS_ENTROPY,
                                                   .optimizer = ridge_adam(.rate = 0.01f),
                                                   .batch = 32))) {
        fail_library();
        ridge_network_destroy(&network);
    }
    return network;
}

// Seconds of training a new network; negative after a message.
static double train_moons(struct bench *bench, const ridge_dataset *train,
                          const ridge_dataset *validation, size_t epochs)
{
    ridge_network *network = make_moons_network(bench->device);
    if (!network)
        return -1;
    double start = seconds_now();
    ridge_status status = ridge_fit(
        network, train, ridge_fit_params(.epochs = epochs, .validation = validation), NULL);
    double seconds = seconds_now() - start;
    ridge_network_destroy(&network);
    if (!status)
        return seconds;
    fail_library();
    return -1;
}

static void report_moons(const struct bench *bench, const struct timing *seconds)
{
    if (!bench->json) {
        printf("moons, 2-128-128-1 with L1, 2000 epochs of 80 rows, validated after each\n"
               "  %.2f s  (%.2f to %.2f)\n",
               seconds->median, seconds->lower, seconds->upper);
        return;
    }
    cJSON *object = bench_object(bench, "moons");
    cJSON_AddNumberToObject(object, "seconds_per_2000_epochs", seconds->median);
    cJSON_AddNumberToObject(object, "seconds_lower_quartile", seconds->lower);
    cJSON_AddNumberToObject(object, "seconds_upper_quartile", seconds->upper);
    print_json(object);
}

bool bench_moons(struct bench *bench)
{
    enum { ROUNDS = 5 };
    double seconds[ROUNDS] = {0};
    ridge_dataset *all = make_moons(), *train = NULL, *validation = NULL;
    bool done = all && !ridge_dataset_slice(all, 0, 80, &train) &&
                !ridge_dataset_slice(all, 80, 20, &validation) &&
                train_moons(bench, train, validation, 5) >= 0;
    for (size_t i = 0; done && i < ROUNDS; i++) {
        seconds[i] = train_moons(bench, train, validation, 2000);
        done = seconds[i] >= 0;
    }
    ridge_dataset_destroy(&train);
    ridge_dataset_destroy(&validation);
    ridge_dataset_destroy(&all);
    if (!done)
        return false;
    struct timing timing = bench_quartiles(seconds, ROUNDS);
    report_moons(bench, &timing);
    return true;
}

ridge_dataset *bench_images(size_t count)
{
    enum { PIXELS = 784 };
    unsigned char *x = allocate(count, PIXELS);
    int32_t *y = allocate(count, sizeof(*y));
    const ridge_random random = {.seed = 3};
    for (size_t i = 0; i < count * PIXELS; i++)
        x[i] = (unsigned char)(ridge_random_word(&random, i) >> 24);
    for (size_t i = 0; i < count; i++)
        y[i] = (int32_t)(i % 10);
    ridge_dataset *images = NULL;
    if (ridge_dataset_create(ridge_dataset_params(.x = x, .x_type = RIDGE_UINT8, .count = count,
                                                  .shape = {28, 28}, .y = y, .y_type = RIDGE_INT32),
                             &images))
        fail_library();
    free(x);
    free(y);
    return images;
}

// 784-WIDTH-WIDTH-10 with dropout 0.2, 0.5, 0.5; l2 5e-6 is PyTorch's weight_decay 1e-5.
ridge_network *bench_mlp(ridge_device *device, size_t width, size_t batch)
{
    ridge_network *network = ridge_network_create(device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {28, 28}));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.2f));
    for (int i = 0; i < 2; i++) {
        x = ridge_dense(
            network, x,
            ridge_dense_params(.units = width, .activation = RIDGE_RELU,
                               .weight = {.init = RIDGE_INIT_GLOROT_UNIFORM, .l2 = 5e-6f}));
        x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.5f));
    }
    x = ridge_dense(network, x, ridge_dense_params(.units = 10, .weight = {.l2 = 5e-6f}));
    if (ridge_network_compile(
            network, x,
            ridge_compile_params(.optimizer = ridge_sgd(.rate = 0.1f, .momentum = 0.9f),
                                 .batch = batch))) {
        fail_library();
        ridge_network_destroy(&network);
    }
    return network;
}

// Convolution 3x3, batch normalisation, relu; both once more; then half the size.
static ridge_node add_block(ridge_network *network, ridge_node x, size_t filters)
{
    for (int i = 0; i < 2; i++) {
        x = ridge_conv2d(network, x,
                         ridge_conv2d_params(.filters = filters, .kernel = {3}, .pad_height = 1,
                                             .pad_width = 1));
        x = ridge_batch_norm(network, x,
                             ridge_batch_norm_params(.convention = RIDGE_CONVENTION_TORCH,
                                                     .activation = RIDGE_RELU));
    }
    x = ridge_max_pool2d(network, x, ridge_pool2d_params(.window = {2}));
    return ridge_dropout(network, x, ridge_dropout_params(.rate = 0.25f));
}

ridge_network *bench_cnn(ridge_device *device, size_t batch)
{
    ridge_network *network = ridge_network_create(device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {28, 28}));
    x = add_block(network, add_block(network, x, 32), 64);
    x = ridge_flatten(network, x, NULL);
    x = ridge_dense(network, x, ridge_dense_params(.units = 256, .activation = RIDGE_RELU));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = 0.5f));
    x = ridge_dense(network, x, ridge_dense_params(.units = 10));
    if (ridge_network_compile(
            network, x,
            ridge_compile_params(.optimizer = ridge_adam(.rate = 1e-3f), .batch = batch))) {
        fail_library();
        ridge_network_destroy(&network);
    }
    return network;
}

// Floating-point operations of the products of a step: forward, and backward for weights and, but
// for the first layer, for inputs.
static double mlp_work(void)
{
    double first = 784.0 * 800, others = 800.0 * 800 + 800.0 * 10;
    return 2.0 * BATCH * (2 * first + 3 * others);
}

// The same of the network of bench_cnn.
static double cnn_work(void)
{
    double places = 28.0 * 28, quarter = 14.0 * 14, first = 9.0 * 32 * places;
    double others = 9.0 * 32 * 32 * places + 9.0 * (32 + 64) * 64 * quarter;
    others += 64.0 * 7 * 7 * 256 + 256.0 * 10;
    return 2.0 * BATCH * (2 * first + 3 * others);
}

// A network of images [28, 28], trained on batches of BATCH.
struct job {
    const char *name, *text;
    ridge_network *(*make)(ridge_device *device);
    double (*work)(void); // operations of a step
    size_t steps, epochs; // an epoch is timed as a whole; the first one warms up
};

static bool report(struct bench *bench, const struct job *job, const struct timing *step)
{
    double peak = bench_peak(bench), rate = job->work() / step->median;
    if (peak <= 0)
        return false;
    if (!bench->json) {
        printf("%s, %s, a step of %d rows\n"
               "  %.2f ms  (%.2f to %.2f), %.0f rows/s, %.0f %% of the products' peak of %.1f "
               "GFLOP/s\n",
               job->name, job->text, BATCH, 1e3 * step->median, 1e3 * step->lower,
               1e3 * step->upper, BATCH / step->median, 100 * rate / peak, peak / 1e9);
        return true;
    }
    cJSON *object = bench_object(bench, job->name);
    cJSON_AddNumberToObject(object, "ms_per_step", 1e3 * step->median);
    cJSON_AddNumberToObject(object, "ms_lower_quartile", 1e3 * step->lower);
    cJSON_AddNumberToObject(object, "ms_upper_quartile", 1e3 * step->upper);
    cJSON_AddNumberToObject(object, "samples_per_second", BATCH / step->median);
    cJSON_AddNumberToObject(object, "GFLOP_per_second", rate / 1e9);
    cJSON_AddNumberToObject(object, "share_of_peak", rate / peak);
    print_json(object);
    return true;
}

// Trains on `steps` full batches an epoch. False after a message.
static bool train(ridge_device *device, ridge_network *(*make)(ridge_device *), size_t steps,
                  size_t epochs, ridge_history *history)
{
    ridge_dataset *images = bench_images(steps * BATCH);
    ridge_network *network = images ? make(device) : NULL;
    bool trained = network != NULL;
    if (trained && ridge_fit(network, images, ridge_fit_params(.epochs = epochs), history)) {
        fail_library();
        trained = false;
    }
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&images);
    return trained;
}

static bool run_job(struct bench *bench, const struct job *job)
{
    ridge_history history = {0};
    bool done = train(bench->device, job->make, job->steps, job->epochs, &history);
    if (done && history.count == job->epochs) {
        double *seconds = allocate(job->epochs, sizeof(*seconds));
        for (size_t i = 1; i < job->epochs; i++)
            seconds[i - 1] = history.epochs[i].seconds / (double)job->steps;
        struct timing step = bench_quartiles(seconds, job->epochs - 1);
        done = report(bench, job, &step);
        free(seconds);
    } else if (done) {
        fail("%s: training ended early", job->name);
        done = false;
    }
    ridge_history_clear(&history);
    return done;
}

static ridge_network *make_mlp(ridge_device *device)
{
    return bench_mlp(device, WIDTH, BATCH);
}

bool bench_mnist_mlp(struct bench *bench)
{
    const struct job job = {"mnist-mlp", "784-800-800-10 with dropout", make_mlp, mlp_work, STEPS,
                            12};
    return run_job(bench, &job);
}

static ridge_network *make_cnn(ridge_device *device)
{
    return bench_cnn(device, BATCH);
}

bool bench_mnist_cnn(struct bench *bench)
{
    const struct job job = {"mnist-cnn", "four convolutions with batch normalisation and dropout",
                            make_cnn,    cnn_work,
                            8,           10};
    return run_job(bench, &job);
}

int bench_first_step(const char *selector)
{
    ridge_device *device = open_device(selector);
    bool trained = device && train(device, make_mlp, 1, 1, NULL);
    ridge_device_close(&device);
    return trained ? STATUS_DONE : STATUS_FAILED;
}

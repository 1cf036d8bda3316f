// SPDX-License-Identifier: Apache-2.0
// Trains one network, far too large for 80 points, once for each technique and seed, and shows the
// loss on training and held-out points, as a picture and as a table.
#include "gap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "messages.h"
#include "options.h"

#define HELD_OUT 20
#define UNITS 128
#define BATCH 32
#define RATE 0.01f

#define STOP                                                                                       \
    {                                                                                              \
        .patience = 100, .restore_best = true                                                      \
    }

static const struct gap_way ways[] = {
    {.name = "plain"},
    {.name = "L1 0.001", .weight = {.l1 = 0.001f}},
    {.name = "L1 0.001, proximal", .weight = {.l1 = 0.001f, .proximal = true}},
    {.name = "L2 0.001", .weight = {.l2 = 0.001f}},
    {.name = "L1 0.001 + L2 0.001", .weight = {.l1 = 0.001f, .l2 = 0.001f}},
    {.name = "weight decay 0.3 (AdamW)", .decay = 0.3f},
    {.name = "max-norm 1", .weight = {.max_norm = 1}},
    {.name = "dropout 0.5", .dropout = 0.5f},
    {.name = "noise 0.2 on the inputs", .noise = 0.2f},
    {.name = "early stopping, patience 100", .early_stopping = STOP},
    {.name = "dropout 0.5 + L2 0.001", .dropout = 0.5f, .weight = {.l2 = 0.001f}},
    {.name = "dropout 0.5 + max-norm 1", .dropout = 0.5f, .weight = {.max_norm = 1}},
    {.name = "noise 0.2 + early stopping", .noise = 0.2f, .early_stopping = STOP},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

struct data {
    ridge_dataset *all, *train, *held_out;
};

// One run while it lasts: the losses seen so far.
struct run {
    ridge_network *network;
    const struct data *data;
    double train[GAP_POINTS], held_out[GAP_POINTS];
    ridge_metrics train_end, held_out_end;
    size_t points, epochs;
    bool failed;
};

static ridge_network *build(ridge_device *device, const struct gap_way *way, size_t seed)
{
    ridge_network *network = ridge_network_create(device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {2}));
    if (way->noise > 0)
        x = ridge_gaussian_noise(network, x, ridge_gaussian_noise_params(.deviation = way->noise));
    for (int i = 0; i < 2; i++) {
        x = ridge_dense(
            network, x,
            ridge_dense_params(.units = UNITS, .activation = RIDGE_RELU, .weight = way->weight));
        if (way->dropout > 0)
            x = ridge_dropout(network, x, ridge_dropout_params(.rate = way->dropout));
    }
    x = ridge_dense(network, x, ridge_dense_params(.units = 1));
    ridge_optimizer optimizer = way->decay > 0
                                    ? ridge_adamw(.rate = RATE, .weight_decay = way->decay)
                                    : ridge_adam(.rate = RATE);
    if (ridge_network_compile(network, x,
                              ridge_compile_params(.loss = RIDGE_BINARY_CROSS_ENTROPY,
                                                   .optimizer = optimizer, .batch = BATCH,
                                                   .seed = seed))) {
        fail_library();
        ridge_network_destroy(&network);
    }
    return network;
}

static bool measure(struct run *run, ridge_metrics *train, ridge_metrics *held_out)
{
    run->failed = ridge_network_evaluate(run->network, run->data->train, train) ||
                  ridge_network_evaluate(run->network, run->data->held_out, held_out);
    if (run->failed)
        fail_library();
    return !run->failed;
}

static bool on_epoch(void *context, const ridge_epoch *epoch)
{
    struct run *run = context;
    run->epochs = epoch->epoch;
    if (epoch->epoch % GAP_EVERY)
        return true;
    ridge_metrics train, held_out;
    if (!measure(run, &train, &held_out))
        return false;
    run->train[run->points] = train.loss;
    run->held_out[run->points++] = held_out.loss;
    return true;
}

static bool train(ridge_device *device, const struct gap_way *way, size_t seed, struct run *run)
{
    run->network = build(device, way, seed);
    if (!run->network)
        return false;
    bool done = !ridge_fit(run->network, run->data->train,
                           ridge_fit_params(.epochs = GAP_EPOCHS, .validation = run->data->held_out,
                                            .early_stopping = way->early_stopping,
                                            .on_epoch = on_epoch, .context = run),
                           NULL);
    if (!done)
        fail_library();
    done = done && !run->failed && measure(run, &run->train_end, &run->held_out_end);
    // What was stopped early stays as it is from then on.
    for (; done && run->points < GAP_POINTS; run->points++) {
        run->train[run->points] = run->train_end.loss;
        run->held_out[run->points] = run->held_out_end.loss;
    }
    ridge_network_destroy(&run->network);
    return done;
}

static int by_size(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static double median(const double *values, size_t stride)
{
    double sorted[GAP_SEEDS];
    for (size_t i = 0; i < GAP_SEEDS; i++)
        sorted[i] = values[i * stride];
    qsort(sorted, GAP_SEEDS, sizeof(*sorted), by_size);
    return sorted[GAP_SEEDS / 2];
}

static bool try_way(ridge_device *device, const struct data *data, const struct gap_way *way,
                    struct gap_result *result)
{
    static double train_losses[GAP_SEEDS][GAP_POINTS], held_out_losses[GAP_SEEDS][GAP_POINTS];
    *result = (struct gap_result){.way = way};
    for (size_t i = 0; i < GAP_SEEDS; i++) {
        say_progress("%s, run %zu of %d ...", way->name, i + 1, GAP_SEEDS);
        struct run run = {.data = data};
        double start = seconds_now();
        if (!train(device, way, i + 1, &run))
            return false;
        result->seconds += (seconds_now() - start) / GAP_SEEDS;
        result->epochs += (double)run.epochs / GAP_SEEDS;
        result->train_right += run.train_end.accuracy / GAP_SEEDS;
        result->held_out_right += run.held_out_end.accuracy / GAP_SEEDS;
        memcpy(train_losses[i], run.train, sizeof(run.train));
        memcpy(held_out_losses[i], run.held_out, sizeof(run.held_out));
    }
    for (size_t i = 0; i < GAP_POINTS; i++) {
        result->train[i] = median(&train_losses[0][i], GAP_POINTS);
        result->held_out[i] = median(&held_out_losses[0][i], GAP_POINTS);
    }
    return true;
}

static void print_table(const struct gap_result *results, size_t count)
{
    end_progress();
    printf("| technique | training loss | held-out loss | gap | training, %% right | held out, %% "
           "right | epochs | s a run |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < count; i++) {
        const struct gap_result *result = &results[i];
        double train = result->train[GAP_POINTS - 1], held_out = result->held_out[GAP_POINTS - 1];
        printf("| %s | %.2g | %.2f | %.2f | %.1f | %.1f | %.0f | %.1f |\n", result->way->name,
               train, held_out, held_out - train, 100 * result->train_right,
               100 * result->held_out_right, result->epochs, result->seconds);
    }
}

static bool load(const char *folder, struct data *data)
{
    char *path = print_text("%s/moons.csv", folder);
    bool loaded = !ridge_dataset_read("csv", path, NULL, &data->all);
    free(path);
    if (loaded) {
        size_t rows = ridge_dataset_count(data->all) - HELD_OUT;
        loaded = !ridge_dataset_slice(data->all, 0, rows, &data->train) &&
                 !ridge_dataset_slice(data->all, rows, HELD_OUT, &data->held_out);
    }
    if (!loaded)
        fail_library();
    return loaded;
}

static bool run_all(ridge_device *device, const char *folder, const char *out)
{
    struct data data = {0};
    struct gap_result *results = allocate(WAYS, sizeof(*results));
    char *picture = print_text("%s/gap.png", out);
    bool done = load(folder, &data);
    for (size_t i = 0; done && i < WAYS; i++)
        done = try_way(device, &data, &ways[i], &results[i]);
    if (done) {
        print_table(results, WAYS);
        done = gap_picture(results, WAYS, picture);
    }
    ridge_dataset_destroy(&data.train);
    ridge_dataset_destroy(&data.held_out);
    ridge_dataset_destroy(&data.all);
    free(results);
    free(picture);
    return done;
}

int main(int argc, char **argv)
{
    const char *selector = NULL, *data = "examples/data", *out = "ridge-demo";
    const struct option_row options[] = {
        {"device", OPTION_TEXT, &selector, "D", "1:0, gpu, cpu or part of a name"},
        {"data", OPTION_TEXT, &data, "DIR", "folder with moons.csv"},
        {"out", OPTION_TEXT, &out, "DIR", "folder for gap.png (default: ridge-demo)"},
        {0},
    };
    const struct usage usage = {
        "ridge-gap",
        "",
        "Trains one network with each technique and draws the loss on training and\n"
        "held-out points; prints a table in Markdown.",
        0,
        0,
        options};
    char **arguments;
    size_t count;
    set_program_name("ridge-gap");
    show_log(false);
    int status = options_parse(&usage, argc, argv, &arguments, &count);
    if (status != OPTIONS_PARSED)
        return status;
    ridge_device *device = NULL;
    if (!folder_prepare(out))
        return STATUS_FAILED;
    if (ridge_device_open(selector, &device))
        return fail_library();
    bool done = run_all(device, data, out);
    ridge_device_close(&device);
    return done && output_is_complete() ? STATUS_DONE : STATUS_FAILED;
}

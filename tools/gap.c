// SPDX-License-Identifier: Apache-2.0
// Trains one network, far too large for 80 points, once for each technique and seed, and shows the
// loss on training and held-out points, as a picture and as a table.
#include "gap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "half_moons.h"
#include "messages.h"
#include "show.h"

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
    {.name = "batch normalisation", .norm = GAP_BATCH_NORM},
    {.name = "layer normalisation", .norm = GAP_LAYER_NORM},
    {.name = "early stopping, patience 100", .early_stopping = STOP},
    {.name = "dropout 0.5 + L2 0.001", .dropout = 0.5f, .weight = {.l2 = 0.001f}},
    {.name = "dropout 0.5 + max-norm 1", .dropout = 0.5f, .weight = {.max_norm = 1}},
    {.name = "batch norm. + max-norm 1", .norm = GAP_BATCH_NORM, .weight = {.max_norm = 1}},
    {.name = "noise 0.2 + early stopping", .noise = 0.2f, .early_stopping = STOP},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

// One run while it lasts, and what was measured so far.
struct run {
    ridge_network *network;
    const struct half_moons *data;
    ridge_metrics train[GAP_POINTS], held_out[GAP_POINTS];
    double zeros;
    size_t points, epochs;
    bool failed;
};

// relu(x W^T + b), or relu(norm(x W^T)); then dropout.
static ridge_node hidden(ridge_network *network, ridge_node x, const struct gap_way *way)
{
    bool normalised = way->norm != GAP_NO_NORM;
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = UNITS,
                                       .activation = normalised ? RIDGE_LINEAR : RIDGE_RELU,
                                       .no_bias = normalised, .weight = way->weight));
    if (way->norm == GAP_BATCH_NORM)
        x = ridge_batch_norm(network, x, ridge_batch_norm_params(.activation = RIDGE_RELU));
    if (way->norm == GAP_LAYER_NORM)
        x = ridge_layer_norm(network, x, ridge_layer_norm_params(.activation = RIDGE_RELU));
    if (way->dropout > 0)
        x = ridge_dropout(network, x, ridge_dropout_params(.rate = way->dropout));
    return x;
}

static ridge_network *build(ridge_device *device, const struct gap_way *way, size_t seed)
{
    ridge_network *network = ridge_network_create(device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {2}));
    if (way->noise > 0)
        x = ridge_gaussian_noise(network, x, ridge_gaussian_noise_params(.deviation = way->noise));
    for (int i = 0; i < 2; i++)
        x = hidden(network, x, way);
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

static bool measure(struct run *run)
{
    run->failed =
        ridge_network_evaluate(run->network, run->data->train, &run->train[run->points]) ||
        ridge_network_evaluate(run->network, run->data->held_out, &run->held_out[run->points]);
    run->points++;
    if (run->failed)
        fail_library();
    return !run->failed;
}

static bool on_epoch(void *context, const ridge_epoch *epoch)
{
    struct run *run = context;
    run->epochs = epoch->epoch;
    return epoch->epoch % GAP_EVERY || measure(run);
}

// The share of the weights that are exactly 0.
static bool count_zeros(const ridge_network *network, double *share)
{
    size_t zeros = 0, weights = 0;
    ridge_parameter parameter;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++) {
        if (!parameter.is_weight)
            continue;
        size_t count = ridge_tensor_count(&parameter.tensor);
        float *values = allocate(count, sizeof(*values));
        bool read = !ridge_network_get(network, parameter.name, values, count);
        for (size_t k = 0; read && k < count; k++)
            zeros += values[k] == 0;
        weights += count;
        free(values);
        if (!read) {
            fail_library();
            return false;
        }
    }
    *share = (double)zeros / (double)weights;
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
    done = done && !run->failed && count_zeros(run->network, &run->zeros);
    // What was stopped early stays as it is from then on.
    while (done && run->points < GAP_POINTS)
        done = measure(run);
    ridge_network_destroy(&run->network);
    return done;
}

static int by_size(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static double median(double values[GAP_SEEDS])
{
    qsort(values, GAP_SEEDS, sizeof(*values), by_size);
    return values[GAP_SEEDS / 2];
}

static void add_point(const struct run *runs, size_t point, struct gap_result *result)
{
    double train[GAP_SEEDS], held_out[GAP_SEEDS];
    bool last = point + GAP_LAST >= GAP_POINTS;
    for (size_t i = 0; i < GAP_SEEDS; i++) {
        train[i] = runs[i].train[point].loss;
        held_out[i] = runs[i].held_out[point].loss;
        result->train_right += last * runs[i].train[point].accuracy / (GAP_SEEDS * GAP_LAST);
        result->held_out_right += last * runs[i].held_out[point].accuracy / (GAP_SEEDS * GAP_LAST);
    }
    result->train[point] = median(train);
    result->held_out[point] = median(held_out);
    result->train_end += last * result->train[point] / GAP_LAST;
    result->held_out_end += last * result->held_out[point] / GAP_LAST;
}

static bool try_way(ridge_device *device, const struct half_moons *data, const struct gap_way *way,
                    struct gap_result *result)
{
    static struct run runs[GAP_SEEDS];
    *result = (struct gap_result){.way = way};
    for (size_t i = 0; i < GAP_SEEDS; i++) {
        say_progress("%s, run %zu of %d ...", way->name, i + 1, GAP_SEEDS);
        runs[i] = (struct run){.data = data};
        double start = seconds_now();
        if (!train(device, way, i + 1, &runs[i]))
            return false;
        result->seconds += (seconds_now() - start) / GAP_SEEDS;
        result->epochs += (double)runs[i].epochs / GAP_SEEDS;
        result->zeros += runs[i].zeros / GAP_SEEDS;
    }
    for (size_t point = 0; point < GAP_POINTS; point++)
        add_point(runs, point, result);
    return true;
}

static void print_table(const struct gap_result *results, size_t count)
{
    end_progress();
    printf("| technique | training loss | held-out loss | gap | training, %% right | held out, %% "
           "right | weights = 0, %% | epochs | s a run |\n| --- | --- | --- | --- | --- | --- | "
           "--- | --- | --- |\n");
    for (size_t i = 0; i < count; i++) {
        const struct gap_result *result = &results[i];
        double train = result->train_end, held_out = result->held_out_end;
        printf("| %s | %.2g | %.2f | %.2f | %.1f | %.1f | %.1f | %.0f | %.1f |\n",
               result->way->name, train, held_out, held_out - train, 100 * result->train_right,
               100 * result->held_out_right, 100 * result->zeros, result->epochs, result->seconds);
    }
}

static bool run_all(ridge_device *device, const char *folder, const char *out)
{
    struct half_moons data = {0};
    struct gap_result *results = allocate(WAYS, sizeof(*results));
    char *picture = print_text("%s/gap.png", out);
    bool done = half_moons_read(folder, &data);
    for (size_t i = 0; done && i < WAYS; i++)
        done = try_way(device, &data, &ways[i], &results[i]);
    if (done) {
        print_table(results, WAYS);
        done = gap_picture(results, WAYS, picture);
    }
    half_moons_clear(&data);
    free(results);
    free(picture);
    return done;
}

int main(int argc, char **argv)
{
    static const struct show gap = {
        .name = "ridge-gap",
        .help = "Trains one network with each technique and draws the loss on training and\n"
                "held-out points; prints a table in Markdown.",
        .data = "moons.csv",
        .picture = "gap.png",
        .run = run_all,
    };
    return show_main(&gap, argc, argv);
}

// SPDX-License-Identifier: Apache-2.0
// Two half moons: 80 points to train on, 20 held out, and 17,025 parameters.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo.h"
#include "messages.h"

#define EPOCHS 2000
#define UNITS 128
#define BATCH 32
#define SMALL 1e-3f

static const struct moons_run ways[MOONS_RUNS] = {
    {.name = "plain"},
    {.name = "L1 0.001", .weight = {.l1 = 0.001f}},
    {.name = "L2 0.001", .weight = {.l2 = 0.001f}},
    {.name = "dropout 0.5", .dropout = 0.5f},
};

static ridge_network *build(ridge_device *device, const struct moons_run *way)
{
    ridge_network *network = ridge_network_create(device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {2}));
    for (int i = 0; i < 2; i++) {
        x = ridge_dense(
            network, x,
            ridge_dense_params(.units = UNITS, .activation = RIDGE_RELU, .weight = way->weight));
        if (way->dropout > 0)
            x = ridge_dropout(network, x, ridge_dropout_params(.rate = way->dropout));
    }
    x = ridge_dense(network, x, ridge_dense_params(.units = 1));
    if (ridge_network_compile(network, x,
                              ridge_compile_params(.loss = RIDGE_BINARY_CROSS_ENTROPY,
                                                   .optimizer = ridge_adam(.rate = 0.01f),
                                                   .batch = BATCH, .seed = 1))) {
        fail_library();
        ridge_network_destroy(&network);
    }
    return network;
}

// Norms of the weight matrices and shares of weights that are nothing, or next to it.
static bool weigh(const ridge_network *network, struct moons_run *run)
{
    size_t weights = 0, zeros = 0, small = 0, matrix = 0;
    ridge_parameter parameter;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++) {
        if (!parameter.is_weight)
            continue;
        size_t count = ridge_tensor_count(&parameter.tensor);
        float *values = allocate(count, sizeof(*values));
        double squares = 0;
        if (ridge_network_get(network, parameter.name, values, count)) {
            free(values);
            fail_library();
            return false;
        }
        for (size_t k = 0; k < count; k++) {
            squares += (double)values[k] * (double)values[k];
            zeros += values[k] == 0;
            small += fabsf(values[k]) < SMALL;
        }
        free(values);
        weights += count;
        if (matrix < MOONS_WEIGHTS)
            run->norms[matrix++] = sqrt(squares);
    }
    run->zeros = (double)zeros / (double)weights;
    run->small = (double)small / (double)weights;
    return true;
}

// What the network makes of every point of the plane.
static bool survey(ridge_network *network, struct moons_run *run)
{
    static float points[MOONS_ROWS * MOONS_COLUMNS][2];
    for (int row = 0; row < MOONS_ROWS; row++) {
        for (int column = 0; column < MOONS_COLUMNS; column++) {
            float *point = points[row * MOONS_COLUMNS + column];
            point[0] =
                (float)(MOONS_X_FROM + (MOONS_X_TO - MOONS_X_FROM) * column / (MOONS_COLUMNS - 1));
            point[1] = (float)(MOONS_Y_FROM + (MOONS_Y_TO - MOONS_Y_FROM) * row / (MOONS_ROWS - 1));
        }
    }
    ridge_dataset *grid = NULL;
    bool done =
        !ridge_dataset_create(
            ridge_dataset_params(.x = points, .count = MOONS_ROWS * MOONS_COLUMNS, .shape = {2}),
            &grid) &&
        !ridge_network_predict(network, grid, run->field);
    ridge_dataset_destroy(&grid);
    if (!done)
        fail_library();
    return done;
}

static bool train(ridge_device *device, const struct moons *moons, struct moons_run *run,
                  size_t epochs)
{
    ridge_network *network = build(device, run);
    if (!network)
        return false;
    double start = seconds_now();
    bool done = !ridge_fit(network, moons->data.train,
                           ridge_fit_params(.epochs = epochs, .validation = moons->data.held_out),
                           &run->history) &&
                !ridge_network_evaluate(network, moons->data.train, &run->train) &&
                !ridge_network_evaluate(network, moons->data.held_out, &run->validation);
    run->seconds = seconds_now() - start;
    if (!done)
        fail_library();
    done = done && weigh(network, run) && survey(network, run);
    ridge_network_destroy(&network);
    return done;
}

// Builds the kernels, so that the first run is not charged with it.
static bool warm_up(ridge_device *device, const struct moons *moons)
{
    double start = seconds_now();
    struct moons_run run = ways[3];
    bool done = train(device, moons, &run, 1);
    ridge_history_clear(&run.history);
    if (done)
        printf("Kernels are ready after %.1f s.\n\n", seconds_now() - start);
    return done;
}

static void print_table(const struct moons *moons)
{
    printf("              training        held out        norms of the weights     weights\n"
           "              loss    right   loss    right      W1     W2     W3    = 0   < 1e-3"
           "  seconds\n");
    for (size_t i = 0; i < MOONS_RUNS; i++) {
        const struct moons_run *run = &moons->runs[i];
        printf("%-12s %6.3f %6.1f %%  %6.3f %6.1f %%  %6.2f %6.2f %6.2f  %4.1f %%  %4.1f %%"
               "  %6.2f\n",
               run->name, run->train.loss, 100 * run->train.accuracy, run->validation.loss,
               100 * run->validation.accuracy, run->norms[0], run->norms[1], run->norms[2],
               100 * run->zeros, 100 * run->small, run->seconds);
    }
    printf(
        "\nL1's subgradient pulls weights to 0, past it and back again, so that they end near 0,\n"
        "not at it.\n");
}

bool demo_moons(ridge_device *device, const char *data, struct moons *moons)
{
    if (!half_moons_read(data, &moons->data))
        return false;
    printf("Half moons: %zu points to train on, %d held out, a network 2-%d-%d-1, %d epochs of "
           "Adam\n(rate 0.01, batch %d); the penalties are on the two hidden layers.\n",
           ridge_dataset_count(moons->data.train), HELD_OUT, UNITS, UNITS, EPOCHS, BATCH);
    if (!warm_up(device, moons))
        return false;
    memcpy(moons->runs, ways, sizeof(ways));
    for (size_t i = 0; i < MOONS_RUNS; i++) {
        say_progress("training %s ...", moons->runs[i].name);
        if (!train(device, moons, &moons->runs[i], EPOCHS))
            return false;
    }
    end_progress();
    print_table(moons);
    return true;
}

void moons_clear(struct moons *moons)
{
    for (size_t i = 0; i < MOONS_RUNS; i++)
        ridge_history_clear(&moons->runs[i].history);
    half_moons_clear(&moons->data);
}

// SPDX-License-Identifier: Apache-2.0
// Handwritten digits, 8x8, and test images by other hands than most of the training images, so that
// overfitting shows. What helps most is to show the network digits as other hands might write them.
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"
#include "messages.h"

#define SEEDS 3
#define UNITS 256

// One way to train, with the results of each seed.
struct digits_way {
    const char *name;
    float dropout, l2;
    bool augmented;
    size_t epochs;
    double train[SEEDS], test[SEEDS], loss[SEEDS], seconds[SEEDS];
};

static ridge_network *build(ridge_device *device, const struct digits_way *way, size_t seed)
{
    ridge_network *network = ridge_network_create(device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {8, 8}));
    for (int i = 0; i < 2; i++) {
        x = ridge_dense(network, x,
                        ridge_dense_params(.units = UNITS, .activation = RIDGE_RELU,
                                           .weight = {.l2 = way->l2}));
        if (way->dropout > 0)
            x = ridge_dropout(network, x, ridge_dropout_params(.rate = way->dropout));
    }
    x = ridge_dense(network, x, ridge_dense_params(.units = 10, .weight = {.l2 = way->l2}));
    if (ridge_network_compile(network, x,
                              ridge_compile_params(.optimizer = ridge_adam(.rate = 0.001f),
                                                   .batch = 64, .seed = seed))) {
        fail_library();
        ridge_network_destroy(&network);
    }
    return network;
}

// Images a little moved, turned and enlarged or made smaller, in each epoch in another way.
static ridge_status make_augment(ridge_device *device, ridge_augment **augment)
{
    ridge_status status =
        ridge_augment_create(device, ridge_augment_params(.shape = {8, 8}), augment);
    if (!status)
        status = ridge_augment_shift(
            *augment, ridge_augment_shift_params(.x = {-0.1f, 0.1f}, .y = {-0.1f, 0.1f}));
    if (!status)
        status =
            ridge_augment_rotation(*augment, ridge_augment_rotation_params(.degrees = {-15, 15}));
    if (!status)
        status = ridge_augment_zoom(*augment, ridge_augment_zoom_params(.factor = {0.9f, 1.1f}));
    return status;
}

static ridge_status augment_network(ridge_device *device, ridge_network *network)
{
    ridge_augment *augment;
    ridge_status status = make_augment(device, &augment);
    if (!status)
        status = ridge_network_augment(network, augment);
    ridge_augment_destroy(&augment);
    return status;
}

static bool train(ridge_device *device, struct digits_way *way, size_t run,
                  const ridge_dataset *train_set, const ridge_dataset *test_set)
{
    ridge_network *network = build(device, way, run + 1);
    ridge_metrics train = {0}, test = {0};
    if (!network)
        return false;
    double start = seconds_now();
    bool done = !way->augmented || !augment_network(device, network);
    done = done && !ridge_fit(network, train_set, ridge_fit_params(.epochs = way->epochs), NULL);
    way->seconds[run] = seconds_now() - start;
    done = done && !ridge_network_evaluate(network, train_set, &train) &&
           !ridge_network_evaluate(network, test_set, &test);
    way->train[run] = train.accuracy;
    way->test[run] = test.accuracy;
    way->loss[run] = test.loss;
    if (!done)
        fail_library();
    ridge_network_destroy(&network);
    return done;
}

static double mean(const double *values)
{
    double sum = 0;
    for (int i = 0; i < SEEDS; i++)
        sum += values[i];
    return sum / SEEDS;
}

static void print_way(const struct digits_way *way)
{
    printf("%-28s %6zu  %6.2f %%  %6.3f  %5.2f %%  (", way->name, way->epochs,
           100 * mean(way->train), mean(way->loss), 100 * mean(way->test));
    for (int i = 0; i < SEEDS; i++)
        printf("%s%.1f", i ? ", " : "", 100 * way->test[i]);
    printf(")  %6.2f\n", mean(way->seconds));
}

static bool load(const char *folder, ridge_dataset **train_set, ridge_dataset **test_set)
{
    char *path = print_text("%s/digits", folder);
    bool loaded = !ridge_dataset_read("idx", path, NULL, train_set) &&
                  !ridge_dataset_read("idx", path, ridge_read_params(.part = "test"), test_set);
    free(path);
    if (!loaded)
        fail_library();
    return loaded;
}

bool demo_digits(ridge_device *device, const char *data)
{
    struct digits_way ways[] = {
        {.name = "plain", .epochs = 100},
        {.name = "dropout 0.5, L2 0.0001", .dropout = 0.5f, .l2 = 1e-4f, .epochs = 100},
        {.name = "... and shift, rotation, zoom",
         .dropout = 0.5f,
         .l2 = 1e-4f,
         .augmented = true,
         .epochs = 200},
    };
    ridge_dataset *train_set = NULL, *test_set = NULL;
    bool done = load(data, &train_set, &test_set);
    if (done) {
        printf(
            "Digits: %zu images to train on, %zu held out, mostly of other writers; a network "
            "64-%d-%d-10,\nAdam (rate 0.001, batch 64); means over %d seeds, and what is right for "
            "each.\n\n",
            ridge_dataset_count(train_set), ridge_dataset_count(test_set), UNITS, UNITS, SEEDS);
        printf("                                     training  held out\n"
               "                             epochs  right       loss  right"
               "                       seconds\n");
    }
    for (size_t i = 0; done && i < sizeof(ways) / sizeof(ways[0]); i++) {
        for (size_t run = 0; done && run < SEEDS; run++) {
            say_progress("training %s ...", ways[i].name);
            done = train(device, &ways[i], run, train_set, test_set);
        }
        end_progress();
        if (done)
            print_way(&ways[i]);
    }
    ridge_dataset_destroy(&train_set);
    ridge_dataset_destroy(&test_set);
    return done;
}

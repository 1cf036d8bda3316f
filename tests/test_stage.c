// SPDX-License-Identifier: Apache-2.0
// Rows that come batch by batch: the same bits as from the device, through training, evaluation
// and prediction, and what becomes of files that cannot be read meanwhile.
#include "harness.h"

#include <ridge/profile.h>
#include <ridge/augmentations.h>
#include <ridge/training.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "device/device.h"
#include "files.h"
#include "pictures.h"

enum { ROWS = 23, HEIGHT = 3, WIDTH = 4, SIZE = 3 * HEIGHT * WIDTH, BATCH = 4 };
enum { WEIGHTS = 2 * SIZE };

static const char *pictures; // a folder of ROWS of them in two classes

static int make_pictures(void **state)
{
    char path[64];
    (void)state;
    static char folder[512];
    snprintf(folder, sizeof(folder), "%s", test_path("pictures"));
    pictures = folder;
    for (int class = 0; class < 2; class ++) {
        snprintf(path, sizeof(path), "pictures/%d", class);
        mkdir(folder, 0777);
        assert_int_equal(mkdir(test_path(path), 0777), 0);
    }
    for (unsigned i = 0; i < ROWS; i++) {
        snprintf(path, sizeof(path), "pictures/%d/%02u.png", i >= 14, i);
        test_write_png(path, i, HEIGHT, WIDTH, 3);
    }
    return 0;
}

static ridge_dataset *read_pictures(ridge_where where, ridge_on_error on_error)
{
    ridge_dataset *data;
    assert_ok(ridge_dataset_read("images", pictures,
                                 ridge_read_params(.height = HEIGHT, .width = WIDTH, .where = where,
                                                   .on_error = on_error, .workers = 2),
                                 &data));
    return data;
}

static ridge_network *make_network(bool augmented)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {3, HEIGHT, WIDTH}));
    x = ridge_dense(network, ridge_dropout(network, x, ridge_dropout_params(.rate = 0.2f)),
                    ridge_dense_params(.units = 2));
    assert_ok(ridge_network_compile(network, x, ridge_compile_params(.batch = BATCH, .seed = 1)));
    if (!augmented)
        return network;
    ridge_augment *augment;
    assert_ok(ridge_augment_create(test_device, ridge_augment_params(.shape = {3, HEIGHT, WIDTH}),
                                   &augment));
    assert_ok(ridge_augment_horizontal_flip(augment, NULL));
    assert_ok(
        ridge_augment_shift(augment, ridge_augment_shift_params(.x = {-1, 1}, .pixels = true)));
    assert_ok(ridge_network_augment(network, augment));
    ridge_augment_destroy(&augment);
    return network;
}

// All that training and use come to.
struct outcome {
    float weights[WEIGHTS], bias[2], outputs[ROWS * 2];
    double losses[4];
};

// Two epochs, the second of which with other batches and rows in their order.
static void use(const ridge_dataset *data, bool augmented, struct outcome *outcome)
{
    ridge_history history;
    ridge_metrics metrics;
    ridge_network *network = make_network(augmented);
    memset(outcome, 0, sizeof(*outcome));
    ridge_fit_params params = {.validation_split = 0.3f};
    for (int i = 0; i < 2; i++) {
        assert_ok(ridge_fit(network, data, &params, &history));
        outcome->losses[i] = history.epochs[0].loss + history.epochs[0].val_loss;
        ridge_history_clear(&history);
        params = (ridge_fit_params){.batch = 7, .no_shuffle = true};
    }
    assert_ok(ridge_network_evaluate(network, data, &metrics));
    outcome->losses[2] = metrics.loss;
    outcome->losses[3] = metrics.accuracy;
    assert_ok(ridge_network_predict(network, data, outcome->outputs));
    assert_ok(ridge_network_get(network, "dense_1.weight", outcome->weights, WEIGHTS));
    assert_ok(ridge_network_get(network, "dense_1.bias", outcome->bias, 2));
    ridge_network_destroy(&network);
}

static void same_bits(void **state)
{
    (void)state;
    static struct outcome resident, streamed;
    ridge_dataset *data[] = {read_pictures(RIDGE_WHERE_MEMORY, RIDGE_ON_ERROR_FAIL),
                             read_pictures(RIDGE_WHERE_STREAM, RIDGE_ON_ERROR_FAIL)};
    for (int augmented = test_few(); augmented < 2; augmented++) {
        use(data[0], augmented, &resident);
        use(data[1], augmented, &streamed);
        assert_memory_equal(&resident, &streamed, sizeof(resident));
    }
    for (int i = 0; i < 2; i++)
        ridge_dataset_destroy(&data[i]);
}

// Rows in the host's memory that do not fit the device: no buffer is large enough, or with all else
// they are too much.
static void rows_stay_on_the_host(void **state)
{
    (void)state;
    enum { COUNT = 200, FEATURES = 100, LIMIT = 30000 };
    static float x[COUNT * FEATURES], weights[3][2 * FEATURES], outputs[3][2 * COUNT];
    int32_t labels[COUNT];
    const uint64_t memory = test_device->info.memory, largest = test_device->info.largest_buffer;
    const ridge_fit_params params = {.validation_split = 0.3f};
    ridge_dataset *data;
    test_fill(x, COUNT * FEATURES, 1, -1, 1);
    for (int i = 0; i < COUNT; i++)
        labels[i] = i % 2;
    assert_ok(ridge_dataset_create(ridge_dataset_params(.x = x, .count = COUNT, .shape = {FEATURES},
                                                        .y = labels, .y_type = RIDGE_INT32),
                                   &data));
    for (int limit = 0; limit < 3; limit++) {
        ridge_memory needed;
        ridge_network *network = ridge_network_create(test_device);
        ridge_node node = ridge_input(network, ridge_input_params(.shape = {FEATURES}));
        node = ridge_dense(network, node, ridge_dense_params(.units = 2));
        assert_ok(ridge_network_compile(network, node, ridge_compile_params(.batch = 64)));
        assert_ok(ridge_fit_memory(network, data, &params, &needed));
        if (limit == 1)
            test_device->info.largest_buffer = LIMIT;
        if (limit == 2)
            test_device->info.memory = needed.total - LIMIT;
        ridge_status status = ridge_fit(network, data, &params, NULL);
        if (!status)
            status = ridge_network_predict(network, data, outputs[limit]);
        test_device->info.largest_buffer = largest;
        test_device->info.memory = memory;
        assert_ok(status);
        assert_ok(ridge_network_get(network, "dense_1.weight", weights[limit], 2 * FEATURES));
        assert_memory_equal(weights[0], weights[limit], sizeof(weights[0]));
        assert_memory_equal(outputs[0], outputs[limit], sizeof(outputs[0]));
        ridge_network_destroy(&network);
    }
    ridge_dataset_destroy(&data);
}

static void parts_and_memory(void **state)
{
    (void)state;
    ridge_network *network = make_network(false);
    ridge_memory memory[2];
    float outputs[2][2 * 5];
    const size_t rows[] = {22, 3, 3, 17, 0};
    for (int i = 0; i < 2; i++) {
        ridge_dataset *data = read_pictures(i ? RIDGE_WHERE_STREAM : RIDGE_WHERE_MEMORY,
                                            RIDGE_ON_ERROR_FAIL),
                      *slice, *part;
        assert_ok(ridge_fit_memory(network, data, NULL, &memory[i]));
        assert_ok(ridge_dataset_select(data, rows, 5, &part));
        assert_ok(ridge_dataset_slice(part, 1, 4, &slice));
        assert_ok(ridge_network_predict(network, slice, outputs[i]));
        ridge_dataset_destroy(&slice);
        ridge_dataset_destroy(&part);
        ridge_dataset_destroy(&data);
    }
    assert_memory_equal(outputs[0], outputs[1], 8 * sizeof(float));
    // pixels and labels of a batch instead of all
    assert_int_equal(memory[0].data - memory[1].data, (ROWS - BATCH) * (SIZE + 4));
    ridge_network_destroy(&network);
}

static void refused(void **state)
{
    (void)state;
    ridge_dataset *data = read_pictures(RIDGE_WHERE_STREAM, RIDGE_ON_ERROR_FAIL);
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {3, HEIGHT, WIDTH}));
    x = ridge_standardise(network, x, NULL);
    x = ridge_dense(network, x, ridge_dense_params(.units = 2));
    assert_ok(ridge_network_compile(network, x, ridge_compile_params(.batch = BATCH)));
    assert_fails(ridge_fit(network, data, NULL, NULL), RIDGE_ERROR_UNSUPPORTED,
                 "layer standardise_1 learns from all rows before training");
    ridge_network_destroy(&network);

    ridge_augment *augment;
    network = make_network(false);
    assert_ok(ridge_augment_create(test_device, ridge_augment_params(.shape = {3, HEIGHT, WIDTH}),
                                   &augment));
    assert_ok(ridge_augment_mixup(augment, NULL));
    assert_ok(ridge_network_augment(network, augment));
    assert_fails(ridge_fit(network, data, NULL, NULL), RIDGE_ERROR_UNSUPPORTED,
                 "mixup: expected all rows on the device");
    ridge_augment_destroy(&augment);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static size_t warnings;

static void count_warnings(void *context, ridge_log_level level, const char *message)
{
    (void)context;
    warnings += level == RIDGE_LOG_WARNING && strstr(message, "pictures/0/05.png") != NULL;
    warnings += level == RIDGE_LOG_WARNING && strstr(message, "1 files could not be read") != NULL;
}

// A file that turns out to be broken in the middle of training.
static void broken_files(void **state)
{
    (void)state;
    ridge_network *network = make_network(true);
    ridge_dataset *data[] = {read_pictures(RIDGE_WHERE_STREAM, RIDGE_ON_ERROR_SKIP),
                             read_pictures(RIDGE_WHERE_STREAM, RIDGE_ON_ERROR_FAIL)};
    test_write("pictures/0/05.png", "broken", 6);
    ridge_set_log(count_warnings, NULL, RIDGE_LOG_WARNING);
    assert_ok(ridge_fit(network, data[0], ridge_fit_params(.epochs = test_few() ? 1 : 2), NULL));
    ridge_set_log(NULL, NULL, RIDGE_LOG_WARNING);
    assert_int_equal(ridge_dataset_skipped(data[0]), 1);
    assert_int_equal(warnings, 2);
    // Threads that read ahead have to end before what they read by is given back, which they only
    // sometimes outlive: hence many times.
    for (int i = 0; i < (test_few() ? 1 : 20); i++)
        assert_fails(ridge_fit(network, data[1], ridge_fit_params(.epochs = 2), NULL),
                     RIDGE_ERROR_FORMAT, "pictures/0/05.png: expected a PNG or JPEG image");
    // The network is as usable as before.
    assert_ok(ridge_fit(network, data[0], NULL, NULL));
    for (int i = 0; i < 2; i++)
        ridge_dataset_destroy(&data[i]);
    ridge_network_destroy(&network);
}

// Those who run a recorded step by themselves have a batch to run it on.
static void single_steps(void **state)
{
    (void)state;
    ridge_profile profile;
    ridge_dataset *data = read_pictures(RIDGE_WHERE_STREAM, RIDGE_ON_ERROR_FAIL), *some;
    ridge_network *network = make_network(false);
    assert_ok(ridge_profile_step(network, data, ridge_profile_params(.rounds = 1), &profile));
    assert_true(profile.count > 0);
    ridge_profile_clear(&profile);
    assert_ok(ridge_dataset_slice(data, 0, 3, &some));
    assert_ok(ridge_network_predict_samples(network, some, ridge_sample_params(.samples = 3),
                                            (float[6]){0}, NULL));
    ridge_dataset_destroy(&some);
    ridge_dataset_destroy(&data);
    ridge_network_destroy(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(same_bits, make_pictures),
        cmocka_unit_test(parts_and_memory),
        cmocka_unit_test(rows_stay_on_the_host),
        cmocka_unit_test(refused),
        cmocka_unit_test(single_steps),
        cmocka_unit_test(broken_files),
    };
#if !RIDGE_HAVE_SPNG
    return 77;
#endif
    return TEST_MAIN("stage", tests);
}

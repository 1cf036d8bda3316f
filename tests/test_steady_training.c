// SPDX-License-Identifier: Apache-2.0
// Training as it goes on and on: a step creates nothing, waits for nothing and leaves nothing
// behind.
#include "harness.h"

#include "interpose.h"
#include "problems.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ridge/training.h>

#include "device/device.h"

typedef ridge_network *make_network(void);

static ridge_network *dense(void)
{
    return test_classifier(ridge_adam(.rate = 0.01f), 0.5f, 1e-3f, 2);
}

// Runs epochs over so many rows; what fit does beside the steps is the same for any number of
// steps, so equal counts mean that a step itself creates nothing and waits for nothing.
static void count_calls(make_network *make, size_t count, size_t *creations, size_t *waits,
                        size_t *launches)
{
    ridge_dataset *data = test_blobs(count, 6, 4, 0.4);
    ridge_network *network = make();
    interpose_reset();
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = 2, .schedule = {.kind = RIDGE_RATE_COSINE}),
                        NULL));
    *creations = interpose_creations();
    *waits = interpose_waits();
    *launches = interpose_count(INTERPOSE_LAUNCH);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void check_calls(make_network *make)
{
    size_t creations[2], waits[2], launches[2];
    count_calls(make, 16, &creations[0], &waits[0], &launches[0]); // warms every cache
    for (int i = 0; i < 2; i++) // two steps at least: the last one of an epoch may be another
        count_calls(make, i ? 16 * 12 : 16 * 2, &creations[i], &waits[i], &launches[i]);
    assert_int_equal(creations[0], creations[1]);
    // 20 steps more: the throttle waits for what was enqueued at least 16 steps before
    assert_in_range(waits[1], waits[0], waits[0] + 2);
    assert_true(launches[1] > launches[0] + 2 * 10 * 8);
}

static void a_step_creates_and_waits_for_nothing(void **state)
{
    (void)state;
    if (strcmp(ridge_device_gemm(test_device), "clblast") == 0)
        skip(); // CLBlast makes a kernel object in each of its calls
    check_calls(dense);
    check_calls(test_convolutional);
    check_calls(test_augmented);
}

static size_t waits_of_evaluation(ridge_network *network, size_t batches)
{
    ridge_dataset *data = test_blobs(16 * batches, 6, 4, 0.4);
    ridge_metrics metrics;
    interpose_reset();
    assert_ok(ridge_network_evaluate(network, data, &metrics));
    size_t waits = interpose_waits();
    ridge_dataset_destroy(&data);
    return waits;
}

// The host gets no further ahead of the device when it evaluates than when it trains: else the
// queue would hold all launches of a long pass, a KiB each.
static void evaluation_keeps_the_queue_short(void **state)
{
    (void)state;
    ridge_network *network = test_classifier(ridge_adam(.rate = 0.001f), 0, 0, 2);
    size_t few = waits_of_evaluation(network, 2), many = waits_of_evaluation(network, 2 + 3 * 16);
    assert_in_range(many, few + 2, few + 4);
    ridge_network_destroy(&network);
}

// Bytes of this process in memory; 0 where the system does not say.
static size_t resident_bytes(void)
{
    unsigned long size, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%lu %lu", &size, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

// Whether 10,000 steps take seconds and what they leave behind can be seen.
static bool shows_lost_memory(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return false; // keeps freed memory for a while
#else
    return !test_few() && resident_bytes() > 0;
#endif
}

enum { LONG_STEPS = 2500, LONG_EPOCHS = 5 }; // the first one warms up, 10,000 steps follow

struct residence {
    size_t bytes[LONG_EPOCHS];
    uint64_t device[LONG_EPOCHS];
};

static bool note_residence(void *context, const ridge_epoch *epoch)
{
    struct residence *seen = context;
    seen->bytes[epoch->epoch - 1] = resident_bytes();
    seen->device[epoch->epoch - 1] = ridge_device_memory_peak(test_device);
    return true;
}

// What a driver keeps for launches in its queue (1.4 KiB each on Intel's) grows to the most that
// were ever there: 32 steps where the device's threads had to wait for a core. That chance is taken
// first, by launches behind an event: four times as many, since these have few arguments.
static void fill_the_queue(void)
{
    enum { MOST = 2048 };
    cl_command_queue queue = ridge_device_queue(test_device);
    float zeros[64] = {0};
    ridge_tensor from = test_vector(64, zeros), to = test_vector(64, zeros);
    cl_event gate = clCreateUserEvent(ridge_device_context(test_device), NULL);
    assert_non_null(gate);
    assert_int_equal(clEnqueueBarrierWithWaitList(queue, 1, &gate, NULL), CL_SUCCESS);
    for (size_t i = 0; i < MOST; i++)
        assert_ok(ridge_copy(ridge_device_launcher(test_device), from, to));
    assert_int_equal(clSetUserEventStatus(gate, CL_COMPLETE), CL_SUCCESS);
    assert_ok(ridge_device_finish(test_device));
    clReleaseEvent(gate);
    ridge_tensor_destroy(test_device, &from);
    ridge_tensor_destroy(test_device, &to);
}

// The smallest piece that malloc hands out takes 32 bytes, so if each of the steps left one behind,
// it would be 320,000 bytes; half of that must not be exceeded.
static void check_long_training(enum ridge_fuse fuse)
{
    ridge_dataset *data = test_blobs((size_t)16 * LONG_STEPS, 6, 4, 0.4);
    ridge_network *network = test_classifier(ridge_adam(.rate = 0.001f), 0.5f, 1e-3f, 2);
    struct residence seen = {0};
    fill_the_queue();
    test_device->fuse = fuse;
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = LONG_EPOCHS, .no_shuffle = true,
                                         .on_epoch = note_residence, .context = &seen),
                        NULL));
    test_device->fuse = RIDGE_FUSE_AUTO;
    size_t allowed = (size_t)32 * (LONG_EPOCHS - 1) * LONG_STEPS / 2;
    print_message("resident after %d steps: %zu bytes, after %d more: %zu\n", LONG_STEPS,
                  seen.bytes[0], (LONG_EPOCHS - 1) * LONG_STEPS, seen.bytes[LONG_EPOCHS - 1]);
    assert_true(seen.bytes[LONG_EPOCHS - 1] <= seen.bytes[0] + allowed);
    assert_int_equal(seen.device[LONG_EPOCHS - 1], seen.device[0]);
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static void long_training_keeps_its_memory(void **state)
{
    (void)state;
    check_long_training(RIDGE_FUSE_OFF);
}

static void long_fused_training_keeps_its_memory(void **state)
{
    (void)state;
    check_long_training(RIDGE_FUSE_AUTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_creates_and_waits_for_nothing),
        cmocka_unit_test(evaluation_keeps_the_queue_short),
        cmocka_unit_test(long_training_keeps_its_memory),
        cmocka_unit_test(long_fused_training_keeps_its_memory),
    };
    size_t count = sizeof(tests) / sizeof(tests[0]) - (shows_lost_memory() ? 0 : 2);
    return test_main("steady_training", tests, count);
}

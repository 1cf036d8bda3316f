// SPDX-License-Identifier: Apache-2.0
// Schedules of the learning rate: against their formulas in double precision, against PyTorch, and
// whether the device uses them step by step.
#include "golden.h"

#include <stdio.h>
#include <string.h>

#include <ridge/training.h>

#include "device/device.h"
#include "network/network.h"
#include "training/rate_schedule.h"

static struct ridge_rates plan(ridge_rate_schedule schedule, float rate, size_t epochs,
                               size_t steps)
{
    struct ridge_rates rates;
    assert_ok(ridge_rates_plan(&rates, &schedule, rate, epochs, steps));
    return rates;
}

// Both sides compute in double, maybe in another order: a few roundings.
static void expect(double actual, double expected)
{
    if (!(fabs(actual - expected) <= 8 * 0x1p-52 * fabs(expected) + 0x1p-54))
        fail_msg("expected a rate of %.17g, got %.17g", expected, actual);
}

enum { EPOCHS = 6, STEPS = 5, LAST = EPOCHS * STEPS - 1 };

struct rates_of {
    ridge_rate_schedule schedule;
    double first, seventh, last; // rates of steps 0, 7 and LAST
};

static void check_rates(size_t i, const struct rates_of *wanted)
{
    struct ridge_rates rates = plan(wanted->schedule, 0.5f, EPOCHS, STEPS);
    print_message("case %zu, %s\n", i, ridge_rate_kind_name(wanted->schedule.kind, NULL));
    expect(ridge_rate_at(&rates, 0), wanted->first);
    expect(ridge_rate_at(&rates, 7), wanted->seventh);
    expect(ridge_rate_at(&rates, LAST), wanted->last);
}

static void powers(void **state)
{
    (void)state;
    const struct rates_of cases[] = {
        {{0}, 0.5, 0.5, 0.5},
        {{.kind = RIDGE_RATE_STEP, .every = 1},
         0.5,
         0.5 * (double)0.1f,
         0.5 * pow((double)0.1f, 5)},
        {{.kind = RIDGE_RATE_STEP, .every = 4, .factor = 0.25f}, 0.5, 0.5, 0.125},
        {{.kind = RIDGE_RATE_STEP, .every = 7}, 0.5, 0.5, 0.5},
        {{.kind = RIDGE_RATE_EXPONENTIAL, .factor = 0.5f},
         0.5,
         0.5 * pow(0.5, 7.0 / STEPS),
         0.5 * pow(0.5, (double)LAST / STEPS)},
        {{.kind = RIDGE_RATE_EXPONENTIAL, .factor = 0.5f, .every = 3, .by_epoch = true},
         0.5,
         0.5 * pow(0.5, 1.0 / 3),
         0.5 * pow(0.5, 5.0 / 3)},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_rates(i, &cases[i]);
}

static void curves_to_a_final_rate(void **state)
{
    (void)state;
    const double pi = acos(-1);
    const struct rates_of cases[] = {
        {{.kind = RIDGE_RATE_COSINE},
         0.5,
         0.25 * (1 + cos(pi * 7 / 30)),
         0.25 * (1 + cos(pi * 29 / 30))},
        {{.kind = RIDGE_RATE_COSINE, .final = 0.25f, .by_epoch = true},
         0.5,
         0.25 + 0.125 * (1 + cos(pi / 6)),
         0.25 + 0.125 * (1 + cos(pi * 5 / 6))},
        {{.kind = RIDGE_RATE_COSINE, .final = 0.25f, .over = 2},
         0.5,
         0.25 + 0.125 * (1 + cos(pi * 7 / 10)),
         0.25},
        {{.kind = RIDGE_RATE_LINEAR, .final = 0.25f},
         0.5,
         0.5 - 0.25 * 7 / 30,
         0.5 - 0.25 * 29 / 30},
        {{.kind = RIDGE_RATE_LINEAR, .final = 1, .by_epoch = true},
         0.5,
         0.5 + 0.5 / 6,
         0.5 + 0.5 * 5 / 6},
        // the peak lies at 0.25 * 30 - 1 = 6.5
        {{.kind = RIDGE_RATE_ONE_CYCLE, .rise = 0.25f, .start_divisor = 4, .final_divisor = 8},
         0.125,
         0.015625 + 0.484375 / 2 * (1 + cos(pi * 0.5 / 22.5)),
         0.015625},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_rates(i, &cases[i]);
}

static void warmup_comes_first(void **state)
{
    (void)state;
    const struct rates_of cases[] = {
        {{.warmup = 2, .warmup_start = 0.5f}, 0.25, 0.25 + 0.25 * 7 / 10, 0.5},
        {{.warmup_steps = 7, .warmup_start = 0.5f}, 0.25, 0.5, 0.5},
        {{.kind = RIDGE_RATE_STEP, .every = 2, .factor = 0.5f, .warmup = 1},
         0.5 * (double)0.1f,
         0.5,
         0.125},
        {{.kind = RIDGE_RATE_LINEAR, .warmup_steps = 2},
         0.5 * (double)0.1f,
         0.5 - 0.5 * 5 / 28,
         0.5 - 0.5 * 27 / 28},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_rates(i, &cases[i]);
}

static void shortest_training(void **state)
{
    (void)state;
    for (int kind = 0; ridge_rate_kind_name((ridge_rate_kind)kind, NULL); kind++) {
        ridge_rate_schedule schedule = {.kind = (ridge_rate_kind)kind};
        if (kind == RIDGE_RATE_STEP)
            schedule.every = 1;
        if (kind == RIDGE_RATE_EXPONENTIAL)
            schedule.factor = 0.5f;
        bool cycle = kind == RIDGE_RATE_ONE_CYCLE;
        struct ridge_rates one = plan(schedule, 0.5f, 1, 1), two = plan(schedule, 0.5f, 1, 2);
        expect(ridge_rate_at(&one, 0), cycle ? 0.5 / 25 / 1e4 : 0.5); // ends at its lowest
        for (size_t i = 0; i < 2; i++) {
            double rate = ridge_rate_at(&two, i);
            assert_true(rate > 0 && rate <= 0.5);
        }
    }
    // a peak at the very first step: 0.25 * 4 - 1 = 0
    struct ridge_rates at_once =
        plan((ridge_rate_schedule){.kind = RIDGE_RATE_ONE_CYCLE, .rise = 0.25f}, 0.5f, 1, 4);
    expect(ridge_rate_at(&at_once, 0), 0.5);
}

static void as_pytorch(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        ridge_rate_schedule schedule;
    } cases[] = {
        {"step", {.kind = RIDGE_RATE_STEP, .every = 2, .factor = 0.25f}},
        {"exponential", {.kind = RIDGE_RATE_EXPONENTIAL, .factor = 0.75f, .by_epoch = true}},
        {"exponential_by_step", {.kind = RIDGE_RATE_EXPONENTIAL, .factor = 0.75f}},
        {"cosine", {.kind = RIDGE_RATE_COSINE, .final = 0.03125f}},
        {"cosine_by_epoch", {.kind = RIDGE_RATE_COSINE, .final = 0.03125f, .by_epoch = true}},
        {"linear", {.kind = RIDGE_RATE_LINEAR, .final = 0.03125f}},
        {"linear_over", {.kind = RIDGE_RATE_LINEAR, .final = 0.03125f, .over = 3}},
        {"one_cycle", {.kind = RIDGE_RATE_ONE_CYCLE}},
        {"one_cycle_fields",
         {.kind = RIDGE_RATE_ONE_CYCLE, .rise = 0.25f, .start_divisor = 8, .final_divisor = 64}},
        {"warmup_cosine",
         {.kind = RIDGE_RATE_COSINE, .final = 0.03125f, .warmup = 2, .warmup_start = 0.25f}},
        {"warmup_linear",
         {.kind = RIDGE_RATE_LINEAR, .final = 0.03125f, .warmup_steps = 8, .warmup_start = 0.25f}},
    };
    golden_open("schedules");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t count;
        const float *golden = golden_floats(&count, "%s", cases[i].name);
        struct ridge_rates rates = plan(cases[i].schedule, 0.5f, 6, 4);
        float actual[24];
        double expected[24];
        assert_int_equal(count, 24);
        for (size_t step = 0; step < count; step++) {
            expected[step] = (double)golden[step];
            actual[step] = (float)ridge_rate_at(&rates, step);
        }
        // Both round to float32 at the end. PyTorch gets from one rate to the next, which adds up
        // errors of doubles, and ridge has 0.3f for 0.3: 1.2e-8 of the 24 steps, in which the rate
        // changes by at most 0.5 pi / 2 of a share that is 1 / 6.2 of a step.
        double allowed = strcmp(cases[i].name, "one_cycle") == 0 ? 24 * 1.2e-8 * 0.79 / 6.2 : 0;
        test_close(cases[i].name, actual, expected, count, allowed, 2 * TEST_EPSILON);
    }
    golden_close();
}

enum { FEATURES = 4, ROWS = 7 };

// Rows 2k and 2k + 1 are 1 in feature k, so with two rows a batch step k of an epoch moves weight k
// alone. The targets are out of reach, so the gradient of the mean absolute error is always -1.
static ridge_dataset *one_feature_a_step(void)
{
    float x[ROWS][FEATURES] = {{0}}, y[ROWS];
    ridge_dataset *data;
    for (size_t i = 0; i < ROWS; i++) {
        x[i][i / 2] = 1;
        y[i] = 1e6f;
    }
    assert_ok(ridge_dataset_create(
        ridge_dataset_params(.x = x, .count = ROWS, .shape = {FEATURES}, .y = y, .target_size = 1),
        &data));
    return data;
}

struct trace {
    ridge_network *network;
    const struct ridge_rates *rates;
    double expected[FEATURES]; // what the weights must be
};

static bool follow(void *context, const ridge_epoch *epoch)
{
    struct trace *trace = context;
    float weights[FEATURES];
    double last = 0;
    assert_ok(ridge_network_get(trace->network, "dense_1.weight", weights, FEATURES));
    for (size_t i = 0; i < FEATURES; i++) {
        last = (double)(float)ridge_rate_at(trace->rates, (epoch->epoch - 1) * FEATURES + i);
        trace->expected[i] += last;
    }
    // each epoch rounds a weight below 8 once
    test_close("weights", weights, trace->expected, FEATURES,
               (double)epoch->epoch * 8 * TEST_EPSILON, 0);
    assert_true(epoch->rate == last);
    return true;
}

static void check_device(ridge_rate_schedule schedule, enum ridge_fuse fuse)
{
    ridge_dataset *data = one_feature_a_step();
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {FEATURES}));
    x = ridge_dense(
        network, x,
        ridge_dense_params(.units = 1, .no_bias = true, .weight = {.init = RIDGE_INIT_ZEROS}));
    assert_ok(ridge_network_compile(network, x,
                                    ridge_compile_params(.loss = RIDGE_MEAN_ABSOLUTE_ERROR,
                                                         .optimizer = ridge_sgd(.rate = 0.75f),
                                                         .batch = 2)));
    struct ridge_rates rates = plan(schedule, 0.75f, EPOCHS, FEATURES);
    struct trace trace = {.network = network, .rates = &rates};
    ridge_history history;
    test_device->fuse = fuse;
    // twice: a schedule begins anew with each fit, and nothing is left of an earlier one
    for (int run = 0; run < 2; run++) {
        assert_ok(
            ridge_fit(network, data,
                      ridge_fit_params(.epochs = EPOCHS, .no_shuffle = true, .schedule = schedule,
                                       .on_epoch = follow, .context = &trace),
                      &history));
        assert_int_equal(history.count, EPOCHS);
        ridge_history_clear(&history);
    }
    test_device->fuse = RIDGE_FUSE_AUTO;
    ridge_network_destroy(&network);
    ridge_dataset_destroy(&data);
}

static const ridge_rate_schedule device_schedules[] = {
    {0},
    {.kind = RIDGE_RATE_STEP, .every = 2, .factor = 0.5f},
    {.kind = RIDGE_RATE_COSINE, .final = 0.01f, .warmup = 2},
    {.kind = RIDGE_RATE_EXPONENTIAL, .factor = 0.5f, .warmup_steps = 3},
    {.kind = RIDGE_RATE_ONE_CYCLE},
};
#define DEVICE_SCHEDULES (sizeof(device_schedules) / sizeof(device_schedules[0]))

static void check_on_device(enum ridge_fuse fuse)
{
    for (size_t i = 0; i < DEVICE_SCHEDULES; i++)
        if (!test_small() || device_schedules[i].kind == RIDGE_RATE_COSINE)
            check_device(device_schedules[i], fuse);
}

static void the_device_follows(void **state)
{
    (void)state;
    check_on_device(RIDGE_FUSE_OFF);
}

static void a_fused_epoch_follows(void **state)
{
    (void)state;
    check_on_device(RIDGE_FUSE_ON);
}

static void contradictions(void **state)
{
    (void)state;
    static const struct {
        ridge_rate_schedule schedule;
        const char *message;
    } cases[] = {
        {{.kind = RIDGE_RATE_STEP}, "every: the kind step expects a number of epochs, got none"},
        {{.kind = RIDGE_RATE_EXPONENTIAL},
         "factor: the kind exponential expects a number above 0, got none"},
        {{.kind = RIDGE_RATE_COSINE, .factor = 0.5f},
         "factor: the kind cosine does not take it, only final, over, by_epoch, warmup"},
        {{.final = 0.5f}, "final: the kind constant does not take it, only warmup, warmup_steps"},
        {{.kind = RIDGE_RATE_ONE_CYCLE, .warmup = 2},
         "warmup: the kind one_cycle does not take it, only rise, start_divisor, final_divisor"},
        {{.warmup = 1, .warmup_steps = 1}, "warmup, warmup_steps: expected one of them, got both"},
        {{.warmup_start = 0.5f}, "warmup_start: expected warmup or warmup_steps beside it"},
        {{.warmup = EPOCHS}, "warmup: expected less than the 6 epochs of training, got 6"},
        {{.warmup_steps = EPOCHS * STEPS}, "less than the 30 steps of training, got 30"},
        {{.kind = RIDGE_RATE_COSINE, .final = -1}, "final: expected a number from 0, got '-1'"},
        {{.kind = RIDGE_RATE_COSINE, .final = NAN}, "final"},
        {{.kind = RIDGE_RATE_ONE_CYCLE, .rise = 1}, "rise: expected a number in (0, 1), got '1'"},
        {{.kind = RIDGE_RATE_ONE_CYCLE, .start_divisor = 0.5f}, "start_divisor"},
        {{.kind = (ridge_rate_kind)17}, "kind"},
    };
    struct ridge_rates rates;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_fails(ridge_rates_plan(&rates, &cases[i].schedule, 0.5f, EPOCHS, STEPS),
                     RIDGE_ERROR_ARGUMENT, cases[i].message);
    assert_null(ridge_rate_kind_name((ridge_rate_kind)17, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers),
        cmocka_unit_test(curves_to_a_final_rate),
        cmocka_unit_test(warmup_comes_first),
        cmocka_unit_test(shortest_training),
        cmocka_unit_test(as_pytorch),
        cmocka_unit_test(the_device_follows),
        cmocka_unit_test(contradictions),
        cmocka_unit_test(a_fused_epoch_follows),
    };
    // the GPU walk is never fused
    return test_main("rate_schedule", tests, sizeof(tests) / sizeof(tests[0]) - test_walks_gpu());
}

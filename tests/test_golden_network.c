// SPDX-License-Identifier: Apache-2.0
// Networks against PyTorch: ten full-batch steps of three small ones, from the same initial
// weights.
#include "golden.h"

#include <ridge/network.h>
#include <ridge/training.h>
#include <stdio.h>

#define STEPS 10
#define ROWS 24
#define INPUTS 5

struct network_case {
    const char *name;
    ridge_activation activation;
    size_t units; // of the last layer
    ridge_type target;
    ridge_weight_params weight;
    ridge_compile_params settings;
};

static const struct network_case cases[] = {
    {"adam",
     RIDGE_RELU,
     3,
     RIDGE_INT32,
     {0},
     {.loss = RIDGE_SOFTMAX_CROSS_ENTROPY, .optimizer = {.kind = RIDGE_ADAM, .rate = 0.01f}}},
    {"sgd",
     RIDGE_TANH,
     1,
     RIDGE_INT32,
     {.l1 = 0.001f, .l2 = 0.002f},
     {.loss = RIDGE_BINARY_CROSS_ENTROPY,
      .optimizer = {.kind = RIDGE_SGD, .rate = 0.1f, .momentum = 0.9f, .nesterov = true}}},
    {"adamw",
     RIDGE_SILU,
     2,
     RIDGE_FLOAT32,
     {0},
     {.loss = RIDGE_MEAN_SQUARED_ERROR,
      .optimizer = {.kind = RIDGE_ADAMW, .rate = 0.01f, .weight_decay = 0.05f}}},
};

static const char *const parameters[] = {"dense_1.weight", "dense_1.bias",   "dense_2.weight",
                                         "dense_2.bias",   "dense_3.weight", "dense_3.bias"};

static ridge_network *build(const struct network_case *c)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    for (int layer = 1; layer <= 3; layer++) {
        char name[16];
        snprintf(name, sizeof(name), "dense_%d", layer);
        x = ridge_dense(network, x,
                        ridge_dense_params(.units = layer < 3 ? 7 : c->units,
                                           .activation = layer < 3 ? c->activation : RIDGE_LINEAR,
                                           .weight = c->weight, .name = name));
    }
    ridge_compile_params settings = c->settings;
    settings.batch = ROWS;
    assert_ok(ridge_network_compile(network, x, &settings));
    for (size_t i = 0; i < 6; i++) {
        size_t count;
        const float *values = golden_floats(&count, "%s.start.%s", c->name, parameters[i]);
        assert_ok(ridge_network_set(network, parameters[i], values, count));
    }
    return network;
}

static ridge_dataset *load(const struct network_case *c)
{
    const void *target = c->target == RIDGE_INT32
                             ? (const void *)golden_ints(NULL, "%s.target", c->name)
                             : golden_floats(NULL, "%s.target", c->name);
    ridge_dataset *data;
    assert_ok(ridge_dataset_create(
        ridge_dataset_params(.x = golden_floats(NULL, "%s.x", c->name), .count = ROWS,
                             .shape = {INPUTS}, .y = target, .y_type = c->target,
                             .target_size = c->target == RIDGE_INT32 ? 0 : c->units),
        &data));
    return data;
}

// PyTorch's float32 run ends within float32_error of the double one. Another order of additions
// gives errors of that size, not the same ones; the largest of hundreds is within a few times that.
static double allowed(const char *name)
{
    return 16 * (double)golden_floats(NULL, "%s.float32_error", name)[0];
}

// The loss of an epoch is that before its only step and has the penalty behind the step in it.
static void check_losses(const char *name, const ridge_history *history, size_t steps)
{
    const float *losses = golden_floats(NULL, "%s.loss", name);
    const float *penalties = golden_floats(NULL, "%s.penalty", name);
    assert_int_equal(history->count, steps);
    for (size_t i = 0; i < steps; i++) {
        const ridge_epoch *epoch = &history->epochs[i];
        float got[] = {(float)(epoch->loss - epoch->penalty), (float)epoch->penalty};
        double wanted[] = {(double)losses[i], (double)penalties[i]};
        char what[40];
        snprintf(what, sizeof(what), "%s, loss and penalty of step %zu", name, i + 1);
        // gradients of these losses are at most of size 1
        test_close(what, got, wanted, 2, allowed(name), 4 * TEST_EPSILON);
    }
}

static void check_ends(const char *name, const ridge_network *network)
{
    for (size_t i = 0; i < 6; i++) {
        char what[64];
        float got[64];
        double wanted[64];
        size_t count;
        snprintf(what, sizeof(what), "%s.end.%s", name, parameters[i]);
        const float *expected = golden_floats(&count, "%s", what);
        assert_true(count <= 64);
        for (size_t j = 0; j < count; j++)
            wanted[j] = (double)expected[j];
        assert_ok(ridge_network_get(network, parameters[i], got, count));
        test_close(what, got, wanted, count, allowed(name), 0);
    }
}

static void ten_steps(void **state)
{
    (void)state;
    size_t steps = test_small() ? 3 : STEPS;
    golden_open("networks");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct network_case *c = &cases[i];
        ridge_network *network = build(c);
        ridge_dataset *data = load(c);
        ridge_history history = {0};
        assert_ok(ridge_fit(network, data,
                            ridge_fit_params(.epochs = steps, .batch = ROWS, .no_shuffle = true),
                            &history));
        check_losses(c->name, &history, steps);
        if (steps == STEPS)
            check_ends(c->name, network);
        ridge_history_clear(&history);
        ridge_dataset_destroy(&data);
        ridge_network_destroy(&network);
    }
    golden_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ten_steps)};
    return TEST_MAIN("golden_network", tests);
}

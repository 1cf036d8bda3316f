// SPDX-License-Identifier: Apache-2.0
// Batch, layer and group normalisation against PyTorch: the ops with their gradients, running
// statistics of three batches, and ten steps of a network that has both layers.
#include "golden.h"

#include <ridge/network.h>
#include <ridge/normalisation.h>
#include <ridge/training.h>
#include <stdio.h>

// Values are of size 1 to 10 and sums short: some roundings of the largest value.
static void close_to(ridge_tensor tensor, const char *name)
{
    golden_expect(tensor, 64 * golden_largest("%s", name) * TEST_EPSILON, 0, "%s", name);
}

struct op_case {
    ridge_normalisation norm;
    ridge_tensor x, y, dy, statistics;
    ridge_normalisation_gradients gradients;
};

// Tensors of "PREFIX.x" and its kin; gamma and beta have `count` values.
static void begin(struct op_case *c, const char *prefix, const char *parameters, size_t count,
                  size_t statistics)
{
    *c = (struct op_case){.norm = {.epsilon = 1e-5f}};
    c->norm.gamma = golden_tensor("%s.gamma", parameters);
    c->norm.beta = golden_tensor("%s.beta", parameters);
    c->x = golden_tensor("%s.x", prefix);
    c->dy = golden_tensor("%s.dy", prefix);
    c->y = test_tensor(RIDGE_FLOAT32, c->x.rank, c->x.shape, NULL);
    c->gradients.x = test_tensor(RIDGE_FLOAT32, c->x.rank, c->x.shape, NULL);
    c->gradients.gamma = test_vector(count, NULL);
    c->gradients.beta = test_vector(count, NULL);
    c->statistics = test_matrix(3, statistics, NULL);
}

static void end(struct op_case *c, const char *prefix)
{
    struct {
        ridge_tensor *tensor;
        const char *name; // NULL: not compared
    } all[] = {{&c->y, "y"},
               {&c->gradients.x, "dx"},
               {&c->gradients.gamma, "dgamma"},
               {&c->gradients.beta, "dbeta"},
               {&c->x, NULL},
               {&c->dy, NULL},
               {&c->statistics, NULL},
               {&c->norm.gamma, NULL},
               {&c->norm.beta, NULL}};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        char name[64];
        snprintf(name, sizeof(name), "%s.%s", prefix, all[i].name ? all[i].name : "");
        if (all[i].name)
            close_to(*all[i].tensor, name);
        test_release(all[i].tensor);
    }
}

static void infer(const char *name, const struct op_case *c,
                  const ridge_running_statistics *running)
{
    char what[32];
    ridge_tensor y = test_tensor(RIDGE_FLOAT32, c->x.rank, c->x.shape, NULL);
    assert_ok(ridge_batch_norm_inference(test_launcher, &c->norm, running->mean, running->variance,
                                         c->x, y));
    snprintf(what, sizeof(what), "%s.inference", name);
    close_to(y, what);
    test_release(&y);
}

static void batches(const char *name)
{
    size_t channels = golden_size(0, "%s.gamma", name);
    ridge_running_statistics running = {.mean = golden_tensor("%s.mean.start", name),
                                        .variance = golden_tensor("%s.variance.start", name),
                                        .momentum = 0.9f, // PyTorch's 0.1
                                        .unbiased = true};
    for (int step = 0; step < 3; step++) {
        char prefix[32];
        struct op_case c;
        snprintf(prefix, sizeof(prefix), "%s.%d", name, step);
        begin(&c, prefix, name, channels, channels);
        assert_ok(
            ridge_batch_norm_forward(test_launcher, &c.norm, &running, c.x, c.y, c.statistics));
        assert_ok(ridge_batch_norm_backward(test_launcher, &c.norm, c.x, c.statistics, c.dy,
                                            &c.gradients));
        if (step == 2)
            infer(name, &c, &running);
        end(&c, prefix);
    }
    char what[32];
    snprintf(what, sizeof(what), "%s.mean", name);
    close_to(running.mean, what);
    snprintf(what, sizeof(what), "%s.variance", name);
    close_to(running.variance, what);
    test_release(&running.mean);
    test_release(&running.variance);
}

static void ops(void **state)
{
    (void)state;
    golden_open("normalisation");
    batches("flat");
    batches("images");
    struct op_case c;
    begin(&c, "layer", "layer", 33, 7);
    assert_ok(ridge_layer_norm_forward(test_launcher, &c.norm, c.x, c.y, c.statistics));
    assert_ok(
        ridge_layer_norm_backward(test_launcher, &c.norm, c.x, c.statistics, c.dy, &c.gradients));
    end(&c, "layer");
    golden_close();
}

static void groups(void **state)
{
    (void)state;
    golden_open("group_norm");
    for (int last = 0; last < 2; last++)
        for (size_t count = 1; count <= 6; count += count < 3 ? 2 : 3) {
            char prefix[32];
            struct op_case c;
            snprintf(prefix, sizeof(prefix), "%s.%zu", last ? "last" : "first", count);
            begin(&c, prefix, prefix, 6, 2 * count);
            ridge_tensor statistics = ridge_tensor_reshaped(c.statistics, RIDGE_SHAPE(3, 2, count));
            assert_ok(ridge_group_norm_forward(test_launcher, &c.norm, count, last, c.x, c.y,
                                               statistics));
            assert_ok(ridge_group_norm_backward(test_launcher, &c.norm, count, last, c.x,
                                                statistics, c.dy, &c.gradients));
            end(&c, prefix);
        }
    golden_close();
}

// Ten steps.

enum { ROWS = 24, INPUTS = 5, UNITS = 7, CLASSES = 3, STEPS = 10 };

static ridge_network *build(void)
{
    ridge_network *network = ridge_network_create(test_device);
    const ridge_convention torch = RIDGE_CONVENTION_TORCH;
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {INPUTS}));
    x = ridge_dense(network, x, ridge_dense_params(.units = UNITS, .no_bias = true));
    x = ridge_batch_norm(network, x,
                         ridge_batch_norm_params(.convention = torch, .activation = RIDGE_RELU));
    x = ridge_dense(network, x, ridge_dense_params(.units = UNITS, .no_bias = true));
    x = ridge_batch_norm(network, x,
                         ridge_batch_norm_params(.convention = torch, .activation = RIDGE_TANH));
    x = ridge_dense(network, x, ridge_dense_params(.units = UNITS));
    x = ridge_layer_norm(network, x,
                         ridge_layer_norm_params(.convention = torch, .activation = RIDGE_SILU));
    x = ridge_dense(network, x, ridge_dense_params(.units = CLASSES));
    assert_ok(ridge_network_compile(
        network, x, ridge_compile_params(.optimizer = ridge_adam(.rate = 0.01f), .batch = ROWS)));
    ridge_parameter parameter;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++) {
        size_t count;
        if (parameter.is_state)
            continue;
        const float *values = golden_floats(&count, "start.%s", parameter.name);
        assert_ok(ridge_network_set(network, parameter.name, values, count));
    }
    return network;
}

static void check(const char *name, const float *got)
{
    size_t count;
    const float *expected = golden_floats(&count, "%s", name);
    double wanted[ROWS * CLASSES];
    assert_true(count <= ROWS * CLASSES);
    for (size_t i = 0; i < count; i++)
        wanted[i] = (double)expected[i];
    // As in test_golden_network.c: PyTorch's float32 run ends within float32_error of the double
    // one, and the largest of hundreds of such errors is a few times that.
    double error = (double)golden_floats(NULL, "float32_error")[0];
    test_close(name, got, wanted, count, 16 * error, 0);
}

static void check_ends(ridge_network *network, const ridge_dataset *data)
{
    float got[ROWS * CLASSES];
    ridge_parameter parameter;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++) {
        char name[64];
        snprintf(name, sizeof(name), "end.%s", parameter.name);
        assert_ok(
            ridge_network_get(network, parameter.name, got, ridge_tensor_count(&parameter.tensor)));
        check(name, got);
    }
    assert_ok(ridge_network_predict(network, data, got));
    check("probabilities", got);
}

static void ten_steps(void **state)
{
    (void)state;
    size_t steps = test_small() ? 2 : STEPS;
    golden_open("normalisation");
    ridge_network *network = build();
    ridge_dataset *data;
    assert_ok(ridge_dataset_create(
        ridge_dataset_params(.x = golden_floats(NULL, "x"), .count = ROWS, .shape = {INPUTS},
                             .y = golden_ints(NULL, "target"), .y_type = RIDGE_INT32),
        &data));
    ridge_history history = {0};
    assert_ok(ridge_fit(network, data,
                        ridge_fit_params(.epochs = steps, .batch = ROWS, .no_shuffle = true),
                        &history));
    const float *losses = golden_floats(NULL, "loss");
    double error = (double)golden_floats(NULL, "float32_error")[0];
    for (size_t i = 0; i < steps; i++) {
        float got = (float)history.epochs[i].loss;
        double wanted = (double)losses[i];
        test_close("loss", &got, &wanted, 1, 16 * error, 0);
    }
    if (steps == STEPS)
        check_ends(network, data);
    ridge_history_clear(&history);
    ridge_dataset_destroy(&data);
    ridge_network_destroy(&network);
    golden_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ops), cmocka_unit_test(groups),
                                       cmocka_unit_test(ten_steps)};
    return TEST_MAIN("golden_normalisation", tests);
}

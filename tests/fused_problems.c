// SPDX-License-Identifier: Apache-2.0
#include "fused_problems.h"

#include <stdlib.h>

#include "harness.h"
#include "problems.h"

const struct fused_problem fused_small = {
    .name = "adam with all penalties",
    .optimizer = {.kind = RIDGE_ADAM, .rate = 0.01f},
    .activation = RIDGE_RELU,
    .rate = 0.5f,
    .weight = {.l1 = 1e-3f, .l2 = 1e-2f, .max_norm = 0.75f},
    .rows = 83,
    .units = 37,
    .outputs = 4,
    .batch = 16,
};

ridge_network *fused_network(const struct fused_problem *problem)
{
    ridge_network *network = ridge_network_create(test_device);
    ridge_node x = ridge_input(network, ridge_input_params(.shape = {6}));
    x = ridge_dropout(network, x, ridge_dropout_params(.rate = problem->rate / 2));
    ridge_node first = ridge_dense(
        network, x,
        ridge_dense_params(.units = problem->units, .activation = problem->activation,
                           .weight = problem->weight, .activity_l1 = problem->activity_l1));
    x = ridge_dropout(network, first, ridge_dropout_params(.rate = problem->rate));
    x = ridge_dense(network, x,
                    ridge_dense_params(.units = problem->units, .weight = problem->weight,
                                       .drop_connect = problem->rate / 2));
    if (problem->normalises) {
        x = ridge_batch_norm(network, x,
                             ridge_batch_norm_params(.convention = RIDGE_CONVENTION_TORCH,
                                                     .activation = RIDGE_RELU));
        x = ridge_layer_norm(network, x, NULL);
    }
    x = ridge_activation_layer(network, x, ridge_activation_params(.activation = RIDGE_TANH));
    x = ridge_alpha_dropout(network, x, ridge_alpha_dropout_params(.rate = problem->rate / 4));
    x = ridge_gaussian_dropout(network, x,
                               ridge_gaussian_dropout_params(.rate = problem->rate / 4));
    x = ridge_gaussian_noise(network, x,
                             ridge_gaussian_noise_params(.deviation = problem->rate / 4));
    x = ridge_add(network, x, first, NULL);
    if (problem->activity_l2 > 0)
        x = ridge_activity_penalty(network, x,
                                   ridge_activity_penalty_params(.l2 = problem->activity_l2));
    x = ridge_dense(network, x, ridge_dense_params(.units = problem->outputs));
    assert_ok(ridge_network_compile(network, x,
                                    ridge_compile_params(.loss = problem->loss,
                                                         .optimizer = problem->optimizer,
                                                         .batch = problem->batch, .seed = 5)));
    return network;
}

ridge_dataset *fused_data(const struct fused_problem *problem)
{
    if (problem->loss == RIDGE_SOFTMAX_CROSS_ENTROPY)
        return test_blobs(problem->rows, 6, problem->outputs, 0.4);
    if (problem->loss == RIDGE_BINARY_CROSS_ENTROPY)
        return test_blobs(problem->rows, 6, 2, 0.4); // labels, one output
    return test_regression(problem->rows, 6, problem->outputs);
}

float *fused_weights(ridge_network *network, size_t *count)
{
    ridge_parameter parameter;
    *count = 0;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++)
        *count += ridge_tensor_count(&parameter.tensor);
    float *weights = malloc(*count * sizeof(*weights));
    assert_non_null(weights);
    size_t done = 0;
    for (size_t i = 0; ridge_network_parameter(network, i, &parameter); i++) {
        assert_ok(ridge_tensor_read(test_device, parameter.tensor, weights + done));
        done += ridge_tensor_count(&parameter.tensor);
    }
    assert_int_equal(done, *count);
    return weights;
}

void fused_same_history(const ridge_history *a, const ridge_history *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->best, b->best);
    for (size_t i = 0; i < a->count; i++) {
        const ridge_epoch *x = &a->epochs[i], *y = &b->epochs[i];
        assert_memory_equal(&x->loss, &y->loss, sizeof(double));
        assert_memory_equal(&x->accuracy, &y->accuracy, sizeof(double));
        assert_memory_equal(&x->val_loss, &y->val_loss, sizeof(double));
        assert_memory_equal(&x->val_accuracy, &y->val_accuracy, sizeof(double));
        assert_memory_equal(&x->penalty, &y->penalty, sizeof(double));
        assert_true(x->rate == y->rate);
        assert_int_equal(x->improved, y->improved);
        assert_int_equal(x->reduced, y->reduced);
    }
}

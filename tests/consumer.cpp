// SPDX-License-Identifier: Apache-2.0
// The parameter macros as a C++20 program uses them. Compiled only: C++ has no compound literals
// and wants designated initialisers in order.
#include <ridge/ridge.h>
#include <stdlib.h>

ridge_status build(ridge_device *device, ridge_network **network);
ridge_status build(ridge_device *device, ridge_network **network)
{
    ridge_network *net = *network = ridge_network_create(device);
    ridge_node x = ridge_input(net, ridge_input_params(.shape = {28, 28}));
    x = ridge_dropout(net, x, ridge_dropout_params(.rate = 0.2f));
    x = ridge_dense(net, x,
                    ridge_dense_params(.units = 800, .activation = RIDGE_RELU,
                                       .weight = {.l2 = 1e-5f, .max_norm = 3.0f}));
    ridge_node bypass = ridge_flatten(net, x, ridge_flatten_params(.name = "bypass"));
    x = ridge_dense(net, x, ridge_dense_params(.units = 800));
    x = ridge_add(net, x, bypass, ridge_add_params(.name = "joined"));
    x = ridge_dense(net, x, ridge_dense_params(.units = 10));
    return ridge_network_compile(
        net, x,
        ridge_compile_params(.optimizer = ridge_sgd(.rate = 0.1f, .momentum = 0.9f), .seed = 1));
}

ridge_status train(ridge_network *network, const float *x, const int32_t *y);
ridge_status train(ridge_network *network, const float *x, const int32_t *y)
{
    ridge_dataset *data;
    ridge_status status =
        ridge_dataset_create(ridge_dataset_params(.x = x, .count = 100, .shape = {28, 28}, .y = y,
                                                  .y_type = RIDGE_INT32),
                             &data);
    if (status == RIDGE_OK)
        status = ridge_fit(
            network, data,
            ridge_fit_params(.epochs = 5, .early_stopping = {.patience = 2, .restore_best = true}),
            nullptr);
    ridge_dataset_destroy(&data);
    return status;
}

ridge_status allocate(ridge_device *device, ridge_tensor *tensor);
ridge_status allocate(ridge_device *device, ridge_tensor *tensor)
{
    return ridge_tensor_create(device, RIDGE_FLOAT32, RIDGE_SHAPE(128, 784), tensor);
}

ridge_status check(ridge_network *network, const ridge_dataset *data, bool *passed);
ridge_status check(ridge_network *network, const ridge_dataset *data, bool *passed)
{
    ridge_gradient_error *errors = nullptr;
    size_t count;
    ridge_status status = ridge_network_check_gradients(
        network, data, ridge_gradient_check_params(.rows = 16, .elements = 8), &errors, &count,
        passed);
    free(errors);
    return status;
}

// SPDX-License-Identifier: Apache-2.0
// The typed builders of layers, in front of the generic one.
#include <ridge/layers.h>

ridge_node ridge_input(ridge_network *network, const ridge_input_params *params)
{
    return ridge_layer_add(network, "input", NULL, 0, params);
}

ridge_node ridge_dense(ridge_network *network, ridge_node x, const ridge_dense_params *params)
{
    return ridge_layer_add(network, "dense", &x, 1, params);
}

ridge_node ridge_activation_layer(ridge_network *network, ridge_node x,
                                  const ridge_activation_params *params)
{
    return ridge_layer_add(network, "activation", &x, 1, params);
}

ridge_node ridge_dropout(ridge_network *network, ridge_node x, const ridge_dropout_params *params)
{
    return ridge_layer_add(network, "dropout", &x, 1, params);
}

ridge_node ridge_gaussian_dropout(ridge_network *network, ridge_node x,
                                  const ridge_gaussian_dropout_params *params)
{
    return ridge_layer_add(network, "gaussian_dropout", &x, 1, params);
}

ridge_node ridge_alpha_dropout(ridge_network *network, ridge_node x,
                               const ridge_alpha_dropout_params *params)
{
    return ridge_layer_add(network, "alpha_dropout", &x, 1, params);
}

ridge_node ridge_gaussian_noise(ridge_network *network, ridge_node x,
                                const ridge_gaussian_noise_params *params)
{
    return ridge_layer_add(network, "gaussian_noise", &x, 1, params);
}

ridge_node ridge_flatten(ridge_network *network, ridge_node x, const ridge_flatten_params *params)
{
    return ridge_layer_add(network, "flatten", &x, 1, params);
}

ridge_node ridge_reshape(ridge_network *network, ridge_node x, const ridge_reshape_params *params)
{
    return ridge_layer_add(network, "reshape", &x, 1, params);
}

ridge_node ridge_add(ridge_network *network, ridge_node a, ridge_node b,
                     const ridge_add_params *params)
{
    return ridge_layer_add(network, "add", (const ridge_node[]){a, b}, 2, params);
}

ridge_node ridge_activity_penalty(ridge_network *network, ridge_node x,
                                  const ridge_activity_penalty_params *params)
{
    return ridge_layer_add(network, "activity_penalty", &x, 1, params);
}

ridge_node ridge_batch_norm(ridge_network *network, ridge_node x,
                            const ridge_batch_norm_params *params)
{
    return ridge_layer_add(network, "batch_norm", &x, 1, params);
}

ridge_node ridge_layer_norm(ridge_network *network, ridge_node x,
                            const ridge_layer_norm_params *params)
{
    return ridge_layer_add(network, "layer_norm", &x, 1, params);
}

ridge_node ridge_group_norm(ridge_network *network, ridge_node x,
                            const ridge_group_norm_params *params)
{
    return ridge_layer_add(network, "group_norm", &x, 1, params);
}

ridge_node ridge_standardise(ridge_network *network, ridge_node x,
                             const ridge_standardise_params *params)
{
    return ridge_layer_add(network, "standardise", &x, 1, params);
}

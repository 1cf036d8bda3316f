// SPDX-License-Identifier: Apache-2.0
// The typed builders of layers on images, in front of the generic one.
#include <ridge/image_layers.h>

ridge_node ridge_conv2d(ridge_network *network, ridge_node x, const ridge_conv2d_params *params)
{
    return ridge_layer_add(network, "conv2d", &x, 1, params);
}

ridge_node ridge_conv1d(ridge_network *network, ridge_node x, const ridge_conv1d_params *params)
{
    return ridge_layer_add(network, "conv1d", &x, 1, params);
}

ridge_node ridge_conv2d_transpose(ridge_network *network, ridge_node x,
                                  const ridge_conv2d_transpose_params *params)
{
    return ridge_layer_add(network, "conv2d_transpose", &x, 1, params);
}

ridge_node ridge_max_pool2d(ridge_network *network, ridge_node x, const ridge_pool2d_params *params)
{
    return ridge_layer_add(network, "max_pool2d", &x, 1, params);
}

ridge_node ridge_average_pool2d(ridge_network *network, ridge_node x,
                                const ridge_pool2d_params *params)
{
    return ridge_layer_add(network, "average_pool2d", &x, 1, params);
}

ridge_node ridge_max_pool1d(ridge_network *network, ridge_node x, const ridge_pool1d_params *params)
{
    return ridge_layer_add(network, "max_pool1d", &x, 1, params);
}

ridge_node ridge_average_pool1d(ridge_network *network, ridge_node x,
                                const ridge_pool1d_params *params)
{
    return ridge_layer_add(network, "average_pool1d", &x, 1, params);
}

ridge_node ridge_global_max_pool(ridge_network *network, ridge_node x,
                                 const ridge_global_pool_params *params)
{
    return ridge_layer_add(network, "global_max_pool", &x, 1, params);
}

ridge_node ridge_global_average_pool(ridge_network *network, ridge_node x,
                                     const ridge_global_pool_params *params)
{
    return ridge_layer_add(network, "global_average_pool", &x, 1, params);
}

ridge_node ridge_upsample2d(ridge_network *network, ridge_node x,
                            const ridge_upsample2d_params *params)
{
    return ridge_layer_add(network, "upsample2d", &x, 1, params);
}

ridge_node ridge_concat(ridge_network *network, ridge_node a, ridge_node b,
                        const ridge_concat_params *params)
{
    return ridge_layer_add(network, "concat", (const ridge_node[]){a, b}, 2, params);
}

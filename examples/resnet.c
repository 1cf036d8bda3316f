// SPDX-License-Identifier: Apache-2.0
// A small residual network (He et al. 2016): one convolution, then blocks whose input is added to
// what two convolutions make of it, then the mean of each channel.
//
// usage: resnet [FOLDER [EPOCHS]]
// FOLDER holds CIFAR-10's binary files. Without it: a step on random images, which needs no data.
#include <ridge/ridge.h>
#include <stdio.h>
#include <stdlib.h>

// Convolution 3x3 and batch normalisation, which makes a bias needless.
static ridge_node add_convolution(ridge_network *net, ridge_node x, size_t filters, size_t stride,
                                  ridge_activation activation)
{
    x = ridge_conv2d(net, x,
                     ridge_conv2d_params(.filters = filters, .kernel = {3}, .stride = {stride},
                                         .pad_height = 1, .pad_width = 1, .no_bias = true,
                                         .weight = {.init = RIDGE_INIT_HE_NORMAL, .l2 = 1e-4f}));
    return ridge_batch_norm(net, x, ridge_batch_norm_params(.activation = activation));
}

// relu(x + F(x)). Where the block makes images smaller and channels more, a 1x1 convolution makes x
// fit.
static ridge_node add_block(ridge_network *net, ridge_node x, size_t filters, size_t stride)
{
    ridge_node shortcut = x;
    x = add_convolution(net, x, filters, stride, RIDGE_RELU);
    x = add_convolution(net, x, filters, 1, RIDGE_LINEAR);
    if (stride > 1)
        shortcut = ridge_conv2d(net, shortcut,
                                ridge_conv2d_params(.filters = filters, .kernel = {1},
                                                    .stride = {stride}, .no_bias = true));
    x = ridge_add(net, x, shortcut, NULL);
    return ridge_activation_layer(net, x, ridge_activation_params(.activation = RIDGE_RELU));
}

static ridge_network *build(ridge_device *device, const ridge_dataset *data)
{
    ridge_network *net = ridge_network_create(device);
    ridge_input_params input = {0};
    ridge_dataset_shape(data, input.shape);
    ridge_node x = ridge_standardise(net, ridge_input(net, &input), NULL);
    x = add_convolution(net, x, 16, 1, RIDGE_RELU);
    x = add_block(net, x, 16, 1);
    x = add_block(net, x, 32, 2);
    x = add_block(net, x, 64, 2);
    x = ridge_global_average_pool(net, x, NULL);
    x = ridge_dropout(net, x, ridge_dropout_params(.rate = 0.2f));
    x = ridge_dense(net, x, ridge_dense_params(.units = 10));
    if (ridge_network_compile(net, x,
                              ridge_compile_params(.loss = RIDGE_SOFTMAX_CROSS_ENTROPY,
                                                   .optimizer = ridge_adam(.rate = 1e-3f),
                                                   .seed = 1, .batch = 64)))
        ridge_network_destroy(&net);
    return net;
}

static void show_epoch(void *context, const ridge_epoch *epoch)
{
    (void)context;
    printf("%2zu  loss %.4f  accuracy %.2f %%  %.1f s\n", epoch->epoch, epoch->loss,
           100 * epoch->accuracy, epoch->seconds);
}

static ridge_status make_images(ridge_dataset **data)
{
    enum { ROWS = 16 };
    static unsigned char x[ROWS][3][8][8];
    static int32_t y[ROWS];
    const ridge_random random = {.seed = 1};
    for (size_t i = 0; i < sizeof(x); i++)
        ((unsigned char *)x)[i] = (unsigned char)ridge_random_word(&random, i);
    for (int32_t i = 0; i < ROWS; i++)
        y[i] = i % 10;
    return ridge_dataset_create(ridge_dataset_params(.x = x, .x_type = RIDGE_UINT8, .count = ROWS,
                                                     .shape = {3, 8, 8}, .y = y,
                                                     .y_type = RIDGE_INT32),
                                data);
}

static ridge_status train(ridge_device *device, const char *folder, size_t epochs)
{
    ridge_dataset *data = NULL, *test = NULL;
    ridge_network *net = NULL;
    ridge_metrics result;
    ridge_status status =
        folder ? ridge_dataset_read("cifar10", folder, NULL, &data) : make_images(&data);
    if (status == RIDGE_OK && folder)
        status = ridge_dataset_read("cifar10", folder, ridge_read_params(.part = "test"), &test);
    if (status == RIDGE_OK && !(net = build(device, data)))
        status = RIDGE_ERROR_STATE; // ridge_error() has the reason
    if (status == RIDGE_OK)
        status = ridge_fit(net, data,
                           ridge_fit_params(.epochs = epochs, .on_report = show_epoch,
                                            .schedule = {.kind = RIDGE_RATE_COSINE}),
                           NULL);
    if (status == RIDGE_OK && folder)
        status = ridge_network_evaluate(net, test, &result);
    if (status == RIDGE_OK && folder)
        printf("test: loss %.4f, accuracy %.2f %%\n", result.loss, 100 * result.accuracy);
    ridge_network_destroy(&net);
    ridge_dataset_destroy(&test);
    ridge_dataset_destroy(&data);
    return status;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : NULL;
    size_t epochs = argc > 2 ? strtoul(argv[2], NULL, 10) : folder ? 20 : 1;
    ridge_device *device = NULL;
    ridge_status status = ridge_device_open(NULL, &device);
    if (status == RIDGE_OK) {
        printf("training on %s\n", ridge_device_get_info(device)->name);
        status = train(device, folder, epochs);
    }
    if (status != RIDGE_OK)
        fprintf(stderr, "resnet: %s\n", ridge_error());
    ridge_device_close(&device);
    return status == RIDGE_OK ? 0 : 1;
}

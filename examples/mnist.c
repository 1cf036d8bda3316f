// SPDX-License-Identifier: Apache-2.0
// Trains 784-800-800-10 with dropout on MNIST, prints each epoch, stops early, saves the network.
//
// usage: mnist FOLDER [MODEL.safetensors]
// FOLDER holds train-images-idx3-ubyte.gz and its kin, as MNIST is distributed.
#include <ridge/ridge.h>
#include <stdio.h>

static void show_epoch(void *context, const ridge_epoch *epoch)
{
    (void)context;
    printf("%2zu  loss %.4f  accuracy %.2f %%  validation: loss %.4f  accuracy %.2f %%  %.1f s%s\n",
           epoch->epoch, epoch->loss, 100 * epoch->accuracy, epoch->val_loss,
           100 * epoch->val_accuracy, epoch->seconds, epoch->improved ? "  best so far" : "");
}

static ridge_network *build(ridge_device *device)
{
    ridge_network *net = ridge_network_create(device);
    ridge_node x = ridge_input(net, ridge_input_params(.shape = {28, 28}));
    x = ridge_dropout(net, x, ridge_dropout_params(.rate = 0.2f));
    for (int i = 0; i < 2; i++) {
        x = ridge_dense(net, x,
                        ridge_dense_params(.units = 800, .activation = RIDGE_RELU,
                                           .weight = {.max_norm = 3.0f}));
        x = ridge_dropout(net, x, ridge_dropout_params(.rate = 0.5f));
    }
    x = ridge_dense(net, x, ridge_dense_params(.units = 10));
    // Builders need no check: the first failure stays with the network and comes out here.
    if (ridge_network_compile(net, x,
                              ridge_compile_params(.loss = RIDGE_SOFTMAX_CROSS_ENTROPY,
                                                   .optimizer = ridge_adam(.rate = 1e-3f),
                                                   .seed = 1)))
        ridge_network_destroy(&net);
    return net;
}

static ridge_status train(ridge_device *device, const char *folder, const char *model)
{
    ridge_dataset *data = NULL, *test = NULL;
    ridge_network *net = NULL;
    ridge_history history = {0};
    ridge_metrics result;
    ridge_status status = ridge_dataset_read("idx", folder, NULL, &data);
    if (status == RIDGE_OK)
        status = ridge_dataset_read("idx", folder, ridge_read_params(.part = "test"), &test);
    if (status == RIDGE_OK && !(net = build(device)))
        status = RIDGE_ERROR_STATE; // ridge_error() has the reason
    if (status == RIDGE_OK)
        status = ridge_fit(net, data,
                           ridge_fit_params(.epochs = 20, .batch = 128, .validation_split = 0.1f,
                                            .early_stopping = {.patience = 5, .restore_best = true},
                                            .on_report = show_epoch),
                           &history);
    if (status == RIDGE_OK)
        status = ridge_network_evaluate(net, test, &result);
    if (status == RIDGE_OK)
        printf("test: loss %.4f, accuracy %.2f %% (weights of epoch %zu)\n", result.loss,
               100 * result.accuracy, history.best);
    if (status == RIDGE_OK)
        status = ridge_network_save(net, model);
    ridge_history_clear(&history);
    ridge_network_destroy(&net);
    ridge_dataset_destroy(&test);
    ridge_dataset_destroy(&data);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: %s FOLDER [MODEL.safetensors]\n", argv[0]);
        return 2;
    }
    ridge_device *device = NULL;
    ridge_status status = ridge_device_open(NULL, &device);
    if (status == RIDGE_OK) {
        printf("training on %s\n", ridge_device_get_info(device)->name);
        status = train(device, argv[1], argc > 2 ? argv[2] : "mnist.safetensors");
    }
    if (status != RIDGE_OK)
        fprintf(stderr, "%s\n", ridge_error());
    ridge_device_close(&device);
    return status == RIDGE_OK ? 0 : 1;
}

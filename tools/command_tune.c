// SPDX-License-Identifier: Apache-2.0
// ridge tune: parameters of matrix products searched for a device, and how they were before and
// after.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "command.h"
#include "experiment.h"

struct products {
    ridge_tune_product *items;
    size_t count;
};

static void make(struct products *products, size_t count)
{
    products->count = count;
    products->items = allocate(count, sizeof(*products->items));
}

static bool take_bench(struct products *products)
{
    ridge_gemm_shape shape;
    size_t count = 0;
    while (bench_product(count, &shape))
        count++;
    make(products, count);
    for (size_t i = 0; i < count; i++)
        bench_product(i, &products->items[i].shape);
    return true;
}

static bool take_network(struct products *products, ridge_network *network,
                         const ridge_dataset *data, const char *path)
{
    size_t count;
    if (ridge_network_products(network, data, NULL, 0, &count) != RIDGE_OK)
        return fail_library() == STATUS_DONE;
    if (!count)
        return fail("%s: the network has no matrix products on this device", path) == STATUS_DONE;
    make(products, count);
    if (ridge_network_products(network, data, products->items, count, &count) != RIDGE_OK)
        return fail_library() == STATUS_DONE;
    return true;
}

static bool take_experiment(struct products *products, const char *path, ridge_device *device)
{
    struct experiment experiment = {0};
    struct experiment_data data = {0};
    struct text_list changes = {0};
    ridge_network *network = NULL;
    if (experiment_read(path, &changes, &experiment) && experiment_load(&experiment, &data))
        network = experiment_build(&experiment, device, data.train);
    bool taken = network && take_network(products, network, data.train, path);
    ridge_network_destroy(&network);
    experiment_data_clear(&data);
    experiment_clear(&experiment);
    return taken;
}

static void print_json_lines(const struct products *products, const ridge_tune_result *result)
{
    for (size_t i = 0; i < products->count; i++) {
        const ridge_tune_product *product = &products->items[i];
        char name[64];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "product", bench_name_product(&product->shape, name));
        cJSON_AddNumberToObject(object, "seconds_before", product->before);
        cJSON_AddNumberToObject(object, "seconds_after", product->after);
        print_json(object);
    }
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "tried", (double)result->tried);
    cJSON_AddNumberToObject(object, "wrong", (double)result->wrong);
    cJSON_AddBoolToObject(object, "stored", result->stored);
    print_json(object);
}

static void print_table(const struct products *products, const ridge_tune_result *result)
{
    printf("%-20s %10s %10s %7s\n", "product, MxNxK", "before", "after", "times");
    for (size_t i = 0; i < products->count; i++) {
        const ridge_tune_product *product = &products->items[i];
        const ridge_gemm_shape *shape = &product->shape;
        double work = 2e-9 * (double)shape->m * (double)shape->n * (double)shape->k;
        char name[64];
        printf("%-20s %10.1f %10.1f %7.2f\n", bench_name_product(shape, name),
               work / product->before, work / product->after, product->before / product->after);
    }
    const char *outcome = "nothing kept: the built-in ones are as good, or the cache folder takes "
                          "no file";
    if (result->stored)
        outcome = "kept for this device";
    else if (!result->tried)
        outcome = "there was no time for any: more --seconds";
    printf("GFLOP/s; %zu sets of parameters tried, %zu of them wrong or refused; %s\n",
           result->tried, result->wrong, outcome);
}

static int tune(const char *selector, const char *path, size_t seconds, bool json)
{
    struct products products = {0};
    ridge_tune_result result;
    ridge_device *device = open_device(selector);
    int status = STATUS_FAILED;
    bool known = device != NULL;
    if (known)
        known = path ? take_experiment(&products, path, device) : take_bench(&products);
    if (known && !ridge_gemm_tunable(device)) {
        say("%s: products by %s of the %s walk; there is nothing to tune",
            ridge_device_get_info(device)->name, ridge_device_gemm(device),
            ridge_device_walk(device));
        status = STATUS_DONE;
    } else if (known && ridge_gemm_tune(device, (double)seconds, products.items, products.count,
                                        &result) == RIDGE_OK) {
        (json ? print_json_lines : print_table)(&products, &result);
        status = STATUS_DONE;
    } else if (known) {
        fail_library();
    }
    free(products.items);
    ridge_device_close(&device);
    return status;
}

int command_tune(int argc, char **argv)
{
    const char *device = NULL;
    size_t seconds = 120;
    bool json = false;
    const struct option_row options[] = {
        {"device", OPTION_TEXT, &device, "D", "1:0, gpu, cpu or part of a name"},
        {"seconds", OPTION_COUNT, &seconds, "N", "about how long to search; 120"},
        {"json", OPTION_FLAG, &json, NULL, "one object per product and line"},
        {0},
    };
    const struct usage usage = {
        "ridge tune",
        "[FILE.yaml]",
        "Searches the parameters of matrix products, CLBlast's or those of ridge's own on CPUs, "
        "for\n"
        "an experiment's network or for ridge bench gemm, and keeps the best for this device.",
        0,
        1,
        options};
    char **files;
    size_t count;
    int status = options_parse(&usage, argc, argv, &files, &count);
    if (status != OPTIONS_PARSED)
        return status;
    return tune(device, count ? files[0] : NULL, seconds, json);
}

// SPDX-License-Identifier: Apache-2.0
// ridge check: are the gradients of an experiment's network what differences of its loss say?
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "experiment.h"

static void print_errors(const ridge_gradient_error *errors, size_t count, bool json)
{
    if (!json)
        printf("%-24s %10s %14s %14s %10s %8s %6s\n", "parameter", "worst", "difference",
               "backward", "element", "checked", "kinks");
    for (size_t i = 0; i < count; i++) {
        const ridge_gradient_error *error = &errors[i];
        if (!json) {
            printf("%-24s %10.2e %14.6g %14.6g %10zu %8zu %6zu\n", error->parameter, error->worst,
                   error->numeric, error->backward, error->element, error->checked, error->kinks);
            continue;
        }
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "parameter", error->parameter);
        cJSON_AddNumberToObject(object, "worst", error->worst);
        cJSON_AddNumberToObject(object, "numeric", error->numeric);
        cJSON_AddNumberToObject(object, "backward", error->backward);
        cJSON_AddNumberToObject(object, "element", (double)error->element);
        cJSON_AddNumberToObject(object, "checked", (double)error->checked);
        cJSON_AddNumberToObject(object, "kinks", (double)error->kinks);
        print_json(object);
    }
}

static int check_network(ridge_network *network, const ridge_dataset *rows, bool json)
{
    ridge_gradient_error *errors = NULL;
    size_t count = 0;
    bool passed = false;
    if (ridge_network_check_gradients(network, rows, NULL, &errors, &count, &passed))
        return fail_library();
    print_errors(errors, count, json);
    free(errors);
    return passed ? STATUS_DONE : fail("the gradients are not what the differences say");
}

static int check(const struct experiment *experiment, const char *selector, bool json)
{
    struct experiment_data data = {0};
    ridge_device *device = NULL;
    ridge_network *network = NULL;
    int status = STATUS_FAILED;
    if (experiment_load(experiment, &data) && (device = open_device(selector)) &&
        (network = experiment_build(experiment, device, data.train)))
        status = check_network(network, data.train, json);
    ridge_network_destroy(&network);
    ridge_device_close(&device);
    experiment_data_clear(&data);
    return status;
}

int command_check(int argc, char **argv)
{
    struct text_list changes = {0};
    const char *device = NULL;
    bool json = false;
    const struct option_row options[] = {
        {"set", OPTION_LIST, &changes, "KEY=VALUE", "change the experiment: network.1.rate=0.3"},
        {"device", OPTION_TEXT, &device, "D", "1:0, gpu, cpu or part of a name"},
        {"json", OPTION_FLAG, &json, NULL, "one object per tensor and line"},
        {0},
    };
    const struct usage usage = {
        "ridge check",
        "FILE.yaml",
        "Compares the gradients of an experiment's network, before training, with central\n"
        "differences of its loss, tensor by tensor. Exit status 1 when they disagree.",
        1,
        1,
        options};
    char **arguments;
    size_t count;
    int status = options_parse(&usage, argc, argv, &arguments, &count);
    if (status == OPTIONS_PARSED) {
        struct experiment experiment;
        status = experiment_read(arguments[0], &changes, &experiment)
                     ? check(&experiment, device, json)
                     : STATUS_FAILED;
        experiment_clear(&experiment);
    }
    free(changes.items);
    return status;
}

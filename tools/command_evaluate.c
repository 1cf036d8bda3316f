// SPDX-License-Identifier: Apache-2.0
// ridge evaluate: loss and accuracy of a saved model.
#include <math.h>
#include <stdio.h>

#include "command.h"

static void print_metrics(const ridge_metrics *metrics, const ridge_dataset *data, bool json)
{
    if (!json) {
        printf("%zu rows  loss %.6g", ridge_dataset_count(data), metrics->loss);
        if (metrics->penalty > 0)
            printf(" (without the penalty of %.6g)", metrics->penalty);
        if (!isnan(metrics->accuracy))
            printf("  accuracy %.2f %%", 100 * metrics->accuracy);
        putchar('\n');
        return;
    }
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "job", "evaluate");
    cJSON_AddNumberToObject(object, "rows", (double)ridge_dataset_count(data));
    cJSON_AddNumberToObject(object, "loss", metrics->loss);
    cJSON_AddNumberToObject(object, "penalty", metrics->penalty);
    cJSON_AddBoolToObject(object, "loss_includes_penalty", false);
    cJSON_AddNumberToObject(object, "accuracy", metrics->accuracy);
    print_json(object);
}

static int evaluate(const struct model_use *use, bool json)
{
    ridge_metrics metrics;
    if (ridge_network_evaluate(use->network, use->data, &metrics))
        return fail_library();
    print_metrics(&metrics, use->data, json);
    return STATUS_DONE;
}

int command_evaluate(int argc, char **argv)
{
    struct data_source source = {.read.part = data_source_test_part};
    const char *device = NULL;
    bool json = false;
    const struct option_row options[] = {
        DATA_SOURCE_OPTIONS(source),
        {"device", OPTION_TEXT, &device, "D", "1:0, gpu, cpu or part of a name"},
        {"json", OPTION_FLAG, &json, NULL, "one object"},
        {0},
    };
    const struct usage usage = {"ridge evaluate",
                                "MODEL DATA",
                                "Prints the loss and the accuracy of a model that `ridge train` "
                                "saved.",
                                2,
                                2,
                                options};
    char **arguments;
    size_t count;
    int status = options_parse(&usage, argc, argv, &arguments, &count);
    if (status != OPTIONS_PARSED)
        return status;
    struct model_use use;
    status = model_open(&use, arguments, source, device) ? evaluate(&use, json) : STATUS_FAILED;
    model_close(&use);
    return status;
}

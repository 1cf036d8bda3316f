// SPDX-License-Identifier: Apache-2.0
// ridge devices: what there is, what ridge would take, and why.
#include <stdio.h>
#include <stdlib.h>

#include "command.h"

static void print_device(const ridge_device_info *info, bool chosen)
{
    char memory[24], largest[24], local[24];
    printf("%c %u:%u  %s\n", chosen ? '*' : ' ', info->platform, info->device, info->name);
    printf("       %s, %s, driver %s\n", info->platform_name, info->version, info->driver);
    printf("       %s, %u units at %u MHz, memory %s, largest buffer %s, local %s%s\n",
           device_type_name(info->type), info->compute_units, info->clock_mhz,
           print_bytes(info->memory, memory), print_bytes(info->largest_buffer, largest),
           print_bytes(info->local_memory, local), info->has_fp64 ? ", fp64" : "");
    printf("       %s%s\n", info->usable ? "" : "not usable: ", info->reason);
}

static cJSON *describe(const ridge_device_info *info, bool chosen)
{
    char selector[32];
    snprintf(selector, sizeof(selector), "%u:%u", info->platform, info->device);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "selector", selector);
    cJSON_AddStringToObject(object, "name", info->name);
    cJSON_AddStringToObject(object, "platform", info->platform_name);
    cJSON_AddStringToObject(object, "vendor", info->vendor);
    cJSON_AddStringToObject(object, "version", info->version);
    cJSON_AddStringToObject(object, "driver", info->driver);
    cJSON_AddStringToObject(object, "type", device_type_name(info->type));
    cJSON_AddNumberToObject(object, "compute_units", info->compute_units);
    cJSON_AddNumberToObject(object, "clock_mhz", info->clock_mhz);
    cJSON_AddNumberToObject(object, "memory", (double)info->memory);
    cJSON_AddNumberToObject(object, "largest_buffer", (double)info->largest_buffer);
    cJSON_AddNumberToObject(object, "local_memory", (double)info->local_memory);
    cJSON_AddBoolToObject(object, "fp64", info->has_fp64);
    cJSON_AddBoolToObject(object, "usable", info->usable);
    cJSON_AddNumberToObject(object, "score", info->score);
    cJSON_AddStringToObject(object, "reason", info->reason);
    cJSON_AddBoolToObject(object, "chosen", chosen);
    return object;
}

// How the library works on the chosen device is known once it is open.
static bool ask_device(const ridge_device_info *info, const char **walk, const char **gemm)
{
    char selector[32];
    snprintf(selector, sizeof(selector), "%u:%u", info->platform, info->device);
    ridge_device *device = open_device(selector);
    if (!device)
        return false;
    *walk = ridge_device_walk(device);
    *gemm = ridge_device_gemm(device);
    ridge_device_close(&device);
    return true;
}

static bool print_all(const ridge_device_info *list, size_t count, size_t chosen, bool json)
{
    const char *walk = "", *gemm = "";
    bool opened = chosen < count && ask_device(&list[chosen], &walk, &gemm);
    for (size_t i = 0; i < count; i++) {
        if (!json) {
            print_device(&list[i], i == chosen);
            continue;
        }
        cJSON *object = describe(&list[i], i == chosen);
        if (i == chosen && opened) {
            cJSON_AddStringToObject(object, "walk", walk);
            cJSON_AddStringToObject(object, "gemm", gemm);
        }
        print_json(object);
    }
    if (opened && !json)
        printf("\nridge takes %u:%u, %s (%s). Kernels walk as on a %s, products by %s.\n",
               list[chosen].platform, list[chosen].device, list[chosen].name, list[chosen].reason,
               walk, gemm);
    return opened;
}

int command_devices(int argc, char **argv)
{
    bool json = false;
    const char *selector = NULL;
    const struct option_row options[] = {
        {"device", OPTION_TEXT, &selector, "D", "what to choose by: 1:0, gpu, cpu, part of a name"},
        {"json", OPTION_FLAG, &json, NULL, "one object per line"},
        {0},
    };
    const struct usage usage = {"ridge devices",
                                "",
                                "Lists the devices of all OpenCL platforms. The star marks the one "
                                "that ridge takes.",
                                0,
                                0,
                                options};
    char **arguments;
    size_t argument_count;
    int status = options_parse(&usage, argc, argv, &arguments, &argument_count);
    if (status != OPTIONS_PARSED)
        return status;

    ridge_device_info *list = NULL;
    size_t count = 0, chosen = SIZE_MAX;
    if (ridge_device_list(&list, &count))
        return fail_library();
    ridge_status choice = ridge_device_choose(selector, list, count, &chosen);
    if (choice) {
        fail_library();
        chosen = SIZE_MAX;
    }
    bool usable = print_all(list, count, chosen, json);
    ridge_device_list_free(&list);
    return usable ? STATUS_DONE : STATUS_FAILED;
}

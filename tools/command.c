// SPDX-License-Identifier: Apache-2.0
// What the subcommands share: opening a device, loading a model, printing.
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *program_path = "ridge";

volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

void catch_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

ridge_device *open_device(const char *selector)
{
    ridge_device *device = NULL;
    if (ridge_device_open(selector, &device))
        fail_library();
    return device;
}

bool model_open(struct model_use *use, char **arguments, struct data_source source,
                const char *selector)
{
    *use = (struct model_use){0};
    source.path = arguments[1];
    if (!(use->data = data_source_open(&source)) || !(use->device = open_device(selector)))
        return false;
    if (ridge_network_load(use->device, arguments[0], &use->network))
        fail_library();
    return use->network != NULL;
}

void model_close(struct model_use *use)
{
    ridge_network_destroy(&use->network);
    ridge_device_close(&use->device);
    ridge_dataset_destroy(&use->data);
}

void print_json(cJSON *object)
{
    char *text = cJSON_PrintUnformatted(object);
    puts(text ? text : "{}");
    fflush(stdout);
    cJSON_free(text);
    cJSON_Delete(object);
}

const char *device_type_name(ridge_device_type type)
{
    static const char *const names[] = {
        [RIDGE_DEVICE_OTHER] = "other",
        [RIDGE_DEVICE_CPU] = "cpu",
        [RIDGE_DEVICE_GPU] = "gpu",
        [RIDGE_DEVICE_ACCELERATOR] = "accelerator",
    };
    return names[type];
}

const char *print_bytes(uint64_t bytes, char text[24])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double amount = (double)bytes;
    size_t unit = 0;
    while (amount >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        amount /= 1024;
        unit++;
    }
    snprintf(text, 24, "%.*f %s", unit && amount < 100 ? 1 : 0, amount, units[unit]);
    return text;
}

const char *print_duration(double seconds, char text[24])
{
    if (seconds < 9.95)
        snprintf(text, 24, "%.1f s", seconds);
    else if (seconds < 60)
        snprintf(text, 24, "%.0f s", seconds);
    else if (seconds < 3600)
        snprintf(text, 24, "%.0f min %02.0f s", floor(seconds / 60), fmod(floor(seconds), 60));
    else
        snprintf(text, 24, "%.0f h %02.0f min", floor(seconds / 3600),
                 floor(fmod(seconds, 3600) / 60));
    return text;
}

const char *print_shape(const size_t *shape, size_t rank, char text[96])
{
    int length = snprintf(text, 96, "[");
    for (size_t i = 0; i < rank; i++)
        length += snprintf(text + length, 96 - (size_t)length, "%s%zu", i ? ", " : "", shape[i]);
    snprintf(text + length, 96 - (size_t)length, "]");
    return text;
}

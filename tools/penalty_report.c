// SPDX-License-Identifier: Apache-2.0
// The table of penalties.
#include "penalty_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "messages.h"

static void print_parts(const ridge_penalty_part *parts, size_t count)
{
    double all = 0;
    for (size_t i = 0; i < count; i++)
        all += parts[i].l1 + parts[i].l2 + parts[i].orthogonal;
    if (all == 0)
        return;
    printf("%-28s %12s %12s %12s %9s\n", "penalty on", "l1", "l2", "orthogonal", "zeros");
    for (size_t i = 0; i < count; i++) {
        const ridge_penalty_part *part = &parts[i];
        printf("%-28s %12.6g %12.6g %12.6g", part->name, part->l1, part->l2, part->orthogonal);
        if (part->of_output)
            printf(" %9s\n", "of output");
        else
            printf(" %7.2f %%\n", 100 * part->zeros);
    }
}

static void add_parts(const ridge_penalty_part *parts, size_t count, cJSON *object)
{
    cJSON *list = cJSON_AddArrayToObject(object, "penalties");
    for (size_t i = 0; i < count; i++) {
        const ridge_penalty_part *part = &parts[i];
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddStringToObject(entry, "name", part->name);
        cJSON_AddBoolToObject(entry, "of_output", part->of_output);
        cJSON_AddNumberToObject(entry, "l1", part->l1);
        cJSON_AddNumberToObject(entry, "l2", part->l2);
        cJSON_AddNumberToObject(entry, "orthogonal", part->orthogonal);
        if (!part->of_output)
            cJSON_AddNumberToObject(entry, "zeros", part->zeros);
        cJSON_AddItemToArray(list, entry);
    }
}

bool report_penalties(ridge_network *network, const ridge_dataset *data, cJSON *object)
{
    ridge_penalty_part *parts;
    size_t count;
    if (ridge_network_penalties(network, data, &parts, &count)) {
        fail_library();
        return false;
    }
    if (object)
        add_parts(parts, count, object);
    else
        print_parts(parts, count);
    free(parts);
    return true;
}

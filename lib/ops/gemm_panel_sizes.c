// SPDX-License-Identifier: Apache-2.0
#include "ops/gemm_panel_sizes.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "device/program.h"

#define KI 1024

// Found on two cores with second caches of 2 MiB.
const struct ridge_panel_sizes ridge_panel_defaults = {
    .steps = 192, .part = 48, .near = 768 * KI, .groups = 2, .small = 5000};

#define SIZE(name) #name, offsetof(struct ridge_panel_sizes, name)

const struct ridge_panel_parameter ridge_panel_parameters[] = {
    {SIZE(steps), {128, 192, 256, 384, 512, 1024}},
    {SIZE(part), {12, 24, 48, 96, 192}},
    {SIZE(near), {96 * KI, 192 * KI, 384 * KI, 768 * KI, 1536 * KI, 3072 * KI}},
    {SIZE(groups), {1, 2, 4, 8}},
    {SIZE(small), {1, 1250, 2500, 5000, 10000, 20000, 40000}},
    {NULL},
};

size_t *ridge_panel_size(struct ridge_panel_sizes *sizes, const struct ridge_panel_parameter *of)
{
    return (size_t *)(void *)((char *)sizes + of->offset);
}

bool ridge_panel_file(const ridge_device *device, struct ridge_cache_file *file)
{
    struct ridge_text name = {0};
    const ridge_device_info *info = &device->info;
    ridge_text_append(&name, "panel sizes\n%s\n%s\n", info->platform_name, info->name);
    ridge_cache_key(&file->key, info);
    ridge_text_append(&file->key, "panel sizes\n");
    ridge_program_identify("gemm_panel", &file->key);
    bool found = device->keeps_notes && ridge_cache_name(file, &name, ".tuning");
    free(name.data);
    return found;
}

void ridge_panel_write(const struct ridge_panel_sizes *sizes, struct ridge_text *text)
{
    struct ridge_panel_sizes copy = *sizes;
    ridge_text_append(text, "panel");
    for (const struct ridge_panel_parameter *p = ridge_panel_parameters; p->name; p++)
        ridge_text_append(text, " %s=%zu", p->name, *ridge_panel_size(&copy, p));
    ridge_text_append(text, "\n");
}

static bool is_tried(const struct ridge_panel_parameter *parameter, size_t value)
{
    for (const size_t *tried = parameter->values; *tried; tried++)
        if (*tried == value)
            return true;
    return false;
}

bool ridge_panel_read(const char *text, struct ridge_panel_sizes *sizes)
{
    if (strncmp(text, "panel", 5) != 0)
        return false;
    text += 5;
    for (const struct ridge_panel_parameter *p = ridge_panel_parameters; p->name; p++) {
        char expected[32], *end;
        int length = snprintf(expected, sizeof(expected), " %s=", p->name);
        if (strncmp(text, expected, (size_t)length) != 0 || text[length] < '0' ||
            text[length] > '9')
            return false;
        *ridge_panel_size(sizes, p) = strtoull(text + length, &end, 10);
        if (!is_tried(p, *ridge_panel_size(sizes, p)))
            return false;
        text = end;
    }
    return strcmp(text, "\n") == 0;
}

static void read_kept(ridge_device *device)
{
    struct ridge_cache_file file = {0};
    struct ridge_panel_sizes sizes;
    size_t bytes;
    char *text = NULL;
    if (ridge_panel_file(device, &file))
        text = (char *)ridge_cache_read(&file, &bytes);
    if (text && ridge_panel_read(text, &sizes)) {
        device->panel = sizes;
        ridge_log(RIDGE_LOG_INFO, "cache: sizes of products from %s", file.path.data);
    } else if (text) {
        ridge_log(RIDGE_LOG_INFO, "cache: %s does not fit this version; the default sizes",
                  file.path.data);
    }
    free(text);
    ridge_cache_release(&file);
}

const struct ridge_panel_sizes *ridge_panel_sizes(ridge_device *device)
{
    if (!device->panel.steps) {
        device->panel = ridge_panel_defaults;
        read_kept(device);
    }
    return &device->panel;
}
